"""Show an explorer of a chapter on another page.

    ```{explorer} 03_convolution.ipynb 03-030
    A caption, if there is one.
    ```

names a notebook and the cell whose explorer it stores. The page gets the explorer, its still
picture and alternative text, and of the notebook's stored widgets only those that it needs. So
there is one explorer, in the chapter, and every page shows it as it is there.
"""

import base64
import json
import os
from pathlib import Path

import nbformat
from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
MODEL_PREFIX = "IPY_MODEL_"


def references(value):
    """Return the names of the models that a piece of stored state refers to."""
    if isinstance(value, dict):
        return {name for item in value.values() for name in references(item)}
    if isinstance(value, list):
        return {name for item in value for name in references(item)}
    is_model = isinstance(value, str) and value.startswith(MODEL_PREFIX)
    return {value.removeprefix(MODEL_PREFIX)} if is_model else set()


def needed_models(models, root):
    """Return those models of a notebook that one of them needs.

    Parameters
    ----------
    models : dict
        Name → model, as notebooks store the state of widgets.
    root : str
        The model that is shown.

    Returns
    -------
    dict
        All that the root refers to, directly or not, and the links that keep two of them equal.
    """
    needed, new = set(), {root}
    while new:
        needed |= new
        # Nothing refers to a link, but a link refers to the two models that it keeps equal.
        links = {
            name
            for name, model in models.items()
            if model["model_name"].endswith("LinkModel") and references(model["state"]) <= needed
        }
        new = links.union(*(references(models[name]["state"]) for name in needed)) - needed
    return {name: model for name, model in models.items() if name in needed}


class Explorer(SphinxDirective):
    """The directive ``explorer``."""

    required_arguments = 2
    has_content = True

    def run(self):
        """Return the nodes, and let the page load what explorers need."""
        name, cell_id = self.arguments
        relative, path = self.env.relfn2path(name)
        self.env.note_dependency(relative)
        notebook = nbformat.read(path, as_version=4)
        cell = next((cell for cell in notebook.cells if cell.id == cell_id), None)
        outputs = [output for output in cell.outputs if VIEW in output.data] if cell else []
        if len(outputs) != 1:
            raise ExtensionError(f"expected an explorer in the cell {cell_id!r} of {name}")
        view, picture = outputs[0].data[VIEW], outputs[0].data["image/png"]
        stored = notebook.metadata.widgets[STATE]
        models = needed_models(stored["state"], view["model_id"])
        self._load({**stored, "state": models})
        script = f'<script type="{VIEW}">{as_script(view)}</script>'
        still = nodes.image(uri=self._write(picture, cell_id), alt=cell.metadata.mystnb.image.alt)
        block = nodes.container(
            "",
            nodes.container("", still, classes=["explorer-still"]),
            nodes.raw("", script, format="html"),
            classes=["cell_output"],
        )
        caption = nodes.container(classes=["explorer-caption"])
        self.state.nested_parse(self.content, self.content_offset, caption)
        return [block, caption] if self.content else [block]

    def _load(self, state):
        """Give the page the stored widgets, and the scripts that bring them to life."""
        scripts = {
            "ipywidgets_state": (None, {"type": STATE, "body": as_script(state)}),
            **{
                f"ipywidgets_{i}": script
                for i, script in enumerate(self.config.nb_ipywidgets_js.items())
            },
        }
        for key, (address, attributes) in scripts.items():
            NbMetadataCollector.add_js_file(self.env, self.env.docname, key, address, attributes)

    def _write(self, picture, name):
        """Write a picture to where Sphinx can find it, and return its address."""
        path = Path(self.env.doctreedir) / "explorers" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(picture))
        return "/" + Path(os.path.relpath(path, self.env.srcdir)).as_posix()


def as_script(data):
    """Return JSON that cannot end the script element that it stands in."""
    return json.dumps(data).replace("</", "<\\/")


def setup(app):
    """Register the directive with Sphinx."""
    app.add_directive("explorer", Explorer)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
