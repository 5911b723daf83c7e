"""What the notebooks and the book cost: seconds, processor seconds, memory, and the import of dcv.

    python benchmarks/notebooks.py                                   # all; DCV_DATA says where CIFAR-10 is
    python benchmarks/notebooks.py book/04_*.ipynb --no-book         # some

In each round every notebook runs once, from top to bottom in a process of its own, and the file stays as it
is. The book is built in a copy of the repository: from nothing, after one sentence more in one chapter, and
with no change at all.
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
from measurements import draw_ranges, middle  # noqa: E402
from nbclient import NotebookClient  # noqa: E402

IMPORTS = 7
CHAPTERS = sorted((ROOT / "book").glob("[0-9]*.ipynb"))
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


def measure_notebooks(paths, rounds):
    """Return notebook → [(seconds, those of the slowest cell, processor seconds, peak MiB), one a round]."""
    measured = {path: [] for path in paths}
    for _ in range(rounds):
        for path, rows in measured.items():
            command = [sys.executable, __file__, "--one", path.resolve()]
            answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            rows.append(json.loads(answer.stdout))
    return measured


def table_of_notebooks(measured):
    """Return the lines of a table: medians with extremes; of cells and memory, the largest."""
    lines = [
        "| notebook | seconds | slowest cell, s | processor, s | peak memory, MiB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]

    def line(name, rows):
        seconds, cells, processor, memory = zip(*rows, strict=True)
        times = middle(seconds, "{:.0f}"), f"{max(cells):.0f}", middle(processor, "{:.0f}")
        return f"| {name} | {' | '.join(times)} | {max(memory):.0f} |"

    lines += [line(path.stem, rows) for path, rows in measured.items()]
    chapters = [rows for path, rows in measured.items() if path in CHAPTERS]
    if len(chapters) == len(CHAPTERS):
        together = [
            [sum(seconds), max(cells), sum(processor), max(memory)]
            for seconds, cells, processor, memory in (
                zip(*each, strict=True) for each in zip(*chapters, strict=True)
            )
        ]
        lines += [line("ten chapters, together or largest", together), "| target | ≤ 720 | ≤ 60 | | ≤ 3072 |"]
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


def measure_book(rounds):
    """Return the lines of a table of building times."""
    skipped = shutil.ignore_patterns(
        "_build", ".venv", "node_modules", ".cache", ".pytest_cache", ".ruff_cache"
    )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        shutil.copytree(ROOT, copy, ignore=skipped, symlinks=True)
        (copy / "node_modules").symlink_to((ROOT / "node_modules").resolve())
        times = {name: [] for name in ("from nothing", "after a change of one chapter", "after no change")}
        for _ in range(rounds):
            shutil.rmtree(copy / "_build", ignore_errors=True)
            times["from nothing"].append(build(copy))
            notebook = nbformat.read(copy / CHANGED, as_version=4)
            notebook.cells[0].source += "\n\nOne more sentence."
            nbformat.write(notebook, copy / CHANGED)
            times["after a change of one chapter"].append(build(copy))
            times["after no change"].append(build(copy))
    lines = ["| book | seconds | processor, s | target |", "| --- | ---: | ---: | ---: |"]
    targets = "< 60 s", "< 15 s", ""
    for (name, pairs), target in zip(times.items(), targets, strict=True):
        seconds, processor = (middle(values, "{:.0f}") for values in zip(*pairs, strict=True))
        lines.append(f"| {name} | {seconds} | {processor} | {target} |")
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
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all chapters and the appendix")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plot", type=Path, help="an SVG file to draw")
    parser.add_argument("--no-book", action="store_true", help="do not build the book")
    parser.add_argument("--no-notebooks", action="store_true", help="run no notebook")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(run_notebook(options.one)))
        return
    print(measure_import())
    if not options.no_notebooks:
        paths = options.notebooks or [*CHAPTERS, ROOT / "book" / "appendix_devices.ipynb"]
        measured = measure_notebooks(paths, options.rounds)
        print("", *table_of_notebooks(measured), sep="\n")
        if options.plot:
            seconds = {path.stem: [row[0] for row in rows] for path, rows in measured.items()}
            draw_ranges(options.plot, {"": seconds}, label="seconds from top to bottom")
    if not options.no_book:
        print("", *measure_book(options.rounds), sep="\n")
    print(f"\nMedian and extremes of {options.rounds} rounds; of cells and memory, the largest.")


if __name__ == "__main__":
    main()
