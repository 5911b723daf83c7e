"""Maps are what their definitions say, and change with the network that they explain."""

import keras
import numpy as np
import pytest
from keras import layers

from dcv import explain, models, ops, shapes
from dcv.data import load_shapes10, pretrained_weights
from dcv.maps import map_agreement

RNG = np.random.default_rng(0)
IMAGES = (load_shapes10(10, 24).test_images / 255).astype(np.float32)


@pytest.fixture(scope="module")
def trained():
    return models.load_pretrained()


@pytest.fixture(scope="module")
def predicted(trained):
    return np.asarray(trained(IMAGES)).argmax(axis=1)


def linear_network(weights):
    """Return a network whose logits are weighted sums of the pixels: its gradients are its weights."""
    model = keras.Sequential(
        [keras.Input(weights.shape[:3]), layers.Flatten(), layers.Dense(weights.shape[3])]
    )
    model.layers[-1].set_weights([weights.reshape(-1, weights.shape[3]), np.zeros(weights.shape[3])])
    return model


def pooled_network(*, functional=False):
    """Return a network with global average pooling, where Grad-CAM is known in closed form."""
    inputs = keras.Input((12, 10, 3))
    steps = [
        layers.Conv2D(5, 3, activation="relu", name="first"),
        layers.Conv2D(7, 3, activation="relu", name="last"),
        layers.GlobalAveragePooling2D(name="pool"),
        layers.Dense(4, name="logits"),
    ]
    if not functional:
        return keras.Sequential([inputs, *steps])
    x = inputs
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


# Feature maps.


def test_feature_maps_are_the_convolution_of_numpy(trained):
    weights = pretrained_weights()
    expected = ops.relu(ops.conv2d(IMAGES[:3], weights["conv1/kernel"], weights["conv1/bias"]))
    np.testing.assert_allclose(explain.feature_maps(trained, IMAGES[:3], "conv1"), expected, atol=1e-5)
    pooled = explain.feature_maps(trained, IMAGES[:3], "pool1")
    np.testing.assert_allclose(pooled, ops.pool2d(expected), atol=1e-5)


def test_the_last_feature_maps_are_the_logits(trained):
    logits = explain.feature_maps(trained, IMAGES[:2], "logits")
    np.testing.assert_allclose(logits, trained(IMAGES[:2]), atol=1e-5)


def test_feature_maps_of_a_functional_model():
    model = pooled_network(functional=True)
    images = RNG.random((2, 12, 10, 3), dtype=np.float32)
    assert explain.feature_maps(model, images, "last").shape == (2, 8, 6, 7)
    np.testing.assert_allclose(
        explain.feature_maps(model, images, "pool"),
        explain.feature_maps(model, images, "last").mean(axis=(1, 2)),
        atol=1e-6,
    )


# Saliency.


def test_saliency_of_a_linear_network_is_its_weights():
    weights = RNG.normal(size=(6, 5, 3, 4)).astype(np.float32)
    images = RNG.random((4, 6, 5, 3), dtype=np.float32)
    expected = np.abs(weights).max(axis=2)  # (6, 5, 4)
    maps = explain.saliency(linear_network(weights), images, [0, 1, 2, 3])
    np.testing.assert_allclose(maps, np.moveaxis(expected, 2, 0), atol=1e-6)
    one_class = explain.saliency(linear_network(weights), images, 2)
    np.testing.assert_allclose(one_class, np.repeat(expected[np.newaxis, :, :, 2], 4, axis=0), atol=1e-6)


def test_saliency_is_the_slope_that_small_changes_measure():
    model = keras.Sequential(
        [keras.Input((7, 7, 2)), layers.Conv2D(6, 3, activation="tanh"), layers.Flatten(), layers.Dense(3)]
    )
    image, step = RNG.random((7, 7, 2), dtype=np.float32), 1e-2
    slopes = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        change = np.zeros_like(image)
        change[place] = step
        above, below = np.asarray(model(np.stack([image + change, image - change])))[:, 1]
        slopes[place] = (above - below) / (2 * step)
    measured = np.abs(slopes).max(axis=2)
    np.testing.assert_allclose(explain.saliency(model, image[np.newaxis], 1)[0], measured, atol=2e-3)


# Occlusion.


def test_occlusion_finds_the_only_pixel_that_counts():
    weights = np.zeros((8, 8, 1, 2), np.float32)
    weights[2, 5, 0, 1] = 3
    images = np.zeros((1, 8, 8, 1), np.float32)
    images[0, 2, 5] = 1
    found = explain.occlusion_map(linear_network(weights), images, 1, size=2, stride=2, fill=0)[0]
    expected = np.zeros((8, 8))
    expected[2:4, 4:6] = 3  # the one patch of the grid that covers the pixel
    np.testing.assert_allclose(found, expected, atol=1e-6)
    other_class = explain.occlusion_map(linear_network(weights), images, 0, size=2, stride=2, fill=0)
    np.testing.assert_allclose(other_class, 0, atol=1e-6)


