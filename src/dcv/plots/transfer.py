"""Charts of chapter 9: accuracy against the number of images, and features as points of a plane."""

import numpy as np
from matplotlib.ticker import NullLocator, PercentFormatter, StrMethodFormatter

from dcv.plots.style import COLOURS, LINE_STYLES, MARKERS, VERMILION, as_numbers, axes_or_new


def draw_data_curves(counts, curves, *, label="accuracy on new images", chance=None, ax=None):
    """Draw how accuracy grows with the number of training images: means of several runs, with error bars.

    Parameters
    ----------
    counts : sequence of int
        Numbers of training images, increasing; the axis is logarithmic.
    curves : dict
        Name → (counts, runs), accuracies in [0, 1]. The bars reach one sample standard deviation each way.
    label : str
        What is measured.
    chance : float, optional
        What guessing achieves; drawn as a dashed line with a label.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no curve, or one has not a row for each count.

    Examples
    --------
    >>> fig = draw_data_curves([50, 100], {"frozen": [[0.6, 0.7], [0.8, 0.9]]}, chance=0.5)
    >>> fig.axes[0].get_xscale()
    'log'
    """
    if not curves:
        raise ValueError("curves is empty; expected a dict such as {'frozen': [[0.6, 0.7], [0.8, 0.9]]}")
    counts = as_numbers(counts, "counts", 1)
    fig, ax = axes_or_new(ax)
    for i, (name, runs) in enumerate(curves.items()):
        runs = as_numbers(runs, f"curves[{name!r}]")
        if len(runs) != len(counts):
            raise ValueError(f"expected {len(counts)} rows in curves[{name!r}], one a count, got {len(runs)}")
        deviation = runs.std(axis=1, ddof=1) if runs.shape[1] > 1 else np.zeros(len(runs))
        ax.errorbar(
            # Side by side, or the bars would hide each other.
            counts * 1.025 ** (i - (len(curves) - 1) / 2),
            runs.mean(axis=1),
            deviation,
            color=COLOURS[i % len(COLOURS)],
            linestyle=LINE_STYLES[i % len(LINE_STYLES)],
            marker=MARKERS[i % len(MARKERS)],
            capsize=3,
            label=name,
        )
    if chance is not None:
        ax.axhline(chance, color=VERMILION, linestyle="--", linewidth=1.5)
        ax.annotate("chance", (1, chance), (0, 2), xycoords=("axes fraction", "data"), color=VERMILION,
                    textcoords="offset points", ha="right", va="bottom")  # fmt: skip
    ax.set_xscale("log")
    ax.set_xticks(counts)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlabel("training images")
    ax.set_ylabel(label)
    # Above the curves, which may leave no corner free.
    ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    return fig


def draw_feature_space(points, labels, class_names, *, title=None, ax=None):
    """Draw one point for each image, where two of its features put it; classes differ in colour and marker.

    Parameters
    ----------
    points : array_like
        (images, 2), real numbers: such as the first two principal components of the features.
    labels : array_like
        (images,), integer: ``class_names[label]`` is the class of an image.
    class_names : sequence of str
        Names of the classes, at most 7.
    title : str, optional
        What kind of features these are.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shapes differ from these, or a label has no name.

    Examples
    --------
    >>> fig = draw_feature_space([[0, 1], [2, 3], [4, 5]], [0, 1, 1], ["cat", "dog"])
    >>> [len(points.get_offsets()) for points in fig.axes[0].collections]
    [1, 2]
    """
    points, labels = as_numbers(points, "points"), np.asarray(labels)
    if points.shape[1] != 2 or labels.shape != (len(points),):
        raise ValueError(
            "expected points (images, 2) and a label for each; got points"
            f" {points.shape} and labels {labels.shape}"
        )
    if not set(labels.tolist()) <= set(range(min(len(class_names), len(MARKERS)))):
        raise ValueError(
            f"labels must be from 0 to {len(class_names) - 1}, at most 6; got {sorted(set(labels.tolist()))}"
        )
    fig, ax = axes_or_new(ax)
    for label, name in enumerate(class_names):
        chosen = points[labels == label]
        ax.scatter(*chosen.T, s=22, alpha=0.75, color=COLOURS[label], marker=MARKERS[label], label=name)
    ax.set_xlabel("first component")
    ax.set_ylabel("second component")
    ax.set_xticks([])
    ax.set_yticks([])
    # Above the points, which leave no corner free.
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0}
    ax.legend(ncols=len(class_names), handlelength=1, columnspacing=1, **place)
    if title:
        ax.set_title(title, pad=24)
    return fig
