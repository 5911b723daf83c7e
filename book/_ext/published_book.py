"""What a published book needs besides pages: a map for search engines, a page for wrong addresses.

Also writes the one style sheet and the one script that finished pages load (`finished_pages`), with
nothing in them that no page uses, and leaves out files that no page loads.
"""

import hashlib
import json
import re
import shutil
import subprocess
from html import escape
from io import BytesIO
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from urllib.parse import urljoin

from finished_pages import EXPLORERS, GENERATED, LATER, SCRIPTS, STYLES
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from node_program import NODE
from sphinx.errors import ExtensionError

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
LIGHTEN = Path(__file__).with_name("lighten.mjs")
#: Style sheets of ours, in which every rule is wanted.
OWN_STYLES = ("course.css", "widgets.css", "print.css")
PART = re.compile(r"\b[0-9a-f]{16}\b")  # of a page's explorers (`finished_pages`)
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
CHARACTER = re.compile(r"\\([0-9A-Fa-f]{4,5})\b")  # as style sheets write it: \f0eb
PRIVATE = "\ue000", "\uf8ff"  # Unicode's private use, where fonts of icons have theirs

LOCAL_ADDRESS = re.compile(r"""url\(["']?(?!["']?(?:data|https?):)([^"')]+)["']?\)""")

#: Below _static: what only thebe, a debugger or a script that was left out would load.
UNUSED = (
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.LICENSE.txt",
    "sphinx-thebe.js",
    "sphinx-thebe.css",
    "vendor/fontawesome",
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
        lighten(folder, app.builder.templates.styles, app.builder.templates.scripts)
    for name in UNUSED:
        path = static / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in static.rglob("*.map"):
        path.unlink()


def lighten(folder, styles, scripts):
    """Write what all pages load, and what explorers do, without anything that no page uses.

    Parameters
    ----------
    folder : pathlib.Path
        The book.
    styles, scripts : list of str
        The parts of its one style sheet and of its one script, as places below ``_static``.
    """
    static = folder / "_static"
    pages = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    wanted = {name for page in pages.values() for name in PART.findall(page)}
    for path in (folder / EXPLORERS).glob("*.js"):
        if path.stem not in wanted:
            path.unlink()  # of an earlier build
    users = [*pages, *(static / name for name in scripts), static / "scripts" / LATER]
    users += [*static.glob("*.js"), *(static / "vendor").glob("*-init.js")]
    users += (folder / EXPLORERS).glob("*.js")
    light = lightened(
        joined(static, [name for name in styles if name not in OWN_STYLES]),
        joined(static, [name for name in styles if name in OWN_STYLES]),
        joined_scripts(static, scripts),
        users,
    )
    write(folder / STYLES, with_small_fonts(light["styles"], static))
    write(folder / SCRIPTS, light["script"])
    for path, page in pages.items():
        # The addresses name what the files hold: no browser shows an old one with a new page.
        new = page
        for name in (STYLES, SCRIPTS):
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:8]
            new = re.sub(rf"{re.escape(name)}\?v=\w+", f"{name}?v={digest}", new)
        if new != page:
            write(path, new)


def joined_scripts(static, names):
    """Return scripts as one, to be run in their order."""
    texts = [(static / name).read_text(encoding="utf-8") for name in names]
    return "\n;\n".join(SOURCE_MAP.sub("", text).strip() for text in texts) + "\n"


def lightened(styles, own, script, users):
    """Return a style sheet and a script in fewer bytes, which do the same.

    Parameters
    ----------
    styles : str
        The theme's; rules are left out whose names occur in no file.
    own : str
        Ours, which follow and are kept.
    script : str
    users : iterable of pathlib.Path
        Pages, and scripts that add to them.

    Returns
    -------
    dict
        Texts: "styles" and "script".
    """
    texts = {"styles": styles, "own": own, "script": script, "users": [str(path) for path in users]}
    answer = subprocess.run(
        [NODE, LIGHTEN], input=json.dumps(texts), capture_output=True, encoding="utf-8", check=False
    )
    if answer.returncode != 0:
        raise ExtensionError(f"could not make styles and scripts small: {answer.stderr.strip()}")
    return json.loads(answer.stdout)


def with_small_fonts(styles, static):
    """Return a style sheet whose fonts of icons hold only those that it names; write these fonts.

    Parameters
    ----------
    styles : str
        It lies in the folder ``styles``.
    static : pathlib.Path
        The folder ``_static``.
    """
    characters = icons(styles)

    def smaller(match):
        source = re.search(r"url\(([^)]+\.ttf)\)", match.group())
        if source is None:
            return match.group()
        name = PurePosixPath(source[1]).with_suffix(".woff").name
        font = small_font(static / normpath(f"styles/{source[1]}"), characters)
        (static / "styles" / name).write_bytes(font)
        return re.sub(r"src:[^;}]+", f'src:url({name}) format("woff")', match.group())

    return FONT_FACE.sub(smaller, styles)


def icons(styles):
    """Return the numbers of the icons that a style sheet names, by code or as characters."""
    written = {ord(character) for character in styles if PRIVATE[0] <= character <= PRIVATE[1]}
    return written | {int(code, 16) for code in CHARACTER.findall(styles)}


def small_font(path, characters):
    """Return a font with some of its characters, as the bytes of a WOFF file.

    Parameters
    ----------
    path : path-like
        TrueType or WOFF.
    characters : set of int
        Unicode's numbers; those that the font does not have are left out.
    """
    with TTFont(path, recalcTimestamp=False) as font:
        subsetter = Subsetter(Options(ignore_missing_unicodes=True, notdef_outline=True))
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        font.flavor = "woff"
        file = BytesIO()
        font.save(file)
    return file.getvalue()


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
