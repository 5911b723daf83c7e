"""Finish each page of the book when it is written: lighter, easier to read with any tool, and safe.

The theme and the extensions write pages that work everywhere at the price of much that this book
does not use: half a megabyte of scripts for a dozen icons, scripts that hold up the text, tables
without headers. What no setting changes is changed here, on the finished HTML.
"""

import base64
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import imagesize
import pydata_sphinx_theme
from bs4 import BeautifulSoup, NavigableString
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter
from shared_explorers import STATE, VIEW, needed_models
from sphinx.jinja2glue import BuiltinTemplateLoader
from typeset_math import FONTS_ADDRESS, styles_for

STATIC = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
FONT_AWESOME = STATIC / "scripts" / "fontawesome.js"

#: Pages that Sphinx makes, without text of ours: no search engine needs them.
GENERATED = ("search", "genindex", "py-modindex", "404")
STYLES = "_static/styles/book.css"  # all style sheets in one (`published_book`)
SCRIPTS = "_static/scripts/book.js"  # and the scripts that all pages load
EXPLORERS = "_static/explorers"  # the stored widgets of explorers
CARD = "_static/card.png"  # the picture that other sites show beside a link to the book
LONGEST_DESCRIPTION = 200  # characters; search engines cut what is longer

# Void elements without a slash, and characters as they are: what HTML, unlike XHTML, asks for.
HTML5 = HTMLFormatter(
    entity_substitution=EntitySubstitution.substitute_xml,
    void_element_close_prefix="",
    empty_attributes_are_booleans=True,
)
JAVASCRIPT = {None, "", "text/javascript", "application/javascript", "module"}

#: Where a page may load things from. Explorers are modules that a notebook stores as text, so they
#: come from `blob:` addresses; styles are set by scripts and by formulas. No other host is named.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "base-uri": "'none'",
    "form-action": "'self'",
}

#: What all pages load: one file (`SCRIPTS`) in this order.
JOINED = (
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "sphinx-book-theme.js",
    "course.js",
    "quiz.js",
    "progress.js",
    "pydata-sphinx-theme.js",
)
#: What course.js loads when the reader does something.
LATER = "bootstrap.js"
#: Scripts that do nothing on a page unless it has such an element.
NEEDED_FOR = {
    **dict.fromkeys(("searchtools.js", "language_data.js", "searchindex.js"), "#search-results"),
    "togglebutton.js": ".toggle, .admonition.dropdown",
    "design-tabs.js": ".sd-tab-set",
}
#: The theme writes "auto", and its last script what that means: then the page is styled anew.
THEME_CHOICE = """{
const { dataset } = document.documentElement;
dataset.mode = localStorage.getItem("mode") || "auto";
const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
dataset.theme = dataset.mode === "auto" ? (isDark ? "dark" : "light") : dataset.mode;
}"""
#: Characters of text that a phone shows before one has to scroll.
FIRST_SCREEN = 700


@dataclass
class Finished:
    """A page as readers get it, and what it loads."""

    html: str
    styles: list  # places below _static, which the page loads as `STYLES`
    scripts: list  # the same for `SCRIPTS`
    explorers: dict  # name of a file in `EXPLORERS` → its text


class FinishedPages(BuiltinTemplateLoader):
    """The templates of Sphinx, whose pages are finished before they are written."""

    def init(self, builder, *arguments, **options):
        """Remember the builder."""
        super().init(builder, *arguments, **options)
        self._builder = builder
        #: The style sheets and scripts of the pages, as addresses below _static, in order.
        self.styles, self.scripts = [], []

    def render(self, template, context):
        """Return a page."""
        page = super().render(template, context)
        # The theme renders parts of pages by the same way.
        is_whole = page.lstrip()[:9].lower() == "<!doctype"
        if self._builder.name == "singlehtml" and is_whole:  # the page that is printed
            style = f"<style>{styles_for(page, f'_static/{FONTS_ADDRESS}')}</style>"
            return page.replace("</head>", f"{style}</head>", 1)
        if self._builder.name != "html" or not is_whole:
            return page
        finished = finish(
            page,
            name=context["pagename"],
            base=self._builder.config.html_baseurl,
            title=self._builder.config.html_title,
            find=self._find,
        )
        for known, new in ((self.styles, finished.styles), (self.scripts, finished.scripts)):
            known += [place for place in new if place not in known]
        folder = Path(self._builder.outdir) / EXPLORERS
        for file, text in finished.explorers.items():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
        return finished.html

    def _find(self, address):
        """Return the source of a picture: Sphinx copies them when all pages have been written."""
        name, sources = Path(address).name, Path(self._builder.srcdir)
        if "_images/" in address:
            places = [
                sources / place for place, copy in self._builder.images.items() if copy == name
            ]
        else:
            logo = sources / (self._builder.config.html_logo or "")
            places = [place for place in (logo, *STATIC.rglob(name)) if place.name == name]
        return next((place for place in places if place.is_file()), None)


