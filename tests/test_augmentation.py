"""Changed images are the images that NumPy's own functions give, and keep shape and dtype."""

import numpy as np
import pytest

from dcv.augmentation import flip_images, random_shifts_and_flips, shift_images

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 7, 9, 3), np.uint8)


@pytest.mark.parametrize("mode", ["reflect", "constant", "edge"])
@pytest.mark.parametrize("distance", [(0, 0), (2, 0), (-3, 1), (4, -6)])
def test_a_shift_is_a_window_of_the_padded_image(mode, distance):
    rows, columns = distance
    shifted = shift_images(IMAGES, rows, columns, mode=mode)
    padded = np.pad(IMAGES, ((0, 0), (6, 6), (6, 6), (0, 0)), mode)
    assert np.array_equal(shifted, padded[:, 6 - rows : 13 - rows, 6 - columns : 15 - columns])
    assert shifted.dtype == np.uint8


def test_content_moves_down_and_to_the_right():
    shifted = shift_images(IMAGES, 2, 3)
    assert np.array_equal(shifted[:, 2:, 3:], IMAGES[:, :-2, :-3])


def test_each_image_moves_by_its_own_distance_and_is_flipped_or_not():
    rows, columns = np.arange(6) - 3, np.arange(6) % 3
    shifted = shift_images(IMAGES, rows, columns)
    for i in range(6):
        assert np.array_equal(shifted[i], shift_images(IMAGES[i : i + 1], rows[i], columns[i])[0])
    flipped = flip_images(IMAGES, np.arange(6) % 2 == 1)
    assert np.array_equal(flipped[::2], IMAGES[::2])
    assert np.array_equal(flipped[1::2], IMAGES[1::2, :, ::-1])


def test_flipping_twice_changes_nothing_and_the_input_stays_as_it_was():
    before = IMAGES.copy()
    assert np.array_equal(flip_images(flip_images(IMAGES)), IMAGES)
    assert np.array_equal(IMAGES, before)


def test_random_changes_repeat_with_their_seed_and_stay_within_reach():
    def changed(seed):
        return random_shifts_and_flips(images, np.random.default_rng(seed), reach=2)

    images = np.zeros((200, 9, 9, 1), np.uint8)
    images[:, 4, 4] = 1
    images[:, 4, 3] = 2  # so that a flip shows
    assert np.array_equal(changed(1), changed(1))
    ones = np.argwhere(changed(1)[..., 0] == 1)
    twos = np.argwhere(changed(1)[..., 0] == 2)
    assert set(ones[:, 1] - 4) == set(ones[:, 2] - 4) == {-2, -1, 0, 1, 2}
    assert set(twos[:, 2] - ones[:, 2]) == {-1, 1}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shift_images(IMAGES[0], 1, 1), r"\(count, height, width, channels\); got shape \(7, 9, 3\)"),
        (lambda: flip_images(IMAGES[0]), "got shape"),
        (lambda: shift_images(IMAGES, 7, 0), "smaller than the image, 7×9 pixels; got 7"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
