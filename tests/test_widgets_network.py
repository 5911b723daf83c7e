"""`explore_network` as Python sees it: the network as data, what is computed, refused and read back."""

import re

import keras
import numpy as np
import pytest
import traitlets
from keras import layers
from networks import NETWORKS, images_for

from dcv.evaluation import softmax
from dcv.models import load_pretrained
from dcv.widgets import explore_network
from dcv.widgets.network_forward import forward
from dcv.widgets.network_graph import PRECISIONS, pack_weights, read_network, unpack_weights

NAMES = [f"class {i}" for i in range(10)]
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 12, 10, 3)).astype(np.uint8)


def small(*, classes=4, **options):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((12, 10, 3)),
            layers.Conv2D(5, 3, activation="relu", name="maps"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.5, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(classes, name="logits", **options),
        ],
        name="small",
    )


@pytest.fixture
def panel():
    return explore_network(small(), IMAGES, NAMES[:4])


# ------------------------------------------------------------------------- the network as data


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_computes_what_keras_computes(name):
    model = NETWORKS[name]()
    network = read_network(model)
    images = images_for(model, 4) / np.float32(255)
    outputs = forward(network, images)
    # Of a layer with two steps, the second one gives out what the layer does.
    names = [re.sub(r" \((pointwise|softmax)\)$", "", node["name"]) for node in network.nodes]
    found = dict(zip(names, outputs, strict=True))
    shown = [layer for layer in model.layers if layer.name in found]
    expected = keras.Model(model.inputs, [layer.output for layer in shown]).predict(images, verbose=0)
    assert len(shown) >= 5
    for layer, values in zip(shown, expected, strict=True):
        np.testing.assert_allclose(found[layer.name], values, atol=1e-5 * max(1, np.abs(values).max()))
    np.testing.assert_allclose(outputs[-1], model.predict(images, verbose=0), atol=1e-5)
    assert sum(node["parameters"] for node in network.nodes) == model.count_params()
    for node, output in zip(network.nodes, outputs, strict=True):
        assert tuple(node["shape"]) == output.shape[1:]


def test_networks_use_every_kind_of_layer():
    """Or the comparison above would say nothing about the missing one."""
    kinds = {
        type(layer).__name__
        for make in NETWORKS.values()
        for model in [make()]
        for layer in model._flatten_layers(include_self=False)
    }
    assert kinds >= {
        *("Add", "Activation", "AveragePooling2D", "BatchNormalization", "Concatenate", "Conv2D", "Dense"),
        *("DepthwiseConv2D", "Dropout", "ELU", "Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
        *("LeakyReLU", "MaxPooling2D", "Multiply", "ReLU", "Rescaling", "Reshape", "SeparableConv2D"),
        *("Sequential", "Softmax", "ZeroPadding2D"),
    }


def test_a_layer_that_is_used_twice_is_two_nodes():
    image = keras.Input((6, 6, 2))
    layer = layers.Conv2D(2, 3, padding="same", name="twice")
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(layer(layer(image)))))
    network = read_network(model)
    assert [node["name"] for node in network.nodes][:3] == ["input", "twice", "twice (2)"]
    images = np.random.default_rng(0).random((2, 6, 6, 2), np.float32)
    np.testing.assert_allclose(forward(network, images)[-1], model.predict(images, verbose=0), atol=1e-5)


def test_layers_of_training_are_left_out():
    network = read_network(small())
    assert network.left_out == ["dropout"]
    assert "dropout" not in [node["name"] for node in network.nodes]


@pytest.mark.parametrize("options", [{}, {"activation": "softmax"}])
def test_logits_are_found(options):
    network = read_network(small(**options))
    assert network.nodes[network.logits_node]["name"] == "logits"


class Own(layers.Layer):
    def call(self, x):
        return 2 * x


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: "a model", "must be a Keras model, got str"),
        (lambda: keras.Sequential([layers.Dense(2)]), "no shapes yet"),
        (lambda: keras.Sequential([keras.Input((8,)), layers.Dense(2)]), r"fixed shape .*got \(8,\)"),
        (lambda: keras.Sequential([keras.Input((None, 8, 3)), layers.Conv2D(2, 3)]), "fixed shape"),
        (lambda: keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3)]), "one score for each class"),
        (lambda: with_layer(Own(name="mine")), "'mine' is a Own, which explore_network cannot show"),
        (lambda: with_layer(layers.LayerNormalization(name="norm")), "'norm' is a LayerNormalization"),
        (lambda: with_layer(Own(name="a"), layers.LayerNormalization(name="b")), "layer 'a' is a Own"),
        (lambda: with_layer(layers.Conv2D(2, 1, activation="mish")), "activation 'mish'"),
        (lambda: with_layer(layers.BatchNormalization(axis=1)), "normalizes axis 1"),
        (lambda: with_two_outputs(), "one input and one output, got 1 and 2"),
    ],
)
def test_models_that_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        read_network(make())


