"""The counts in the browser are those of `dcv.shapes`, whatever the reader chooses."""

import pytest
from explorer_pages import compared_enough

from dcv.shapes import conv_parameters, dense_parameters
from dcv.widgets import explore_parameters

NAMES = ("image size", "channels", "units", "kernel size", "filters")


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_parameters())
    yield page
    assert page.errors == []


def settings(page):
    """Return what the sliders say, which is what a reader sees beside them."""
    return [int(page.control(name).get_attribute("aria-valuenow").split(".")[0]) for name in NAMES]


def check(page):
    image_size, channels, units, kernel_size, filters = settings(page)
    shown = page.numbers()
    assert shown["dense"] == dense_parameters(image_size**2 * channels, units)
    assert shown["convolution"] == conv_parameters(kernel_size, channels, filters)
    assert shown["places"] == max(image_size - kernel_size + 1, 0) ** 2
    for count in (shown["dense"], shown["convolution"]):
        assert f"{count:,}" in page.readout()
        assert f"{count:,}" in page.page.locator(".dcv-amounts").inner_text()
    page.compared(shown)
    return shown


def test_starts_with_what_was_passed(page):
    assert settings(page) == [32, 3, 64, 3, 64]
    assert check(page)["dense"] == 196_672


# Far from regular, so that 40 states share hardly a value.
@pytest.mark.parametrize("i", range(40))
def test_many_states(page, i):
    for place, name in enumerate(NAMES):
        page.drag(name, (0.37 * (i + 1) * (place + 2) + 0.11 * place) % 1)
    check(page)


@pytest.mark.parametrize("name", NAMES)
def test_ends_of_every_slider(page, name):
    for key in ("Home", "End"):
        page.press(name, key)
        check(page)


def bar_widths(page):
    bars = page.page.locator(".dcv-amount-bar").all()
    return [bar.bounding_box()["width"] for bar in bars]


def test_bars_are_as_long_as_the_scale_says(open_explorer):
    page = open_explorer(explore_parameters(image_size=10, channels=1, units=1, kernel_size=1, filters=5))
    dense, convolution = bar_widths(page)  # 101 and 10
    assert dense / convolution == pytest.approx(2.0043, abs=0.02)
    page.click("logarithmic scale")
    dense, convolution = bar_widths(page)
    assert dense / convolution == pytest.approx(10.1, rel=0.05)
    assert "Linear scale" in page.page.locator(".dcv-amounts").inner_text()


def test_special_cases_are_said(open_explorer):
    page = open_explorer(explore_parameters(image_size=5, kernel_size=5))
    assert "Both are the same" in page.readout()
    assert "One place is left" in page.readout()
    page.press("image size", "ArrowLeft")
    assert check(page)["places"] == 0
    assert "has no place there" in page.readout()
    assert "The convolution has 1.6 times as many" in page.readout()


def test_enough_states():
    compared_enough("parameters")
