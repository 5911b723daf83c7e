"""`explore_aliasing` as Python sees it."""

import math

import numpy as np
import pytest
import traitlets

from dcv.widgets import explore_aliasing


def test_starts_as_asked_and_reads_back():
    panel = explore_aliasing(3.5, 3, angle=20, shift=4, blur=True)
    chosen = {name: panel.choices[name] for name in ("period", "stride", "angle", "shift", "blur")}
    assert chosen == {"period": 3.5, "stride": 3, "angle": 20, "shift": 4, "blur": True}
    assert repr(panel).startswith("explore_aliasing(period, stride, angle, shift, blur")
    panel.period = 6
    assert panel._controls["period"].value == 6


def test_kept_pixels_look_like_broader_stripes():
    panel = explore_aliasing()
    column = np.arange(24)
    assert np.allclose(panel.kept, 0.5 + 0.5 * np.cos(2 * np.pi * column / 5))
    assert math.isclose(panel.apparent_period, 10)
    assert not panel.survives


def test_stripes_above_the_limit_keep_their_period():
    panel = explore_aliasing(8.5, 4)
    assert panel.survives
    assert math.isclose(panel.apparent_period, 8.5)


@pytest.mark.parametrize("stride", [2, 3, 4])
def test_stripes_as_long_as_the_stride_vanish(stride):
    panel = explore_aliasing(stride, stride)
    assert panel.apparent_period == math.inf
    assert np.ptp(panel.kept) <= 1e-12


@pytest.mark.parametrize(("angle", "axis"), [(0, 0), (90, 1)])
def test_angles(angle, axis):
    panel = explore_aliasing(5, angle=angle)
    assert np.ptp(panel.stripes, axis=axis).max() <= 1e-12
    assert np.ptp(panel.stripes, axis=1 - axis).min() > 0.9


def test_shift_moves_the_stripes_to_the_right():
    assert np.allclose(explore_aliasing(3.7, shift=2).stripes[:, 2:], explore_aliasing(3.7).stripes[:, :-2])


def test_blur_takes_the_contrast_and_leaves_the_mean():
    sharp, soft = explore_aliasing(), explore_aliasing(blur=True)
    assert soft.stripes.shape == sharp.stripes.shape == (24, 48)
    assert np.ptp(soft.kept) < 0.11 * np.ptp(sharp.kept)
    assert np.array_equal(explore_aliasing(stride=1, blur=True).kept, explore_aliasing(stride=1).kept)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"period": 1.9}, "period must be a number of pixels from 2 to 12, got 1.9"),
        ({"period": math.nan}, "got nan"),
        ({"period": [3]}, "period must be a number"),
        ({"period": "3"}, "period must be a number"),
        ({"stride": 5}, "stride must be a whole number from 1 to 4, got 5"),
        ({"angle": 91}, "angle must be a whole number from 0 to 90"),
        ({"shift": 0.5}, "shift must be a whole number from 0 to 19, got 0.5"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        explore_aliasing(**settings)


def test_wrong_settings_later():
    with pytest.raises(traitlets.TraitError):
        explore_aliasing().period = 1
