"""Charts of results: learning curves, bars and histograms."""

from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

from dcv.plots.style import (
    BLUE,
    COLOURS,
    GREEN,
    HATCHES,
    LINE_STYLES,
    MARKERS,
    SKY,
    VERMILION,
    WIDTH,
    as_numbers,
    axes_or_new,
    number_text,
)

CHANNELS = {"red": VERMILION, "green": GREEN, "blue": BLUE}
THOUSANDS = StrMethodFormatter("{x:,.10g}")


def draw_history(
    history,
    *,
    metric="accuracy",
    ax=None,
    labels=None,
):
    """Draw how a metric changed from epoch to epoch, in training and in validation.

    Training is dashed with open markers, validation solid with filled ones; runs differ in colour and marker.

    Parameters
    ----------
    history : dict
        What `dcv.training.fit` returns: {"accuracy": [...], "val_accuracy": [...], ...}, one number for each
        epoch; the validation may be missing. Or several such runs by name, {"small": {...}, "large": {...}}.
    metric : str
        Which entry to draw, without ``val_``.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.
    labels : sequence of str, optional
        Names of the runs for the legend, instead of the keys.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no run, the metric was not recorded, or the number of labels differs.

    Examples
    --------
    >>> fig = draw_history({"loss": [1.0, 0.5], "val_loss": [1.1, 0.9]}, metric="loss")
    >>> [line.get_label() for line in fig.axes[0].lines]
    ['training', 'validation']
    """
    if not history:
        raise ValueError("history is empty; expected what fit returned, such as {'accuracy': [...]}")
    several = all(isinstance(run, Mapping) for run in history.values())
    runs = dict(history) if several else {"": history}
    names = list(runs) if labels is None else list(labels)
    if len(names) != len(runs):
        raise ValueError(f"expected one label for each of {len(runs)} runs, got {len(names)}")
    fig, ax = axes_or_new(ax, height=3.6 + 0.2 * len(runs) * several)
    for i, (name, run) in enumerate(zip(names, runs.values(), strict=True)):
        if metric not in run:
            raise ValueError(f"expected one of the recorded metrics, {sorted(run)}, got {metric!r}")
        for j, (key, part) in enumerate([(metric, "training"), (f"val_{metric}", "validation")]):
            if key not in run:
                continue
            values = as_numbers(run[key], f"history[{key!r}]", 1)
            which = (i if several else j) % len(COLOURS)
            look = {"color": COLOURS[which], "marker": MARKERS[which], "linestyle": "-"}
            if part == "training":
                look |= {"linestyle": "--", "markerfacecolor": "white"}
            ax.plot(range(1, len(values) + 1), values, label=f"{name}, {part}" if name else part, **look)
    ax.set_xlabel("epoch")
    ax.set_ylabel(metric)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if several:  # too many names for a corner that no curve crosses
        columns = 2 if max(map(len, names)) < 20 else 1
        ax.legend(ncols=columns, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    else:
        ax.legend()
    return fig


def draw_bars(
    values,
    *,
    errors=None,
    label="",
    ax=None,
    chance=None,
    limits=None,
    percent=False,
):
    """Draw horizontal bars, the first at the top, with the value written at each.

    Parameters
    ----------
    values : dict
        Name → value. With ``percent``, fractions: 0.85 is written as 85 %.
    errors : dict or sequence, optional
        Half-length of an error bar for each value, in the same units.
    label : str
        What the values are, with their unit.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.
    chance : float, optional
        What guessing achieves; drawn as a dashed line with a label.
    limits : (float, float), optional
        Ends of the axis. By default it starts at zero, as bars should.
    percent : bool
        Whether the values are fractions, to be written in percent.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are no values, one is not finite, or the errors do not belong to them.

    Examples
    --------
    >>> fig = draw_bars({"dense": 0.54, "convolution": 1.0}, label="accuracy", chance=0.5, percent=True)
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['54 %', '100 %', 'chance']
    """
    if not values:
        raise ValueError("values is empty; expected at least one, such as {'baseline': 0.65}")
    lengths = as_numbers(list(values.values()), "values", 1)
    if errors is not None:
        if isinstance(errors, Mapping) and set(errors) != set(values):
            raise ValueError(f"errors must have the names of values, {list(values)}, not {list(errors)}")
        errors = [errors[name] for name in values] if isinstance(errors, Mapping) else list(errors)
        errors = as_numbers(errors, "errors", 1)
        if errors.shape != lengths.shape or (errors < 0).any():
            raise ValueError(f"errors must be {len(lengths)} numbers of at least 0, one for each value")
    fig, ax = axes_or_new(ax, WIDTH, 0.9 + 0.45 * len(values))
    places = np.arange(len(values))
    ax.barh(places, lengths, height=0.6, color=SKY, edgecolor=BLUE, xerr=errors, capsize=4)
    lowest, highest = (lengths, lengths) if errors is None else (lengths - errors, lengths + errors)
    for place, length, end in zip(places, lengths, highest, strict=True):
        text = f"{number_text(round(100 * length, 1))} %" if percent else number_text(length)
        ax.annotate(text, (max(end, 0), place), (5, 0), textcoords="offset points", va="center")
    if chance is not None:
        ax.axvline(chance, color=VERMILION, linestyle="--", linewidth=1.5)
        above = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        ax.annotate("chance", (chance, 1), (0, 2), color=VERMILION, ha="center", va="bottom", **above)
    ax.set_yticks(places, list(values))
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    # Room at the right for the written values.
    ax.set_xlim(limits or (min(0, 1.1 * lowest.min()), 1.15 * max(highest.max(), chance or 0, 0) or 1))
    ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %") if percent else THOUSANDS)
    ax.set_xlabel(label)
    return fig


def draw_time_to_accuracy(ways, runs, *, ax=None):
    """Draw how long several ways of training took, and how accurate the network was then.

    Each run is a mark; ways differ in colour and marker.

    Parameters
    ----------
    ways : dict of str
        Names for the legend, by key.
    runs : dict of list of dict
        For each key of ways its runs, with "seconds" and "accuracy" in [0, 1].
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the keys of ways and runs differ, or a way has no run.

    Examples
    --------
    >>> runs = {"A": [{"seconds": 80, "accuracy": 0.65}], "B": [{"seconds": 20, "accuracy": 0.66}]}
    >>> fig = draw_time_to_accuracy({"A": "slow", "B": "fast"}, runs)
    >>> [text.get_text() for text in fig.axes[0].get_legend().get_texts()]
    ['A: slow', 'B: fast']
    """
    if set(ways) != set(runs) or not all(runs.values()):
        raise ValueError(
            f"each of the ways {', '.join(ways) or '(none)'} needs at least one run; "
            f"got runs of {', '.join(key for key, of_way in runs.items() if of_way) or 'none'}"
        )
    fig, ax = axes_or_new(ax)
    for i, (key, name) in enumerate(ways.items()):
        look = {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)], "linestyle": ""}
        seconds = [run["seconds"] for run in runs[key]]
        accuracies = [run["accuracy"] for run in runs[key]]
        ax.plot(seconds, accuracies, label=f"{key}: {name}", **look)
    ax.set(xlabel="seconds of training", ylabel="test accuracy", xlim=(0, None))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.legend()
    return fig


