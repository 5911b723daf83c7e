"""The reference of dcv is complete: it has every module that chapters use, with all that they use of it."""

import importlib
import re

import nbformat
import pytest
from code_links import imported_names
from repository import ROOT, notebook_paths

TEXT = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "book" / "api").glob("*.md")))
MODULES = re.findall(r"automodule:: (\S+)", TEXT)


def test_modules_are_named_once():
    assert MODULES
    assert len(MODULES) == len(set(MODULES))
    assert [f"## {name}" for name in MODULES] == re.findall(r"(?m)^## dcv.*$", TEXT)


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_what_a_chapter_uses_is_in_the_reference(path):
    cells = nbformat.read(path, as_version=4).cells
    names = imported_names(cell.source for cell in cells if cell.cell_type == "code")
    assert names
    for full in names.values():
        module, _, name = full.rpartition(".")
        assert full in MODULES or module in MODULES, full
        if full not in MODULES:
            public = getattr(importlib.import_module(module), "__all__", [name])
            assert name in public, f"{full} is not public, so the reference leaves it out"
