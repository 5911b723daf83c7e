"""Hostile submissions of a real assignment harm nobody, and cost their authors what they should.

All are graded in one run, beside honest ones, as students' files lie in a folder. This needs bubblewrap:
without it the tests are skipped, loudly, and fail in continuous integration.
"""

import contextlib
import csv
import json
import os
import socket
import sys
import threading
import time

import nbformat
import pytest
from hostile_submissions import ANSWERS, CELLS
from nbformat.v4 import new_code_cell, new_notebook
from repository import ROOT

from dcv_grader.grade import grade, spec_of
from dcv_grader.sandbox import Limits, SandboxError, check_available

SOURCE = ROOT / "book" / "exercises" / "04_padding_stride.ipynb"
TARGET = "output_size"  # the question that hostile answers are about
LIMITS = Limits(memory=300, processes=20, files=16, cell=10, total=90, notebook=2)
CALL_SECONDS = 5

try:
    check_available()
    NO_SANDBOX = ""
except SandboxError as error:
    NO_SANDBOX = str(error)

pytestmark = pytest.mark.skipif(
    bool(NO_SANDBOX) and not os.environ.get("CI"), reason=f"NOT CHECKED: no sandbox here: {NO_SANDBOX}"
)


def fill(code, facts):
    for name, value in facts.items():
        code = code.replace(f"{{{name}}}", str(value))
    return code


def notebook_of(answers, *extra):
    cells = [new_code_cell(code) for code in (*extra, *answers.values())]
    return nbformat.writes(new_notebook(cells=cells))


