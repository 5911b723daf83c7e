"""The audit finds what is wrong with a page, and says what it could not look at."""

import gzip
import json
import urllib.error
import urllib.request
from types import SimpleNamespace

import audit
import pytest
from audit import PagesHandler, Row, served

SCRIPT = "fetch('https://example.org/count').catch(() => 0)"
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>{head}</head>
<body><main><article><h1>A page</h1>{body}</article></main></body></html>"""
SOUND = PAGE.format(head="", body='<p>Text</p><p><a href="other.html">Other</a></p>')
SCORES = {"performance": 96, "accessibility": 100, "best-practices": 96, "seo": 100}


@pytest.fixture
def html(tmp_path):
    (tmp_path / "other.html").write_text(SOUND.replace("other.html", "page.html"))
    (tmp_path / "404.html").write_text("not here")
    return tmp_path


def look(browser, html, page):
    """Return the row of a page."""
    (html / "page.html").write_text(page)
    row = Row("page")
    audit.read_files(html, html / "page.html", row)
    with served(html) as address:
        audit.look_at(browser, html, html / "page.html", row, address)
    return row


def test_sound_page_passes(browser, html):
    row = look(browser, html, SOUND)
    assert row.problems == []
    assert (row.axe, row.other_hosts, row.links, row.alt) == (0, 0, 0, 0)
    assert row.at_once == row.in_all == len(gzip.compress(SOUND.encode(), 6))


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("", '<p style="color: #bbb; background: #fff">Pale</p>', "light: color-contrast"),
        (
            "<style>[data-theme=dark] p { color: #333; background: #222 }</style>",
            "<p>Text</p>",
            "dark: color-c",
        ),
        ("", "<h4>Too deep</h4><p>Text</p>", "heading-order"),
        ("", '<p><a href="absent.html">A</a></p>', "leads nowhere"),
        ("", '<img src="a.png" width="1" height="1">', "no alt text"),
        ("", f"<p>Text</p><script>{SCRIPT}</script>", "asks https://example.org/count"),
        (
            "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">",
            "<p>Text</p><script>1</script>",
            "Content Security Policy",
        ),
    ],
)
def test_faulty_page_goes_red(browser, html, head, body, expected):
    row = look(browser, html, PAGE.format(head=head, body=body))
    assert any(expected in problem for problem in row.problems), row.problems


def test_served_as_on_github(html):
    with served(html) as address:
        with urllib.request.urlopen(f"{address}other.html") as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert b"<h1>" in gzip.decompress(answer.read())
        top = address.removesuffix(PagesHandler.prefix)
        for wrong in (f"{address}a/b.html", f"{top}/other.html", f"{address}../secret"):
            with pytest.raises(urllib.error.HTTPError, match="404") as error:
                urllib.request.urlopen(wrong)
            error.value.close()


@pytest.mark.parametrize(
    ("scores", "has_explorers", "count"),
    [
        ({}, False, 0),
        ({"performance": 94}, False, 1),
        ({"performance": 94}, True, 0),
        ({"performance": 84}, True, 1),
        ({"accessibility": 99, "seo": 94, "best-practices": 94}, True, 3),
    ],
)
def test_scores(scores, has_explorers, count):
    assert len(audit.too_low(SCORES | scores, has_explorers=has_explorers)) == count


def test_pages_that_search_engines_leave_out_need_no_seo():
    scores = SCORES | {"seo": 63, "accessibility": 99}
    assert len(audit.too_low(scores, has_explorers=False)) == 2
    assert len(audit.too_low(scores, has_explorers=False, is_indexed=False)) == 1
    assert len(audit.too_low(SCORES | {"seo": 94}, has_explorers=False)) == 1  # nothing is left changed


def test_missing_java_is_said(monkeypatch):
    monkeypatch.setattr(audit.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match="default-jre-headless"):
        audit.validate([])


def test_only_errors_of_the_validator_count(monkeypatch, tmp_path):
    page = tmp_path / "a page.html"
    messages = [
        {"type": "info", "subType": "warning", "url": page.as_uri(), "message": "a hint"},
        {"type": "error", "url": page.as_uri(), "lastLine": 7, "message": "a mistake"},
    ]
    answer = SimpleNamespace(stdout=json.dumps({"messages": messages}))
    monkeypatch.setattr(audit.shutil, "which", lambda name: "java")
    monkeypatch.setattr(audit, "NU", page)
    monkeypatch.setattr(audit.subprocess, "run", lambda *arguments, **options: answer)
    page.touch()
    assert audit.validate([page]) == {page: ["Nu, line 7: a mistake"]}


def test_what_was_not_checked_is_a_failure(monkeypatch, html, capsys):
    (html / "index.html").write_text(SOUND)
    (html / "page.html").write_text(SOUND)
    monkeypatch.setattr(audit, "find_chromium", lambda: None)
    monkeypatch.setattr(audit.shutil, "which", lambda name: None)
    assert audit.main(["--html", str(html)]) == 1
    printed = capsys.readouterr().out
    assert printed.count("NOT CHECKED") == 2
    assert "4 pages, 0 with something wrong" in printed


def test_no_book_no_audit(tmp_path, capsys):
    assert audit.main(["--html", str(tmp_path)]) == 1
    assert "make book" in capsys.readouterr().err
