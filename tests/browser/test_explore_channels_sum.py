"""Slices, sums and maps in the browser are those of `dcv.ops.conv2d`."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.data import sample_image
from dcv.ops import conv2d
from dcv.widgets import explore_channels_sum

PORTRAIT = sample_image("astronaut", size=(18, 22)) / 255
INPUT = "Position of the window in the input: arrow keys move it"
OUTPUT = "Position of the window in the feature map: arrow keys move it"
FILTERS = ["brightness", "red minus green", "vertical edges"]


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer(explore_channels_sum(PORTRAIT))


def check(page, image):
    """Compare everything that the front end computed with NumPy, and return what it shows."""
    shown = page.numbers()
    kernel = np.reshape(shown["kernel"], shown["kernelShape"])
    response = conv2d(image[None], kernel[..., None], [shown["bias"]])[0, :, :, 0]
    assert tuple(shown["responseShape"]) == response.shape
    assert difference(shown["response"], response.ravel().tolist()) <= 1e-6
    row, column = shown["row"], shown["column"]
    window = image[row : row + kernel.shape[0], column : column + kernel.shape[1]]
    for i in range(3):
        one_slice = conv2d(image[None, :, :, i : i + 1], kernel[:, :, i, None, None])[0, :, :, 0]
        assert difference(shown["channelMaps"][i], one_slice.ravel().tolist()) <= 1e-6
        assert difference(shown["windows"][i], window[:, :, i].ravel().tolist()) <= 1e-6
    sums = (window * kernel).sum(axis=(0, 1))
    assert difference(shown["sums"], sums.tolist()) <= 1e-6
    assert abs(shown["value"] - (sums.sum() + shown["bias"])) <= 1e-6
    assert abs(shown["value"] - response[row, column]) <= 1e-6
    assert f"Row {row}, column {column} of {response.shape[0]} × {response.shape[1]}" in page.readout()
    page.compared(shown)
    return shown


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("keys", [["Home"], ["End"], ["Home", "PageUp", "ArrowRight"]])
def test_every_filter_with_several_biases(page, name, keys):
    page.choose("filter", name)
    page.press("bias", *keys)
    assert check(page, PORTRAIT)["filter"] == name


@pytest.mark.parametrize("channel", ["red", "green", "blue"])
@pytest.mark.parametrize("value", [2, -0.75, 0])
def test_every_slice_can_be_edited(page, channel, value):
    page.choose("filter", "brightness")
    page.choose("filter", "vertical edges")
    before = np.reshape(page.numbers()["kernel"], (3, 3, 3))
    page.fill(f"{channel} slice row 3 column 2", value)
    shown = check(page, PORTRAIT)
    before[2, 1, ["red", "green", "blue"].index(channel)] = value
    assert difference(shown["kernel"], before.ravel().tolist()) <= 1e-6


def test_another_filter_forgets_the_edits(page):
    page.choose("filter", "brightness")
    page.fill("red slice row 1 column 1", 9)
    page.choose("filter", "red minus green")
    assert max(page.numbers()["kernel"]) == pytest.approx(1 / 9)


def test_arrow_keys_move_one_position_and_stop_at_the_border(page):
    for name in (INPUT, OUTPUT):
        page.press(name, "Home", "ArrowLeft", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp")
        shown = check(page, PORTRAIT)
        assert (shown["row"], shown["column"]) == (1, 1)
        page.press(name, "End", "ArrowDown")
        shown = check(page, PORTRAIT)
        assert [shown["row"] + 1, shown["column"] + 1] == shown["responseShape"]


@pytest.mark.parametrize("name", [INPUT, OUTPUT])
@pytest.mark.parametrize("place", [(0.01, 0.99), (0.5, 0.5), (0.99, 0.3)])
def test_a_click_stays_and_hovering_does_not(page, name, place):
    page.point(name, *place)
    chosen = check(page, PORTRAIT)
    rows, columns = chosen["responseShape"]
    if name == OUTPUT:
        assert (chosen["row"], chosen["column"]) == (int(place[0] * rows), int(place[1] * columns))
    page.point(name, 0.25, 0.15, click=False)
    hovered = check(page, PORTRAIT)
    assert (hovered["row"], hovered["column"]) != (chosen["row"], chosen["column"])
    page.page.mouse.move(1, 1)
    page.settle()
    assert page.numbers() == chosen


def test_the_equation_shows_the_sums(page):
    page.choose("filter", "red minus green")
    page.press("bias", "End")
    shown = page.numbers()
    text = page.page.locator(".dcv-equation").inner_text().replace("−", "-")
    numbers = [float(part) for part in text.split() if part.strip("-.").replace(".", "").isdigit()]
    assert numbers == [round(number, 3) for number in [*shown["sums"], shown["bias"], shown["value"]]]


@pytest.mark.parametrize("kind", ["bytes", "signed"])
@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (4, 3)])
def test_images_and_filters_of_the_learner(open_explorer, kind, shape):
    rng = np.random.default_rng(0)
    image = rng.normal(size=(9, 7, 3))
    if kind == "bytes":
        image = rng.integers(0, 256, image.shape).astype(np.uint8)
    kernel = rng.normal(size=(*shape, 3))
    page = open_explorer(explore_channels_sum(image, kernel, bias=0.5))
    # What is neither bytes nor bytes / 255 travels as float32.
    image = image.astype(np.float32).astype(float)
    for keys in (["Home"], ["End"], ["ArrowUp", "ArrowLeft"]):
        page.press(OUTPUT, *keys)
        shown = check(page, image)
        assert difference(shown["kernel"], kernel.ravel().tolist()) <= 1e-6
    assert page.errors == []


def test_the_drawing_shows_the_image(page):
    assert np.abs(page.cells(0, 18, 22) - 255 * PORTRAIT).max() <= 1


def test_enough_states():
    compared_enough("channels_sum")
