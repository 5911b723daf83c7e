"""The front ends that notebooks store are those of today's files."""

import importlib
import re

import nbformat
import pytest
from execute import WIDGET_STATE
from repository import ROOT, notebook_paths

FOLDER = ROOT / "src" / "dcv" / "widgets"


def front_end(name):
    """Return the class of a picture by the name that anywidget stores."""
    module, _, class_name = name.rpartition(".")
    return getattr(importlib.import_module(module), class_name)


def stale_pictures(notebook):
    """Return a sentence for each stored picture whose front end differs from the files."""
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    problems = []
    for name, model in models.items():
        identifier = model["state"].get("_anywidget_id")
        if identifier is None:
            continue
        current = front_end(identifier)
        for key, text in (("_esm", current._esm), ("_css", current._css)):
            if model["state"].get(key) != str(text):
                problems.append(f"{name} ({identifier}): {key} is not that of the files: run `make execute`")
    return problems


def with_picture(**changes):
    """Return a notebook that stores one picture."""
    identifier = "dcv.widgets.convolution.ConvolutionPicture"
    current = front_end(identifier)
    state = {"_anywidget_id": identifier, "_esm": str(current._esm), "_css": str(current._css), **changes}
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["widgets"] = {WIDGET_STATE: {"state": {"model-000": {"state": state}}}}
    return notebook


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_stored_front_ends_are_current(path):
    assert stale_pictures(nbformat.read(path, as_version=4)) == []


def test_current_front_end_passes():
    assert stale_pictures(with_picture()) == []


@pytest.mark.parametrize("key", ["_esm", "_css"])
def test_one_changed_line_goes_red(key):
    text = with_picture().metadata.widgets[WIDGET_STATE]["state"]["model-000"]["state"][key]
    lines = text.splitlines(keepends=True)
    changed = "".join([*lines[:-1], "/* changed */ " + lines[-1]])
    assert [key in problem for problem in stale_pictures(with_picture(**{key: changed}))] == [True]


def test_front_ends_are_made_of_the_files():
    shared = (FOLDER / "shared.js").read_text(encoding="utf-8")
    own = (FOLDER / "convolution.js").read_text(encoding="utf-8")
    picture = front_end("dcv.widgets.convolution.ConvolutionPicture")
    assert str(picture._esm) == f"{shared}\n{own}"
    assert str(picture._css) == (FOLDER / "shared.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_front_ends_load_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert (
        re.search(r"^\s*import\b|\bimport\(|\bfetch\(|https?://(?!www\.w3\.org/)", text, re.MULTILINE) is None
    )
    exports = re.findall(r"^export .*$", text, re.MULTILINE)
    assert exports == ([] if path.name == "shared.js" else ["export default { render };"])
