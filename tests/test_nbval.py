"""`pytest --nbval book` notices what it should: proved on small notebooks, with and without their data."""

import os
import re
import subprocess
import sys

import nbformat
import pytest
from execute import run_notebook
from nbformat.v4 import new_code_cell, new_notebook
from repository import ROOT

# Stand in for the real package, so that CIFAR-10 and MobileNet can be there or not as a test wishes.
PRETENDED_DCV = {
    "data": """
import os

class DataUnavailableError(Exception):
    pass

def load_cifar10():
    if "cifar10" not in os.environ["PRETEND"]:
        raise DataUnavailableError("pretended")
""",
    "mobilenet_files": """
import os

FILES = ["weights"]

class WeightsUnavailableError(Exception):
    pass

def obtain(name):
    if "mobilenet" not in os.environ["PRETEND"]:
        raise WeightsUnavailableError("pretended")
""",
}

WIDGET = """\
import ipywidgets

class Panel(ipywidgets.VBox):
    def _repr_mimebundle_(self, **options):
        data = super()._repr_mimebundle_(**options)
        return {**data, "image/png": PICTURE}

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAHnI5XQAAAABJRU5ErkJggg=="
Panel([ipywidgets.IntSlider(description="stride")])"""


@pytest.fixture
def book(tmp_path):
    """A folder with the book's conftest.py and a package `dcv` that pretends."""
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "conftest.py").write_bytes((ROOT / "book" / "conftest.py").read_bytes())
    (tmp_path / "dcv").mkdir()
    (tmp_path / "dcv" / "__init__.py").touch()
    for name, source in PRETENDED_DCV.items():
        (tmp_path / "dcv" / f"{name}.py").write_text(source)
    return folder


def write(folder, *cells):
    """Run cells, given as (source, tags), and store the notebook; return it for a test to change."""
    notebook = new_notebook(
        cells=[
            new_code_cell(source, id=f"cell-{i}", metadata={"tags": tags})
            for i, (source, tags) in enumerate(cells)
        ]
    )
    run_notebook(notebook, folder)
    nbformat.write(notebook, folder / "sample.ipynb")
    return notebook


def nbval(folder, at_hand):
    """Run the book's command line on a folder."""
    environment = {**os.environ, "PRETEND": at_hand, "PYTHONPATH": str(folder.parent)}
    environment.pop("DCV_OFFLINE", None)
    # With the project's own strictness: warnings are errors there.
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    command += ["--nbval", str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at_hand", "words"),
    [
        ("cifar10 mobilenet", "run with CIFAR-10 and MobileNet"),
        ("cifar10", "tagged 'mobilenet' NOT compared"),
        ("", "tagged 'cifar10' or 'mobilenet' NOT compared"),
    ],
)
def test_unchanged_notebook_passes(book, at_hand, words):
    write(
        book,
        ("import matplotlib.pyplot as plt\n\nfig, ax = plt.subplots()\nax.plot([1, 2]);", []),
        (WIDGET, ["explorer"]),
        ("import os\n\nos.environ['DCV_OFFLINE'], os.environ['TF_CPP_MIN_LOG_LEVEL']", []),
        ("print(1)\nprint(2)", ["cifar10"]),
        ("from time import time\n\ntime()", ["nbval-ignore-output"]),
    )
    answer = nbval(book, at_hand)
    assert answer.returncode == 0, answer.stdout
    assert "5 passed" in answer.stdout
    assert words in answer.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at_hand", "red"),
    [("cifar10 mobilenet", {0, 1, 2, 4}), ("mobilenet", {0, 2, 4}), ("cifar10", {0, 1, 2}), ("", {0, 2})],
)
def test_broken_notebook_goes_red(book, at_hand, red):
    notebook = write(
        book,
        ("5 - 3 + 1", []),
        ("60_000", ["cifar10"]),
        ("1", ["cifar10"]),
        ("'right'", []),
        ("'tabby'", ["mobilenet"]),
        ("0.5", ["cifar10", "mobilenet"]),
    )
    notebook.cells[0].outputs[0].data["text/plain"] = "4"
    notebook.cells[1].outputs[0].data["text/plain"] = "50000"
    notebook.cells[2].source = "1 / 0"
    notebook.cells[4].outputs[0].data["text/plain"] = "'lynx'"
    nbformat.write(notebook, book / "sample.ipynb")
    answer = nbval(book, at_hand)
    assert answer.returncode == 1
    assert {int(i) for i in re.findall(r"(?m)^FAILED sample.ipynb::Cell (\d)", answer.stdout)} == red
    assert "ZeroDivisionError" in answer.stdout