def test_occlusion_averages_over_the_patches_that_cover_a_pixel():
    weights = RNG.normal(size=(5, 4, 2, 2)).astype(np.float32)
    image = RNG.random((5, 4, 2), dtype=np.float32)
    model, size = linear_network(weights), 2
    found = explain.occlusion_map(model, image[np.newaxis], 0, size=size, stride=1, batch_size=3)[0]
    lost = ((image - image.mean(axis=(0, 1))) * weights[..., 0]).sum(axis=2)  # (5, 4), by the mean colour
    for row, column in np.ndindex(5, 4):
        drops = [
            lost[top : top + size, left : left + size].sum()
            for top in range(max(row - 1, 0), min(row + 1, 4))
            for left in range(max(column - 1, 0), min(column + 1, 3))
        ]
        assert found[row, column] == pytest.approx(np.mean(drops), abs=1e-5)


def test_occlusion_says_where_no_patch_reached():
    model = linear_network(np.ones((5, 5, 1, 2), np.float32))
    found = explain.occlusion_map(model, np.ones((1, 5, 5, 1), np.float32), 0, size=2, stride=2)[0]
    assert np.isnan(found[4]).all()
    assert np.isfinite(found[:4, :4]).all()
    with pytest.raises(ValueError, match="a patch of 6 × 6 does not fit into images of 5 × 5 pixels"):
        explain.occlusion_map(model, np.ones((1, 5, 5, 1), np.float32), 0, size=6)


# Grad-CAM.


@pytest.mark.parametrize("functional", [False, True])
def test_grad_cam_under_global_average_pooling_is_the_weighted_sum_of_the_maps(functional):
    """With such a head the logit is a weighted sum of mean maps, weighted as in the last layer."""
    model = pooled_network(functional=functional)
    images = RNG.random((3, 12, 10, 3), dtype=np.float32)
    maps = explain.feature_maps(model, images, "last")  # (3, 8, 6, 7)
    weights = model.get_layer("logits").get_weights()[0]  # (7, 4)
    for label in range(4):
        expected = np.maximum(maps @ weights[:, label], 0) / (8 * 6)
        np.testing.assert_allclose(explain.grad_cam(model, images, label, "last"), expected, atol=1e-6)


def test_grad_cam_does_not_need_trainable_layers():
    model = pooled_network()
    images = RNG.random((2, 12, 10, 3), dtype=np.float32)
    before = explain.grad_cam(model, images, 1, "last")
    model.trainable = False
    np.testing.assert_array_equal(explain.grad_cam(model, images, 1, "last"), before)
    assert before.shape == (2, 8, 6)


def test_grad_cam_explains_the_class_of_each_image(trained, predicted):
    together = explain.grad_cam(trained, IMAGES[:6], predicted[:6], "conv3")
    for i in range(6):
        alone = explain.grad_cam(trained, IMAGES[i : i + 1], int(predicted[i]), "conv3")[0]
        np.testing.assert_allclose(together[i], alone, atol=1e-5)
    assert (together >= 0).all()


def test_grad_cam_needs_feature_maps(trained):
    with pytest.raises(ValueError, match="layer 'hidden' puts out no feature maps"):
        explain.grad_cam(trained, IMAGES[:1], 0, "hidden")


# Where the cells lie.


def test_cells_of_the_baseline_lie_where_their_receptive_fields_do(trained):
    chain = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]
    for count, layer in enumerate(["conv1", "pool1", "conv2", "pool2", "conv3"], 1):
        rows, columns = explain.cell_centres(trained, layer)
        assert (len(rows), len(columns)) == trained.get_layer(layer).output.shape[1:3]
        for i, centre in enumerate(rows):
            assert centre == np.mean(shapes.receptive_interval(chain[:count], i))
        np.testing.assert_array_equal(rows, columns)


@pytest.mark.parametrize("size", [15, 16])
def test_cell_centres_are_where_the_gradient_lies(size):
    """Same padding, strides, dilation, windows that are not square: measured on the network itself."""
    import tensorflow as tf

    model = keras.Sequential(
        [
            keras.Input((size, size, 1)),
            layers.Conv2D(2, 3, strides=2, padding="same", kernel_initializer="ones"),
            layers.BatchNormalization(),
            layers.Conv2D(2, (3, 1), dilation_rate=(2, 1), kernel_initializer="ones"),
            layers.AveragePooling2D((1, 2), strides=1, name="end"),
        ]
    )
    rows, columns = explain.cell_centres(model, "end")
    # A cell in the middle, whose receptive field the image's border does not cut.
    i, j = len(rows) // 2, len(columns) // 2
    image = tf.ones((1, size, size, 1))
    with tf.GradientTape() as tape:
        tape.watch(image)
        cell = model(image)[0, i, j, 0]
    seen_rows, seen_columns = np.nonzero(tape.gradient(cell, image).numpy()[0, :, :, 0])
    assert rows[i] == (seen_rows.min() + seen_rows.max()) / 2
    assert columns[j] == (seen_columns.min() + seen_columns.max()) / 2


