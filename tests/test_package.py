"""The package by itself: its wheel in an empty environment runs a chapter; any system can hold its files."""

import json
import re
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from repository import ROOT
from test_colab import project, uv

CHAPTER = ROOT / "book" / "01_image_data.ipynb"
# IPython comes with ipywidgets; a kernel does not.
RUN_CELLS = """
import json, sys
import matplotlib
matplotlib.use("Agg")
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for source in json.load(open(sys.argv[1], encoding="utf-8")):
    shell.run_cell(source).raise_error()
import dcv
print("dcv is in", dcv.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy, because building leaves folders beside the sources."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    answer = uv("build", "--quiet", "--wheel", "--out-dir", target, source)
    assert answer.returncode == 0, answer.stderr
    (path,) = target.glob("*.whl")
    return path


@pytest.mark.slow
def test_wheel_holds_what_notebooks_need(wheel):
    packed = set(zipfile.ZipFile(wheel).namelist())
    kinds = {".py", ".js", ".css", ".mplstyle", ".npz", ".json", ".h5", ".keras"}
    wanted = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src").rglob("*")
        if path.suffix in kinds and "egg-info" not in path.as_posix()
    }
    assert len(wanted) > 50
    assert wanted - packed == set()


@pytest.mark.slow
def test_empty_environment_runs_a_chapter(wheel, tmp_path):
    environment = tmp_path / "empty"
    uv("venv", "--quiet", "--python", sys.executable, environment)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    # In the versions that we lock, most likely at hand already.
    versions = ["--constraints", ROOT / "requirements.txt"]
    answer = uv("pip", "install", "--quiet", "--python", python, *versions, f"{wheel}[tensorflow]")
    assert answer.returncode == 0, answer.stderr
    cells = [
        cell.source
        for cell in nbformat.read(CHAPTER, as_version=4).cells
        if cell.cell_type == "code" and "setup" not in cell.metadata.get("tags", [])
    ]
    (tmp_path / "cells.json").write_text(json.dumps(cells), encoding="utf-8")
    answer = subprocess.run(
        [python, "-I", "-c", RUN_CELLS, tmp_path / "cells.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    assert f"dcv is in {environment}" in answer.stdout


def awkward(names):
    """Return those names of files that Windows, or a disk that ignores case, cannot hold."""
    reserved = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
    found = []
    for name in names:
        parts = name.split("/")
        if (
            re.search(r'[<>:"\\|?*\x00-\x1f]', name)
            or any(part.endswith((".", " ")) or reserved.fullmatch(part) for part in parts)
            or len(name) > 120
        ):
            found.append(name)
    lower = [name.lower() for name in names]
    return found + [name for name in names if lower.count(name.lower()) > 1]


def test_every_system_can_hold_the_files():
    answer = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        pytest.skip("NOT CHECKED: this is no checkout, so the names of its files are unknown")
    names = answer.stdout.splitlines()
    assert len(names) > 100
    assert awkward(names) == []


@pytest.mark.parametrize(
    "name", ["book/a:b.md", "aux.py", "a/con", "what?.md", "end.", "a" * 121, "README.MD", 'a"b']
)
def test_awkward_name_is_found(name):
    assert name in awkward([name, "README.md", "auxiliary.py", "a/b.md"])


def test_binder_gets_what_the_package_asks_for():
    folder = ROOT / ".binder"
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if not line.startswith("#")]
    assert asked[0] == ".[tensorflow]"
    assert "tensorflow" in project()["optional-dependencies"]
    assert all(Requirement(line) for line in asked[1:])
    version = (folder / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert version in SpecifierSet(project()["requires-python"])
    assert (folder / "postBuild").read_bytes().startswith(b"#!/bin/bash\n")
