"""The recorded runs of chapter 8's table: the baseline with each ingredient, and all without each one."""

import keras
import numpy as np

from dcv.augmentation import shift_images
from dcv.data import balanced_subset, load_cifar10, split_validation
from dcv.models import convnet_with, dense_network
from dcv.runs.record import provenance, store_run
from dcv.training import AugmentedBatches, EpochClock, OneCycle, set_seed

ALL = {
    "augment": True,
    "batch_norm": 0.9,
    "dropout": 0.3,
    "weight_decay": 0.2,
    "one_cycle": True,
    "head": "global_average",
    "blocks": 2,
}

# Name → what differs from the baseline: for `train_variant`, and for `dcv.models.convnet_with`.
VARIANTS = {
    "baseline": {},
    "+ flips and shifts": {"augment": True},
    "+ batch norm": {"batch_norm": 0.9},
    "+ batch norm, momentum 0.99": {"batch_norm": 0.99},
    "+ dropout": {"dropout": 0.5},
    "+ weight decay": {"weight_decay": 0.2},
    "+ one-cycle": {"one_cycle": True},
    "+ global average": {"head": "global_average"},
    "+ residual blocks": {"blocks": 2},
    "+ blocks, no shortcuts": {"blocks": 2, "shortcut": False},
    "+ separable": {"separable": True},
    "all": ALL,
    "all − flips and shifts": {**ALL, "augment": False},
    "all − batch norm": {**ALL, "batch_norm": None},
    "all − dropout": {**ALL, "dropout": 0.0},
    "all − weight decay": {**ALL, "weight_decay": 0.0},
    "all − one-cycle": {**ALL, "one_cycle": False},
    "all − global average": {**ALL, "head": "flatten"},
    "all − residual blocks": {**ALL, "blocks": 0},
    "all − shortcuts": {**ALL, "shortcut": False},
    "dense network": {"dense": True},
    "all + upside down": {**ALL, "upside_down": True},
}


def train_variant(
    train,
    validation,
    *,
    seed=0,
    epochs=16,
    batch_size=128,
    augment=False,
    upside_down=False,
    one_cycle=False,
    weight_decay=0.0,
    dense=False,
    **ingredients,
):
    """Train one variant of the baseline and return it with what was measured.

    Parameters
    ----------
    train, validation : tuple of ndarray
        (images, labels): (count, 32, 32, 3), uint8, and (count,), integer.
    seed, epochs, batch_size : int
        As for `dcv.training.set_seed` and `AugmentedBatches`.
    augment : bool
        Flips, and shifts by up to 2 pixels.
    upside_down : bool
        With `augment` also flips from top to bottom.
    one_cycle : bool
        Adam's learning rate follows `OneCycle` with a peak of 0.003; otherwise it is 0.001 throughout.
    weight_decay : float
        As for `keras.optimizers.AdamW`: each step takes this share, times the learning rate, off the kernels.
    dense : bool
        A network without convolutions in place of the baseline.
    **ingredients
        As for `dcv.models.convnet_with`.

    Returns
    -------
    tuple
        (model, {"seed", "history", "seconds", "changed", "parameters"}). "changed" says how accurate the
        final network is on validation images as they are, moved and flipped.
    """
    set_seed(seed)
    batches = AugmentedBatches(
        *train,
        batch_size,
        reach=2 if augment else 0,
        flip=augment,
        upside_down=upside_down,
        seed=seed,
    )
    shape, classes = train[0].shape[1:], int(train[1].max()) + 1
    model = (
        dense_network(shape, classes, units=(128,)) if dense else convnet_with(shape, classes, **ingredients)
    )
    rate = OneCycle(3e-3, epochs * len(batches)) if one_cycle else 1e-3
    optimizer = keras.optimizers.AdamW(rate, weight_decay=weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=keras.backend.backend() == "jax",
        steps_per_execution=13 if len(batches) % 13 == 0 else 1,
    )
    images, labels = validation[0].astype(np.float32) / 255, validation[1]
    clock = EpochClock()
    result = model.fit(
        batches,
        epochs=epochs,
        validation_data=(images, np.eye(classes, dtype=np.float32)[labels]),
        validation_batch_size=500,
        verbose=0,
        callbacks=[clock],
    )
    history = {name: [round(float(value), 4) for value in values] for name, values in result.history.items()}
    return model, {
        "seed": seed,
        "history": history,
        "seconds": round(sum(clock.seconds), 1),
        "changed": accuracy_on_changed_images(model, images, labels),
        "parameters": model.count_params(),
    }


