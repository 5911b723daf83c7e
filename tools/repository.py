"""Write the repository's address into every file that needs it.

The address is stored once, as ``Repository`` under ``[project.urls]`` in pyproject.toml, and the release
as ``version`` beside it. Everything else is derived from these two: the Colab badges, the set-up cells, the
links in README.md and the other pages, and the fields of _config.yml and CITATION.cff.

    python tools/repository.py                                  # take the address of git's origin
    python tools/repository.py https://github.com/OWNER/REPO    # move to another address
    python tools/repository.py --keep                           # repair files that have gone out of step
"""

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
BRANCH = "main"
DISTRIBUTION = "deep-computer-vision"

BADGE_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
BADGE_PATTERN = re.compile(rf"\[!\[[^\]]*\]\({re.escape(BADGE_IMAGE)}\)\]\([^)]*\)")

# Fields that hold the bare address: the text before it, up to what ends it.
FIELDS = {
    "pyproject.toml": re.compile(r'(?m)^(Repository = ")[^"]*(?=")'),
    "_config.yml": re.compile(r"(?m)^(repository:\n(?:[ ]+[^\n]*\n)*?[ ]+url:[ ]*)\S+"),
    "CITATION.cff": re.compile(r'(?m)^(repository-code:[ ]*["\']?)[^"\'\s]+'),
}
# Files whose prose may link to the repository. Patterns are relative to the root.
TEXTS = ("pyproject.toml", "_config.yml", "CITATION.cff", "*.md", "book/*.md", "book/*.bib")


def normalise(url):
    """Return the address as ``https://github.com/OWNER/REPO``.

    Parameters
    ----------
    url : str
        What git or a browser shows: https with or without ``.git``, or one of the two ssh spellings.

    Raises
    ------
    ValueError
        If this is no repository on github.com, the only host that Colab opens notebooks from by address.

    Examples
    --------
    >>> normalise("git@github.com:someone/a-course.git")
    'https://github.com/someone/a-course'
    """
    pattern = (
        r"(?:https://(?:[^@/\s]+@)?github\.com/|git@github\.com:|ssh://git@github\.com/)"
        r"([A-Za-z0-9-]+)/([A-Za-z0-9._-]+?)(?:\.git)?/?"
    )
    match = re.fullmatch(pattern, url.strip())
    if match is None:
        raise ValueError(
            f"expected the address of a repository on GitHub, got {url!r}: "
            "pass it as URL=https://github.com/OWNER/REPO"
        )
    owner, name = match.groups()
    return f"https://github.com/{owner}/{name}"


def origin_address(root=ROOT):
    """Return the address of git's remote ``origin``.

    Raises
    ------
    ValueError
        If there is no such remote, or if it is not on GitHub.
    """
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise ValueError(
            "expected an address or a git remote called origin, got neither: "
            "pass the address as URL=https://github.com/OWNER/REPO"
        )
    return normalise(answer.stdout)


def stored_address(root=ROOT):
    """Return the address that pyproject.toml holds, the one that all other files must agree with."""
    return _project(root)["urls"]["Repository"]


def version(root=ROOT):
    """Return the release that set-up cells install, for example ``0.1.0``."""
    return _project(root)["version"]


def book_address(address):
    """Return where GitHub Pages shows the book of this repository.

    Examples
    --------
    >>> book_address("https://github.com/Someone/a-course")
    'https://someone.github.io/a-course'
    """
    owner, name = _owner_and_name(address)
    return f"https://{owner.lower()}.github.io/{name}"


def colab_address(address, path):
    """Return the address that opens a notebook in Colab.

    Parameters
    ----------
    address : str
        The repository, ``https://github.com/OWNER/REPO``.
    path : str
        The notebook's path in the repository, with forward slashes.

    Examples
    --------
    >>> colab_address("https://github.com/someone/a-course", "book/01_image_data.ipynb")
    'https://colab.research.google.com/github/someone/a-course/blob/main/book/01_image_data.ipynb'
    """
    owner, name = _owner_and_name(address)
    return f"https://colab.research.google.com/github/{owner}/{name}/blob/{BRANCH}/{path}"


def badge(address, path):
    """Return the Markdown of the badge that opens a notebook in Colab; parameters as `colab_address`."""
    return f"[![Open in Colab]({BADGE_IMAGE})]({colab_address(address, path)})"


