"""draw_zoom shows the whole image and then exactly the windows that it was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from dcv.plots import draw_zoom

IMAGE = (np.arange(30 * 40).reshape(30, 40) % 256).astype(np.uint8)
WINDOWS = [(10, 16, 12, 8), (14, 18, 3, 4)]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def outlines(ax):
    """Return the outlined windows as (row, column, height, width)."""
    found = {
        (patch.get_y() + 0.5, patch.get_x() + 0.5, patch.get_height(), patch.get_width())
        for patch in ax.patches
        if isinstance(patch, Rectangle)
    }
    return sorted(found)


def test_each_panel_shows_its_window_with_the_rows_of_the_whole_image():
    fig = draw_zoom(IMAGE, WINDOWS)
    expected = [(0, 0, 30, 40), *WINDOWS]
    assert len(fig.axes) == len(expected)
    for ax, (row, column, height, width) in zip(fig.axes, expected, strict=True):
        assert ax.get_xlim() == (column - 0.5, column + width - 0.5)
        assert ax.get_ylim() == (row + height - 0.5, row - 0.5)  # row 0 on top
        np.testing.assert_array_equal(ax.images[0].get_array(), IMAGE)


def test_each_panel_outlines_the_next_window():
    fig = draw_zoom(IMAGE, WINDOWS)
    assert [outlines(ax) for ax in fig.axes] == [[WINDOWS[0]], [WINDOWS[1]], []]


def test_brightness_is_not_stretched():
    fig = draw_zoom(np.full((8, 8), 100, np.uint8), [(0, 0, 4, 4)])
    assert [ax.images[0].get_clim() for ax in fig.axes] == [(0, 255)] * 2


def test_colour_images_and_one_window_as_a_tuple():
    fig = draw_zoom(np.zeros((8, 8, 3)), (2, 2, 4, 4))
    assert len(fig.axes) == 2


@pytest.mark.parametrize(
    "windows",
    [
        [(0, 0, 31, 40)],
        [(-1, 0, 4, 4)],
        [(0, 37, 4, 4)],
        [(0, 0, 0, 4)],
        [(10, 10, 8, 8), (9, 10, 4, 4)],
        [(10, 10, 8, 8), (12, 12, 4, 7)],
    ],
)
def test_windows_must_lie_inside_the_one_before(windows):
    with pytest.raises(ValueError, match="does not lie inside"):
        draw_zoom(IMAGE, windows)