def with_layer(*unusual):
    return keras.Sequential([keras.Input((8, 8, 3)), *unusual, layers.Flatten(), layers.Dense(2)])


def with_two_outputs():
    image = keras.Input((4, 4, 1))
    return keras.Model(image, [layers.Flatten()(image), layers.Flatten()(image)])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_packed_weights_come_back(precision):
    rng = np.random.default_rng(0)
    tensors = [
        rng.normal(size=shape).astype(np.float32) for shape in [(3, 3, 2, 5), (5,), (7, 3), (1, 1, 1, 1)]
    ]
    tensors.append(np.zeros((2, 2), np.float32))
    block, places = pack_weights(tensors, precision)
    size = {"int8": 1, "int12": 1.5, "float16": 2, "float32": 4}[precision] * (90 + 21 + 1 + 4)
    assert size <= block.size <= size + 4 * (5 + 3 + 1 + 2) + 20 + 4 * 10
    steps = {"int8": 1 / 254, "int12": 1 / 4094, "float16": 2**-11, "float32": 0}[precision]
    for tensor, back in zip(tensors, unpack_weights(block, places), strict=True):
        assert back.dtype == np.float32
        largest = np.abs(tensor).max(axis=tuple(range(tensor.ndim - 1)))
        assert np.all(np.abs(back - tensor) <= 1.001 * steps * largest)
    np.testing.assert_array_equal(unpack_weights(block, places)[1], tensors[1])
    with pytest.raises(ValueError, match="precision must be one of int8"):
        pack_weights(tensors, "int4")


# ---------------------------------------------------------------------- what the panel gives back


