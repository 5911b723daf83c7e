"""Chapter 10: anchors on a grid, and which of them match the objects of an image."""

import numpy as np
import traitlets

from dcv import boxes
from dcv.plots import draw_boxes
from dcv.widgets.explorer import Panel, Picture, array_trait, menu, slider

GRIDS = (4, 8, 16)  # cells a side
RATIO_SETS = ((1.0,), (0.5, 1.0, 2.0), (1 / 3, 1.0, 3.0))
RATIO_NAMES = ("1 : 1", "1 : 2, 1 : 1, 2 : 1", "1 : 3, 1 : 1, 3 : 1")
LARGEST_SIDE = 128  # pixels


class AnchorsPicture(Picture):
    """The anchors of a cell, and all anchors that match an object."""

    front_end, parts = "anchors", ("boxes",)

    choices = ("grid", "scale", "aspect_ratios", "iou_threshold", "row", "column", "anchors", "matches")

    image = array_trait()
    objects = array_trait()  # rows (y_min, x_min, y_max, x_max)
    object_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    grids = traitlets.List(traitlets.Int(), list(GRIDS)).tag(sync=True)
    ratio_sets = traitlets.List(default_value=[list(ratios) for ratios in RATIO_SETS]).tag(sync=True)
    grid_index = traitlets.Int(1, min=0, max=len(GRIDS) - 1).tag(sync=True)
    ratios_index = traitlets.Int(0, min=0, max=len(RATIO_SETS) - 1).tag(sync=True)
    scale = traitlets.Int(20, min=6, max=48).tag(sync=True)
    iou_threshold = traitlets.Float(0.5, min=0, max=1).tag(sync=True)
    row = traitlets.Int(3, min=0).tag(sync=True)
    column = traitlets.Int(3, min=0).tag(sync=True)

    @property
    def grid(self):
        """Cells along a side."""
        return GRIDS[self.grid_index]

    @grid.setter
    def grid(self, cells):
        if cells not in GRIDS:
            raise ValueError(f"grid must be one of {', '.join(map(str, GRIDS))} cells a side, got {cells}")
        self.grid_index = GRIDS.index(cells)

    @property
    def aspect_ratios(self):
        """Width divided by height of the anchors of a cell."""
        return RATIO_SETS[self.ratios_index]

    @property
    def anchors(self):
        """All anchors: (grid, grid, ratios, 4)."""
        return boxes.grid_anchors(
            self.image.shape[:2], (self.grid, self.grid), [self.scale], self.aspect_ratios
        )

    @property
    def matches(self):
        """Which object each anchor has to find, or −1: (grid, grid, ratios)."""
        return boxes.match_anchors(
            self.anchors, self.objects.astype(np.float64), iou_threshold=self.iou_threshold
        )

    def draw_still(self):
        """Return a Figure of the anchors that match an object, and the objects dashed."""
        anchors, matches = self.anchors, self.matches
        chosen = matches >= 0
        return draw_boxes(self.image, anchors[chosen], labels=matches[chosen], objects=self.objects)


def explore_anchors(image, objects, names, *, scale=20, iou_threshold=0.5):
    """Return a panel with anchors on an image: their grid, scale and proportions, and which match an object.

    Parameters
    ----------
    image : ndarray
        (height, width, 3), uint8 in [0, 255], at most 128 pixels a side.
    objects : array_like
        (n, 4): their boxes, at least one.
    names : sequence of str
        What each object is.
    scale : int
        From 6 to 48: square root of the area of an anchor, in pixels.
    iou_threshold : float
        In [0, 1]: from this IoU on, an anchor has to find the object.

    Returns
    -------
    Panel
        ``panel.grid``, ``scale``, ``iou_threshold``, ``row`` and ``column`` can be read and set;
        ``panel.anchors`` and ``panel.matches`` follow from them.

    Raises
    ------
    ValueError
        If shapes or types are others, or the image is too large.

    Examples
    --------
    >>> panel = explore_anchors(np.zeros((64, 64, 3), np.uint8), [[2, 2, 22, 22]], ["square"])
    >>> np.argwhere(panel.matches[..., 0] == 0)  # one of 8 × 8 cells, whose anchor begins at −6 + 8
    array([[1, 1]])
    """
    image, objects = np.asarray(image), np.asarray(objects, np.float32)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or max(image.shape) > LARGEST_SIDE:
        raise ValueError(
            f"expected an image (height, width, 3), uint8, of at most {LARGEST_SIDE} pixels a side,"
            f" got {image.dtype} {image.shape}"
        )
    if objects.ndim != 2 or len(objects) == 0 or len(objects) != len(names):
        raise ValueError(
            f"expected a box and a name for each object, got {objects.shape} and {len(names)} names"
        )
    if boxes.box_area(objects).min() <= 0:
        raise ValueError("expected boxes of positive height and width")
    picture = AnchorsPicture(
        image=image,
        objects=objects,
        object_names=[str(name) for name in names],
        scale=scale,
        iou_threshold=iou_threshold,
    )
    controls = {
        "grid_index": menu(1, [f"{cells} × {cells} cells" for cells in GRIDS]),
        "ratios_index": menu(0, RATIO_NAMES),
        "scale": slider(scale, 6, 48),
        "iou_threshold": slider(iou_threshold, 0.1, 0.9, step=0.05),
    }
    controls["ratios_index"].description = "width : height"
    controls["iou_threshold"].description = "IoU threshold"
    alt = "An image with its objects dashed, and the boxes of all anchors that have to find one of them."
    return Panel(picture, controls, name="explore_anchors", alt=alt)
