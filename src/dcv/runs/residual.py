"""The recorded run of chapter 8's small residual network, whose weights ship with the course."""

import time

import keras
import numpy as np

from dcv.data import load_cifar10
from dcv.models import residual_convnet
from dcv.runs.record import provenance, store_run
from dcv.training import AugmentedBatches, OneCycle, set_seed, timed_fit

SETTINGS = {"epochs": 16, "batch_size": 200, "learning_rate": 0.008, "weight_decay": 0.05, "seed": 0}


def train_residual(images, labels, *, epochs, batch_size, learning_rate, weight_decay, seed):
    """Train the residual network once.

    Parameters
    ----------
    images : ndarray
        (count, height, width, channels), uint8.
    labels : ndarray
        (count,), integer.
    epochs, batch_size, seed : int
        As for `dcv.training.set_seed` and `AugmentedBatches`.
    learning_rate, weight_decay : float
        The peak of `OneCycle`, and what `keras.optimizers.AdamW` takes off the kernels.

    Returns
    -------
    tuple
        (model, history), the history as `dcv.training.fit` returns it.
    """
    set_seed(seed)
    batches = AugmentedBatches(images, labels, batch_size, reach=2, seed=seed)
    model = residual_convnet(images.shape[1:], int(labels.max()) + 1)
    optimizer = keras.optimizers.AdamW(
        OneCycle(learning_rate, epochs * len(batches)), weight_decay=weight_decay
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=keras.backend.backend() == "jax",
        steps_per_execution=min(10, len(batches)),
    )
    return model, timed_fit(model, time.perf_counter, batches, epochs=epochs, verbose=2)


def record_residual(folder, *, epochs=SETTINGS["epochs"], **settings):
    """Train the residual network on all training images of CIFAR-10 and store weights and record in `folder`.

    Parameters
    ----------
    folder : path-like
        Receives residual_convnet.npz (weights by name, float32) and residual_convnet.json (the record).
    epochs : int
        How often every image is shown.
    **settings
        Whatever else shall differ from `SETTINGS`.

    Returns
    -------
    dict
        The record, as `dcv.runs.load_run` returns it.

    Raises
    ------
    dcv.data.DataUnavailableError
        If CIFAR-10 cannot be had.
    """
    settings = {**SETTINGS, **settings, "epochs": epochs}
    data = load_cifar10()
    model, history = train_residual(data.train_images, data.train_labels, **settings)
    predicted = model.predict(data.test_images.astype(np.float32) / 255, batch_size=500, verbose=0).argmax(1)
    record = {
        **provenance(model.name, data, {"train_images": len(data.train_images), **settings}),
        "history": history,
        "test": {"accuracy": float(np.mean(predicted == data.test_labels))},
    }
    store_run(folder, record, model)
    return record


def summarize_residual(record):
    """Return the seconds of training, and the test accuracy.

    Parameters
    ----------
    record : dict
        As `record_residual` returns it.

    Returns
    -------
    tuple
        (seconds, {"test": [accuracy in [0, 1]]}).
    """
    return sum(record["history"]["seconds"]), {"test": [record["test"]["accuracy"]]}
