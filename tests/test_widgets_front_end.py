"""The front ends that notebooks store are those of today's files."""

import importlib
import re

import front_ends
import nbformat
import numpy as np
import pytest
from execute import MODEL_PREFIX, WIDGET_STATE, stored_widgets
from ipywidgets.embed import embed_data
from repository import ROOT, notebook_paths

from dcv.widgets import explore_convolution, explore_geometry, explore_iou
from dcv.widgets.confusion import ConfusionPicture
from dcv.widgets.network import NetworkPicture

FOLDER = ROOT / "src" / "dcv" / "widgets"


def stored_models(notebook):
    """Return the state of all widgets that a notebook stores: a dict name → traits."""
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    return {name: model["state"] for name, model in models.items()}


def text(name):
    """Return a file of the front end; an explorer without a style sheet has an empty one."""
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.suffix == ".js" or path.exists() else ""


def picture_class(name):
    """Return the class of a picture by the name that anywidget stores."""
    module, _, class_name = name.rpartition(".")
    return getattr(importlib.import_module(module), class_name)


def stale_front_ends(notebook):
    """Return a sentence for each stored part of a front end that differs from the files."""
    models, problems = stored_models(notebook), []

    def compare(name, trait, *files):
        if models[name].get(trait) != "\n".join(filter(None, map(text, files))):
            problems.append(f"{name}: {trait} is not {' + '.join(files)} as now: run `make front-ends`")

    for name, state in models.items():
        if "_anywidget_id" not in state:
            continue
        picture = picture_class(state["_anywidget_id"])
        own = [*picture.parts, picture.front_end]
        compare(name, "_esm", "loader.js")
        compare(name, "_script", *(f"{part}.js" for part in own))
        compare(name, "_styles", *(f"{part}.css" for part in own))
        common = state["_common"].removeprefix(MODEL_PREFIX)
        compare(common, "script", "shared.js")
        compare(common, "styles", "shared.css")
    return problems


def with_pictures():
    """Return a notebook that stores two pictures, as `make execute` does."""
    panels = [explore_convolution(np.eye(8)), explore_geometry()]
    models = embed_data(panels, drop_defaults=False)["manager_state"]
    state, _ = stored_widgets(models, [panel.model_id for panel in panels])
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["widgets"] = {WIDGET_STATE: state}
    return notebook


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_stored_front_ends_are_current(path):
    assert stale_front_ends(nbformat.read(path, as_version=4)) == []


def test_current_front_ends_pass():
    assert stale_front_ends(with_pictures()) == []


@pytest.mark.parametrize("key", ["_esm", "_script", "_styles", "script", "styles"])
def test_one_changed_line_goes_red(key):
    notebook = with_pictures()
    state = next(state for state in stored_models(notebook).values() if key in state)
    lines = state[key].splitlines(keepends=True) or [""]
    state[key] = "".join([*lines[:-1], "/* changed */ " + lines[-1]])
    problems = stale_front_ends(notebook)
    assert problems
    assert all(f": {key} is not" in problem for problem in problems)


def test_front_ends_are_renewed_without_running_anything():
    notebook, stale = with_pictures(), with_pictures()
    for state in stored_models(stale).values():
        state.update({key: "old" for key in ("_script", "_styles", "script", "styles") if key in state})
    assert stale_front_ends(stale) != []
    assert front_ends.renew(stale)
    assert stale == notebook
    assert not front_ends.renew(stale)


def test_what_explorers_share_is_stored_once():
    states = stored_models(with_pictures()).values()
    assert [state["script"] for state in states if "script" in state] == [text("shared.js")]
    assert sum("_script" in state for state in states) == 2
    assert not any(text("shared.css") in str(state) for state in states if "styles" not in state)


def test_common_part_is_made_again_after_it_was_closed():
    before = explore_geometry().picture._common
    assert explore_geometry().picture._common is before
    before.close()
    after = explore_geometry().picture._common
    assert after is not before
    assert after.comm is not None


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_front_ends_load_nothing(path):
    code = path.read_text(encoding="utf-8")
    # The loader imports texts that the page holds already, by an address that it makes itself.
    code = code.replace("await import(url)", "") if path.name == "loader.js" else code
    assert (
        re.search(r"^\s*import\b|\bimport\(|\bfetch\(|https?://(?!www\.w3\.org/)", code, re.MULTILINE) is None
    )
    exports = re.findall(r"^export .*$", code, re.MULTILINE)
    is_part = path.stem in {
        "shared",
        *explore_iou().picture.parts,
        *NetworkPicture.parts,
        *ConfusionPicture.parts,
    }  # not a module by itself
    assert exports == ([] if is_part else ["export default { render };"])
