"""The built book is whole, and each check of it is able to fail.

The pages are those of `make book`, or of the folder that DCV_HTML names. Where there are none, their tests
are skipped, unless DCV_REQUIRE_BOOK is 1, as in `make test`: then they fail.
"""

import os
from pathlib import Path

import built_book
import pytest
from built_book import CHECKS, broken_redirects, missing_pages, pages, parsed, too_few_figures
from pybtex.database import parse_file
from repository import ROOT, notebook_paths

HTML = Path(os.environ.get("DCV_HTML") or ROOT / "_build" / "html").resolve()
IS_BUILT = (HTML / "index.html").is_file()

needs_book = pytest.mark.skipif(
    not IS_BUILT and os.environ.get("DCV_REQUIRE_BOOK") != "1",
    reason=f"NOT CHECKED: the book is not built ({HTML}); run `make book` first",
)


@needs_book
def test_the_book_is_built():
    assert IS_BUILT, f"no book in {HTML}"


@needs_book
def test_no_page_is_missing():
    assert missing_pages(HTML, (ROOT / "_toc.yml").read_text(encoding="utf-8")) == []


@needs_book
def test_redirects_arrive():
    assert broken_redirects(HTML) == []


@needs_book
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_pages(check):
    assert [problem for path in pages(HTML) for problem in check(HTML, path)] == []


@needs_book
@pytest.mark.parametrize("notebook", notebook_paths(), ids=lambda path: path.stem)
def test_chapters_have_figures(notebook):
    assert too_few_figures(HTML, HTML / "book" / f"{notebook.stem}.html") == []


@needs_book
def test_reference_says_what_fields_hold():
    described = (HTML / "book" / "api" / "images.html").read_text(encoding="utf-8")
    assert "<strong>train_images</strong>" in described
    for path in sorted((HTML / "book" / "api").glob("*.html")):
        assert "Alias for field number" not in path.read_text(encoding="utf-8"), path.name


@needs_book
@pytest.mark.parametrize("notebook", notebook_paths(), ids=lambda path: path.stem)
def test_chapters_link_glossary_and_reference(notebook):
    article = parsed(HTML / "book" / f"{notebook.stem}.html").find("article")
    targets = [link["href"].partition("#")[0] for link in article.find_all("a", class_="code-link")]
    assert any(target.startswith("api/") for target in targets)
    terms = [link.find_parent("a")["href"] for link in article.find_all(class_="glossary-link")]
    assert terms
    assert len(terms) == len(set(terms)), "only the first use of a term is linked"


@needs_book
@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "book/exercises").glob("*.ipynb"))])
def test_exercises_lead_back_and_on(name):
    page = parsed(HTML / "book/exercises" / f"{name}.html")
    back, on = (page.select_one(f".prev-next-area a.{side}") for side in ("left-prev", "right-next"))
    assert back["href"] == f"../{name}.html"
    assert on["href"].startswith("../")  # not to other exercises, which lie in the same folder


@needs_book
def test_the_bibliography_links_every_doi():
    entries = parse_file(ROOT / "book" / "references.bib").entries.values()
    expected = {f"https://doi.org/{entry.fields['doi']}" for entry in entries if "doi" in entry.fields}
    shown = {link["href"] for link in parsed(HTML / "book" / "references.html").find_all("a", href=True)}
    assert expected
    assert expected <= shown


# From here on: the checks themselves, on two tiny pages.

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>A page</title>
<link rel="stylesheet" href="_static/style.css"><script src="_static/script.js"></script></head>
<body><article><h1 id="top">A page</h1>
<p id="part">Text, <code>{ref}`code`</code>. <a href="other.html#part">Other</a> <a href="#top">Up</a>
<a href="https://example.org/#x">Elsewhere</a></p>
<img src="_images/a.png" alt="A square"><img src="_images/a.png" alt="Two"><img src="_images/a.png" alt="3">
</article></body></html>"""
TABLE_OF_CONTENTS = "root: index\nparts:\n- chapters:\n  - file: other\n    sections:\n    - file: index\n"


@pytest.fixture
def html(tmp_path):
    for name in ("_static/style.css", "_static/script.js", "_images/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for name in ("index", "other"):
        (tmp_path / f"{name}.html").write_text(PAGE)
    return tmp_path


def faults(html):
    """Return what all checks find, on all pages."""
    found = missing_pages(html, TABLE_OF_CONTENTS) + broken_redirects(html)
    for path in pages(html):
        for check in (*CHECKS, too_few_figures):
            found += check(html, path)
    return found


def test_sound_pages_pass(html):
    assert faults(html) == []


@pytest.mark.parametrize("name", ["other.html", "_static/style.css", "_static/script.js", "_images/a.png"])
def test_missing_file_goes_red(html, name):
    (html / name).unlink()
    assert any(name in problem or name.removesuffix(".html") in problem for problem in faults(html))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("other.html#part", "absent.html", "leads nowhere"),
        ("other.html#part", "other.html#absent", "no such anchor"),
        ('"#top"', '"#absent"', "no such anchor"),
        ('alt="A square"', 'alt=" "', "no alt text"),
        ('alt="A square"', "", "no alt text"),
        ("Text,", "See {ref}`part`.", "raw source"),
        ("Text,", "\n:::{note}\n", "raw source"),
        ("Text,", '<span class="system-message">Unknown role</span>', "error of the build"),
        ("Text,", '<img src="_images/a.png?colab-badge" alt="Open in Colab">', "Colab badge"),
        ("_images/a.png", "https://example.org/a.png", "another host"),
        ("_static/script.js", "//example.org/script.js", "another host"),
        ("_static/style.css", "https://example.org/style.css", "another host"),
        ("<h1", "<h2", "expected one h1, got 0"),
        ("Text,", "<h1>Again</h1>", "expected one h1, got 2"),
        (' lang="en"', "", "language"),
        ("<title>A page</title>", "", "no title"),
        ('<img src="_images/a.png" alt="3">', "", "2 figures"),
    ],
)
def test_broken_page_goes_red(html, before, after, expected):
    assert before in PAGE
    (html / "index.html").write_text(PAGE.replace(before, after, 1))
    found = faults(html)
    assert len(found) == 1
    assert "index.html" in found[0]
    assert expected in found[0]


@pytest.mark.parametrize(("target", "count"), [("other.html", 0), ("absent.html", 1)])
def test_redirect(html, target, count):
    (html / "start.html").write_text(f'<meta http-equiv="Refresh" content="0; url={target}" />')
    assert len(faults(html)) == count


def test_generated_pages_are_left_out(html):
    for name in ("genindex.html", "_static/template.html"):
        (html / name).write_text("<html></html>")
    assert built_book.pages(html) == [html / "index.html", html / "other.html"]
