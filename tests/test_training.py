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


def test_learning_rate_rises_and_falls_in_straight_lines():
    schedule = training.OneCycle(0.4, 200, rising=0.25, start=0.2)
    rates = [float(schedule(step)) for step in range(201)]
    expected = np.interp(np.arange(201), [0, 50, 200], [0.08, 0.4, 0])
    assert np.allclose(rates, expected, atol=1e-6)
    assert float(schedule(250)) == 0  # a step too many does no harm
    assert training.OneCycle.from_config(schedule.get_config()).get_config() == schedule.get_config()


def test_batches_show_every_image_once_an_epoch_and_mirrored_in_every_second():
    images = np.random.default_rng(0).integers(0, 256, (12, 6, 6, 3), np.uint8)
    batches = training.AugmentedBatches(images, np.arange(12) % 3, 4, reach=0)

    def epoch():
        shown = np.concatenate([batches[i][0] for i in range(len(batches))]) * 255
        batches.on_epoch_end()
        as_it_is = [[np.array_equal(np.rint(x), image) for image in images] for x in shown]
        mirrored = [[np.array_equal(np.rint(x), image[:, ::-1]) for image in images] for x in shown]
        assert np.array_equal(np.sum(as_it_is, 0) + np.sum(mirrored, 0), np.ones(12))
        return np.sum(mirrored, 0)

    first, second = epoch(), epoch()
    assert np.array_equal(first + second, np.ones(12))
    assert 0 < first.sum() < 12


def test_labels_of_batches_belong_to_their_images():
    images = np.broadcast_to(np.arange(9, dtype=np.uint8)[:, None, None, None], (9, 6, 6, 3))
    batches = training.AugmentedBatches(np.ascontiguousarray(images), np.arange(9) % 3, 3, upside_down=True)
    for shown, labels in (batches[i] for i in range(3)):
        values = np.rint(shown[:, 0, 0, 0] * 255).astype(int)
        assert np.array_equal(labels.argmax(axis=1), values % 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: training.AugmentedBatches(IMAGES, LABELS, 2), "uint8.*got float32"),
        (
            lambda: training.AugmentedBatches(IMAGES.astype(np.uint8), LABELS, 5),
            "one batch of 5 images; got 4",
        ),
        (lambda: training.OneCycle(0, 10), "above 0; got 0"),
        (lambda: training.OneCycle(1, 10, rising=1), "below 1; got 1"),
    ],
)
def test_bad_settings_of_a_run_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---------------------------------------------------------------- fit_fast


def pixels(count=64, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 32, 32, 3), np.uint8), rng.integers(0, 10, count)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_fast_training_learns_and_leaves_a_model_for_floats(precision):
    data = tiny_data()
    training.set_seed(0)
    model = models.baseline_convnet()
    history = training.fit_fast(
        model,
        data.train_images,
        data.train_labels,
        validation_data=(data.train_images, data.train_labels),
        epochs=30,
        batch_size=16,
        precision=precision,
        verbose=0,
    )
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert all(len(values) == 30 and type(values[0]) is float for values in history.values())
    assert history["accuracy"][-1] > 0.9

    # The same answers from float images, and the model as it was built: float32 in and out.
    images = data.train_images.astype(np.float32) / 255
    loss, accuracy = model.evaluate(images, data.train_labels, verbose=0)
    assert accuracy == pytest.approx(history["val_accuracy"][-1], abs=0.05)
    assert loss == pytest.approx(history["val_loss"][-1], abs=0.1)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert model.input_shape == (None, 32, 32, 3)


def test_an_optimizer_that_takes_no_step_leaves_the_weights():
    # So training starts from the weights that the model has, and what is changed for it is changed back.
    model = models.baseline_convnet()
    model.layers[0].bias.assign(np.linspace(-1, 1, 32))  # as in a network that has learned something
    before = model.get_weights()
    training.fit_fast(model, *pixels(), epochs=1, learning_rate=1e-30, precision="float32", verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_allclose(new, old, atol=1e-6)


def test_the_first_layer_can_expect_other_numbers_and_the_answer_stays():
    training.set_seed(0)
    model = models.baseline_convnet()
    images = pixels(8)[0].astype(np.float32) / 255
    expected = model.predict(images, verbose=0)
    training._expect(model, centred=True)
    np.testing.assert_allclose(model.predict(4 * images - 2, verbose=0), expected, atol=1e-5)
    assert not np.allclose(model.predict(images, verbose=0), expected, atol=1e-3)
    training._expect(model, centred=False)
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, atol=1e-5)


def padded_network():
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((32, 32, 3)), layers.Conv2D(4, 3, padding="same"), layers.Flatten(), layers.Dense(10)]
    )


def test_where_centring_would_be_wrong_the_images_stay_as_they_are():
    model = padded_network()
    assert not training._can_be_centred(model)
    assert not training._can_be_centred(models.convnet_with())  # might have more layers on the image
    before = model.get_weights()
    training.fit_fast(model, *pixels(), epochs=1, learning_rate=1e-30, precision="float32", verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_allclose(new, old, atol=1e-6)


def test_fast_training_keeps_how_a_model_was_compiled_and_reads_the_clock_that_it_gets():
    model = training.compile_classifier(models.baseline_convnet(), learning_rate=0.25)
    ticks = iter((10, 13))
    history = training.fit_fast(model, *pixels(), epochs=1, verbose=0, clock=lambda: next(ticks))
    assert float(model.optimizer.learning_rate) == pytest.approx(0.25)
    assert history["seconds"] == [3]


PIXELS = np.zeros((4, 32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ("images", "labels", "options", "message"),
    [
        (PIXELS.astype(np.float32), LABELS, {}, "must be uint8.*got float32: fit takes floats"),
        (PIXELS[0], LABELS, {}, r"\(count, height, width, channels\); got shape \(32, 32, 3\)"),
        (PIXELS[:0], LABELS[:0], {}, r"got shape \(0, 32, 32, 3\)"),
        (PIXELS[:, :16], LABELS, {}, r"takes images of shape \(32, 32, 3\); got \(16, 32, 3\)"),
        (PIXELS, LABELS[:3], {}, r"4 integers.*\(3,\)"),
        (PIXELS, LABELS.astype(float), {}, "float64"),
        (PIXELS, LABELS + 10, {}, "from 0 to 9, since model has 10 classes; got 10 to 10"),
        (PIXELS, LABELS, {"precision": "float16"}, "got 'float16'"),
        (PIXELS, LABELS, {"learning_rate": 0}, "above 0; got 0"),
        (PIXELS, LABELS, {"epochs": 0}, "above 0; got 0.01 and 0"),
        (PIXELS, LABELS, {"batch_size": 0}, "batch_size must be at least 1; got 0"),
        (PIXELS, LABELS, {"validation_data": (IMAGES, LABELS)}, "must be uint8"),
    ],
)
def test_what_fast_training_cannot_use_is_named_and_nothing_is_changed(images, labels, options, message):
    model = models.baseline_convnet()
    before = model.get_weights()[0]
    with pytest.raises(ValueError, match=message):
        training.fit_fast(model, images, labels, verbose=0, **options)
    assert np.array_equal(model.get_weights()[0], before)


class Subclassed(keras.Model):
    input_shape, output_shape, layers = (None, 32, 32, 3), (None, 10), [None]


def test_a_model_that_cannot_be_copied_is_named():
    with pytest.raises(ValueError, match="model must be Sequential or functional"):
        training.fit_fast(Subclassed(), PIXELS, LABELS, verbose=0)
