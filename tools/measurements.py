"""How the benchmarks say and draw what they measured."""

import statistics

import numpy as np


def middle(values, form="{:.3g}"):
    """Return the median of some numbers, with the extremes if there are several, as text.

    >>> middle([0.5, 20, 3]), middle([3])
    ('3 (0.5 to 20)', '3')
    """
    values = list(values)
    texts = [form.format(value) for value in (statistics.median(values), min(values), max(values))]
    return texts[0] if len(values) == 1 else "{} ({} to {})".format(*texts)


def save_plot(figure, path):
    """Store a figure as SVG: letters stay letters, and the same numbers give the same file."""
    from matplotlib import rc_context

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
        figure.savefig(path, metadata={"Date": None})


def draw_ranges(path, series, *, label, log=False):
    """Draw medians as points and extremes as lines into an SVG file.

    Parameters
    ----------
    path : Path
        Where the file comes to lie.
    series : dict
        Series → what was measured → list of numbers; each series has a colour of its own.
    label : str
        What the numbers are, with their unit.
    log : bool
        Whether the axis is logarithmic.
    """
    # Here, because PyTorch's environment in a benchmark has no matplotlib.
    import matplotlib.pyplot as plt

    from dcv.plots import use_house_style

    use_house_style()
    names = list(dict.fromkeys(name for measured in series.values() for name in measured))
    height = 1.2 + 0.25 * len(names) * len(series)
    figure, axes = plt.subplots(figsize=(6.4, height), layout="constrained")
    for i, (one, measured) in enumerate(series.items()):
        rows = [names.index(name) + (i - (len(series) - 1) / 2) * 0.3 for name in measured]
        columns = ((statistics.median(values), min(values), max(values)) for values in measured.values())
        medians, lowest, highest = np.transpose(list(columns))
        spread = medians - lowest, highest - medians
        axes.errorbar(medians, rows, xerr=spread, fmt="o", capsize=3, label=one)
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel=label, ylim=(len(names) - 0.5, -0.5))
    if log:
        axes.set_xscale("log")
    else:
        axes.set_xlim(left=0)
    if len(series) > 1:
        axes.legend()
    save_plot(figure, path)
    plt.close(figure)
