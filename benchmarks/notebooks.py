"""What the notebooks and the book cost: seconds, processor seconds, memory, and the import of dcv.

    python benchmarks/notebooks.py                                   # all; DCV_DATA says where CIFAR-10 is
    python benchmarks/notebooks.py book/04_*.ipynb --no-book         # some

Each notebook runs from top to bottom in a process of its own, and the file stays as it is. The book is built
in a copy of the repository: from nothing, after one sentence more in one chapter, and with no change at all.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import nbformat  # noqa: E402
from execute import ENVIRONMENT  # noqa: E402
from nbclient import NotebookClient  # noqa: E402

IMPORTS = 7
CHANGED = "book/08_improve.ipynb"
BUILDER = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]


def run_notebook(path):
    """Run a notebook and return seconds, those of the slowest cell, processor seconds and peak MiB."""
    os.environ.update(ENVIRONMENT)
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--log-level=ERROR"],
        record_timing=True,
    )
    start = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - start
    cells = [cell_seconds(cell) for cell in notebook.cells if cell.cell_type == "code"]
    kernel = resource.getrusage(resource.RUSAGE_CHILDREN)  # the only child, and it has ended
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes on macOS, KiB on Linux
    return [seconds, max(cells), kernel.ru_utime + kernel.ru_stime, kernel.ru_maxrss / unit]


def cell_seconds(cell):
    """Return how long a cell ran, by the timestamps that nbclient keeps."""
    stamps = cell.metadata.get("execution", {})
    began, ended = (stamps.get(key) for key in ("iopub.execute_input", "shell.execute_reply"))
    if not (began and ended):
        return 0.0  # an empty cell
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


def measure_notebooks(paths):
    """Return the lines of a table of notebooks."""
    lines = [
        "| notebook | seconds | slowest cell, s | processor, s | peak memory, MiB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    rows = []
    for path in paths:
        command = [sys.executable, __file__, "--one", path.resolve()]
        rows.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
        lines.append(f"| {path.stem} | " + " | ".join(f"{value:.0f}" for value in rows[-1]) + " |")
    seconds, cells, processor, memory = zip(*rows, strict=True)
    lines += [
        f"| together or largest | {sum(seconds):.0f} | {max(cells):.0f} | {sum(processor):.0f} |"
        f" {max(memory):.0f} |",
        "| target for ten chapters | ≤ 720 | ≤ 60 | | ≤ 3072 |",
    ]
    return lines


def measure_import():
    """Return a sentence on the import of dcv."""
    code = (
        "import sys, time; start = time.perf_counter(); import dcv;"
        "print(time.perf_counter() - start, *(name in sys.modules for name in ('tensorflow', 'matplotlib')))"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.split()
        for _ in range(IMPORTS)
    ]
    milliseconds = [1000 * float(answer[0]) for answer in answers]
    loaded = (
        "loads TensorFlow or matplotlib"
        if "True" in answers[0]
        else "loads neither TensorFlow nor matplotlib"
    )
    return (
        f"`import dcv` takes {statistics.median(milliseconds):.0f} ms (median of {IMPORTS},"
        f" {min(milliseconds):.0f} to {max(milliseconds):.0f}; target: under 50) and {loaded}."
    )


def measure_book():
    """Return the lines of a table of building times."""
    skipped = shutil.ignore_patterns(
        "_build", ".venv", "node_modules", ".cache", ".pytest_cache", ".ruff_cache"
    )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        shutil.copytree(ROOT, copy, ignore=skipped, symlinks=True)
        (copy / "node_modules").symlink_to((ROOT / "node_modules").resolve())
        clean = build(copy)
        notebook = nbformat.read(copy / CHANGED, as_version=4)
        notebook.cells[0].source += "\n\nOne more sentence."
        nbformat.write(notebook, copy / CHANGED)
        results = {"from nothing": (clean, 60), "after a change of one chapter": (build(copy), 15)}
        results["after no change"] = (build(copy), None)
    lines = ["| book | seconds | processor, s | target |", "| --- | ---: | ---: | ---: |"]
    for name, ((seconds, processor), target) in results.items():
        lines.append(f"| {name} | {seconds:.0f} | {processor:.0f} | {f'< {target} s' if target else ''} |")
    return lines


def build(folder):
    """Build the book and return seconds and processor seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(folder / "src")}
    answer = subprocess.run(
        BUILDER,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if answer.returncode:
        raise SystemExit(answer.stdout[-2000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, processor


def main(arguments=None):
    """Print what was measured, in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all chapters")
    parser.add_argument("--no-book", action="store_true", help="do not build the book")
    parser.add_argument("--no-notebooks", action="store_true", help="run no notebook")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(run_notebook(options.one)))
        return
    print(measure_import())
    if not options.no_notebooks:
        paths = options.notebooks or sorted((ROOT / "book").glob("[0-9]*.ipynb"))
        print("", *measure_notebooks(paths), sep="\n")
    if not options.no_book:
        print("", *measure_book(), sep="\n")


if __name__ == "__main__":
    main()
