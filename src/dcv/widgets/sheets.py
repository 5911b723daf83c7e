"""Many small pictures in one: how explorers carry images and maps to the browser in little room.

A sheet is a PNG or JPEG file with the tiles of a stack side by side. It travels as bytes, and ``readSheet``
of sheets.js takes it apart again. An array as PNG needs about half of the room of the array, if it holds many
zeros; photographs as JPEG a tenth, and may change by a few levels.
"""

import io

import numpy as np
import traitlets
from PIL import Image

COLUMNS = 16  # tiles in a row


def sheet_trait():
    """Return a trait for a stack (count, height, width) or (count, height, width, 3), uint8.

    Of a PNG, exactly these numbers come back in the browser.

    Examples
    --------
    >>> class Stack(traitlets.HasTraits):
    ...     tiles = sheet_trait()
    >>> Stack(tiles=np.zeros((3, 2, 2), np.uint8)).tiles.shape
    (3, 2, 2)
    """
    return traitlets.Instance(np.ndarray).tag(sync=True, to_json=_to_json)


def photo_sheet_trait():
    """Return a trait like `sheet_trait` for photographs: JPEG, smaller, with small errors.

    Examples
    --------
    >>> class Stack(traitlets.HasTraits):
    ...     tiles = photo_sheet_trait()
    >>> Stack(tiles=np.zeros((3, 2, 2, 3), np.uint8)).tiles.shape
    (3, 2, 2, 3)
    """
    return traitlets.Instance(np.ndarray).tag(sync=True, to_json=_to_json_photos)


def encode_sheet(tiles, *, photos=False):
    """Return the bytes of a picture with all tiles, sixteen a row.

    Parameters
    ----------
    tiles : ndarray
        (count, height, width) or (count, height, width, 3), uint8.
    photos : bool
        Whether small errors are allowed, for a file a third as large.

    Returns
    -------
    bytes
        A PNG file, or JPEG for photographs.

    Raises
    ------
    ValueError
        If it is no such stack.

    Examples
    --------
    >>> encode_sheet(np.zeros((2, 4, 4), np.uint8))[1:4]
    b'PNG'
    """
    if (
        tiles.dtype != np.uint8
        or tiles.ndim not in (3, 4)
        or not tiles.size
        or tiles.shape[3:] not in ((), (3,))
    ):
        raise ValueError(
            "tiles must be uint8 with the shape (count, height, width) or (count, height, width, 3);"
            f" got {tiles.dtype} with the shape {tiles.shape}"
        )
    count, height, width = tiles.shape[:3]
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    sheet = np.zeros((rows * height, columns * width, *tiles.shape[3:]), np.uint8)
    for i, tile in enumerate(tiles):
        top, left = height * (i // columns), width * (i % columns)
        sheet[top : top + height, left : left + width] = tile
    file = io.BytesIO()
    how = {"format": "JPEG", "quality": 60} if photos else {"format": "PNG", "optimize": True}
    Image.fromarray(sheet).save(file, **how)
    return file.getvalue()


def as_levels(values, largest):
    """Return values from 0 to `largest` as whole numbers from 0 to 255.

    Parameters
    ----------
    values : ndarray
        Any shape, real numbers; what is negative becomes 0.
    largest : float
        The value that becomes 255; if it is 0, everything becomes 0.

    Returns
    -------
    ndarray
        The same shape, uint8. ``levels * largest / 255`` differs from the values by at most largest / 510.

    Examples
    --------
    >>> as_levels(np.array([0.0, 0.5, 2.0]), 2.0).tolist()
    [0, 64, 255]
    """
    return np.rint(np.clip(values, 0, largest) * (255 / (largest or 1))).astype(np.uint8)


def described_sheet(tiles, *, photos=False):
    """Return what the browser gets: the picture, and how its tiles lie in it.

    Parameters
    ----------
    tiles, photos
        As for `encode_sheet`.

    Returns
    -------
    dict
        "shape" of the tiles, "columns", the "type" of the picture and its bytes, "data".

    Examples
    --------
    >>> described_sheet(np.zeros((2, 4, 4), np.uint8))["type"]
    'image/png'
    """
    kind = "image/jpeg" if photos else "image/png"
    data = encode_sheet(tiles, photos=photos)
    return {"shape": list(tiles.shape), "columns": COLUMNS, "type": kind, "data": data}


def photos_as_bytes(images, *, largest_side=64):
    """Return images as uint8 with three channels, or say what is wrong with them.

    Parameters
    ----------
    images : array_like
        (count, height, width), (count, height, width, 1) or (count, height, width, 3); uint8 in [0, 255], or
        floats in [0, 1].
    largest_side : int
        Pixels that they may have along a side.

    Returns
    -------
    ndarray
        (count, height, width, 3), uint8.

    Raises
    ------
    ValueError
        If shape, type or range is another.

    Examples
    --------
    >>> photos_as_bytes(np.ones((2, 4, 4))).shape
    (2, 4, 4, 3)
    """
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim != 4 or not images.size or images.shape[3] not in (1, 3):
        raise ValueError(
            "images must have the shape (count, height, width) or (count, height, width, channels), with 1 or"
            f" 3 channels; got {images.shape}"
        )
    if max(images.shape[1:3]) > largest_side:
        raise ValueError(
            f"images must have at most {largest_side} × {largest_side} pixels; got {images.shape[1:3]}"
        )
    if images.dtype.kind == "f" and images.min() >= 0 and images.max() <= 1:
        images = as_levels(images, 1)
    if images.dtype != np.uint8:
        raise ValueError(f"images must be uint8 in [0, 255] or floats in [0, 1]; got {images.dtype}")
    return np.broadcast_to(images, (*images.shape[:3], 3))


def _to_json(tiles, widget):
    return described_sheet(tiles)


def _to_json_photos(tiles, widget):
    return described_sheet(tiles, photos=True)
