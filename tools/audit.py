"""Audit the built book: a row for each page, then everything that is wrong, which the exit status repeats.

    python tools/audit.py                             # what `make audit` does
    python tools/audit.py --lighthouse all            # Lighthouse on every page, in some ten minutes
    python tools/audit.py --lighthouse none glossary  # only pages with this word in their path

Each page is opened in Chromium from its file, with the network off, and read to its end, so that all
explorers are drawn. Then axe-core looks at all of it, in the light and in the dark. The W3C's Nu validator
reads every page, and Lighthouse looks at a few, served from this machine as GitHub Pages would.
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chromium import OPTIONS, find_chromium
from playwright.sync_api import Error, sync_playwright
from repository import ROOT

# The checks of a built page and the way to open one are those of the tests.
sys.path[:0] = [str(ROOT / part) for part in ("tests/browser", "tests", "book/_ext")]
from built_book import CHECKS, GENERATED, all_pages, parsed, redirect  # noqa: E402
from explorer_pages import VIEW, ExplorerPage  # noqa: E402
from node_program import NODE  # noqa: E402

HTML = ROOT / "_build" / "html"
AUDITORS = ROOT / "tools" / "auditors" / "node_modules"
NU = AUDITORS / "vnu-jar" / "build" / "dist" / "vnu.jar"
LIGHTHOUSE = AUDITORS / "lighthouse" / "cli" / "index.js"
#: Where Lighthouse looks if it is not told: the first page, a page of text, a table, chapters, an exercise.
REPRESENTATIVE = (
    "book/index",
    "book/glossary",
    "book/data_card",
    "book/03_convolution",
    "book/06_build_and_train",
    "book/exercises/03_convolution",
)
#: The lowest scores that pass. Performance: on pages without explorers, and with some.
LOWEST = {"accessibility": 100, "best-practices": 95, "seo": 95}
LOWEST_PERFORMANCE = (95, 85)
SIZE = {"width": 1300, "height": 1000}
COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".xml", ".txt"}


@dataclass
class Row:
    """What was found on one page; a number that was not measured is None."""

    name: str
    axe: int | None = None
    nu: int | None = None
    scores: dict = field(default_factory=dict)
    at_once: int | None = None  # bytes, compressed, when the page has been opened
    in_all: int | None = None  # and when it has been read to its end
    other_hosts: int | None = None
    links: int = 0
    alt: int = 0
    problems: list = field(default_factory=list)


def compressed_size(path):
    """Return how many bytes a server sends for a file."""
    data = Path(path).read_bytes()
    return len(gzip.compress(data, 6)) if Path(path).suffix in COMPRESSED else len(data)


class PagesHandler(SimpleHTTPRequestHandler):
    """Serve a folder as GitHub Pages does: compressed, below a path, one page for all wrong addresses."""

    protocol_version = "HTTP/1.1"
    prefix = "/deep-computer-vision/"

    def do_GET(self):  # noqa: D102
        place = unquote(urlsplit(self.path).path)
        file = Path(self.directory, place.removeprefix(self.prefix))
        found = place.startswith(self.prefix) and file.is_file()
        file = file if found else Path(self.directory, "404.html")
        data = file.read_bytes()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Cache-Control", "max-age=600")
        if file.suffix in COMPRESSED:
            data = gzip.compress(data, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(ConnectionError):  # a browser that is closed waits for nothing
            self.wfile.write(data)

    def log_message(self, *arguments):  # noqa: D102
        pass


@contextmanager
def served(html):
    """Serve a built book from this machine, and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(PagesHandler, directory=str(html)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{PagesHandler.prefix}"
    finally:
        server.shutdown()
        server.server_close()


def read_files(html, path, row):
    """Note what the files alone show: links, anchors, pictures, structure."""
    if path.name in GENERATED or redirect(path) is not None:
        return
    for check in CHECKS:
        problems = check(html, path)
        row.problems += problems
        if check.__name__ == "broken_links":
            row.links = len(problems)
        elif check.__name__ == "images_without_alt_text":
            row.alt = len(problems)


def loaded(requests, html, address):
    """Return the bytes, compressed, of the files of the book that were asked for."""

    def file(url):
        parts = urlsplit(url)
        if parts.scheme == "file":
            return Path(unquote(parts.path))
        return html / unquote(url.partition("?")[0].removeprefix(address))

    files = {file(url) for url in requests if url.startswith(("file:", address))}
    return sum(compressed_size(path) for path in files if path.is_file())


def look_at(browser, html, path, row, address):
    """Open a page, read it to its end, and note what Chromium and axe-core say."""
    # Its links begin at the top of the host, so a file does not do.
    is_served = path.name == "404.html"
    context = browser.new_context(viewport=SIZE, offline=not is_served, color_scheme="light")
    opened = ExplorerPage(context.new_page())
    opened.page.set_default_timeout(120_000)
    try:
        url = f"{address}404.html" if is_served else path.as_uri()
        opened.page.goto(url, wait_until="networkidle")
        row.at_once = loaded(opened.requests, html, address)
        opened.read_to_the_end()
        row.in_all = loaded(opened.requests, html, address)
        foreign = [url for url in opened.external_requests if not url.startswith(address)]
        row.other_hosts = len(foreign)
        row.problems += [f"asks {url}" for url in foreign] + opened.errors
        violations = [f"light: {text}" for text in opened.axe()]
        opened.set_theme("dark")
        violations += [f"dark: {text}" for text in opened.axe()]
        row.axe = len(violations)
        row.problems += violations
    except Error as error:
        row.problems.append(f"could not be read: {str(error).splitlines()[0]}")
    finally:
        context.close()


def validate(paths):
    """Return the messages of the Nu validator that are errors: a dict path → list of str.

    Raises
    ------
    FileNotFoundError
        If Java or the validator is missing.
    """
    if shutil.which("java") is None:
        raise FileNotFoundError("Java is missing; on Debian or Ubuntu: apt install default-jre-headless")
    if not NU.is_file():
        raise FileNotFoundError("the Nu validator is missing; run `make audit`, which installs it")
    command = ["java", "-jar", NU, "--format", "json", "--stdout", "--exit-zero-always", *paths]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    errors = {}
    for message in json.loads(answer.stdout)["messages"]:
        if message["type"] == "error":
            path = Path(unquote(urlsplit(message["url"]).path))
            text = f"Nu, line {message.get('lastLine')}: {message['message']}"
            errors.setdefault(path, []).append(text)
    return errors


def lighthouse(url, *, executable, runs):
    """Return Lighthouse's scores of a page under its preset for phones, and what kept it from better ones.

    Parameters
    ----------
    url : str
    executable : str
        Chromium.
    runs : int
        How often it looks; the scores are the medians.

    Returns
    -------
    scores : dict
        Category → 0 to 100; and "speed of this machine", Lighthouse's own benchmark.
    reasons : list of str
        From the last run.

    Raises
    ------
    FileNotFoundError
        If Lighthouse is missing.
    RuntimeError
        If it fails.
    """
    if not LIGHTHOUSE.is_file():
        raise FileNotFoundError("Lighthouse is missing; run `make audit`, which installs it")
    chrome = " ".join(["--headless=new", *OPTIONS])
    reports = []
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "report.json")
        command = [NODE, LIGHTHOUSE, url, "--quiet", "--output=json", f"--output-path={target}"]
        command += ["--no-enable-error-reporting", f"--chrome-flags={chrome}"]
        for _ in range(runs):
            answer = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "CHROME_PATH": executable},
            )
            if answer.returncode != 0:
                raise RuntimeError(f"Lighthouse failed: {answer.stderr.strip()[-300:]}")
            reports.append(json.loads(target.read_text(encoding="utf-8")))
    categories = ("performance", *LOWEST)
    scores = {
        name: round(100 * statistics.median(report["categories"][name]["score"] or 0 for report in reports))
        for name in categories
    }
    scores["speed of this machine"] = round(reports[-1]["environment"]["benchmarkIndex"])
    return scores, _reasons(reports[-1], scores)


