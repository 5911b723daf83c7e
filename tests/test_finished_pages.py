"""What is done to a page before it is written: on a small page as the theme writes them."""

import base64
import hashlib
import json

import pytest
from bs4 import BeautifulSoup
from finished_pages import THEME_CHOICE, finish, icon, summary

BASE = "https://someone.github.io/a-course"
TINY = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAD0lEQVR4nGNgQAP//0NpADL9Av6kL5kOAAAAAElFTkSuQmCC"
)
PAGE = """
<!DOCTYPE html>
<html lang="en" data-content_root="../"><head><meta charset="utf-8" />
<meta name="viewport" content="width=device-width" /><meta name="viewport" content="width=device-width" />
<title>A page</title>
<link rel="preload" as="script" href="../_static/a.js">
<script>let first = "<b>";</script><script>let first = "<b>";</script>
<script src="../_static/scripts/fontawesome.js"></script><script src="../_static/a.js"></script>
<script src="../_static/doctools.js?v=1"></script><script src="../_static/togglebutton.js"></script>
<script>let toggleHintShow = 'Click to show';</script>
<script>document.documentElement.dataset.theme = localStorage.getItem("theme");</script>
<script src="../searchindex.js"></script><script>DOCUMENTATION_OPTIONS.pagename = 'book/page';</script>
</head><body>
<div id="pst-primary-sidebar"><img src="logo.svg" alt="Logo"></div>
<div class="citation-list" role="list"><div class="citation" role="doc-biblioentry">A book</div></div>
<button class="btn" title="Search" aria-label="Search it"><i class="fa-solid fa-list"></i> Find <span
 class="search-button__kbd-shortcut">K</span></button>
<button onclick="window.print()" title="Print"><i class="fas fa-file-pdf fa-lg" data-mode="x"></i></button>
<main role="main"><article>
<h1>A page<a class="headerlink" href="#a">#</a></h1>
<div class="admonition"><p>A box that is longer than forty characters, and comes first.</p></div>
<p>Short.</p>
<p>What this page is about, at some length. It goes on, and on.</p>
<img src="../_images/a.png" alt="First"><img src="../_images/a.png" alt="Second">
<img src="../_images/a.png" alt="Third" style="width: 50%">
<dd><p><ul><li>images</li></ul></p></dd>
<details><summary><p>More</p></summary><p>Text</p></details>
<table><thead><tr><th></th><th>Size</th></tr></thead><tbody><tr><td>a</td><td>1</td></tr></tbody></table>
<table><thead><tr><th></th><th></th></tr></thead><tbody><tr><td>What</td><td>x</td></tr></tbody></table>
<table border="1"><thead><tr><th>i</th></tr></thead><tbody><tr><th>0</th><td>1</td></tr></tbody></table>
</article></main>
<script src="../_static/scripts/bootstrap.js?v=2"></script>
<script src="../_static/scripts/pydata-sphinx-theme.js"></script>
</body></html>"""
# Two explorers of three models each: a picture, a slider linked with it, and what both pictures share.
STATE, VIEW = (f"application/vnd.jupyter.widget-{kind}+json" for kind in ("state", "view"))
MODELS = {
    "shared": {"model_name": "Model", "state": {"script": "</script>"}},
    "unused": {"model_name": "Model", "state": {}},
    **{
        name: {"model_name": model, "state": {key: f"IPY_MODEL_{other}" for key, other in others.items()}}
        for i in "12"
        for name, model, others in (
            (f"picture-{i}", "AnyModel", {"common": "shared", "slider": f"slider-{i}"}),
            (f"slider-{i}", "IntSliderModel", {}),
            (f"link-{i}", "LinkModel", {"source": f"slider-{i}", "target": f"picture-{i}"}),
        )
    },
}
STORED = json.dumps({"version_major": 2, "version_minor": 0, "state": MODELS}).replace("</", "<\\/")
EXPLORERS = "".join(
    f"""<script type="{VIEW}">{json.dumps({"model_id": f"picture-{i}"})}</script>""" for i in "12"
) + (f"""<script type="{STATE}">{STORED}</script>""")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.png").write_bytes(TINY)
    return tmp_path