def finish(page, *, name, base, title, find):
    """Return a page as readers get it, and what it loads.

    Parameters
    ----------
    page : str
        Its HTML, as the theme wrote it.
    name : str
        Its place in the book without suffix: ``book/glossary``.
    base : str
        The address that the book is published under, ``https://…/``.
    title : str
        The book's.
    find : callable
        Takes the address of a picture in the page and returns its file, or None if it is unknown.

    Returns
    -------
    Finished
    """
    soup = BeautifulSoup(page, "html.parser")
    up = "../" * name.count("/")
    clean(soup)
    styles = join_styles(soup, up)
    scripts = join_scripts(soup, up)
    explorers = set_explorers_aside(soup)
    for step in (
        draw_icons,
        name_controls,
        mend_folds,
        mend_tables,
        partial(size_images, find=find),
        partial(describe, name=name, base=base, book=title),
        partial(style_formulas, page=page, fonts=f"{up}_static/{FONTS_ADDRESS}"),
        partial(anchor, base=base) if name == "404" else lambda soup: None,
        protect,
    ):
        step(soup)
    return Finished(soup.decode(formatter=HTML5), styles, scripts, explorers)


def clean(soup):
    """Leave out what the theme writes and this book does not use."""
    for unused in soup.select(
        'link[rel~="preload"], script[type="text/x-thebe-config"], link[href*="sphinx-thebe.css"], '
        'meta[name^="docsearch"], #ethical-ad-placement, .pst-async-banner-revealer'
    ):
        unused.decompose()
    for again in soup.select('meta[name="viewport"]')[1:]:
        again.decompose()
    for entry in soup.select(".citation-list > .citation"):
        entry["role"] = "listitem"  # what its list must hold
    for paragraph in soup.select("p:has(> ul, > ol, > dl)"):
        paragraph.unwrap()  # HTML allows no list in it; Sphinx puts what a function returns there
    sidebar = soup.find(id="pst-primary-sidebar")
    if sidebar is not None:  # its logo lies outside of all landmarks
        sidebar.attrs.update({"role": "complementary", "aria-label": "Sidebar"})


def join_styles(soup, up):
    """Load one style sheet instead of a dozen, and return the places of those below _static."""
    links = soup.select('link[rel~="stylesheet"]')
    addresses = [link["href"] for link in links]
    for link in links[1:]:
        link.decompose()
    if links:
        # They end in digests of the files, so a changed file has another address.
        digest = hashlib.sha256("".join(addresses).encode()).hexdigest()[:8]
        links[0]["href"] = f"{up}{STYLES}?v={digest}"
    return [urlsplit(address).path.removeprefix(f"{up}_static/") for address in addresses]


def join_scripts(soup, up):
    """Load one script, which holds up no text, and return the places of its parts below _static."""
    joined, seen = {}, set()
    for script in soup.find_all("script"):
        address, text = script.get("src", ""), script.string or ""
        file = Path(urlsplit(address).path).name
        if script.get("type") not in JAVASCRIPT:
            continue
        if file in JOINED and file not in joined:
            joined[file] = script
        elif file == LATER:
            soup.html["data-later"] = address
            script.decompose()
        elif (
            file == FONT_AWESOME.name
            or "thebe" in address
            or "THEBE_JS_URL" in text
            or (file in NEEDED_FOR and not soup.select(NEEDED_FOR[file]))
            or (
                text.startswith(("let toggle", "var toggle"))
                and not soup.select(NEEDED_FOR["togglebutton.js"])
            )
            # Known by other means, or never read by this theme.
            or re.fullmatch(
                r"DOCUMENTATION_OPTIONS\.(pagename|search_as_you_type) = ('.*'|false);", text
            )
            or (address or text) in seen
        ):
            script.decompose()
        elif address:
            seen.add(address)
            script["defer"] = ""
        else:
            seen.add(text)
            if "dataset.theme" in text:
                script.string = THEME_CHOICE
    ordered = [joined[file] for file in JOINED if file in joined]
    addresses = [script["src"] for script in ordered]
    for script in ordered[1:]:
        script.decompose()
    if ordered:
        digest = hashlib.sha256("".join(addresses).encode()).hexdigest()[:8]
        ordered[0].attrs = {"defer": "", "src": f"{up}{SCRIPTS}?v={digest}"}
    return [urlsplit(address).path.removeprefix(f"{up}_static/") for address in addresses]


