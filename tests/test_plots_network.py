"""draw_network shows the strongest maps of each layer and the largest probabilities."""

import numpy as np
import pytest

from dcv.plots import draw_network

IMAGE = np.zeros((8, 8, 3), np.uint8)
PROBABILITIES = {"a": 0.1, "b": 0.5, "c": 0.05, "d": 0.2, "e": 0.12, "f": 0.03}


def test_the_maps_that_vary_most_in_their_order():
    spread = [1, 9, 2, 8, 3, 7, 6]
    maps = np.stack([np.array([[0, size], [size, 0]]) for size in spread], axis=-1)  # (2, 2, 7)
    fig = draw_network(IMAGE, {"conv": maps}, PROBABILITIES)
    drawn = [ax.images[0].get_array() for ax in fig.axes if ax.images][1:]
    assert [array.max() for array in drawn] == [9, 8, 7, 6]
    assert fig.axes[1].images[0].get_clim() == (0, 9)
    assert fig.axes[1].images[0].get_cmap().name == "cividis"


def test_signed_maps_have_zero_in_the_middle():
    fig = draw_network(IMAGE, {"conv": np.array([[[-3.0, 1.0]], [[0.0, 2.0]]])}, PROBABILITIES)
    assert fig.axes[1].images[0].get_clim() == (-3, 3)


def test_five_largest_probabilities():
    bars = draw_network(IMAGE, {"conv": np.ones((2, 2, 1))}, PROBABILITIES).axes[-1]
    assert {label.get_text() for label in bars.get_yticklabels()} == {"b", "d", "e", "a", "c"}


def test_of_many_layers_some_are_drawn():
    layers = {f"layer {i}": np.ones((2, 2, 1)) for i in range(20)}
    titles = [ax.get_title() for ax in draw_network(IMAGE, layers, PROBABILITIES).axes]
    assert titles[:2] == ["image", "layer 0"]
    assert sum(title.startswith("layer") for title in titles) == 5


@pytest.mark.parametrize(
    ("layers", "message"),
    [({}, "at least one entry"), ({"a": np.ones((2, 2))}, r"'a' must have .* got \(2, 2\)")],
)
def test_what_it_refuses(layers, message):
    with pytest.raises(ValueError, match=message):
        draw_network(IMAGE, layers, PROBABILITIES)


def test_long_names_stand_in_lines_as_narrow_as_a_column():
    layers = {"stage1_block1_conv2": np.ones((2, 2, 1)), "convolution": np.ones((2, 2, 1))}
    titles = [ax.get_title() for ax in draw_network(IMAGE, layers, PROBABILITIES).axes]
    assert titles[1:3] == ["stage1\nblock1\nconv2", "convol…"]
    assert max(len(line) for title in titles for line in title.split("\n")) <= 7
