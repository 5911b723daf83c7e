"""Pages of exercises show what readers need, and their buttons open what students get."""

from types import SimpleNamespace

import nbformat
import pytest
from exercise_pages import hand_out_students, lead_on, open_student_notebook, page_cells, show_page
from exercise_source import source_notebook
from repository import ROOT

SOURCES = sorted((ROOT / "book/exercises").glob("*.ipynb"))


def page(notebook):
    """Return the cells of a source's page."""
    return page_cells(nbformat.reads(nbformat.writes(notebook), as_version=4).cells)


def test_roles_in_order():
    cells = page(source_notebook())
    assert cells[0].source.startswith("# Exercises: a sample")
    assert "open the notebook" in cells[1].source
    statement = next(i for i, cell in enumerate(cells) if cell.source.startswith("## "))
    starter, solution, mistakes = cells[statement + 1 : statement + 4]
    assert " · about " in cells[statement].source.splitlines()[2]
    assert "NotImplementedError" in starter.source
    assert "tags" not in starter.metadata
    assert solution.metadata.tags == ["hide-input"]
    assert solution.metadata.mystnb.code_prompt_show == "Solution"
    assert mistakes.source.startswith("<details>")


def test_tests_are_left_out():
    text = "\n".join(cell.source for cell in page(source_notebook()))
    assert "def test_" in "\n".join(cell.source for cell in source_notebook().cells)
    assert "def test_" not in text


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_diagnosis_is_on_the_page(path):
    source = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in page(source))
    wrong = [cell for cell in source.cells if "wrong" in cell.metadata.get("tags", [])]
    assert wrong
    for cell in wrong:
        assert cell.metadata.dcv.diagnosis in text
        assert cell.source not in text


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_chapter_and_exercises_link_each_other(path):
    chapter = nbformat.read(ROOT / "book" / path.name, as_version=4)
    assert f"](exercises/{path.name})" in chapter.cells[-1].source
    opening = nbformat.read(path, as_version=4).cells[0].source
    assert f"](../{path.name})" in opening


def test_pages_are_valid_notebooks():
    text = [nbformat.writes(source_notebook())]
    show_page(None, "book/exercises/99_sample", text)
    nbformat.validate(nbformat.reads(text[0], as_version=4))


def test_other_pages_stay():
    text = ["not a notebook"]
    show_page(None, "book/index", text)
    assert text == ["not a notebook"]


def test_buttons_open_the_student_notebook():
    url = "https://colab.research.google.com/github/o/r/blob/main/book/exercises/01.ipynb"
    download = "../../_sources/book/exercises/01.ipynb"
    buttons = [{"buttons": [{"url": url}, {"url": download}, {"javascript": "print()"}]}, {"url": url}]
    open_student_notebook(None, "book/exercises/01", "page.html", {"header_buttons": buttons}, None)
    assert buttons[0]["buttons"][0]["url"] == url.replace("exercises", "assignments")
    assert buttons[0]["buttons"][1]["url"] == download


CHAPTERS, EXERCISES = ["book/01_a", "book/02_b"], ["book/exercises/01_a", "book/exercises/02_b"]
ORDER = ["book/index", *CHAPTERS, *EXERCISES, "book/notation"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("book/01_a", ("book/index", "book/02_b")),  # from chapter to chapter
        ("book/02_b", ("book/01_a", "book/exercises/02_b")),  # the last one: its exercises
        ("book/exercises/01_a", ("book/01_a", "book/02_b")),  # back, and on with the next chapter
        ("book/exercises/02_b", ("book/02_b", "book/notation")),
        ("search", (None, None)),
    ],
)
def test_pages_lead_on(name, expected):
    neighbours = zip([None, *ORDER], ORDER, [*ORDER[1:], None], strict=False)
    relations = {page: [None, before, after] for before, page, after in neighbours}
    builder = SimpleNamespace(
        relations=relations,
        get_relative_uri=lambda start, page: page,
        render_partial=lambda title: {"title": f"<em>{title}</em>"},
    )
    app = SimpleNamespace(builder=builder, env=SimpleNamespace(titles={page: page for page in ORDER}))
    links = zip(("prev", "next"), relations.get(name, [None] * 3)[1:], strict=True)
    context = {key: page and {"link": page, "title": f"<em>{page}</em>"} for key, page in links}
    lead_on(app, name, "page.html", context, None)
    assert [link and link["link"] for link in (context["prev"], context["next"])] == list(expected)
    assert all(link["title"] == f"<em>{link['link']}</em>" for link in context.values() if link)


def test_downloads_are_the_student_notebook(tmp_path):
    for folder, text in (("out/_sources/book/exercises", "source"), ("book/assignments", "student")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "01.ipynb").write_text(text)
    hand_out_students(SimpleNamespace(outdir=tmp_path / "out", srcdir=tmp_path), None)
    assert (tmp_path / "out/_sources/book/exercises/01.ipynb").read_text() == "student"
