"""The recorded run of chapter 6: the baseline on all of CIFAR-10."""

import numpy as np

from dcv.data import load_cifar10
from dcv.models import baseline_convnet
from dcv.runs.record import provenance, store_run
from dcv.training import compile_classifier, fit, set_seed


def record_baseline(folder, *, epochs=4, batch_size=32, learning_rate=1e-3, seed=0):
    """Train the baseline on all training images of CIFAR-10 and store weights and record in `folder`.

    Parameters
    ----------
    folder : path-like
        Receives baseline_convnet.npz (weights by name, float32) and baseline_convnet.json (the record).
    epochs, batch_size, learning_rate, seed
        As for `fit`, `compile_classifier` and `set_seed`; the defaults are those of the shipped run.

    Returns
    -------
    dict
        The record, as `load_run` returns it.

    Raises
    ------
    dcv.data.DataUnavailableError
        If CIFAR-10 cannot be had.
    """
    data = load_cifar10()
    set_seed(seed)
    model = compile_classifier(baseline_convnet(), learning_rate=learning_rate)
    images = data.train_images.astype(np.float32) / 255
    history = fit(model, images, data.train_labels, epochs=epochs, batch_size=batch_size)
    test_loss, test_accuracy = model.evaluate(
        data.test_images.astype(np.float32) / 255, data.test_labels, batch_size=256, verbose=0
    )
    settings = {
        "train_images": len(images),
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": "Adam",
        "learning_rate": learning_rate,
        "seed": seed,
    }
    record = {
        **provenance(model.name, data, settings),
        "history": history,
        "test": {"loss": float(test_loss), "accuracy": float(test_accuracy)},
    }
    store_run(folder, record, model)
    return record


def summarize_baseline(record):
    """Return the seconds of training, and the test accuracy.

    Parameters
    ----------
    record : dict
        As `record_baseline` returns it.

    Returns
    -------
    tuple
        (seconds, {"test accuracy": [value in [0, 1]]}).
    """
    return sum(record["history"]["seconds"]), {"test accuracy": [record["test"]["accuracy"]]}
