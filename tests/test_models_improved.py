"""The networks of chapter 8, their parts, and the counting of operations."""

import keras
import numpy as np
import pytest

from dcv import models
from dcv.models.improved import FusedBatchNormalization, PassThrough

IMAGES = np.random.default_rng(0).random((6, 32, 32, 3), dtype=np.float32)


def test_without_ingredients_it_is_the_baseline():
    plain, baseline = models.convnet_with(), models.baseline_convnet()
    plain.set_weights(baseline.get_weights())
    assert np.allclose(plain(IMAGES), baseline(IMAGES), atol=1e-6)


def test_ingredients_change_what_they_say():
    def names(**ingredients):
        return [type(layer).__name__ for layer in models.convnet_with(**ingredients).layers]

    assert names(batch_norm=0.9).count("BatchNormalization") == 3
    assert models.convnet_with(batch_norm=0.99).get_layer("conv1_norm").momentum == 0.99
    assert "Dropout" in names(dropout=0.5)
    assert "Flatten" not in names(head="global_average")
    assert names(separable=True).count("SeparableConv2D") == 2
    assert names(blocks=2).count("Add") == 2
    assert names(blocks=2, shortcut=False).count("Add") == 0
    shape = (40, 24, 3)  # nothing depends on 32×32
    assert models.convnet_with(shape, head="global_average").output_shape == (None, 10)


def test_a_residual_block_whose_convolutions_are_zero_hands_its_input_on():
    with_block = models.convnet_with(blocks=1, head="global_average")
    without = models.convnet_with(head="global_average")
    for layer in without.layers:
        with_block.get_layer(layer.name).set_weights(layer.get_weights())
    for name in ("block1_conv1", "block1_conv2"):
        layer = with_block.get_layer(name)
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    assert np.allclose(with_block(IMAGES), without(IMAGES), atol=1e-6)


def test_residual_convnet_has_the_layers_that_the_paper_counts():
    def weighted_layers(blocks):
        # the 1×1 convolutions lie on the shortcuts, so they are not on the longest path
        layers = models.residual_convnet(blocks=blocks).layers
        return sum(
            isinstance(layer, keras.layers.Dense)
            or (isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (3, 3))
            for layer in layers
        )

    assert [weighted_layers(blocks) for blocks in (1, 3, 5)] == [8, 20, 32]
    # He et al. (2016), table 6: 0.27 million parameters with 20 layers; the 1×1 shortcuts add a little
    assert models.residual_convnet(blocks=3).count_params() == pytest.approx(0.27e6, rel=0.03)


def test_whitened_patches_are_uncorrelated_and_of_unit_variance():
    # neighbouring pixels of smooth noise are alike, as in photographs
    noise = np.random.default_rng(1).random((40, 20, 20, 3))
    images = (noise[:, 1:, 1:] + noise[:, :-1, 1:] + noise[:, 1:, :-1] + noise[:, :-1, :-1]) / 4
    kernel = models.whitening_kernel(images, smallest=0)
    assert kernel.shape == (2, 2, 3, 24)
    assert np.allclose(kernel[..., 12:], -kernel[..., :12])
    patches = np.lib.stride_tricks.sliding_window_view(4 * images - 2, (2, 2), axis=(1, 2))
    responses = np.einsum("nrscij,ijck->nrsk", patches, kernel[..., :12]).reshape(-1, 12)
    assert np.allclose(responses.T @ responses / len(responses), np.eye(12), atol=1e-3)


def test_the_best_network_starts_from_the_whitening_that_it_is_given_and_keeps_it():
    kernel = models.whitening_kernel(IMAGES)
    model = models.fast_convnet(whitening=kernel, widths=(8, 8, 8))
    assert np.array_equal(model.get_layer("whiten").get_weights()[0], kernel)
    assert "whiten" not in {v.path.split("/")[-2] for v in model.trainable_variables}
    assert np.asarray(model(IMAGES)).shape == (6, 10)


def test_first_filters_hand_their_input_on():
    kernel = np.asarray(PassThrough()((3, 3, 2, 5)))
    image = np.random.default_rng(2).random((1, 6, 6, 2), dtype=np.float32)
    response = np.asarray(keras.ops.conv(image, kernel, padding="same"))
    assert np.allclose(response[..., :2], image)
    assert np.abs(kernel[..., 2:]).min() > 0


@pytest.mark.parametrize("scale", [True, False])
def test_fused_batch_normalisation_is_batch_normalisation(scale):
    maps = np.random.default_rng(3).normal(3, 2, (20, 8, 8, 4)).astype(np.float32)
    options = {"momentum": 0.6, "scale": scale, "epsilon": 1e-3}
    results = []
    for kind in (keras.layers.BatchNormalization, FusedBatchNormalization):
        layer = kind(**options)
        layer.build(maps.shape)
        layer.set_weights([w + 0.25 * i for i, w in enumerate(layer.get_weights())])
        in_training = np.asarray(layer(maps, training=True))
        results.append([in_training, np.asarray(layer(maps)), *layer.get_weights()])
    for expected, got in zip(*results, strict=True):
        assert np.allclose(expected, got, atol=2e-3)
    # and it normalises: mean 0 and variance 1 before the offset is added
    beta = results[1][3 if scale else 2]
    assert np.allclose(results[1][0].mean(axis=(0, 1, 2)), beta, atol=1e-4)


def test_operations_agree_with_the_figures_of_the_papers():
    mobilenet = keras.applications.MobileNet(weights=None)
    # Howard et al. (2017), table 8: 569 million multiply-adds, 4.2 million parameters
    assert sum(models.count_operations(mobilenet).values()) == pytest.approx(569e6, rel=0.005)
    assert mobilenet.count_params() == pytest.approx(4.2e6, rel=0.02)


def test_operations_by_hand():
    network = keras.Sequential(
        [
            keras.Input((8, 10, 3)),
            keras.layers.SeparableConv2D(5, 3, name="separable"),
            keras.layers.Flatten(),
            keras.layers.Dense(2, name="dense"),
        ]
    )
    positions = 6 * 8
    assert models.count_operations(network) == {
        "separable": positions * (3 * 3 * 3 + 3 * 5),
        "dense": positions * 5 * 2,
    }


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: models.convnet_with(head="max"), "flatten or global_average; got 'max'"),
        (lambda: models.convnet_with(dropout=1), "below 1; got 1"),
        (lambda: models.convnet_with((17, 32, 3)), "at least 18"),
        (lambda: models.whitening_kernel(IMAGES * 255), "lie in"),
        (lambda: models.fast_convnet((8, 8, 3)), "at least 9"),
        (lambda: models.count_operations(keras.Sequential([keras.layers.Dense(2)])), "keras.Input"),
        (
            lambda: models.count_operations(
                keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 3)])
            ),
            "fixed size",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
