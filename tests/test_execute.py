"""`make execute` stores what a run gives and nothing else, and never half a notebook."""

import io
import sys

import execute
import nbformat
import numpy as np
import pytest
from execute import run_notebook, write_notebook
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from dcv.data import sample_image

PICTURE = """\
%matplotlib inline
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(1, 1))
ax.plot([1, 2]);"""


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Undo after each test what `main` sets for the whole process."""
    for name, value in execute.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def notebook_of(*sources):
    cells = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    cells[0].metadata["tags"] = ["hide-input"]
    return new_notebook(cells=cells)


@pytest.mark.slow
def test_second_run_changes_nothing(tmp_path):
    path = tmp_path / "sample.ipynb"
    widget = "import ipywidgets\n\nipywidgets.IntSlider(description='stride')"
    texts = []
    notebook = notebook_of("print(1)\nprint(2)\n{'b', 'a', 'c'}", PICTURE, widget)
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    notebook.cells[0].metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00"}
    nbformat.write(notebook, path)
    for _ in range(2):
        notebook = nbformat.read(path, as_version=4)
        run_notebook(notebook, tmp_path)
        write_notebook(notebook, path)
        texts.append(path.read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert texts[0].endswith("}\n")
    first, picture, slider = notebook.cells
    assert [cell.id for cell in notebook.cells] == ["cell-0", "cell-1", "cell-2"]
    assert first.metadata == {"tags": ["hide-input"]}
    assert [output.output_type for output in first.outputs] == ["stream", "execute_result"]
    assert first.outputs[0].text == "1\n2\n"
    assert set(picture.outputs[0].data) == {"image/png", "text/plain"}
    assert set(slider.outputs[0].data) == {"text/plain"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@pytest.mark.slow
def test_kernel_gets_the_quiet_environment(tmp_path):
    notebook = notebook_of(f"import os\n[os.environ[name] for name in {sorted(execute.ENVIRONMENT)}]")
    run_notebook(notebook, tmp_path)
    assert notebook.cells[0].outputs[0].data["text/plain"] == "['1', '0', '3']"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import warnings\n\nwarnings.warn('an old name')", "expected nothing on stderr, but cell cell-0"),
        ("import time\n\ntime.sleep(60)", "timed out"),
    ],
)
def test_failing_notebook_is_left_as_it_was(tmp_path, monkeypatch, capsys, source, message):
    monkeypatch.setattr(execute, "require_cifar10", lambda: None)
    path = tmp_path / "sample.ipynb"
    nbformat.write(notebook_of(source), path)
    before = path.read_bytes()
    assert execute.main([str(path), "--timeout", "3"]) == 1
    assert message in capsys.readouterr().err
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["sample.ipynb"]


def test_error_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "sample.ipynb"
    path.write_text("old")

    def fail(source, target):
        raise OSError("disk full")

    monkeypatch.setattr(execute.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_notebook(notebook_of("1"), path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["sample.ipynb"]


def test_refuses_without_cifar10(monkeypatch):
    class DataUnavailableError(Exception):
        pass

    def load_cifar10():
        raise DataUnavailableError("no source works")

    pretended = type(sys)("dcv.data")
    pretended.DataUnavailableError, pretended.load_cifar10 = DataUnavailableError, load_cifar10
    monkeypatch.setitem(sys.modules, "dcv.data", pretended)
    with pytest.raises(SystemExit, match=r"stored outputs always come from CIFAR-10(.|\n)*no source works"):
        execute.main(["absent.ipynb"])


def png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "png")
    return file.getvalue()


def test_pictures_are_stored_smaller_and_look_the_same():
    shades = np.random.default_rng(0).integers(256, size=(100, 100), dtype=np.uint8)
    chart = np.dstack([shades, shades, shades, np.full_like(shades, 255)])  # grey, stored as RGBA
    stored = execute.compact(png(chart))
    assert len(stored) < len(png(chart))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(stored)).convert("RGB")), chart[..., :3])


def test_colour_photographs_keep_their_colours():
    photograph = sample_image("chelsea", size=64)
    stored = np.asarray(Image.open(io.BytesIO(execute.compact(png(photograph)))).convert("RGB"))
    assert np.array_equal(stored, photograph)
