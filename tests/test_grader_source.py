"""Sources of exercises are read, and each fault in their form is found."""

import pytest
from exercise_source import cell_of, code, source_notebook, write

from dcv_grader.source import SourceError, read_assignment


@pytest.fixture
def path(tmp_path):
    return tmp_path / "04_sample.ipynb"


def test_sound_source(path):
    assignment = read_assignment(write(source_notebook(), path))
    assert assignment.name == "04_sample"
    assert list(assignment.questions) == ["double", "kernel"]
    assert assignment.shared == ["import numpy as np"]
    assert assignment.total == 5.5
    double = assignment.questions["double"]
    assert (double.title, double.minutes, double.total, double.answers) == ("Double it", 5, 3, ["double"])
    assert list(double.wrong) == ["That is the square.", "Nothing happens to x."]


def set_source(name, role, source):
    def change(notebook):
        cell_of(notebook, name, role).source = source

    return change


def set_details(name, role, **details):
    def change(notebook):
        cell_of(notebook, name, role).metadata["dcv"] = details

    return change


def set_tags(name, role, *tags):
    def change(notebook):
        cell_of(notebook, name, role).metadata["tags"] = list(tags)

    return change


def remove(name, role):
    def change(notebook):
        notebook.cells.remove(cell_of(notebook, name, role))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_tags("double", "solution", "ex:double"), "expected the tag ex:name and one of"),
        (set_tags("double", "solution", "ex:double", "solution", "test"), "expected the tag ex:name"),
        (set_tags("double", "solution", "solution"), "expected the tag ex:name"),
        (set_tags("double", "solution", "ex:not a name", "solution"), "expected the tag ex:name"),
        (set_tags("double", "solution", "ex:double", "starter"), "found a second one"),
        (set_tags("double", "solution", "ex:double", "statement"), "a statement is Markdown"),
        (remove("double", "solution"), "expected a cell tagged solution"),
        (remove("double", "hidden"), "expected a cell tagged hidden"),
        (remove("double", "wrong"), "expected two wrong answers or more, got 1"),
        (set_details("double", "wrong"), "needs a diagnosis"),
        (set_details("double", "wrong", diagnosis="Nothing happens to x."), "a diagnosis of its own"),
        (set_details("double", "test", points=0), "points above 0"),
        (set_details("double", "statement", minutes=5, difficulty="so-so"), "difficulty"),
        (set_details("double", "statement", minutes=0, difficulty="easy"), "minutes"),
        (set_source("double", "statement", "Double it"), "### Title"),
        (set_source("double", "solution", "def double(y):\n    return 2 * y"), "signatures"),
        (set_source("double", "solution", "double = 3"), "does not define double as the starter"),
        (set_source("double", "starter", "def double(x):\n    return None"), "raise NotImplementedError"),
        (set_source("kernel", "starter", "kernel = None"), "kernel = ..."),
        (set_source("double", "test", "def test_a(triple):\n    pass"), "asks for ['triple']"),
        (set_source("double", "test", "def test_a(rng):\n    pass"), "asks for no answer"),
        (set_source("double", "test", "def check_a(double):\n    pass"), "test_…"),
        (set_source("double", "test", "x = 1"), "only functions"),
        (set_source("double", "test", "import math"), "expected test functions"),
        (set_source("double", "hidden", "def test_three(double):\n    pass"), "twice"),
        (set_source("double", "wrong", "def double(x) return"), "invalid syntax|expected ':'"),
    ],
)
def test_fault_is_found(path, change, message):
    notebook = source_notebook()
    change(notebook)
    pattern = message if "|" in message else message.replace("[", r"\[").replace("]", r"\]")
    with pytest.raises(SourceError, match=pattern):
        read_assignment(write(notebook, path))


def test_no_exercises(path):
    notebook = source_notebook()
    del notebook.cells[2:]
    with pytest.raises(SourceError, match="found none"):
        read_assignment(write(notebook, path))


def test_no_such_file(path):
    write(source_notebook(), path)
    with pytest.raises(SourceError, match=f"no such file; there are {path.name}"):
        read_assignment(path.with_name("other.ipynb"))
    with pytest.raises(SourceError, match="there is none in this folder"):
        read_assignment(path.parent / "nowhere" / "other.ipynb")


def test_not_the_source(path):
    notebook = source_notebook()
    notebook.metadata["dcv"] = {"assignment": "04_sample"}
    with pytest.raises(SourceError, match="name the source, book/exercises/04_sample"):
        read_assignment(write(notebook, path))


def test_not_a_notebook(path):
    path.write_text("{}")
    with pytest.raises(SourceError, match="expected a notebook"):
        read_assignment(path)


def test_overlay_replaces_hidden_tests(path, tmp_path):
    private = source_notebook()
    source = "def test_private(double):\n    expect_equal(double(2), 4)"
    private.cells = [code("double", "hidden", source, points=7)]
    overlay = write(private, tmp_path / "private.ipynb")
    assignment = read_assignment(write(source_notebook(), path), overlay)
    assert assignment.questions["double"].hidden == source
    assert assignment.questions["double"].points == {"test": 1, "hidden": 7}
    assert assignment.questions["kernel"].points == {"test": 1, "hidden": 1.5}


def test_overlay_of_another_assignment(path, tmp_path):
    private = source_notebook()
    private.cells = [code("halve", "hidden", "def test_private(halve):\n    pass", points=7)]
    with pytest.raises(SourceError, match="an overlay holds cells tagged hidden"):
        read_assignment(write(source_notebook(), path), write(private, tmp_path / "private.ipynb"))
