"""Pictures of results: confusion, precision and recall, intervals, and maps laid over images."""

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.ticker import PercentFormatter

from dcv.filters import LUMA
from dcv.plots.images import draw_image
from dcv.plots.style import (
    BLUE,
    COLOURS,
    LINE_STYLES,
    MARKERS,
    ORANGE,
    SEQUENTIAL,
    VERMILION,
    WIDTH,
    as_cells,
    as_image,
    as_numbers,
    axes_or_new,
    fit_numbers,
    panels,
    show_cells,
)


def draw_confusion(confusion, class_names, *, share=None, ax=None):
    """Draw a confusion matrix: a row for each true class, a column for each predicted one.

    Parameters
    ----------
    confusion : ndarray
        (classes, classes), counts, as `dcv.evaluation.confusion_matrix` returns them.
    class_names : sequence of str
        One for each class.
    share : {None, "true", "predicted"}
        Whether to write counts, or percent of the images of the true class (of the row; recall stands on the
        diagonal), or of the predicted class (of the column; precision stands there).
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the matrix is not square, holds anything but counts, or the number of names differs.

    Examples
    --------
    >>> fig = draw_confusion([[8, 2], [4, 6]], ["cat", "dog"], share="true")
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['80', '20', '40', '60']
    """
    confusion = as_cells(confusion, "confusion")
    count = len(confusion)
    if confusion.shape != (count, count) or len(class_names) != count:
        raise ValueError(
            f"expected a square matrix and a name for each class; got shape {confusion.shape} and"
            f" {len(class_names)} names"
        )
    if confusion.min() < 0:
        raise ValueError(f"confusion must hold counts, at least 0; got {confusion.min()}")
    totals = {None: None, "true": confusion.sum(axis=1, keepdims=True), "predicted": confusion.sum(axis=0)}
    if share not in totals:
        raise ValueError(f"share must be None, 'true' or 'predicted'; got {share!r}")
    values = confusion
    if share is not None:
        values = 100 * confusion / np.maximum(totals[share], 1)  # percent; an empty class has none
    fig, ax = axes_or_new(ax, WIDTH, 1.3 + 0.38 * count)
    # The diagonal would make all errors look alike, so the scale ends at the largest error.
    errors = values[~np.eye(count, dtype=bool)]
    norm = Normalize(0, max(errors.max(initial=0), 1e-9), clip=True)
    show_cells(ax, values, SEQUENTIAL, norm, format=",.0f")
    ax.set_xticks(range(count), class_names, rotation=45, ha="left")
    ax.set_yticks(range(count), class_names)
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    ax.set_ylabel("true class")
    what = {None: "number of images", "true": "% of the true class", "predicted": "% of the predicted class"}
    ax.set_xlabel(f"predicted class ({what[share]}; colours end at the largest error)")
    fit_numbers(fig)
    return fig


def draw_class_precision_recall(precision, recall, class_names, *, ax=None):
    """Draw precision and recall of each class as two markers on a line, the first class at the top.

    Parameters
    ----------
    precision, recall : array_like
        (classes,), in [0, 1] or NaN, as `dcv.evaluation.precision_recall` returns them.
    class_names : sequence of str
        One for each class.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the lengths differ.

    Examples
    --------
    >>> fig = draw_class_precision_recall([0.67, 0.75], [0.8, 0.6], ["cat", "dog"])
    >>> fig.axes[0].get_legend_handles_labels()[1]
    ['precision', 'recall']
    """
    precision, recall = np.asarray(precision, float), np.asarray(recall, float)
    count = len(class_names)
    if precision.shape != (count,) or recall.shape != (count,):
        raise ValueError(
            f"expected precision and recall of {count} classes; got {precision.shape} and {recall.shape}"
        )
    fig, ax = axes_or_new(ax, WIDTH, 1.2 + 0.32 * count)
    places = np.arange(count)
    ax.hlines(places, np.fmin(precision, recall), np.fmax(precision, recall), color="0.6", linewidth=2)
    look = {"linestyle": "none", "markersize": 9}
    ax.plot(precision, places, marker=MARKERS[0], color=COLOURS[0], label="precision", **look)
    ax.plot(recall, places, marker=MARKERS[1], color=COLOURS[1], label="recall", **look)
    ax.set_yticks(places, class_names)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(axis="x", color="0.9")
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1.12), ncols=2, frameon=False)
    return fig


