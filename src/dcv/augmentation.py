"""Changed images with the same label: flips, shifts, brightness, cut-outs, in NumPy.

All functions take a batch (count, height, width, channels), of any dtype, and return a new one.
"""

import numpy as np


def shift_images(images, rows, columns, *, mode="reflect"):
    """Return images whose content has moved, each by its own distance.

    Parameters
    ----------
    images : ndarray
        (count, height, width, channels).
    rows, columns : int or ndarray of int
        How many pixels down and to the right; one number for all images or (count,).
    mode : {"reflect", "constant", "edge"}
        What fills the freed border, as for `numpy.pad`: the mirrored image, zeros, or the nearest pixel.

    Returns
    -------
    ndarray
        Same shape and dtype.

    Raises
    ------
    ValueError
        If these are not images, or a distance is not below the height and width.

    Examples
    --------
    >>> image = np.array([[1, 2, 3]] * 3)[None, :, :, None]
    >>> shift_images(image, 0, 1, mode="constant")[0, 0, :, 0]
    array([0, 1, 2])
    """
    _check_images(images)
    count, height, width, _ = images.shape
    rows, columns = np.broadcast_to(rows, count), np.broadcast_to(columns, count)
    reach = int(max(np.abs(rows).max(initial=0), np.abs(columns).max(initial=0)))
    if reach >= min(height, width):
        raise ValueError(
            f"rows and columns must be smaller than the image, {height}×{width} pixels; got {reach}"
        )
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    # (count, 2·reach + 1, 2·reach + 1, channels, height, width): one window an image
    return windows[np.arange(count), reach - rows, reach - columns].transpose(0, 2, 3, 1)


def flip_images(images, flipped=True):
    """Return images mirrored left to right.

    Parameters
    ----------
    images : ndarray
        (count, height, width, channels).
    flipped : bool or ndarray of bool
        Which ones; one answer for all images or (count,).

    Returns
    -------
    ndarray
        Same shape and dtype.

    Examples
    --------
    >>> image = np.array([[1, 2, 3]])[None, :, :, None]
    >>> flip_images(image)[0, 0, :, 0]
    array([3, 2, 1])
    """
    _check_images(images)
    flipped = np.broadcast_to(flipped, len(images))[:, None, None, None]
    return np.where(flipped, images[:, :, ::-1], images)


def random_shifts_and_flips(images, rng, *, reach=2):
    """Return images moved by up to `reach` pixels each way, every second one mirrored.

    Parameters
    ----------
    images : ndarray
        (count, height, width, channels).
    rng : numpy.random.Generator
        Where the random numbers come from.
    reach : int
        Largest distance in pixels, at least 0.

    Returns
    -------
    ndarray
        Same shape and dtype.

    Examples
    --------
    >>> images = np.zeros((4, 8, 8, 3), "uint8")
    >>> random_shifts_and_flips(images, np.random.default_rng(0)).shape
    (4, 8, 8, 3)
    """
    rows, columns = rng.integers(-reach, reach + 1, (2, len(images)))
    return flip_images(shift_images(images, rows, columns), rng.random(len(images)) < 0.5)


def _check_images(images):
    if images.ndim != 4:
        raise ValueError(f"images must have shape (count, height, width, channels); got shape {images.shape}")
