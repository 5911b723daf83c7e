"""Training is repeatable and checks what it is given."""

import json

import keras
import numpy as np
import pytest

from dcv import models, training
from dcv.data import load_shapes10


def tiny_data():
    return load_shapes10(train_count=40, test_count=20)


def arrays(data):
    return data.train_images.astype(np.float32) / 255, data.train_labels


def test_equal_seeds_give_equal_networks():
    def first_weights(seed):
        training.set_seed(seed)
        return models.baseline_convnet().get_weights()[0]

    assert np.array_equal(first_weights(3), first_weights(3))
    assert not np.array_equal(first_weights(3), first_weights(4))


def test_fit_returns_plain_numbers_for_every_epoch_and_learns():
    training.set_seed(0)
    images, labels = arrays(tiny_data())
    model = training.compile_classifier(models.baseline_convnet())
    history = training.fit(model, images, labels, validation_data=(images, labels), epochs=15, verbose=0)
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert all(len(values) == 15 and type(values[0]) is float for values in history.values())
    assert history["loss"][-1] < history["loss"][0]
    assert json.loads(json.dumps(history)) == history


def test_classifier_is_compiled_for_logits_and_integer_labels():
    model = training.compile_classifier(models.baseline_convnet(), learning_rate=0.01)
    assert isinstance(model.loss, keras.losses.SparseCategoricalCrossentropy)
    assert model.loss.from_logits
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)


IMAGES, LABELS = np.zeros((4, 32, 32, 3), np.float32), np.zeros(4, int)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES.astype(np.uint8), LABELS, "got uint8.*/ 255"),
        (IMAGES[0], LABELS, r"\(count, height, width, channels\); got shape \(32, 32, 3\)"),
        (IMAGES + 255, LABELS, "got 255 to 255: divide by 255"),
        (IMAGES - 1, LABELS, "got -1"),
        (IMAGES, LABELS[:3], r"4 integers.*\(3,\)"),
        (IMAGES, LABELS[:, None], r"in shape \(4, 1\)"),
        (IMAGES, LABELS.astype(float), "float64"),
    ],
)
def test_bad_training_data_is_named_before_anything_is_trained(images, labels, message):
    model = training.compile_classifier(models.baseline_convnet())
    before = model.get_weights()[0]
    with pytest.raises(ValueError, match=message):
        training.fit(model, images, labels, verbose=0)
    assert np.array_equal(model.get_weights()[0], before)


def test_bad_validation_data_is_named_too():
    model = training.compile_classifier(models.baseline_convnet())
    with pytest.raises(ValueError, match="got uint8"):
        training.fit(model, IMAGES, LABELS, validation_data=(IMAGES.astype(np.uint8), LABELS), verbose=0)


def test_learning_rate_must_be_positive():
    with pytest.raises(ValueError, match="above 0; got 0"):
        training.compile_classifier(models.baseline_convnet(), learning_rate=0)
