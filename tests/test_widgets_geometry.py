"""`explore_geometry` as Python sees it."""

import numpy as np
import pytest
import traitlets

from dcv.ops import window_coverage
from dcv.widgets import explore_geometry


def test_starts_as_asked_and_reads_back():
    panel = explore_geometry(10, 4, padding=2, stride=3, dilation=2, counts=False)
    assert panel.choices | {"coverage": None} == {
        **{"size": 10, "kernel_size": 4, "padding": 2, "stride": 3, "dilation": 2, "counts": False},
        **{"output_size": 3, "row": 0, "column": 0, "coverage": None},
    }
    assert np.array_equal(panel.coverage, window_coverage(10, 4, padding=2, stride=3, dilation=2))
    assert "size, kernel_size, padding, stride" in repr(panel)


@pytest.mark.parametrize(
    ("padding", "read_back", "output_size"), [("valid", 0, 4), ("same", "same", 6), (2, 2, 8)]
)
def test_paddings(padding, read_back, output_size):
    panel = explore_geometry(6, padding=padding)
    assert (panel.padding, panel.output_size) == (read_back, output_size)
    panel.padding = 1
    assert panel._controls["padding_index"].index == 1
    panel.padding = padding
    assert panel.padding == read_back


def test_position_stays_within_the_output():
    panel = explore_geometry(9)
    panel.row, panel.column = 5, 6
    assert (panel.row, panel.column) == (5, 6)
    panel.stride = 3
    assert (panel.row, panel.column) == (2, 2)
    panel.stride = 1
    assert (panel.row, panel.column) == (5, 6)


def test_a_kernel_that_no_longer_fits_has_no_position():
    panel = explore_geometry(4)
    panel.dilation = 2
    assert panel.output_size == 0
    assert panel.row is panel.column is panel.coverage is None
    panel.padding = 1
    assert panel.output_size == 2


@pytest.mark.parametrize(
    "settings", [{"size": 32}, {"size": 24, "padding": 3}, {"size": 5, "kernel_size": 1, "stride": 4}]
)
def test_stills(settings):
    assert explore_geometry(**settings)._first_picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "size must be a whole number from 1 to 32, got 0"),
        ({"size": 33}, "from 1 to 32, got 33"),
        ({"kernel_size": 8}, "kernel_size must be a whole number from 1 to 7"),
        ({"stride": 1.5}, "stride must be a whole number from 1 to 4, got 1.5"),
        ({"dilation": True}, "dilation must be a whole number from 1 to 4, got True"),
        ({"padding": 4}, "padding must be 'valid', 'same' or a whole number from 0 to 3, got 4"),
        ({"padding": "full"}, "got 'full'"),
        ({"padding": False}, "got False"),
        ({"size": 4, "dilation": 2}, "does not fit into 4 pixels"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        explore_geometry(**settings)


def test_wrong_settings_later():
    panel = explore_geometry()
    with pytest.raises(ValueError, match="padding must be"):
        panel.padding = "full"
    with pytest.raises(traitlets.TraitError):
        panel.stride = 5
