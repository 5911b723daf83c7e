"""explore_dataset as Python sees it."""

import numpy as np
import pytest
import traitlets

from dcv.widgets import explore_dataset

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 6, 8, 3)).astype(np.uint8)
LABELS = np.array([1, 0, 2, 1, 1, 1, 0, 2, 2, 0, 0, 1])
NAMES = ["cat", "dog", "frog"]


def test_takes_the_first_images_of_each_class():
    panel = explore_dataset(IMAGES, LABELS, NAMES, per_class=3)
    assert panel.picture.indices == [1, 6, 9, 0, 3, 4, 2, 7, 8]
    np.testing.assert_array_equal(panel.picture.images, IMAGES[panel.picture.indices])


def test_image_and_class_follow_each_other():
    panel = explore_dataset(IMAGES, LABELS, NAMES)
    panel.image_number = 4
    assert (panel.index, panel.label, panel.class_name) == (3, 1, "dog")
    assert panel._controls["class_index"].value == "dog"
    panel.class_name = "frog"
    assert (panel.index, panel.image_number) == (2, 6)
    assert panel._controls["image_number"].value == 6
    panel.image_number = 8
    panel.class_name = "frog"  # it is one already
    assert panel.index == 8
    np.testing.assert_array_equal(panel.image, IMAGES[8])


def test_pixel_is_read_back():
    panel = explore_dataset(IMAGES, LABELS, NAMES)
    panel.row, panel.column = 5, 7
    assert panel.pixel == tuple(IMAGES[1, 5, 7])
    with pytest.raises(traitlets.TraitError, match="row must be at most 5, got 6"):
        panel.row = 6
    with pytest.raises(traitlets.TraitError, match="image_number must be at most 8"):
        panel.image_number = 9
    with pytest.raises(ValueError, match="class_name must be one of cat, dog, frog, got 'bird'"):
        panel.class_name = "bird"


def test_floats_and_gray_become_bytes():
    panel = explore_dataset(IMAGES[..., 0] / 255, LABELS, NAMES)
    assert panel.picture.images.dtype == np.uint8
    np.testing.assert_array_equal(panel.image, IMAGES[1, :, :, :1])


def test_classes_without_images_are_left_out():
    panel = explore_dataset(IMAGES[:2], LABELS[:2], NAMES, per_class=2)
    assert panel.picture.class_names == ["cat", "dog"]


def test_state_is_small():
    images = np.zeros((40, 32, 32, 3), np.uint8)
    panel = explore_dataset(images, np.arange(40) % 10, list("abcdefghij"))
    assert len(panel.picture.get_state("images")["images"]["data"]) == 30 * 32 * 32 * 3
    with pytest.raises(
        ValueError, match=r"got 40 images of 3,072: at most 32 fit, so pass a smaller per_class"
    ):
        explore_dataset(images, np.arange(40) % 10, list("abcdefghij"), per_class=4)


def test_repr_names_what_can_be_chosen():
    expected = "explore_dataset(image_number, class_name, index, label, image, row, column, pixel)"
    assert repr(explore_dataset(IMAGES, LABELS, NAMES)) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": IMAGES[0, 0]}, r"images must have the shape"),
        ({"images": np.moveaxis(IMAGES, 3, 1)}, "channels come last"),
        ({"images": np.zeros((12, 65, 8, 3))}, "at most 64 × 64 pixels"),
        ({"images": IMAGES.astype(int)}, "images must be uint8 in .* or floats in .*, got int64 from 0"),
        ({"images": IMAGES.astype(float)}, "got float64"),
        ({"labels": LABELS[:5]}, r"labels must be 12 whole numbers, .* got int64 in shape \(5,\)"),
        ({"labels": LABELS / 2}, "labels must be 12 whole numbers"),
        ({"class_names": NAMES[:2]}, "labels must be from 0 to 1, as there are 2 class_names, got 0 to 2"),
        ({"per_class": 0}, "per_class must be a whole number of at least 1, got 0"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_dataset(**{"images": IMAGES, "labels": LABELS, "class_names": NAMES, **arguments})
