"""What `explore_shift` accepts, refuses and gives back."""

import numpy as np
import pytest
import traitlets

from dcv.data import make_eyes_and_crosses
from dcv.ops import correlate2d
from dcv.widgets import explore_shift

PLUS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
IMAGES, _ = make_eyes_and_crosses(5, half="left", seed=1)
EYE = IMAGES[4, :, :, 0]
KERNEL = EYE[11:22, :11] - EYE[11:22, :11].mean()


def test_whole_pictures_with_a_kernel_cut_out_of_the_first():
    panel = explore_shift({"eye": EYE, "other": IMAGES[2, :, :, 0]}, KERNEL)
    assert panel.home == (11, 0)
    assert panel.picture.limits == {"right": (0, 21), "down": (-11, 10)}
    assert panel.dense_response == pytest.approx(panel.largest_response)
    panel.right, panel.down = 12, -4
    moved = np.roll(EYE, (-4, 12), axis=(0, 1))
    np.testing.assert_array_equal(panel.moved_image, moved)
    assert panel.dense_response == pytest.approx((moved[11:22, :11] * KERNEL).sum(), abs=1e-6)
    np.testing.assert_allclose(panel.response_map, correlate2d(moved, KERNEL), atol=1e-6)
    assert panel.peak == (7, 12)
    panel.pattern = "other"
    np.testing.assert_array_equal(panel.moved_image, np.roll(IMAGES[2, :, :, 0], (-4, 12), axis=(0, 1)))


def test_a_pattern_is_laid_on_a_canvas():
    panel = explore_shift(PLUS)
    assert panel.moved_image.shape == (9, 9)
    assert panel.home == (3, 0)
    np.testing.assert_array_equal(panel.moved_image[3:6, :3], PLUS)
    assert panel.moved_image.sum() == PLUS.sum()
    np.testing.assert_allclose(panel.dense_weights[3:6, :3], PLUS - PLUS.mean(), atol=1e-6)


def test_the_largest_response_stays_and_the_peak_moves():
    panel = explore_shift(PLUS, canvas=(8, 12))
    largest = panel.largest_response
    for right in range(10):
        panel.right = right
        assert panel.largest_response == pytest.approx(largest)
        assert panel.peak == (panel.home[0], right)
        assert (panel.dense_response == pytest.approx(largest)) == (right == 0)


def test_controls_follow():
    panel = explore_shift({"plus": PLUS, "times": PLUS[::-1]}, right=1, down=-2)
    assert (panel._controls["right"].value, panel._controls["down"].value) == (1, -2)
    panel.right = 4
    assert panel._controls["right"].value == 4
    assert "pattern_index" not in explore_shift(PLUS)._controls


def test_moves_beyond_the_border_are_refused():
    panel = explore_shift(PLUS)
    for name, value in (("right", -1), ("right", 7), ("down", -4), ("down", 4)):
        with pytest.raises(traitlets.TraitError, match=f"{name} must be from"):
            setattr(panel, name, value)
    with pytest.raises(ValueError, match="pattern must be one of my pattern"):
        panel.pattern = "eye"


def test_text_form():
    panel = explore_shift(PLUS)
    assert repr(panel).startswith("explore_shift(pattern, right, down")
    assert repr(panel.picture) == "ShiftPicture()"


@pytest.mark.parametrize(
    ("patterns", "kernel", "settings", "message"),
    [
        ({}, None, {}, "at least one"),
        (np.zeros(5), None, {}, "must have the shape"),
        ({"a": PLUS, "b": np.eye(4)}, None, {}, "the same shape"),
        (PLUS, np.zeros(3), {}, "kernel must have the shape"),
        (PLUS, [[np.nan]], {}, "finite"),
        (PLUS, None, {"canvas": (2, 9)}, "from 3 × 3"),
        (PLUS, None, {"canvas": (9, 65)}, "64 × 64"),
        (np.zeros((30, 30)), None, {}, "a smaller pattern"),
        (PLUS, np.zeros((12, 2)), {}, "from 12 × 3"),
        (PLUS, None, {"right": 7}, "from 0 to 6"),
        (PLUS, None, {"down": 0.5}, "whole number"),
    ],
)
def test_what_it_refuses(patterns, kernel, settings, message):
    with pytest.raises(ValueError, match=message):
        explore_shift(patterns, kernel, **settings)
