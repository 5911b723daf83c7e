"""The window, the output size and the counts in the browser are those of `dcv.shapes` and `dcv.ops`."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv import shapes
from dcv.ops import window_coverage
from dcv.widgets import explore_geometry

IMAGE = "Position of the window in the image: arrow keys move it"
OUTPUT = "Position of the window in the output: arrow keys move it"
COUNTS = "count the windows on each pixel"


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_geometry())
    yield page
    assert page.errors == []


def set_to(page, *, size=8, kernel_size=3, padding="0 (valid)", stride=1, dilation=1):
    """Move all controls by keyboard."""
    sliders = {"size": size, "kernel size": kernel_size, "stride": stride, "dilation": dilation}
    for name, value in sliders.items():
        page.press(name, "Home", *["ArrowRight"] * (value - 1))
    page.choose("padding", padding)


def check(page):
    """Compare everything that the front end computed with Python, and return what it shows."""
    shown = page.numbers()
    size, kernel_size = shown["size"], shown["kernelSize"]
    movement = {name: shown[name] for name in ("stride", "padding", "dilation")}
    assert tuple(shown["amounts"]) == shapes.padding_amounts(size, kernel_size, **movement)
    starts = shapes.window_starts(size, kernel_size, **movement)
    assert shown["starts"] == starts
    assert shown["outputSize"] == len(starts) == shapes.output_size(size, kernel_size, **movement)
    coverage = window_coverage(size, kernel_size, **movement)
    assert difference(shown["coverage"], coverage.ravel().tolist()) <= 1e-6
    for position, pixels in (("row", "rows"), ("column", "columns")):
        start = starts[shown[position]]
        assert shown[pixels] == [start + i * shown["dilation"] for i in range(kernel_size)]
    unused = np.count_nonzero(coverage == 0)
    assert ("Every pixel is used" in page.readout()) == (unused == 0)
    assert unused == 0 or f"{unused} of {size**2} pixels are used by no window" in page.readout()
    assert f"Output {len(starts)} × {len(starts)}" in page.readout()
    formula = page.page.locator(".dcv-formula").get_attribute("aria-label")
    assert formula.startswith(f"⌊( {size} + {shown['amounts'][0]} + {shown['amounts'][1]} − ")
    assert formula.endswith(f"= {len(starts)}")
    page.compared(shown)
    return shown


@pytest.mark.parametrize("padding", ["0 (valid)", "1", "2", "3", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_every_padding_with_every_stride(page, padding, stride):
    set_to(page, size=9, kernel_size=3, padding=padding, stride=stride)
    for dilation in (1, 2, 3, 4):
        shown = page.numbers()
        assert (shown["stride"], shown["dilation"]) == (stride, dilation)
        assert str(shown["padding"]) == padding.split()[0]
        check(page)
        page.press("dilation", "ArrowRight")


@pytest.mark.parametrize("kernel_size", range(1, 8))
def test_every_kernel_size_at_several_sizes(page, kernel_size):
    set_to(page, size=kernel_size, kernel_size=kernel_size, padding="same", stride=2)
    for keys in ([], ["ArrowRight"], ["ArrowRight"], ["End"]):
        page.press("size", *keys)
        assert check(page)["kernelSize"] == kernel_size
    assert page.numbers()["size"] == 32


def test_arrow_keys_move_one_position_and_stop_at_the_border(page):
    set_to(page, size=9, stride=2, padding="1")
    for name in (IMAGE, OUTPUT):
        page.press(name, "Home")
        page.press(name, "ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowLeft")
        shown = check(page)
        assert (shown["row"], shown["column"]) == (1, 0)
        page.press(name, "End")
        assert (check(page)["row"], page.numbers()["column"]) == (4, 4)


@pytest.mark.parametrize("place", [(0.02, 0.95), (0.5, 0.5), (0.95, 0.3)])
def test_a_click_stays_and_hovering_does_not(page, place):
    set_to(page, size=10, stride=2, padding="1")
    for name in (IMAGE, OUTPUT):
        page.point(name, *place)
        chosen = check(page)
        if name == OUTPUT:
            assert (chosen["row"], chosen["column"]) == tuple(int(share * 5) for share in place)
        page.point(name, 0.25, 0.1, click=False)
        assert check(page)["column"] != chosen["column"]
        page.page.mouse.move(1, 1)
        page.settle()
        assert page.numbers() == chosen


def test_the_outlines_are_the_pixels_of_the_window(page):
    set_to(page, size=9, padding="2", stride=2, dilation=2)
    page.press(OUTPUT, "Home", "ArrowDown", "ArrowRight", "ArrowRight")
    shown = check(page)
    outlines = page.page.locator(".dcv-maps rect.dcv-line.dcv-element")
    places = {
        (float(rect.get_attribute("y")) - 0.1 - 2, float(rect.get_attribute("x")) - 0.1 - 2)
        for rect in outlines.all()
    }
    found = {(round(row), round(column)) for row, column in places}
    assert found == {(row, column) for row in shown["rows"] for column in shown["columns"]}


def test_a_position_that_no_longer_exists_becomes_the_last_and_comes_back(page):
    set_to(page, size=9)
    page.press(OUTPUT, "End")
    assert check(page)["row"] == 6
    page.press("stride", "ArrowRight")
    assert check(page)["row"] == 3
    page.press("stride", "Home")
    assert check(page)["row"] == 6


def test_a_kernel_that_does_not_fit_is_explained(page):
    set_to(page, size=4, kernel_size=3, padding="1", dilation=4)
    assert (
        "does not fit: it reaches over 9 pixels, and there are 6 with the padding. 3 pixels too few"
        in page.readout()
    )
    shown = page.numbers()
    assert (shown["outputSize"], shown["starts"], max(shown["coverage"])) == (0, [], 0)
    for name in (IMAGE, OUTPUT):
        page.press(name, "ArrowRight", "End")
        page.point(name, 0.5, 0.5)
    page.choose("padding", "3")
    check(page)


def test_the_switch_shows_and_hides_the_counts(page):
    set_to(page, size=5)
    page.press(OUTPUT, "Home")
    heat = corner_and_middle(page)
    assert difference(heat[1], [254, 232, 56]) <= 3  # 9 windows: the upper end of cividis
    page.click(COUNTS)
    assert not page.numbers()["counts"]
    plain = corner_and_middle(page)
    assert plain[0] == plain[1] != heat[0]
    assert not page.page.locator(".dcv-colours").is_visible()
    page.click(COUNTS)
    assert corner_and_middle(page) == heat


def corner_and_middle(page):
    """Return the colours of two pixels of 5 × 5: the upper right corner and the middle."""
    return page.page.evaluate(
        """() => [[0.2, 4.2], [2.2, 2.2]].map(([row, column]) => {
          const canvas = document.querySelector('.dcv-maps canvas');
          const at = (place, length) => Math.floor((place / 5) * length);
          const place = [at(column, canvas.width), at(row, canvas.height)];
          const { data } = canvas.getContext('2d').getImageData(...place, 1, 1);
          return [...data].slice(0, 3);
        })"""
    )


def test_enough_states():
    compared_enough("geometry")
