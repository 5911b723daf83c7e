"""The course's networks have the shapes and parameters that the text states."""

import keras
import numpy as np
import pytest

from dcv import models, shapes
from dcv.data import pretrained_weights


def test_baseline_has_the_parameters_that_the_course_states():
    assert models.convolutional_base().count_params() == 56_320
    assert models.baseline_convnet().count_params() == 122_570


def test_layer_table_agrees_with_counting_by_hand():
    rows = {name: row for name, *row in models.layer_table(models.baseline_convnet())}
    assert rows["conv1"] == [(30, 30, 32), shapes.conv_parameters(3, 3, 32)]
    assert rows["pool1"] == [(15, 15, 32), 0]
    assert rows["conv2"] == [(13, 13, 64), shapes.conv_parameters(3, 32, 64)]
    assert rows["pool2"] == [(6, 6, 64), 0]
    assert rows["conv3"] == [(4, 4, 64), shapes.conv_parameters(3, 64, 64)]
    assert rows["flatten"] == [(1024,), 0]
    assert rows["hidden"] == [(64,), shapes.dense_parameters(1024, 64)]
    assert rows["logits"] == [(10,), shapes.dense_parameters(64, 10)]


def test_networks_return_logits_not_probabilities():
    images = np.random.default_rng(0).random((5, 32, 32, 3), dtype=np.float32)
    for model in (
        models.baseline_convnet(),
        models.dense_network((32, 32, 3), 10),
        models.small_convnet((32, 32, 3), 10),
    ):
        logits = np.asarray(model(images))
        assert logits.shape == (5, 10)
        assert not np.allclose(logits.sum(axis=1), 1)


def test_only_the_flatten_head_depends_on_the_size_of_the_image():
    def parameters(side, head):
        return models.small_convnet((side, side, 1), 2, head=head).count_params()

    assert parameters(32, "global_max") == parameters(48, "global_max") == 13_314
    assert parameters(32, "global_average") == parameters(48, "global_average") == 13_314
    assert parameters(32, "flatten") < parameters(48, "flatten")


def test_smallest_images_that_are_accepted_work_and_smaller_ones_are_refused():
    assert models.convolutional_base((18, 18, 3)).output_shape == (None, 1, 1, 64)
    assert models.small_convnet((14, 14, 1), 2, head="global_max").output_shape == (None, 2)
    with pytest.raises(ValueError, match=r"at least 18 pixels.*\(17, 18, 3\)"):
        models.convolutional_base((17, 18, 3))
    with pytest.raises(ValueError, match="at least 14 pixels"):
        models.small_convnet((13, 32, 1), 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: models.baseline_convnet((32, 32)), r"\(height, width, channels\).*got \(32, 32\)"),
        (lambda: models.baseline_convnet(classes=1), "at least 2.*got 1"),
        (lambda: models.dense_network((32, 32, 0), 2), "at least 1"),
        (
            lambda: models.small_convnet((32, 32, 1), 2, head="max"),
            "flatten, global_max, global_average; got 'max'",
        ),
        (lambda: models.load_pretrained("resnet"), "baseline_convnet.*; got 'resnet'"),
        (lambda: models.layer_table(keras.Sequential([keras.layers.Dense(2)])), "keras.Input"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_stored_weights_arrive_in_their_layers():
    model, weights = models.load_pretrained(), pretrained_weights()
    assert sum(array.size for array in weights.values()) == model.count_params()
    assert np.array_equal(model.get_layer("conv2").get_weights()[0], weights["conv2/kernel"])
    assert np.array_equal(model.get_layer("logits").get_weights()[1], weights["logits/bias"])
