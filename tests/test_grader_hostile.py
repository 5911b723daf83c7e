"""Hostile submissions of a real assignment harm nobody, and cost their authors what they should.

All are graded in one run, beside honest ones, as students' files lie in a folder. This needs bubblewrap:
without it the tests are skipped, loudly, and fail in continuous integration.
"""

import contextlib
import csv
import json
import os
import stat
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from hostile_run import NO_SANDBOX, fill, grade_with_honest, needs_sandbox, notebook_of
from hostile_submissions import ANSWERS, CELLS, MODELS, RIGHT_MODEL
from nbformat.v4 import new_code_cell, new_notebook
from repository import ROOT

from dcv_grader.grade import spec_of
from dcv_grader.sandbox import Limits

EXERCISES = ROOT / "book" / "exercises"
TARGET = "output_size"  # the question that hostile answers are about
LIMITS = Limits(memory=300, processes=20, files=16, cell=10, total=90, notebook=2)
MODEL_LIMITS = Limits(memory=800, processes=20, files=16, cell=20, total=90, notebook=2)
CALL_SECONDS = 5

pytestmark = needs_sandbox


def three_questions(source, is_wanted):
    """Return the judge file of an assignment, reduced to three questions of which the first is the target."""
    spec = spec_of(EXERCISES / source)
    spec["questions"] = [question for question in spec["questions"] if is_wanted(question)][:3]
    for question in spec["questions"]:
        question["seconds"] = CALL_SECONDS
    return spec


@pytest.fixture(scope="module")
def spec():
    # None of them needs Keras: that takes longer and adds nothing here.
    spec = three_questions("04_padding_stride.ipynb", lambda q: "keras" not in q["test"] + q["hidden"])
    assert spec["questions"][0]["name"] == TARGET
    return spec


@pytest.fixture(scope="module")
def run(spec, tmp_path_factory):
    """Grade everything that lies in a folder, once."""

    def write(place, solutions, facts):
        for name, (code, _) in ANSWERS.items():
            answers = solutions | {TARGET: fill(code, facts)}
            (place / f"{name}.ipynb").write_text(notebook_of(*answers.values()))
        for name, code in CELLS.items():
            (place / f"{name}.ipynb").write_text(notebook_of(fill(code, facts), *solutions.values()))
        (place / "not JSON.ipynb").write_text('{"cells": [')
        (place / "not a notebook.ipynb").write_text("[1, 2]")
        (place / "very deep.ipynb").write_text("[" * 200_000)
        (place / "empty.ipynb").write_text(nbformat.writes(new_notebook()))
        in_r = new_notebook(
            cells=[new_code_cell("x <- 1")],
            metadata={"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}},
        )
        (place / "in R.ipynb").write_text(nbformat.writes(in_r))
        in_nothing = notebook_of("1").replace('"metadata": {},\n "nbformat"', METADATA_OF_NOTHING)
        (place / "in half a character.ipynb").write_text(in_nothing)
        with open(place / "200 MB.ipynb", "wb") as file:
            file.truncate(200 << 20)
        (place / "link.ipynb").symlink_to("/etc/passwd")
        return place

    return grade_with_honest(spec, TARGET, write, LIMITS, tmp_path_factory.mktemp)


# Half a surrogate pair is allowed in JSON, and can be written to no file.
METADATA_OF_NOTHING = '"metadata": {"language_info": {"name": "\\ud800"}},\n "nbformat"'


def test_there_is_a_sandbox():
    assert NO_SANDBOX == ""


@pytest.mark.parametrize("name", ANSWERS)
def test_hostile_answer(run, name):
    worth = ANSWERS[name][1]
    if worth == "none, or nothing":
        points = run.points(name)
        assert points[TARGET] == 0
        assert all(points[question] <= run.full[question] for question in run.full)
        return
    lost = {"all": [], "none": [TARGET], "nothing": run.full}[worth]
    expected = run.full | dict.fromkeys(lost, 0)
    assert run.points(name) == expected, json.dumps(run.results[name], indent=1)[:3000]


@pytest.mark.parametrize("name", CELLS)
def test_hostile_cell(run, name):
    assert run.points(name) == run.full, json.dumps(run.results[name], indent=1)[:3000]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("not JSON", "not a notebook"),
        ("not a notebook", "not a notebook"),
        ("very deep", "not a notebook"),
        ("empty", "no code"),
        ("in R", "in r, not in Python"),
        ("in half a character", "not in Python"),
        ("200 MB", "larger than 2 MiB"),
        ("link", "a link"),
    ],
)
def test_nothing_to_grade(run, name, problem):
    result = run.results[name]
    assert result["earned"] == 0
    assert problem in result["problem"]


def test_honest_submissions_are_unharmed(run):
    run.assert_honest_are_unharmed()


def test_nothing_else_happened(run):
    run.assert_nothing_else_happened(LIMITS)


def test_the_spy_saw_nothing(run):
    (note,) = run.results["spy"]["notes"]
    assert "LookupError: found [], 1 processes, secret False" in note


