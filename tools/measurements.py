"""How the benchmarks say and draw what they measured."""

import statistics


def middle(values, form="{:.3g}"):
    """Return the median and the extremes of some numbers as text.

    >>> middle([0.5, 20, 3])
    '3 (0.5 to 20)'
    """
    values = list(values)
    return "{} ({} to {})".format(*map(form.format, (statistics.median(values), min(values), max(values))))


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
    # Here, because some benchmarks measure memory, and need no plots.
    import matplotlib.pyplot as plt
    from matplotlib import rc_context

    from dcv.plots import use_house_style

    use_house_style()
    names = list(dict.fromkeys(name for measured in series.values() for name in measured))
    # Letters stay letters, and the same numbers give the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
        figure, axes = plt.subplots(
            figsize=(6.4, 1.2 + 0.25 * len(names) * len(series)), layout="constrained"
        )
        for i, (one, measured) in enumerate(series.items()):
            rows = [names.index(name) + (i - (len(series) - 1) / 2) * 0.3 for name in measured]
            medians = [statistics.median(values) for values in measured.values()]
            below = [median - min(values) for median, values in zip(medians, measured.values(), strict=True)]
            above = [max(values) - median for median, values in zip(medians, measured.values(), strict=True)]
            axes.errorbar(medians, rows, xerr=(below, above), fmt="o", capsize=3, label=one)
        axes.set(yticks=range(len(names)), yticklabels=names, xlabel=label, ylim=(len(names) - 0.5, -0.5))
        if log:
            axes.set_xscale("log")
        else:
            axes.set_xlim(left=0)
        if len(series) > 1:
            axes.legend()
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
