"""The numbers in the browser are those of `dcv.ops`, whatever the reader chooses."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.data import sample_image
from dcv.filters import FILTERS
from dcv.ops import correlate2d
from dcv.widgets import explore_convolution

PHOTOGRAPH = sample_image("chelsea", size=(24, 32), gray=True)
INPUT = "Position of the window in the input: arrow keys move it"
OUTPUT = "Position of the window in the response map: arrow keys move it"


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer(explore_convolution(PHOTOGRAPH))


def check(page, image):
    """Compare everything that the front end computed with NumPy, and return what it shows."""
    shown = page.numbers()
    image, kernel = image.astype(float), np.reshape(shown["kernel"], shown["kernelShape"])
    response = correlate2d(image, kernel, stride=shown["stride"], padding=shown["padding"])
    assert tuple(shown["responseShape"]) == response.shape
    assert difference(shown["response"], response.ravel().tolist()) <= 1e-6
    row, column = shown["row"], shown["column"]
    top, left = row * shown["stride"], column * shown["stride"]
    padded = np.pad(image, shown["padding"])
    window = padded[top : top + kernel.shape[0], left : left + kernel.shape[1]]
    assert difference(shown["window"], window.ravel().tolist()) <= 1e-6
    assert difference(shown["products"], (window * kernel).ravel().tolist()) <= 1e-6
    assert abs(shown["value"] - response[row, column]) <= 1e-6
    assert f"Row {row}, column {column} of {response.shape[0]} × {response.shape[1]}" in page.readout()
    page.compared(shown)
    return shown


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_at_every_size(page, name):
    page.choose("filter", name.replace("_", " "))
    page.press("kernel size", "Home")
    for size in (1, 3, 5, 7):
        shown = check(page, PHOTOGRAPH)
        assert shown["filter"] == name
        assert shown["kernelShape"] == [size, size]
        if size == 3:
            make = FILTERS[name]
            expected = make(3) if make.__code__.co_argcount else make()
            assert difference(shown["kernel"], expected.ravel().tolist()) <= 1e-6
        page.press("kernel size", "ArrowRight")


def test_every_stride_with_every_padding(page):
    page.press("kernel size", "Home", "ArrowRight", "ArrowRight")
    for stride in (1, 2, 3, 4):
        page.press("stride", "Home", *["ArrowRight"] * (stride - 1))
        for padding in (0, 1, 2, 3):
            page.press("padding", "Home", *["ArrowRight"] * padding)
            shown = check(page, PHOTOGRAPH)
            assert (shown["stride"], shown["padding"]) == (stride, padding)


def test_arrow_keys_move_one_position_and_stop_at_the_border(page):
    page.press("stride", "Home", "ArrowRight")
    for name in (INPUT, OUTPUT):
        page.press(name, "Home")
        assert (page.numbers()["row"], page.numbers()["column"]) == (0, 0)
        page.press(name, "ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowLeft")
        shown = check(page, PHOTOGRAPH)
        assert (shown["row"], shown["column"]) == (1, 0)
        page.press(name, "End")
        shown = check(page, PHOTOGRAPH)
        assert [shown["row"] + 1, shown["column"] + 1] == shown["responseShape"]


@pytest.mark.parametrize("name", [INPUT, OUTPUT])
@pytest.mark.parametrize("place", [(0.01, 0.99), (0.5, 0.5), (0.99, 0.3)])
def test_a_click_stays_and_hovering_does_not(page, name, place):
    page.point(name, *place)
    chosen = check(page, PHOTOGRAPH)
    rows, columns = chosen["responseShape"]
    if name == OUTPUT:
        assert (chosen["row"], chosen["column"]) == (int(place[0] * rows), int(place[1] * columns))
    page.point(name, 0.25, 0.15, click=False)
    hovered = check(page, PHOTOGRAPH)
    assert (hovered["row"], hovered["column"]) != (chosen["row"], chosen["column"])
    page.page.mouse.move(1, 1)
    page.settle()
    assert page.numbers() == chosen


def test_the_outlined_window_is_where_the_numbers_come_from(page):
    page.press("padding", "Home", "ArrowRight")
    page.point(OUTPUT, 0.4, 0.6)
    shown = page.numbers()
    window = page.page.locator(".dcv-maps rect.dcv-line").nth(0)
    place = [float(window.get_attribute(name)) for name in ("y", "x", "height", "width")]
    assert place == [shown["row"] * shown["stride"], shown["column"] * shown["stride"], *shown["kernelShape"]]


@pytest.mark.parametrize("value", [2, -3.5, 0.125, 0])
def test_every_cell_of_the_kernel_can_be_edited(page, value):
    page.choose("filter", "emboss")
    page.press("kernel size", "Home", "ArrowRight")
    before = page.numbers()["kernel"]
    page.fill("kernel row 2 column 3", value)
    shown = check(page, PHOTOGRAPH)
    assert difference(shown["kernel"], [*before[:5], value, *before[6:]]) <= 1e-6
    page.choose("filter", "identity")


def test_a_cell_can_be_typed_into_and_nonsense_is_ignored(page):
    page.choose("filter", "sharpen")
    page.press("kernel size", "Home", "ArrowRight")
    page.press("kernel row 2 column 2", "Control+a", "Backspace", "-")
    assert check(page, PHOTOGRAPH)["kernel"][4] == 5
    page.page.keyboard.type("12.5")
    page.settle()
    assert check(page, PHOTOGRAPH)["kernel"][4] == -12.5
    page.press("kernel row 2 column 2", "Home", "Delete", "ArrowUp")
    assert check(page, PHOTOGRAPH)["kernel"][4] == 13.5


def test_another_filter_or_size_forgets_the_edits(page):
    page.choose("filter", "laplacian")
    page.fill("kernel row 1 column 1", 9)
    page.choose("filter", "sharpen")
    assert page.numbers()["kernel"] == [0, -1, 0, -1, 5, -1, 0, -1, 0]


def test_play_visits_one_position_after_the_other(page):
    page.press(OUTPUT, "Home")
    page.click("▶ Play: slide the kernel")
    page.page.wait_for_function("() => document.querySelector('.dcv').dcv.numbers().column >= 2")
    page.click("⏸ Pause: slide the kernel")
    stopped = check(page, PHOTOGRAPH)
    page.page.wait_for_timeout(400)
    assert page.numbers() == stopped
    assert stopped["row"] == 0


def test_the_drawing_shows_the_numbers(page):
    """The brightest colour of the response map stands where NumPy has the largest response."""
    page.choose("filter", "box blur")
    page.press("stride", "Home")
    page.press("padding", "Home")
    shown = page.numbers()
    largest = int(np.argmax(shown["response"]))
    row, column = divmod(largest, shown["responseShape"][1])
    found = page.page.evaluate(
        """([row, column, rows, columns]) => {
          const canvas = document.querySelectorAll('.dcv-maps canvas')[1];
          const at = (i, length, count) => Math.floor(((i + 0.25) / count) * length);
          const [x, y] = [at(column, canvas.width, columns), at(row, canvas.height, rows)];
          return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data];
        }""",
        [row, column, *shown["responseShape"]],
    )
    assert difference(found, [254, 232, 56, 255]) <= 3  # the upper end of cividis


def test_kernel_that_does_not_fit_is_explained(open_explorer):
    image = np.eye(4)
    page = open_explorer(explore_convolution(image))
    page.press("kernel size", "End")
    assert "does not fit" in page.readout()
    page.press("padding", "End")
    check(page, image)
    assert page.errors == []


def test_images_and_kernels_of_the_learner(open_explorer):
    image = np.random.default_rng(1).normal(size=(9, 13)).astype(np.float32)
    kernels = {"wide": [[-1, 0.5, 2, 1]], "tall": np.arange(6).reshape(3, 2)}
    page = open_explorer(explore_convolution(image, kernels, stride=2, padding=1))
    assert "kernel size" not in page.control_names()
    for name in kernels:
        page.choose("filter", name)
        page.press(OUTPUT, "End", "ArrowUp")
        shown = check(page, image)
        assert difference(shown["kernel"], np.ravel(kernels[name]).tolist()) <= 1e-6
    assert page.errors == []


def test_enough_states():
    compared_enough("convolution")
