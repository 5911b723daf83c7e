"""Chapter 6: replay recorded training runs, epoch by epoch."""

import math
from collections.abc import Mapping

import ipywidgets
import traitlets

from dcv.plots import draw_history
from dcv.widgets.explorer import ChosenName, Panel, Picture, menu, slider

MOST_RUNS = 7  # as many as there are colours and markers
MOST_EPOCHS = 200


class RunsPicture(Picture):
    """Learning curves up to an epoch, and a table of their values there."""

    front_end = "runs"

    choices = ("epoch", "metric", "training", "validation", "values", "best")

    run_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    run_label = traitlets.Unicode("run").tag(sync=True)
    metrics = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # For each metric, for each run: training and validation, a number for each epoch, None if it is not one.
    curves = traitlets.List().tag(sync=True)
    epoch_count = traitlets.Int(1, min=1).tag(sync=True)
    epoch = traitlets.Int(1, min=1).tag(sync=True)
    metric_index = traitlets.Int(0, min=0).tag(sync=True)
    metric = ChosenName("metric_index", "metrics")
    training = traitlets.Bool(True).tag(sync=True)
    validation = traitlets.Bool(True).tag(sync=True)

    @traitlets.validate("epoch")
    def _check_epoch(self, proposal):
        if proposal["value"] > self.epoch_count:
            raise traitlets.TraitError(f"epoch must be at most {self.epoch_count}, got {proposal['value']}")
        return proposal["value"]

    @property
    def values(self):
        """Name of a run → its values at the epoch: (training, validation); None where there is none."""
        pairs = ([_at(curve, self.epoch) for curve in run] for run in self.curves[self.metric_index])
        return dict(zip(self.run_names, map(tuple, pairs), strict=True))

    @property
    def best(self):
        """The name of the best run at the epoch, by its validation, or by its training if none has one."""
        for part in (1, 0):
            measured = {name: pair[part] for name, pair in self.values.items() if pair[part] is not None}
            if measured:
                return (min if "loss" in self.metric else max)(measured, key=measured.get)
        return None

    def draw_still(self):
        """Return a Figure: the whole curves."""
        histories = {}
        for name, (training, validation) in zip(self.run_names, self.curves[self.metric_index], strict=True):
            # A curve is drawn up to where it is a number.
            parts = {self.metric: training, f"val_{self.metric}": validation}
            parts = {key: curve[: (*curve, None).index(None)] for key, curve in parts.items()}
            histories[name] = {key: curve for key, curve in parts.items() if curve or key == self.metric}
        drawable = {name: history for name, history in histories.items() if history[self.metric]}
        return draw_history(drawable, metric=self.metric)


def explore_runs(runs, *, label="run", metric="accuracy"):
    """Return a panel that replays training runs: curves that grow epoch by epoch, and the numbers.

    Parameters
    ----------
    runs : dict
        Name → history as `dcv.training.fit` returns it: {"accuracy": [...], "val_accuracy": [...], ...}, one
        number for each epoch. Or one such history. At most 7 runs of at most 200 epochs; they may differ in
        length, and the validation may be missing.
    label : str
        What the names are, such as "learning rate".
    metric : str
        Which entry to start with, without ``val_``.

    Returns
    -------
    Panel
        ``panel.values`` holds the numbers at the chosen epoch, ``panel.best`` the name of the run that leads
        there; ``panel.epoch``, ``metric``, ``training`` and ``validation`` can be set.

    Raises
    ------
    ValueError
        If there is no run, a history has another form, or the metric was not recorded.

    Examples
    --------
    >>> runs = {
    ...     "small": {"loss": [2.2, 2.1], "val_loss": [2.2, 2.2]},
    ...     "large": {"loss": [2.0, 1.5], "val_loss": [1.9, 1.8]},
    ... }
    >>> panel = explore_runs(runs, metric="loss")
    >>> panel.epoch = 2
    >>> panel.best, panel.values["large"]
    ('large', (1.5, 1.8))
    """
    histories = _checked(runs)
    first = next(iter(histories.values()))
    shared = [name for name in first if all(name in history for history in histories.values())]
    metrics = [name for name in shared if not name.startswith("val_") and name != "seconds"]
    if metric not in metrics:
        raise ValueError(f"metric must be one that all runs recorded, {', '.join(metrics)}; got {metric!r}")
    curves = [
        [[_numbers(history.get(key, ())) for key in (name, f"val_{name}")] for history in histories.values()]
        for name in metrics
    ]
    epoch_count = max(len(training) for (training, _) in curves[0])
    picture = RunsPicture(
        run_names=list(histories),
        run_label=str(label),
        metrics=metrics,
        curves=curves,
        epoch_count=epoch_count,
        metric_index=metrics.index(metric),
    )
    tick_boxes = {
        name: ipywidgets.Checkbox(value=True, description=name, indent=False)
        for name in ("training", "validation")
    }
    controls = {
        "epoch": slider(1, 1, epoch_count),
        "metric_index": menu(picture.metric_index, metrics),
        **tick_boxes,
    }
    if epoch_count == 1:
        del controls["epoch"]  # a slider with one place cannot be drawn
    alt = f"Curves of {metric} over {epoch_count} epochs, a pair for each {label}: {', '.join(histories)}."
    return Panel(picture, controls, name="explore_runs", alt=alt)


def _checked(runs):
    """Return name → history, or say what is wrong."""
    if not isinstance(runs, Mapping) or not runs:
        raise ValueError(f"runs must be a dict name → history, as fit returns it, got {runs!r}")
    if not all(isinstance(history, Mapping) for history in runs.values()):
        runs = {"run": runs}
    if len(runs) > MOST_RUNS:
        raise ValueError(
            f"runs must be at most {MOST_RUNS}, or they could not be told apart, got {len(runs)}"
        )
    for name, history in runs.items():
        if not history:
            raise ValueError(
                f"the history {name!r} is empty: expected entries such as 'accuracy': [0.1, 0.2]"
            )
        lengths = set()
        for key, values in history.items():
            is_list = hasattr(values, "__len__") and all(hasattr(value, "__float__") for value in values)
            if isinstance(values, str) or not is_list or not 1 <= len(values) <= MOST_EPOCHS:
                raise ValueError(
                    f"{key!r} of the history {name!r} must be a list of 1 to {MOST_EPOCHS} numbers,"
                    f" one for each epoch, got {values!r}"
                )
            lengths.add(len(values))
        if len(lengths) > 1:
            raise ValueError(
                f"all entries of the history {name!r} must be equally long, got {sorted(lengths)}"
            )
    return {str(name): history for name, history in runs.items()}


def _numbers(values):
    """Return floats, with None for what JSON cannot write: a loss that became infinite or NaN."""
    return [float(value) if math.isfinite(value) else None for value in values]


def _at(curve, epoch):
    """Return the value at an epoch, None after the end."""
    return curve[epoch - 1] if epoch <= len(curve) else None
