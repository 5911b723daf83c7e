"""The fields in the browser are those of `dcv.shapes`, whatever stack the reader builds."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.shapes import input_stride, output_size, receptive_field, receptive_interval
from dcv.widgets import explore_receptive_field

STACK = "Neuron in the stack: left and right move it, up and down change the layer"
OVER = "Neuron over the image: arrow keys move it"
IMAGE = np.random.default_rng(0).integers(0, 256, (48, 40, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer(explore_receptive_field(image=IMAGE))


def check(page, image=IMAGE):
    """Compare everything that the front end computed with `dcv.shapes`, and return what it shows."""
    shown = page.numbers()
    layers, level = [tuple(layer) for layer in shown["layers"]], shown["level"]
    for sizes, length in zip((shown["heights"], shown["widths"]), image.shape, strict=False):
        assert sizes == map_sizes(length, layers)
    below = layers[:level]
    assert (shown["size"], shown["jump"]) == (receptive_field(below), input_stride(below))
    assert shown["fields"] == [receptive_field(layers[:n]) for n in range(1, len(layers) + 1)]
    assert shown["jumps"] == [input_stride(layers[:n]) for n in range(1, len(layers) + 1)]
    for intervals, index in ((shown["rows"], shown["row"]), (shown["columns"], shown["column"])):
        expected = [list(receptive_interval(layers[n:level], index)) for n in range(level)]
        assert difference(intervals, [*expected, [index, index]]) == 0
    assert shown["rows"][0][1] < image.shape[0]
    assert shown["columns"][0][1] < image.shape[1]
    kinds = shown["kinds"][:level]
    assert shown["weights"] == sum(k**2 for (k, _), kind in zip(below, kinds, strict=True) if kind[0] == "c")
    readout = page.readout()
    assert f"neuron of layer {level} in row {shown['row']}, column {shown['column']}" in readout
    assert f"sees {shown['size']} × {shown['size']} pixels" in readout
    page.compared(shown)
    return shown


def map_sizes(length, layers):
    """Return the size of each map; 0 where the kernel is larger than the map below."""
    sizes = [length]
    for kernel_size, stride in layers:
        sizes.append(output_size(sizes[-1], kernel_size, stride=stride) if sizes[-1] >= kernel_size else 0)
    return sizes


def reach_field(page):
    """Return the frame on the image: row, column, height, width."""
    frame = page.page.locator(".dcv-maps .dcv-figure").nth(0).locator("rect.dcv-line.dcv-window")
    return [float(frame.get_attribute(name)) for name in ("y", "x", "height", "width")]


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_every_kernel_and_stride(page, kernel_size, stride):
    page.choose("kernel size of layer 1", str(kernel_size))
    page.choose("stride of layer 1", str(stride))
    shown = check(page)
    assert shown["layers"][0] == [kernel_size, stride]
    page.press(STACK, "ArrowLeft", "ArrowDown")
    assert check(page)["level"] == max(shown["level"] - 1, 1)
    page.press(STACK, "ArrowUp")
    assert check(page)["level"] == shown["level"]


def test_the_chapters_stacks(page):
    page.choose("kernel size of layer 1", "3")
    page.choose("stride of layer 1", "1")
    page.press(STACK, "ArrowUp", "ArrowUp")
    shown = check(page)
    assert (shown["layers"], shown["kinds"]) == (
        [[3, 1], [2, 2], [3, 1]],
        ["convolution", "pooling", "convolution"],
    )
    assert (shown["size"], shown["jump"], shown["weights"]) == (8, 2, 18)
    page.choose("kernel size of layer 1", "5")
    assert check(page)["size"] == 10


def test_layers_are_added_and_removed(open_explorer):
    page = open_explorer(explore_receptive_field([(3, 1)], image=IMAGE))
    fields = []
    for count in range(2, 9):
        page.click("Add a layer")
        shown = check(page)
        assert shown["level"] == count
        assert shown["layers"] == [[3, 1]] * count
        fields.append(shown["size"])
    assert fields == [5, 7, 9, 11, 13, 15, 17]
    assert page.control("Add a layer").is_disabled()
    page.choose("kernel size of layer 2", "4")
    page.click("remove layer 1")
    assert check(page)["layers"] == [[4, 1]] + [[3, 1]] * 6
    for count in range(6, 0, -1):
        page.click(f"remove layer {count}")
        shown = check(page)
        assert len(shown["layers"]) == count
        assert shown["level"] == count
    assert page.control("remove layer 1").is_disabled()
    assert page.errors == []


def test_a_kind_changes_the_weights_and_not_the_field(page):
    before = check(page)
    page.choose("kind of layer 2", "convolution")
    shown = check(page)
    assert shown["weights"] == before["weights"] + 4
    assert (shown["size"], shown["rows"]) == (before["size"], before["rows"])
    page.choose("kind of layer 2", "pooling")
    assert check(page) == before


@pytest.mark.parametrize("name", [STACK, OVER])
def test_arrow_keys_move_one_neuron_and_stop_at_the_border(page, name):
    page.press(name, "Home")
    first = check(page)
    assert first["column"] == 0
    page.press(name, "ArrowRight", "ArrowRight", "ArrowLeft")
    second = check(page)
    assert second["column"] == 1
    assert second["columns"][0][0] - first["columns"][0][0] == second["jump"]
    page.press(name, "ArrowLeft", "ArrowLeft")
    assert check(page)["column"] == 0
    page.press(name, "End")
    last = check(page)
    assert last["column"] + 1 == last["widths"][last["level"]]
    if name == OVER:
        assert last["row"] + 1 == last["heights"][last["level"]]
        page.press(name, "ArrowUp")
        assert check(page)["row"] == last["row"] - 1


@pytest.mark.parametrize("place", [(0.01, 0.99), (0.5, 0.5), (0.99, 0.3)])
def test_a_click_on_the_image_stays_and_hovering_does_not(page, place):
    page.point(OVER, *place)
    chosen = check(page)
    middle = [np.mean(chosen[axis][0]) for axis in ("rows", "columns")]
    for axis in (0, 1):
        length = IMAGE.shape[axis]
        # No neuron has the middle of its field nearer to the pixel.
        lowest, highest = (chosen["size"] - 1) / 2, length - (chosen["size"] + 1) / 2
        wanted = np.clip(np.floor(place[axis] * length), lowest, highest)
        assert abs(middle[axis] - wanted) <= chosen["jump"]
    page.point(OVER, 0.25, 0.1, click=False)
    assert check(page)["columns"] != chosen["columns"]
    page.page.mouse.move(1, 1)
    page.settle()
    assert page.numbers() == chosen


@pytest.mark.parametrize("level", [3, 2, 1])
def test_a_click_in_the_stack_chooses_layer_and_neuron(page, level):
    row = (3 - level) * 48 + 17  # where the layer is drawn, in CSS pixels
    box = page.control(STACK).bounding_box()
    page.point(STACK, row / box["height"], 0.5)
    shown = check(page)
    assert shown["level"] == level
    page.point(STACK, row / box["height"], 0.95)
    right = check(page)
    assert right["column"] > shown["column"]
    assert right["row"] == shown["row"]
    page.press(STACK, "ArrowUp", "ArrowUp")
    page.page.mouse.move(1, 1)
    page.settle()
    assert check(page)["level"] == 3


def test_the_frame_on_the_image_is_the_field(page):
    page.point(OVER, 0.3, 0.6)
    shown = check(page)
    (top, bottom), (left, right) = shown["rows"][0], shown["columns"][0]
    assert reach_field(page) == [top, left, bottom - top + 1, right - left + 1]


def test_the_neuron_stays_over_its_pixels_when_a_layer_changes(page):
    page.point(OVER, 0.5, 0.5)
    before = check(page)
    page.choose("stride of layer 1", "2")
    after = check(page)
    middles = [np.mean(shown["columns"][0]) for shown in (before, after)]
    assert abs(middles[0] - middles[1]) <= after["jump"]
    page.choose("stride of layer 1", "1")


def test_layers_that_do_not_fit_are_explained(open_explorer):
    image = np.random.default_rng(1).random((12, 9))
    page = open_explorer(explore_receptive_field([(3, 2), (3, 1)], image=image))
    page.click("Add a layer")
    assert "Layer 3 does not fit" in page.readout()
    shown = check(page, image)
    assert (shown["level"], shown["widths"]) == (2, [9, 4, 2, 0])
    page.choose("kernel size of layer 1", "10")
    assert "The kernel of layer 1 does not fit on 12 × 9 pixels" in page.readout()
    page.press(STACK, "ArrowRight", "ArrowUp")
    page.press(OVER, "ArrowRight")
    page.point(STACK, 0.5, 0.5)
    page.page.mouse.move(1, 1)
    page.choose("kernel size of layer 1", "1")
    page.choose("stride of layer 1", "1")
    assert check(page, image)["widths"] == [9, 9, 7, 5]
    assert page.errors == []


def test_the_strip_shows_the_row_of_the_image(page):
    """The colour at a place of the lowest row of the stack is that of the pixel."""
    page.point(OVER, 0.4, 0.2)
    page.page.mouse.move(1, 1)
    page.settle()
    shown = check(page)
    column, row = 35, sum(shown["rows"][0]) // 2
    found = page.page.evaluate(
        """([column, width, levels]) => {
          const canvas = document.querySelector('.dcv canvas');
          const unit = (canvas.clientWidth - 58 - 8) / width;
          const y = levels * 48 + 17;
          return [...canvas.getContext('2d').getImageData(58 + (column + 0.5) * unit, y, 1, 1).data];
        }""",
        [column, IMAGE.shape[1], len(shown["layers"])],
    )
    assert difference(found[:3], IMAGE[row, column].tolist()) <= 2


def test_enough_states():
    compared_enough("receptive_field")
