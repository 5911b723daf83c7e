"""In the sandbox, each chapter's student notebook gets full marks if solved, and no points if not."""

import nbformat
import pytest
from hostile_run import needs_sandbox
from repository import ROOT

from dcv_grader.grade import spec_of
from dcv_grader.grading import Grader
from dcv_grader.sandbox import Limits
from dcv_grader.submissions import find_submissions

SOURCES = sorted((ROOT / "book" / "exercises").glob("*.ipynb"))

pytestmark = [needs_sandbox, pytest.mark.slow]


@pytest.fixture(scope="module")
def grader():
    """A grader for one chapter after the other, so that Keras is imported once."""
    everything = {"shared": ["import keras"], "questions": []}
    with Grader(everything, Limits()) as grader:
        yield grader


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_student_notebook(grader, source, tmp_path):
    spec = spec_of(source)
    solutions = {f"{question['name']}-answer": question["solution"] for question in spec["questions"]}
    notebook = nbformat.read(ROOT / "book" / "assignments" / source.name, as_version=4)
    nbformat.write(notebook, tmp_path / "unsolved.ipynb")
    for cell in notebook.cells:
        cell.source = solutions.pop(cell.id, cell.source)
    nbformat.write(notebook, tmp_path / "solved.ipynb")
    assert solutions == {}

    grader.spec = spec
    solved, unsolved = map(grader.grade, find_submissions(tmp_path))
    for result in (solved, unsolved):
        assert (result["problem"], result["notes"]) == ("", [])
    assert {question["outcome"] for question in solved["questions"]} == {"right"}
    assert solved["earned"] == solved["points"] == sum(sum(q["points"].values()) for q in spec["questions"])
    assert {question["outcome"] for question in unsolved["questions"]} == {"not attempted"}
    assert unsolved["earned"] == 0
