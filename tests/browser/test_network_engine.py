"""The network that runs in the page is the Keras model: every layer, and what speaks for a class."""

import base64

import keras
import numpy as np
import pytest
import tensorflow as tf
from networks import NETWORKS, TRAINED_RESIDUAL, images_for

from dcv.explain import cell_centres
from dcv.widgets import explore_network

COUNT = 100
COMPARED = {name: NETWORKS[name] for name in ("baseline", "residual", "separable")}
COMPARED["trained residual"] = TRAINED_RESIDUAL
CLASSES = "Class: arrow keys choose the one that is explained"


def run_in_page(page, images, *, last_only=False):
    """Return what every node, or the last one, gives out for images, as the page computes it.

    The result is (count, values). All values of a large network take longer to send than to compute.
    """
    rows = []
    for image in images:
        outputs = page.page.evaluate(
            """async ([image, lastOnly]) => {
              const outputs = document.querySelector('.dcv').dcv.run(image).slice(lastOnly ? -1 : 0);
              const parts = outputs.map((values) => Float32Array.from(values));
              const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
              let text = '';
              for (let i = 0; i < bytes.length; i += 32768)
                text += String.fromCharCode(...bytes.subarray(i, i + 32768));
              return btoa(text);
            }""",
            [image.ravel().tolist(), last_only],
        )
        rows.append(np.frombuffer(base64.b64decode(outputs), np.float32))
    return np.stack(rows)


def names_for(model):
    return [f"class {i}" for i in range(model.output_shape[-1])]


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPARED)
def test_every_layer_is_that_of_keras(open_explorer, name):
    model = COMPARED[name]()
    images = images_for(model, COUNT)
    panel = explore_network(model, images[:1], names_for(model), precision="float32")
    page = open_explorer(panel)
    ends = np.cumsum([np.prod(node["shape"]) for node in panel.picture.nodes])
    outputs = np.split(run_in_page(page, images), ends[:-1], axis=1)
    # Of a layer with two steps, the second one gives out what the layer does.
    shown = {
        node["name"].split(" (")[0]: output for node, output in zip(panel.picture.nodes, outputs, strict=True)
    }
    compared = [layer for layer in model.layers if layer.name in shown and layer is not model.layers[0]]
    assert len(compared) >= len(model.layers) - 4  # Dropout, a model inside, the input
    expected = keras.Model(model.inputs, [layer.output for layer in compared]).predict(
        images / 255, verbose=0
    )
    for layer, values in zip(compared, expected, strict=True):
        difference = np.abs(shown[layer.name] - values.reshape(COUNT, -1)).max()
        assert difference <= 1e-5 * np.abs(values).max(), layer.name
    assert page.errors == []


@pytest.mark.parametrize("name", ["baseline", "trained residual", "separable"])
@pytest.mark.parametrize("precision", ["int8", "int12", "float16"])
def test_compact_weights_say_the_same_class(open_explorer, name, precision):
    model = COMPARED[name]()
    images = images_for(model, COUNT)
    panel = explore_network(model, images[:1], names_for(model), precision=precision)
    page = open_explorer(panel)
    scores = run_in_page(page, images, last_only=True)
    expected = model.predict(images / 255, verbose=0)
    agreement = np.mean(scores.argmax(axis=1) == expected.argmax(axis=1))
    assert agreement >= (0.97 if precision == "int8" else 0.995)


def test_evidence_of_a_head_with_hidden_units_adds_up(open_explorer):
    model = NETWORKS["baseline"]()
    page = open_explorer(explore_network(model, images_for(model, 2), names_for(model)))
    for label in range(10):
        page.press(CLASSES, "Home", *["ArrowDown"] * label)
        shown = page.numbers()
        assert shown["evidence"]["layer"] == "conv3"
        assert sum(shown["evidence"]["map"]) + shown["evidence"]["rest"] == pytest.approx(
            shown["logits"][label]
        )
    # The cells lie where their receptive fields do, not where stretching a 4 × 4 map would put them.
    for place, centres in zip(shown["evidence"]["places"], cell_centres(model, "conv3"), strict=True):
        np.testing.assert_allclose(place["first"] + place["step"] * np.arange(4), centres)
    # The gradient of Keras, times the maps, in sum over the channels of each place.
    image = np.array(shown["image"], np.float32).reshape(1, 32, 32, 3) / 255
    names = [layer.name for layer in model.layers]
    base = keras.Model(model.inputs, model.get_layer("conv3").output)
    with tf.GradientTape() as tape:
        maps = base([image])
        tape.watch(maps)
        x = maps
        for name in names[names.index("conv3") + 1 :]:
            x = model.get_layer(name)(x)
        logit = x[0, 9]
    expected = (tape.gradient(logit, maps) * maps).numpy()[0].sum(axis=-1)
    np.testing.assert_allclose(shown["evidence"]["map"], expected.ravel(), atol=2e-2)


def test_evidence_of_a_residual_network_lies_where_its_widest_way_sees(open_explorer):
    """Its places, and that they add up to the logit with nothing but the bias of the dense layer."""
    model = TRAINED_RESIDUAL()
    page = open_explorer(explore_network(model, images_for(model, 2), names_for(model)))
    for label in (0, 7):
        page.press(CLASSES, "Home", *["ArrowDown"] * label)
        evidence = page.numbers()["evidence"]
        assert evidence["layer"] == "stage3_block1_relu2"
        assert evidence["rest"] == pytest.approx(model.get_layer("logits").get_weights()[1][label], abs=1e-4)
        # A window of stride 2, padded "same", begins at its first cell: the first value sees −9 to 15.
        for axis in evidence["places"]:
            assert axis == {"first": 3.0, "step": 4}
