"""Names of dcv in the code of a chapter lead to the package's reference."""

import re

import pytest
from code_links import imported_names, linked
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import Python3Lexer

ADDRESSES = {
    "dcv.ops.relu": "api.html#relu",
    "dcv.ops": "api.html#ops",
    "dcv.models.freeze": "api.html#freeze",
}
NAMES = {"relu": "dcv.ops.relu", "models": "dcv.models", "thing": "dcv.ops.thing"}


def page(code):
    """Return a page with one piece of code, as Sphinx writes it."""
    block = highlight(code, Python3Lexer(), HtmlFormatter())
    return f'<p>relu <span class="n">relu</span></p><div class="highlight-ipython3 notranslate">{block}</div>'


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("relu(x) + relu(y)", ["#relu"] * 2),
        ("models.freeze(base, 4)", ["#freeze"]),
        ("models.thaw(base)", []),
        ("base.relu(x)", []),
        ("layer(relu=3)", []),
        ("thing(x)", []),
        ("relu_again(x)", []),
        ("'relu(x)'  # relu", []),
    ],
)
def test_links(code, expected):
    html = linked(page(code), NAMES, ADDRESSES)
    assert [part.split('"')[0] for part in html.split('href="api.html')[1:]] == expected
    assert html.count('tabindex="-1"') == len(expected)


def test_nothing_but_links_is_added():
    html = linked(page("relu(models.freeze(x))"), NAMES, ADDRESSES)
    assert re.sub(r"<a class=[^>]*>|</a>", "", html) == page("relu(models.freeze(x))")


def test_imports_are_where_the_keyboard_stops():
    html = linked(page("from dcv.ops import relu\n"), NAMES, ADDRESSES)
    assert html.count("code-link") == 1
    assert "tabindex" not in html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "from dcv.ops import conv2d as convolve, relu",
            {"convolve": "dcv.ops.conv2d", "relu": "dcv.ops.relu"},
        ),
        ("from dcv import models", {"models": "dcv.models"}),
        ("from numpy import array\nimport dcv_grader", {}),
        ("%pip install dcv\nfrom dcv import ops", {}),
    ],
)
def test_imported_names(source, expected):
    assert imported_names([source]) == expected
