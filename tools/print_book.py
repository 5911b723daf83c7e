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
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject
from repository import DISTRIBUTION, ROOT, book_address, stored_address, version

SINGLE = ROOT / "_build" / "singlehtml"
EDITION = (
    f"Edition {version()}. With pictures that move: {book_address(stored_address())}. "
    "Text and figures: CC BY 4.0. Code: MIT."
)
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

# Everything that a reader would open by a click lies open on paper, except the answers to a quiz: they stand
# at the end of the chapter, so that one can think first. Chapters have the number by which texts name them.
PREPARE = r"""(edition) => {
  document.documentElement.dataset.theme = "light";
  document.documentElement.dataset.mode = "light";
  for (const details of document.querySelectorAll("details")) details.open = true;
  // Of folded code only a solution needs its title.
  for (const summary of document.querySelectorAll("details.hide > summary"))
    summary.hidden = summary.textContent.trim().startsWith("Show");

  const element = (tag, className, ...children) => {
    const node = document.createElement(tag);
    node.className = className;
    node.append(...children);
    return node;
  };
  document.querySelector("#jb-print-docs-body h1").after(element("p", "edition", edition));

  // Sphinx writes some links within the one page as links to its file.
  for (const link of document.links)
    if (link.protocol === "file:" && document.getElementById(decodeURIComponent(link.hash.slice(1))))
      link.href = link.hash;

  // Paper has no buttons to open a notebook with.
  for (const note of document.querySelectorAll(".admonition.note"))
    if (note.textContent.includes("This page is for reading")) note.remove();

  for (const place of document.querySelectorAll(".toctree-wrapper > [id^='document-book/']")) {
    const number = Number(place.id.match(/\/(\d\d)_\w+$/)?.[1]);
    const section = place.nextElementSibling;
    section.prepend(place); // where links lead: on the page of the title, not on the one before
    if (!number) continue;
    for (const title of [
      section.querySelector("h2"),
      document.querySelector(`#jb-print-toc a[href="#${place.id}"]`),
    ])
      title.prepend(`${number} · `);

    const answers = element("ol", "answers");
    const id = `answers-${number}`;
    for (const box of section.querySelectorAll(".admonition-check-yourself")) {
      const options = element("ol", "quiz-letters");
      const remarks = element("ol", "quiz-letters");
      options.type = remarks.type = "A";
      if (!box.matches(":has(+ details + details)")) continue;
      for (let next; (next = box.nextElementSibling)?.matches("details"); next.remove()) {
        const summary = next.querySelector("summary");
        options.append(element("li", "", ...summary.childNodes));
        summary.remove();
        remarks.append(element("li", "", ...next.childNodes));
      }
      answers.append(element("li", "", remarks));
      const link = element("a", "answers-link", "answers: page");
      link.href = `#${id}`;
      box.querySelector(".admonition-title").append(` ${answers.children.length}`, link);
      box.append(options);
    }
    if (!answers.children.length) continue;
    const heading = element("h3", "", `Answers to the questions of chapter ${number}`);
    heading.id = id;
    section.append(heading, answers);
  }
  for (const image of document.images) image.loading = "eager";
  const failures = [...document.images].map((image) => image.decode().catch(() => image.src));
  return Promise.all(failures).then((results) => results.filter(Boolean));
}"""

# The theme puts a list of all chapters before the text, for print only; print.css shows the numbers.
NUMBER_CONTENTS = r"""(pages) => {
  const missing = [];
  for (const link of document.querySelectorAll("#jb-print-toc a, .answers-link")) {
    const heading = link.matches(".answers-link") ? document.querySelector(link.hash) : link;
    const title = heading.textContent.replace(/\s/g, "");
    if (!(title in pages)) missing.push(title);
    link.dataset.page = pages[title] ?? "";
  }
  return missing;
}"""


def once(title):
    """Return the title of a bookmark; Chromium writes those twice that it first put on the page before.

    Examples
    --------
    >>> once("Summary Summary"), once("Summary")
    ('Summary', 'Summary')
    """
    words = "".join(title.split())
    half = words[: len(words) // 2]
    return title[: len(title) // 2].strip() if words and words == half * 2 else title


def mend(pdf, target):
    """Write a PDF again with each title of a bookmark once, and without places of this machine.

    Parameters
    ----------
    pdf, target : path-like
        What Chromium printed, and where it goes.

    Raises
    ------
    RuntimeError
        If a link leads to a file.
    """
    writer = PdfWriter(clone_from=pdf)

    def visit(bookmark):
        while bookmark is not None:
            if "/Title" in bookmark:
                bookmark[NameObject("/Title")] = TextStringObject(once(bookmark["/Title"]))
            visit(_object(bookmark, "/First"))
            bookmark = _object(bookmark, "/Next")

    visit(_object(writer.root_object, "/Outlines"))
    links = [link.get_object() for page in writer.pages for link in page.get("/Annots", [])]
    addresses = [link["/A"]["/URI"] for link in links if "/URI" in link.get("/A", {})]
    if files := [address for address in addresses if address.startswith("file:")]:
        raise RuntimeError(f"expected links into the book or the web, got {', '.join(files)}")
    writer.write(target)


def _object(parent, key):
    return parent[key].get_object() if key in parent else None


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
                title = "".join(once(entry.title).split())
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
    unfinished, mended = (Path(target).with_suffix(suffix) for suffix in (".unfinished", ".mended"))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
            page = browser.new_context(offline=True).new_page()
            page.goto(Path(page_path).resolve().as_uri())
            page.emulate_media(media="print")
            if broken := page.evaluate(PREPARE, EDITION):
                raise RuntimeError(f"expected every picture to load, but these did not: {', '.join(broken)}")
            page.pdf(path=unfinished, **PAPER)
            if missing := page.evaluate(NUMBER_CONTENTS, chapter_pages(unfinished)):
                raise RuntimeError(f"expected a page for each chapter, found none for {', '.join(missing)}")
            page.pdf(path=unfinished, **PAPER)
            browser.close()
        mend(unfinished, mended)
        os.replace(mended, target)
    finally:
        for path in (unfinished, mended):
            path.unlink(missing_ok=True)


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
