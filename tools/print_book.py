"""Print the book into one PDF, with Chromium: figures, captions, links, contents and page numbers.

    python tools/print_book.py         # _build/singlehtml → _build/deep-computer-vision-0.1.0.pdf

``make pdf`` first lets Sphinx write the whole book as a single page. It is printed twice: only then is it
known on which page each chapter begins, and the second time the contents say so.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from chromium import OPTIONS, find_chromium
from playwright.sync_api import sync_playwright
from pypdf import PdfReader
from repository import DISTRIBUTION, ROOT, version

SINGLE = ROOT / "_build" / "singlehtml"
FOOTER = (
    '<div style="width: 100%; font: 8px sans-serif; color: #555; text-align: center">'
    '<span class="pageNumber"></span></div>'
)
PAPER = {
    "format": "A4",
    "margin": {"top": "18mm", "bottom": "20mm", "left": "20mm", "right": "20mm"},
    "print_background": True,
    "display_header_footer": True,
    "header_template": "<span></span>",
    "footer_template": FOOTER,
    "outline": True,
    "tagged": True,
}

# Everything that a reader would open by a click lies open on paper.
PREPARE = """() => {
  document.documentElement.dataset.theme = "light";
  document.documentElement.dataset.mode = "light";
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const image of document.images) image.loading = "eager";
  const failures = [...document.images].map((image) => image.decode().catch(() => image.src));
  return Promise.all(failures).then((results) => results.filter(Boolean));
}"""

# The theme puts a list of all chapters before the text, for print only; print.css shows the numbers.
NUMBER_CONTENTS = r"""(pages) => {
  const missing = [];
  for (const link of document.querySelectorAll("#jb-print-toc a")) {
    const title = link.textContent.replace(/\s/g, "");
    if (!(title in pages)) missing.push(title);
    link.dataset.page = pages[title] ?? "";
  }
  return missing;
}"""


def chapter_pages(pdf):
    """Return the number of the page on which each heading of the PDF's outline stands: a dict title → number.

    Titles come without spaces, since a title of two lines has none between them. Of headings with the same
    words the first one counts.

    Parameters
    ----------
    pdf : path-like
        A PDF with an outline.
    """
    reader = PdfReader(pdf)
    pages = {}

    def visit(entries):
        for entry in entries:
            if isinstance(entry, list):
                visit(entry)
            else:
                title = "".join(entry.title.split())
                pages.setdefault(title, reader.get_destination_page_number(entry) + 1)

    visit(reader.outline)
    return pages


def print_book(page_path, target, *, executable):
    """Print a page with the whole book into a PDF, which appears complete or not at all.

    Parameters
    ----------
    page_path : path-like
        The page, beside the folders of which it loads pictures and scripts.
    target : path-like
        The PDF.
    executable : str
        Chromium.

    Raises
    ------
    RuntimeError
        If a picture is missing or a chapter is not found in the print.
    """
    unfinished = Path(target).with_suffix(".unfinished")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
            page = browser.new_context(offline=True).new_page()
            page.goto(Path(page_path).resolve().as_uri())
            page.emulate_media(media="print")
            if broken := page.evaluate(PREPARE):
                raise RuntimeError(f"expected every picture to load, but these did not: {', '.join(broken)}")
            page.pdf(path=unfinished, **PAPER)
            if missing := page.evaluate(NUMBER_CONTENTS, chapter_pages(unfinished)):
                raise RuntimeError(f"expected a page for each chapter, found none for {', '.join(missing)}")
            page.pdf(path=unfinished, **PAPER)
            browser.close()
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def main(arguments=None):
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description="Print the book, built as a single page, into a PDF.")
    parser.add_argument("--single", type=Path, default=SINGLE, help="the folder of the single page")
    parser.add_argument("--target", type=Path, help="the PDF to write")
    options = parser.parse_args(arguments)
    source = options.single / "book" / "index.html"
    executable = find_chromium()
    if not executable:
        print("Chromium prints the book: install it, or name it in DCV_CHROMIUM", file=sys.stderr)
        return 1
    if not source.is_file():
        print(f"expected the book as a single page in {source}: run `make pdf`", file=sys.stderr)
        return 1
    # Sphinx writes the addresses of pictures and scripts as seen from the top folder.
    page_path = options.single / "print.html"
    shutil.copyfile(source, page_path)
    target = options.target or options.single.parent / f"{DISTRIBUTION}-{version()}.pdf"
    print_book(page_path, target, executable=executable)
    print(f"{target}: {len(PdfReader(target).pages)} pages, {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
