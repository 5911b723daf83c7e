"""A small sound source of exercises, about a function and about a value, which tests break on purpose."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def statement(name, title):
    details = {"minutes": 5, "difficulty": "easy"}
    return new_markdown_cell(
        f"### {title}\n\nWrite it.\n\n<details>\n<summary>Hint</summary>\n\nThink.\n\n</details>",
        metadata={"tags": [f"ex:{name}", "statement"], "dcv": details},
    )


def code(name, role, source, **details):
    return new_code_cell(source, metadata={"tags": [f"ex:{name}", role], "dcv": details})


def source_notebook():
    """Return a notebook that `read_assignment` accepts and `verify` finds nothing wrong with."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Exercises: a sample\n\nTwo of them."),
            new_code_cell("import numpy as np"),
            statement("double", "Double it"),
            code("double", "starter", 'def double(x):\n    """Return 2 x."""\n    raise NotImplementedError'),
            code("double", "solution", 'def double(x):\n    """Return 2 x."""\n    return x + x'),
            code(
                "double",
                "test",
                'def test_three(double):\n    """Three."""\n    expect_equal(double(3), 6)',
                points=1,
            ),
            code(
                "double",
                "hidden",
                "def test_any(double, rng):\n    for number in rng.integers(3, 90, 5).tolist():\n"
                "        expect_equal(double(number), 2 * number)",
                points=2,
            ),
            code("double", "wrong", "def double(x):\n    return x * x", diagnosis="That is the square."),
            code("double", "wrong", "def double(x):\n    return x", diagnosis="Nothing happens to x."),
            statement("kernel", "Find edges"),
            code("kernel", "starter", "kernel = ..."),
            code("kernel", "solution", "kernel = np.array([[-1.0, 0.0, 1.0]])"),
            code(
                "kernel",
                "test",
                "def test_sum(kernel):\n    expect_array(kernel, shape=(1, 3))\n"
                "    expect_close(kernel.sum(axis=1), [0])",
                points=1,
            ),
            code(
                "kernel",
                "hidden",
                "def test_ramp(kernel, rng):\n    slope = rng.uniform(1, 2)\n"
                "    expect_close((kernel[0] * slope * np.arange(3)).sum(), 2 * slope)",
                points=1.5,
            ),
            code("kernel", "wrong", "kernel = np.array([[1.0, 1.0, 1.0]])", diagnosis="This one blurs."),
            code("kernel", "wrong", "kernel = np.array([-1.0, 0.0, 1.0])", diagnosis="It needs two axes."),
        ]
    )


def cell_of(notebook, name, role, number=0):
    """Return one cell of an exercise."""
    return [cell for cell in notebook.cells if cell.metadata.get("tags") == [f"ex:{name}", role]][number]


def write(notebook, path):
    nbformat.write(notebook, path)
    return path
