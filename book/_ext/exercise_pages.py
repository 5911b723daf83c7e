"""Make pages for readers of the sources of the exercises.

A source, ``book/exercises/NN_topic.ipynb``, holds statements, starters, solutions, tests and
wrong answers. The page shows the statements, with difficulty and minutes, and the starters; the
solution and the known mistakes are folded; tests are left out. What the page's buttons open or
download is the student notebook, ``book/assignments/NN_topic.ipynb``, which holds no solution.

At its end a page leads back to its chapter and on to the next one.
"""

import json
import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

CHAPTERS, SOURCES, STUDENTS = "book/", "book/exercises/", "book/assignments/"
NOTE = (
    "> **Note:** This page is for reading. To solve the exercises and check your answers, open the "
    "notebook: in Colab with the rocket above, or on your machine with the download button."
)
FOLDED = {"code_prompt_show": "Solution", "code_prompt_hide": "Hide the solution"}


def page_cells(cells):
    """Return the cells of an exercise page, in order.

    Parameters
    ----------
    cells : list of nbformat.NotebookNode
        The cells of a source: those of an exercise have the tags ``ex:name`` and a role.

    Returns
    -------
    list of nbformat.NotebookNode
    """
    shown, mistakes = [], []
    for cell in cells:
        role = next(
            (tag for tag in cell.metadata.get("tags", []) if not tag.startswith("ex:")), None
        )
        if mistakes and role != "wrong":
            shown.append(_mistakes(mistakes))
            mistakes = []
        if role == "wrong":
            mistakes.append(cell)
        elif role == "statement":
            shown.append(_with_facts(cell))
        elif role == "solution":
            shown.append(cell)
            cell.metadata.update(tags=["hide-input"], mystnb=FOLDED)
        elif role == "starter" or (role is None and cell.source.strip()):
            shown.append(cell)
            cell.metadata.pop("tags", None)
    shown.insert(1, new_markdown_cell(NOTE, id="how-to-check"))
    return shown + ([_mistakes(mistakes)] if mistakes else [])


def _with_facts(cell):
    """Return the statement, one level below the title, with difficulty and minutes."""
    heading, _, rest = cell.source.removeprefix("#").partition("\n")
    facts = cell.metadata.get("dcv", {})
    line = f"*{facts.get('difficulty', '').capitalize()} · about {facts.get('minutes')} minutes*"
    return new_markdown_cell(f"{heading}\n\n{line}\n{rest}", id=cell.id)


def _mistakes(cells):
    """Return one folded cell with the diagnoses of all wrong answers."""
    lines = "\n".join(f"- {cell.metadata.dcv.diagnosis}" for cell in cells)
    text = f"<details>\n<summary>Mistakes that the check knows</summary>\n\n{lines}\n\n</details>"
    return new_markdown_cell(text, id=f"{cells[0].id}-all"[:64])


def show_page(app, name, source):
    """Replace the text of a source of exercises by that of its page, before Sphinx reads it."""
    if name.startswith(SOURCES):
        notebook = nbformat.reads(source[0], as_version=4)
        notebook.cells = page_cells(notebook.cells)
        source[0] = json.dumps(notebook)


def open_student_notebook(app, name, template, context, doctree):
    """Let the buttons of an exercise page open the student notebook."""
    if not name.startswith(SOURCES):
        return
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            # Downloads stay where they are: `hand_out_students` puts the student notebook there.
            if button.get("url", "").startswith("https://colab."):
                button["url"] = button["url"].replace(SOURCES, STUDENTS)


def lead_on(app, name, template, context, doctree):
    """Let exercises lead back to their chapter and on to the next; the last chapter to its own.

    The table of contents lists all chapters, then all exercises; a learner takes them in turn.
    """

    def following(page):  # "" for the last one, and for those that are in no table of contents
        return app.builder.relations.get(page, [""])[-1] or ""

    def link(page):
        title = app.builder.render_partial(app.env.titles[page])["title"]
        return {"link": app.builder.get_relative_uri(name, page), "title": title}

    if name.startswith(SOURCES):
        chapter = name.replace(SOURCES, CHAPTERS)
        context["prev"] = link(chapter)
        if not following(chapter).startswith(SOURCES):
            context["next"] = link(following(chapter))
    elif following(name).startswith(SOURCES):
        context["next"] = link(name.replace(CHAPTERS, SOURCES))


def hand_out_students(app, error):
    """Put student notebooks where the theme's download buttons find the sources."""
    if error is not None:
        return
    for copy in Path(app.outdir, "_sources", SOURCES).glob("*.ipynb"):
        shutil.copyfile(Path(app.srcdir, STUDENTS, copy.name), copy)


def setup(app):
    """Register with Sphinx."""
    app.connect("source-read", show_page)
    # After the theme, which makes the buttons at 501.
    app.connect("html-page-context", open_student_notebook, priority=900)
    app.connect("html-page-context", lead_on)
    app.connect("build-finished", hand_out_students)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