def draw_intervals(intervals, *, label="accuracy", reference=None, limits=None, ax=None):
    """Draw values with the intervals around them, which may be lopsided, the first at the top.

    Parameters
    ----------
    intervals : dict
        Name → (low, value, high), fractions in [0, 1]; they are written in percent.
    label : str
        What the values are.
    reference : float, optional
        A value to compare with; drawn as a dashed line.
    limits : (float, float), optional
        Ends of the axis; by default chosen by the intervals.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is none, or a value lies outside its interval.

    Examples
    --------
    >>> fig = draw_intervals({"20 images": (0.70, 0.90, 0.97)})
    >>> fig.axes[0].texts[0].get_text()
    '90.0 %'
    """
    if not intervals:
        raise ValueError("intervals is empty; expected at least one, such as {'baseline': (0.5, 0.6, 0.7)}")
    ends = as_numbers(list(intervals.values()), "intervals", 2)
    if ends.shape[1] != 3 or (np.diff(ends, axis=1) < 0).any():
        raise ValueError(f"each interval must be (low, value, high), ascending; got {intervals}")
    low, value, high = ends.T
    fig, ax = axes_or_new(ax, WIDTH, 0.9 + 0.38 * len(ends))
    places = np.arange(len(ends))
    if reference is not None:
        ax.axvline(reference, color=VERMILION, linestyle=LINE_STYLES[1], linewidth=1.5)
    ax.errorbar(value, places, xerr=[value - low, high - value], fmt="o", color=BLUE, capsize=5, markersize=6)
    for place, share, end in zip(places, value, high, strict=True):
        ax.annotate(
            f"{share:.1%}".replace("%", " %"), (end, place), (8, 0), textcoords="offset points", va="center"
        )
    ax.set_yticks(places, list(intervals))
    ax.set_ylim(len(ends) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(label)
    if limits is None:
        ax.margins(x=0.15)
    else:
        ax.set_xlim(limits)
    decimals = 0 if np.ptp(ax.get_xlim()) > 0.1 else 1
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=decimals))
    return fig


def draw_overlays(images, maps, titles=None, *, opacity=0.55, columns=4, size=1.55):
    """Draw maps in colour over their images in gray, each map from zero to its own largest value.

    Parameters
    ----------
    images : sequence of ndarray
        Images as `draw_image` takes them.
    maps : sequence of ndarray
        One (height, width) map for each image, any real numbers; what is negative is drawn as zero.
    titles : sequence of str, optional
        One for each image.
    opacity : float
        From 0, only the image, to 1, only the map.
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
        If the numbers of images, maps and titles differ, or a map has another size than its image.

    Examples
    --------
    >>> fig = draw_overlays([np.zeros((4, 4, 3))], [np.eye(4)], ["diagonal"])
    >>> len(fig.axes[0].images)
    2
    """
    images = [as_image(image, f"images[{i}]") for i, image in enumerate(images)]
    maps = [as_numbers(values, f"maps[{i}]") for i, values in enumerate(maps)]
    titles = [""] * len(images) if titles is None else [str(title) for title in titles]
    if not images or not len(images) == len(maps) == len(titles):
        raise ValueError(
            f"expected a map and a title for each image; got {len(images)} images, {len(maps)} maps and"
            f" {len(titles)} titles"
        )
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must be from 0 to 1; got {opacity}")
    lines = max(title.count("\n") + bool(title) for title in titles)
    size = min(size, WIDTH / min(columns, len(images)))
    fig, axes = panels(len(images), columns, size, height=size + 0.2 * lines)
    for ax, image, values, title in zip(axes, images, maps, titles, strict=True):
        if values.shape != image.shape[:2]:
            raise ValueError(f"a map of shape {values.shape} does not fit an image of shape {image.shape}")
        gray = image @ np.array(LUMA) if image.ndim == 3 else image
        gray = np.rint(gray).astype(np.uint8) if image.dtype == np.uint8 else gray
        draw_image(gray, title=title, ax=ax)
        ax.title.set_size(10)
        ax.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=max(values.max(), 1e-12), alpha=opacity)
    return fig


def draw_interval_coverage(accuracies, coverages, *, nominal=0.95, label="", ax=None):
    """Draw how often intervals hold the true accuracy, for each true accuracy, against what they promise.

    Parameters
    ----------
    accuracies : array_like
        (n,), true accuracies in [0, 1].
    coverages : dict
        Name of the method → (n,), the share of test sets whose interval holds the true accuracy.
    nominal : float
        What the intervals promise; drawn as a dashed line.
    label : str
        Title.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a curve has another length than `accuracies`.

    Examples
    --------
    >>> fig = draw_interval_coverage([0.5, 0.9], {"Wilson": [0.95, 0.94]})
    >>> fig.axes[0].get_ylabel()
    'intervals that hold it'
    """
    accuracies = as_numbers(accuracies, "accuracies", 1)
    fig, ax = axes_or_new(ax, WIDTH, 3.2)
    ax.axhline(nominal, color="0.4", linestyle=LINE_STYLES[3], linewidth=1.2, label="promised")
    for i, (name, values) in enumerate(coverages.items()):
        values = as_numbers(values, f"coverages[{name!r}]", 1)
        if values.shape != accuracies.shape:
            raise ValueError(f"{name!r} has {len(values)} values for {len(accuracies)} accuracies")
        colour = (BLUE, ORANGE, *COLOURS[2:])[i]
        ax.plot(accuracies, values, color=colour, linestyle=LINE_STYLES[i % 4], label=name, linewidth=2)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    ax.set_xlabel("true accuracy")
    ax.set_ylabel("intervals that hold it")
    ax.set_ylim(top=1.03)
    ax.set_title(label)
    ax.legend()
    return fig