def snapshot(*folders):
    """Return name, size and time of every file below some folders."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                status = path.lstat()
                found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


@pytest.fixture(scope="module")
def spec():
    spec = spec_of(SOURCE)
    # Three questions of it, none of which needs Keras: that takes longer and adds nothing here.
    spec["questions"] = [q for q in spec["questions"] if "keras" not in q["test"] + q["hidden"]][:3]
    assert spec["questions"][0]["name"] == TARGET
    for question in spec["questions"]:
        question["seconds"] = CALL_SECONDS
    return spec


@pytest.fixture(scope="module")
def run(spec, tmp_path_factory):
    """Grade everything once; return results by student, what was watched, and the folder of reports."""
    place, out = tmp_path_factory.mktemp("submissions"), tmp_path_factory.mktemp("out")
    canary = tmp_path_factory.mktemp("canary")
    canary.chmod(0o777)
    (canary / "canary.txt").write_text("untouched")
    server = socket.create_server(("127.0.0.1", 0))
    visitors = []
    threading.Thread(target=_listen, args=(server, visitors), daemon=True).start()
    facts = {
        "canary": canary,
        "submissions": place,
        "out": out,
        "port": server.getsockname()[1],
        "prefix": sys.prefix,
        "base": sys.base_prefix,
    }

    solutions = {question["name"]: question["solution"] for question in spec["questions"]}
    wrong = list(next(q["wrong"] for q in spec["questions"] if q["name"] == TARGET).values())
    for number in range(20):
        code = wrong[number % len(wrong)] if number >= 16 else solutions[TARGET]
        text = notebook_of({**solutions, TARGET: f"{code}\n# {number}"})
        (place / f"honest {number:02d}.ipynb").write_text(text)
    for name, (code, _) in ANSWERS.items():
        (place / f"{name}.ipynb").write_text(notebook_of({**solutions, TARGET: fill(code, facts)}))
    for name, code in CELLS.items():
        (place / f"{name}.ipynb").write_text(notebook_of(solutions, fill(code, facts)))
    (place / "not JSON.ipynb").write_text('{"cells": [')
    (place / "not a notebook.ipynb").write_text("[1, 2]")
    (place / "very deep.ipynb").write_text("[" * 200_000)
    (place / "empty.ipynb").write_text(nbformat.writes(new_notebook()))
    in_r = new_notebook(
        cells=[new_code_cell("x <- 1")],
        metadata={"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}},
    )
    (place / "in R.ipynb").write_text(nbformat.writes(in_r))
    with open(place / "200 MB.ipynb", "wb") as file:
        file.truncate(200 << 20)
    (place / "link.ipynb").symlink_to("/etc/passwd")

    watched = (place, canary, ROOT / "src", ROOT / "book")
    before = snapshot(*watched)
    results = grade(spec, place, out, LIMITS, jobs=2)
    server.close()
    return {
        "results": {result["student"]: result for result in results},
        "changed": set(snapshot(*watched).items()) ^ set(before.items()),
        "visitors": visitors,
        "out": out,
        "canary": canary,
    }


def _listen(server, visitors):
    while True:
        try:
            visitors.append(server.accept())
        except OSError:
            return


def points_of(result):
    return {question["name"]: question["earned"] for question in result["questions"]}


def full(spec):
    return {question["name"]: sum(question["points"].values()) for question in spec["questions"]}


def test_there_is_a_sandbox():
    assert NO_SANDBOX == ""


@pytest.mark.parametrize("name", ANSWERS)
def test_hostile_answer(run, spec, name):
    expected = full(spec) | ({TARGET: 0} if ANSWERS[name][1] == "none" else {})
    result = run["results"][name]
    assert points_of(result) == expected, json.dumps(result, indent=1)[:3000]


@pytest.mark.parametrize("name", CELLS)
def test_hostile_cell(run, spec, name):
    result = run["results"][name]
    assert points_of(result) == full(spec), json.dumps(result, indent=1)[:3000]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("not JSON", "not a notebook"),
        ("not a notebook", "not a notebook"),
        ("very deep", "not a notebook"),
        ("empty", "no code"),
        ("in R", "in r, not in Python"),
        ("200 MB", "larger than 2 MiB"),
        ("link", "a link"),
    ],
)
def test_nothing_to_grade(run, name, problem):
    result = run["results"][name]
    assert result["earned"] == 0
    assert problem in result["problem"]


def test_honest_submissions_are_unharmed(run, spec):
    for number in range(20):
        result = run["results"][f"honest {number:02d}"]
        points = points_of(result)
        if number < 16:
            assert points == full(spec)
        else:
            assert points.pop(TARGET) < full(spec)[TARGET]
            assert points == {name: most for name, most in full(spec).items() if name != TARGET}
        assert result["notes"] == []


def test_honest_mistakes_are_named(run, spec):
    diagnoses = list(next(q["wrong"] for q in spec["questions"] if q["name"] == TARGET))
    for number in range(16, 20):
        question = next(q for q in run["results"][f"honest {number:02d}"]["questions"] if q["name"] == TARGET)
        assert question["mistakes"] == [diagnoses[number % len(diagnoses)]]


def test_nothing_else_is_changed(run):
    assert run["changed"] == set()
    assert {path.name for path in run["canary"].iterdir()} == {"canary.txt"}


def test_nobody_called(run):
    assert run["visitors"] == []


def test_the_spy_saw_nothing(run):
    (note,) = run["results"]["spy"]["notes"]
    assert "LookupError: found [], 1 processes, secret False" in note


def test_reasons_are_told(run):
    def lost(name):
        return next(q for q in run["results"][name]["questions"] if q["name"] == TARGET)["lost"]

    assert f"did not finish within {CALL_SECONDS} seconds" in lost("endless loop")
    assert "ended its process" in lost("ends the process")
    assert "cell 1: SyntaxError" in run["results"]["syntax error"]["notes"][0]
    assert "cell 1: did not finish within 10 seconds; left out" in run["results"]["cell never ends"]["notes"]
    assert "cell 1: ended its process; left out" in run["results"]["cell ends the process"]["notes"]


def test_every_submission_ended_within_its_bound(run):
    slowest = max(result["seconds"] for result in run["results"].values())
    assert slowest < 2 * LIMITS.total


def test_table_has_a_row_for_everybody(run):
    with open(run["out"] / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["student"] for row in rows] == list(run["results"])
    assert len(list((run["out"] / "feedback").glob("*.html"))) == len(rows)


def test_nothing_is_left_running(run):
    """All forks end with the zygotes; on a busy machine the kernel needs a moment for that."""

    def users():
        for entry in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                yield os.stat(f"/proc/{entry}").st_uid

    for _ in range(300):
        if not any(60_001 <= user < 60_100 for user in users()):
            return
        time.sleep(0.1)
    pytest.fail("processes of the sandbox's users are left")
