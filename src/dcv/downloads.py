"""Obtain CIFAR-10 from a folder, from the cache or over the network; notebooks call :mod:`dcv.data` instead.

The order is: the folder ``$DCV_DATA``, the cache (``$DCV_CACHE`` or the usual place of the operating system),
the mirrors. ``DCV_OFFLINE=1`` forbids the last step.
"""

import os
import pickle
import tarfile
import tempfile
import textwrap
import threading
import time
import warnings
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import numpy as np

NPZ_NAME = "cifar10.npz"
ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")

ARCHIVE_NAME = "cifar-10-python.tar.gz"
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
BATCH_SIZE = 10_000  # images in each of the six files of the archive
TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH = "test_batch"

# The origin comes last: it has been throttled since June 2026. The checksum makes them equally trustworthy.
MIRRORS = (
    "https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",
    "https://oneflow-public.oss-cn-beijing.aliyuncs.com/datasets/cifar/cifar-10-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
)
ATTEMPTS = 2  # for each mirror, and only when a transfer broke off midway
STALL_SECONDS = 4.5  # how far a transfer may fall behind MINIMUM_SPEED; three dead mirrors cost 13.5 seconds
MINIMUM_SPEED = 25_000  # bytes a second: below this the archive would take two hours
CHUNK_BYTES = 2**14


class DataUnavailableError(RuntimeError):
    """CIFAR-10 could not be obtained: the message lists what was tried and the ways out.

    Parameters
    ----------
    tried : list of (str, str)
        Each place that was tried, and why it did not work; in that order.
    """

    def __init__(self, tried):
        self.tried = list(tried)
        super().__init__(
            "CIFAR-10 could not be obtained. Tried:\n"
            + "".join(f"  - {source}: {reason}\n" for source, reason in self.tried)
            + "Three ways out:\n"
            f"  1. Set the environment variable DCV_DATA to a folder that holds {NPZ_NAME}.\n"
            f"  2. Download {MIRRORS[0]} with a browser and move it, still packed, to {cache_folder()}\n"
            "     (or to the folder that DCV_DATA names); the next call finds it there and unpacks it.\n"
            "  3. Go on with dcv.data.load_shapes10(): images of the same format, drawn by the course."
        )


class _StalledError(OSError):
    """A host accepts connections but delivers nothing, or next to nothing."""


def cache_folder():
    """Folder in which CIFAR-10 is kept between sessions; it need not exist yet.

    Returns
    -------
    pathlib.Path
        ``$DCV_CACHE`` if that is set, else the operating system's place for caches.
    """
    if os.environ.get("DCV_CACHE"):
        return Path(os.environ["DCV_CACHE"]).expanduser()
    import pooch

    return Path(pooch.os_cache("deep-computer-vision"))


def obtain_cifar10():
    """CIFAR-10 from the first source that works.

    A file that is there but damaged is named in a warning, and the search goes on. What comes out of an
    archive is written to the cache, where it also takes the place of a damaged file.

    Returns
    -------
    train_images, train_labels, test_images, test_labels : tuple of ndarray
        Images (n, 32, 32, 3), uint8 in [0, 255]; labels (n,), int64 in [0, 9].

    Raises
    ------
    DataUnavailableError
        If no source works.
    """
    tried = []
    if os.environ.get("DCV_DATA"):
        folders = [Path(os.environ["DCV_DATA"]).expanduser(), cache_folder()]
    else:
        tried.append(("$DCV_DATA", "not set"))
        folders = [cache_folder()]

    for folder in folders:
        for name, read in ((NPZ_NAME, read_npz), (ARCHIVE_NAME, read_archive)):
            path = folder / name
            if not os.path.isfile(path):
                tried.append((str(path), "no such file"))
                continue
            try:
                arrays = read(path)
            except Exception as error:  # a damaged file fails in a dozen ways, all with the same cure: go on
                tried.append((str(path), _describe(error)))
                warnings.warn(f"{path} is left out: {_describe(error)}", stacklevel=3)
                continue
            if name == ARCHIVE_NAME:
                keep_npz(arrays, cache_folder())
            return arrays

    if os.environ.get("DCV_OFFLINE", "0") not in ("", "0"):
        tried.append(("download", "DCV_OFFLINE is set, so nothing was downloaded"))
        raise DataUnavailableError(tried)

    # In the system's temporary folder, so that a cache without write permission does not stop the download.
    with tempfile.TemporaryDirectory(prefix="dcv-", ignore_cleanup_errors=True) as scratch:
        for number, url in enumerate(MIRRORS):
            # A file for each: a thread that was given up may still write its last chunk.
            archive = Path(scratch) / f"{number}-{ARCHIVE_NAME}"
            try:
                download(url, archive)
                arrays = read_archive(archive)
            except Exception as error:  # refused, cut off, stalled, wrong file: the next mirror may work
                tried.append((url, _describe(error)))
                continue
            break
        else:
            raise DataUnavailableError(tried)
    keep_npz(arrays, cache_folder())
    return arrays


