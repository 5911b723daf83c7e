"""The stripes and what is kept of them are those of NumPy."""

import math

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.ops import correlate2d
from dcv.widgets import explore_aliasing


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_aliasing())
    yield page
    assert page.errors == []


def expected_stripes(period, stride, angle, shift, blur):
    """Return the stripes, made in another way than in dcv: on a larger picture, blurred, and cut out."""
    row, column = np.indices((40, 64)) - 8
    direction = np.deg2rad(angle)
    across = (column - shift) * np.cos(direction) + row * np.sin(direction)
    stripes = (1 + np.cos(2 * np.pi * across / period)) / 2
    if blur:
        box = np.ones((stride, stride)) / stride**2
        stripes = correlate2d(correlate2d(stripes, box), box)  # a box twice is a triangle
    border = (stripes.shape[0] - 24) // 2
    return stripes[border : border + 24, border : border + 48]


def check(page):
    """Compare everything that the front end computed with NumPy, and return what it shows."""
    shown = page.numbers()
    choices = [shown[name] for name in ("period", "stride", "angle", "shift", "blur")]
    period, stride, angle = choices[:3]
    stripes = expected_stripes(*choices)
    kept = stripes[::stride, ::stride]
    assert shown["keptShape"] == list(kept.shape)
    assert difference(shown["stripes"], stripes.ravel().tolist()) <= 1e-6
    assert difference(shown["kept"], kept.ravel().tolist()) <= 1e-6
    panel = explore_aliasing(period, stride, angle=angle)
    apparent = shown["apparentPeriod"] or math.inf
    assert apparent == panel.apparent_period or abs(apparent - panel.apparent_period) <= 1e-6
    assert shown["survives"] == panel.survives
    contrast = f"{np.ptp(kept):.2f}".rstrip("0").rstrip(".")
    assert np.ptp(kept) < 0.01 or f"Brightest minus darkest kept pixel: {contrast}." in page.readout()
    page.compared(shown)
    return shown


def set_to(page, *, period=2.5, stride=2, angle=0, shift=0):
    steps = {"period": round(10 * period) - 20, "stride": stride - 1, "angle": angle // 5, "shift": shift}
    for name, count in steps.items():
        page.press(name, "Home", *["ArrowRight"] * count)


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_periods_in_fine_steps(page, stride):
    set_to(page, period=2, stride=stride)
    for tenths in range(20, 36):
        shown = check(page)
        assert abs(shown["period"] - tenths / 10) <= 1e-6
        page.press("period", "ArrowRight")


@pytest.mark.parametrize("angle", [0, 20, 45, 90])
@pytest.mark.parametrize("stride", [2, 3, 4])
def test_directions_shifts_and_the_blur(page, angle, stride):
    set_to(page, period=3.3, stride=stride, angle=angle)
    for _ in range(3):
        check(page)
        page.click("blur before the step")
        assert check(page)["blur"]
        page.click("blur before the step")
        page.press("shift", "ArrowRight")
    assert check(page)["shift"] == 3


@pytest.mark.parametrize("share", [0.1, 0.4, 0.9])
def test_sliders_by_mouse(page, share):
    set_to(page)
    page.drag("period", share)
    assert abs(check(page)["period"] - (2 + 10 * share)) < 0.8
    page.drag("shift", share)
    assert abs(check(page)["shift"] - 19 * share) < 2


def test_the_finest_stripes_become_white_and_after_one_pixel_black(page):
    set_to(page, period=2)
    shown = check(page)
    assert (shown["apparentPeriod"], min(shown["kept"])) == (None, 1)
    page.press("shift", "ArrowRight")
    assert max(check(page)["kept"]) <= 1e-12
    assert "All kept pixels are alike, 0: no stripes" in page.readout()


def test_false_stripes_of_the_chapter(page):
    set_to(page)
    assert abs(check(page)["apparentPeriod"] - 10) <= 1e-6
    assert "They seem to repeat every 10 pixels, 4 times as broad" in page.readout()


@pytest.mark.parametrize(
    ("period", "words"), [(3.9, "aliasing"), (4, "the limit"), (4.1, "the true stripes")]
)
def test_the_limit_is_two_steps(page, period, words):
    set_to(page, period=period)
    assert check(page)["survives"] == (period > 4)
    assert words in page.readout()


def test_turned_stripes_survive_by_their_period_along_a_row(page):
    set_to(page, period=3.5, angle=45)
    assert check(page)["survives"]
    assert "(4.95 along a row or column)" in page.readout()


def test_the_false_wave_goes_through_all_kept_pixels(page):
    for settings in ({}, {"period": 3.7, "stride": 3, "shift": 2}, {"period": 5.2, "stride": 4, "angle": 30}):
        set_to(page, **settings)
        for _ in range(2):
            far = page.page.evaluate(
                """() => {
                  const wave = document.querySelector('.dcv-false-wave').getAttribute('points').split(' ')
                    .map((point) => point.split(',').map(Number));
                  return Math.max(...[...document.querySelectorAll('.dcv-waves .dcv-dot')].map((dot) => {
                    const at = wave.find(([x]) => Math.abs(x - dot.getAttribute('cx')) < 1e-6);
                    return Math.abs(at[1] - dot.getAttribute('cy'));
                  }));
                }"""
            )
            assert far <= 1e-3
            page.click("blur before the step")


def test_the_marked_pixels_are_those_that_are_kept(page):
    for stride in (2, 3, 4):
        set_to(page, stride=stride)
        dots = page.page.locator(".dcv-stage .dcv-dot")
        assert dots.count() == np.prod(check(page)["keptShape"])
        last = dots.last
        assert [float(last.get_attribute(name)) for name in ("cy", "cx")] == [
            24 - stride + 0.5,
            48 - stride + 0.5,
        ]


def test_play_moves_the_stripes_pixel_by_pixel_and_round(page):
    set_to(page, shift=18)
    page.click("▶ Play: move the stripes to the right")
    page.page.wait_for_function("() => document.querySelector('.dcv').dcv.numbers().shift === 1")
    page.click("⏸ Pause: move the stripes to the right")
    stopped = check(page)["shift"]
    page.page.wait_for_timeout(500)
    assert check(page)["shift"] == stopped


def test_the_drawing_shows_the_stripes(page):
    set_to(page, period=3.3, angle=20)
    shown = check(page)
    for picture, (name, shape) in enumerate({"stripes": (24, 48), "kept": shown["keptShape"]}.items()):
        expected = 255 * np.reshape(shown[name], (*shape, 1))
        assert np.abs(page.cells(picture, *shape) - expected).max() <= 1


def test_enough_states():
    compared_enough("aliasing")
