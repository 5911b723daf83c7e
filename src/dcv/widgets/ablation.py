"""Chapter 8: compare two rows of an ablation table, epoch by epoch, with the spread over seeds."""

import numpy as np
import traitlets

from dcv.plots import draw_history
from dcv.widgets.explorer import ChosenName, Panel, Picture, menu, slider

METRICS = {"validation": "val_accuracy", "training": "accuracy"}


class AblationPicture(Picture):
    """Mean accuracy of two variants over the epochs, each in a band of its spread, and every seed's value."""

    front_end = "ablation"

    choices = ("first", "second", "measured_on", "epoch", "accuracies", "means", "deviations", "difference")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # For validation and training, for each variant, for each seed: an accuracy for each epoch.
    curves = traitlets.List().tag(sync=True)
    first_index = traitlets.Int(0, min=0).tag(sync=True)
    second_index = traitlets.Int(0, min=0).tag(sync=True)
    measured_on_index = traitlets.Int(0, min=0).tag(sync=True)
    epoch = traitlets.Int(1, min=1).tag(sync=True)
    epoch_count = traitlets.Int(1, min=1).tag(sync=True)
    first = ChosenName("first_index", "names")
    second = ChosenName("second_index", "names")
    measured_on = ChosenName("measured_on_index", "metric_names")
    metric_names = tuple(METRICS)

    @traitlets.validate("epoch")
    def _check_epoch(self, proposal):
        if proposal["value"] > self.epoch_count:
            raise traitlets.TraitError(f"epoch must be at most {self.epoch_count}, got {proposal['value']}")
        return proposal["value"]

    @property
    def accuracies(self):
        """The accuracies of all seeds at the epoch: two tuples, of the first and of the second variant."""
        variants = self.curves[self.measured_on_index]
        chosen = (variants[self.first_index], variants[self.second_index])
        return tuple(tuple(seed[self.epoch - 1] for seed in seeds) for seeds in chosen)

    @property
    def means(self):
        """The mean accuracies of both variants over the seeds."""
        return tuple(float(np.mean(values)) for values in self.accuracies)

    @property
    def deviations(self):
        """The standard deviations of both variants over the seeds; 0 of a single one."""
        return tuple(float(np.std(v, ddof=1)) if len(v) > 1 else 0.0 for v in self.accuracies)

    @property
    def difference(self):
        """The second mean minus the first."""
        return self.means[1] - self.means[0]

    def draw_still(self):
        """Return a Figure: the mean curves of both variants."""
        indices = dict.fromkeys((self.first_index, self.second_index))
        means = {
            self.names[i]: {
                key: np.mean(self.curves[m][i], axis=0).tolist()
                for m, key in enumerate(("val_accuracy", "accuracy"))
            }
            for i in indices
        }
        return draw_history(means)


def explore_ablation(record, *, first=None, second=None):
    """Return a panel that compares two rows of an ablation table, with the spread over seeds.

    Parameters
    ----------
    record : dict
        What ``dcv.runs.load_run("ablation")`` returns; of your own: {"variants": {name: [run, ...], ...}}, at
        least two variants, where each run has a "history" with "accuracy" and "val_accuracy", equally long.
    first, second : str, optional
        The variants to start with; by default the first one, and "all" or the last one.

    Returns
    -------
    Panel
        ``panel.first``, ``second``, ``measured_on`` ("validation" or "training") and ``epoch`` can be set;
        ``panel.accuracies``, ``means``, ``deviations`` and ``difference`` follow from them.

    Raises
    ------
    ValueError
        If the record has another form or there is no such variant.

    Examples
    --------
    >>> runs = {
    ...     "plain": [{"history": {"accuracy": [0.5, 0.6], "val_accuracy": [0.4, 0.5]}}],
    ...     "better": [{"history": {"accuracy": [0.5, 0.8], "val_accuracy": [0.5, 0.75]}}],
    ... }
    >>> panel = explore_ablation({"variants": runs})
    >>> panel.epoch, panel.means, panel.difference
    (2, (0.5, 0.75), 0.25)
    """
    variants = _checked(record)
    names = list(variants)
    first = names[0] if first is None else first
    second = second if second is not None else ("all" if "all" in names else names[-1])
    curves = [
        [[[round(float(v), 4) for v in run["history"][key]] for run in runs] for runs in variants.values()]
        for key in METRICS.values()
    ]
    epoch_count = len(curves[0][0][0])
    picture = AblationPicture(names=names, curves=curves, epoch_count=epoch_count, epoch=epoch_count)
    picture.first, picture.second = first, second
    controls = {
        "first_index": menu(picture.first_index, names),
        "second_index": menu(picture.second_index, names),
        "measured_on_index": menu(0, METRICS),
        "epoch": slider(epoch_count, 1, epoch_count),
    }
    alt = f"Mean accuracy over {epoch_count} epochs of two variants, {first} and {second}."
    return Panel(picture, controls, name="explore_ablation", alt=alt)


def _checked(record):
    """Return name → runs, or say what is wrong."""
    variants = record.get("variants") if isinstance(record, dict) else None
    if not isinstance(variants, dict) or len(variants) < 2:
        raise ValueError(
            'record must be a dict with at least two "variants", as load_run("ablation") returns'
        )
    lengths = set()
    for name, runs in variants.items():
        for run in runs:
            history = run.get("history", {})
            if missing := [key for key in METRICS.values() if key not in history]:
                raise ValueError(f"each run of {name!r} needs {' and '.join(missing)} in its history")
            lengths |= {len(history[key]) for key in METRICS.values()}
        if not runs:
            raise ValueError(f"{name!r} has no run")
    if len(lengths) != 1 or lengths == {0} or lengths == {1}:
        raise ValueError(f"all histories must be equally long, two epochs or more, got {sorted(lengths)}")
    return variants