def test_cell_centres_say_what_they_do_not_know():
    with pytest.raises(ValueError, match=r"expected a keras.Sequential .* got a Functional"):
        explain.cell_centres(pooled_network(functional=True), "last")
    with pytest.raises(ValueError, match=r"layer 'pool' with the output shape"):
        explain.cell_centres(pooled_network(), "pool")
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.UpSampling2D(name="up"), layers.Conv2D(1, 3, name="c")]
    )
    with pytest.raises(ValueError, match="no receptive field is known of layer 'up', UpSampling2D"):
        explain.cell_centres(model, "c")


# The sanity check.


def test_randomise_shuffles_what_it_is_told_to_and_nothing_else(trained):
    before = trained.get_weights()
    shuffled = explain.randomise(trained, layers=["conv3", "logits"], seed=1)
    again = explain.randomise(trained, layers=["conv3", "logits"], seed=1)
    for old, new, same, variable in zip(
        before, shuffled.get_weights(), again.get_weights(), trained.weights, strict=True
    ):
        np.testing.assert_array_equal(new, same)
        np.testing.assert_array_equal(np.sort(old, axis=None), np.sort(new, axis=None))
        assert np.array_equal(old, new) == (
            models.weight_key(variable).split("/")[0] not in ("conv3", "logits")
        )
    for old, now in zip(before, trained.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)
    other = explain.randomise(trained, layers=["conv3"], seed=2)
    assert not np.array_equal(other.get_weights()[4], shuffled.get_weights()[4])
    with pytest.raises(ValueError, match=r"those with weights, conv1, .*; got 'pool1'"):
        explain.randomise(trained, layers=["pool1"])


def mean_agreement(method, trained, changed, class_index):
    pairs = zip(method(trained, IMAGES, class_index), method(changed, IMAGES, class_index), strict=True)
    return np.nanmean([map_agreement(*pair) for pair in pairs])


def edges(model, images, class_index):
    """Return a map that looks convincing and does not ask the network at all."""
    down, right = np.gradient(images.mean(axis=-1), axis=(1, 2))
    return np.hypot(down, right)


METHODS = {
    "saliency": lambda *arguments: explain.saliency(*arguments)[:, 8:24, 8:24],
    "occlusion": lambda *arguments: explain.occlusion_map(*arguments, size=8, stride=8),
    "grad_cam": lambda *arguments: explain.grad_cam(*arguments, "conv3"),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_network_that_forgot_everything_is_explained_by_another_map(name, trained, predicted):
    random = explain.randomise(trained)
    assert abs(mean_agreement(METHODS[name], trained, random, predicted)) < 0.3


def test_the_sanity_check_can_fail(trained, predicted):
    random = explain.randomise(trained)
    assert mean_agreement(edges, trained, random, predicted) == pytest.approx(1)
    same = explain.randomise(trained, layers=[])
    assert mean_agreement(METHODS["grad_cam"], trained, same, predicted) == pytest.approx(1)


# Input.


@pytest.mark.parametrize(
    ("images", "class_index", "message"),
    [
        (IMAGES[0], 0, r"got \(32, 32, 3\): of a single image, pass image\[np.newaxis\]"),
        (IMAGES[:0], 0, "images must have the shape"),
        ((IMAGES[:2] * 255).astype(np.uint8), 0, r"got uint8: convert with images.astype"),
        (IMAGES[:2] * 255, 0, r"images must be in \[0, 1\]; got .* to 255: divide by 255"),
        (IMAGES[:2], 10, "class_index must be from 0 to 9; got 10 to 10"),
        (IMAGES[:2], [0, -1], "got -1 to 0"),
        (IMAGES[:2], [0, 1, 2], r"or 2 of them, one for each image; got int64 in shape \(3,\)"),
        (IMAGES[:2], 1.0, "got float64"),
    ],
)
@pytest.mark.parametrize("name", METHODS)
def test_bad_input(trained, name, images, class_index, message):
    with pytest.raises(ValueError, match=message):
        METHODS[name](trained, images, class_index)


def test_unknown_layer(trained):
    with pytest.raises(ValueError, match=r"layer must be one of conv1, pool1, .*; got 'conv9'"):
        explain.feature_maps(trained, IMAGES[:1], "conv9")
