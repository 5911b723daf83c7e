"""What is exported is accepted by the tools that it is for, which give the right answer full marks.

otter and nbgrader are installed from PyPI into environments of their own in .cache, which takes minutes:
these tests run by `make test-exports`, and are skipped elsewhere.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from exercise_source import source_notebook, write
from repository import ROOT

from dcv_grader.export import FORMATS, export
from dcv_grader.submissions import find_submissions

CACHE = ROOT / ".cache" / "exporters"
needs_tools = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("DCV_TEST_EXPORTS") != "1", reason="NOT CHECKED: run `make test-exports` for these"
    ),
]


def call(*command, **settings):
    """Run a program and return what it printed; its failure is that of the test."""
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
        **settings,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def environment(package, program):
    """Return the folder of a tool's programs, installed if it is not there yet."""
    folder = CACHE / package
    if not (folder / "bin" / program).exists():
        uv = shutil.which("uv") or os.path.join(os.path.dirname(sys.executable), "uv")
        call(uv, "venv", "--quiet", "--python", sys.executable, folder)
        call(
            uv,
            "pip",
            "install",
            "--quiet",
            "--python",
            folder / "bin" / "python",
            package,
            "numpy",
            "ipykernel",
        )
    return folder / "bin"


@pytest.fixture
def source(tmp_path):
    return write(source_notebook(), tmp_path / "sample.ipynb")


@pytest.mark.parametrize("target", ["canvas", "moodle"])
def test_handout(source, tmp_path, target):
    (path,) = export(source, target, tmp_path / "out")
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {"sample.ipynb", "description.html", "assignment.json"}
        text = archive.read("sample.ipynb").decode()
        assert json.loads(archive.read("assignment.json")) == {"name": "sample", "points": 5.5, "minutes": 10}
        assert "Double it: 3 points" in archive.read("description.html").decode()
    assert "x + x" not in text
    assert "test_any" not in text
    # What students make of it is what the grader reads.
    (tmp_path / "handed in").mkdir()
    (tmp_path / "handed in" / "Ada.ipynb").write_text(text)
    (ada,) = find_submissions(tmp_path / "handed in")
    assert ada.problem == ""
    assert set(ada.answers) == {"double", "kernel"}


@pytest.mark.parametrize("target", ["otter", "gradescope", "nbgrader"])
def test_notebooks_are_valid(source, tmp_path, target):
    path = export(source, target, tmp_path / "out")[0]
    nbformat.validate(nbformat.read(path, as_version=4))


def test_unknown_target(source, tmp_path):
    with pytest.raises(ValueError, match="expected one of otter, nbgrader"):
        export(source, "word", tmp_path)
    assert len(FORMATS) == 5


class TestTools:
    pytestmark = needs_tools

    def test_otter(self, source, tmp_path):
        programs = environment("otter-grader", "otter")
        (path,) = export(source, "otter", tmp_path / "out")
        variables = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        # Runs the solution, and fails unless it passes.
        call(programs / "otter", "assign", path.name, "dist", cwd=path.parent, env=variables)
        student = (path.parent / "dist" / "student" / "sample.ipynb").read_text()
        assert "x + x" not in student
        assert "raise NotImplementedError" in student
        assert "test_any" not in student
        (archive,) = (path.parent / "dist" / "autograder").glob("*.zip")
        for name, expected in (("autograder", 5.5), ("student", 0)):
            notebook = path.parent / "dist" / name / "sample.ipynb"
            call(
                programs / "otter",
                "run",
                "-a",
                archive,
                "-o",
                tmp_path,
                notebook,
                cwd=tmp_path,
                env=variables,
            )
            tests = json.loads((tmp_path / "results.json").read_text())["tests"]
            assert sum(test.get("score", 0) for test in tests) == pytest.approx(expected, abs=1e-3)

    def test_nbgrader(self, source, tmp_path):
        programs = environment("nbgrader", "nbgrader")
        course = tmp_path / "course"
        path, _ = export(source, "nbgrader", course)
        variables = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)}

        def nbgrader(*arguments):
            call(programs / "nbgrader", *arguments, cwd=course, env=variables)

        nbgrader("generate_assignment", "sample")
        student = course / "release" / "sample" / "sample.ipynb"
        assert "x + x" not in student.read_text()
        assert "test_any" not in student.read_text()
        for name, notebook in (("ada", path), ("bob", student)):
            target = course / "submitted" / name / "sample" / "sample.ipynb"
            target.parent.mkdir(parents=True)
            shutil.copyfile(notebook, target)
        nbgrader("autograde", "sample")
        nbgrader("export")
        with open(course / "grades.csv", encoding="utf-8", newline="") as file:
            scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
        assert scores == {"ada": pytest.approx(5.5), "bob": 0}