def download(url, target):
    """Download a file with a progress bar, and give up on a host that hangs.

    The timeouts of a socket do not bound this: each byte that arrives starts them anew, and the name server
    has its own. So a thread does the transfer while this one watches the file grow.

    Parameters
    ----------
    url : str
        Address, http or https.
    target : pathlib.Path
        File to write; its content is worth nothing if this raises.

    Raises
    ------
    OSError
        If the host refuses, answers with an HTTP error, breaks off twice, or falls `STALL_SECONDS` behind
        `MINIMUM_SPEED`. (The exceptions of `requests` are OSErrors.)
    """
    for attempt in range(ATTEMPTS):
        try:
            return _download_once(url, target)
        except _StalledError:
            raise
        except OSError:
            broke_off_midway = target.exists() and target.stat().st_size > 0
            if attempt == ATTEMPTS - 1 or not broke_off_midway:
                raise


def _download_once(url, target):
    import pooch
    from tqdm import tqdm

    class Progress(tqdm):
        cancelled = False

        def __bool__(self):
            return True  # pooch asks whether there is a bar; tqdm would answer whether there is a total

        def update(self, n=1):
            if self.cancelled:  # the only place where the thread can be stopped
                raise _StalledError("cancelled")
            return super().update(n)

    progress = Progress(desc=urlsplit(url).hostname, unit="B", unit_scale=True, ncols=79, leave=False)
    # Longer than STALL_SECONDS: the watch below decides, these only end a thread that was left behind.
    # A server that sees "identity" does not unpack the archive on the way, which would change the checksum.
    transfer = pooch.HTTPDownloader(
        progressbar=progress,
        chunk_size=CHUNK_BYTES,
        timeout=(2 * STALL_SECONDS, 2 * STALL_SECONDS),
        headers={"Accept-Encoding": "identity"},
    )
    failures = []

    def run():
        try:
            transfer(url, str(target), None)
        except Exception as error:
            if not progress.cancelled:  # a stored error would keep the connection of its traceback open
                failures.append(error)
            if getattr(error, "response", None) is not None:
                error.response.close()

    target.write_bytes(b"")
    worker = threading.Thread(target=run, daemon=True)
    try:
        worker.start()
        seconds_behind, size, now = 0.0, 0, time.monotonic()
        while worker.is_alive():
            worker.join(0.1)
            earlier, now = now, time.monotonic()
            grown, size = target.stat().st_size - size, target.stat().st_size
            seconds_behind = max(0.0, seconds_behind + now - earlier - grown / MINIMUM_SPEED)
            if seconds_behind > STALL_SECONDS:
                raise _StalledError(f"no answer, or less than {MINIMUM_SPEED // 1000} kB a second")
    finally:  # also when the learner interrupts
        progress.cancelled = True
        progress.close()
    if failures:
        raise failures[0]


def read_npz(path):
    """Arrays of a ``cifar10.npz``, checked.

    Parameters
    ----------
    path : path-like
        File with ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

    Returns
    -------
    tuple of ndarray
        As :func:`obtain_cifar10`.

    Raises
    ------
    Exception
        Whatever NumPy and zipfile raise for a damaged file; ValueError if the arrays cannot be CIFAR-10.
    """
    # Opened here, because np.load leaves a damaged file open, and Windows does not replace an open file.
    with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
        return _checked(*(stored[name] for name in ARRAY_NAMES))


