"""`explore_pooling` as Python sees it: what can be passed, read back and set."""

import numpy as np
import pytest
import traitlets

from dcv.ops import pool2d
from dcv.widgets import explore_pooling

MAP = np.array([[1, -3, 2, 0], [4, 2, -1, 5], [-6, -2, 3, 3], [-1, -4, 0, -2]])
LARGE = np.random.default_rng(0).normal(size=(40, 31))


def test_reads_back_what_numpy_computes():
    panel = explore_pooling(LARGE, mode="average", size=3, stride=2, padding="same")
    expected = pool2d(LARGE[None, :, :, None], 3, stride=2, padding="same", mode="average")[0, :, :, 0]
    assert panel.pooled == pytest.approx(expected, abs=1e-6)
    panel.row, panel.column = 4, 7
    assert (panel.row, panel.column) == (4, 7)
    assert panel.value == pytest.approx(expected[4, 7], abs=1e-6)
    assert panel.window.mean() == pytest.approx(panel.value, abs=1e-6)
    assert panel.choices.keys() == {
        "mode", "size", "stride", "padding", "row", "column", "window", "value", "pooled",
    }  # fmt: skip


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_every_window_can_be_chosen(padding, size, stride):
    panel = explore_pooling(np.arange(35).reshape(5, 7), size=size, stride=stride, padding=padding)
    for row, column in np.ndindex(panel.pooled.shape):
        panel.row, panel.column = row, column
        assert (panel.row, panel.column) == (row, column)
        assert panel.value == panel.window.max() == panel.pooled[row, column]


def test_starts_at_the_largest_value():
    panel = explore_pooling(MAP)
    assert (panel.row, panel.column, panel.value) == (1, 0, -1)  # −6 is the largest without its sign


def test_settings_move_the_controls():
    panel = explore_pooling(MAP)
    panel.mode, panel.size, panel.stride, panel.padding = "min", 3, 1, "same"
    controls = panel._controls
    assert controls["mode_index"].value == "min"
    assert controls["padding_index"].value == "same"
    assert (controls["size"].value, controls["stride"].value) == (3, 1)
    assert panel.pooled.shape == (4, 4)
    assert [control.description for control in controls.values()] == ["mode", "window", "stride", "padding"]


def test_the_map_is_left_alone():
    before = LARGE.copy()
    explore_pooling(LARGE).mode = "min"
    assert (before == LARGE).all()
    assert explore_pooling(MAP[:, :, None] > 0).pooled.tolist() == [[1, 1], [0, 1]]


def test_text_form():
    text = "explore_pooling(mode, size, stride, padding, row, column, window, value, pooled)"
    assert repr(explore_pooling(MAP)) == repr(explore_pooling(LARGE)) == text
    assert repr(explore_pooling(MAP).picture) == "PoolingPicture()"


@pytest.mark.parametrize(
    "settings",
    [{}, {"size": 1, "stride": 4}, {"size": 4, "stride": 3, "padding": "same"}, {"size": 4, "stride": 1}],
)
@pytest.mark.parametrize("shape", [(11, 12), (30, 4), (64, 64), (4, 4)])
def test_stills_of_all_settings(settings, shape):
    data, metadata = explore_pooling(np.ones(shape), **settings)._repr_mimebundle_()
    assert "image/png" in data
    assert f"A feature map of {shape[0]}×{shape[1]} values" in metadata["image/png"]["alt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"feature_map": np.zeros((4, 4, 3))},
            r"feature_map must have the shape .* got \(4, 4, 3\): pass one channel",
        ),
        ({"feature_map": [1, 2]}, "feature_map must have the shape"),
        ({"feature_map": np.zeros((0, 4))}, "feature_map holds no values"),
        ({"feature_map": np.zeros((257, 4))}, r"at most 256 × 256 values, got \(257, 4\): take a part"),
        ({"feature_map": [["a", "b"]]}, "feature_map must hold real numbers"),
        ({"feature_map": [[np.nan, 1]]}, "not finite"),
        ({"mode": "median"}, "mode must be one of max, average, min, got 'median'"),
        ({"padding": 1}, "padding must be one of valid, same, got 1"),
        ({"size": 5}, "size must be a whole number from 1 to 4, got 5"),
        ({"stride": 0}, "stride must be a whole number from 1 to 4, got 0"),
        ({"feature_map": np.zeros((2, 2)), "size": 3}, "does not fit|larger"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_pooling(**{"feature_map": MAP, **arguments})


def test_refuses_places_that_are_not_there():
    panel = explore_pooling(MAP)
    with pytest.raises(ValueError, match="row must be a whole number from 0 to 1, got 2"):
        panel.row = 2
    with pytest.raises(ValueError, match="column must be a whole number from 0 to 1, got -1"):
        panel.column = -1
    with pytest.raises(ValueError, match="mode must be one of"):
        panel.mode = "sum"
    with pytest.raises(traitlets.TraitError):
        panel.size = 5
