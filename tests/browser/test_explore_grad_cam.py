"""Maps, their place over the image and what a cell sees are those of NumPy, up to 256 levels."""

import numpy as np
import pytest
from explorer_pages import compared_enough
from explorers import EXPLORERS

from dcv.maps import place_on_image
from dcv.widgets.sheets import as_levels

CELL = "Cell of the map: arrow keys move it"
LAYERS, CLASSES, IMAGES = ["conv1", "conv2"], ["square", "disc", "star"], ["image 0", "image 1"]
PLACEMENTS = ["in its place", "stretched"]


@pytest.fixture(scope="module")
def panel():
    return EXPLORERS["grad_cam"]()


@pytest.fixture(scope="module")
def page(panel, open_explorer):
    page = open_explorer(panel)
    yield page
    assert page.errors == []


def stretched(cells, pixels):
    return (np.arange(cells) + 0.5) * pixels / cells - 0.5


def check(page, panel):
    """Compare what is shown with the arrays."""
    shown = page.numbers()
    layer = panel.picture.layers[LAYERS.index(shown["layer"])]
    maps = layer["maps"][shown["image"]]
    largest = maps.max()
    expected = as_levels(maps[shown["label"]], largest) * (largest / 255)  # what travels to the browser
    assert np.abs(expected - maps[shown["label"]]).max() <= largest / 510 + 1e-9
    rows, columns = layer["rows"], layer["columns"]
    if shown["isStretched"]:
        rows, columns = (stretched(count, 16) for count in expected.shape)
    placed = place_on_image(expected, rows, columns, (16, 16))
    assert np.abs(np.reshape(shown["placed"], (16, 16)) - placed).max() <= 1e-6
    assert abs(shown["value"] - expected[shown["row"], shown["column"]]) <= 1e-6
    assert abs(shown["most"] - expected.max()) <= 1e-6
    assert shown["probability"] == panel.picture.probabilities[shown["image"]][shown["label"]]
    half = (layer["field"] - 1) / 2
    assert shown["sees"]["row"] == layer["rows"][shown["row"]] - half
    assert shown["sees"]["column"] == layer["columns"][shown["column"]] - half
    assert (
        f"class {CLASSES[shown['label']]}, probability {100 * shown['probability']:.1f} %" in page.readout()
    )
    page.compared(shown)
    return shown


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("image", IMAGES)
def test_every_map_with_five_cells_each(page, panel, image, layer, placement):
    page.choose("image", image)
    page.choose("layer", layer)
    page.choose("placement", placement)
    for label, name in enumerate(CLASSES):
        page.choose("class", name)
        for i in range(5):
            page.point(CELL, (0.37 * (i + 1)) % 1, (0.61 * (i + 1)) % 1)
            shown = check(page, panel)
            assert (shown["label"], shown["layer"]) == (label, layer)
            assert shown["isStretched"] == (placement == "stretched")


def test_a_class_that_no_cell_speaks_for(page, panel):
    page.choose("image", "image 1")
    page.choose("layer", "conv2")
    page.choose("class", "star")
    assert check(page, panel)["most"] == 0
    assert "zero everywhere" in page.readout()


def test_opacity_goes_from_the_image_to_the_map(page, panel):
    """At 0 the pixels are the gray image, at 100 the colours of the map; in between, their mean."""
    page.choose("image", "image 0")
    page.choose("class", "square")
    page.choose("layer", "conv1")
    page.choose("placement", "in its place")

    def pixels(*keys):
        page.press("opacity", *keys)
        found = page.page.evaluate(
            """() => {
              const canvas = document.querySelector('.dcv-maps canvas');
              const context = canvas.getContext('2d');
              const at = (i, length) => Math.floor(((i + 0.5) / 16) * length);
              return Array.from({ length: 16 }, (_, i) =>
                [...context.getImageData(at(i, canvas.width), at(i, canvas.height), 1, 1).data].slice(0, 3));
            }"""
        )
        return np.array(found, float)

    image, colours = pixels("Home"), pixels("End")
    assert page.numbers()["opacity"] == 100
    assert np.ptp(image, axis=1).max() == 0  # gray: red, green and blue are equal
    photo = panel.picture.photos[0][np.arange(16), np.arange(16)] @ np.array([0.299, 0.587, 0.114])
    assert np.abs(image[:, 0] - photo).max() <= 0.51
    assert np.ptp(colours, axis=1).min() > 5  # cividis has no gray as pure
    half = pixels("Home", *["PageUp"] * 5)
    share = page.numbers()["opacity"] / 100
    assert 0 < share < 1
    assert np.abs(half - ((1 - share) * image + share * colours)).max() <= 1.01


def test_arrow_keys_move_the_cell(page, panel):
    page.choose("layer", "conv2")
    page.press(CELL, "Home")
    assert check(page, panel)["sees"] == {"row": 0, "column": 0, "height": 8, "width": 8}
    page.press(CELL, "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft")
    shown = check(page, panel)
    assert (shown["row"], shown["column"]) == (1, 1)
    page.press(CELL, "End")
    assert (check(page, panel)["row"], page.numbers()["column"]) == (4, 4)


def test_a_smaller_layer_takes_the_cell_along(page, panel):
    page.choose("layer", "conv1")
    page.press(CELL, "End")
    assert check(page, panel)["row"] == 13
    page.choose("layer", "conv2")
    assert check(page, panel)["row"] == 4


def test_enough_states():
    compared_enough("grad_cam")