def finished(folder, page=PAGE, name="book/page"):
    return result(folder, page, name).html


def result(folder, page=PAGE, name="book/page"):
    def find(address):
        return folder / "a.png" if address == "../_images/a.png" else None

    return finish(page, name=name, base=BASE, title="A book", find=find)


@pytest.fixture
def soup(folder):
    return BeautifulSoup(finished(folder), "html.parser")


def content(soup, **attributes):
    """Return what the one meta element with some attributes says."""
    (element,) = soup.find_all("meta", attrs=attributes)
    return element["content"]


def test_document_stays_one(folder):
    page = finished(folder)
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert page.count("</html>") == page.count("<main") == 1
    assert "/>" not in page.partition("<body")[0]


def test_scripts_hold_nothing_up(soup):
    first, second = [script["src"] for script in soup.find_all("script", src=True)]
    assert first == "../_static/a.js"
    assert second.startswith("../_static/scripts/book.js?v=")
    assert all("defer" in script.attrs for script in soup.find_all("script", src=True))
    assert soup.find("link", rel="preload") is None


def test_scripts_of_all_pages_become_one(folder):
    assert result(folder).scripts == ["doctools.js", "scripts/pydata-sphinx-theme.js"]
    assert BeautifulSoup(finished(folder), "html.parser").html["data-later"] == (
        "../_static/scripts/bootstrap.js?v=2"
    )


def test_scripts_come_where_they_have_something_to_do(folder):
    assert "toggle" not in finished(folder)
    page = finished(folder, PAGE.replace("<article>", '<article><p class="toggle">Folded</p>'))
    assert "togglebutton.js" in page
    assert "toggleHintShow" in page


def test_the_theme_is_chosen_before_anything_is_drawn(soup):
    (script,) = [script for script in soup.head.find_all("script") if "dataset" in (script.string or "")]
    assert 'matchMedia("(prefers-color-scheme: dark)")' in script.string


def test_explorers_lie_in_files_of_their_own(folder):
    finished = result(folder, PAGE.replace("</article>", f"{EXPLORERS}</article>"))
    assert STATE not in finished.html
    views = BeautifulSoup(finished.html, "html.parser").find_all("script", type=VIEW)
    names = [view["data-parts"].split() for view in views]
    assert {f"{name}.js" for parts in names for name in parts} == set(finished.explorers)
    assert len(finished.explorers) == 3
    held = [
        {model for name in parts for model in stored(finished.explorers[f"{name}.js"])["state"]}
        for parts in names
    ]
    assert held == [{"shared", f"picture-{i}", f"slider-{i}", f"link-{i}"} for i in "12"]
    (common,) = set(names[0]) & set(names[1])
    assert stored(finished.explorers[f"{common}.js"])["state"] == {"shared": MODELS["shared"]}


def stored(script):
    """Return the data that a file of stored widgets holds."""
    return json.loads(script.partition(" = ")[2].rstrip().removesuffix(";"))


def test_search_keeps_its_scripts(folder):
    page = finished(folder, PAGE.replace("<article>", '<article><div id="search-results"></div>'))
    assert "searchindex.js" in page


def test_policy_allows_what_the_page_has_and_no_more(soup):
    policy = content(soup, **{"http-equiv": "Content-Security-Policy"})
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    inline = ('let first = "<b>";', THEME_CHOICE)
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline]
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'self' blob: 'sha256-{digests[0]}' 'sha256-{digests[1]}'"
    assert soup.head.find_all("script")[0].string == 'let first = "<b>";'
    # It counts from where it stands.
    assert soup.find("meta", charset=True).find_next("meta")["http-equiv"] == "Content-Security-Policy"


def test_another_script_is_another_digest(folder):
    page = finished(folder, PAGE.replace("let first", "let second"))
    digest = base64.b64encode(hashlib.sha256(b'let second = "<b>";').digest()).decode()
    assert digest in page


def test_icons_are_drawn(soup):
    first, second = soup.find_all("svg")
    assert first["viewbox" if "viewbox" in first.attrs else "viewBox"] == "0 0 512 512"
    assert "fa-lg" in second["class"]
    assert second["data-mode"] == "x"
    assert soup.find("i") is None