def test_reasons_are_told(run):
    def lost(name):
        return next(q for q in run.results[name]["questions"] if q["name"] == TARGET)["lost"]

    assert f"did not finish within {CALL_SECONDS} seconds" in lost("endless loop")
    assert "ended its process" in lost("ends the process")
    assert "cell 1: SyntaxError" in run.results["syntax error"]["notes"][0]
    assert "cell 1: did not finish within 10 seconds; left out" in run.results["cell never ends"]["notes"]
    assert "cell 1: ended its process; left out" in run.results["cell ends the process"]["notes"]


def test_table_has_a_row_for_everybody(run):
    with open(run.out / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["student"] for row in rows] == list(run.results)
    assert len(list((run.out / "feedback").glob("*.html"))) == len(rows)


def test_nobody_makes_results_large(run):
    sizes = {path.stem: path.stat().st_size for path in (run.out / "results").iterdir()}
    assert max(sizes.values()) < 200_000, sizes


def test_submissions_graded_side_by_side_do_not_meet(run):
    for name in ("meets a friend 1", "meets a friend 2"):
        assert run.results[name]["notes"] == []


def left_running():
    """Yield the processes of the sandbox's users that are ours, or nobody's."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if 60_001 <= os.stat(f"/proc/{entry}").st_uid < 60_100:
                above = list(ancestors(int(entry)))
                # Other tests may be grading at the same time, with zygotes of their own.
                if os.getpid() in above or not any("dcv_grader.zygote" in command_of(pid) for pid in above):
                    yield entry


def ancestors(pid):
    while pid > 1:
        pid = int(Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[1])
        yield pid


def command_of(pid):
    return Path("/proc", str(pid), "cmdline").read_text(errors="replace")


def test_nothing_is_left_running(run):
    """All forks end with the zygotes; on a busy machine the kernel needs a moment for that."""
    for _ in range(300):
        if not list(left_running()):
            return
        time.sleep(0.1)
    pytest.fail(f"processes of the sandbox's users are left: {list(left_running())}")


@pytest.fixture(scope="module")
def zip_run(spec, tmp_path_factory):
    """Grade a hostile zip file, once."""

    def write(place, solutions, facts):
        good = notebook_of(*solutions.values())
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(place / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in place.glob("*.ipynb"):
                archive.write(path, path.name)
            archive.writestr(link, "/etc/passwd")
            archive.writestr(f"../..{facts['canary']}/up.ipynb", good)
            archive.writestr(f"{facts['canary']}/absolute.ipynb", good)
            archive.writestr("C:\\\\drive.ipynb", good)
            for name in ("bomb", "bomb that lies"):
                with archive.open(f"{name}.ipynb", "w", force_zip64=True) as file:
                    for _ in range(300):
                        file.write(bytes(1 << 20))
        # The directory at the end says that the second bomb is small.
        data = (place / "all.zip").read_bytes()
        where = data.rindex(b"PK\x01\x02", 0, data.rindex(b"bomb that lies.ipynb"))
        size = (300 << 20).to_bytes(4, "little")
        assert data[where + 24 : where + 28] == size
        data = data[: where + 24] + (1000).to_bytes(4, "little") + data[where + 28 :]
        (place / "all.zip").write_bytes(data)
        return place / "all.zip"

    return grade_with_honest(spec, TARGET, write, LIMITS, tmp_path_factory.mktemp)


def test_hostile_zip_file(zip_run):
    problems = {
        name: result["problem"] for name, result in zip_run.results.items() if not name.startswith("honest")
    }
    assert len(problems) == 5, problems  # two of them would be a student called tmp
    assert "a link" in problems.pop("link")
    assert "larger than 2 MiB" in problems.pop("bomb")
    assert problems.pop("bomb that lies")
    assert all("leads out of the zip file" in problem for problem in problems.values()), problems
    zip_run.assert_honest_are_unharmed()
    zip_run.assert_nothing_else_happened(LIMITS)


@pytest.fixture(scope="module")
def model_run(tmp_path_factory):
    """Grade hostile Keras models, once."""

    def write(place, solutions, facts):
        for name, code in (MODELS | {"right model": RIGHT_MODEL}).items():
            answers = solutions | {"build_convnet": fill(code, facts)}
            (place / f"{name}.ipynb").write_text(notebook_of(*answers.values()))
        return place

    spec = three_questions("06_build_and_train.ipynb", lambda q: True)
    return grade_with_honest(spec, "build_convnet", write, MODEL_LIMITS, tmp_path_factory.mktemp)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_hostile_model(model_run, name):
    expected = model_run.full | {"build_convnet": 0}
    assert model_run.points(name) == expected, json.dumps(model_run.results[name], indent=1)[:3000]


@pytest.mark.slow
def test_what_they_imitate_is_right(model_run):
    assert model_run.points("right model") == model_run.full


@pytest.mark.slow
def test_hostile_models_harm_nobody(model_run):
    model_run.assert_honest_are_unharmed()
    model_run.assert_nothing_else_happened(MODEL_LIMITS)
