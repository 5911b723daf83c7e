"""Seeds, compiling, fitting, and the recorded runs that ship with the course.

``python -m dcv.training`` (in the repository: ``make runs``) repeats the recorded runs: it trains with the
functions below, which the notebooks call too, and stores weights and histories in the package.
"""

import argparse
import datetime
import hashlib
import importlib.metadata
import json
import platform
import time
from importlib import resources
from pathlib import Path

import keras
import numpy as np

from dcv.data import balanced_subset, load_cifar10, split_validation
from dcv.models import baseline_convnet, weight_key


def set_seed(seed=0):
    """Seed Python's, NumPy's and the Keras backend's random numbers.

    Runs with equal seeds start from the same weights and see the images in the same order. Their results can
    still differ in the last digits, since several threads add floating-point numbers in varying order.

    Parameters
    ----------
    seed : int
        Any integer from 0 to 2³² − 1.

    Examples
    --------
    >>> set_seed(1)
    >>> first = np.random.rand()
    >>> set_seed(1)
    >>> first == np.random.rand()
    True
    """
    keras.utils.set_random_seed(seed)


def has_gpu():
    """Return whether TensorFlow sees a GPU.

    Returns
    -------
    bool
        True if at least one GPU can be used.
    """
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def compile_classifier(model, *, learning_rate=1e-3):
    """Compile a classifier that returns logits, for integer labels, and return it.

    Adam as the optimizer, sparse categorical cross-entropy *from logits* as the loss, accuracy as the metric.

    Parameters
    ----------
    model : keras.Model
        Its output is (batch, classes): logits, without softmax.
    learning_rate : float
        Adam's step size, above 0.

    Returns
    -------
    keras.Model
        The same model, compiled.

    References
    ----------
    Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization", https://arxiv.org/abs/1412.6980

    Examples
    --------
    >>> compile_classifier(baseline_convnet()).loss.from_logits
    True
    """
    if learning_rate <= 0:
        raise ValueError(f"learning_rate must be above 0; got {learning_rate}")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # Compiling these small networks with XLA takes longer than it saves on a CPU.
        jit_compile=False,
    )
    return model


def fit(model, images, labels, *, validation_data=None, epochs=4, batch_size=32, verbose=2):
    """Train a compiled classifier and return its history.

    Parameters
    ----------
    model : keras.Model
        A compiled classifier.
    images : ndarray
        (count, height, width, channels), float32 in [0, 1].
    labels : ndarray
        (count,), integer class indices.
    validation_data : tuple of ndarray, optional
        (images, labels) on which the model is measured after every epoch, but never trained.
    epochs : int
        How often every image is shown.
    batch_size : int
        Images per update of the weights.
    verbose : {0, 1, 2}
        What Keras prints: nothing, a progress bar, a line per epoch.

    Returns
    -------
    dict of list of float
        "loss", "accuracy" and "seconds", with validation data also "val_loss" and "val_accuracy"; one number
        per epoch. "loss" and "accuracy" are means over the epoch, taken while the weights still changed.

    Raises
    ------
    ValueError
        If the images are not floats in [0, 1] or their number is not that of the labels.

    Examples
    --------
    >>> set_seed(0)
    >>> images, labels = np.random.rand(8, 32, 32, 3).astype("float32"), np.arange(8)
    >>> history = fit(compile_classifier(baseline_convnet()), images, labels, epochs=2, verbose=0)
    >>> len(history["loss"])
    2
    """
    check_training_data(images, labels)
    if validation_data is not None:
        check_training_data(*validation_data)
    clock = _EpochClock()
    result = model.fit(
        images,
        labels,
        validation_data=validation_data,
        epochs=epochs,
        batch_size=batch_size,
        verbose=verbose,
        callbacks=[clock],
    )
    history = {name: [float(value) for value in values] for name, values in result.history.items()}
    return {**history, "seconds": clock.seconds}


