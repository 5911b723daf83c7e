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
# With "nothing", the questions after it are lost as well: forged replies stand in the way of the true ones.
# "none, or nothing" depends on which limit ends it first.
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
    "half a character": (answer("raise ValueError('\\ud800')"), "none"),
    "answer of many lists": (
        answer("deep = 7\nfor _ in range(4): deep = [deep] * 36\nreturn deep"),
        "none",
    ),
    "error with a name of 10 MB": (answer("raise type('x' * 10**7, (Exception,), {})('y' * 10**7)"), "none"),
    "lists that unfold": (
        answer(
            "import struct\ninside = b'[],' * 20_000_000",
            "frame = b'{\"value\": {\"list\": [' + inside + b'[]]}}'",
            "for descriptor in range(3, 64):",
            "    try: os.write(descriptor, struct.pack('>I', len(frame)) + frame)\n    except OSError: pass",
            "return 7",
        ),
        "none, or nothing",
    ),
    "replies before it is asked": (
        answer(
            'import struct\nframe = b\'{"value": {"value": 7}, "changed": []}\'',
            "for descriptor in range(3, 64):",
            "    try: os.write(descriptor, (struct.pack('>I', len(frame)) + frame) * 100)",
            "    except OSError: pass",
            "return 7",
        ),
        "nothing",
    ),
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
FLOOD = """
import os, struct
inside = b"[]," * 20_000_000
frame = b'{"error": [' + inside + b"[]]}"
for descriptor in range(3, 64):
    try: os.write(descriptor, struct.pack(">I", len(frame)) + frame)
    except OSError: pass
"""
# What the one leaves where the other may find it: submissions that are graded side by side.
TALK = """
import socket, time
server, calls = socket.socket(socket.AF_UNIX), 0
try:
    server.bind("\\0dcv-grader-meeting-point")
except OSError:
    raise LookupError("somebody else is here")
time.sleep(2)
"""
CELLS = {
    "floods whoever grades": FLOOD,
    "meets a friend 1": TALK,
    "meets a friend 2": TALK,
    "half a character in a cell": "raise ValueError('\\ud800')",
    "cell ends the process": "import os\nos._exit(1)",
    "cell never ends": "while True: pass",
    "cell in another language": "%%bash\nrm -rf /",
    "cell with magics": "%matplotlib inline\n!echo 3",
    "spy": SPY,
}

# Answers to build_convnet, a question about a Keras model, which is worth nothing with any of them.
HEAD = """
import os, sys, time
import keras
import numpy as np

def right():
    return keras.Sequential([
        keras.Input((32, 32, 3)), keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(64, 3, activation="relu"), keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(64, 3, activation="relu"), keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10),
    ])

def wrong(*layers):
    last = keras.layers.Dense(3, activation="softmax")
    return keras.Sequential([keras.Input((32, 32, 3)), *layers, keras.layers.Flatten(), last])

class Disguise:
    "What the grader takes for a Sequential, and whose description and weights are what we say."
    def __init__(self, config, weights):
        self.config, self.weights = config, weights
    def get_config(self): return self.config
    def get_weights(self): return self.weights
    def count_params(self): return 122_570
    def __call__(self, images): return right()(images)
    predict = __call__
    input_shape, output_shape = (None, 32, 32, 3), (None, 10)
Disguise.__name__ = Disguise.__qualname__ = "Sequential"
Disguise.__module__ = "keras"

def disguised(layer):
    config = wrong().get_config()
    config["layers"].insert(1, layer)
    return Disguise(config, wrong().get_weights())

"""
COMMAND = "import os; os.system('touch {canary}/from_a_model')"


def model(body, before=""):
    """Return an answer to build_convnet."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"{HEAD}{before}\ndef build_convnet():\n{lines}\n"


RIGHT_MODEL = model("return right()")
MODELS = {
    "layer with code in its configuration": model(
        "return wrong(Own())",
        f"""
@keras.saving.register_keras_serializable(package="own")
class Own(keras.layers.Layer):
    def call(self, x): return x
    def get_config(self): return {{"name": "own", "code": {COMMAND!r}}}
    @classmethod
    def from_config(cls, config):
        exec(config["code"])
        return cls()
""",
    ),
    "Lambda layer": model(
        f"code = {COMMAND!r}\nreturn keras.Sequential("
        "[*right().layers, keras.layers.Lambda(lambda x: exec(code) or x)])"
    ),
    "own layer under the name of a plain one": model(
        "return wrong(Dense())",
        f"""
@keras.saving.register_keras_serializable(package="keras", name="Dense")
class Dense(keras.layers.Layer):
    def call(self, x): return x
    @classmethod
    def from_config(cls, config): exec({COMMAND!r})
Dense.__module__ = "keras.layers"
""",
    ),
    "initializer of one's own": model(
        "return wrong(keras.layers.Dense(3, kernel_initializer=Evil()))",
        f"""
class Evil(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None): return keras.ops.zeros(shape)
    @classmethod
    def from_config(cls, config): exec({COMMAND!r})
Evil.__module__ = "keras.initializers"
""",
    ),
    "function of another module as an activation": model(
        """layer = keras.saving.serialize_keras_object(keras.layers.Dense(3))
layer["config"]["activation"] = {
    "module": "builtins", "class_name": "function", "config": "exec", "registered_name": "exec"}
return disguised(layer)"""
    ),
    "class of another module as a layer": model(
        """return disguised({"module": "subprocess", "class_name": "Popen", "registered_name": None,
    "config": {"args": ["touch", "{canary}/from_a_model"]}})"""
    ),
    "fake model with __reduce__": model(
        "return Fake()",
        f"""
class Fake(Disguise):
    def __init__(self): pass
    def get_config(self): return {{}}
    def get_weights(self): return [np.array([self], dtype=object)]
    def __reduce__(self): return exec, ({COMMAND!r},)
""",
    ),
    "configuration that lies": model("return Disguise(right().get_config(), wrong().get_weights())"),
    "predict overridden": model("return Disguise(wrong().get_config(), wrong().get_weights())"),
    "Model of one's own, predict overridden": model(
        "return Own()",
        """
class Own(keras.Model):
    def call(self, images): return right()(images)
    predict = call
    def count_params(self): return 122_570
""",
    ),
    "patches Keras": model(
        "return wrong()",
        """
keras.Model.count_params = lambda self: 122_570
keras.Model.output_shape = property(lambda self: (None, 10))
keras.Model.__call__ = lambda self, images, **settings: np.random.normal(size=(len(images), 10))
keras.layers.Dense.from_config = classmethod(lambda cls, config: right())
""",
    ),
    "huge model": model("return wrong(keras.layers.Flatten(), keras.layers.Dense(1_000_000))"),
    "huge model in its description only": model(
        """layer = keras.saving.serialize_keras_object(keras.layers.Dense(1_000_000_000))
return disguised(layer)"""
    ),
    "a million layers": model(
        """fake = disguised(keras.saving.serialize_keras_object(keras.layers.ReLU()))
fake.config["layers"] *= 100_000
return fake"""
    ),
    "weights without end": model(
        "return Endless(right().get_config(), [])",
        "class Endless(Disguise):\n    def get_weights(self):\n        while True: pass",
    ),
    "weights of 1 GB": model("return Disguise(right().get_config(), [np.zeros(2**27)])"),
}
