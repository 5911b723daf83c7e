"""The numbers in the browser are those of `dcv.ops`, whatever the reader chooses."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.ops import pool2d, window_coverage
from dcv.shapes import window_starts
from dcv.widgets import explore_pooling

SIGNED = np.random.default_rng(0).normal(size=(13, 18)).astype(np.float32)
SMALL = np.array([[1, -3, 2, 0], [4, 2, -1, 5], [-6, -2, 3, 3], [-1, -4, 0, -2]], np.float32)
LABEL = "Position of the window in the {}: arrow keys move it"
MAP, POOLED, ZOOM, POOLED_ZOOM = map(LABEL.format, ("feature map", "pooled map", "zoom", "pooled zoom"))


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer(explore_pooling(SIGNED))


@pytest.fixture(scope="module")
def small_page(open_explorer):
    return open_explorer(explore_pooling(SMALL))


def check(page, values):
    """Compare everything that the front end computed with NumPy, and return what it shows."""
    shown = page.numbers()
    size, options = shown["size"], {"stride": shown["stride"], "padding": shown["padding"]}
    pooled = pool2d(values[None, :, :, None].astype(float), size, mode=shown["mode"], **options)[0, :, :, 0]
    assert tuple(shown["pooledShape"]) == pooled.shape
    assert difference(shown["pooled"], pooled.ravel().tolist()) <= 1e-6
    assert shown["unused"] == np.sum(window_coverage(values.shape, size, **options) == 0)
    cell = shown["row"], shown["column"]
    top, left = (window_starts(values.shape[axis], size, **options)[cell[axis]] for axis in (0, 1))
    window = values[max(top, 0) : top + size, max(left, 0) : left + size]
    assert difference(shown["window"], window.ravel().tolist()) <= 1e-6
    assert abs(shown["value"] - pooled[cell]) <= 1e-6
    check_zoom(shown, values, (top, left), cell)
    readout = page.readout()
    assert f"Row {cell[0]}, column {cell[1]} of the pooled map" in readout
    assert f"Of {values.size} values {pooled.size} remain" in readout
    assert (f"No window uses {shown['unused']} of them" in readout) == (shown["unused"] > 0)
    page.compared(shown)
    return shown


def check_zoom(shown, values, corner, cell):
    """The zoom shows the window, all values of the windows whose results it shows, and not more than 8."""
    for axis in (0, 1):
        begin, length = shown["part"][axis], shown["part"][axis + 2]
        first, count = shown["pooledPart"][axis], shown["pooledPart"][axis + 2]
        starts = window_starts(
            values.shape[axis], shown["size"], stride=shown["stride"], padding=shown["padding"]
        )
        assert begin <= corner[axis] <= begin + length - shown["size"]
        assert first <= cell[axis] < first + count <= len(starts)
        assert begin <= starts[first]
        assert starts[first + count - 1] + shown["size"] <= begin + length
        assert length == 8 if values.shape[axis] > 10 else length >= values.shape[axis]


def set_slider(page, name, value):
    page.press(name, "Home", *["ArrowRight"] * (value - 1))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("mode", ["max", "average", "min"])
def test_every_window_and_stride(page, mode, padding):
    page.choose("mode", mode)
    page.choose("padding", padding)
    for size in (1, 2, 3, 4):
        set_slider(page, "window", size)
        for stride in (1, 2, 3, 4):
            set_slider(page, "stride", stride)
            shown = check(page, SIGNED)
            assert (shown["mode"], shown["size"], shown["stride"]) == (mode, size, stride)
            assert shown["padding"] == padding


@pytest.mark.parametrize("mode", ["max", "average", "min"])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_small_maps_are_shown_whole(small_page, mode, size):
    small_page.choose("mode", mode)
    set_slider(small_page, "window", size)
    shown = check(small_page, SMALL)
    assert shown["part"] == [0, 0, 4, 4]
    assert ZOOM not in small_page.control_names()


def test_the_formula_is_that_of_the_chapter(small_page):
    set_slider(small_page, "window", 2)
    set_slider(small_page, "stride", 2)
    small_page.press(POOLED, "Home")
    for mode, formula in {
        "max": "max(1, −3, 4, 2) = 4",
        "average": "(1 − 3 + 4 + 2) / 4 = 1",
        "min": "min(1, −3, 4, 2) = −3",
    }.items():
        small_page.choose("mode", mode)
        assert formula in small_page.readout()


def test_every_kept_value_is_framed(open_explorer):
    page = open_explorer(explore_pooling([[3, 3, 0], [1, 3, 0], [0, 0, 0]], size=2, stride=1))
    assert page.page.locator("rect.dcv-line.dcv-second").count() == 3
    page.choose("mode", "average")
    assert page.page.locator("rect.dcv-line.dcv-second").count() == 0


def test_the_window_stays_where_it_is_when_the_stride_changes(page):
    page.choose("padding", "valid")
    set_slider(page, "window", 2)
    set_slider(page, "stride", 1)
    page.point(MAP, 0.55, 0.55)
    top, left = page.numbers()["top"], page.numbers()["left"]
    for stride in (2, 3, 4):
        set_slider(page, "stride", stride)
        shown = check(page, SIGNED)
        assert max(abs(shown["top"] - top), abs(shown["left"] - left)) <= stride / 2


@pytest.mark.parametrize("name", [MAP, POOLED, ZOOM, POOLED_ZOOM])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_arrow_keys_move_one_window_and_stop_at_the_border(page, name, padding):
    page.choose("padding", padding)
    set_slider(page, "window", 3)
    set_slider(page, "stride", 2)
    page.press(name, "Home")
    for key, cell in {
        "ArrowDown": (1, 0),
        "ArrowRight": (1, 1),
        "ArrowUp": (0, 1),
        "ArrowLeft": (0, 0),
    }.items():
        page.press(name, key)
        shown = check(page, SIGNED)
        assert (shown["row"], shown["column"]) == cell
    page.press(name, "ArrowUp", "ArrowLeft")
    assert (page.numbers()["row"], page.numbers()["column"]) == (0, 0)
    page.press(name, "End", "ArrowDown")
    shown = check(page, SIGNED)
    assert [shown["row"] + 1, shown["column"] + 1] == shown["pooledShape"]


@pytest.mark.parametrize("name", [MAP, POOLED, ZOOM, POOLED_ZOOM])
def test_a_click_stays_and_hovering_does_not(page, name):
    page.choose("padding", "valid")
    set_slider(page, "window", 2)
    set_slider(page, "stride", 2)
    page.press(POOLED, "Home")
    page.point(name, 0.6, 0.4)
    chosen = check(page, SIGNED)
    if name == POOLED:
        assert (chosen["row"], chosen["column"]) == (3, 3)
    page.point(name, 0.1, 0.95, click=False)
    hovered = check(page, SIGNED)
    assert (hovered["row"], hovered["column"]) != (chosen["row"], chosen["column"])
    page.page.mouse.move(1, 1)
    page.settle()
    back = page.numbers()
    assert (back["row"], back["column"], back["value"]) == (chosen["row"], chosen["column"], chosen["value"])


def test_the_outlined_window_is_where_the_numbers_come_from(page):
    page.press(MAP, "ArrowDown")
    shown = page.numbers()
    window = page.page.locator(".dcv-maps .dcv-figure").nth(0).locator("rect.dcv-line.dcv-window")
    place = [float(window.get_attribute(name)) for name in ("y", "x", "height", "width")]
    assert place == [shown["top"], shown["left"], shown["size"], shown["size"]]


def test_unused_values_are_hatched(small_page):
    """The cell of a value that no window uses has more colours than that of one which is used."""
    small_page.choose("padding", "valid")
    set_slider(small_page, "window", 1)
    set_slider(small_page, "stride", 3)
    small_page.press(POOLED, "Home")
    check(small_page, SMALL)
    colours = small_page.page.evaluate(
        """() => [0, 1].map((column) => {
          const canvas = document.querySelector('.dcv-parts canvas');
          const cell = canvas.width / 4;
          const left = [(column + 0.05) * cell, 0.05 * cell, 0.25 * cell, 0.9 * cell]; // beside the number
          const { data } = canvas.getContext('2d').getImageData(...left);
          return new Set(new Uint32Array(data.buffer)).size;
        })"""
    )
    assert colours[1] > colours[0]


def test_a_window_that_does_not_fit_is_explained(open_explorer):
    values = np.arange(6.0).reshape(2, 3)
    page = open_explorer(explore_pooling(values))
    page.press("window", "ArrowRight")
    assert "does not fit into 2 × 3 values" in page.readout()
    page.press(POOLED, "ArrowRight")
    page.point(MAP, 0.5, 0.5)
    page.choose("padding", "same")
    check(page, values)
    assert page.errors == []


def test_enough_states():
    compared_enough("pooling")
