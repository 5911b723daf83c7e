"""What the built pages must satisfy: plain functions over a folder of HTML, each returning what is wrong."""

import re
from functools import cache
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup

# Made by Sphinx, without text of ours; links of the page for wrong addresses start at the top of the host.
GENERATED = {"genindex.html", "search.html", "py-modindex.html", "404.html"}
MINIMUM_FIGURES = 3

RAW_MYST = re.compile(r"\{[A-Za-z][\w:+-]*\}`|^\s*:::|^\s*```", re.MULTILINE)
# Elements and the attribute by which each loads a file.
LOADED = {"img": "src", "script": "src", "link": "href", "source": "src", "video": "src", "iframe": "src"}


@cache
def parsed(path):
    """Return a page's tree; pages are read once."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def redirect(path):
    """Return where a page that has no text sends its reader at once, or None."""
    element = parsed(path).find("meta", attrs={"http-equiv": re.compile("^refresh$", re.IGNORECASE)})
    return element["content"].partition("url=")[2] if element else None


def all_pages(html):
    """Return the paths of all pages but those that Sphinx makes by itself."""
    paths = (path for path in sorted(html.rglob("*.html")) if path.name not in GENERATED)
    # _static, _sources and the like hold the theme's files.
    return [path for path in paths if not path.relative_to(html).parts[0].startswith("_")]


def pages(html):
    """Return the paths of all pages with text of ours."""
    return [path for path in all_pages(html) if redirect(path) is None]


def broken_redirects(html):
    """Return a sentence for each page that sends its reader nowhere."""
    return [
        f"{path.relative_to(html)}: redirects to {redirect(path)}, which is not there"
        for path in all_pages(html)
        if redirect(path) is not None and not (path.parent / redirect(path)).is_file()
    ]


def listed_pages(table_of_contents):
    """Return the names, without suffix, of all pages that _toc.yml lists."""
    names = []

    def visit(part):
        if isinstance(part, dict):
            names.extend(part[key] for key in ("root", "file") if key in part)
            for value in part.values():
                visit(value)
        elif isinstance(part, list):
            for value in part:
                visit(value)

    visit(yaml.safe_load(table_of_contents))
    return names


def missing_pages(html, table_of_contents):
    """Return a sentence for each page that _toc.yml lists and the book lacks."""
    return [
        f"{name} is in _toc.yml and was not built"
        for name in listed_pages(table_of_contents)
        if not (html / f"{name}.html").is_file()
    ]


def broken_links(html, path):
    """Every link inside the book leads to a file, and every anchor to an element."""
    problems = []
    for link in parsed(path).find_all("a", href=True):
        target = urlsplit(link["href"])
        if target.scheme or target.netloc:
            continue
        file = (path.parent / unquote(target.path)).resolve() if target.path else path
        if file.is_dir():
            file = file / "index.html"
        if not file.is_file():
            problems.append(f"{path.relative_to(html)}: {link['href']} leads nowhere")
        elif target.fragment and file.suffix == ".html":
            name = unquote(target.fragment)
            soup = parsed(file)
            if soup.find(id=name) is None and soup.find("a", attrs={"name": name}) is None:
                problems.append(f"{path.relative_to(html)}: {link['href']} has no such anchor")
    return problems


def missing_files(html, path):
    """Every picture, script and style sheet that the page loads from the book is there."""
    problems = []
    for element in parsed(path).find_all(list(LOADED)):
        address = element.get(LOADED[element.name])
        if not address or (element.name == "link" and "stylesheet" not in element.get("rel", [])):
            continue
        target = urlsplit(address)
        if target.scheme or target.netloc:
            continue
        if not (path.parent / unquote(target.path)).is_file():
            problems.append(f"{path.relative_to(html)}: {address} is missing")
    return problems


def loads_from_elsewhere(html, path):
    """The page loads nothing from another host, so that it works without a network and nobody is tracked."""
    return [
        f"{path.relative_to(html)}: loads {element[LOADED[element.name]]} from another host"
        for element in parsed(path).find_all(list(LOADED))
        if urlsplit(element.get(LOADED[element.name]) or "").netloc
        and (element.name != "link" or "stylesheet" in element.get("rel", []))
    ]


def images_without_alt_text(html, path):
    """Every picture has alt text."""
    return [
        f"{path.relative_to(html)}: no alt text: {image.get('src')}"
        for image in parsed(path).find_all("img")
        if not image.get("alt", "").strip()
    ]


def leftovers(html, path):
    """Nothing of the source's syntax, and no error of the build, shows in the text."""
    article = parsed(path).find("article") or parsed(path).body
    problems = [
        f"{path.relative_to(html)}: an error of the build: {node.get_text(' ', strip=True)[:80]}"
        for node in article.find_all(class_="system-message")
    ]
    for text in article.find_all(string=RAW_MYST):
        if text.find_parent(["pre", "code", "script", "style"]) is None:
            problems.append(f"{path.relative_to(html)}: raw source: {text.strip()[:80]!r}")
    if article.find(src=re.compile("colab-badge")):
        problems.append(f"{path.relative_to(html)}: shows the Colab badge, which is for notebooks only")
    return problems


def faults_of_structure(html, path):
    """A page names its language, has a title, and has one heading of the first level."""
    soup, name = parsed(path), path.relative_to(html)
    problems = []
    if not (soup.html and soup.html.get("lang")):
        problems.append(f"{name}: the page does not say its language")
    if not (soup.title and soup.title.get_text(strip=True)):
        problems.append(f"{name}: no title")
    # The theme repeats the title outside the article, for print only.
    count = len(soup.select("article h1"))
    if count != 1:
        problems.append(f"{name}: expected one h1, got {count}")
    return problems


def too_few_figures(html, path):
    """A chapter is shown, not only told."""
    count = len(parsed(path).select("article img"))
    if count >= MINIMUM_FIGURES:
        return []
    return [f"{path.relative_to(html)}: {count} figures; a chapter has at least {MINIMUM_FIGURES}"]


# For every page; `too_few_figures` is for chapters alone.
CHECKS = (
    broken_links,
    missing_files,
    loads_from_elsewhere,
    images_without_alt_text,
    leftovers,
    faults_of_structure,
)
