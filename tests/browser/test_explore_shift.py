"""Dense response and response map in the browser are those of NumPy, wherever the pattern is moved."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.data import make_eyes_and_crosses
from dcv.ops import correlate2d
from dcv.widgets import explore_shift

PLACE = "Place of the pattern: arrow keys or dragging move it"
IMAGES, _ = make_eyes_and_crosses(5, half="left", seed=1)
PICTURES = {"eye": IMAGES[4, :, :, 0], "other": IMAGES[2, :, :, 0]}
KERNEL = PICTURES["eye"][11:22, :11] - PICTURES["eye"][11:22, :11].mean()


@pytest.fixture(scope="module")
def panel():
    return explore_shift(PICTURES, KERNEL)


@pytest.fixture(scope="module")
def page(open_explorer, panel):
    return open_explorer(panel)


def check(page, pictures, kernel, home):
    """Compare everything that the front end computed with NumPy, and return what it shows."""
    shown = page.numbers()
    moved = np.roll(pictures[shown["pattern"]], (shown["down"], shown["right"]), axis=(0, 1)).astype(float)
    weights = np.zeros(moved.shape)
    weights[home[0] : home[0] + kernel.shape[0], home[1] : home[1] + kernel.shape[1]] = kernel
    response = correlate2d(moved, kernel.astype(float))
    assert difference(shown["image"], moved.ravel().tolist()) <= 1e-6
    assert difference(shown["products"], (moved * weights).ravel().tolist()) <= 1e-6
    assert abs(shown["dense"] - (moved * weights).sum()) <= 1e-6
    assert tuple(shown["responseShape"]) == response.shape
    assert difference(shown["response"], response.ravel().tolist()) <= 1e-6
    assert abs(shown["largest"] - response.max()) <= 1e-6
    assert abs(response[tuple(shown["peak"])] - response.max()) <= 1e-6
    row, column = shown["peak"]
    assert f"at row {row}, column {column}." in page.readout()
    page.compared(shown)
    return shown


@pytest.mark.parametrize("pattern", PICTURES)
@pytest.mark.parametrize("right", [0, 1, 7, 12, 21])
@pytest.mark.parametrize("down", [-11, -3, 0, 10])
def test_every_move(page, panel, pattern, right, down):
    page.choose("pattern", pattern)
    page.press("right", "Home", *["ArrowRight"] * right)
    page.press("down", "Home", *["ArrowRight"] * (down + 11))
    shown = check(page, PICTURES, KERNEL, panel.home)
    assert (shown["right"], shown["down"]) == (right, down)


def test_the_peak_moves_along_and_its_height_does_not_change(page, panel):
    """What chapter 2 says: the map is equivariant, and the largest response invariant."""
    page.choose("pattern", "eye")
    page.press(PLACE, "Home", *["ArrowDown"] * 11)
    start = check(page, PICTURES, KERNEL, panel.home)
    assert start["peak"] == list(panel.home)
    assert start["dense"] == pytest.approx(start["largest"])
    page.press(PLACE, *["ArrowRight"] * 5, *["ArrowUp"] * 3)
    moved = check(page, PICTURES, KERNEL, panel.home)
    assert moved["peak"] == [start["peak"][0] - 3, start["peak"][1] + 5]
    assert moved["largest"] == pytest.approx(start["largest"])
    assert moved["dense"] < 0.3 * start["dense"]


def test_arrow_keys_stop_at_the_border(page, panel):
    page.press(PLACE, "Home", "ArrowLeft", "ArrowUp")
    assert (page.numbers()["right"], page.numbers()["down"]) == (0, -11)
    page.press(PLACE, "End", "ArrowRight", "ArrowDown")
    assert (page.numbers()["right"], page.numbers()["down"]) == (21, 10)


def test_dragging_takes_the_pattern_along(page, panel):
    stage = page.control(PLACE)
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()

    def at(row, column):
        return box["x"] + (column + 0.5) / 32 * box["width"], box["y"] + (row + 0.5) / 32 * box["height"]

    page.page.mouse.move(*at(16, 5))
    page.page.mouse.down()
    page.page.mouse.move(*at(20, 14), steps=5)
    page.page.mouse.up()
    page.settle()
    shown = check(page, PICTURES, KERNEL, panel.home)
    assert (shown["right"], shown["down"]) == (9, 4)
    page.page.mouse.move(*at(2, 2))  # the button is up
    page.settle()
    assert page.numbers() == shown


def test_sliders_follow_the_pattern(page):
    page.press(PLACE, "Home", "ArrowRight", "ArrowRight")
    assert float(page.control("right").get_attribute("aria-valuenow")) == 2


def test_frames_stand_where_the_numbers_come_from(page, panel):
    page.choose("pattern", "eye")
    page.press("right", "Home", *["ArrowRight"] * 6)
    frames = page.page.locator(".dcv-maps svg").nth(0).locator("rect.dcv-line")
    names = ("y", "x", "height", "width")
    places = [[float(frame.get_attribute(name)) for name in names] for frame in frames.all()]
    assert places == [[*panel.home, 11, 11], [*page.numbers()["peak"], 11, 11]]


def test_a_pattern_on_an_empty_canvas(open_explorer):
    hook = np.array([[2, 2, 2], [2, 0, 0], [0, 0, 0], [1, 0, 0]])
    panel = explore_shift(hook, canvas=(9, 14), right=4)
    assert panel.home == (2, 0)
    page = open_explorer(panel)
    assert "pattern" not in page.control_names()
    canvas = np.zeros((9, 14))
    canvas[2:6, :3] = hook
    kernel = (hook - hook.mean()).astype(np.float32)
    for keys in ([], ["ArrowLeft"], ["Home"], ["End"]):
        page.press(PLACE, *keys)
        check(page, {"my pattern": canvas}, kernel, panel.home)
    assert page.errors == []


def test_the_drawing_shows_the_moved_picture(page, panel):
    page.choose("pattern", "other")
    page.press("down", "Home", "ArrowRight", "ArrowRight")
    shown = check(page, PICTURES, KERNEL, panel.home)
    expected = 255 * np.reshape(shown["image"], (32, 32, 1))
    assert np.abs(page.cells(0, 32, 32) - expected).max() <= 1


def test_enough_states():
    compared_enough("shift")
