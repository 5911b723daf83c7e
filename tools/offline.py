"""Pack the built book into one zip that opens from a folder, without a server and without a network.

    python tools/offline.py            # _build/html → _build/deep-computer-vision-0.1.0-offline.zip

Everything that the pages load is in the book already; left out is what no page needs: the sources that a
reader can download one by one online, and Sphinx's own records.
"""

import argparse
import os
import sys
import zipfile
from pathlib import Path

from repository import DISTRIBUTION, ROOT, version

HTML = ROOT / "_build" / "html"
LEFT_OUT = ("_sources", ".doctrees", "objects.inv", ".buildinfo")
LARGEST = 25_000_000  # bytes: what a mail or a slow line still carries
# The earliest time that a zip can hold: the same book gives the same bytes.
TIME = (1980, 1, 1, 0, 0, 0)


def pack(html, target):
    """Write all files of a built book into a zip, below one folder, and return the zip's size in bytes.

    Parameters
    ----------
    html : path-like
        The folder with ``index.html``.
    target : path-like
        The zip. It appears complete or not at all.

    Raises
    ------
    FileNotFoundError
        If there is no book in the folder.
    """
    html, target = Path(html), Path(target)
    if not (html / "index.html").is_file():
        raise FileNotFoundError(f"expected a book in {html}, found no index.html: run `make book` first")
    unfinished = target.with_suffix(".unfinished")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            for path in sorted(path for path in html.rglob("*") if path.is_file()):
                place = path.relative_to(html)
                if place.parts[0] not in LEFT_OUT:
                    entry = zipfile.ZipInfo(f"{DISTRIBUTION}/{place.as_posix()}", TIME)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    entry.external_attr = 0o644 << 16
                    file.writestr(entry, path.read_bytes())
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target.stat().st_size


def main(arguments=None):
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description="Pack the built book into one zip to read offline.")
    parser.add_argument("--html", type=Path, default=HTML, help="the built book")
    parser.add_argument("--target", type=Path, help="the zip to write")
    options = parser.parse_args(arguments)
    target = options.target or options.html.parent / f"{DISTRIBUTION}-{version()}-offline.zip"
    try:
        size = pack(options.html, target)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target}: {size / 1e6:.1f} MB. Unpack it and open {DISTRIBUTION}/index.html.")
    if size > LARGEST:
        print(
            f"expected at most {LARGEST / 1e6:.0f} MB: look for what grew in {options.html}", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
