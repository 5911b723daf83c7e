"""Make, from one source, what students get, what instructors get and what the judge reads."""

import inspect
import json
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dcv_grader import checks
from dcv_grader.source import SourceError, functions, part, read_assignment
from dcv_grader.testing import fingerprints

STUDENTS, PRIVATE = Path("book/assignments"), Path("_build/grader")
FORM = '# @title {} {{ display-mode: "form" }}\n'
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}, "editable": False, "deletable": False}
CHECK_TAG = "dcv-check"  # cells that the grader passes over

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repository}/blob/main/{path})"
)
SHORTEST_LEAK = 10  # characters; shorter lines, such as "return x", say nothing


def student_notebook(assignment, mistakes, badge=""):
    """Return the notebook that students get: starters, public tests, and nothing of a solution.

    Parameters
    ----------
    assignment : Assignment
    mistakes : dict of str to dict
        For each question what `testing.fingerprints` returns.
    badge : str
        Markdown that opens the notebook in Colab.

    Raises
    ------
    SourceError
        If a line of a solution, a hidden test or a wrong answer would be in it.
    """
    notebook = _notebook(
        assignment, badge, lambda question: _student_cells(question, mistakes[question.name])
    )
    leaks = leaked_lines(assignment, notebook)
    if leaks:
        raise SourceError(f"{assignment.name}: the student notebook would show {leaks[0]!r}")
    return notebook


def instructor_notebook(assignment, mistakes):
    """Return the notebook with solutions and hidden tests; every check in it says "right"."""
    return _notebook(assignment, "", lambda question: _instructor_cells(question, mistakes[question.name]))


def judge_file(assignment, mistakes):
    """Return what the judge needs, as a dict for JSON."""
    return {
        "assignment": assignment.name,
        "shared": assignment.shared,
        "questions": [
            asdict(question) | {"mistakes": mistakes[question.name]}
            for question in assignment.questions.values()
        ],
    }


def leaked_lines(assignment, notebook):
    """Return the lines of solutions, hidden tests and wrong answers that stand in a student notebook.

    Lines that starters, public tests or shared cells hold as well are no secret.
    """
    questions = assignment.questions.values()
    public = _lines(*assignment.shared, *(q.starter for q in questions), *(q.test for q in questions))
    private = _lines(*(c for q in questions for c in (q.solution, q.hidden, *q.wrong.values()))) - public
    shown = _lines(*(cell.source for cell in notebook.cells), inspect.getsource(checks))
    return sorted(line for line in private & shown if len(line) >= SHORTEST_LEAK)


def _lines(*sources):
    return {line.strip() for source in sources for line in source.splitlines()}


def _notebook(assignment, badge, cells_of):
    """Put a notebook together: shared cells as they are, and for each starter what cells_of returns."""
    cells = []
    for cell in assignment.cells:
        place = part(cell)
        if place is None:
            cells.append(_copy(cell))
        elif place[1] == "statement":
            question = assignment.questions[place[0]]
            cells += [_statement(question), *cells_of(question)]
    title, _, rest = cells[0].source.partition("\n")
    if cells[0].cell_type != "markdown" or not title.startswith("# "):
        raise SourceError(f"{assignment.name}: expected a first cell in Markdown that begins with: # Title")
    cells[0].source = "\n\n".join(text for text in (title, badge, rest.strip()) if text)
    source = FORM.format("Run this cell first: it defines check()") + inspect.getsource(checks).strip()
    cells.insert(1, _code("dcv-check", source, tags=[CHECK_TAG], **FOLDED))
    metadata = METADATA | {"dcv": {"assignment": assignment.name}}
    return new_notebook(cells=cells, metadata=metadata)


def _copy(cell):
    tags = {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
    make = new_markdown_cell if cell.cell_type == "markdown" else new_code_cell
    return make(cell.source, id=cell.id, metadata=tags)


def _code(name, source, **metadata):
    return new_code_cell(source, id=name, metadata=metadata)


def _statement(question):
    """Return the statement, with difficulty, minutes and points under its heading."""
    heading, _, rest = question.statement.partition("\n")
    facts = (
        f"*{question.difficulty.capitalize()} · about {question.minutes} minutes · {question.total:g} points*"
    )
    return new_markdown_cell(f"{heading}\n\n{facts}\n{rest}", id=f"{question.name}-statement")


def _answer(question, code):
    return _code(f"{question.name}-answer", code, tags=[f"ex:{question.name}", "answer"], deletable=False)


def _check(question, role, title, mistakes):
    """Return the folded cell with tests and the call of check()."""
    code = getattr(question, role)
    arguments = [json.dumps(question.name), *functions(code)]
    if mistakes:
        entries = "".join(
            f"        {json.dumps(digest)}: {json.dumps(_printed(sentence), ensure_ascii=False)},\n"
            for digest, sentence in mistakes.items()
        )
        arguments.append(f"mistakes={{\n{entries}    }}")
    call = "check(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"
    source = f"{FORM.format(title)}{code.strip()}\n\n\n{call}"
    return _code(f"{question.name}-{role}", source, tags=[CHECK_TAG], **FOLDED)


def _printed(sentence):
    """Return a sentence as check() prints it: without the marks for bold and formulas."""
    return re.sub(r"\*\*([^*]+)\*\*|\$([^$]+)\$", lambda match: match[1] or match[2], sentence)


def _student_cells(question, mistakes):
    return [
        _answer(question, question.starter),
        _check(question, "test", f"Check {question.name}", mistakes),
    ]


def _instructor_cells(question, mistakes):
    return [
        _answer(question, question.solution),
        _check(question, "test", f"Check {question.name}", mistakes),
        _check(question, "hidden", f"Hidden tests of {question.name}", {}),
    ]


def colab_badge(path):
    """Return the badge for a file of the repository around it, or "" where pyproject.toml names none."""
    path = Path(path).resolve()
    for folder in path.parents:
        project = folder / "pyproject.toml"
        if project.is_file():
            urls = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}).get("urls", {})
            match = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+)", urls.get("Repository", ""))
            place = path.relative_to(folder).as_posix()
            return BADGE.format(repository=match[1], path=place) if match else ""
    return ""


def build_texts(source, *, students=STUDENTS, private=PRIVATE, overlay=None):
    """Return all files that one source gives, as texts by path; nothing is written.

    Parameters
    ----------
    source : path-like
        The notebook with the exercises.
    students, private : path-like
        Folders for the student notebook, and for instructor notebook and judge file.
    overlay : path-like, optional
        Private hidden tests, see `read_assignment`.
    """
    assignment = read_assignment(source, overlay)
    mistakes = {
        name: fingerprints(question, assignment.shared) for name, question in assignment.questions.items()
    }
    name, private = assignment.name, Path(private)
    student = Path(students) / f"{name}.ipynb"
    return {
        student: _written(student_notebook(assignment, mistakes, colab_badge(student))),
        private / f"{name}-instructor.ipynb": _written(instructor_notebook(assignment, mistakes)),
        private / f"{name}.judge.json": json.dumps(
            judge_file(assignment, mistakes), indent=1, ensure_ascii=False
        )
        + "\n",
    }


def _written(notebook):
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"