def setup_cell(address, release):
    """Return the source of the cell that installs ``dcv`` where it is missing.

    Colab has no ``dcv``, but a TensorFlow of its own, which must stay as it is: the package's plain
    requirements are met there already. TensorFlow is asked for only where there is none.

    Parameters
    ----------
    address : str
        The repository, ``https://github.com/OWNER/REPO``.
    release : str
        The version to install; the repository has a tag of this name with a ``v`` before it.
    """
    archive = f"{address}/archive/refs/tags/v{release}.tar.gz"
    return "\n".join(
        [
            "# Set-up: where dcv, the course's own package, is missing (as in Colab), install it.",
            "from importlib.util import find_spec",
            "",
            'if find_spec("dcv") is None:',
            '    extra = "" if find_spec("tensorflow") else "[tensorflow]"',
            f'    %pip install -q "{DISTRIBUTION}{{extra}} @ {archive}"',
        ]
    )


def notebook_paths(root=ROOT):
    """Return the notebooks of the book: the chapters in order, then the appendix."""
    return sorted((Path(root) / "book").glob("*.ipynb"))


def chapter_paths(root=ROOT):
    """Return the chapters' notebooks, which have exercises, in order."""
    return [path for path in notebook_paths(root) if path.name[0].isdigit()]


def updated_notebook(text, path, address, release):
    """Return a notebook's JSON text with the right badge and set-up cell.

    Parameters
    ----------
    text : str
        The file's content.
    path : str
        Its path in the repository, with forward slashes.
    address, release : str
        As in `setup_cell`.

    Raises
    ------
    ValueError
        If the first cell is not Markdown, or if not exactly one cell is tagged ``setup``.
    """
    notebook = nbformat.reads(text, as_version=4)
    if not notebook.cells or notebook.cells[0].cell_type != "markdown":
        raise ValueError(f"{path}: expected a first cell in Markdown that holds the title and the badge")
    first = notebook.cells[0]
    right = badge(address, path)
    if BADGE_PATTERN.search(first.source):
        first.source = BADGE_PATTERN.sub(lambda _: right, first.source)
    else:
        title, _, rest = first.source.partition("\n")
        first.source = f"{title}\n\n{right}\n\n{rest.lstrip()}".rstrip()
    setup_cells = [cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", [])]
    if len(setup_cells) != 1:
        raise ValueError(f"{path}: expected exactly one cell tagged 'setup', got {len(setup_cells)}")
    setup_cells[0].source = setup_cell(address, release)
    return nbformat.writes(notebook) + "\n"


def updated_texts(root, address):
    """Return the new content of every file that mentions the repository, by path; nothing is written.

    Parameters
    ----------
    root : path-like
        The top folder of the repository.
    address : str
        The address that all files are to carry, ``https://github.com/OWNER/REPO``.
    """
    root = Path(root)
    old, release = stored_address(root), version(root)
    spellings = [
        ("/".join(_owner_and_name(old)), "/".join(_owner_and_name(address))),
        (book_address(old).removeprefix("https://"), book_address(address).removeprefix("https://")),
    ]
    texts = {}
    for path in sorted({path for pattern in TEXTS for path in root.glob(pattern)}):
        text = path.read_text(encoding="utf-8")
        for before, after in spellings:
            # Not inside a longer name: someone/course must leave someone/course-2 alone.
            text = re.sub(rf"(?<![\w.-]){re.escape(before)}(?![\w-])", after, text)
        field = FIELDS.get(path.relative_to(root).as_posix())
        if field is not None:
            text = field.sub(lambda match: match.group(1) + address, text)
        texts[path] = text
    for path in notebook_paths(root):
        place = path.relative_to(root).as_posix()
        texts[path] = updated_notebook(path.read_text(encoding="utf-8"), place, address, release)
    return texts


def update(root, address):
    """Write the address into all files and return the paths of those that changed."""
    changed = []
    # All new contents exist before the first file is written: an error leaves the tree as it was.
    for path, text in updated_texts(root, address).items():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def main(arguments=None):
    """Run the command line and return its exit status."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("url", nargs="?", default="", help="the new address (default: that of git's origin)")
    parser.add_argument("--keep", action="store_true", help="keep the stored address, repair all other files")
    options = parser.parse_args(arguments)
    try:
        if options.keep:
            address = stored_address()
        else:
            address = normalise(options.url) if options.url else origin_address()
        changed = update(ROOT, address)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path in changed:
        print(f"changed {path.relative_to(ROOT)}")
    print(f"{address}: {len(changed)} files changed")
    return 0


def _project(root):
    return tomllib.loads((Path(root) / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _owner_and_name(address):
    return address.removeprefix("https://github.com/").split("/")


if __name__ == "__main__":
    sys.exit(main())
