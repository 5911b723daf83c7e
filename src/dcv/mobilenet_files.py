"""The files of MobileNet, which the course does not ship: where they lie, and where they come from.

They are looked for where Keras keeps them: in the folder ``models`` of ``$KERAS_HOME``, or of ``.keras`` in
the home folder. ``DCV_OFFLINE=1`` forbids to download what is missing.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from dcv.downloads import download

# Name → address and SHA-256. The names are those that Keras gives the files in its own folder.
_KERAS_APPLICATIONS = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/"
_TENSORFLOW = "https://storage.googleapis.com/download.tensorflow.org/data/"
FILES = {
    "mobilenet_2_5_224_tf.h5": (
        _KERAS_APPLICATIONS,
        "6b0e5561e6611c6e88f014c3f698ee3ed80bc0a2ed74bc048173f6508afa53db",
    ),
    "mobilenet_2_5_224_tf_no_top.h5": (
        _KERAS_APPLICATIONS,
        "5583bfd0b6572d11fbb377a907299dc02bd1f6b461cdc93d2283f298146c7e46",
    ),
    "imagenet_class_index.json": (
        _TENSORFLOW,
        "a1e7a966a1f601d39e4b43e119b3e7dd4a2ad3ea08cf69847cbaf021013767bc",
    ),
}


class WeightsUnavailableError(RuntimeError):
    """A file of MobileNet could not be obtained: the message says why, and names the ways out."""


def obtain(name):
    """Return the path of a file of MobileNet, after downloading it if need be.

    Parameters
    ----------
    name : str
        A key of `FILES`.

    Returns
    -------
    pathlib.Path
        A complete file: its checksum was compared.

    Raises
    ------
    WeightsUnavailableError
        If it is not at hand, or damaged, and cannot be downloaded.
    """
    path = keras_folder() / name
    reason = "no such file"
    if path.is_file():
        if _is_complete(path, name):
            return path
        reason = "damaged: its checksum is not the published one"
    address = FILES[name][0] + name
    if os.environ.get("DCV_OFFLINE", "0") not in ("", "0"):
        raise _unavailable(name, f"{path}: {reason}", "DCV_OFFLINE is set, so nothing was downloaded")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, then renamed: whoever looks meanwhile finds the whole file or none.
        with tempfile.TemporaryDirectory(prefix=".mobilenet-", dir=path.parent) as scratch:
            part = Path(scratch) / name
            download(address, part)
            if not _is_complete(part, name):
                raise OSError("what came is another file, perhaps a page of the network's own")
            os.replace(part, path)
    except OSError as error:
        raise _unavailable(name, f"{path}: {reason}", f"{address}: {error}") from error
    return path


def keras_folder():
    """Return the folder in which Keras keeps downloaded weights; it need not exist.

    Returns
    -------
    pathlib.Path
        ``$KERAS_HOME/models``, by default ``~/.keras/models``.
    """
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"


def _is_complete(path, name):
    return hashlib.sha256(path.read_bytes()).hexdigest() == FILES[name][1]


def _unavailable(name, *tried):
    return WeightsUnavailableError(
        f"{name}, a file of MobileNet, could not be obtained. Tried:\n"
        + "".join(f"  - {each}\n" for each in tried)
        + "Ways out:\n"
        f"  1. Unset DCV_OFFLINE and connect to the internet.\n"
        f"  2. Download {FILES[name][0]}{name} with a browser and move it to {keras_folder()}.\n"
        "  3. Set the environment variable KERAS_HOME to a folder whose subfolder models holds the file."
    )
