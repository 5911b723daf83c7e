"""Pictures of where windows lie: one step of a convolution, coverage, padding, pooling, receptive fields."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import Normalize
from matplotlib.patches import Polygon, Rectangle

from dcv import shapes
from dcv.plots.style import (
    COLOURS,
    DIVERGING,
    LINE_STYLES,
    MARKERS,
    ORANGE,
    SEQUENTIAL,
    WIDTH,
    as_cells,
    axes_or_new,
    centred_norm,
    fit_numbers,
    hatch,
    hide_axes,
    number_text,
    outline,
    pixel_limits,
    show_cells,
    value_colours,
)

UNUSED = "hatched: used by no window"


def draw_window(image, kernel, position, *, stride=1, padding=0, hide_later=False):
    """Draw one step of a sliding window: the window, the kernel, their products, the sum, and where it goes.

    Parameters
    ----------
    image : ndarray
        (height, width), one channel, small: 5 × 5 to 8 × 8 look best. Any real numbers.
    kernel : ndarray
        (kernel_height, kernel_width), any real numbers. It is not flipped: this is cross-correlation.
    position : int or (row, column)
        Which cell of the output to compute; an int counts the cells in reading order.
    stride : int
        Pixels from one window to the next.
    padding : "valid", "same" or int
        Zeros around the image, as in `dcv.shapes`; they are drawn dashed.
    hide_later : bool
        Whether to leave the cells empty that the window reaches after this step.

    Returns
    -------
    matplotlib.figure.Figure
        With five axes: image, output, window, kernel, products.

    Raises
    ------
    ValueError
        If an array is not two-dimensional or too large to read, the kernel does not fit, or there is no such
        position.

    Examples
    --------
    >>> fig = draw_window(np.eye(5), [[1, 0], [0, 1]], (0, 0))
    >>> fig.axes[-1].get_xlabel()
    'sum = 2'
    """
    image, kernel = as_cells(image, "image"), as_cells(kernel, "kernel")
    options = {"stride": stride, "padding": padding}
    amounts = [
        shapes.padding_amounts(*pair, **options) for pair in zip(image.shape, kernel.shape, strict=True)
    ]
    tops, lefts = (
        shapes.window_starts(*pair, **options) for pair in zip(image.shape, kernel.shape, strict=True)
    )
    row, column = _output_cell(position, len(tops), len(lefts))
    origin = -amounts[0][0], -amounts[1][0]  # row and column of the first padded cell
    padded = np.pad(image, amounts)

    def window_at(values, top, left):
        return values[top - origin[0] :, left - origin[1] :][: kernel.shape[0], : kernel.shape[1]]

    weights = kernel.astype(float)  # products of uint8 would overflow
    output = np.array([[(window_at(padded, top, left) * weights).sum() for left in lefts] for top in tops])
    corner = tops[row], lefts[column]
    window = window_at(padded, *corner)
    products = window * weights
    border = np.pad(np.zeros(image.shape, bool), amounts, constant_values=True)
    later = np.arange(output.size).reshape(output.shape) > row * len(lefts) + column

    axes = _window_panels(padded.shape, output.shape, kernel.shape)
    gray = Normalize(*pixel_limits(image))
    show_cells(axes["image"], padded, "gray", gray, origin=origin, indices=True, dashed=border)
    axes["image"].set_title("image, padded with zeros" if border.any() else "image")
    cmap, norm = value_colours(output)
    show_cells(axes["output"], output, cmap, norm, indices=True, blank=later & hide_later)
    axes["output"].set_title("output")
    show_cells(axes["window"], window, "gray", gray, dashed=window_at(border, *corner))
    axes["window"].set_title("window")
    show_cells(axes["kernel"], kernel, DIVERGING, centred_norm(kernel))
    axes["kernel"].set_title("× kernel")
    show_cells(axes["products"], products, DIVERGING, centred_norm(products))
    axes["products"].set_title("= products")
    axes["products"].set_xlabel(f"sum = {number_text(output[row, column])}", weight="bold")
    outline(axes["image"], *corner, *kernel.shape)
    outline(axes["output"], row, column, 1, 1)
    outline(axes["window"], 0, 0, *kernel.shape)
    fig = axes["image"].figure
    fit_numbers(fig)
    return fig


def _window_panels(image_shape, output_shape, kernel_shape):
    """Return the five axes of `draw_window` by name, in a figure that is as high as they need."""
    widths = _widths(image_shape, output_shape)
    unit = 0.9 * WIDTH / sum(widths)  # inches of a cell of the image
    upper = unit * max(image_shape[0], output_shape[0] * widths[1] / output_shape[1]) + 0.6
    lower = 0.3 * WIDTH * min(kernel_shape[0] / kernel_shape[1], 1.2) + 0.7
    fig = plt.figure(figsize=(WIDTH, upper + lower), layout="constrained")
    rows = fig.add_gridspec(2, 1, height_ratios=(upper, lower))
    first, second = rows[0].subgridspec(1, 2, width_ratios=widths), rows[1].subgridspec(1, 3)
    places = {
        "image": first[0],
        "output": first[1],
        "window": second[0],
        "kernel": second[1],
        "products": second[2],
    }
    return {name: fig.add_subplot(place, anchor="N") for name, place in places.items()}


def _output_cell(position, rows, columns):
    """Return (row, column) of the output from a pair or a number in reading order."""
    pair = divmod(position, columns) if np.ndim(position) == 0 else tuple(position)
    if len(pair) != 2 or not (0 <= pair[0] < rows and 0 <= pair[1] < columns):
        raise ValueError(
            f"the output has {rows} × {columns} cells: position must be (row, column) in it or a number"
            f" from 0 to {rows * columns - 1}, got {position}"
        )
    return int(pair[0]), int(pair[1])


def _widths(left_shape, right_shape):
    """Return relative widths of two panels: the second is smaller, but not too small to read."""
    return left_shape[1], max(right_shape[1], 0.6 * left_shape[1])


def draw_coverage(coverage, *, title=None, ax=None):
    """Draw how many windows use each pixel: the counts in the cells, pixels that no window uses hatched.

    Parameters
    ----------
    coverage : ndarray
        (height, width), whole numbers from 0, such as `dcv.ops.window_coverage` returns.
    title : str, optional
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the array is not two-dimensional, too large to read, or no counts.

    Examples
    --------
    >>> fig = draw_coverage([[4, 6, 4], [6, 9, 6], [4, 6, 4]])
    >>> [text.get_text() for text in fig.axes[0].texts[:3]]
    ['4', '6', '4']
    """
    coverage = as_cells(coverage, "coverage")
    if (coverage < 0).any() or (coverage != np.round(coverage)).any():
        raise ValueError("coverage must hold counts: whole numbers of at least 0")
    rows, columns = coverage.shape
    cell = min(0.5, 5.6 / columns)
    # Room for the numbers of rows and columns, and for the words below.
    fig, ax = axes_or_new(ax, max(columns * cell + 0.4, 2.8), rows * cell + 0.7 + 0.3 * bool(title))
    show_cells(ax, coverage, SEQUENTIAL, Normalize(0, coverage.max() or 1), indices=True)
    for row, column in np.argwhere(coverage == 0):
        hatch(ax, row, column)
    if not coverage.all():
        ax.set_xlabel(UNUSED)
    if title:
        ax.set_title(title)
    fit_numbers(fig)
    return fig


def draw_padding(size, kernel_size, *, stride=1, padding="valid", dilation=1, ax=None):
    """Draw all positions of a window along one axis.

    Pixels are boxes, and under them every window is a row of dots. Padded pixels are dashed, pixels
    that no window uses are hatched. The title fills in the formula ⌊(n + padding − d(k − 1) − 1) / s⌋ + 1.

    Parameters
    ----------
    size : int
        Pixels along this axis; with padding at most 40.
    kernel_size, stride, padding, dilation
        As in `dcv.shapes.output_size`.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If not even one window fits, an argument is out of range, or the picture would be too wide to read.

    Examples
    --------
    >>> fig = draw_padding(10, 3, stride=2)
    >>> fig.axes[0].get_title()
    '⌊(10 + 0 − 3) / 2⌋ + 1 = 4 windows'
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    starts = shapes.window_starts(size, kernel_size, **options)
    before, after = shapes.padding_amounts(size, kernel_size, **options)
    coverage = shapes.window_coverage_1d(size, kernel_size, **options)
    span = shapes.kernel_span(kernel_size, dilation=dilation)
    width = before + size + after
    if width > 40:
        raise ValueError(f"at most 40 pixels with padding can be drawn, got {before} + {size} + {after}")
    step = 0.6  # from one window's row of dots to the next, in widths of a pixel
    fig, ax = axes_or_new(ax, WIDTH, 1.2 + 5.8 / max(width, 12) * (1 + step * len(starts)))
    every = 1 if width <= 16 else 2 if width <= 24 else 4  # all numbers would be too small to read
    font_size = 11 if every == 1 else 9
    for pixel in range(-before, size + after):
        inside = 0 <= pixel < size
        look = (
            {"facecolor": "#dce9f5", "edgecolor": "0.3"}
            if inside
            else {"facecolor": "white", "edgecolor": "0.5"}
        )
        ax.add_patch(Rectangle((pixel - 0.5, -0.5), 1, 1, linestyle="-" if inside else "--", **look))
        if pixel % every == 0:
            look = {"color": "black" if inside else "0.4", "size": font_size}
            ax.text(pixel, 0, number_text(pixel), ha="center", va="center", **look)
        if inside and not coverage[pixel]:
            hatch(ax, 0, pixel)
    for i, start in enumerate(starts):
        used = range(start, start + span, dilation)
        look = {"color": COLOURS[i % 2], "marker": MARKERS[i % 2], "markersize": 60 / max(width, 12) + 1}
        ax.plot(used, [1 + step * i] * kernel_size, linestyle="-", **look)
    ax.set_xlim(-before - 0.6, size + after - 0.4)
    ax.set_ylim(1 + step * (len(starts) - 0.4), -0.6)
    ax.set_aspect("equal")
    hide_axes(ax)
    count = f"{len(starts)} window{'s' * (len(starts) != 1)}"
    ax.set_title(f"⌊({size} + {before + after} − {span}) / {stride}⌋ + 1 = {count}")
    ax.set_xlabel("   ".join(["dashed: padding"] * (before + after > 0) + [UNUSED] * (0 in coverage)))
    return fig


