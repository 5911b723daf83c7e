"""dcv.filters: every kernel does what its name says."""

import numpy as np
import pytest

from dcv import filters
from dcv.filters import FILTERS
from dcv.ops import correlate2d

# Brightness changes between the middle columns, rows or along the diagonal.
BRIGHTER_TO_THE_RIGHT = np.tile(np.repeat([0.0, 1.0], 4), (8, 1))
BRIGHTER_TO_THE_BOTTOM = BRIGHTER_TO_THE_RIGHT.T
BRIGHTER_TO_THE_BOTTOM_RIGHT = np.add.outer(np.arange(8), np.arange(8)) >= 8
EDGES = ("vertical_edges", "horizontal_edges", "diagonal_edges", "laplacian")
KEEP_BRIGHTNESS = ("identity", "box_blur", "gaussian_blur", "sharpen", "emboss")


def response(name, image):
    return correlate2d(image, FILTERS[name]())


def test_the_table_holds_every_filter_in_teaching_order():
    assert list(FILTERS) == [
        "identity",
        "box_blur",
        "gaussian_blur",
        "sharpen",
        "vertical_edges",
        "horizontal_edges",
        "diagonal_edges",
        "laplacian",
        "emboss",
    ]
    assert set(FILTERS) == set(EDGES) | set(KEEP_BRIGHTNESS)
    assert all(function is getattr(filters, name) for name, function in FILTERS.items())


@pytest.mark.parametrize("name", FILTERS)
def test_a_kernel_is_a_new_small_square_float32_array(name):
    kernel = FILTERS[name]()
    assert kernel.dtype == np.float32
    assert kernel.shape == ((5, 5) if name == "gaussian_blur" else (3, 3))
    kernel[:] = 99  # must not change the next caller's
    assert FILTERS[name]().max() < 99


@pytest.mark.parametrize("name", FILTERS)
def test_a_flat_image_keeps_its_brightness_or_gives_nothing(name):
    expected = 1 if name in KEEP_BRIGHTNESS else 0
    assert FILTERS[name]().sum() == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(response(name, np.full((9, 9), 0.25)), 0.25 * expected, atol=1e-6)


def test_identity_changes_nothing():
    image = np.random.default_rng(0).random((6, 7))
    for size in (1, 3, 5):
        np.testing.assert_array_equal(correlate2d(image, filters.identity(size), padding="same"), image)


def test_box_blur_is_the_plain_mean():
    image = np.random.default_rng(0).random((4, 5))
    assert correlate2d(image, filters.box_blur(4))[0, 1] == pytest.approx(image[:, 1:].mean())
    assert filters.box_blur(4).shape == (4, 4)


def test_gaussian_blur_is_symmetric_peaked_and_as_wide_as_told():
    kernel = filters.gaussian_blur(7, sigma=1.5)
    assert kernel.shape == (7, 7)
    np.testing.assert_allclose(kernel, kernel.T)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1])
    assert np.unravel_index(kernel.argmax(), kernel.shape) == (3, 3)
    # One standard deviation of 1.5 pixels: 3 pixels away the weight has dropped by exp(-2).
    assert kernel[3, 6] / kernel[3, 3] == pytest.approx(np.exp(-2))
    assert filters.gaussian_blur(5, sigma=2)[2, 2] < filters.gaussian_blur(5)[2, 2]
    np.testing.assert_array_equal(filters.gaussian_blur(5), filters.gaussian_blur(5, sigma=1))


def test_blurs_make_noise_smaller_and_sharpen_makes_it_larger():
    noise = np.random.default_rng(0).normal(size=(40, 40))
    assert response("box_blur", noise).std() < 0.5
    assert response("gaussian_blur", noise).std() < 0.5
    assert response("sharpen", noise).std() > 3


def test_edges_are_positive_towards_the_bright_side():
    vertical = response("vertical_edges", BRIGHTER_TO_THE_RIGHT)
    np.testing.assert_array_equal(vertical, np.tile([0, 0, 4, 4, 0, 0], (6, 1)))
    np.testing.assert_array_equal(response("vertical_edges", BRIGHTER_TO_THE_RIGHT[:, ::-1]), -vertical)
    np.testing.assert_array_equal(response("horizontal_edges", BRIGHTER_TO_THE_BOTTOM), vertical.T)
    np.testing.assert_array_equal(response("horizontal_edges", BRIGHTER_TO_THE_BOTTOM[::-1]), -vertical.T)


def test_edges_ignore_the_other_direction():
    assert not response("vertical_edges", BRIGHTER_TO_THE_BOTTOM).any()
    assert not response("horizontal_edges", BRIGHTER_TO_THE_RIGHT).any()


def test_diagonal_edges_prefer_their_own_diagonal():
    slash = response("diagonal_edges", BRIGHTER_TO_THE_BOTTOM_RIGHT)
    backslash = response("diagonal_edges", np.fliplr(BRIGHTER_TO_THE_BOTTOM_RIGHT))
    assert slash.min() == 0
    assert slash.max() == 4
    assert np.abs(backslash).max() < slash.max()
    np.testing.assert_array_equal(response("diagonal_edges", ~BRIGHTER_TO_THE_BOTTOM_RIGHT), -slash)


def test_laplacian_sees_spots_and_not_steady_changes():
    spot = np.zeros((3, 3))
    spot[1, 1] = 1
    assert response("laplacian", spot) == -4
    assert response("laplacian", 1 - spot) == 4
    assert not response("laplacian", np.add.outer(np.arange(6), 2 * np.arange(6))).any()


def test_how_the_filters_hang_together():
    np.testing.assert_array_equal(filters.sharpen(), filters.identity() - filters.laplacian())
    np.testing.assert_array_equal(filters.emboss(), filters.identity() + filters.diagonal_edges())
    np.testing.assert_array_equal(filters.horizontal_edges(), filters.vertical_edges().T)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: filters.identity(4), "size must be odd and at least 1, .* got 4"),
        (lambda: filters.identity(-1), "size must be odd and at least 1, .* got -1"),
        (lambda: filters.gaussian_blur(2), "size must be odd and at least 1, .* got 2"),
        (lambda: filters.gaussian_blur(5, sigma=0), "sigma must be above 0 pixels, got 0"),
        (lambda: filters.gaussian_blur(5, sigma=float("nan")), "sigma must be above 0 pixels, got nan"),
        (lambda: filters.box_blur(0), "size must be at least 1, got 0"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, message):
    with pytest.raises(ValueError, match=message):
        call()