def accuracy_on_changed_images(model, images, labels, *, distances=(2, 4, 6, 8)):
    """Return the accuracy on images as they are, moved, mirrored and upside down.

    Parameters
    ----------
    model : keras.Model
        A classifier.
    images : ndarray
        (count, height, width, channels), float32 in [0, 1].
    labels : ndarray
        (count,), integer.
    distances : sequence of int
        By how many pixels the content is moved; the mean over the four directions is returned. The freed
        border shows the mirrored image.

    Returns
    -------
    dict of float
        "as they are", "moved by 2 px", …, "mirrored", "upside down".
    """

    def accuracy(changed):
        predicted = model.predict(changed, batch_size=500, verbose=0).argmax(axis=1)
        return float(np.mean(predicted == labels))

    results = {"as they are": accuracy(images)}
    for distance in distances:
        directions = ((distance, 0), (-distance, 0), (0, distance), (0, -distance))
        moved = [accuracy(shift_images(images, *direction)) for direction in directions]
        results[f"moved by {distance} px"] = float(np.mean(moved))
    results["mirrored"] = accuracy(images[:, :, ::-1])
    results["upside down"] = accuracy(images[:, ::-1])
    return {name: round(value, 4) for name, value in results.items()}


def record_ablation(
    folder, *, seeds=(0, 1, 2, 3, 4), variants=tuple(VARIANTS), image_count=15_000, epochs=16
):
    """Train every variant with every seed on part of CIFAR-10 and store what was measured.

    A third of the images is kept for validation, and all figures are measured on it: no test image is used,
    since ingredients are chosen by this table.

    Parameters
    ----------
    folder : path-like
        Receives ablation.json (the record).
    seeds : sequence of int
        Each decides the first weights, the order of the images, and how they are changed.
    variants : sequence of str
        Keys of `VARIANTS`.
    image_count : int
        Training and validation images together, equally many of each class.
    epochs : int
        Of each run.

    Returns
    -------
    dict
        The record, as `dcv.runs.load_run` returns it; "variants" holds a list for each variant, with one
        result for each seed.

    Raises
    ------
    dcv.data.DataUnavailableError
        If CIFAR-10 cannot be had.
    """
    data = load_cifar10()
    images, labels = balanced_subset(data.train_images, data.train_labels, image_count)
    train_images, train_labels, *validation = split_validation(images, labels, fraction=1 / 3)
    results = {name: [] for name in variants}
    for seed in seeds:
        for name in variants:
            _, result = train_variant(
                (train_images, train_labels), validation, seed=seed, epochs=epochs, **VARIANTS[name]
            )
            results[name].append(result)
    settings = {
        "train_images": len(train_images),
        "validation_images": len(validation[0]),
        "epochs": epochs,
        "batch_size": 128,
        "optimizer": "AdamW",
        "learning_rate": 0.001,
        "one_cycle_peak": 0.003,
        "seeds": list(seeds),
        "variants": {name: VARIANTS[name] for name in variants},
    }
    record = {**provenance("ablation", data, settings), "variants": results}
    store_run(folder, record)
    return record


def summarize_ablation(record):
    """Return the seconds of training in all runs, and each variant's validation accuracies in the end.

    Parameters
    ----------
    record : dict
        As `record_ablation` returns it.

    Returns
    -------
    tuple
        (seconds, {"baseline: validation": [accuracy in [0, 1] of each seed], ...}).
    """
    variants = record["variants"].items()
    accuracies = {
        f"{name}: validation": [result["history"]["val_accuracy"][-1] for result in results]
        for name, results in variants
    }
    return sum(result["seconds"] for _, results in variants for result in results), accuracies
