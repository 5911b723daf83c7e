"""What `explore_channels` accepts, refuses and gives back."""

import numpy as np
import pytest
import traitlets
from skimage.transform import downscale_local_mean

from dcv.data import sample_image
from dcv.widgets import explore_channels
from dcv.widgets.channels import block_means, quantise

PHOTOGRAPH = sample_image("chelsea", size=(24, 36))


def test_block_means_are_those_of_skimage_where_blocks_are_equal():
    for factor in (1, 2, 3, 4, 6, 12):
        expected = downscale_local_mean(PHOTOGRAPH.astype(float), (factor, factor, 1))
        np.testing.assert_allclose(block_means(PHOTOGRAPH, 24 // factor), expected)


@pytest.mark.parametrize("rows", [1, 5, 7, 23])
def test_blocks_of_unequal_size_cover_every_pixel_once(rows):
    means = block_means(np.ones((24, 36, 3)), rows)
    np.testing.assert_allclose(means, 1)
    assert means.shape == (rows, int(36 * rows / 24 + 0.5), 3)


@pytest.mark.parametrize("bits", range(1, 9))
def test_quantise_is_the_integer_division_of_chapter_1(bits):
    values = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(quantise(values.astype(float), bits), values // (256 // 2**bits))


def test_reads_back_what_was_mixed():
    panel = explore_channels(PHOTOGRAPH, shares=(3, 6, 1))
    panel.row, panel.column = 5, 30
    assert panel.pixel == PHOTOGRAPH[5, 30].tolist()
    assert panel.gray == pytest.approx(PHOTOGRAPH[5, 30] @ [0.3, 0.6, 0.1])
    np.testing.assert_allclose(panel.gray_image, PHOTOGRAPH @ np.array([0.3, 0.6, 0.1]))
    panel.use_green = False
    np.testing.assert_allclose(panel.shares, [0.75, 0, 0.25])
    panel.use_red = panel.use_blue = False
    np.testing.assert_array_equal(panel.shares, 0)
    assert panel.gray == 0


def test_reads_back_what_was_reduced():
    panel = explore_channels(PHOTOGRAPH, resolution=12, bits=2)
    expected = downscale_local_mean(PHOTOGRAPH.astype(float), (2, 2, 1)) // 64 / 3 * 255
    np.testing.assert_allclose(panel.reduced_image, expected)
    assert panel.bytes_needed == 12 * 18 * 3 * 2 // 8
    panel.row, panel.column = 23, 1
    np.testing.assert_allclose(panel.pixel, expected[11, 0])
    panel.resolution, panel.bits = 24, 8
    np.testing.assert_array_equal(panel.reduced_image, PHOTOGRAPH)


def test_controls_follow_and_lead():
    panel = explore_channels(PHOTOGRAPH)
    panel.red = 9
    assert panel._controls["red"].value == 9
    assert set(panel._controls) == {"red", "green", "blue", "resolution", "bits"}
    assert set(explore_channels(PHOTOGRAPH, tools="mixing")._controls) == {"red", "green", "blue"}
    assert set(explore_channels(PHOTOGRAPH, tools="reducing")._controls) == {"resolution", "bits"}


def test_floats_become_bytes():
    panel = explore_channels(PHOTOGRAPH / 255)
    np.testing.assert_array_equal(panel.picture.image, PHOTOGRAPH)


def test_text_form():
    panel = explore_channels(PHOTOGRAPH)
    assert repr(panel).startswith("explore_channels(red, green, blue, use_red")
    assert repr(panel.picture) == "ChannelsPicture()"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4)), "it is gray"),
        (np.zeros((3, 8, 9)), "moveaxis"),
        (np.zeros((2, 8, 8, 3)), r"images\[0\]"),
        (np.zeros((0, 4, 3)), "got"),
        (np.zeros((129, 4, 3)), "at most 128 × 128"),
        (np.full((4, 4, 3), np.nan), "finite"),
        (np.full((4, 4, 3), 200.0), "divide by 255"),
        (np.full((4, 4, 3), -0.5), "divide by 255"),
        (np.full((4, 4, 3), "a"), "real numbers"),
    ],
)
def test_images_that_it_refuses(image, message):
    with pytest.raises(ValueError, match=message):
        explore_channels(image)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shares": (1, 2)}, "three whole numbers from 0 to 10"),
        ({"shares": (1, 2, 11)}, "from 0 to 10"),
        ({"resolution": 0}, "from 2 to 24"),
        ({"resolution": 25}, "from 2 to 24"),
        ({"bits": 9}, "from 1 to 8"),
        ({"tools": "none"}, "all, mixing, reducing"),
    ],
)
def test_settings_that_it_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        explore_channels(PHOTOGRAPH, **settings)


TOO_MUCH = {"row": 24, "column": 36, "resolution": 25, "bits": 9, "red": 11}


@pytest.mark.parametrize(("name", "value"), TOO_MUCH.items())
def test_values_that_it_refuses_later(name, value):
    with pytest.raises(traitlets.TraitError):
        setattr(explore_channels(PHOTOGRAPH), name, value)