def _reasons(report, scores):
    """Return the findings of Lighthouse that count in a score that is below 100."""
    found = []
    for name, category in report["categories"].items():
        if scores.get(name, 100) == 100:
            continue
        for part in category["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                found.append(f"Lighthouse, {name}: {audit['title']} {audit.get('displayValue', '')}".strip())
    return found


def too_low(scores, *, has_explorers, is_indexed=True):
    """Return a sentence for each score that does not pass.

    What Lighthouse calls SEO counts only on pages that search engines are to list.

    Examples
    --------
    >>> scores = {"performance": 90, "accessibility": 100, "best-practices": 96, "seo": 100}
    >>> too_low(scores, has_explorers=True)
    []
    >>> too_low(scores, has_explorers=False)
    ['Lighthouse: expected performance 95 or more, got 90']
    """
    lowest = {"performance": LOWEST_PERFORMANCE[has_explorers], **LOWEST}
    if not is_indexed:
        del lowest["seo"]
    return [
        f"Lighthouse: expected {name} {lowest[name]} or more, got {scores[name]}"
        for name in lowest
        if scores[name] < lowest[name]
    ]


COLUMNS = {
    "page": lambda row: row.name,
    "axe": lambda row: row.axe,
    "Nu": lambda row: row.nu,
    "Lighthouse": lambda row: " ".join(
        str(row.scores[name]) for name in ("performance", *LOWEST) if row.scores
    ),
    "kB at once": lambda row: kilobytes(row.at_once),
    "kB in all": lambda row: kilobytes(row.in_all),
    "other hosts": lambda row: row.other_hosts,
    "links": lambda row: row.links,
    "no alt": lambda row: row.alt,
}


def kilobytes(size):
    """Return bytes as a number of kilobytes, or None."""
    return None if size is None else round(size / 1000)


def table(rows):
    """Return the rows as a table in Markdown; what was not looked at is a dot.

    Examples
    --------
    >>> print(table([Row("index", axe=0)]).splitlines()[2])
    | index | 0   | ·  | ·          | ·          | ·         | ·           | 0     | 0      |
    """
    cells = [
        ["·" if (value := get(row)) in (None, "") else str(value) for get in COLUMNS.values()] for row in rows
    ]
    cells.insert(0, list(COLUMNS))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def audit(html, *, words=(), pages="some", runs=1):
    """Return a row for each page of a book, and what could not be checked at all.

    Parameters
    ----------
    html : pathlib.Path
        The built book.
    words : tuple of str
        Only pages with one of them in their path; all, if there is none.
    pages : str
        Where Lighthouse looks: "some", "all" or "none".
    runs : int
        How often it does.

    Returns
    -------
    rows : list of Row
    missing : list of str
    """
    paths = [path for path in (*all_pages(html), *(html / name for name in GENERATED)) if path.is_file()]
    paths = [path for path in paths if not words or any(word in path.as_posix() for word in words)]
    names = {path: path.relative_to(html).with_suffix("").as_posix() for path in paths}
    rows = {path: Row(names[path]) for path in paths}
    missing = []
    executable = find_chromium()
    if not executable:
        missing.append("Chromium is missing, so no page was opened: install it, or name it in DCV_CHROMIUM")
    for path, row in rows.items():
        read_files(html, path, row)
    try:
        errors = validate(paths)
        for path, row in rows.items():
            row.nu = len(errors.get(path, ()))
            row.problems += errors.get(path, [])
    except FileNotFoundError as error:
        missing.append(str(error))
    with served(html) as address:
        if executable:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
                for path, row in rows.items():
                    say(f"reading {row.name}")
                    if redirect(path) is None:
                        look_at(browser, html, path, row, address)
                browser.close()
        for path, row in rows.items():
            chosen = pages == "all" or (pages == "some" and row.name in REPRESENTATIVE)
            if not executable or not chosen or redirect(path) is not None:
                continue
            say(f"Lighthouse looks at {row.name}")
            try:
                row.scores, reasons = lighthouse(
                    f"{address}{row.name}.html", executable=executable, runs=runs
                )
            except FileNotFoundError as error:
                missing.append(str(error))
                break
            except RuntimeError as error:
                row.problems.append(str(error))
                continue
            soup = parsed(path)
            low = too_low(
                row.scores,
                has_explorers=soup.find("script", type=VIEW) is not None,
                is_indexed=soup.select_one('meta[name="robots"][content*="noindex"]') is None,
            )
            row.problems += low + (reasons if low else [])
    return list(rows.values()), missing


def say(text):
    """Tell on the terminal what is being done."""
    print(text, file=sys.stderr, flush=True)


def main(arguments=None):
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description="Audit the built book, page by page.")
    parser.add_argument("words", nargs="*", help="only pages with one of these words in their path")
    parser.add_argument("--html", type=Path, default=HTML, help="the built book")
    parser.add_argument(
        "--lighthouse", choices=["some", "all", "none"], default="some", help="on which pages"
    )
    parser.add_argument("--runs", type=int, default=1, help="how often Lighthouse looks; medians count")
    options = parser.parse_args(arguments)
    html = options.html.resolve()
    if not (html / "index.html").is_file():
        say(f"expected a book in {html}, found no index.html: run `make book` first")
        return 1
    rows, missing = audit(html, words=tuple(options.words), pages=options.lighthouse, runs=options.runs)
    if not rows:
        say(f"expected pages with {' or '.join(options.words)} in their path, found none")
        return 1
    print(table(rows))
    for row in rows:
        for problem in dict.fromkeys(row.problems):
            print(f"{row.name}: {problem}")
    for text in missing:
        print(f"NOT CHECKED: {text}")
    speeds = [row.scores["speed of this machine"] for row in rows if row.scores]
    if speeds:
        print(
            f"Lighthouse's benchmark of this machine: {min(speeds)} to {max(speeds)}; 1,000 and more is usual"
        )
    faulty = sum(bool(row.problems) for row in rows)
    print(f"{len(rows)} pages, {faulty} with something wrong")
    return 1 if faulty or missing else 0


if __name__ == "__main__":
    sys.exit(main())
