"""The recorded runs of chapter 6 that differ in their learning rate alone."""

import numpy as np

from dcv.data import balanced_subset, load_cifar10, split_validation
from dcv.models import baseline_convnet
from dcv.runs.record import provenance, store_run
from dcv.training import compile_classifier, fit, set_seed


def record_learning_rates(
    folder,
    learning_rates=(1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
    *,
    image_count=12_000,
    epochs=8,
    batch_size=32,
    seed=0,
):
    """Train the baseline once with each learning rate, on part of CIFAR-10, and store the histories.

    All runs start from the same weights and see the same images in the same order. No test image is used:
    a learning rate is chosen by validation.

    Parameters
    ----------
    folder : path-like
        Receives learning_rates.json (the record).
    learning_rates : sequence of float
        Each above 0.
    image_count : int
        Training images, equally many of each class. One in six is kept for validation.
    epochs, batch_size, seed
        As for `fit` and `set_seed`; the defaults are those of the shipped runs.

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
    images, labels = balanced_subset(data.train_images, data.train_labels, image_count)
    parts = split_validation(images.astype(np.float32) / 255, labels, fraction=1 / 6)
    train_images, train_labels, *validation_data = parts
    histories = {}
    for learning_rate in learning_rates:
        set_seed(seed)
        model = compile_classifier(baseline_convnet(), learning_rate=learning_rate)
        # Written out: 0.00001, not 1e-05.
        name = np.format_float_positional(learning_rate, trim="-")
        histories[name] = fit(
            model,
            train_images,
            train_labels,
            validation_data=tuple(validation_data),
            epochs=epochs,
            batch_size=batch_size,
        )
    settings = {
        "train_images": len(train_images),
        "validation_images": len(validation_data[0]),
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": "Adam",
        "learning_rates": list(learning_rates),
        "seed": seed,
    }
    record = {**provenance("learning_rates", data, settings), "history": histories}
    store_run(folder, record)
    return record


def summarize_learning_rates(record):
    """Return the seconds of training in all runs, and the last validation accuracy of each.

    Parameters
    ----------
    record : dict
        As `record_learning_rates` returns it.

    Returns
    -------
    tuple
        (seconds, {"learning rate 0.001: validation accuracy": [value in [0, 1]], ...}).
    """
    histories = record["history"]
    last = {
        f"learning rate {rate}: validation accuracy": [history["val_accuracy"][-1]]
        for rate, history in histories.items()
    }
    return sum(sum(history["seconds"]) for history in histories.values()), last
