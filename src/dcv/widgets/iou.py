"""Chapter 10: two boxes to drag, and how much they overlap."""

import traitlets

from dcv import boxes
from dcv.plots import draw_overlap
from dcv.widgets.explorer import Panel, Picture, menu

SIZE = 16  # squares a side


class IouPicture(Picture):
    """Two boxes on squared paper, with the squares in both and in either counted."""

    front_end, parts = "iou", ("boxes",)

    choices = ("box", "other_box", "intersection", "union", "iou")

    size = traitlets.Int(SIZE).tag(sync=True)
    box = traitlets.List(traitlets.Int(), minlen=4, maxlen=4).tag(sync=True)
    other_box = traitlets.List(traitlets.Int(), minlen=4, maxlen=4).tag(sync=True)
    box_index = traitlets.Int(0, min=0, max=1).tag(sync=True)
    action_index = traitlets.Int(0, min=0, max=1).tag(sync=True)

    @traitlets.validate("box", "other_box")
    def _check_box(self, proposal):
        top, left, bottom, right = proposal["value"]
        if not (0 <= top < bottom <= SIZE and 0 <= left < right <= SIZE):
            raise traitlets.TraitError(
                f"{proposal['trait'].name} must be (y_min, x_min, y_max, x_max) from 0 to {SIZE}, each"
                f" minimum below its maximum, got {(top, left, bottom, right)}"
            )
        return proposal["value"]

    @property
    def intersection(self):
        """Squares in both boxes."""
        return int(boxes.intersection_area(self.box, self.other_box))

    @property
    def union(self):
        """Squares in at least one of the boxes."""
        return int(boxes.box_area(self.box) + boxes.box_area(self.other_box)) - self.intersection

    @property
    def iou(self):
        """Intersection over union, in [0, 1]."""
        return float(boxes.iou(self.box, self.other_box))

    def draw_still(self):
        """Return a Figure of both boxes."""
        return draw_overlap(self.box, self.other_box)


def explore_iou(box=(2, 2, 9, 8), other_box=(5, 4, 12, 11)):
    """Return a panel with two boxes that can be moved and resized, and their intersection over union.

    Parameters
    ----------
    box, other_box : sequence of int
        (y_min, x_min, y_max, x_max) on squared paper of 16 × 16.

    Returns
    -------
    Panel
        ``panel.box`` and ``panel.other_box`` can be read and set; ``panel.intersection``, ``panel.union`` and
        ``panel.iou`` follow from them.

    Raises
    ------
    ValueError
        If a box is not on the paper, or empty.

    Examples
    --------
    >>> panel = explore_iou((0, 0, 4, 4), (2, 0, 6, 4))
    >>> panel.intersection, panel.union, round(panel.iou, 2)
    (8, 24, 0.33)
    """
    try:
        picture = IouPicture(box=list(box), other_box=list(other_box))
    except traitlets.TraitError as error:
        raise ValueError(f"expected two boxes on paper of {SIZE} × {SIZE} squares: {error}") from None
    controls = {
        "box_index": menu(0, ["orange, solid", "blue, dashed"]),
        "action_index": menu(0, ["move the box", "move its lower right corner"]),
    }
    alt = "Two overlapping boxes on squared paper, the squares in both hatched; the title says their IoU."
    return Panel(picture, controls, name="explore_iou", alt=alt)
