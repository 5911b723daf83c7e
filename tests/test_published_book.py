"""What lies beside the pages: one style sheet, a map, and a page for wrong addresses."""

import re
import xml.etree.ElementTree as ElementTree
from io import BytesIO

import matplotlib
import pytest
import yaml
from built_book import listed_pages, parsed
from finished_pages import EXPLORERS, SCRIPTS, STYLES
from fontTools.ttLib import TTFont
from published_book import icons, joined, joined_scripts, lightened, small_font, top
from repository import ROOT, book_address, stored_address
from sphinx.errors import ExtensionError
from test_built_book import HTML, needs_book

needs_libraries = pytest.mark.skipif(
    not (ROOT / "node_modules" / "purgecss").is_dir(),
    reason="NOT CHECKED: the front-end libraries are missing; run `make book` first",
)
BRANDS = {0xF09B, 0xF296}  # GitHub's and GitLab's, which are another font's
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


def test_scripts_become_one(tmp_path):
    (tmp_path / "a.js").write_text("let a = 1\n//# sourceMappingURL=a.js.map\n")
    (tmp_path / "b.js").write_text("(function () {})()")
    assert joined_scripts(tmp_path, ["a.js", "b.js"]) == "let a = 1\n;\n(function () {})()\n"


@pytest.fixture
def users(tmp_path):
    """A page and a script that adds to it."""
    page, script = tmp_path / "page.html", tmp_path / "script.js"
    page.write_text('<p class="used">Text</p>')
    script.write_text('node.classList.add("added")')
    return [page, script]


@needs_libraries
def test_only_rules_that_a_page_uses_are_kept(users):
    styles = """p{color:red}.used,.unused{top:0}.unused{top:1px}.added{top:2px}.tooltip-arrow{top:3px}
    @font-face{font-family:Absent;src:url(a.woff)}@media print{.used{top:4px}h5{top:5px}}"""
    light = lightened(styles, "/* Ours */ .unused { top: 6px }", "", users)
    kept = "p{color:red}.used{top:0}.added{top:2px}.tooltip-arrow{top:3px}@media print{.used{top:4px}}"
    assert light["styles"].strip() == f"{kept}.unused{{top:6px}}"


@needs_libraries
def test_scripts_stay_what_they_were(users):
    light = lightened("", "", "// Text\nconst first = document.title\n;\nlet second = first + 1\n", users)
    assert light["script"].strip() == "const first=document.title;let second=first+1;"


@needs_libraries
def test_broken_script_stops_the_build(users):
    with pytest.raises(ExtensionError, match="could not make styles and scripts small"):
        lightened("", "", "const = 1", users)


def test_icons_are_found_however_they_are_written():
    styles = 'a { content: "\\f0eb" } :root { --bell: "\uf0f3"; color: #f09bf0 }'
    assert icons(styles) == {0xF0EB, 0xF0F3}


def test_fonts_hold_what_is_wanted():
    path = f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"
    small = small_font(path, {ord("a"), ord("→"), 0xF0EB})
    with TTFont(BytesIO(small)) as font:
        assert set(font.getBestCmap()) == {ord("a"), ord("→")}
    assert len(small) < 5_000


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
def test_the_card_is_there():
    assert (HTML / "_static" / "card.png").is_file()
    assert list((HTML / "_static").rglob("*.map")) == []


@needs_book
def test_what_all_pages_load_is_light():
    assert 20_000 < (HTML / STYLES).stat().st_size < 200_000
    assert 20_000 < (HTML / SCRIPTS).stat().st_size < 80_000
    styles = (HTML / STYLES).read_text(encoding="utf-8")
    for name in ("admonition", "sd-card", "highlight .k", "copybtn", "tooltip", "dropdown-menu.show", "quiz"):
        assert f".{name}" in styles


@needs_book
def test_the_font_of_icons_has_those_that_the_style_sheet_names():
    styles = (HTML / STYLES).read_text(encoding="utf-8")
    named = {code for code in icons(styles) if code >= 0xF000}
    with TTFont(HTML / "_static/styles/fa-solid-900.woff") as font:
        held = set(font.getBestCmap())
    assert ord("\uf0eb") in held  # the light bulb of a tip
    assert ord("\uf06a") in held  # the exclamation mark of a question to predict
    assert named - held <= BRANDS
    assert (HTML / "_static/styles/fa-solid-900.woff").stat().st_size < 20_000


@needs_book
def test_explorers_have_the_files_that_they_name():
    wanted = {
        name
        for path in (HTML / "book").rglob("*.html")
        for view in parsed(path).find_all("script", attrs={"data-parts": True})
        for name in view["data-parts"].split()
    }
    assert len(wanted) > 20
    assert wanted == {path.stem for path in (HTML / EXPLORERS).iterdir()}
