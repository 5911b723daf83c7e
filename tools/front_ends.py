"""Store today's JavaScript and CSS of the explorers in notebooks, without running them.

    python tools/front_ends.py                             # all notebooks that show explorers
    python tools/front_ends.py book/04_padding_stride.ipynb

A notebook stores the front ends of its explorers beside what they show. No output depends on them, so
after a change of a script or a style sheet this is enough; after a change of Python, run `make execute`.
"""

import argparse
import importlib
import sys
from pathlib import Path

import nbformat
from execute import MODEL_PREFIX, WIDGET_STATE, write_notebook
from repository import ROOT, notebook_paths

from dcv.widgets.explorer import read_front_end


def renew(notebook):
    """Put the texts of today's files into a notebook's stored widgets, in place.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        One that was run by `execute`.

    Returns
    -------
    bool
        Whether anything was another text before.
    """
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    changed = False
    for model in models.values():
        if "_anywidget_id" not in model["state"]:
            continue
        module, _, name = model["state"]["_anywidget_id"].rpartition(".")
        picture = getattr(importlib.import_module(module), name)
        common = models[model["state"]["_common"].removeprefix(MODEL_PREFIX)]["state"]
        own = {
            "_esm": read_front_end("loader.js"),
            "_script": picture.read_front_end_files(".js"),
            "_styles": picture.read_front_end_files(".css"),
        }
        shared = {"script": read_front_end("shared.js"), "styles": read_front_end("shared.css")}
        for state, texts in ((model["state"], own), (common, shared)):
            changed |= any(state[trait] != text for trait, text in texts.items())
            state.update(texts)
    return changed


def main(arguments=None):
    """Run the command line and return its exit status."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of book/*.ipynb")
    for path in parser.parse_args(arguments).notebooks or notebook_paths(ROOT):
        notebook = nbformat.read(path, as_version=4)
        if renew(notebook):
            write_notebook(notebook, path.resolve())
            print(f"{path}: front ends stored anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