class _EpochClock(keras.callbacks.Callback):
    """Measure how long each epoch takes, validation included."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self._start)


def check_training_data(images, labels):
    """Raise a ValueError unless images and labels are what the course's networks are trained on.

    Parameters
    ----------
    images : ndarray
        Expected as (count, height, width, channels), float in [0, 1].
    labels : ndarray
        Expected as (count,), integer.

    Raises
    ------
    ValueError
        With what was expected, what came and what to do.

    Examples
    --------
    >>> check_training_data(np.zeros((2, 32, 32, 3), "uint8"), np.array([0, 1]))
    Traceback (most recent call last):
        ...
    ValueError: images must be float in [0, 1]; got uint8: convert with images.astype("float32") / 255
    """
    if images.ndim != 4:
        raise ValueError(f"images must have shape (count, height, width, channels); got shape {images.shape}")
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f'images must be float in [0, 1]; got {images.dtype}: convert with images.astype("float32") / 255'
        )
    low, high = images.min(), images.max()
    if low < 0 or high > 1:
        raise ValueError(f"images must be in [0, 1]; got {low:g} to {high:g}: divide by 255, and only once")
    if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be {len(images)} integers, one per image, in shape ({len(images)},); "
            f"got {labels.dtype} in shape {labels.shape}"
        )


def load_run(name="baseline_convnet"):
    """Return the record of a training run that ships with the course.

    Parameters
    ----------
    name : str
        "baseline_convnet", the full run, or "learning_rates", short runs that differ in their learning rate.

    Returns
    -------
    dict
        "history" as `fit` returns it, "settings", and where it comes from: "command", "date", "versions",
        "machine", "data". The full run has "test" too (loss and accuracy, measured once, at the end). For
        the learning rates, "history" is a dict learning rate → history.

    Raises
    ------
    ValueError
        If there is no such run.

    Examples
    --------
    >>> load_run()["settings"]["epochs"]
    4
    >>> list(load_run("learning_rates")["history"])
    ['0.00001', '0.0001', '0.001', '0.01', '0.1']
    """
    folder = resources.files("dcv") / "weights"
    names = (file.name for file in folder.iterdir())
    known = sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))
    if name not in known:
        raise ValueError(f"name must be one of {', '.join(known)}; got {name!r}")
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


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
        **_provenance(model.name, data, settings),
        "history": history,
        "test": {"loss": float(test_loss), "accuracy": float(test_accuracy)},
    }
    _store(folder, record, model)
    return record


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
    record = {**_provenance("learning_rates", data, settings), "history": histories}
    _store(folder, record)
    return record


def _provenance(name, data, settings):
    """Return the part of a record that says where the numbers come from."""
    return {
        "name": name,
        "command": "make runs",
        "date": datetime.date.today().isoformat(),
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in ("keras", "numpy")},
            "backend": f"{keras.backend.backend()} {_backend_version()}",
        },
        "machine": "one GPU" if has_gpu() else "CPU only",
        "data": {"name": data.name, "sha256": _fingerprint(data)},
        "settings": settings,
    }


def _store(folder, record, model=None):
    """Write a record, and the weights if there is a model, each complete or not at all."""
    folder = Path(folder)
    unfinished = folder / ".unfinished.npz"
    try:
        if model is not None:
            np.savez(unfinished, **{weight_key(variable): variable.numpy() for variable in model.weights})
            unfinished.replace(folder / f"{record['name']}.npz")
        unfinished.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(folder / f"{record['name']}.json")
    finally:
        unfinished.unlink(missing_ok=True)


def _fingerprint(data):
    """Return the SHA-256 of images and labels: it tells on which copy of the data a number was measured."""
    digest = hashlib.sha256()
    for array in (data.train_images, data.train_labels, data.test_images, data.test_labels):
        digest.update(np.ascontiguousarray(array, np.uint8))
    return digest.hexdigest()


def _backend_version():
    return __import__(keras.backend.backend()).__version__


def main(arguments=None):
    """Repeat the recorded runs and say how far they lie from the stored ones."""
    parser = argparse.ArgumentParser(prog="python -m dcv.training", description=main.__doc__)
    shipped = resources.files("dcv") / "weights"
    parser.add_argument("runs", nargs="*", help=f"which ones: {', '.join(_RUNS)}; by default all")
    parser.add_argument("--folder", type=Path, default=Path(str(shipped)), help="where to store them")
    parser.add_argument("--epochs", type=int, help="train shorter or longer than the recorded runs")
    options = parser.parse_args(arguments)
    if unknown := set(options.runs) - set(_RUNS):
        parser.error(f"runs must be among {', '.join(_RUNS)}; got {', '.join(sorted(unknown))}")

    epochs = {} if options.epochs is None else {"epochs": options.epochs}
    for name in options.runs or _RUNS:
        earlier = options.folder / f"{name}.json"
        before = json.loads(earlier.read_text(encoding="utf-8")) if earlier.exists() else None
        record = _RUNS[name](options.folder, **epochs)
        seconds, accuracies = _summary(record)
        print(f"{name}: {seconds:.0f} s of training")
        for which, accuracy in accuracies.items():
            change = ""
            if before is not None and which in (stored := _summary(before)[1]):
                change = f", {100 * (accuracy - stored[which]):+.2f} points against the run stored before"
            print(f"  {which} accuracy {accuracy:.4f}{change}")


_RUNS = {"baseline_convnet": record_baseline, "learning_rates": record_learning_rates}


def _summary(record):
    """Return the seconds of training, and the accuracies in the end by what they were measured on."""
    if "test" in record:
        return sum(record["history"]["seconds"]), {"test": record["test"]["accuracy"]}
    histories = record["history"].items()
    last = {f"learning rate {rate}: validation": history["val_accuracy"][-1] for rate, history in histories}
    return sum(sum(history["seconds"]) for _, history in histories), last


if __name__ == "__main__":
    main()