def set_explorers_aside(soup):
    """Put the stored widgets of a page into files of their own.

    Explorers fetch them when they are drawn. What several need comes into a file that they share.

    Returns
    -------
    dict
        Name of a file in `EXPLORERS` → its text.
    """
    script, views = soup.find("script", type=STATE), soup.find_all("script", type=VIEW)
    if script is None:
        return {}
    stored = json.loads(script.extract().string)
    models = stored["state"]
    users = defaultdict(list)  # model → the explorers that need it, by number
    for i, view in enumerate(views):
        for name in needed_models(models, json.loads(view.string)["model_id"]):
            users[name].append(i)
    parts = defaultdict(dict)  # explorers → what these, and no others, need
    for name, model in models.items():
        if name in users:
            parts[tuple(users[name])][name] = model
    files = {}
    for explorers, part in parts.items():
        text = json.dumps({**stored, "state": part}, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        files[f"{digest}.js"] = f'explorerParts["{digest}"] = {text};\n'
        for i in explorers:
            views[i]["data-parts"] = f"{views[i].get('data-parts', '')} {digest}".strip()
    return files


@cache
def icon(name):
    """Return width, height and path of one of the theme's icons: a tuple of strings."""
    # Of two with the same name the later one is solid, the earlier one an outline.
    pattern = rf'[{{,]"?{re.escape(name)}"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]'
    found = re.findall(pattern, FONT_AWESOME.read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"expected an icon of Font Awesome's free set, got {name!r}")
    return found[-1]


def draw_icons(soup):
    """Put the icons into the page, which would be drawn by half a megabyte of script."""
    for place in soup.select(".fa-solid, .fas, .fab, .fa-brands"):
        classes = place["class"]
        name = next(
            word.removeprefix("fa-")
            for word in classes
            if word.startswith("fa-") and word not in ("fa-solid", "fa-brands", "fa-lg", "fa-fw")
        )
        width, height, path = icon(name)
        svg = soup.new_tag("svg", attrs={"class": [*classes, "svg-inline--fa"]})
        svg.attrs.update(
            {key: value for key, value in place.attrs.items() if key.startswith("data-")}
        )
        svg.attrs.update(
            {"viewBox": f"0 0 {width} {height}", "aria-hidden": "true", "focusable": "false"}
        )
        svg.append(soup.new_tag("path", attrs={"fill": "currentColor", "d": path}))
        place.replace_with(svg)


def name_controls(soup):
    """Give each button one name, that on it if there is one, and no script of its own."""
    for button in soup.select("button, a.btn"):
        for key in button.select(".search-button__kbd-shortcut"):
            key["aria-hidden"] = "true"
        shown = [
            text
            for text in button.find_all(string=True)
            if text.strip() and not text.find_parent(attrs={"aria-hidden": "true"})
        ]
        if shown:
            button.attrs.pop("aria-label", None)
        elif "title" in button.attrs:
            button["aria-label"] = button["title"]
        if "onclick" in button.attrs:  # course.js listens instead
            button["data-does"] = button["onclick"].removesuffix("()")
            del button["onclick"]
        if (
            button.name == "button"
            and "type" not in button.attrs
            and button.find_parent("form") is None
        ):
            button["type"] = "button"
    for link in soup.select('a[target="_blank"]'):
        link["rel"] = "noopener"


def mend_folds(soup):
    """Let the line that opens a fold hold words, not paragraphs, as HTML has it."""
    for paragraph in soup.select("summary p"):
        paragraph.name = "span"


def mend_tables(soup):
    """Say what the headers of each table head, and let wide tables scroll by themselves."""
    for table in soup.select("article table"):
        head = table.find("thead")
        headers = head.find_all("th") if head else []
        if headers and not any(cell.get_text(strip=True) for cell in headers):
            # Markdown asks for a row of headers. Left empty, it means: the first column has them.
            head.decompose()
            for row in table.select("tbody > tr"):
                row.find(["td", "th"]).name = "th"
        elif headers:
            for cell in headers:
                if cell.get_text(strip=True) or cell.find(True):
                    cell.attrs.setdefault("scope", "col")
                else:
                    cell.name = "td"  # the empty corner
        for cell in table.select("tbody th"):
            cell.attrs.setdefault("scope", "row")
        table.attrs.pop("border", None)
        if "pst-scrollable-table-container" not in (table.parent.get("class") or []):
            table.wrap(soup.new_tag("div", attrs={"class": "pst-scrollable-table-container"}))


def picture_size(file):
    """Return width and height of a picture in pixels."""
    if Path(file).suffix == ".svg":
        box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', Path(file).read_text("utf-8"))
        width, height = map(float, box.groups())
    else:
        width, height = imagesize.get(file)
    return round(width), round(height)


def size_images(soup, find):
    """Keep the text from jumping when pictures come, and fetch them when they are near."""
    for image in soup.find_all("img"):
        file = find(urlsplit(image.get("src", "")).path)
        if file is not None and not {"width", "height", "style"} & set(image.attrs):
            width, height = picture_size(file)
            image.attrs.update(width=str(width), height=str(height))
        image["decoding"] = "async"
        if image.find_parent("article"):
            image["loading"] = "lazy"
    article, before = soup.find("article"), 0
    for element in article.descendants if article else ():
        if isinstance(element, NavigableString):
            before += len(element.strip())
        if before > FIRST_SCREEN:
            break
        if element.name == "img":  # in view at once
            del element["loading"]
            element["fetchpriority"] = "high"
            break


def summary(soup):
    """Return what a page is about: its first sentences, up to `LONGEST_DESCRIPTION` characters."""
    article = soup.find("article")
    for paragraph in article.find_all("p") if article else ():
        if paragraph.find_parent(["table", "figure", "aside", "details"]) or paragraph.find_parent(
            class_="admonition"
        ):
            continue
        text = " ".join(visible_text(paragraph).split())
        if len(text) >= 40:
            break
    else:
        return ""
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    sentences = text[:LONGEST_DESCRIPTION].rpartition(". ")[0]
    if len(sentences) >= 60:
        return f"{sentences}."
    return f"{text[: LONGEST_DESCRIPTION - 1].rpartition(' ')[0]}…"


def visible_text(element):
    """Return an element's text without the sign that links to a heading."""
    return "".join(
        text
        for text in element.find_all(string=True)
        if text.find_parent("a", class_="headerlink") is None
    )


def describe(soup, name, base, book):
    """Tell search engines and other sites what the page is."""
    heading = soup.select_one("article h1, .bd-search-container h1") or soup.title
    title = visible_text(heading).strip()
    description = summary(soup) or f"{title}: part of the open course {book}."

    def add(**attributes):
        soup.head.append(soup.new_tag("meta", attrs=attributes))

    add(name="description", content=description)
    if name in GENERATED:
        add(name="robots", content="noindex")
        return
    add(property="og:type", content="article")
    add(property="og:site_name", content=book)
    add(property="og:title", content=title)
    add(property="og:description", content=description)
    add(name="twitter:card", content="summary_large_image")
    if base:
        base = base.rstrip("/") + "/"
        add(property="og:url", content=urljoin(base, f"{name}.html"))
        add(property="og:image", content=urljoin(base, CARD))
        add(property="og:image:alt", content=f"{book}: a kernel slides over an image")


def style_formulas(soup, page, fonts):
    """Add the rules for the formulas of the page."""
    if soup.find("mjx-container") is not None:
        style = soup.new_tag("style")
        style.string = styles_for(page, fonts)
        soup.head.append(style)


def anchor(soup, base):
    """Let the page that stands for any missing one find its files from everywhere."""
    top = urlsplit(base).path.rstrip("/") + "/"
    for key in ("href", "src", "action", "data-later"):
        for element in soup.find_all(attrs={key: True}):
            if not urlsplit(element[key]).scheme and not element[key].startswith(("#", "/")):
                element[key] = urljoin(top, element[key])
    soup.html["data-content_root"] = top


def protect(soup):
    """Forbid the page to load or run anything but what belongs to the book."""
    digests = []
    for script in soup.find_all("script", src=False):
        if script.get("type") in JAVASCRIPT:
            digest = hashlib.sha256((script.string or "").encode()).digest()
            digests.append(f"'sha256-{base64.b64encode(digest).decode()}'")
    rules = dict(POLICY)
    rules["script-src"] = " ".join([POLICY["script-src"], *dict.fromkeys(digests)])
    content = "; ".join(f"{kind} {sources}" for kind, sources in rules.items())
    meta = soup.new_tag("meta", attrs={"http-equiv": "Content-Security-Policy", "content": content})
    soup.head.find("meta", charset=True).insert_after(meta)
