"""Serve every script of a page from the book itself, so that it works without any other host.

By default pages fetch MathJax from a content delivery network, and carry scripts for running code
on a server that this book does not use. Here MathJax comes from node_modules, where ``make book``
installs it by package-lock.json, and those other scripts are left out.
"""

import shutil
from pathlib import Path

from sphinx.errors import ExtensionError

SOURCE = Path(__file__).resolve().parents[2] / "node_modules" / "mathjax" / "es5"
TARGET = Path("vendor", "mathjax")

# The bundle itself, its fonts, the TeX extensions loaded on demand, MathML for screen readers.
PARTS = ("tex-mml-chtml.js", "output/chtml/fonts", "input/tex/extensions", "a11y", "sre")


def use_own_mathjax(app, config):
    """Point Sphinx to the book's own copy of MathJax."""
    if not SOURCE.is_dir():
        raise ExtensionError(f"MathJax is not installed in {SOURCE}: run `make book`, or `npm ci`")
    config.mathjax_path = (TARGET / PARTS[0]).as_posix()
    config.mathjax_options = {"defer": "defer"}


def copy_mathjax(app, exception):
    """Put MathJax beside the other static files of the finished book."""
    if exception is not None or app.builder.format != "html":
        return
    for part in PARTS:
        source, target = SOURCE / part, Path(app.outdir) / "_static" / TARGET / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


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
    app.connect("config-inited", use_own_mathjax, priority=900)
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