def draw_pooling(image, pooled, *, size, stride=None, padding="valid"):
    """Draw an image and what pooling makes of it; a window and its result share colour, line and letter.

    Parameters
    ----------
    image : ndarray
        (height, width), small, any real numbers.
    pooled : ndarray
        (output_height, output_width), what `dcv.ops.pool2d` returns for it.
    size : int
        Height and width of the pooling window.
    stride : int, optional
        Pixels from one window to the next; by default ``size``, so that windows touch.
    padding : "valid", "same" or int

    Returns
    -------
    matplotlib.figure.Figure
        With two axes: the image and the result. Pixels that no window uses are hatched.

    Raises
    ------
    ValueError
        If an array is not two-dimensional or too large, or pooling gives a result of another size.

    Examples
    --------
    >>> fig = draw_pooling([[1, 2], [3, 4]], [[4]], size=2)
    >>> [ax.get_title() for ax in fig.axes]
    ['image, 2 × 2', 'pooled, 1 × 1']
    """
    image, pooled = as_cells(image, "image"), as_cells(pooled, "pooled")
    options = {"stride": size if stride is None else stride, "padding": padding}
    tops, lefts = (shapes.window_starts(length, size, **options) for length in image.shape)
    if pooled.shape != (len(tops), len(lefts)):
        raise ValueError(
            f"pooling {image.shape} with size={size}, stride={options['stride']} gives the shape "
            f"{(len(tops), len(lefts))}, but pooled has {pooled.shape}"
        )
    widths = _widths(image.shape, pooled.shape)
    cell = min(0.62, 0.92 * WIDTH / sum(widths))
    fig, axes = plt.subplots(
        1,
        2,
        figsize=(max(4.4, sum(widths) * cell + 0.5), image.shape[0] * cell + 0.6),
        layout="constrained",
        width_ratios=widths,
        subplot_kw={"anchor": "N"},
    )
    gray = Normalize(*pixel_limits(np.concatenate([image.ravel(), pooled.ravel()])))
    for ax, values, name in zip(axes, (image, pooled), ("image", "pooled"), strict=True):
        show_cells(ax, values, "gray", gray)
        ax.set_title(f"{name}, {values.shape[0]} × {values.shape[1]}")
    coverage = np.outer(*(shapes.window_coverage_1d(length, size, **options) for length in image.shape))
    for row, column in np.argwhere(coverage == 0):
        hatch(axes[0], row, column)
    if not coverage.all():
        fig.supxlabel(UNUSED, size=axes[0].xaxis.label.get_size())
    fit_numbers(fig, room=0.8)
    for number, (i, j) in enumerate(np.ndindex(pooled.shape)):
        colour, style = COLOURS[number % len(COLOURS)], LINE_STYLES[number % len(LINE_STYLES)]
        windows = (axes[0], tops[i], lefts[j], size, size), (axes[1], i, j, 1, 1)
        for ax, top, left, height, width in windows:
            outline(ax, top, left, height, width, inset=0.06, colour=colour, style=style)
            _letter(ax, top, left, chr(ord("A") + number % 26))
    return fig


