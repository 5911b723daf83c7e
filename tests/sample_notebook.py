"""A small chapter that satisfies every rule, for tests to run, to build and to break."""

from execute import tidy
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from repository import badge, setup_cell

ADDRESS = "https://github.com/someone/a-course"
RELEASE = "1.2.3"
PATH = "book/01_sample.ipynb"

# One white pixel.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAHnI5XQAAAABJRU5ErkJggg=="

OPENING = f"""# Count the windows

{badge(ADDRESS, PATH)}

A kernel slides over an image. This chapter counts where it fits.

## What you will learn

- to count windows

**Time:** about 40 minutes.  **You need:** to count."""

SECTION = """## How often is a pixel seen?

> **Predict:** How many windows of width $k=3$ cover the [first](https://example.org/first) pixel?"""

QUIZ = """> **Check yourself:** How many windows fit?

<details><summary>5</summary>

No: the last two would leave the image.

</details>

<details><summary>3</summary>

Right, they start at 0, 1 and 2.

</details>"""

CLOSING = """## Summary

- Windows are counted.
- Corners are seen least.
- Padding softens this.

Now practise: the [exercises](exercises/01_sample.ipynb).

## Further reading

[A guide](https://example.org/guide) found 12.5 % more."""


def sample_notebook():
    """Return the sample as if `make execute` had just run it."""
    picture = {"image/png": PNG, "text/plain": "<Figure size 640x480 with 1 Axes>"}
    alt = "A white square on a white ground, one pixel wide."
    notebook = new_notebook(
        cells=[
            new_markdown_cell(OPENING, id="opening"),
            new_code_cell(
                setup_cell(ADDRESS, RELEASE), id="setup", execution_count=1, metadata={"tags": ["setup"]}
            ),
            new_markdown_cell(SECTION, id="section"),
            new_code_cell(
                "5 - 3 + 1",
                id="number",
                execution_count=2,
                outputs=[new_output("execute_result", {"text/plain": "3"}, execution_count=2)],
            ),
            new_code_cell(
                "from IPython.display import Image\n\ndisplay(Image(data=b''))",
                id="picture",
                execution_count=3,
                metadata={"mystnb": {"image": {"alt": alt}, "figure": {"caption": "One pixel."}}},
                outputs=[new_output("display_data", picture)],
            ),
            new_markdown_cell(QUIZ, id="quiz"),
            new_markdown_cell(CLOSING, id="closing"),
        ]
    )
    tidy(notebook)
    return notebook


def cell_named(notebook, name):
    """Return the cell with this id."""
    return next(cell for cell in notebook.cells if cell.id == name)
