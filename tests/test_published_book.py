"""What lies beside the pages: one style sheet, a map, and a page for wrong addresses."""

import re
import xml.etree.ElementTree as ElementTree

import yaml
from built_book import listed_pages, parsed
from finished_pages import STYLES
from published_book import joined, top
from repository import ROOT, book_address, stored_address
from test_built_book import HTML, needs_book

BASE = f"{book_address(stored_address())}/"


def test_style_sheets_become_one(tmp_path):
    files = {
        "styles/first.css": '@charset "UTF-8";\n@import "../basic.css";\na { src: url(../fonts/a.woff2) }',
        "basic.css": "b { background: url(file.png) }",
        "last.css": "c { background: url('data:image/png;base64,x') url(images/c.png) }",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert joined(tmp_path, ["styles/first.css", "last.css"]).split("\n") == [
        "",
        "b { background: url(../file.png) }",
        "a { src: url(../fonts/a.woff2) }",
        "c { background: url('data:image/png;base64,x') url(../images/c.png) }",
    ]


def test_the_address_is_that_of_the_repository():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert f"{config['html']['baseurl']}/" == BASE


def test_a_slash_more_or_less_does_not_matter():
    class Config:
        html_baseurl = "https://example.org/book/"

    assert top(Config) == "https://example.org/book/"


@needs_book
def test_the_map_lists_all_pages():
    names = listed_pages((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = {element.text for element in ElementTree.parse(HTML / "sitemap.xml").iter(f"{space}loc")}
    assert {f"{BASE}{name}.html" for name in names} <= found
    assert all((HTML / address.removeprefix(BASE)).is_file() for address in found)
    assert f"Sitemap: {BASE}sitemap.xml" in (HTML / "robots.txt").read_text(encoding="utf-8")


@needs_book
def test_a_wrong_address_leads_back():
    """GitHub Pages shows this page for any address, of any depth, below the book's."""
    path = "/" + BASE.split("/", 3)[3]
    for element in parsed(HTML / "404.html").find_all(["a", "link", "script", "img", "form"]):
        address = element.get("href") or element.get("src") or element.get("action") or "#"
        if address.startswith(("#", "https:")):
            continue
        assert address.startswith(path), element
        file = HTML / re.sub(r"[?#].*", "", address.removeprefix(path))
        assert file.is_file() or (file / "index.html").is_file(), element


@needs_book
def test_the_first_page_sends_readers_on():
    page = parsed(HTML / "index.html")
    assert page.title.string
    assert page.html["lang"] == "en"
    assert page.a["href"] == "book/index.html"


@needs_book
def test_the_card_and_the_style_sheet_are_there():
    assert (HTML / STYLES).stat().st_size > 100_000
    assert (HTML / "_static" / "card.png").is_file()
    assert list((HTML / "_static").rglob("*.map")) == []
