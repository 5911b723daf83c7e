"""Time the same ten submissions in dcv-grader, otter-grader and nbgrader, which take turns.

Run it with ``python benchmarks/grader_comparison.py [book/exercises/NN_topic.ipynb] [--submissions 10]``.
It installs otter-grader and nbgrader from PyPI into environments of their own in a temporary folder, with
this environment's NumPy and, if the assignment needs it, its Keras and TensorFlow. That is not counted; nor
is what an instructor does once for an assignment. A tool's time begins with its command and ends when all
grades are there. The assignment of chapter 7 needs no Keras, which is kind to the others: they would load it
for each submission.
"""

import argparse
import csv
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import nbformat
from grader import ROOT, answers_of, write_submissions

sys.path.insert(0, str(ROOT / "tools"))

from measurements import draw_ranges, middle

from dcv_grader.export import export
from dcv_grader.grade import spec_of
from dcv_grader.grading import uses_keras

JOBS = 2
TOOLS = {"otter-grader": "otter", "nbgrader": "nbgrader"}


def call(*command, **settings):
    """Run a program; if it fails, raise RuntimeError with what it printed last."""
    texts = [str(part) for part in command]
    done = subprocess.run(
        texts, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **settings
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(texts)}: {done.stdout[-1500:]}")
    return done.stdout


def install(package, folder, carried):
    """Make an environment with a tool and some packages that are here; return the variables for it."""
    uv = shutil.which("uv") or Path(sys.executable).with_name("uv")
    call(uv, "venv", "--quiet", "--python", sys.executable, folder)
    versions = [f"{name}=={importlib.metadata.version(name)}" for name in carried]
    call(
        *(uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python"),
        *(package, "ipykernel", *versions),
    )
    variables = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)}
    variables.pop("PYTHONPATH", None)
    return variables | {"TF_CPP_MIN_LOG_LEVEL": "3"}  # nbgrader takes what TensorFlow says for an error


def version_of(package, folder):
    """Return the version of a package in an environment."""
    code = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    return call(folder / "bin" / "python", "-c", code).strip()


def submission(student_notebook, spec, number, is_answer):
    """Return a student's notebook: what a tool hands out, with answers in it.

    ``is_answer`` gets a cell and a question, and says whether the one is for the answer to the other.
    """
    notebook = nbformat.read(student_notebook, as_version=4)
    for question in spec["questions"]:
        (cell,) = (cell for cell in notebook.cells if is_answer(cell, question))
        cell.source = answers_of(spec, number)[question["name"]]
    return notebook


def time_dcv(source, spec, folder, count):
    """Return seconds and points of each submission with ``dcv-grader grade``."""
    place, out = folder / "in", folder / "out"
    place.mkdir(parents=True)
    write_submissions(spec, place, count)
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    started = time.perf_counter()
    command = [sys.executable, "-m", "dcv_grader", "grade", place, "-o", out, "-a", source, "--jobs", JOBS]
    # 1 says that a submission needs a look, which is no failure.
    subprocess.run([str(part) for part in command], env=variables, check=False, capture_output=True)
    seconds = time.perf_counter() - started
    students = json.loads((out / "grades.json").read_text(encoding="utf-8"))["students"]
    return seconds, [student["earned"] for student in students]


def time_otter(source, spec, folder, count, variables):
    """Return the same for ``otter run``, which is what Gradescope calls, two at a time."""
    (path,) = export(source, "otter", folder)
    call("otter", "assign", path.name, "dist", cwd=folder, env=variables)
    (archive,) = (folder / "dist" / "autograder").glob("*.zip")
    student = folder / "dist" / "student" / path.name

    def grade(number):
        place = folder / f"{number:03d}"
        call("otter", "run", "-a", archive, "-o", place, place / path.name, cwd=place, env=variables)
        tests = json.loads((place / "results.json").read_text(encoding="utf-8"))["tests"]
        return sum(test.get("score", 0) for test in tests)

    def is_answer(cell, question):
        return cell.source.strip() == question["starter"].strip()

    for number in range(count):
        notebook = submission(student, spec, number, is_answer)
        (folder / f"{number:03d}").mkdir()
        nbformat.write(notebook, folder / f"{number:03d}" / path.name)
    started = time.perf_counter()
    with ThreadPoolExecutor(JOBS) as threads:
        points = list(threads.map(grade, range(count)))
    return time.perf_counter() - started, points


def time_nbgrader(source, spec, folder, count, variables):
    """Return the same for ``nbgrader autograde``, which takes one after the other."""
    path, _ = export(source, "nbgrader", folder)
    name = spec["assignment"]
    call("nbgrader", "generate_assignment", name, cwd=folder, env=variables)
    student = folder / "release" / name / path.name

    def is_answer(cell, question):
        return cell.metadata.get("nbgrader", {}).get("grade_id") == f"{question['name']}-answer"

    for number in range(count):
        place = folder / "submitted" / f"student{number:03d}" / name
        place.mkdir(parents=True)
        nbformat.write(submission(student, spec, number, is_answer), place / path.name)
    started = time.perf_counter()
    call("nbgrader", "autograde", name, cwd=folder, env=variables)
    seconds = time.perf_counter() - started
    call("nbgrader", "export", cwd=folder, env=variables)
    with open(folder / "grades.csv", encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["student_id"])
    return seconds, [float(row["score"]) for row in rows]


def main():
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = ROOT / "book" / "exercises" / "07_evaluate_and_look_inside.ipynb"
    parser.add_argument("source", nargs="?", type=Path, default=source)
    parser.add_argument("--submissions", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plot", type=Path, help="an SVG file to draw")
    options = parser.parse_args()
    source, spec, count = options.source.resolve(), spec_of(options.source), options.submissions
    carried = ["numpy", "keras", "tensorflow-cpu"] if uses_keras(spec) else ["numpy"]
    timers = {"dcv-grader": partial(time_dcv, source, spec)}
    seconds, points = defaultdict(list), {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for package, timer in (("otter-grader", time_otter), ("nbgrader", time_nbgrader)):
            environment = folder / f"{package} env"
            try:
                variables = install(package, environment, carried)
                name = f"{package} {version_of(package, environment)}"
                timers[name] = partial(timer, source, spec, variables=variables)
            except (RuntimeError, OSError) as error:  # no internet, or a release that does not fit
                print(f"{package} was not measured: {error}\n")
        for i in range(options.rounds):
            for name, timer in timers.items():
                place = folder / f"{name}, round {i}"
                place.mkdir()
                taken, given = timer(folder=place, count=count)
                seconds[name].append(taken)
                if points.setdefault(name, given) != given:
                    raise SystemExit(f"{name} gives other points in round {i}")
    print(f"The same {count} submissions of {spec['assignment']}, {len(spec['questions'])} questions.")
    print("dcv-grader and `otter run` take two at a time, `nbgrader autograde` one after the other.")
    print("No tool had started anything before.\n")
    print("| | seconds | a submission | ÷ dcv-grader | points given |\n| --- | ---: | ---: | ---: | ---: |")
    for name, taken in seconds.items():
        ratios = [theirs / own for theirs, own in zip(taken, seconds["dcv-grader"], strict=True)]
        each = [second / count for second in taken]
        print(f"| {name} | {middle(taken)} | {middle(each)} | {middle(ratios)} | {sum(points[name]):.1f} |")
    print(f"\nMedian and extremes of {options.rounds} rounds, {os.cpu_count()} cores.")
    if options.plot:
        draw_ranges(options.plot, {"": seconds}, label=f"seconds for {count} submissions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