def _letter(ax, top, left, letter):
    """Write the name of a window into the corner of its first cell, above the number."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    size = 0.65 * ax.texts[0].get_size()
    ax.text(
        left - 0.43, top - 0.43, letter, size=size, weight="bold", ha="left", va="top", bbox=box, zorder=4
    )


def draw_receptive_field(layers, index=None, *, size=None, ax=None):
    """Draw which neurons of each layer, down to the input pixels, one output neuron depends on.

    Parameters
    ----------
    layers : sequence of (kernel_size, stride) or (kernel_size, stride, dilation)
        From the input upwards.
    index : int, optional
        Which output neuron; by default the one in the middle.
    size : int, optional
        Pixels of the input along this axis; by default just enough for three output neurons.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no layer, no such neuron, or the input is too large to draw.

    Examples
    --------
    >>> fig = draw_receptive_field([(3, 1), (3, 1)])
    >>> fig.axes[0].get_title()
    'one output neuron sees 5 input pixels'
    """
    layers = [tuple(layer) for layer in layers]
    if not layers:
        raise ValueError("layers is empty; expected at least one (kernel_size, stride)")
    field, jump = shapes.receptive_field(layers), shapes.input_stride(layers)
    sizes = [field + 2 * jump if size is None else size]
    if sizes[0] > 64:
        raise ValueError(
            f"at most 64 input pixels can be drawn, got {sizes[0]}; use fewer layers or give size="
        )
    for kernel_size, stride, *dilation in layers:
        sizes.append(
            shapes.output_size(sizes[-1], kernel_size, stride=stride, dilation=dilation[0] if dilation else 1)
        )
    index = sizes[-1] // 2 if index is None else index
    if not 0 <= index < sizes[-1]:
        raise ValueError(f"index must be from 0 to {sizes[-1] - 1}, the last output neuron, got {index}")

    fig, ax = axes_or_new(ax, WIDTH, 0.6 + 0.85 * len(sizes))
    edges, names = [], []
    shade = {"facecolor": "#fbeacc", "linewidth": 0, "zorder": 0}
    for level, count in enumerate(sizes):
        below, above = layers[:level], layers[level:]
        first, last = shapes.receptive_interval(above, index)
        spacing, start = shapes.input_stride(below), sum(shapes.receptive_interval(below, 0)) / 2
        half = 0.42 * min(spacing, 2)  # a neuron is drawn over the middle of the pixels that it sees
        for neuron in range(count):
            seen = first <= neuron <= last
            look = {"facecolor": ORANGE, "hatch": "////"} if seen else {"facecolor": "white"}
            corner = (start + neuron * spacing - half, level - 0.22)
            ax.add_patch(Rectangle(corner, 2 * half, 0.44, edgecolor="black" if seen else "0.6", **look))
        edges.append((start + first * spacing - half, start + last * spacing + half))
        names.append(
            f"{_layer_name(level, layers)}\n{last - first + 1} of {count} {'neurons' if level else 'pixels'}"
        )
        ax.add_patch(Rectangle((edges[-1][0], level - 0.22), edges[-1][1] - edges[-1][0], 0.44, **shade))
        if level:
            (left, right), (lower_left, lower_right) = edges[level], edges[level - 1]
            top, bottom = level - 0.22, level - 0.78
            corners = [(left, top), (right, top), (lower_right, bottom), (lower_left, bottom)]
            ax.add_patch(Polygon(corners, **shade))
    ax.set_xlim(-0.7, sizes[0] - 0.3)
    ax.set_ylim(-0.35, len(sizes) - 0.65)
    hide_axes(ax)
    ax.set_yticks(range(len(sizes)), names)
    ax.tick_params(axis="y", length=0, labelsize=11)
    ax.set_title(f"one output neuron sees {field} input pixels")
    return fig


def _layer_name(level, layers):
    """Return what to call a row of neurons: the input, or the layer that computed it."""
    if level == 0:
        return "input"
    kernel_size, stride, *dilation = layers[level - 1]
    settings = [f"size {kernel_size}"] + [f"stride {stride}"] * (stride > 1)
    settings += [f"dilation {d}" for d in dilation if d > 1]
    return f"layer {level}: {', '.join(settings)}"
