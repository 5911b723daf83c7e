"""Shapes and parameters in the browser are those that Keras reports."""

import itertools

import keras
import pytest
from explorer_pages import compared_enough

from dcv.models import baseline_convnet, layer_table
from dcv.widgets import explore_architecture

NUMBERS = ["filters 1", "filters 2", "filters 3", "kernel size 1", "kernel size 2", "kernel size 3"]


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_architecture())
    yield page
    assert page.errors == []


def number(page, name):
    return int(float(page.control(name).get_attribute("aria-valuenow")))


def option(page, name):
    text = page.control(name).evaluate("(menu) => menu.selectedOptions[0].text")
    return "_".join(text.split())  # the space in it is one that does not break


def keras_model(page):
    """Build what the controls say, with nothing but Keras."""
    layers = keras.layers
    filters, kernel_sizes = (
        [number(page, name) for name in NUMBERS[:3]],
        [number(page, name) for name in NUMBERS[3:]],
    )
    pooled, hidden = number(page, "pooled blocks"), number(page, "hidden units")
    model = keras.Sequential([keras.Input((32, 32, 3))])
    for block in range(3):
        model.add(layers.Conv2D(filters[block], kernel_sizes[block], padding=option(page, "padding")))
        if block < pooled:
            model.add(layers.MaxPooling2D(2))
    heads = {
        "flatten": layers.Flatten,
        "global_average": layers.GlobalAveragePooling2D,
        "global_max": layers.GlobalMaxPooling2D,
    }
    model.add(heads[option(page, "head")]())
    if hidden:
        model.add(layers.Dense(hidden))
    model.add(layers.Dense(10))
    return model


def check(page):
    model, shown = keras_model(page), page.numbers()
    expected = [[list(shape), parameters] for _, shape, parameters in layer_table(model)]
    assert [row[1:] for row in shown["layers"]] == expected
    assert shown["total"] == model.count_params()
    assert f"{model.count_params():,} parameters in all" in page.readout()
    table = page.page.locator(".dcv table").inner_text()
    for shape, parameters in expected:
        assert " × ".join(f"{size:,}" for size in shape) in table
        assert f"{parameters:,}" in table
    page.compared(shown)


def test_starts_with_the_baseline(page):
    names = [row[0] for row in page.numbers()["layers"]]
    assert names == [name for name, _, _ in layer_table(baseline_convnet())]
    check(page)


# 2 · 3 · 4 states, each with other filters and kernels.
@pytest.mark.parametrize(
    ("padding", "head", "pooled"), list(itertools.product(("valid", "same"), (0, 1, 2), range(4))), ids=str
)
def test_every_combination_of_padding_head_and_pooling(page, padding, head, pooled):
    page.choose("padding", padding)
    page.choose_number("head", head)
    page.press("pooled blocks", "Home", *["ArrowRight"] * pooled)
    for place, name in enumerate(NUMBERS):
        share = (0.37 * (place + 1) * (pooled + 2) + 0.19 * head) % 1
        # With valid padding and pooling everywhere, large kernels would not fit.
        page.drag(name, share if place < 3 or padding == "same" else 0.45 * share)
    page.drag("hidden units", (0.29 * (pooled + head)) % 1)
    check(page)


@pytest.mark.parametrize("name", [*NUMBERS, "hidden units", "pooled blocks"])
def test_ends_of_every_slider(page, name):
    page.choose("padding", "same")
    for key in ("Home", "End"):
        page.press(name, key)
        check(page)


def test_no_hidden_layer(page):
    page.press("hidden units", "Home")
    assert "hidden" not in [row[0] for row in page.numbers()["layers"]]
    check(page)


def test_kernel_that_does_not_fit_is_explained(open_explorer):
    page = open_explorer(explore_architecture((12, 12, 1), 2, kernel_sizes=(3, 3, 1)))
    page.press("kernel size 2", "End")
    assert "cannot be built" in page.readout()
    assert "conv2: a 7 × 7 kernel does not fit into maps of 5 × 5" in page.readout()
    assert page.numbers()["total"] is None
    page.press("kernel size 2", "Home")
    page.press("kernel size 3", "Home")
    page.press("pooled blocks", "End")
    assert page.numbers()["total"] is not None
    assert page.errors == []


def test_enough_states():
    compared_enough("architecture")
