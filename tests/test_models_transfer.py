"""The base of chapter 9 can be cut anywhere, frozen, and given a new head."""

import keras
import numpy as np
import pytest

from dcv import models
from dcv.models.transfer import BLOCKS


@pytest.fixture(scope="module")
def base():
    """A base with batch statistics that are not those of an untrained one."""
    keras.utils.set_random_seed(0)
    base = models.transfer_base()
    images = np.random.default_rng(0).random((16, 32, 32, 3), dtype=np.float32)
    base(images, training=True)
    return base


@pytest.fixture
def images():
    return np.random.default_rng(1).random((5, 32, 32, 3), dtype=np.float32)


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


def test_shapes_are_those_of_the_docstring(base):
    shapes = {name: shape for name, shape, _ in models.layer_table(base)}
    assert [shapes[f"{block}_relu"] for block in BLOCKS] == [
        (16, 16, 32),
        (8, 8, 64),
        (8, 8, 128),
        (8, 8, 128),
    ]
    assert shapes["features"] == (128,)


@pytest.mark.parametrize("blocks", range(5))
def test_parts_together_are_the_base(base, images, blocks):
    lower, upper = models.split_base(base, blocks)
    assert np.allclose(upper(lower(images)), base(images), atol=1e-6)
    assert count(lower.weights) + count(upper.weights) == count(base.weights)


@pytest.mark.parametrize("blocks", [-1, 5])
@pytest.mark.parametrize("function", [models.split_base, models.freeze])
def test_says_which_blocks_there_are(base, function, blocks):
    with pytest.raises(ValueError, match=rf"from 0 to 4, .*got {blocks}"):
        function(base, blocks)


def changed_by_training(base, images):
    """Return the names of the weights that one update changes."""
    classifier = models.transfer_classifier(base)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile("sgd", loss, jit_compile=False)
    before = {models.weight_key(weight): weight.numpy() for weight in classifier.weights}
    classifier.fit(images, np.array([0, 1, 0, 1, 0]), verbose=0)
    after = {models.weight_key(weight): weight.numpy() for weight in classifier.weights}
    return {name for name in before if not np.array_equal(before[name], after[name])}


@pytest.mark.parametrize("frozen", range(5))
def test_training_changes_what_is_not_frozen_and_no_statistics(images, frozen):
    base = models.transfer_base()
    models.freeze(base, frozen)
    kernels = {f"{block}_conv/kernel" for block in BLOCKS[frozen:]}
    assert changed_by_training(base, images) == {"logits/kernel", "logits/bias", *kernels}


def test_without_freezing_statistics_change(images):
    changed = changed_by_training(models.transfer_base(), images)
    assert {"block1_norm/moving_mean", "block4_norm/moving_variance", "block2_norm/gamma"} <= changed


def test_frozen_normalisation_ignores_the_company(images):
    base = models.transfer_base()
    alone, together = base(images[:1], training=True), base(images, training=True)
    assert not np.allclose(alone, together[:1], atol=1e-3)
    models.freeze(base, 0)
    alone, together = base(images[:1], training=True), base(images, training=True)
    assert np.allclose(alone, together[:1], atol=1e-6)


def test_all_can_be_unfrozen_again():
    base = models.transfer_base()
    models.freeze(base, 4)
    assert base.trainable_weights == []
    models.freeze(base, 0)
    assert len(base.trainable_weights) == 4


def test_two_classes_are_the_least():
    with pytest.raises(ValueError, match="classes must be at least 2"):
        models.transfer_classifier(models.transfer_base(), 1)
    with pytest.raises(ValueError, match="classes must be at least 2"):
        models.eight_class_convnet(classes=1)


def test_smallest_image():
    assert models.transfer_base((4, 4, 3)).output_shape == (None, 128)
    with pytest.raises(ValueError, match="at least 4 pixels"):
        models.transfer_base((3, 4, 3))
