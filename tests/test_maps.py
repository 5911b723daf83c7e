"""Maps are laid where their cells lie, and compared by their order alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from dcv.maps import map_agreement, place_on_image


@settings(deadline=None)  # the first call may load SciPy's statistics
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_placing_keeps_planes_between_the_centres(slope_down, slope_right, offset):
    rows, columns = np.array([2.5, 6.5, 10.5]), np.array([1.0, 4.0])
    plane = offset + slope_down * rows[:, np.newaxis] + slope_right * columns
    placed = place_on_image(plane, rows, columns, (12, 6))
    assert placed.shape == (12, 6)
    inside = offset + slope_down * np.arange(3, 11)[:, np.newaxis] + slope_right * np.arange(1, 5)
    np.testing.assert_allclose(placed[3:11, 1:5], inside, atol=1e-9)
    np.testing.assert_array_equal(placed[0], placed[2])  # beyond the outermost places nothing is invented


def test_placing_needs_places():
    with pytest.raises(ValueError, match=r"values of shape \(2, 2\) need as many places, got 2 and 3"):
        place_on_image(np.ones((2, 2)), [0, 1], [0, 1, 2], (4, 4))
    with pytest.raises(ValueError, match="must ascend"):
        place_on_image(np.ones((2, 2)), [1, 0], [0, 1], (4, 4))


@settings(deadline=None)  # the first call may load SciPy's statistics
@given(st.lists(st.integers(-100, 100), min_size=4, max_size=30, unique=True))
def test_agreement_looks_only_at_the_order(values):
    values = np.array(values, float)
    assert map_agreement(values, values**3 + 5 * values) == pytest.approx(1)
    assert map_agreement(values, -values) == pytest.approx(-1)


def test_agreement_is_the_correlation_of_the_ranks():
    first, second = np.random.default_rng(0).integers(0, 5, (2, 6, 7))  # with many ties
    expected = np.corrcoef(rankdata(first), rankdata(second))[0, 1]
    assert map_agreement(first, second) == pytest.approx(expected)


def test_agreement_of_unrelated_maps_is_about_zero():
    first, second = np.random.default_rng(0).normal(size=(2, 60, 60))
    assert abs(map_agreement(first, second)) < 0.06


def test_agreement_with_a_constant_map_is_undefined():
    assert np.isnan(map_agreement(np.ones((3, 3)), np.arange(9).reshape(3, 3)))
    with pytest.raises(ValueError, match="two maps of one shape"):
        map_agreement(np.ones((3, 3)), np.ones(9))
    with pytest.raises(ValueError, match="finite"):
        map_agreement([1, np.nan], [1, 2])