def read_archive(path):
    """Arrays of the original archive, checked.

    Parameters
    ----------
    path : path-like
        ``cifar-10-python.tar.gz`` as published by Krizhevsky (2009).

    Returns
    -------
    tuple of ndarray
        As :func:`obtain_cifar10`.

    Raises
    ------
    ValueError
        If the checksum differs from the published one.
    """
    import pooch

    checksum = pooch.file_hash(str(path), alg="sha256")
    if checksum != ARCHIVE_SHA256:
        raise ValueError(
            f"expected the SHA-256 {ARCHIVE_SHA256[:12]}…, got {checksum[:12]}…, of "
            f"{Path(path).stat().st_size:,} bytes: incomplete, or a page that the network put in its place"
        )
    # The batches are pickles, and a pickle can run any code it likes. Only the checksum, which has just
    # matched, makes these safe to open. They are read one by one: nothing is unpacked to the disk.
    batches = {}
    with tarfile.open(path, "r:gz") as archive, warnings.catch_warnings():
        # NumPy 2.4.0 to 2.4.4 object to the way in which Python 2 wrote dtypes (numpy/numpy#29301).
        warnings.simplefilter("ignore", np.exceptions.VisibleDeprecationWarning)
        for member in archive:
            name = PurePosixPath(member.name).name
            if name in (*TRAIN_BATCHES, TEST_BATCH):
                batches[name] = pickle.load(archive.extractfile(member), encoding="bytes")

    def collect(names):
        # A row holds first all red values of an image, then all green, then all blue: (n, 3072).
        rows = np.concatenate([batches[name][b"data"] for name in names])
        images = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # (n, 3, 32, 32) → (n, 32, 32, 3)
        return np.ascontiguousarray(images), np.concatenate([batches[name][b"labels"] for name in names])

    return _checked(*collect(TRAIN_BATCHES), *collect([TEST_BATCH]))


def keep_npz(arrays, folder):
    """Write ``cifar10.npz`` into a folder, whole or not at all; if that is impossible, warn.

    Parameters
    ----------
    arrays : tuple of ndarray
        As :func:`obtain_cifar10` returns them.
    folder : pathlib.Path
        Created if needed.
    """
    train_images, train_labels, test_images, test_labels = arrays
    small_labels = train_labels.astype(np.uint8), test_labels.astype(np.uint8)
    stored = zip(ARRAY_NAMES, (train_images, small_labels[0], test_images, small_labels[1]), strict=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Written beside its final place, then renamed in one step: another process sees the old file or the
        # whole new one. The temporary folder goes away on success, on failure and on an interrupt.
        with tempfile.TemporaryDirectory(prefix=".cifar10-", dir=folder) as scratch:
            part = Path(scratch) / NPZ_NAME
            np.savez(part, **dict(stored))
            os.replace(part, folder / NPZ_NAME)
    except OSError as error:
        warnings.warn(
            f"CIFAR-10 could not be kept in {folder} ({_describe(error)}), so the next session must fetch it "
            "again. Set DCV_CACHE to a folder that you may write to.",
            stacklevel=4,
        )


def _checked(train_images, train_labels, test_images, test_labels):
    """Return the arrays, labels as int64; ValueError if they cannot be CIFAR-10."""
    for name, array, count in (
        ("x_train", train_images, BATCH_SIZE * len(TRAIN_BATCHES)),
        ("x_test", test_images, BATCH_SIZE),
    ):
        if array.shape != (count, 32, 32, 3) or array.dtype != np.uint8:
            raise ValueError(f"expected {name} ({count}, 32, 32, 3) uint8, got {array.shape} {array.dtype}")
    for name, array, count in (
        ("y_train", train_labels, len(train_images)),
        ("y_test", test_labels, len(test_images)),
    ):
        if array.shape != (count,) or array.dtype.kind not in "iu":
            raise ValueError(f"expected {name} ({count},) integer, got {array.shape} {array.dtype}")
        if array.min() < 0 or array.max() > 9:
            raise ValueError(f"expected {name} in [0, 9], got [{array.min()}, {array.max()}]")
    return train_images, train_labels.astype(np.int64), test_images, test_labels.astype(np.int64)


def _describe(error):
    """One line for a person: the kind of error and the start of its message."""
    return textwrap.shorten(f"{type(error).__name__.lstrip('_')}: {error}", width=200, placeholder=" …")
