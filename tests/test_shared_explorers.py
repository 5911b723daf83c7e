"""A page outside the chapters shows an explorer of one of them, with all that it needs and no more."""

import json
import re

import nbformat
import pytest
from execute import WIDGET_STATE, WIDGET_VIEW
from repository import ROOT, chapter_paths
from shared_explorers import needed_models
from test_quote_admonitions import build, page

HOME = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(r"```\{explorer\} (\S+) (\S+)", HOME)


def model(kind="Model", **state):
    return {"model_name": kind, "state": state}


MODELS = {
    "box": model(children=["IPY_MODEL_slider", "IPY_MODEL_picture"]),
    "slider": model(layout="IPY_MODEL_layout"),
    "picture": model(value=3),
    "layout": model("LayoutModel"),
    "link": model("LinkModel", source=["IPY_MODEL_slider", "value"], target=["IPY_MODEL_picture", "value"]),
    "other": model(layout="IPY_MODEL_layout"),
    "other link": model(
        "LinkModel", source=["IPY_MODEL_slider", "value"], target=["IPY_MODEL_other", "value"]
    ),
}


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("box", {"box", "slider", "picture", "layout", "link"}),
        ("slider", {"slider", "layout"}),
        ("other", {"other", "layout"}),
    ],
)
def test_needed_models(root, expected):
    assert set(needed_models(MODELS, root)) == expected


@pytest.fixture
def folder(tmp_path):
    """A book whose one page shows the explorer of the home page."""
    chapter, cell = SHOWN
    (tmp_path / "chapter.stored").write_bytes(
        (ROOT / "book" / chapter).read_bytes()
    )  # read, but no page here
    (tmp_path / "page.md").write_text(
        f"# A page\n\n```{{explorer}} chapter.stored {cell}\nA *caption*.\n```\n"
    )
    return tmp_path


def test_page_has_the_explorer_of_the_chapter(folder):
    answer = build(folder, "-W", "--keep-going")
    assert answer.returncode == 0, answer.stderr
    notebook = nbformat.read(ROOT / "book" / SHOWN[0], as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == SHOWN[1])
    soup = page(folder, "page")
    assert soup.select_one(".explorer-still img")["alt"] == cell.metadata.mystnb.image.alt
    assert json.loads(soup.find("script", type=WIDGET_VIEW).string) == cell.outputs[0].data[WIDGET_VIEW]
    assert soup.find("em").get_text() == "caption"
    html = (folder / "_build" / "page.html").read_text(encoding="utf-8")
    stored = notebook.metadata.widgets[WIDGET_STATE]["state"]
    (state,) = re.findall(rf'<script[^>]*type="{re.escape(WIDGET_STATE)}"[^>]*>(.*?)</script>', html, re.S)
    models = json.loads(state)["state"]
    assert models == {name: stored[name] for name in models}
    assert len(models) < len(stored)
    assert "widgets-init.js" in html


def test_missing_explorer_fails_the_build(folder):
    (folder / "page.md").write_text("# A page\n\n```{explorer} chapter.stored no-such-cell\n```\n")
    answer = build(folder, "-W")
    assert answer.returncode != 0
    assert "expected an explorer in the cell 'no-such-cell'" in answer.stderr


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_home_page_says_how_long_a_chapter_takes(path):
    text = path.read_text(encoding="utf-8")
    (minutes,) = re.findall(r"\*\*Time:\*\* about (\d+) minutes", text)
    number, title = int(path.stem[:2]), re.search(r'"# ([^"\\]+)', text).group(1)
    card = re.search(rf"grid-item-card\}} {number} · (.+)\n:link: {path.stem}\n(?:.*\n)+?(\d+) minutes", HOME)
    assert card.group(2) == minutes
    assert title.startswith(card.group(1))
