"""`explore_receptive_field` as Python sees it: what can be passed, read back and set."""

import numpy as np
import pytest
import traitlets

from dcv.shapes import input_stride, receptive_field, receptive_interval
from dcv.widgets import explore_receptive_field

STACKS = [
    [(3, 1)],
    [(3, 1), (2, 2), (3, 1)],
    [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],
    [(7, 2), (3, 2), (1, 1), (5, 1)],
    [(2, 4), (3, 3)],
]


@pytest.mark.parametrize("layers", STACKS)
def test_reads_back_what_shapes_computes(layers):
    panel = explore_receptive_field(layers)
    assert panel.layers == layers
    assert receptive_field(panel.layers) == panel.size  # what a reader would do with it
    for level in range(len(layers), 0, -1):
        panel.level = level
        below = layers[:level]
        assert (panel.size, panel.jump) == (receptive_field(below), input_stride(below))
        panel.row, panel.column = 1, 0
        assert (panel.row, panel.column) == (1, 0)
        assert (panel.rows, panel.columns) == (receptive_interval(below, 1), receptive_interval(below, 0))


def test_starts_with_the_neuron_in_the_middle():
    panel = explore_receptive_field([(3, 1)], image=np.zeros((7, 9)))
    assert (panel.level, panel.row, panel.column) == (1, 2, 3)


def test_every_neuron_can_be_chosen():
    panel = explore_receptive_field([(4, 3), (2, 2)], image=np.zeros((30, 30)))
    for index in range(4):
        panel.column = index
        assert panel.column == index
        assert panel.columns == (6 * index, 6 * index + 6)


def test_kinds_and_weights():
    panel = explore_receptive_field([(3, 1), (2, 2), (5, 1)])
    assert panel.kinds == ["convolution", "pooling", "convolution"]
    assert panel.weights == 9 + 25
    panel.kinds = ["convolution"] * 3
    assert panel.weights == 9 + 4 + 25
    panel.level = 1
    assert panel.weights == 9
    assert explore_receptive_field([(3, 2), (1, 1)], kinds=["pooling", "convolution"]).weights == 1


def test_layers_can_be_set():
    panel = explore_receptive_field()
    panel.layers = [(3, 1)] * 5
    assert (panel.level, panel.size, panel.kinds) == (5, 11, ["convolution"] * 5)
    with pytest.raises(ValueError, match="each layer must be a pair"):
        panel.layers = [3]


def test_a_layer_that_does_not_fit_has_no_neuron():
    panel = explore_receptive_field([(3, 1), (9, 1)], image=np.zeros((8, 8)))
    assert (panel.level, panel.size) == (1, 3)
    with pytest.raises(ValueError, match="level must be a whole number from 1 to 1, got 2"):
        panel.level = 2
    panel.layers = [(9, 1)]
    with pytest.raises(ValueError, match=r"layer 1, \(9, 1\), does not fit on the image"):
        panel.row  # noqa: B018


def test_text_form():
    text = "explore_receptive_field(layers, kinds, level, row, column, size, jump, rows, columns, weights)"
    assert repr(explore_receptive_field()) == text
    assert repr(explore_receptive_field().picture) == "ReceptiveFieldPicture()"


@pytest.mark.parametrize("shape", [(30, 64, 3), (64, 20), (65, 65), (30, 200, 3), (9, 9, 1)])
@pytest.mark.parametrize("layers", STACKS[:3])
def test_images_of_the_learner(shape, layers):
    image = np.random.default_rng(0).random(shape)
    if len(layers) == 5 and min(shape[:2]) < 18:
        layers = layers[:2]
    panel = explore_receptive_field(layers, image=image)
    assert panel.picture.image.dtype == np.uint8
    assert panel.picture.image == pytest.approx(255 * image.reshape(panel.picture.image.shape), abs=0.51)
    data, metadata = panel._repr_mimebundle_()
    assert "image/png" in data
    assert f"sees {panel.size} × {panel.size} pixels" in metadata["image/png"]["alt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": []}, r"layers must be 1 to 8 pairs \(kernel_size, stride\), got 0"),
        ({"layers": [(3, 1)] * 9}, "layers must be 1 to 8 pairs"),
        ({"layers": [(3, 1, 2)]}, r"each layer must be a pair \(kernel_size, stride\), got \(3, 1, 2\)"),
        ({"layers": [3]}, "each layer must be a pair"),
        ({"layers": [(0, 1)]}, r"kernel_size must be a whole number from 1 to 11, got 0 in \(0, 1\)"),
        ({"layers": [(3, 5)]}, "stride must be a whole number from 1 to 4, got 5"),
        ({"layers": [(3, 1.5)]}, "stride must be"),
        ({"kinds": ["pooling"]}, "kinds must be 3 times 'convolution' or 'pooling'"),
        ({"kinds": ["pooling", "dense", "pooling"]}, "kinds must be 3 times"),
        ({"image": np.zeros((4, 4, 3, 3))}, "image must be one image"),
        ({"image": np.full((8, 8), 200.0)}, "divide values up to 255 by 255"),
        ({"image": np.zeros((257, 8))}, r"at most 256 × 256 pixels, got \(257, 8\): take a part"),
        (
            {"image": np.zeros((2, 8))},
            r"first kernel has 3 × 3 weights and does not fit on an image of \(2, 8\)",
        ),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_receptive_field(**arguments)


def test_refuses_neurons_that_are_not_there():
    panel = explore_receptive_field(image=np.zeros((12, 12)))
    with pytest.raises(ValueError, match="column must be a whole number from 0 to 2, got 3"):
        panel.column = 3
    with pytest.raises(ValueError, match="row must be a whole number from 0 to 2, got -1"):
        panel.row = -1
    with pytest.raises(traitlets.TraitError):
        panel.picture.place = [1.0]
