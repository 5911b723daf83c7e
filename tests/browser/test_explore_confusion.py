"""Counts, shares and images of every cell are those of the arrays."""

from io import BytesIO

import numpy as np
import pytest
from explorer_pages import compared_enough
from explorers import EXPLORERS
from PIL import Image

from dcv.evaluation import precision_recall

CELL = "Cell of the confusion matrix: arrow keys choose another one"
KINDS = ["counts", "% of true class", "% of predicted class"]


@pytest.fixture(scope="module")
def panel():
    return EXPLORERS["confusion"]()


@pytest.fixture(scope="module")
def page(panel, open_explorer):
    page = open_explorer(panel)
    yield page
    assert page.errors == []


def near(shown, expected):
    """Return whether a number of the page is that of NumPy; nothing stands for NaN."""
    return shown is None if np.isnan(expected) else shown == pytest.approx(expected)


def check(page, panel):
    """Compare what is shown with the matrix."""
    confusion = np.array(panel.picture.confusion)
    shown = page.numbers()
    row, column, count = shown["row"], shown["column"], shown["count"]
    precision, recall = precision_recall(confusion)
    assert count == confusion[row, column]
    with np.errstate(invalid="ignore"):
        assert near(shown["ofTrue"], count / confusion[row].sum())
        assert near(shown["ofPredicted"], count / confusion[:, column].sum())
    assert near(shown["precision"], precision[row])
    assert near(shown["recall"], recall[row])
    sums = [1, confusion.sum(axis=1, keepdims=True) / 100, np.maximum(confusion.sum(axis=0), 1) / 100]
    np.testing.assert_allclose(shown["values"], confusion / sums[shown["kind"]], rtol=1e-12)
    assert f"{count} of {confusion.sum()} images" in page.readout()
    names = panel.picture.class_names
    menus = [
        page.control(name).evaluate("(menu) => menu.selectedOptions[0].text")
        for name in ("true class", "predicted class")
    ]
    assert menus == [names[row], names[column]]
    page.compared(shown)
    return shown


def test_every_cell_and_its_images(page, panel):
    page.press(CELL, "Home")
    classes = len(panel.picture.class_names)
    for row in range(classes):
        page.page.keyboard.press("Home")
        for _ in range(row):
            page.page.keyboard.press("ArrowDown")
        for column in range(classes):
            page.settle()
            shown = check(page, panel)
            assert (shown["row"], shown["column"]) == (row, column)
            panel.picture.true_class_index, panel.picture.predicted_class_index = row, column
            assert shown["indices"] == panel.indices
            visible = page.page.locator(".dcv-tiles .dcv-figure:visible").count()
            assert visible == len(panel.indices)
            page.page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_number(page, panel, kind):
    page.choose("numbers", kind)
    page.point(CELL, 0.33, 0.55)
    assert check(page, panel)["kind"] == KINDS.index(kind)
    assert (page.numbers()["row"], page.numbers()["column"]) == (3, 5)


def test_menus_choose_cells(page, panel):
    names = panel.picture.class_names
    page.choose("true class", names[2])
    page.choose("predicted class", names[2])
    shown = check(page, panel)
    assert (shown["row"], shown["column"]) == (2, 2)
    assert f"{names[2]}, named correctly" in page.readout()


def test_hovering_previews_a_cell(page, panel):
    page.press(CELL, "Home")
    page.point(CELL, 0.99, 0.99, click=False)
    assert page.numbers()["row"] == 9
    page.page.mouse.move(1, 1)
    page.settle()
    assert page.numbers()["row"] == 0


def test_the_images_shown_are_those_of_the_array(page, panel):
    """JPEG may change a pixel by some levels, but not one image into another."""
    page.press(CELL, "Home")
    tile = page.page.evaluate(
        """() => {
          const canvas = document.querySelector('.dcv-tiles canvas');
          const context = canvas.getContext('2d');
          const at = (i, length) => Math.floor(((i + 0.5) / 32) * length);
          const pixel = (row, column) => [...context.getImageData(column, row, 1, 1).data].slice(0, 3);
          return Array.from({ length: 32 }, (_, row) => Array.from({ length: 32 }, (_, column) =>
            pixel(at(row, canvas.height), at(column, canvas.width))));
        }"""
    )
    picture = panel.picture
    place = picture.indices_of_photos.tolist().index(page.numbers()["indices"][0])
    differences = np.abs(picture.photos.astype(int) - np.array(tile)).mean(axis=(1, 2, 3))
    assert differences.argmin() == place
    sheet = np.array(Image.open(BytesIO(picture.get_state("photos")["photos"]["data"])))
    top, left = 32 * (place // 16), 32 * (place % 16)
    stored = sheet[top : top + 32, left : left + 32].astype(int)
    assert np.abs(stored - np.array(tile)).mean() < 3  # decoders of JPEG may differ a little


def test_enough_states():
    compared_enough("confusion")
