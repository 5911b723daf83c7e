"""Every chapter satisfies the rules of `notebook_checks`, and every rule is able to fail."""

import copy
import sys

import nbformat
import notebook_checks
import pytest
from nbformat.v4 import new_output
from notebook_checks import CHECKS, check_badge, check_setup_cell
from repository import ROOT, notebook_paths, stored_address, version
from sample_notebook import ADDRESS, PATH, PNG, RELEASE, cell_named, sample_notebook

CHAPTERS = notebook_paths()


def read(path):
    return nbformat.read(path, as_version=4)


def test_there_are_chapters():
    assert CHAPTERS, "expected notebooks in book/, found none"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path, check):
    assert check(read(path)) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_as_a_file(path):
    text = path.read_text(encoding="utf-8")
    size = path.stat().st_size - notebook_checks.front_end_bytes(read(path))
    assert size < notebook_checks.MAXIMUM_BYTES
    # One way of writing the JSON, so that a diff shows only what changed.
    assert text == nbformat.writes(read(path)) + "\n", "run `make execute` or `make repository`"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_agrees_with_the_repository(path):
    notebook = read(path)
    place = path.relative_to(ROOT).as_posix()
    assert check_badge(notebook, stored_address(), place) == []
    assert check_setup_cell(notebook, stored_address(), version()) == []


def test_titles_differ():
    titles = [read(path).cells[0].source.splitlines()[0] for path in CHAPTERS]
    assert len(titles) == len(set(titles))


def test_chapter_10_goes_on_without_the_face_detector(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mtcnn", None)  # importing it fails, as where it is not installed
    notebook = read(ROOT / "book" / "10_object_detection.ipynb")
    imports = next(cell for cell in notebook.cells if cell.source.startswith("import keras"))
    section = [cell for cell in notebook.cells if "mtcnn" in cell.metadata.get("tags", [])]
    assert len(section) > 3
    variables = {}
    for cell in [imports, *section]:
        exec(cell.source, variables)
    assert "pip install" in capsys.readouterr().out
    assert variables["stages"] == variables["left_over"] == []


# From here on: the checks themselves.


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_sample_is_sound(check):
    assert check(sample_notebook()) == []


def test_the_sample_agrees_with_its_repository():
    assert check_badge(sample_notebook(), ADDRESS, PATH) == []
    assert check_setup_cell(sample_notebook(), ADDRESS, RELEASE) == []


def replace(name, before, after):
    """Return a change that replaces text in the source of one cell."""

    def change(notebook):
        cell = cell_named(notebook, name)
        assert before in cell.source
        cell.source = cell.source.replace(before, after)

    return change


def append(name, text):
    """Return a change that adds a paragraph to one cell."""

    def change(notebook):
        cell = cell_named(notebook, name)
        cell.source += f"\n\n{text}"

    return change


def set_metadata(name, **metadata):
    def change(notebook):
        cell_named(notebook, name).metadata.update(nbformat.from_dict(metadata))

    return change


def set_alt(alt):
    return set_metadata("picture", mystnb={"image": {"alt": alt}})


def add_output(cell_id, *arguments, **fields):
    def change(notebook):
        cell_named(notebook, cell_id).outputs.append(new_output(*arguments, **fields))

    return change


def set_count(notebook):
    cell_named(notebook, "number").execution_count = None


def set_timestamps(notebook):
    notebook.metadata["widgets"] = {}


def add_widget(notebook):
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    add_output("number", "display_data", view)(notebook)


def name_model(notebook):
    state = {"state": {"8c1f": {"state": {}}}}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}


def set_old_format(notebook):
    notebook.nbformat_minor = 4


def repeat_id(notebook):
    cell_named(notebook, "number").id = "picture"


def repeat_picture(notebook):
    cell = copy.deepcopy(cell_named(notebook, "picture"))
    cell.id, cell.execution_count = "again", 4
    notebook.cells.append(cell)