def draw_histogram(
    values_by_name,
    *,
    bins=20,
    label="value",
    ax=None,
):
    """Draw how often values occur, for one or several groups in the same bins.

    Groups differ in colour, line style and hatching; those named red, green and blue have these colours.

    Parameters
    ----------
    values_by_name : dict
        Name → array of any shape, real numbers.
    bins : int or sequence of float
        Number of bins over the common range, or their edges.
    label : str
        What the values are, with their unit.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are no values or some are not finite.

    Examples
    --------
    >>> fig = draw_histogram({"uint8": [0, 128, 128, 255]}, bins=4, label="pixel value")
    >>> fig.axes[0].get_xlabel()
    'pixel value'
    """
    if not values_by_name:
        raise ValueError("values_by_name is empty; expected at least one group, such as {'pixels': image}")
    groups = {name: as_numbers(np.ravel(group), repr(name), 1) for name, group in values_by_name.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), bins)
    fig, ax = axes_or_new(ax)
    for i, (name, values) in enumerate(groups.items()):
        colour = CHANNELS.get(name, COLOURS[i % len(COLOURS)])
        look = {"linestyle": LINE_STYLES[i % len(LINE_STYLES)], "hatch": HATCHES[i % len(HATCHES)]}
        ax.hist(values, edges, histtype="step", edgecolor=colour, linewidth=2, label=name, **look)
    ax.set_xlabel(label)
    ax.set_ylabel("count")
    ax.yaxis.set_major_formatter(THOUSANDS)
    if len(groups) > 1:
        ax.legend()
    return fig
