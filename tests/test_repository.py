"""The repository's address stands in one place, and everything else agrees with it."""

import importlib.metadata
import re
import shutil
import subprocess

import nbformat
import pytest
import repository
from IPython.core.interactiveshell import InteractiveShell
from notebook_checks import CHECKS, check_badge, check_setup_cell
from repository import ROOT, normalise, notebook_paths, origin_address, setup_cell, stored_address, version
from sample_notebook import sample_notebook
from traitlets.config import Config

import dcv

OTHER = "https://github.com/Some-One/my-course"


@pytest.fixture
def tree(tmp_path):
    """A copy of everything that the tool may change, with one more notebook that is out of step."""
    for pattern in (*repository.TEXTS, "book/*.ipynb"):
        for path in ROOT.glob(pattern):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, copy)
    nbformat.write(sample_notebook(), tmp_path / "book" / "99_sample.ipynb")
    return tmp_path


def texts(root):
    return {
        path.relative_to(root): path.read_text(encoding="utf-8")
        for pattern in (*repository.TEXTS, "book/*.ipynb")
        for path in root.glob(pattern)
    }


def test_all_files_agree():
    changed = [
        path.relative_to(ROOT).as_posix()
        for path, text in repository.updated_texts(ROOT, stored_address()).items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert changed == [], "run `python tools/repository.py --keep`"


@pytest.mark.parametrize("name", ["_config.yml", "CITATION.cff", "README.md", "pyproject.toml"])
def test_address_stands_in(name):
    assert stored_address() in (ROOT / name).read_text(encoding="utf-8")


def test_address_is_written_in_its_usual_form():
    assert normalise(stored_address()) == stored_address()


def test_package_knows_its_version():
    assert dcv.__version__ == importlib.metadata.version("deep-computer-vision")
    with pytest.raises(AttributeError, match="no attribute 'versions'"):
        dcv.versions  # noqa: B018


def test_release_agrees():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"(?m)^version: (\S+)$", citation).group(1) == version()


def test_moving_changes_everything(tree):
    old = stored_address(tree)
    changed = {path.relative_to(tree).as_posix() for path in repository.update(tree, OTHER)}
    assert {"_config.yml", "CITATION.cff", "README.md", "pyproject.toml", "book/99_sample.ipynb"} <= changed
    assert stored_address(tree) == OTHER
    for path, text in texts(tree).items():
        assert old.removeprefix("https://github.com/").lower() not in text.lower(), path
    for path in notebook_paths(tree):
        notebook = nbformat.read(path, as_version=4)
        assert check_badge(notebook, OTHER, path.relative_to(tree).as_posix()) == []
        assert check_setup_cell(notebook, OTHER, version(tree)) == []


def test_moved_notebook_keeps_the_rules(tree):
    repository.update(tree, OTHER)
    notebook = nbformat.read(tree / "book" / "99_sample.ipynb", as_version=4)
    assert [problem for check in CHECKS for problem in check(notebook)] == []


def test_twice_is_once(tree):
    repository.update(tree, OTHER)
    before = texts(tree)
    assert repository.update(tree, OTHER) == []
    assert texts(tree) == before


def test_there_and_back_is_nothing(tree):
    home = stored_address(tree)
    repository.update(tree, home)
    before = texts(tree)
    repository.update(tree, OTHER)
    repository.update(tree, home)
    assert texts(tree) == before


def test_stray_address_is_repaired(tree):
    config = tree / "_config.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(stored_address(tree), "https://github.com/a/stray"), encoding="utf-8")
    assert config in repository.update(tree, stored_address(tree))
    assert config.read_text(encoding="utf-8") == text


def test_longer_names_are_left_alone(tree):
    home = stored_address(tree)
    (tree / "NEIGHBOURS.md").write_text(f"{home}-solutions {home}/issues {home}. {home}")
    repository.update(tree, OTHER)
    assert (tree / "NEIGHBOURS.md").read_text() == f"{home}-solutions {OTHER}/issues {OTHER}. {OTHER}"


def test_badge_is_added_below_the_title(tree):
    path = tree / "book" / "99_sample.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "# A title\n\nText."
    nbformat.write(notebook, path)
    repository.update(tree, OTHER)
    source = nbformat.read(path, as_version=4).cells[0].source
    assert source == f"# A title\n\n{repository.badge(OTHER, 'book/99_sample.ipynb')}\n\nText."


@pytest.mark.parametrize("spoil", ["no setup cell", "no title"])
def test_error_changes_nothing(tree, spoil):
    path = tree / "book" / "99_sample.ipynb"
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[1 if spoil == "no setup cell" else 0]
    nbformat.write(notebook, path)
    before = texts(tree)
    with pytest.raises(ValueError, match=r"book/99_sample.ipynb: expected"):
        repository.update(tree, OTHER)
    assert texts(tree) == before


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/Some-One/my-course",
        "https://github.com/Some-One/my-course.git",
        "https://github.com/Some-One/my-course/\n",
        "https://someone@github.com/Some-One/my-course.git",
        "git@github.com:Some-One/my-course.git",
        "ssh://git@github.com/Some-One/my-course.git",
    ],
)
def test_spellings(url):
    assert normalise(url) == OTHER


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/my-course.git",
        "http://github.com/someone/my-course",
        "https://gitlab.com/someone/my-course",
        "https://github.com/someone",
        "https://github.com/someone/my-course/tree/main",
    ],
)
def test_other_addresses_are_refused(url):
    with pytest.raises(ValueError, match="expected the address of a repository on GitHub"):
        normalise(url)


def test_origin(tmp_path):
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    with pytest.raises(ValueError, match="git remote called origin, got neither"):
        origin_address(tmp_path)
    remote = "git@github.com:Some-One/my-course.git"
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", remote], check=True)
    assert origin_address(tmp_path) == OTHER


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ({"dcv", "tensorflow"}, []),
        ({"dcv"}, []),
        ({"tensorflow"}, ["deep-computer-vision"]),
        (set(), ["deep-computer-vision[tensorflow]"]),
    ],
)
def test_setup_cell_installs_only_what_is_missing(monkeypatch, installed, expected):
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    lines = []
    shell.register_magic_function(lines.append, magic_name="pip")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name in installed or None)
    shell.run_cell(setup_cell(OTHER, "1.2.3")).raise_error()
    archive = "https://github.com/Some-One/my-course/archive/refs/tags/v1.2.3.tar.gz"
    assert lines == [f'install -q "{name} @ {archive}"' for name in expected]
