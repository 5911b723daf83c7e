"""explore_parameters as Python sees it."""

import pytest

from dcv.shapes import conv_parameters, dense_parameters
from dcv.widgets import explore_parameters


def test_reads_back_what_dcv_shapes_counts():
    panel = explore_parameters(image_size=20, channels=5, units=7, kernel_size=9, filters=11)
    assert panel.dense_parameters == dense_parameters(20 * 20 * 5, 7)
    assert panel.conv_parameters == conv_parameters(9, 5, 11)
    assert panel.choices["units"] == 7


def test_settings_move_the_controls():
    panel = explore_parameters()
    panel.image_size, panel.logarithmic = 100, False
    assert panel._controls["image_size"].value == 100
    assert panel._controls["logarithmic"].value is False
    assert panel.dense_parameters == dense_parameters(100 * 100 * 3, 64)
    assert panel.conv_parameters == 1792


def test_repr_names_what_can_be_chosen():
    assert repr(explore_parameters()).startswith(
        "explore_parameters(image_size, channels, units, kernel_size"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 0}, "image_size must be a whole number from 1 to 256, got 0"),
        ({"channels": 33}, "channels must be a whole number from 1 to 32"),
        ({"units": 1.5}, "units must be"),
        ({"kernel_size": 4}, "kernel_size must be odd"),
        ({"kernel_size": 17}, "kernel_size must be a whole number from 1 to 15"),
        ({"filters": None}, "filters must be .* got None"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_parameters(**arguments)
