"""Pictures of weights and responses: kernels, feature maps, correlation."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from dcv.plots.images import draw_image
from dcv.plots.style import (
    DIVERGING,
    WIDTH,
    as_cells,
    as_numbers,
    axes_or_new,
    centred_norm,
    fit_numbers,
    frame,
    panels,
    show_cells,
    value_colours,
)


def draw_kernel(kernel, *, title=None, numbers=True, ax=None):
    """Draw a kernel as coloured cells with its weights: red is positive, blue negative, white zero.

    Parameters
    ----------
    kernel : ndarray
        (kernel_height, kernel_width), at most 24 × 24, any real numbers.
    title : str, optional
    numbers : bool
        Whether to write the weights into the cells.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the kernel is not two-dimensional, too large to read, or not finite.

    Examples
    --------
    >>> fig = draw_kernel([[-1, 0, 1]], title="brighter to the right")
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['−1', '0', '1']
    """
    kernel = as_cells(kernel, "kernel")
    rows, columns = kernel.shape
    cell = min(0.7, 5.6 / columns)
    fig, ax = axes_or_new(ax, max(columns * cell, 1.6), rows * cell + 0.1 + 0.3 * bool(title))
    show_cells(ax, kernel, DIVERGING, centred_norm(kernel), numbers=numbers)
    if title:
        ax.set_title(title)
    fit_numbers(fig)
    return fig


def draw_kernels(
    kernels,
    *,
    columns=8,
    channel=None,
    scale="each",
    titles=None,
):
    """Draw a bank of kernels as small pictures, zero always in the middle of the scale.

    Kernels with one input channel are drawn in the diverging map (red positive, blue negative, white zero).
    Kernels with three are drawn as colour images in which zero is mid-grey: the redder a cell, the larger its
    weight for the red channel. Such a picture looks roughly like what the kernel responds to most.

    Parameters
    ----------
    kernels : ndarray
        (kernel_height, kernel_width, in_channels, out_channels) as Keras stores them, or
        (n, kernel_height, kernel_width); any real numbers.
    columns : int
        Kernels in a row.
    channel : int, optional
        Draw the weights of this input channel only. Needed unless in_channels is 1 or 3.
    scale : {"each", "shared"}
        Whether every kernel uses the full range of colours, or all share one.
    titles : sequence of str, optional
        One for each kernel; by default their numbers.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shape is none of these, or the input channel is missing or does not exist.

    Examples
    --------
    >>> fig = draw_kernels(np.ones((3, 3, 1, 32)))
    >>> len(fig.axes)
    32
    """
    kernels = np.asarray(kernels)
    if kernels.ndim == 3:
        kernels = np.moveaxis(kernels, 0, -1)[:, :, np.newaxis, :]  # (n, h, w) → (h, w, 1, n)
    kernels = as_numbers(
        kernels, "kernels, (height, width, in_channels, out_channels) or (n, height, width),", 4
    )
    in_channels, count = kernels.shape[2:]
    if channel is not None:
        if not 0 <= channel < in_channels:
            raise ValueError(f"channel must be from 0 to {in_channels - 1}, not {channel}")
        kernels = kernels[:, :, [channel], :]
    elif in_channels not in (1, 3):
        raise ValueError(
            f"a kernel with {in_channels} input channels cannot be drawn as one picture:"
            f" choose an input channel with channel=0 to channel={in_channels - 1}"
        )
    titles = _titles(titles, count)
    largest = _largest(kernels, scale)  # (count,)
    # Wide enough for the titles, as far as the page allows.
    size = max(0.9, 0.09 * max(map(len, titles)))
    fig, axes = panels(count, columns, size, height=min(size, WIDTH / columns) + 0.2)
    for i, ax in enumerate(axes):
        weights = kernels[..., i] / largest[i]  # in [-1, 1]
        if weights.shape[2] == 3:
            ax.imshow((weights + 1) / 2)
        else:
            ax.imshow(weights[..., 0] * largest[i], cmap=DIVERGING, vmin=-largest[i], vmax=largest[i])
        ax.set_title(titles[i], size=10, pad=2)
        frame(ax)
    zero = "mid-grey" if kernels.shape[2] == 3 else "white"
    fig.suptitle(
        f"zero is {zero}; {'one scale for each kernel' if scale == 'each' else 'one scale for all'}", size=11
    )
    return fig


def draw_feature_maps(
    feature_maps,
    *,
    columns=8,
    titles=None,
    scale="shared",
    size=1.3,
    label="response",
):
    """Draw every channel of a feature map as a small picture, with a colour bar.

    Without negative values (after a ReLU) maps are drawn in cividis from zero up, with negative values in
    the diverging map centred on zero.

    Parameters
    ----------
    feature_maps : ndarray
        (height, width, channels), any real numbers.
    columns : int
        Maps in a row.
    titles : sequence of str, optional
        One for each map; by default their numbers.
    scale : {"shared", "each"}
        Whether all maps share one scale, so that they can be compared, or each uses the full range of
        colours. The colour bar says which.
    size : float
        Width of one map in inches; less if the figure would become wider than 6.4 inches.
    label : str
        What the values are, with their unit; written at the colour bar.

    Returns
    -------
    matplotlib.figure.Figure
        With one axes for each map, then the colour bar's.

    Raises
    ------
    ValueError
        If the array does not have three dimensions or the number of titles differs.

    Examples
    --------
    >>> fig = draw_feature_maps(np.ones((6, 6, 4)))
    >>> fig.axes[-1].get_xlabel()
    'response'
    """
    feature_maps = as_numbers(feature_maps, "feature_maps, (height, width, channels),", 3)
    height, width, count = feature_maps.shape
    titles = _titles(titles, count)
    largest = _largest(feature_maps, scale)
    cmap, _ = value_colours(feature_maps)
    low = -1 if feature_maps.min() < 0 else 0
    size = min(size, WIDTH / max(1, min(columns, count)))
    fig, axes = panels(count, columns, size, height=size * height / width + 0.2)
    fig.set_size_inches(max(fig.get_figwidth(), 2.6), fig.get_figheight() + 0.7)  # for the colour bar
    bar = {"ax": axes, "location": "bottom", "aspect": 30, "shrink": 0.6}
    for i, ax in enumerate(axes):
        ax.imshow(feature_maps[..., i], cmap=cmap, vmin=low * largest[i], vmax=largest[i])
        ax.set_title(titles[i], size=10, pad=2)
        frame(ax)
    if scale == "shared":
        fig.colorbar(axes[0].images[0], label=label, **bar)
    else:
        bar = fig.colorbar(ScalarMappable(Normalize(low, 1), cmap), label=f"{label}, scaled by map", **bar)
        bar.set_ticks([-1, 0, 1] if low else [0, 1], labels=["−max", "0", "max"] if low else ["0", "max"])
    return fig


def draw_correlation(
    image,
    kernel,
    response,
    *,
    titles=("image", "kernel", "response"),
):
    """Draw an image, a kernel and the response of the one to the other, side by side.

    Parameters
    ----------
    image : ndarray
        (height, width) or (height, width, 3), uint8 in [0, 255] or float in [0, 1].
    kernel : ndarray
        (kernel_height, kernel_width), any real numbers; they are written into the cells up to 4 × 4.
    response : ndarray
        (output_height, output_width), any real numbers. With negative values it is drawn in the diverging
        map centred on zero, without in cividis from zero up.
    titles : sequence of three str

    Returns
    -------
    matplotlib.figure.Figure
        With four axes: image, kernel, response, colour bar.

    Raises
    ------
    ValueError
        If one of the arrays cannot be drawn or the titles are not three.

    Examples
    --------
    >>> fig = draw_correlation(np.eye(5), [[1, 0], [0, 1]], 2 * np.eye(4))
    >>> [ax.get_title() for ax in fig.axes[:3]]
    ['image', 'kernel', 'response']
    """
    response = as_numbers(response, "response")
    if len(titles) != 3:
        raise ValueError(f"expected three titles, for image, kernel and response, got {len(titles)}")
    fig, axes = plt.subplots(1, 3, figsize=(WIDTH, 2.7), layout="constrained", subplot_kw={"anchor": "N"})
    draw_image(image, ax=axes[0])
    # In a panel this small, the weights of a larger kernel could not be read.
    draw_kernel(kernel, ax=axes[1], numbers=max(np.shape(kernel)) <= 4)
    cmap, norm = value_colours(response)
    picture = axes[2].imshow(response, cmap=cmap, norm=norm)
    frame(axes[2])
    fig.colorbar(picture, ax=axes[2], location="bottom", aspect=18, pad=0.04)
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title)
    return fig


def _titles(titles, count):
    """Return one title for each of ``count`` panels: those given, or their numbers."""
    titles = [str(title) for title in (range(count) if titles is None else titles)]
    if len(titles) != count:
        raise ValueError(f"expected one title for each of {count} panels, got {len(titles)}")
    return titles


def _largest(values, scale):
    """Return, for each panel along the last axis, the absolute value that gets the last colour."""
    if scale not in ("each", "shared"):
        raise ValueError(f"scale must be 'each' or 'shared', not {scale!r}")
    largest = np.abs(values).max(axis=tuple(range(values.ndim - 1))).astype(float)  # (count,)
    if scale == "shared":
        largest[:] = largest.max()
    largest[largest == 0] = 1
    return largest
