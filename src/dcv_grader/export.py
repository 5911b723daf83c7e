"""Write an assignment for other graders: otter, nbgrader, Gradescope (through otter), Canvas, Moodle.

otter and nbgrader then run the tests in the student's own kernel, without the protection that ``dcv-grader
grade`` gives: export where a platform is prescribed, grade here where it is not.
"""

import inspect
import json
import zipfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from dcv_grader import checks
from dcv_grader.build import METADATA, build_texts
from dcv_grader.source import functions, part, read_assignment

FORMATS = ("otter", "nbgrader", "gradescope", "canvas", "moodle")


def export(source, target, folder, overlay=None):
    """Write an assignment in the format of another tool and return the paths of what was written.

    Parameters
    ----------
    source : path-like
        The notebook with the exercises.
    target : str
        One of `FORMATS`.
    folder : path-like
    overlay : path-like, optional
        Private hidden tests.

    Raises
    ------
    ValueError
        If the target is not one of them.
    """
    if target not in FORMATS:
        raise ValueError(f"expected one of {', '.join(FORMATS)}, got {target!r}")
    assignment, folder = read_assignment(source, overlay), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if target in ("otter", "gradescope"):
        return [_write(folder / f"{assignment.name}.ipynb", otter_notebook(assignment))]
    if target == "nbgrader":
        place = folder / "source" / assignment.name / f"{assignment.name}.ipynb"
        config = folder / "nbgrader_config.py"
        config.write_text('c = get_config()\nc.CourseDirectory.course_id = "course"\n', encoding="utf-8")
        return [_write(place, nbgrader_notebook(assignment)), config]
    return [_handout(assignment, source, folder, target)]


def _write(path, notebook):
    nbformat.validate(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return path


def helpers():
    """Return the source that tests need in a notebook of their own: expectations and the runner."""
    return inspect.getsource(checks).strip()


def _calls(code):
    """Return for each test its name and a piece of code that runs it, and raises if it fails."""
    return [(name, _call(code, name)) for name in functions(code)]


def _call(code, name):
    """Return code that holds one cell's tests and demands that one of them passes."""
    return (
        f"{code.strip()}\n\n"
        f"_result = run_test({name}, globals())\n"
        f'assert _result["outcome"] == "right", describe(_result) if "got" in _result else _result["outcome"]'
    )


def otter_notebook(assignment):
    """Return the notebook that ``otter assign`` reads: raw cells mark questions, solutions and tests.

    Gradescope takes the zip file that otter makes of it.
    """
    config = (
        "# ASSIGNMENT CONFIG\ninit_cell: true\nexport_cell: true\nsolutions_pdf: false\n"
        "generate: {pdf: false}\ncheck_all_cell: false\n"
    )
    cells = [new_raw_cell(config)]
    for cell in assignment.cells:
        place = part(cell)
        if place is None:
            make = new_markdown_cell if cell.cell_type == "markdown" else new_code_cell
            cells.append(make(cell.source))
        elif place[1] == "statement":
            cells += _otter_question(assignment.questions[place[0]])
    cells.insert(2, new_code_cell(helpers()))
    return new_notebook(cells=cells, metadata=METADATA)


def _otter_question(question):
    begin = f"# BEGIN QUESTION\nname: {question.name}\npoints: {question.total:g}\n"
    cells = [new_raw_cell(begin), new_markdown_cell(question.statement), new_raw_cell("# BEGIN SOLUTION")]
    answer = f"# BEGIN SOLUTION NO PROMPT\n{question.solution.strip()}\n# END SOLUTION"
    # What students see instead; the quotes are not those of docstrings.
    answer += f"\n''' # BEGIN PROMPT\n{question.starter.strip()}\n'''; # END PROMPT"
    cells.append(new_code_cell(answer))
    cells += [new_raw_cell("# END SOLUTION"), new_raw_cell("# BEGIN TESTS")]
    for role in ("test", "hidden"):
        names = functions(getattr(question, role))
        for name, code in _calls(getattr(question, role)):
            hidden = str(role == "hidden").lower()
            worth = f"{question.points[role] / len(names):.6g}"
            header = f'""" # BEGIN TEST CONFIG\nhidden: {hidden}\npoints: {worth}\n'
            cells.append(
                new_code_cell(f'{header}""" # END TEST CONFIG\n{code}'.replace("_result", f"_{name}"))
            )
    return [*cells, new_raw_cell("# END TESTS"), new_raw_cell("# END QUESTION")]


def nbgrader_notebook(assignment):
    """Return the notebook that ``nbgrader generate_assignment`` reads: cells with nbgrader's metadata."""
    cells = [new_code_cell(helpers(), metadata=_nbgrader("dcv-check", locked=True))]
    for cell in assignment.cells:
        place = part(cell)
        if place is None:
            make = new_markdown_cell if cell.cell_type == "markdown" else new_code_cell
            cells.append(make(cell.source))
        elif place[1] == "statement":
            cells += _nbgrader_question(assignment.questions[place[0]])
    return new_notebook(cells=cells, metadata=METADATA)


def _nbgrader(name, *, solution=False, grade=False, locked=False, points=None):
    metadata = {
        "grade": grade,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return {"nbgrader": metadata | ({"points": points} if points is not None else {})}


def _nbgrader_question(question):
    answer = f"### BEGIN SOLUTION\n{question.solution.strip()}\n### END SOLUTION"
    cells = [
        new_markdown_cell(question.statement),
        new_code_cell(answer, metadata=_nbgrader(f"{question.name}-answer", solution=True)),
    ]
    for role in ("test", "hidden"):
        names = functions(getattr(question, role))
        for number, (_, code) in enumerate(_calls(getattr(question, role)), 1):
            if role == "hidden":
                code = f"### BEGIN HIDDEN TESTS\n{code}\n### END HIDDEN TESTS"
            metadata = _nbgrader(
                f"{question.name}-{role}-{number}",
                grade=True,
                locked=True,
                points=question.points[role] / len(names),
            )
            cells.append(new_code_cell(code, metadata=metadata))
    return cells


def _handout(assignment, source, folder, target):
    """Write a zip file to upload to a learning platform: the student notebook, and the task as a page.

    Both platforms collect the notebooks and give them back as one zip file, which ``dcv-grader grade`` reads.
    """
    texts = build_texts(source, students="students", private="private")
    notebook = next(text for path, text in texts.items() if path.parent.name == "students")
    tasks = "".join(
        f"<li>{q.title}: {q.total:g} points, about {q.minutes} minutes</li>"
        for q in assignment.questions.values()
    )
    page = (
        f"<p>Download <code>{assignment.name}.ipynb</code>, open it in Colab or JupyterLab, and answer its "
        f"exercises until the checks are satisfied. Then upload the notebook here.</p><ol>{tasks}</ol>"
        f"<p>{assignment.total:g} points in all.</p>"
    )
    minutes = sum(question.minutes for question in assignment.questions.values())
    facts = {"name": assignment.name, "points": assignment.total, "minutes": minutes}
    path = folder / f"{assignment.name}-{target}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{assignment.name}.ipynb", notebook)
        archive.writestr("description.html", page)
        archive.writestr("assignment.json", json.dumps(facts, indent=1) + "\n")
    return path
