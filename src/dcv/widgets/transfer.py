"""Chapter 9: how many blocks to freeze, with how many images."""

import ipywidgets
import numpy as np
import traitlets

from dcv.plots import draw_data_curves
from dcv.widgets.explorer import Panel, Picture, menu, slider


class TransferPicture(Picture):
    """Accuracy against the number of training images, with error bars, and a table of all depths."""

    front_end = "transfer"

    choices = ("frozen_blocks", "images", "accuracies", "scratch_accuracies", "best")

    counts = traitlets.List(traitlets.Int()).tag(sync=True)
    # For each number of frozen blocks, for each count: the accuracy of every run, in [0, 1].
    frozen = traitlets.List().tag(sync=True)
    scratch = traitlets.List().tag(sync=True)
    trained = traitlets.List(traitlets.Int()).tag(sync=True)
    frozen_blocks = traitlets.Int(0, min=0).tag(sync=True)
    images_index = traitlets.Int(0, min=0).tag(sync=True)
    every_run = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("frozen_blocks")
    def _check_blocks(self, proposal):
        if proposal["value"] >= len(self.frozen):
            raise traitlets.TraitError(
                f"frozen_blocks must be at most {len(self.frozen) - 1}, got {proposal['value']}"
            )
        return proposal["value"]

    @property
    def images(self):
        """The chosen number of training images."""
        return self.counts[self.images_index]

    @images.setter
    def images(self, count):
        if count not in self.counts:
            raise ValueError(f"images must be one of {', '.join(map(str, self.counts))}, got {count!r}")
        self.images_index = self.counts.index(count)

    @property
    def accuracies(self):
        """The accuracies of all runs with the chosen frozen blocks and images."""
        return tuple(self.frozen[self.frozen_blocks][self.images_index])

    @property
    def scratch_accuracies(self):
        """The accuracies of all runs from scratch with the chosen images."""
        return tuple(self.scratch[self.images_index])

    @property
    def best(self):
        """The number of frozen blocks with the highest mean at the chosen images."""
        return int(np.argmax([np.mean(runs[self.images_index]) for runs in self.frozen]))

    def draw_still(self):
        """Return a Figure: the curves of all depths, and the one from scratch."""
        curves = {f"{blocks} frozen": runs for blocks, runs in enumerate(self.frozen)}
        return draw_data_curves(self.counts, {**curves, "from scratch": self.scratch})


def explore_transfer(counts, frozen, scratch, *, trained=None):
    """Return a panel that compares depths of freezing with training from scratch, by the number of images.

    Parameters
    ----------
    counts : sequence of int
        Numbers of training images, increasing, at least two.
    frozen : array_like
        (depths, counts, runs), accuracies in [0, 1]: ``frozen[2]`` belongs to two frozen blocks. At most 9
        depths.
    scratch : array_like
        (counts, runs), accuracies in [0, 1] without a pretrained base.
    trained : sequence of int, optional
        For each depth, how many weights are trained.

    Returns
    -------
    Panel
        ``panel.accuracies`` and ``panel.scratch_accuracies`` hold the runs at the chosen place, and
        ``panel.best`` the number of frozen blocks that leads there; ``panel.frozen_blocks`` and
        ``panel.images`` can be set.

    Raises
    ------
    ValueError
        If shapes or ranges are others.

    Examples
    --------
    >>> frozen = [[[0.6, 0.7], [0.8, 0.9]], [[0.7, 0.7], [0.7, 0.8]]]
    >>> panel = explore_transfer([50, 100], frozen, [[0.5, 0.5], [0.6, 0.7]])
    >>> panel.images = 100
    >>> panel.frozen_blocks, panel.accuracies, panel.best
    (1, (0.7, 0.8), 0)
    """
    counts, frozen, scratch, trained = _checked(counts, frozen, scratch, trained)
    picture = TransferPicture(
        counts=counts,
        frozen=frozen.tolist(),
        scratch=scratch.tolist(),
        trained=trained,
        frozen_blocks=len(frozen) - 1,
        images_index=(len(counts) - 1) // 2,
    )
    controls = {
        "frozen_blocks": slider(picture.frozen_blocks, 0, len(frozen) - 1),
        "images_index": menu(picture.images_index, [f"{count:,}" for count in counts]),
        "every_run": ipywidgets.Checkbox(value=False, description="every run", indent=False),
    }
    if len(frozen) == 1:
        del controls["frozen_blocks"]  # a slider with one place cannot be drawn
    alt = (
        f"Accuracy against the number of training images, {counts[0]:,} to {counts[-1]:,}, with error bars: a"
        f" curve for each of {len(frozen)} depths of freezing, and one from scratch."
    )
    return Panel(picture, controls, name="explore_transfer", alt=alt)


def _checked(counts, frozen, scratch, trained):
    """Return everything in its form, or say what is wrong."""
    counts = [int(count) for count in counts]
    if len(counts) < 2 or counts[0] < 1 or sorted(set(counts)) != counts:
        raise ValueError(f"counts must be two or more increasing numbers of images, got {counts}")
    frozen, scratch = np.asarray(frozen, float), np.asarray(scratch, float)
    if frozen.ndim != 3 or not 1 <= len(frozen) <= 9 or frozen.shape[1] != len(counts) or not frozen.size:
        raise ValueError(
            f"frozen must have the shape (depths, {len(counts)}, runs), with 1 to 9 depths and a row for each"
            f" count, got {frozen.shape}"
        )
    if scratch.ndim != 2 or len(scratch) != len(counts) or not scratch.size:
        raise ValueError(f"scratch must have the shape ({len(counts)}, runs), got {scratch.shape}")
    for name, accuracies in (("frozen", frozen), ("scratch", scratch)):
        if not (accuracies.min() >= 0 and accuracies.max() <= 1):
            raise ValueError(
                f"{name} must hold accuracies in [0, 1], got {accuracies.min():g} to {accuracies.max():g}"
            )
    trained = [] if trained is None else [int(number) for number in trained]
    if trained and len(trained) != len(frozen):
        raise ValueError(f"trained must be {len(frozen)} numbers, one for each depth, got {len(trained)}")
    return counts, frozen, scratch, trained
