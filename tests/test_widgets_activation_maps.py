"""explore_feature_maps and explore_grad_cam as Python sees them, and the sheets that carry their maps."""

import io

import numpy as np
import pytest
import traitlets
from PIL import Image

from dcv.widgets import explore_feature_maps, explore_grad_cam
from dcv.widgets.sheets import as_levels, encode_sheet, photos_as_bytes

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (2, 16, 12, 3)).astype(np.uint8)
MAPS = {"a": RNG.random((2, 7, 5, 4)), "b": 3 * RNG.random((2, 3, 2, 6))}
CAMS = {"a": RNG.random((2, 3, 7, 5)), "b": RNG.random((2, 3, 3, 2))}
PROBABILITIES = [[0.1, 0.8, 0.1], [0.5, 0.25, 0.25]]
NAMES = ["cat", "dog", "frog"]
PLACES = {
    "centres": {"a": (np.arange(7) * 2 + 1, np.arange(5) * 2 + 1), "b": ([3, 7, 11], [3, 7])},
    "fields": {"a": 3, "b": 7},
}


# Sheets.


@pytest.mark.parametrize("shape", [(1, 3, 4), (16, 5, 2), (37, 4, 4), (19, 6, 3, 3)])
def test_a_png_sheet_holds_exactly_the_tiles(shape):
    tiles = RNG.integers(0, 256, shape).astype(np.uint8)
    sheet = np.array(Image.open(io.BytesIO(encode_sheet(tiles))))
    height, width = shape[1:3]
    for i, tile in enumerate(tiles):
        top, left = height * (i // 16), width * (i % 16)
        np.testing.assert_array_equal(sheet[top : top + height, left : left + width], tile)


def test_levels_lose_at_most_half_a_step():
    values = RNG.random((50, 50)) * 7
    levels = as_levels(values, 7.0)
    assert np.abs(levels * (7 / 255) - values).max() <= 7 / 510 + 1e-12
    assert as_levels(np.array([-1.0, 9.0]), 7.0).tolist() == [0, 255]
    assert as_levels(np.zeros(3), 0.0).tolist() == [0, 0, 0]


def test_photos_become_bytes_with_three_channels():
    gray = RNG.random((2, 4, 5))
    assert photos_as_bytes(gray).shape == (2, 4, 5, 3)
    np.testing.assert_array_equal(photos_as_bytes(gray)[..., 2], np.rint(255 * gray))
    np.testing.assert_array_equal(photos_as_bytes(IMAGES), IMAGES)


def test_a_sheet_says_what_it_takes():
    with pytest.raises(ValueError, match=r"tiles must be uint8 .*got float64"):
        encode_sheet(np.zeros((2, 3, 3)))
    with pytest.raises(ValueError, match=r"got uint8 with the shape \(3, 3\)"):
        encode_sheet(np.zeros((3, 3), np.uint8))


# Feature maps.


def test_feature_maps_are_read_back():
    panel = explore_feature_maps(IMAGES, MAPS, ["first", "second"])
    panel.title, panel.layer = "second", "b"
    panel.channel, panel.row, panel.column = 5, 2, 1
    np.testing.assert_array_equal(panel.feature_map, MAPS["b"][1, :, :, 5])
    assert panel.response == MAPS["b"][1, 2, 1, 5]
    assert panel._controls["layer_index"].value == "b"


def test_a_smaller_layer_takes_cell_and_channel_along():
    panel = explore_feature_maps(IMAGES, MAPS)
    panel.row, panel.column = 6, 4
    panel.layer = "b"
    assert (panel.row, panel.column) == (2, 1)
    panel.channel = 5
    panel.layer = "a"
    assert panel.channel == 3
    with pytest.raises(traitlets.TraitError, match="channel must be at most 3 in this layer, got 4"):
        panel.channel = 4


def test_the_chain_says_what_a_cell_sees():
    panel = explore_feature_maps(IMAGES, MAPS, chain=[(3, 2), (3, 1)])
    assert [layer[3] for layer in panel.picture.layers] == [{"size": 3, "step": 2}, {"size": 7, "step": 2}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": IMAGES[:1]}, r"maps\['a'\] must have the shape \(1, rows, columns, channels\)"),
        ({"maps": {}}, "maps must be a dict"),
        ({"maps": MAPS["a"]}, "maps must be a dict"),
        ({"maps": {"a": -MAPS["a"]}}, "finite numbers of at least 0"),
        ({"maps": {"a": np.zeros((2, 100, 100, 32))}}, "at most 400,000 values, got 640,000"),
        ({"titles": ["same", "same"]}, "titles must be 2 different texts"),
        ({"chain": [(3, 1)]}, "for each of 2 layers"),
    ],
)
def test_feature_maps_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_feature_maps(**{"images": IMAGES, "maps": MAPS, **arguments})


def test_feature_maps_say_what_cannot_be_chosen():
    panel = explore_feature_maps(IMAGES, MAPS)
    with pytest.raises(ValueError, match="layer must be one of a, b, got 'c'"):
        panel.layer = "c"
    with pytest.raises(ValueError, match="title must be one of image 0, image 1, got 'c'"):
        panel.title = "c"


# Grad-CAM.


def test_grad_cam_starts_with_the_last_layer_and_the_likeliest_class():
    panel = explore_grad_cam(IMAGES, CAMS, PROBABILITIES, NAMES, **PLACES)
    assert (panel.layer, panel.class_name, panel.placement) == ("b", "dog", "in its place")
    np.testing.assert_array_equal(panel.activation_map, CAMS["b"][0, 1])


def test_grad_cam_is_read_back():
    panel = explore_grad_cam(IMAGES, CAMS, PROBABILITIES, NAMES, **PLACES, titles=["first", "second"])
    panel.title, panel.layer, panel.class_name = "second", "a", "frog"
    panel.placement, panel.opacity = "stretched", 20
    panel.row, panel.column = 6, 4
    assert panel.value == CAMS["a"][1, 2, 6, 4]
    assert panel._controls["placement_index"].value == "stretched"
    panel.layer = "b"
    assert (panel.row, panel.column) == (2, 1)
    with pytest.raises(traitlets.TraitError, match="row must be at most 2"):
        panel.row = 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"maps": {"a": CAMS["a"][:, :2]}}, r"must have the shape \(2, 3, rows, columns\)"),
        ({"maps": {"a": CAMS["a"] - 1}}, "finite numbers of at least 0"),
        ({"maps": []}, "maps must be a dict"),
        ({"maps": {"c": CAMS["a"]}}, "an entry for the layer 'c'"),
        ({"maps": {"a": np.zeros((2, 3, 200, 200))}, "centres": {"a": (range(200),) * 2}}, "at most 200,000"),
        ({"centres": {"a": ([1], [2]), "b": ([1], [2])}}, r"centres\['a'\] must be 7 rows and 5 columns"),
        ({"probabilities": [[0.5, 0.5]]}, r"\(2, 3\); got \(1, 2\)"),
        ({"titles": ["one"]}, "titles must be 2 different texts"),
    ],
)
def test_grad_cam_says_what_is_wrong(arguments, message):
    good = {"images": IMAGES, "maps": CAMS, "probabilities": PROBABILITIES, "class_names": NAMES, **PLACES}
    with pytest.raises(ValueError, match=message):
        explore_grad_cam(**{**good, **arguments})


def test_grad_cam_says_what_cannot_be_chosen():
    panel = explore_grad_cam(IMAGES, CAMS, PROBABILITIES, NAMES, **PLACES)
    with pytest.raises(ValueError, match="class_name must be one of cat, dog, frog, got 'bird'"):
        panel.class_name = "bird"
