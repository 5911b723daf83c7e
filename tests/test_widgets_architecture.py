"""explore_architecture as Python sees it: what it counts is what Keras reports."""

import itertools

import keras
import pytest

from dcv.models import baseline_convnet, layer_table
from dcv.widgets import explore_architecture


def in_keras(panel):
    """Build the panel's layers as the docstring says."""
    built = [getattr(keras.layers, layer.kind)(**layer.arguments) for layer in panel.layers]
    return keras.Sequential([keras.Input(tuple(panel.picture.input_shape)), *built])


def rows(panel):
    return [(layer.arguments["name"], layer.shape, layer.parameters) for layer in panel.layers]


def test_starts_with_the_baseline():
    panel = explore_architecture()
    assert rows(panel) == layer_table(baseline_convnet())
    assert panel.parameters == 122_570


@pytest.mark.parametrize(
    ("padding", "pooled_blocks", "head", "hidden_units"),
    list(
        itertools.product(("valid", "same"), range(4), ("flatten", "global_average", "global_max"), (0, 17))
    ),
)
def test_counts_as_keras_does(padding, pooled_blocks, head, hidden_units):
    panel = explore_architecture(
        (33, 26, 2),
        7,
        filters=(5, 3, 8),
        kernel_sizes=(5, 1, 3),
        padding=padding,
        pooled_blocks=pooled_blocks,
        head=head,
        hidden_units=hidden_units,
    )
    model = in_keras(panel)
    assert rows(panel) == layer_table(model)
    assert panel.parameters == model.count_params()


def test_settings_move_the_controls():
    panel = explore_architecture()
    panel.head, panel.padding, panel.kernel_size_2 = "global_max", "same", 5
    assert panel._controls["head_index"].value == "global max"
    assert panel._controls["padding_index"].value == "same"
    assert panel._controls["kernel_size_2"].value == 5
    assert rows(panel) == layer_table(in_keras(panel))


def test_layers_that_do_not_fit():
    panel = explore_architecture((20, 20, 1))
    panel.kernel_size_2 = 7
    with pytest.raises(ValueError, match="does not fit"):
        panel.layers  # noqa: B018


def test_repr_names_what_can_be_chosen():
    assert repr(explore_architecture()).startswith("explore_architecture(filters_1, filters_2, filters_3,")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (32, 32)}, r"input_shape must be \(height, width, channels\)"),
        ({"input_shape": (32, 32, 0)}, "input_shape must be"),
        ({"classes": 1}, "classes must be a whole number from 2 to 1000, got 1"),
        ({"filters": (1, 2)}, "filters must be 3 numbers"),
        ({"filters": 32}, "filters must be 3 numbers"),
        ({"filters": (1, 2, 129)}, "filters_3 must be a whole number from 1 to 128, got 129"),
        ({"kernel_sizes": (3, 4, 3)}, "kernel_size_2 must be an odd number from 1 to 7, got 4"),
        ({"padding": "full"}, "padding must be one of valid, same, got 'full'"),
        ({"pooled_blocks": 4}, "pooled_blocks must be"),
        ({"head": "mean"}, "head must be one of flatten, global_average, global_max, got 'mean'"),
        ({"hidden_units": -1}, "hidden_units must be"),
        ({"input_shape": (6, 6, 3)}, "does not fit"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_architecture(**arguments)


def test_head_must_be_known():
    panel = explore_architecture()
    with pytest.raises(ValueError, match="head must be one of"):
        panel.head = "mean"
