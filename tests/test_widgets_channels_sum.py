"""What `explore_channels_sum` accepts, refuses and gives back."""

import numpy as np
import pytest

from dcv.data import sample_image
from dcv.ops import conv2d
from dcv.widgets import explore_channels_sum

PORTRAIT = sample_image("astronaut", size=(12, 10))


def test_sums_of_the_worked_example_of_chapter_3():
    window = np.stack([[[1, 0], [2, 1]], [[0, 1], [1, 0]], [[2, 0], [0, 1]]], axis=-1)
    kernel = np.stack([[[1, 0], [0, -1]], [[0, 2], [1, 0]], [[-1, 0], [0, 1]]], axis=-1)
    panel = explore_channels_sum(window, kernel, bias=0.5)
    assert panel.channel_sums == [0, 3, -1]
    assert panel.response == 2.5


@pytest.mark.parametrize("image", [PORTRAIT, PORTRAIT / 255, PORTRAIT / 255 - 0.5])
def test_reads_back_what_was_chosen(image):
    panel = explore_channels_sum(image, filter="vertical edges", bias=0.25)
    panel.position = 13
    assert (panel.row, panel.column) == (1, 5)
    expected = conv2d(image[None].astype(float), panel.kernel[..., None], [0.25])[0, 1, 5, 0]
    assert panel.response == pytest.approx(expected, abs=1e-5)
    assert sum(panel.channel_sums) + panel.bias == pytest.approx(panel.response)
    panel.filter = "brightness"
    np.testing.assert_allclose(panel.kernel, 1 / 27)


def test_bytes_over_255_travel_as_bytes():
    picture = explore_channels_sum(PORTRAIT / 255).picture
    assert picture.image.dtype == np.uint8
    np.testing.assert_array_equal(picture.values, PORTRAIT / 255)
    picture = explore_channels_sum((PORTRAIT / 255).astype(np.float32)).picture
    assert picture.image.dtype == np.uint8
    np.testing.assert_allclose(picture.values, PORTRAIT / 255)


def test_weights_can_be_set_and_are_forgotten_with_another_filter():
    panel = explore_channels_sum(PORTRAIT)
    panel.kernel = np.arange(27).reshape(3, 3, 3)
    assert panel.kernel[2, 1, 0] == 21
    panel.filter = "brightness"
    np.testing.assert_allclose(panel.kernel, 1 / 27)
    with pytest.raises(ValueError, match=r"must have the shape \(3, 3, 3\)"):
        panel.kernel = np.zeros((2, 2, 3))
    with pytest.raises(ValueError, match="brightness, red minus green"):
        panel.filter = "nothing"


def test_controls_follow():
    panel = explore_channels_sum(PORTRAIT / 255)
    panel.bias = 0.5
    assert panel._controls["bias"].value == 0.5
    panel.filter = "vertical edges"
    assert panel._controls["filter_index"].index == 2


def test_bias_has_the_range_of_the_image():
    assert explore_channels_sum(PORTRAIT)._controls["bias"].max == 100
    assert explore_channels_sum(PORTRAIT / 255)._controls["bias"].max == 1
    assert explore_channels_sum(PORTRAIT / 255, bias=-7)._controls["bias"].min == -7


def test_text_form():
    panel = explore_channels_sum(PORTRAIT)
    assert repr(panel).startswith("explore_channels_sum(filter, kernel, bias")
    assert repr(panel.picture) == "ChannelsSumPicture()"


@pytest.mark.parametrize(
    ("image", "kernels", "message"),
    [
        (np.zeros((8, 8)), None, "it is gray"),
        (np.zeros((97, 8, 3)), None, "at most 96 × 96"),
        (np.zeros((2, 2, 3)), None, "at most 2 × 2"),
        (PORTRAIT, {}, "at least one"),
        (PORTRAIT, np.zeros((3, 3)), "np.stack"),
        (PORTRAIT, np.zeros((3, 3, 3, 32)), r"kernels\[:, :, :, 0\]"),
        (PORTRAIT, {"large": np.zeros((6, 3, 3))}, "large must have"),
        (PORTRAIT, np.full((1, 1, 3), np.inf), "finite"),
    ],
)
def test_what_it_refuses(image, kernels, message):
    with pytest.raises(ValueError, match=message):
        explore_channels_sum(image, kernels)


def test_settings_that_it_refuses():
    with pytest.raises(ValueError, match="finite"):
        explore_channels_sum(PORTRAIT, bias=np.nan)
    with pytest.raises(ValueError, match="filter must be one of"):
        explore_channels_sum(PORTRAIT, filter="green minus red")