def changed_by_hand(image, panel):
    """The image with what was done to it, in other words than the panel's."""
    if panel.mirror:
        image = np.flip(image, axis=1)
    pad = 20
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    height, width, _ = image.shape
    top, left = pad - panel.shift_down, pad - panel.shift_right
    image = padded[top : top + height, left : left + width].copy()
    if panel.cover:
        rows, columns = np.mgrid[:height, :width]
        near = [
            np.isin(places - middle + panel.cover // 2, range(panel.cover))
            for places, middle in ((rows, panel.cover_row), (columns, panel.cover_column))
        ]
        image[near[0] & near[1]] = 128
    return image


def test_what_is_done_to_the_image(panel):
    np.testing.assert_array_equal(panel.image, IMAGES[0])
    rng = np.random.default_rng(0)
    for _ in range(20):
        panel.image_index, panel.mirror = int(rng.integers(3)), bool(rng.integers(2))
        panel.shift_right, panel.shift_down = (int(shift) for shift in rng.integers(-5, 6, 2))
        panel.cover, panel.cover_row, panel.cover_column = (
            int(n) for n in rng.integers([0, 0, 0], [6, 12, 10])
        )
        np.testing.assert_array_equal(panel.image, changed_by_hand(IMAGES[panel.image_index], panel))


def test_noise_has_the_strength_that_is_asked():
    gray = np.full((1, 64, 64, 3), 128, np.uint8)
    model = keras.Sequential([keras.Input((64, 64, 3)), layers.GlobalAveragePooling2D(), layers.Dense(2)])
    panel = explore_network(model, gray, NAMES[:2])
    panel.noise = 20
    assert panel.image.std() == pytest.approx(20, rel=0.05)
    assert panel.image.mean() == pytest.approx(128, abs=1)


def test_reads_back_what_keras_computes():
    model = small()
    panel = explore_network(model, IMAGES, NAMES[:4], precision="float32")
    panel.image_index, panel.shift_right, panel.cover = 2, 3, 4
    batch = panel.image[None] / np.float32(255)
    logits = model.predict(batch, verbose=0)[0]
    np.testing.assert_allclose(panel.logits, logits, atol=1e-5)
    assert panel.prediction == panel.class_name == NAMES[int(logits.argmax())]
    np.testing.assert_allclose(list(panel.probabilities.values()), softmax(logits), atol=1e-6)
    panel.layer, panel.channel, panel.row, panel.column = "pool", 3, 1, 2
    pool = keras.Model(model.inputs, model.get_layer("pool").output).predict(batch, verbose=0)
    assert panel.value == pytest.approx(float(pool[0, 1, 2, 3]), abs=1e-6)


def test_maps_that_are_switched_off_count_nothing(panel):
    model = small()
    panel.switched_off = [(1, 2), (2, 0)]
    maps = keras.Model(model.inputs, model.get_layer("maps").output).predict(IMAGES[:1] / 255, verbose=0)
    maps[..., 2] = 0
    pool = layers.MaxPooling2D(2)(maps).numpy()
    pool[..., 0] = 0
    expected = model.get_layer("logits")(pool.reshape(1, -1)).numpy()[0]
    np.testing.assert_allclose(panel.logits, expected, atol=1e-3)
    panel.switched_off = []
    assert np.abs(panel.logits - expected).max() > 1e-3


def test_an_image_of_the_learner(panel):
    assert panel.own_image is None
    panel.image_index = 3
    assert np.unique(panel.image).tolist() == [128]
    panel.own_image = IMAGES[1]
    np.testing.assert_array_equal(panel.image, IMAGES[1])
    assert panel.image_index == 3
    with pytest.raises(ValueError, match=r"own_image must be uint8 in the shape \(12, 10, 3\)"):
        panel.own_image = np.zeros((3, 3, 3), np.uint8)


def test_the_place_stays_in_the_layer(panel):
    panel.layer, panel.channel, panel.row, panel.column = "maps", 4, 9, 7
    panel.layer = "pool"
    assert (panel.channel, panel.row, panel.column) == (4, 4, 3)
    for name, value in (("row", 5), ("channel", 5)):
        with pytest.raises(traitlets.TraitError, match=f"{name} must be at most 4 in layer pool"):
            setattr(panel, name, value)
    with pytest.raises(ValueError, match="one of input, maps, pool, flatten, logits, got 'conv9'"):
        panel.layer = "conv9"
    with pytest.raises(traitlets.TraitError, match="layer maps has no channel 5"):
        panel.switched_off = [(1, 5)]
    with pytest.raises(traitlets.TraitError, match="at most 3, which is your own image"):
        panel.image_index = 4


def test_it_starts_where_there_is_something_to_see(panel):
    maps = panel.picture.outputs[1]
    rows, columns, _ = maps.shape
    middle = maps[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4, panel.channel]
    assert panel.value == middle.max() > 0


def test_the_error_of_rounding_is_measured():
    model, images = (
        load_pretrained(),
        np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.uint8),
    )
    exact = softmax(model.predict(images / 255, verbose=0))
    found = {}
    for precision in PRECISIONS:
        panel = explore_network(model, images, NAMES, precision=precision)
        found[precision] = panel.picture.rounding
        moved = []
        for i in range(4):
            panel.image_index = i
            moved.append(np.abs(list(panel.probabilities.values()) - exact[i]).max())
        assert panel.picture.rounding == pytest.approx(max(moved), abs=1e-5)
    assert found["int8"] > 4 * found["int12"] > 0
    assert found["float32"] == 0


def test_floats_and_gray_images():
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])
    images = np.random.default_rng(0).random((2, 8, 8))
    panel = explore_network(model, images, NAMES[:2])
    np.testing.assert_array_equal(panel.image[..., 0], np.rint(255 * images[0]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"images": IMAGES[:, :, :, :1]},
            r"\(count, 12, 10, 3\), .* got \(3, 12, 10, 1\)",
        ),
        ({"images": IMAGES[0]}, "images must have the shape"),
        ({"images": IMAGES.astype(float)}, r"floats in \[0, 1\], got float64 from 0 to 255"),
        ({"images": np.repeat(IMAGES, 11, axis=0)}, "at most 30, got 33"),
        ({"class_names": NAMES}, "class_names must be 4 names, one for each output, got 10"),
        ({"image_names": ["one"]}, "image_names must be 3 names"),
        ({"precision": "int4"}, "precision must be one of"),
        ({"model": small(activation="sigmoid")}, "ends in a sigmoid"),
    ],
)
def test_what_it_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        explore_network(**{"model": small(), "images": IMAGES, "class_names": NAMES[:4], **options})


def test_a_network_that_is_too_large():
    model = keras.Sequential(
        [keras.Input((12, 10, 3)), layers.Flatten(), layers.Dense(4000), layers.Dense(4)]
    )
    with pytest.raises(ValueError, match="more than the 2,000,000 that a page can carry"):
        explore_network(model, IMAGES, NAMES[:4])
