"""What a published book needs besides pages: a map for search engines, a page for wrong addresses.

Also leaves out files of the theme that no page loads once it is finished (`finished_pages`).
"""

import re
import shutil
from html import escape
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from urllib.parse import urljoin

from finished_pages import GENERATED, STYLES

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{addresses}</urlset>
"""
REDIRECT = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={target}">
<link rel="canonical" href="{address}">
</head>
<body><p>This course begins at <a href="{target}">{title}</a>.</p></body>
</html>
"""
NOT_FOUND = """<article class="bd-article"><section id="not-found">
<h1>This page is not here</h1>
<p>The address may be misspelt, or the page has moved. These lead on:</p>
<ul>
<li><a href="{home}">the beginning of the course</a>,</li>
<li><a href="search.html">the search through all pages</a>.</li>
</ul>
<p>If a link of this course brought you here, please
<a href="{issues}">tell us which</a>.</p>
</section></article>"""

IMPORT = re.compile(r'@import "([^"]+)";')
LOCAL_ADDRESS = re.compile(r"""url\(["']?(?!["']?(?:data|https?):)([^"')]+)["']?\)""")

#: Below _static: what only thebe, a debugger or a script that was left out would load.
UNUSED = (
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.LICENSE.txt",
    "sphinx-thebe.js",
    "sphinx-thebe.css",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
)


def top(config):
    """Return the address that the book is published under, with a slash at its end."""
    return config.html_baseurl.rstrip("/") + "/"


def not_found_page(app):
    """Give Sphinx the page that a server shows for a wrong address."""
    if app.builder.name == "html":
        repository = app.config.html_theme_options["repository_url"]
        body = NOT_FOUND.format(home=f"{app.config.root_doc}.html", issues=f"{repository}/issues")
        yield "404", {"title": "This page is not here", "body": body}, "page.html"


def addresses(app):
    """Return the addresses of all pages with text of ours, in order."""
    names = sorted(name for name in app.env.found_docs if name not in GENERATED)
    return [urljoin(top(app.config), f"{name}.html") for name in names]


def publish(app, exception):
    """Write what belongs beside the pages, and delete what does not."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    lines = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses(app))
    write(folder / "sitemap.xml", SITEMAP.format(addresses=lines))
    # Search engines look for it at the top of a host: it counts where the book has its own.
    sitemap = urljoin(top(app.config), "sitemap.xml")
    write(folder / "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {sitemap}\n")
    first = f"{app.config.root_doc}.html"
    texts = {
        "language": app.config.language,
        "title": escape(app.config.html_title),
        "target": first,
        "address": urljoin(top(app.config), first),
    }
    write(folder / "index.html", REDIRECT.format(**texts))
    static = folder / "_static"
    if app.builder.templates.styles:  # an incremental build may have written no page
        write(folder / STYLES, joined(static, app.builder.templates.styles))
    for name in UNUSED:
        path = static / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in static.rglob("*.map"):
        path.unlink()


def joined(static, names):
    """Return style sheets as one, which lies in the folder ``styles``.

    Parameters
    ----------
    static : pathlib.Path
        The folder ``_static``.
    names : list of str
        The style sheets' places below it, in order.
    """
    return "\n".join(_moved(static, PurePosixPath(name)) for name in names)


def _moved(static, name):
    """Return a style sheet with addresses that are right in the folder ``styles``."""
    text = (static / name).read_text(encoding="utf-8").replace('@charset "UTF-8";', "")
    text = LOCAL_ADDRESS.sub(
        lambda match: f"url({relpath(name.parent / match.group(1), 'styles')})", text
    )
    return IMPORT.sub(
        lambda match: _moved(static, PurePosixPath(normpath(name.parent / match.group(1)))), text
    )


def write(path, text):
    """Write a text file, the same on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def setup(app):
    """Register with Sphinx."""
    app.connect("html-collect-pages", not_found_page)
    # After sphinx-external-toc, which sends readers of index.html on by half a page.
    app.connect("build-finished", publish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
