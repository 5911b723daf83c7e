"""What is built from a source: no secrets for students, checks that work, files in step."""

import contextlib
import io
from pathlib import Path

import nbformat
import pytest
from exercise_source import cell_of, source_notebook, write

from dcv_grader import checks
from dcv_grader.__main__ import main
from dcv_grader.build import build_texts, colab_badge
from dcv_grader.source import SourceError, read_assignment
from dcv_grader.verify import verify


@pytest.fixture
def path(tmp_path):
    return write(source_notebook(), tmp_path / "04_sample.ipynb")


def built(path):
    """Return the student's and the instructor's notebook."""
    students, private = path.parent / "students", path.parent / "private"
    texts = build_texts(path, students=students, private=private)
    return [
        nbformat.reads(texts[place], as_version=4)
        for place in (students / path.name, private / f"{path.stem}-instructor.ipynb")
    ]


def run(notebook, **answers):
    """Run a notebook's code in one namespace, with some answers replaced; return what it printed."""
    printed, namespace = io.StringIO(), {"__name__": "__main__"}
    with contextlib.redirect_stdout(printed):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                name = cell.id.removesuffix("-answer")
                exec(compile(answers.get(name, cell.source), cell.id, "exec"), namespace)
    return printed.getvalue()


def test_student_notebook(path):
    student, _ = built(path)
    text = nbformat.writes(student)
    for secret in ("x + x", "test_any", "test_ramp", "[-1.0, 0.0, 1.0]"):
        assert secret not in text
    assert "*Easy · about 5 minutes · 3 points*" in text
    code = [cell for cell in student.cells if cell.cell_type == "code"]
    assert "def check(" in code[0].source
    assert all(cell.metadata.cellView == "form" for cell in code if cell.id.endswith("-test"))


def test_student_notebook_unsolved(path):
    printed = run(built(path)[0])
    assert printed.count("not attempted yet") == 2
    assert "right" not in printed


def test_student_notebook_solved(path):
    source = source_notebook()
    solutions = {name: cell_of(source, name, "solution").source for name in ("double", "kernel")}
    printed = run(built(path)[0], **solutions)
    assert printed.splitlines() == [
        "✔ double: right. All 1 checks passed.",
        "✔ kernel: right. All 1 checks passed.",
    ]


def test_student_notebook_with_a_known_mistake(path):
    printed = run(built(path)[0], double="def double(x):\n    return x * x")
    assert "double(3)" in printed
    assert "expected  6" in printed
    assert "got       9" in printed
    assert "A known mistake: That is the square." in printed
    assert "Nothing happens" not in printed


def test_student_notebook_with_another_mistake(path):
    printed = run(built(path)[0], double="def double(x):\n    return x + 1")
    assert "got       4" in printed
    assert "known mistake" not in printed


def test_instructor_notebook_is_right(path):
    assert run(built(path)[1]).count("right") == 4


@pytest.mark.parametrize("role", ["solution", "hidden", "wrong"])
def test_leak_is_found(tmp_path, role):
    notebook = source_notebook()
    line = cell_of(notebook, "double", role).source.splitlines()[-1]
    cell_of(notebook, "double", role).source += "  # and a comment that nobody else has"
    cell_of(notebook, "double", "statement").source += f"\n\n{line}  # and a comment that nobody else has"
    with pytest.raises(SourceError, match="would show"):
        built(write(notebook, tmp_path / "leaking.ipynb"))


def test_no_title(tmp_path):
    notebook = source_notebook()
    notebook.cells[0].source = "Exercises"
    with pytest.raises(SourceError, match="# Title"):
        built(write(notebook, tmp_path / "untitled.ipynb"))


def test_badge(tmp_path):
    project = '[project.urls]\nRepository = "https://github.com/someone/a-course"\n'
    (tmp_path / "pyproject.toml").write_text(project)
    assert "/github/someone/a-course/blob/main/book/x.ipynb)" in colab_badge(tmp_path / "book" / "x.ipynb")
    (tmp_path / "pyproject.toml").write_text("")
    assert colab_badge(tmp_path / "x.ipynb") == ""


def test_build_and_check(path, tmp_path, capsys):
    arguments = ["build", str(path), f"--students={tmp_path / 'a'}", f"--private={tmp_path / 'b'}"]
    assert main([*arguments, "--check"]) == 1
    assert "out of step" in capsys.readouterr().out
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    student = tmp_path / "a" / path.name
    student.write_text(student.read_text().replace("Double", "Duple"))
    assert main([*arguments, "--check"]) == 1
    assert {file.name for file in (tmp_path / "b").iterdir()} == {
        "04_sample-instructor.ipynb",
        "04_sample.judge.json",
    }


def test_cannot_start(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["verify"]) == 2
    assert "found none" in capsys.readouterr().err


def test_verify_accepts_the_sample(path, capsys):
    assert main(["verify", str(path)]) == 0
    assert "2 exercises, 4 tests, 4 wrong answers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "role", "source", "message"),
    [
        ("double", "solution", "def double(x):\n    return 3 * x", "the solution fails test_three"),
        ("double", "wrong", "def double(x):\n    return 2 * x", "accept the wrong answer"),
        ("double", "wrong", "def double(x):\n    return x", "expected the diagnosis"),
        (
            "double",
            "hidden",
            "def test_any(double, rng):\n    expect_equal(double(rng.integers(3, 9)) is None, False)"
            "\ndef test_idle(double):\n    double(3)",
            "an answer of None is 'right' in test_idle",
        ),
        (
            "double",
            "hidden",
            "def test_any(double):\n    expect_equal(double(8), 16)\ndef test_lazy(double):\n    pass",
            "the starter is 'right' in test_lazy",
        ),
    ],
)
def test_verify_goes_red(tmp_path, capsys, name, role, source, message):
    notebook = source_notebook()
    cell_of(notebook, name, role).source = source
    broken = write(notebook, tmp_path / "broken.ipynb")
    assert any(message in problem for problem in verify(read_assignment(broken))[1])
    assert main(["verify", str(broken)]) == 1
    assert message in capsys.readouterr().out


def test_check_cell_needs_only_numpy():
    source = Path(checks.__file__).read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if line.lstrip().startswith(("import ", "from "))]
    assert imports == ["import hashlib", "import inspect", "import numpy as np"]
