"""What is kept of a training run: history, settings, where the numbers come from, and the weights.

Keras is loaded only where a run is recorded, so that reading a record costs nothing.
"""

import datetime
import hashlib
import importlib
import importlib.metadata
import json
import platform
import re
import sys
from importlib import resources
from pathlib import Path

import numpy as np


def load_run(name="baseline_convnet"):
    """Return the record of a training run that ships with the course.

    Parameters
    ----------
    name : str
        "baseline_convnet", the full run of chapter 6, and "learning_rates", short runs that differ in their
        learning rate; "ablation", "residual_convnet" and "fast_convnet" of chapter 8; "eight_classes" and
        "transfer" of chapter 9; "grid_detector" of chapter 10; and "time_to_accuracy", the recipes that
        chapter 8 compares, with seconds and test accuracy of each run in "runs".

    Returns
    -------
    dict
        "history" as `dcv.training.fit` returns it, "settings", and where it comes from: "command", "date",
        "versions", "machine", "data". The full run has "test" too (loss and accuracy, measured once, at the
        end). For the learning rates, "history" is a dict learning rate → history.

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


def provenance(name, data, settings, *, command="make runs"):
    """Return the part of a record that says where its numbers come from.

    Parameters
    ----------
    name : str
        Name of the run, and of the files that keep it.
    data : dcv.data.Dataset
        What was trained on and tested with.
    settings : dict
        All that decides the result, by name.
    command : str
        What makes the record again.

    Returns
    -------
    dict
        "name", "command", "date", "versions", "machine", "data" (name and checksum) and "settings".
    """
    import keras

    from dcv.training import has_gpu

    backend = keras.backend.backend()
    return {
        "name": name,
        "command": command,
        "date": datetime.date.today().isoformat(),
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in ("keras", "numpy")},
            "backend": f"{backend} {importlib.import_module(backend).__version__}",
        },
        "machine": "one GPU" if has_gpu() else "CPU only",
        "data": {"name": data.name, "sha256": fingerprint(data)},
        "settings": settings,
    }


def store_run(folder, record, model=None, *, dtype=np.float32):
    """Write a record, and the weights if there is a model, each complete or not at all.

    Parameters
    ----------
    folder : path-like
        Receives NAME.json, with a model NAME.npz too, where NAME is the record's "name".
    record : dict
        What `provenance` returns, and "history" and other results.
    model : keras.Model, optional
        Its weights are stored by name (see `dcv.models.weight_key`).
    dtype : dtype
        float16 makes the file half as large; then round the weights before you test them.
    """
    folder = Path(folder)
    unfinished = folder / ".unfinished.npz"
    try:
        if model is not None:
            from dcv.models import weight_key

            weights = {weight_key(variable): variable.numpy().astype(dtype) for variable in model.weights}
            np.savez(unfinished, **weights)
            unfinished.replace(folder / f"{record['name']}.npz")
        # A list of plain values on one line: a history of sixteen epochs is no sixteen lines.
        text = re.sub(r"\[[^\[\]{}]*\]", _on_one_line, json.dumps(record, indent=1))
        unfinished.write_text(text + "\n", encoding="utf-8")
        unfinished.replace(folder / f"{record['name']}.json")
    finally:
        unfinished.unlink(missing_ok=True)


def _on_one_line(found):
    return " ".join(found[0].split()).replace("[ ", "[").replace(" ]", "]")


def fingerprint(data):
    """Return the SHA-256 of images and labels: it tells on which copy of the data a number was measured.

    Parameters
    ----------
    data : dcv.data.Dataset
        Its four arrays, taken as uint8.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for array in (data.train_images, data.train_labels, data.test_images, data.test_labels):
        digest.update(np.ascontiguousarray(array, np.uint8))
    return digest.hexdigest()


def peak_memory_mib():
    """Return the most memory that this process has held so far, in MiB (float). Not on Windows."""
    import resource  # here, since Windows lacks it

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB on Linux, bytes on macOS
    return largest / (2**20 if sys.platform == "darwin" else 2**10)
