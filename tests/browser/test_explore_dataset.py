"""Images, labels and pixels in the browser are those of the arrays."""

import numpy as np
import pytest
from explorer_pages import compared_enough

from dcv.data import load_shapes10
from dcv.widgets import explore_dataset

DATA = load_shapes10(300, 10)
IMAGES, LABELS, NAMES = DATA.train_images, DATA.train_labels, DATA.class_names
MEMBERS = [np.flatnonzero(DATA.train_labels == label).tolist() for label in range(10)]
PIXEL = "Position of the probed pixel: arrow keys move it"
SHEET = "Position among all images: arrow keys choose another one"


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_dataset(IMAGES, LABELS, NAMES))
    yield page
    assert page.errors == []


def check(page):
    """Compare what is shown with the arrays, and the controls with each other."""
    shown = page.numbers()
    index, row, column = shown["index"], shown["row"], shown["column"]
    assert shown["values"] == IMAGES[index, row, column].tolist()
    assert shown["label"] == LABELS[index]
    assert shown["name"] == NAMES[LABELS[index]]
    assert f"Image {index} of the array: label {shown['label']}, {shown['name']}" in page.readout()
    assert "red {}, green {}, blue {}".format(*shown["values"]) in page.readout()
    assert page.control("class").evaluate("(menu) => menu.selectedOptions[0].text") == shown["name"]
    assert float(page.control("image number").get_attribute("aria-valuenow")) == shown["number"]
    page.compared(shown)
    return shown


def test_every_image_with_another_pixel(page):
    page.press("image number", "Home")
    seen = []
    for i in range(30):
        row_share, column_share = (0.37 * (i + 1)) % 1, (0.61 * (i + 1)) % 1
        page.point(PIXEL, row_share, column_share)
        shown = check(page)
        seen.append(shown["index"])
        assert abs(shown["row"] + 0.5 - 32 * row_share) <= 1
        assert abs(shown["column"] + 0.5 - 32 * column_share) <= 1
        page.click("Next image")
    assert check(page)["number"] == 0  # the last one is followed by the first
    expected = [i for members in MEMBERS for i in members[:3]]
    assert seen == expected


def test_the_picture_shows_the_image(page):
    page.press("image number", "End", "ArrowLeft")
    shown = check(page)
    found = page.page.evaluate(
        """() => {
          const canvas = document.querySelector('.dcv-maps canvas');
          const context = canvas.getContext('2d');
          const at = (i, length) => Math.floor(((i + 0.3) / 32) * length);
          return Array.from({ length: 32 }, (_, i) =>
            [...context.getImageData(at(i, canvas.width), at(i, canvas.height), 1, 1).data].slice(0, 3));
        }"""
    )
    diagonal = IMAGES[shown["index"]][np.arange(32), np.arange(32)]
    assert np.abs(np.array(found) - diagonal).max() <= 1


@pytest.mark.parametrize("label", range(10))
def test_every_class(page, label):
    page.choose("class", NAMES[label])
    shown = check(page)
    assert shown["label"] == label
    assert shown["index"] == MEMBERS[label][0]
    page.press("image number", "ArrowRight")
    assert check(page)["label"] == label


def test_arrow_keys_move_the_pixel(page):
    page.press(PIXEL, "Home")
    assert (check(page)["row"], page.numbers()["column"]) == (0, 0)
    page.press(PIXEL, "ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp")
    assert (check(page)["row"], page.numbers()["column"]) == (1, 1)
    page.press(PIXEL, "End", "ArrowRight")
    assert (check(page)["row"], page.numbers()["column"]) == (31, 31)


def test_hovering_previews_a_pixel(page):
    page.press(PIXEL, "Home")
    page.point(PIXEL, 0.99, 0.99, click=False)
    assert page.numbers()["row"] == 31
    page.page.mouse.move(1, 1)
    page.settle()
    assert check(page)["row"] == 0


def test_the_sheet_chooses_images(page):
    page.press(SHEET, "Home")
    assert check(page)["number"] == 0
    page.press(SHEET, "ArrowRight", "ArrowRight", "ArrowDown")
    assert check(page)["number"] == 7  # the third class, its second image
    page.point(SHEET, 0.9, 0.99)
    assert check(page)["number"] == 29
    page.click("Previous image")
    assert check(page)["number"] == 28


def test_data_of_the_learner(open_explorer):
    """Gray floats, classes of different sizes, one class without an image."""
    images = np.random.default_rng(0).random((5, 9, 12))
    page = open_explorer(explore_dataset(images, [2, 0, 0, 0, 2], ["a", "b", "c"], per_class=4))
    page.press(SHEET, "ArrowRight", "ArrowDown", "ArrowDown")
    shown = page.numbers()
    assert (shown["index"], shown["name"]) == (4, "c")
    assert shown["values"] == [round(255 * images[4, shown["row"], shown["column"]])]
    assert page.errors == []


def test_one_image_needs_no_slider(open_explorer):
    page = open_explorer(explore_dataset(np.zeros((1, 4, 4), np.uint8), [0], ["nothing"]))
    assert "image number" not in page.control_names()
    page.click("Next image")
    assert page.numbers()["number"] == 0
    assert page.errors == []


def test_enough_states():
    compared_enough("dataset")
