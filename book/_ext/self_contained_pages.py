"""Serve every script of a page from the book itself, so that it works without any other host.

By default pages fetch MathJax and the libraries of Jupyter widgets from a content delivery
network, and carry scripts for running code on a server that this book does not use. Here the
libraries come from node_modules, where ``make book`` installs them by package-lock.json, and from
the Python package anywidget; those other scripts are left out. Only pages with widgets load
libraries for them.

An explorer's still picture is put into the page too: it is seen until the explorer is ready, and
for good where scripts are off.
"""

import shutil
from pathlib import Path

import anywidget
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE.parents[1] / "node_modules"
VENDOR = Path("vendor")  # below _static

#: What the pages load: folder or file below vendor/ → where it comes from. MathJax needs its fonts,
#: the TeX extensions that it loads on demand, and MathML for screen readers.
PARTS = {
    **{
        f"mathjax/{part}": NODE_MODULES / "mathjax" / "es5" / part
        for part in (
            "tex-mml-chtml.js",
            "output/chtml/fonts",
            "input/tex/extensions",
            "a11y",
            "sre",
        )
    },
    "requirejs/require.js": NODE_MODULES / "requirejs" / "require.js",
    "html-manager/embed-amd.js": NODE_MODULES
    / "@jupyter-widgets"
    / "html-manager"
    / "dist"
    / "embed-amd.js",
    # From the Python package, so that the page and the stored state have the same version.
    "anywidget/index.js": Path(anywidget.__file__).parent / "nbextension" / "index.js",
    "widgets-init.js": HERE / "widgets-init.js",
}

#: In the order in which they must run.
WIDGET_SCRIPTS = ("requirejs/require.js", "widgets-init.js", "html-manager/embed-amd.js")

VIEW, STILL = "application/vnd.jupyter.widget-view+json", "image/png"


def use_own_libraries(app, config):
    """Point Sphinx and myst-nb to the book's own copies, loaded after the page has been read."""
    missing = [str(source) for source in PARTS.values() if not source.exists()]
    if missing:
        raise ExtensionError(
            f"{missing[0]} is missing: build the book with `make book`, or run `npm ci`"
        )
    config.mathjax_path = (VENDOR / "mathjax" / "tex-mml-chtml.js").as_posix()
    config.mathjax_options = {"defer": "defer"}
    config.nb_ipywidgets_js = {
        (VENDOR / name).as_posix(): {"defer": "defer"} for name in WIDGET_SCRIPTS
    }


def copy_libraries(static):
    """Copy all libraries below a folder ``_static``."""
    for name, source in PARTS.items():
        target = static / VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


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


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave out the scripts of sphinx-thebe, which come twice and throw; no page uses them."""

    def is_thebe(script):
        code = getattr(script, "attributes", {}).get("body") or ""
        return "THEBE_JS_URL" in code or "thebe" in str(getattr(script, "filename", "") or "")

    context["script_files"][:] = [
        script for script in context["script_files"] if not is_thebe(script)
    ]


def setup(app):
    """Register the extension."""
    app.connect("config-inited", use_own_libraries, priority=900)
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", copy_into_book)
    app.add_post_transform(KeepStillPicture)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
