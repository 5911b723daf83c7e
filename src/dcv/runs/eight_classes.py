"""The recorded run that pretrains the base of chapter 9 on eight of the ten classes."""

import time

import keras
import numpy as np

from dcv.data import load_cifar10
from dcv.models import eight_class_convnet
from dcv.runs.record import provenance, store_run
from dcv.training import fit, set_seed

#: Labels of the classes that the base never sees: cat and dog.
HELD_OUT = (3, 5)


def record_eight_classes(
    folder, *, epochs=8, batch_size=128, learning_rate=3e-3, weight_decay=0.05, held_out=HELD_OUT, seed=0
):
    """Train `dcv.models.eight_class_convnet` on all classes but the held-out ones, and store it.

    The learning rate rises during the first quarter of the updates and falls to zero along a cosine; images
    are mirrored at random. The weights are rounded to float16, which halves the file, *before* they are
    tested: what is stored is what was measured.

    Parameters
    ----------
    folder : path-like
        Receives eight_classes.npz (weights by name, float16) and eight_classes.json (the record).
    epochs, batch_size, seed
        As for `dcv.training.fit` and `dcv.training.set_seed`; the defaults are those of the shipped run.
    learning_rate : float
        The highest learning rate of the schedule.
    weight_decay : float
        Share of each weight that an update removes, times the learning rate.
    held_out : sequence of int
        Labels, 0 to 9, of the classes to leave out.

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
    labels = [label for label in range(len(data.class_names)) if label not in held_out]
    images, targets = only(data.train_images, data.train_labels, labels)
    test_images, test_targets = only(data.test_images, data.test_labels, labels)

    set_seed(seed)
    model = eight_class_convnet(classes=len(labels))
    mirrored = keras.Sequential([keras.Input(images.shape[1:]), keras.layers.RandomFlip("horizontal"), model])
    updates = epochs * -(-len(images) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, updates - updates // 4, warmup_target=learning_rate, warmup_steps=updates // 4
    )
    mirrored.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=weight_decay),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    started = time.process_time()
    history = fit(mirrored, images, targets, epochs=epochs, batch_size=batch_size)
    processor_seconds = time.process_time() - started
    for variable in model.weights:
        variable.assign(variable.numpy().astype(np.float16))
    test_loss, test_accuracy = mirrored.evaluate(test_images, test_targets, batch_size=250, verbose=0)

    settings = {
        "classes": [data.class_names[label] for label in labels],
        "held_out": [data.class_names[label] for label in held_out],
        "train_images": len(images),
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": "AdamW",
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "seed": seed,
    }
    record = {
        **provenance("eight_classes", data, settings),
        "history": history,
        # Of all cores together: what else the machine does hardly changes it, unlike the history's seconds.
        "processor_seconds": processor_seconds,
        "test": {"loss": float(test_loss), "accuracy": float(test_accuracy), "images": len(test_images)},
    }
    store_run(folder, record, model, dtype=np.float16)
    return record


def summarize_eight_classes(record):
    """Return the seconds of training, and the accuracy on test images of the eight classes.

    Parameters
    ----------
    record : dict
        As `record_eight_classes` returns it.

    Returns
    -------
    tuple
        (seconds, {"eight classes, test": [accuracy in [0, 1]]}).
    """
    return sum(record["history"]["seconds"]), {"eight classes, test": [record["test"]["accuracy"]]}


def only(images, labels, kept):
    """Return the images of some classes, ready to train with, and their new labels.

    Parameters
    ----------
    images : ndarray
        (n, height, width, channels), uint8 in [0, 255].
    labels : ndarray
        (n,), integer.
    kept : sequence of int
        Labels to keep; their order is that of the new labels 0, 1, ….

    Returns
    -------
    images : ndarray
        (kept, height, width, channels), float32 in [0, 1].
    labels : ndarray
        (kept,), int64, each an index of `kept`.

    Examples
    --------
    >>> images, labels = only(np.zeros((4, 2, 2, 3), np.uint8), np.array([3, 5, 0, 5]), (5, 3))
    >>> labels
    array([1, 0, 0])
    """
    chosen = np.isin(labels, kept)
    new_labels = np.array([list(kept).index(label) for label in labels[chosen]], np.int64)
    return images[chosen].astype(np.float32) / 255, new_labels
