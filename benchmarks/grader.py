"""Measure how many submissions a minute are graded, and whether memory grows.

Run it with ``python benchmarks/grader.py [book/exercises/05_pooling.ipynb] [--submissions 300] [--jobs 2]``.
It prints a Markdown table. Every submission differs, so that nothing is remembered; a third are wrong.
Time depends on what else the machine does, so the load is shown as well.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from dcv_grader.grade import _grade_here, spec_of
from dcv_grader.sandbox import Limits
from dcv_grader.submissions import find_submissions

MEBIBYTE = 1 << 20
ROOT = Path(__file__).resolve().parents[1]


def answers_of(spec, number):
    """Return a student's answers: question → code. No two students have the same; a third make a mistake."""
    answers = {}
    for place, question in enumerate(spec["questions"]):
        wrong = list(question["wrong"].values())
        is_wrong = number % 3 == 0 and place == number % len(spec["questions"])
        code = wrong[number % len(wrong)] if is_wrong else question["solution"]
        answers[question["name"]] = f"{code}\n# {number}"
    return answers


def write_submissions(spec, folder, count):
    """Write so many different submissions into a folder."""
    for number in range(count):
        notebook = new_notebook(cells=[new_code_cell(code) for code in answers_of(spec, number).values()])
        Path(folder, f"student {number:03d}.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")


def memory_of_family():
    """Return the MiB that this process and all below it hold, shared pages counted once."""
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent = int(Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry))
    total, waiting = 0, [os.getpid()]
    while waiting:
        process = waiting.pop()
        waiting += children.get(process, [])
        try:
            lines = Path("/proc", str(process), "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return total / MEBIBYTE


def main():
    """Grade, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = ROOT / "book" / "exercises" / "05_pooling.ipynb"
    parser.add_argument("source", nargs="?", type=Path, default=source)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    spec = spec_of(options.source)
    with tempfile.TemporaryDirectory() as folder:
        write_submissions(spec, folder, options.submissions)
        submissions = find_submissions(folder)
        started, seconds, memory = time.perf_counter(), [], []
        for _, _result in _grade_here(spec, submissions, Limits(), True, jobs=options.jobs):
            seconds.append(time.perf_counter() - started)
            if len(seconds) % 5 == 0:
                memory.append(memory_of_family())
    # The first one comes after start-up and the reference solution.
    rate = 60 * (len(seconds) - 1) / (seconds[-1] - seconds[0])
    print(f"{spec['assignment']}, {len(spec['questions'])} questions, {options.jobs} at a time:\n")
    print("| | |\n| --- | ---: |")
    print(f"| submissions | {len(seconds)} |")
    print(f"| seconds until the first is graded | {seconds[0]:.1f} |")
    print(f"| submissions a minute after that | {rate:.0f} |")
    third = len(memory) // 3
    for name, part in (
        ("first", memory[:third]),
        ("second", memory[third:-third]),
        ("last", memory[-third:]),
    ):
        print(f"| MiB, median over the {name} third | {statistics.median(part):.0f} |")
    print(f"| MiB, most | {max(memory):.0f} |")
    print(f"| cores, load average at the end | {os.cpu_count()}, {os.getloadavg()[0]:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
