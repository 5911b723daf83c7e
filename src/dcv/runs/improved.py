"""The recorded runs of chapter 8's best network: three seeds on all of CIFAR-10."""

import time

import keras
import numpy as np

from dcv.data import load_cifar10
from dcv.models import fast_convnet, whitening_kernel
from dcv.runs.record import peak_memory_mib, provenance, store_run
from dcv.training import AugmentedBatches, OneCycle, set_seed, timed_fit

SETTINGS = {
    "widths": (48, 128, 192),
    "epochs": 7,
    "batch_size": 512,
    "learning_rate": 0.55,
    "momentum": 0.85,
    "weight_decay": 0.006,
    "label_smoothing": 0.2,
    "reach": 2,
}


def train_improved(data, *, seed, **settings):
    """Train the network once and return it with what was measured.

    Parameters
    ----------
    data : dcv.data.Dataset
        Trained on its training images, tested once, at the end, on its test images.
    seed : int
        As for `dcv.training.set_seed`.
    **settings
        Whatever shall differ from `SETTINGS`.

    Returns
    -------
    tuple
        (model, {"seed", "history", "test", "seconds", "cpu_seconds", "peak_memory_mib"}). "test" has the
        accuracy on the test images as they are, and of the mean of the logits of image and mirror image.
        Seconds and processor seconds are those of the training, compilation included and testing excluded.
    """
    settings = {**SETTINGS, **settings}
    policy = keras.config.dtype_policy()
    # Half as many bytes to move, and products that newer processors compute faster; weights stay float32.
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        set_seed(seed)
        model, history = _fit(data, settings, seed)
        seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
        test = _test(model, data)
    finally:
        keras.config.set_dtype_policy(policy)
    return model, {
        "seed": seed,
        "history": history,
        "test": test,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_memory_mib": peak_memory_mib(),
    }


def _fit(data, settings, seed):
    batches = AugmentedBatches(
        data.train_images, data.train_labels, settings["batch_size"], reach=settings["reach"], seed=seed
    )
    whitening = whitening_kernel(data.train_images[:2000].astype(np.float32) / 255)
    model = fast_convnet(widths=settings["widths"], whitening=whitening)
    optimizer = keras.optimizers.SGD(
        OneCycle(settings["learning_rate"], settings["epochs"] * len(batches)),
        momentum=settings["momentum"],
        nesterov=True,
        weight_decay=settings["weight_decay"],
    )
    optimizer.exclude_from_weight_decay(var_names=["beta"])
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=settings["label_smoothing"]
        ),
        metrics=["accuracy"],
        jit_compile=False,
        steps_per_execution=8,
    )
    return model, timed_fit(model, time.perf_counter, batches, epochs=settings["epochs"], verbose=2)


def _test(model, data):
    images = data.test_images.astype(np.float32) / 255
    logits = model.predict(images, batch_size=500, verbose=0)
    mirrored = model.predict(images[:, :, ::-1], batch_size=500, verbose=0)
    return {
        "accuracy": float(np.mean(logits.argmax(axis=1) == data.test_labels)),
        "accuracy_with_mirror_image": float(np.mean((logits + mirrored).argmax(axis=1) == data.test_labels)),
    }


def record_improved(folder, *, seeds=(0, 1, 2), epochs=SETTINGS["epochs"], **settings):
    """Train the network once with each seed on all training images of CIFAR-10 and store what was measured.

    Parameters
    ----------
    folder : path-like
        Receives fast_convnet.json (the record).
    seeds : sequence of int
        As for `dcv.training.set_seed`.
    epochs : int
        How often every image is shown.
    **settings
        Whatever else shall differ from `SETTINGS`.

    Returns
    -------
    dict
        The record, as `dcv.runs.load_run` returns it; "runs" holds for each seed what `train_improved`
        returns.

    Raises
    ------
    dcv.data.DataUnavailableError
        If CIFAR-10 cannot be had.
    """
    data = load_cifar10()
    settings = {**SETTINGS, **settings, "epochs": epochs}
    runs = [train_improved(data, seed=seed, **settings)[1] for seed in seeds]
    settings = {"train_images": len(data.train_images), **settings, "seeds": list(seeds)}
    record = {**provenance("fast_convnet", data, settings), "runs": runs}
    store_run(folder, record)
    return record


def summarize_improved(record):
    """Return the seconds of training in all runs, and the test accuracies.

    Parameters
    ----------
    record : dict
        As `record_improved` returns it.

    Returns
    -------
    tuple
        (seconds, {"test": [accuracy in [0, 1] of each seed], "test, with mirror image": [accuracy, …]}).
    """
    runs = record["runs"]
    return sum(run["seconds"] for run in runs), {
        "test": [run["test"]["accuracy"] for run in runs],
        "test, with mirror image": [run["test"]["accuracy_with_mirror_image"] for run in runs],
    }
