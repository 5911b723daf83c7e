"""Pictures of pixels: images, their numbers and their channels."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import Normalize

from dcv.plots.style import (
    COLOURS,
    DIVERGING,
    LINE_STYLES,
    ORANGE,
    WIDTH,
    as_cells,
    as_image,
    axes_or_new,
    centred_norm,
    fit_numbers,
    frame,
    outline,
    panels,
    pixel_limits,
    show_cells,
)


def draw_image(image, *, title=None, ax=None, axes=False):
    """Draw one image, pixels as sharp squares; one channel is drawn in gray.

    Brightness is never stretched: 0 is black, 255 (uint8) or 1.0 (float) is white.

    Parameters
    ----------
    image : ndarray
        (height, width), (height, width, 1) or (height, width, 3), uint8 in [0, 255] or float in [0, 1].
    title : str, optional
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.
    axes : bool
        Whether to number rows and columns.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shape, the dtype or the range is not that of an image.

    Examples
    --------
    >>> fig = draw_image(np.eye(8), title="a diagonal")
    >>> fig.axes[0].get_title()
    'a diagonal'
    """
    image = as_image(image)
    height, width = image.shape[:2]
    scale = 3 / max(height, width)
    # A little more than the picture itself, for the title and the numbers at the axes.
    fig, ax = axes_or_new(
        ax, max(width * scale, 1.2) + 0.5 * axes, max(height * scale, 1.2) + 0.3 * bool(title)
    )
    # A photograph may have more pixels than its place has: to leave some out would be aliasing.
    fits = ax.get_window_extent().width >= width
    interpolation = "nearest" if fits else "antialiased"
    white = 255 if image.dtype == np.uint8 else 1
    ax.imshow(image, cmap="gray", vmin=0, vmax=white, interpolation=interpolation)
    if axes:
        ax.set_xlabel("column")
        ax.set_ylabel("row")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.yaxis.get_major_locator().set_params(integer=True)
    else:
        frame(ax)
    if title:
        ax.set_title(title)
    return fig


def draw_images(
    images,
    titles=None,
    *,
    columns=5,
    size=1.4,
):
    """Draw several images side by side, in rows.

    Parameters
    ----------
    images : sequence of ndarray
        Images as `draw_image` takes them, or a batch (n, height, width, channels). Sizes may differ.
    titles : sequence of str, optional
        One for each image.
    columns : int
        Images in a row.
    size : float
        Width of one image in inches; less if the figure would become wider than 6.4 inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no image, one of them is not an image, or the number of titles differs.

    Examples
    --------
    >>> fig = draw_images([np.zeros((8, 8)), np.ones((4, 6, 3))], ["black", "white"])
    >>> [ax.get_title() for ax in fig.axes]
    ['black', 'white']
    """
    images = [as_image(image, f"images[{i}]") for i, image in enumerate(images)]
    if not images:
        raise ValueError("images is empty; expected at least one image")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"expected one title for each of {len(images)} images, got {len(titles)}")
    tallest = max(image.shape[0] / image.shape[1] for image in images)
    size = min(size, WIDTH / min(columns, len(images)) if columns > 0 else size)
    fig, axes = panels(len(images), columns, size, height=size * tallest + 0.3 * (titles is not None))
    for i, (image, ax) in enumerate(zip(images, axes, strict=True)):
        draw_image(image, title=None if titles is None else str(titles[i]), ax=ax)
        ax.title.set_size(11)
    return fig


def draw_zoom(image, windows):
    """Draw an image and, to its right, ever smaller parts of it; each part is outlined in the panel before.

    Rows and columns are numbered as in the whole image.

    Parameters
    ----------
    image : ndarray
        (height, width), (height, width, 1) or (height, width, 3), uint8 in [0, 255] or float in [0, 1].
    windows : sequence of windows
        Parts, from large to small, each (row, column, height, width) in the whole image.

    Returns
    -------
    matplotlib.figure.Figure
        With one axes for the image and one for each window.

    Raises
    ------
    ValueError
        If the image is none, or a window is empty or leaves the one before it.

    Examples
    --------
    >>> fig = draw_zoom(np.zeros((30, 40)), [(10, 10, 12, 12), (14, 14, 4, 4)])
    >>> [float(edge) for edge in fig.axes[2].get_xlim()]
    [13.5, 17.5]
    """
    image = as_image(image)
    parts = [(0, 0, *image.shape[:2]), *_windows(windows)]
    for outer, inner in pairwise(parts):
        if not all(outer[i] <= inner[i] < inner[i] + inner[i + 2] <= outer[i] + outer[i + 2] for i in (0, 1)):
            raise ValueError(f"window {inner} (row, column, height, width) does not lie inside {outer}")
    ratios = [width / height for _, _, height, width in parts]
    fig, axes = plt.subplots(
        1,
        len(parts),
        figsize=(WIDTH, 0.6 + 0.85 * WIDTH / sum(ratios)),
        width_ratios=ratios,
        layout="constrained",
        squeeze=False,
    )
    for i, (ax, (row, column, height, width)) in enumerate(zip(axes[0], parts, strict=True)):
        draw_image(image, ax=ax, axes=True)
        if i:  # of a part, every pixel is to be seen
            ax.images[0].set_interpolation("nearest")
        ax.set_xlim(column - 0.5, column + width - 0.5)
        ax.set_ylim(row + height - 0.5, row - 0.5)
        ax.set_ylabel("row" if i == 0 else "")
        ax.locator_params(nbins=4)
        if i + 1 < len(parts):
            outline(ax, *parts[i + 1])
    return fig


def draw_pixels(
    values,
    *,
    title=None,
    highlight=None,
    ax=None,
    format=None,
    cmap="gray",
    limits=None,
    indices=True,
):
    """Draw a small array as cells with the numbers written in them.

    Parameters
    ----------
    values : ndarray
        (height, width), at most 24 × 24, any real numbers.
    title : str, optional
    highlight : window or sequence of windows, optional
        Windows to outline, each (row, column, height, width).
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.
    format : str, optional
        How to write the numbers, such as ".1f"; by default at most two decimals.
    cmap : str
        Colour map: "gray" for pixels, "cividis" for maps, "diverging" for signed values (zero is white).
    limits : (float, float), optional
        Values of the first and the last colour. By default (0, 255) for uint8; else from zero, or the
        smallest value if that is negative, to the largest, at least 1. "diverging" is centred on zero.
    indices : bool
        Whether to number rows and columns.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the array is not two-dimensional, too large to read, not finite, or a window leaves it.

    Examples
    --------
    >>> fig = draw_pixels([[0, 255], [128, 64]], highlight=(0, 1, 2, 1))
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['0', '255', '128', '64']
    """
    values = as_cells(values, "values")
    rows, columns = values.shape
    cell = min(0.55, 5.6 / columns)
    fig, ax = axes_or_new(ax, max(columns * cell + 0.5, 1.6), rows * cell + 0.4 + 0.3 * bool(title))
    if cmap == "diverging":
        norm = centred_norm(values if limits is None else np.array(limits))
    else:
        norm = Normalize(*(limits or pixel_limits(values)))
    show_cells(ax, values, DIVERGING if cmap == "diverging" else cmap, norm, format=format, indices=indices)
    for i, window in enumerate(_windows(highlight)):
        row, column, height, width = window
        if min(row, column) < 0 or min(height, width) < 1 or row + height > rows or column + width > columns:
            raise ValueError(
                f"highlight {window} is not a window (row, column, height, width) inside an array of shape "
                f"{values.shape}"
            )
        colour = ORANGE if i == 0 else COLOURS[(i - 1) % len(COLOURS)]
        outline(ax, row, column, height, width, colour=colour, style=LINE_STYLES[i % len(LINE_STYLES)])
    if title:
        ax.set_title(title)
    fit_numbers(fig)
    return fig


def _windows(highlight):
    """Return a list of windows, whether none, one or several were given."""
    if highlight is None:
        return []
    windows = [highlight] if np.ndim(highlight) == 1 and len(highlight) else list(highlight)
    for window in windows:
        if np.ndim(window) != 1 or len(window) != 4:
            raise ValueError(f"a highlighted window is (row, column, height, width), not {window}")
    return [tuple(int(number) for number in window) for window in windows]


def draw_channels(image):
    """Draw a colour image and, next to it, its three channels, each as a gray image.

    A bright pixel in the panel "R" has much red. All panels use the same scale, from 0 to 255 or 1.

    Parameters
    ----------
    image : ndarray
        (height, width, 3), uint8 in [0, 255] or float in [0, 1].

    Returns
    -------
    matplotlib.figure.Figure
        With four axes: the image, R, G, B.

    Raises
    ------
    ValueError
        If the image does not have three channels, or is none.

    Examples
    --------
    >>> fig = draw_channels(np.zeros((4, 4, 3)))
    >>> [ax.get_title() for ax in fig.axes]
    ['image', 'R (red)', 'G (green)', 'B (blue)']
    """
    image = as_image(image)
    if image.ndim != 3:
        raise ValueError(f"image must have three channels, (height, width, 3), but has shape {image.shape}")
    pictures = [image, *np.moveaxis(image, -1, 0)]
    return draw_images(pictures, ["image", "R (red)", "G (green)", "B (blue)"], columns=4, size=WIDTH / 4)
