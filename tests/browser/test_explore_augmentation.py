"""The changed pixels in the browser are those that NumPy makes."""

import numpy as np
import pytest
from explorer_pages import compared_enough

from dcv.data import load_shapes10
from dcv.widgets import explore_augmentation

IMAGES = load_shapes10(30, 10).train_images[:3]


@pytest.fixture(scope="module")
def pair(open_explorer):
    """The page, and a panel in Python whose choices are set by hand to the same."""
    page = open_explorer(explore_augmentation(IMAGES, ["ring", "ring", "square"]))
    yield page, explore_augmentation(IMAGES, ["ring", "ring", "square"])
    assert page.errors == []


def check(page, panel):
    """Compare pixels, mean change and doubts."""
    shown = page.numbers()
    assert shown["image"] == panel.image
    assert np.array_equal(np.reshape(shown["values"], IMAGES.shape[1:]), panel.changed)
    assert shown["meanChange"] == pytest.approx(panel.mean_change, abs=1e-6)
    assert tuple(shown["doubts"]) == panel.doubts
    assert ("Label-safe" in page.readout()) == (not panel.doubts)
    page.compared(shown)


# 3 · 4 flips
@pytest.mark.parametrize("name", ["ring 1", "ring 2", "square"])
def test_flips(pair, name):
    page, panel = pair
    page.choose("image", name)
    panel.image = name
    for box, trait in [("mirrored", "mirrored"), ("upside down", "upside_down")] * 2:
        page.click(box)
        setattr(panel, trait, not getattr(panel, trait))
        check(page, panel)


@pytest.mark.parametrize("control", ["down", "right", "brightness", "hole"])
def test_sliders(pair, control):
    page, panel = pair
    page.press(control, "Home")
    setattr(panel, control, panel._controls[control].min)
    check(page, panel)
    for moved in range(1, 4):
        page.press(control, "ArrowRight")
        setattr(panel, control, panel._controls[control].min + moved)
        check(page, panel)
    page.press(control, "End")
    setattr(panel, control, panel._controls[control].max)
    check(page, panel)


def test_changes_together(pair):
    page, panel = pair
    for control, key in [("down", "Home"), ("right", "End"), ("brightness", "Home"), ("hole", "Home")]:
        page.press(control, key, *["ArrowRight" if key == "Home" else "ArrowLeft"] * 7)
        low, high = panel._controls[control].min, panel._controls[control].max
        setattr(panel, control, low + 7 if key == "Home" else high - 7)
        check(page, panel)
    page.click("upside down")
    panel.upside_down = not panel.upside_down
    check(page, panel)


def test_the_drawing_shows_both_images(pair):
    page, panel = pair
    page.press("hole", "Home", "ArrowRight", "ArrowRight", "ArrowRight")
    panel.hole = panel._controls["hole"].min + 3
    check(page, panel)
    original = IMAGES[["ring 1", "ring 2", "square"].index(panel.image)]
    for picture, expected in enumerate((original, panel.changed)):
        assert np.abs(page.cells(picture, *original.shape[:2]) - expected).max() <= 1


def test_enough_states():
    compared_enough("augmentation")