BREAKAGES = {
    "widget state": ("check_format", set_timestamps),
    "old format": ("check_format", set_old_format),
    "id used twice": ("check_format", repeat_id),
    "time of execution": ("check_format", set_metadata("number", execution={"iopub.status.busy": "2026"})),
    "cell not run": ("check_outputs", set_count),
    "error": ("check_outputs", add_output("number", "error", ename="ValueError", evalue="no", traceback=[])),
    "stderr": ("check_outputs", add_output("number", "stream", name="stderr", text="a warning")),
    "memory address": (
        "check_outputs",
        add_output("number", "stream", name="stdout", text="<object at 0x7f0123456789>"),
    ),
    "widget not stored": ("check_widgets", add_widget),
    "random name of a widget": ("check_widgets", name_model),
    "unknown tag": ("check_tags", set_metadata("number", tags=["hide_input"])),
    "skipped cell": ("check_tags", set_metadata("number", tags=["nbval-skip"])),
    "allowed error": ("check_tags", set_metadata("number", tags=["raises-exception"])),
    "tagged text": ("check_tags", set_metadata("section", tags=["hide-input"])),
    "comment instead of a tag": ("check_tags", append("number", "# NBVAL_IGNORE_OUTPUT")),
    "explorer without a picture": ("check_tags", set_metadata("number", tags=["explorer"])),
    "no alt text": ("check_alt_text", set_metadata("picture", mystnb={})),
    "short alt text": ("check_alt_text", set_alt("A square.")),
    "long alt text": ("check_alt_text", set_alt("A square. " * 41)),
    "alt text that says image": ("check_alt_text", set_alt("An image of a white square, one pixel wide.")),
    "alt text used twice": ("check_alt_text", repeat_picture),
    "two pictures": ("check_alt_text", add_output("picture", "display_data", {"image/png": PNG})),
    "alt text without a picture": (
        "check_alt_text",
        set_metadata("number", mystnb={"image": {"alt": "A white square on a white ground."}}),
    ),
    "image without alt text": ("check_alt_text", append("section", "![](assets/window.svg)")),
    "img without alt text": ("check_alt_text", append("section", '<img src="assets/window.svg" alt="">')),
    "long cell": ("check_cell_sizes", append("number", "x = 1\n" * 15)),
    "wide cell": ("check_cell_sizes", append("number", "x = " + "1 + " * 25 + "1")),
    "empty cell": ("check_cell_sizes", replace("number", "5 - 3 + 1", "")),
    "directive": ("check_plain_markdown", append("section", "```{note}\nHm.\n```")),
    "colon fence": ("check_plain_markdown", append("section", ":::{note}\nHm.\n:::")),
    "role": ("check_plain_markdown", append("section", "See {ref}`windows`.")),
    "target": ("check_plain_markdown", append("section", "(windows)=\n### Windows")),
    "no blank line after the summary": (
        "check_details",
        replace("quiz", "</summary>\n\nNo", "</summary>\nNo"),
    ),
    "no blank line before the end": ("check_details", replace("quiz", "image.\n\n", "image.\n")),
    "no feedback": ("check_details", replace("quiz", "No: the last two would leave the image.\n\n", "")),
    "unclosed details": ("check_details", append("quiz", "<details><summary>7</summary>\n\nNo.")),
    "no title": ("check_headings", replace("opening", "# Count", "Count")),
    "two titles": ("check_headings", append("section", "# Another")),
    "level skipped": ("check_headings", append("section", "#### Deep")),
    "misspelt label": ("check_labels", replace("section", "Predict", "Perdict")),
    "exercise without a number": ("check_labels", append("section", "> **Exercise:** count.")),
    "home folder": ("check_paths", append("number", 'path = "/home/me/cifar10.npz"')),
    "temporary folder in an output": (
        "check_paths",
        add_output("number", "stream", name="stdout", text="saved to /tmp/x.png"),
    ),
    "percentage without a source": (
        "check_percentages",
        append("section", "We reach 67.5 % in a test."),
    ),
    "no promise": ("check_anatomy", replace("opening", "What you will learn", "Contents")),
    "no minutes": ("check_anatomy", replace("opening", "40 minutes", "a while")),
    "nothing to predict": ("check_anatomy", replace("section", "Predict", "Note")),
    "no quiz": ("check_anatomy", replace("quiz", "Check yourself", "Note")),
    "quiz of one option": ("check_anatomy", replace("quiz", "<details><summary>5</summary>", "")),
    "quiz without a right answer": ("check_anatomy", replace("quiz", "Right,", "Yes,")),
    "quiz with two right answers": ("check_anatomy", replace("quiz", "No:", "Right:")),
    "no exercises": ("check_anatomy", replace("closing", "](exercises/", "](elsewhere/")),
    "nothing needed": ("check_anatomy", replace("opening", "**You need:**", "")),
    "summary of two": ("check_anatomy", replace("closing", "- Padding softens this.\n", "")),
    "no summary": ("check_anatomy", replace("closing", "## Summary", "## Afterword")),
    "no further reading": ("check_anatomy", replace("closing", "## Further reading", "## Thanks")),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_check_goes_red(name):
    check_name, change = BREAKAGES[name]
    notebook = sample_notebook()
    change(notebook)
    assert getattr(notebook_checks, check_name)(notebook) != []


def test_every_check_has_a_breakage():
    assert {name for name, _ in BREAKAGES.values()} == {check.__name__ for check in CHECKS}


@pytest.mark.parametrize(
    "change",
    [
        replace("setup", "1.2.3", "1.2.4"),
        replace("setup", "someone", "someone-else"),
        set_metadata("setup", tags=[]),
        set_metadata("number", tags=["setup"]),
    ],
)
def test_setup_cell_goes_red(change):
    notebook = sample_notebook()
    change(notebook)
    assert check_setup_cell(notebook, ADDRESS, RELEASE) != []


@pytest.mark.parametrize(
    "change",
    [
        replace("opening", "someone/a-course", "someone/another"),
        replace("opening", "01_sample", "02_sample"),
        replace("opening", ")\n\nA kernel", ") A kernel"),
        append("closing", "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](x)"),
    ],
)
def test_badge_goes_red(change):
    notebook = sample_notebook()
    change(notebook)
    assert check_badge(notebook, ADDRESS, PATH) != []


def test_imports_do_not_count():
    notebook = sample_notebook()
    names = "".join(f"    name_{i},\n" for i in range(20))
    append("number", f"from package import (\n{names})\n")(notebook)
    assert notebook_checks.check_cell_sizes(notebook) == []


def test_solution_of_code_alone_is_a_body():
    notebook = sample_notebook()
    text = "<details>\n<summary>Solution</summary>\n\n```python\n1 / 2\n```\n\n</details>"
    append("section", text)(notebook)
    assert notebook_checks.check_details(notebook) == []


@pytest.mark.parametrize(
    "text",
    [
        "In 2 of 3 windows, see [the table](https://example.org): 66.7 %.",
        "Krizhevsky (2009) counts 10 % of each class.",
        "```python\nrate = 5 % 3\n```",
    ],
)
def test_percentage_with_a_source_passes(text):
    notebook = sample_notebook()
    append("section", text)(notebook)
    assert notebook_checks.check_percentages(notebook) == []
