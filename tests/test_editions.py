"""The book as a zip to read offline, and the page numbers of the PDF."""

import zipfile

import offline
import print_book
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link


@pytest.fixture
def html(tmp_path):
    """A built book of two pages."""
    files = {
        "index.html": '<a href="book/one.html">One</a>',
        "book/one.html": "One",
        "_static/style.css": "p {}",
        "_sources/book/one.ipynb": "{}",
        "objects.inv": "",
    }
    for name, text in files.items():
        path = tmp_path / "html" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "html"


def test_zip_holds_what_pages_need(html, tmp_path):
    offline.pack(html, tmp_path / "book.zip")
    with zipfile.ZipFile(tmp_path / "book.zip") as file:
        assert file.namelist() == [
            "deep-computer-vision/_static/style.css",
            "deep-computer-vision/book/one.html",
            "deep-computer-vision/index.html",
        ]
        assert file.read("deep-computer-vision/book/one.html") == b"One"


def test_same_book_same_bytes(html, tmp_path):
    for name in ("first.zip", "second.zip"):
        offline.pack(html, tmp_path / name)
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_no_book_no_zip(tmp_path):
    with pytest.raises(FileNotFoundError, match="make book"):
        offline.pack(tmp_path, tmp_path / "book.zip")
    assert list(tmp_path.iterdir()) == []


def test_too_large_a_zip_is_said(html, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(offline, "LARGEST", 100)
    assert offline.main(["--html", str(html), "--target", str(tmp_path / "book.zip")]) == 1
    assert "expected at most" in capsys.readouterr().err


def test_page_numbers_come_from_the_outline(tmp_path):
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(width=100, height=100)
    part = writer.add_outline_item(title="The course", page_number=0)
    writer.add_outline_item(title="Pool, and  see further", page_number=1, parent=part)
    writer.add_outline_item(title="Summary", page_number=1, parent=part)
    writer.add_outline_item(title="Summary", page_number=2, parent=part)
    writer.add_outline_item(title="AnswersAnswers", page_number=2, parent=part)
    writer.write(tmp_path / "book.pdf")
    pages = print_book.chapter_pages(tmp_path / "book.pdf")
    assert pages == {"Thecourse": 1, "Pool,andseefurther": 2, "Summary": 2, "Answers": 3}


def test_bookmarks_once_and_no_link_to_a_file(tmp_path):
    writer = PdfWriter()
    writer.add_blank_page(width=100, height=100)
    part = writer.add_outline_item(title="The course The course", page_number=0)
    writer.add_outline_item(title="SummarySummary", page_number=0, parent=part)
    writer.add_outline_item(title="Further reading", page_number=0, parent=part)
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://example.org"))
    writer.write(tmp_path / "book.pdf")
    print_book.mend(tmp_path / "book.pdf", tmp_path / "mended.pdf")
    course, (summary, reading) = PdfReader(tmp_path / "mended.pdf").outline
    assert [entry.title for entry in (course, summary, reading)] == [
        "The course",
        "Summary",
        "Further reading",
    ]
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="file:///book/index.html#id1"))
    writer.write(tmp_path / "book.pdf")
    with pytest.raises(RuntimeError, match="#id1"):
        print_book.mend(tmp_path / "book.pdf", tmp_path / "mended.pdf")


def test_missing_single_page_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DCV_CHROMIUM", "chromium")
    assert print_book.main(["--single", str(tmp_path)]) == 1
    assert "make pdf" in capsys.readouterr().err
