"""Maps, responses and receptive fields in the browser are those of the arrays, up to 256 levels."""

import numpy as np
import pytest
from explorer_pages import compared_enough
from explorers import EXPLORERS
from matplotlib import colormaps

from dcv import shapes
from dcv.widgets.sheets import as_levels

CELL = "Cell of the feature map: arrow keys move it"
CHANNEL = "Channel: arrow keys choose another one"
CHAIN = [(3, 1), (2, 2), (3, 1)]
LAYERS = ["conv1", "pool1", "conv2"]


@pytest.fixture(scope="module")
def panel():
    return EXPLORERS["feature_maps"]()


@pytest.fixture(scope="module")
def page(panel, open_explorer):
    page = open_explorer(panel)
    yield page
    assert page.errors == []


def check(page, panel):
    """Compare what is shown with the arrays."""
    shown = page.numbers()
    depth = LAYERS.index(shown["layer"])
    _, maps, largest, _ = panel.picture.layers[depth]
    expected = maps[shown["image"], :, :, shown["channel"]]
    assert shown["largest"] == largest == maps.max()
    found = np.reshape(shown["values"], expected.shape)
    assert np.abs(found - expected).max() <= largest / 510 + 1e-9
    assert np.abs(found - as_levels(expected, largest) * (largest / 255)).max() <= 1e-6
    row, column = shown["row"], shown["column"]
    assert shown["response"] == found[row, column]
    assert shown["zero"] == pytest.approx(np.mean(found == 0))
    first, last = shapes.receptive_interval(CHAIN[: depth + 1], row)
    assert shown["sees"]["row"] == first
    assert shown["sees"]["row"] + shown["sees"]["height"] - 1 == last
    assert shown["sees"]["column"] == shapes.receptive_interval(CHAIN[: depth + 1], column)[0]
    assert f"sees rows {first} to {last}" in page.readout()
    assert f"{shown['layer']}, channel {shown['channel']} " in page.readout()
    page.compared(shown)
    return shown


@pytest.mark.parametrize("image", ["first", "second"])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_channel(page, panel, image, layer):
    page.choose("image", image)
    page.choose("layer", layer)
    page.press(CHANNEL, "Home")
    channels = panel.picture.layers[LAYERS.index(layer)][1].shape[3]
    for channel in range(channels):
        page.point(CELL, (0.37 * (channel + 1)) % 1, (0.61 * (channel + 1)) % 1)
        shown = check(page, panel)
        assert (shown["channel"], shown["layer"]) == (channel, layer)
        page.press(CHANNEL, "ArrowRight")
    assert check(page, panel)["channel"] == channels - 1  # there is no next one


def test_arrow_keys_move_by_rows_of_the_sheet(page, panel):
    page.choose("layer", "conv2")
    page.press(CHANNEL, "Home", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp")
    assert check(page, panel)["channel"] == 9
    page.press(CHANNEL, "End")
    assert check(page, panel)["channel"] == 19


def test_the_pointer_chooses_on_the_sheet(page, panel):
    page.choose("layer", "conv1")
    page.point(CHANNEL, 0.9, 0.02)
    assert check(page, panel)["channel"] == 8
    page.point(CHANNEL, 0.9, 0.98)  # where no map is: the last one
    assert check(page, panel)["channel"] == 11


def test_a_smaller_layer_takes_cell_and_channel_along(page, panel):
    page.choose("layer", "conv2")
    page.press(CHANNEL, "End")
    page.choose("layer", "conv1")
    assert check(page, panel)["channel"] == 11
    page.press(CELL, "End")
    page.choose("layer", "pool1")
    shown = check(page, panel)
    assert (shown["row"], shown["column"]) == (6, 6)


def test_own_scale_changes_the_colours_not_the_numbers(page, panel):
    page.choose("layer", "conv1")
    page.press(CHANNEL, "Home")
    look, numbers = page.look(), page.numbers()
    page.click("each map on its own scale")
    assert page.look() != look
    assert page.numbers() == numbers
    page.click("each map on its own scale")
    assert page.look() == look


def test_a_map_of_zeros(page, panel):
    page.choose("layer", "conv1")
    page.press(CHANNEL, "Home", "ArrowRight", "ArrowRight", "ArrowRight")
    assert check(page, panel)["zero"] == 1
    assert "100 % of them zero" in page.readout()


def test_without_a_chain_no_receptive_field(open_explorer):
    from dcv.widgets import explore_feature_maps

    page = open_explorer(explore_feature_maps(np.zeros((1, 6, 6)), {"only": np.ones((1, 3, 4, 2))}))
    page.press(CELL, "End")
    shown = page.numbers()
    assert (shown["row"], shown["column"], shown["sees"]) == (2, 3, None)
    assert "it sees" not in page.readout()
    assert page.errors == []


def test_the_drawing_shows_the_map(page, panel):
    page.choose("layer", "conv2")
    page.press(CHANNEL, "Home")
    shown = check(page, panel)
    values = np.reshape(shown["values"], (5, 5)) / shown["largest"]
    expected = 255 * colormaps["cividis"](values)[..., :3]
    assert np.abs(page.cells(1, 5, 5) - expected).max() <= 6  # a few straight pieces make the map of colours


def test_enough_states():
    compared_enough("feature_maps")
