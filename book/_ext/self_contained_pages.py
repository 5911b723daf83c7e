"""Serve every script of a page from the book itself, so that it works without any other host.

By default pages fetch MathJax and the libraries of Jupyter widgets from a content delivery
network, and carry scripts for running code on a server that this book does not use. Here the
libraries come from node_modules, where ``make book`` installs them by package-lock.json, and from
the Python package anywidget; those other scripts are left out. Formulas are typeset when the book
is built (`typeset_math`) and need fonts only. Libraries for explorers are bundled to one script
(explorer_libraries.js), which is loaded on pages that have some, when one of them comes near the
window (widgets-init.js).

An explorer's still picture is put into the page too: it is seen until the explorer is ready, and
for good where scripts are off.
"""

import shutil
import subprocess
from pathlib import Path

import anywidget
from docutils import nodes
from node_program import NODE
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from typeset_math import FONTS, FONTS_ADDRESS

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE.parents[1] / "node_modules"
VENDOR = Path("vendor")  # below _static

#: What the pages load: folder or file below vendor/ → where it comes from.
PARTS = {
    FONTS_ADDRESS.removeprefix("vendor/"): FONTS,
    "widgets-init.js": HERE / "widgets-init.js",
}

#: In the order in which they must run.
WIDGET_SCRIPTS = ("widgets-init.js",)

#: The libraries of explorers, one script with a style sheet beside it, and what it is made of.
LIBRARIES = VENDOR / "explorers.js"
BUNDLER, ENTRY = HERE / "bundle_explorers.mjs", HERE / "explorer_libraries.js"
# From the Python package, so that the page and the stored state have the same version.
ANYWIDGET = Path(anywidget.__file__).parent / "nbextension" / "index.js"
JUPYTER_WIDGETS = NODE_MODULES / "@jupyter-widgets"
BUNDLED = [JUPYTER_WIDGETS / name for name in ("base", "base-manager", "controls")]

VIEW, STILL = "application/vnd.jupyter.widget-view+json", "image/png"


def use_own_libraries(app, config):
    """Point myst-nb to the book's own copies, loaded after the page has been read."""
    sources = (*PARTS.values(), *BUNDLED, NODE_MODULES / "esbuild")
    missing = [str(source) for source in sources if not source.exists()]
    if missing:
        raise ExtensionError(
            f"{missing[0]} is missing: build the book with `make book`, or run `npm ci`"
        )
    config.nb_ipywidgets_js = {
        (VENDOR / name).as_posix(): {"defer": "defer"} for name in WIDGET_SCRIPTS
    }


def bundle_libraries(target, entry=ENTRY):
    """Write the libraries of explorers as one script, with a style sheet beside it.

    Parameters
    ----------
    target : path-like
        The script.
    entry : path-like
        A script that imports them.
    """
    subprocess.run([NODE, BUNDLER, entry, ANYWIDGET, target], check=True)


def copy_libraries(static):
    """Copy all libraries below a folder ``_static``."""
    for name, source in PARTS.items():
        target = static / VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    bundle_libraries(static / LIBRARIES)


def copy_into_book(app, exception):
    """Put the libraries beside the other static files of the finished book."""
    if exception is None and app.builder.format == "html":
        copy_libraries(Path(app.outdir) / "_static")


class KeepStillPicture(SphinxPostTransform):
    """Put an explorer's still picture before it, where myst-nb would choose one of the two."""

    default_priority = 3  # just before myst-nb chooses
    formats = ("html",)

    def run(self, **options):
        """Change all outputs that have both forms."""
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            forms = {form["mime_type"]: form for form in bundle.children}
            if VIEW in forms and STILL in forms:
                still = nodes.container("", *forms[STILL].children, classes=["explorer-still"])
                forms[VIEW].insert(0, still)
                bundle.remove(forms[STILL])


def setup(app):
    """Register the extension."""
    app.connect("config-inited", use_own_libraries, priority=900)
    app.connect("build-finished", copy_into_book)
    app.add_post_transform(KeepStillPicture)
    return {"version": "3", "parallel_read_safe": True, "parallel_write_safe": True}