def test_unknown_icon_is_refused():
    with pytest.raises(ValueError, match="no-such-thing"):
        icon("no-such-thing")


def test_buttons_are_called_what_they_show(soup):
    search, printing = soup.find_all("button")
    assert "aria-label" not in search.attrs
    assert search.find(class_="search-button__kbd-shortcut")["aria-hidden"] == "true"
    assert printing["aria-label"] == "Print"
    assert printing["data-does"] == "window.print"
    assert not soup.find_all(onclick=True)


def test_images_have_their_size(soup):
    first, second, third = soup.select("article img")
    assert (first["width"], first["height"]) == ("3", "2")
    assert "loading" not in first.attrs
    assert first["fetchpriority"] == "high"
    assert second["loading"] == "lazy"
    assert "fetchpriority" not in second.attrs
    assert "width" not in third.attrs
    assert {image["decoding"] for image in soup.select("article img")} == {"async"}


def test_images_below_the_first_screen_wait(folder):
    page = finished(folder, PAGE.replace("<p>Short.</p>", f"<p>{'Long. ' * 200}</p>"))
    images = BeautifulSoup(page, "html.parser").select("article img")
    assert {image["loading"] for image in images} == {"lazy"}
    assert "fetchpriority" not in page


def test_tables_say_what_their_headers_head(soup):
    with_corner, of_facts, framed = soup.find_all("table")
    assert [cell.name for cell in with_corner.thead.find_all(True)] == ["tr", "td", "th"]
    assert with_corner.th["scope"] == "col"
    assert of_facts.thead is None
    assert (of_facts.th.string, of_facts.th["scope"]) == ("What", "row")
    assert [cell["scope"] for cell in framed.find_all("th")] == ["col", "row"]
    assert "border" not in framed.attrs
    assert {table.parent["class"][0] for table in soup.find_all("table")} == {
        "pst-scrollable-table-container"
    }


def test_roles_fit_together(soup):
    assert soup.find(id="pst-primary-sidebar")["role"] == "complementary"
    assert soup.select_one(".citation")["role"] == "listitem"
    assert soup.main["role"] == "main"  # by which Sphinx's search finds the text that it shows


def test_no_paragraph_holds_a_list(soup):
    assert [child.name for child in soup.dd.children] == ["ul"]


def test_folds_open_by_words(soup):
    assert soup.summary.find("p") is None
    assert soup.summary.get_text() == "More"


def test_page_says_what_it_is(soup):
    about = "What this page is about, at some length. It goes on, and on."
    assert content(soup, name="description") == content(soup, property="og:description") == about
    assert content(soup, property="og:title") == "A page"
    assert content(soup, property="og:url") == f"{BASE}/book/page.html"
    assert content(soup, property="og:image") == f"{BASE}/_static/card.png"
    assert len(soup.find_all("meta", attrs={"name": "viewport"})) == 1
    assert soup.find("meta", attrs={"name": "robots"}) is None


@pytest.mark.parametrize("name", ["search", "404"])
def test_pages_without_text_are_not_found_by_search_engines(folder, name):
    soup = BeautifulSoup(finished(folder, name=name), "html.parser")
    assert content(soup, name="robots") == "noindex"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One sentence of seventy characters or a few more, which is quite enough. " * 3, 2),
        ("word " * 60, None),
    ],
)
def test_long_summaries_end_where_a_reader_would(text, expected):
    found = summary(BeautifulSoup(f"<article><p>{text}</p></article>", "html.parser"))
    assert len(found) <= 200
    assert found.endswith("…" if expected is None else ".")
    if expected:
        assert found.count(".") == expected


def test_page_for_wrong_addresses_works_from_everywhere(folder):
    page = finished(folder, PAGE.replace('href="#a"', 'href="book/index.html"'), name="404")
    soup = BeautifulSoup(page, "html.parser")
    assert soup.select_one(".headerlink")["href"] == "/a-course/book/index.html"
    assert soup.html["data-content_root"] == "/a-course/"
    assert all(script["src"].startswith("/") for script in soup.find_all("script", src=True))
