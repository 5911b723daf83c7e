"""The pixels in the browser are those of NumPy, whatever is mixed and reduced."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.data import sample_image
from dcv.widgets import explore_channels

PHOTOGRAPH = sample_image("chelsea", size=(24, 36))
COLOUR = "Pixel in the picture in colour: arrow keys move it"
GREY = "Pixel in the picture in grey: arrow keys move it"


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer(explore_channels(PHOTOGRAPH))


def reduce_by_loops(image, rows, columns, bits):
    """The definition: the mean of each block, then its level, as chapter 1 computes it."""
    height, width = image.shape[:2]
    levels = np.zeros((rows, columns, 3))
    for i in range(rows):
        for j in range(columns):
            top, bottom = i * height // rows, (i + 1) * height // rows
            left, right = j * width // columns, (j + 1) * width // columns
            block = image[top:bottom, left:right]
            levels[i, j] = block.mean(axis=(0, 1)) // (256 // 2**bits)
    return levels


def check(page, image, parts):
    """Compare everything that the front end computed with NumPy, and return what it shows."""
    shown = page.numbers()
    rows, columns = shown["size"]
    assert columns == max(int(image.shape[1] * rows / image.shape[0] + 0.5), 1)
    levels = reduce_by_loops(image, rows, columns, shown["bits"])
    values = levels / (2 ** shown["bits"] - 1) * 255
    shares = np.array(parts) / (sum(parts) or 1)
    gains = np.array(parts) / (max(parts) or 1)
    assert shown["levels"] == levels.ravel().tolist()
    assert difference(shown["values"], values.ravel().tolist()) <= 1e-6
    assert difference(shown["shares"], shares.tolist()) <= 1e-6
    assert difference(shown["grays"], (values @ shares).ravel().tolist()) <= 1e-6
    assert difference(shown["coloured"], (values * gains).ravel().tolist()) <= 1e-6
    row, column = shown["row"], shown["column"]
    assert difference(shown["pixel"], values[row, column].tolist()) <= 1e-6
    assert abs(shown["gray"] - values[row, column] @ shares) <= 1e-6
    assert shown["bytes"] == int(np.ceil(values.size * shown["bits"] / 8))
    assert f"Row {row}, column {column} of {rows} × {columns}" in page.readout()
    assert f"make {shown['bytes']:,} bytes" in page.readout()
    page.compared(shown)
    return shown


@pytest.mark.parametrize("parts", [(3, 6, 1), (1, 1, 1), (10, 0, 0), (0, 7, 2), (0, 0, 10), (0, 0, 0)])
def test_every_mixture(page, parts):
    for name, part in zip(("red", "green", "blue"), parts, strict=True):
        page.press(name, "Home", *["ArrowRight"] * part)
    check(page, PHOTOGRAPH, parts)
    assert ("no grey" in page.readout()) == (sum(parts) == 0)


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("steps", [0, 4, 11, 22])
def test_every_bit_depth_at_several_resolutions(page, bits, steps):
    for name in ("red", "green", "blue"):
        page.press(name, "End")
    page.press("bits", "Home", *["ArrowRight"] * (bits - 1))
    page.press("resolution", "Home", *["ArrowRight"] * steps)
    shown = check(page, PHOTOGRAPH, (10, 10, 10))
    assert shown["bits"] == bits
    assert shown["size"][0] == steps + 2


def test_full_resolution_with_eight_bits_is_the_image_itself(page):
    page.press("bits", "End")
    page.press("resolution", "End")
    assert page.numbers()["values"] == PHOTOGRAPH.ravel().tolist()


def test_a_tick_box_switches_a_channel_off_and_on(page):
    for name in ("red", "green", "blue"):
        page.press(name, "Home", "ArrowRight", "ArrowRight")
    page.click("use green")
    check(page, PHOTOGRAPH, (2, 0, 2))
    page.press("use red", "Space")
    check(page, PHOTOGRAPH, (0, 0, 2))
    page.click("use green")
    page.click("use red")
    check(page, PHOTOGRAPH, (2, 2, 2))


@pytest.mark.parametrize("name", [COLOUR, GREY])
@pytest.mark.parametrize("steps", [22, 5])
def test_the_probe_by_keys_hover_and_click(page, name, steps):
    parts = [round(10 * share) for share in (0.3, 0.6, 0.1)]
    for channel, part in zip(("red", "green", "blue"), parts, strict=True):
        page.press(channel, "Home", *["ArrowRight"] * part)
    page.press("resolution", "Home", *["ArrowRight"] * steps)
    page.press(name, "Home", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp")
    shown = check(page, PHOTOGRAPH, parts)
    assert (shown["row"], shown["column"]) == (1, 1)
    page.press(name, "End", "ArrowRight")
    shown = check(page, PHOTOGRAPH, parts)
    assert [shown["row"] + 1, shown["column"] + 1] == shown["size"]
    page.point(name, 0.3, 0.6)
    chosen = check(page, PHOTOGRAPH, parts)
    rows, columns = chosen["size"]
    assert (chosen["row"], chosen["column"]) == (int(0.3 * rows), int(0.6 * columns))
    page.point(name, 0.9, 0.1, click=False)
    assert check(page, PHOTOGRAPH, parts)["row"] != chosen["row"]
    page.page.mouse.move(1, 1)
    page.settle()
    assert page.numbers() == chosen


def test_the_table_says_how_the_grey_comes_about(page):
    page.press("resolution", "End")
    page.press("bits", "End")
    page.press(COLOUR, "Home")
    for name, part in zip(("red", "green", "blue"), (3, 6, 1), strict=True):
        page.press(name, "Home", *["ArrowRight"] * part)
    red, green, blue = PHOTOGRAPH[0, 0].tolist()
    text = page.page.locator(".dcv-pixel-table").inner_text()
    assert f"= {0.3 * red + 0.6 * green + 0.1 * blue:.1f}".removesuffix(".0") in text
    assert all(str(value) in text for value in (red, green, blue, "30", "60", "10"))


def test_the_drawing_shows_the_pixel(page):
    page.press("resolution", "Home", *["ArrowRight"] * 6)
    for name in ("red", "green", "blue"):
        page.press(name, "End")
    page.page.mouse.move(1, 1)
    rows, columns = page.numbers()["size"]
    found = page.page.evaluate(
        """([row, column, rows, columns]) => {
          const canvas = document.querySelector('.dcv-maps canvas');
          const at = (i, length, count) => Math.floor(((i + 0.5) / count) * length);
          const [x, y] = [at(column, canvas.width, columns), at(row, canvas.height, rows)];
          const { data } = canvas.getContext('2d').getImageData(x, y, 1, 1);
          return [...data].slice(0, 3);
        }""",
        [2, 3, rows, columns],
    )
    values = np.reshape(page.numbers()["values"], (rows, columns, 3))
    assert difference(found, values[2, 3].tolist()) <= 1


@pytest.mark.parametrize("tools", ["mixing", "reducing"])
def test_half_of_the_tools(open_explorer, tools):
    page = open_explorer(explore_channels(PHOTOGRAPH / 255, tools=tools, resolution=7, bits=3))
    assert ("red" in page.control_names()) == (tools == "mixing")
    assert ("bits" in page.control_names()) == (tools == "reducing")
    shown = page.numbers()
    assert shown["size"][0] == 7
    assert shown["levels"] == reduce_by_loops(PHOTOGRAPH, *shown["size"], 3).ravel().tolist()
    assert page.errors == []


def test_enough_states():
    compared_enough("channels")
