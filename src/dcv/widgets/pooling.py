"""Chapter 5: lay a pooling window on a feature map and see which number is left of it."""

import matplotlib.pyplot as plt
import numpy as np
import traitlets

from dcv import shapes
from dcv.ops import pool2d, window_coverage
from dcv.plots import draw_pixels, draw_pooling
from dcv.plots.style import as_numbers, hatch, hide_axes, outline, value_colours
from dcv.widgets.explorer import (
    LARGEST_SIDE,
    ChosenName,
    Panel,
    PlacePicture,
    array_trait,
    index_of,
    menu,
    slider,
)

MODES = ("max", "average", "min")
PADDINGS = ("valid", "same")
LARGEST_WINDOW = 4
LARGEST_WHOLE = 10  # a map of at most so many values a side is shown whole, larger ones with a zoom
ZOOM = 8  # values along each side of the zoom


class PoolingPicture(PlacePicture):
    """A feature map with a window, and what pooling makes of it."""

    front_end = "pooling"

    choices = ("mode", "size", "stride", "padding", "row", "column", "window", "value", "pooled")

    modes, paddings = MODES, PADDINGS
    feature_map = array_trait()
    mode_index = traitlets.Int(0, min=0, max=len(MODES) - 1).tag(sync=True)
    mode = ChosenName("mode_index", "modes")
    size = traitlets.Int(2, min=1, max=LARGEST_WINDOW).tag(sync=True)
    stride = traitlets.Int(2, min=1, max=LARGEST_WINDOW).tag(sync=True)
    padding_index = traitlets.Int(0, min=0, max=len(PADDINGS) - 1).tag(sync=True)
    padding = ChosenName("padding_index", "paddings")

    @property
    def pooled(self):
        """The pooled map, as `dcv.ops.pool2d` computes it."""
        maps = self.feature_map[None, :, :, None]
        return pool2d(maps, self.size, stride=self.stride, padding=self.padding, mode=self.mode)[0, :, :, 0]

    @property
    def window(self):
        """The values of the feature map in the chosen window; smaller where it hangs over the edge."""
        rows, columns = (
            slice(max(self._starts(axis)[index], 0), self._starts(axis)[index] + self.size)
            for axis, index in enumerate((self.row, self.column))
        )
        return self.feature_map[rows, columns]

    @property
    def value(self):
        """What pooling makes of the chosen window."""
        return float(self.pooled[self.row, self.column])

    def _starts(self, axis):
        length = self.feature_map.shape[axis]
        return shapes.window_starts(length, self.size, stride=self.stride, padding=self.padding)

    def _middles(self, axis):
        return [start + (self.size - 1) / 2 for start in self._starts(axis)]

    def draw_still(self):
        """Return a Figure: the map and the pooled map, with numbers of a part if they are large."""
        if max(self.feature_map.shape) <= LARGEST_WHOLE:
            return draw_pooling(
                self.feature_map, self.pooled, size=self.size, stride=self.stride, padding=self.padding
            )
        fig, axes = plt.subplots(2, 2, figsize=(4.8, 5), layout="constrained")
        cmap, norm = value_colours(self.feature_map)
        coverage = window_coverage(
            self.feature_map.shape, self.size, stride=self.stride, padding=self.padding
        )
        count = (ZOOM - self.size) // self.stride + 1  # windows that fit into the zoom
        pooled_start = [
            max(min(index, length - count), 0)
            for index, length in zip((self.row, self.column), self.pooled.shape, strict=True)
        ]
        map_start = [max(self._starts(axis)[pooled_start[axis]], 0) for axis in (0, 1)]
        panels = (self.feature_map, map_start, ZOOM), (self.pooled, pooled_start, count)
        for (above, below), (values, (top, left), length) in zip(axes.T, panels, strict=True):
            above.imshow(values, cmap=cmap, norm=norm)
            above.set_title("×".join(map(str, values.shape)))
            hide_axes(above)
            part = values[top : top + length, left : left + length]
            outline(above, top, left, *part.shape)
            limits = (norm.vmin, norm.vmax)
            draw_pixels(part, cmap=cmap, limits=limits, format=".3g", indices=False, ax=below)
        top, left = map_start
        for row, column in np.argwhere(coverage[top : top + ZOOM, left : left + ZOOM] == 0):
            hatch(axes[1, 0], row, column)
        return fig


def explore_pooling(feature_map, *, mode="max", size=2, stride=2, padding="valid"):
    """Return a panel on which a pooling window moves over a feature map.

    Point at a map to look at a window, click to stay there, or focus a map and use the arrow keys. Values
    that no window uses are hatched. A map of more than 10 values a side comes with a zoom that has numbers.

    Parameters
    ----------
    feature_map : array_like
        (height, width) or (height, width, 1), at most 256 values a side, any finite real numbers; the
        browser computes with them as float32.
    mode : "max", "average" or "min"
        What to take of each window.
    size : int
        Height and width of the window, 1 to 4.
    stride : int
        Values from one window to the next, 1 to 4.
    padding : "valid" or "same"
        Whether windows may hang over the edge. The padding itself never enters a pooled value.

    Returns
    -------
    Panel
        ``panel.mode``, ``size``, ``stride``, ``padding``, and ``row`` and ``column`` of the chosen value in
        the pooled map can be read and set; ``panel.window``, ``value`` and ``pooled`` follow from them.

    Raises
    ------
    ValueError
        If the map has another form, a setting is out of range, or the window does not fit.

    Examples
    --------
    >>> panel = explore_pooling([[1, -3, 2, 0], [4, 2, -1, 5], [-6, -2, 3, 3], [-1, -4, 0, -2]])
    >>> panel.row, panel.column = 1, 0
    >>> panel.window.tolist(), panel.value
    ([[-6.0, -2.0], [-1.0, -4.0]], -1.0)
    """
    feature_map = _as_feature_map(feature_map)
    for name, number in (("size", size), ("stride", stride)):
        if number not in range(1, LARGEST_WINDOW + 1):
            raise ValueError(f"{name} must be a whole number from 1 to {LARGEST_WINDOW}, got {number!r}")
    largest = np.unravel_index(np.abs(feature_map).argmax(), feature_map.shape)  # something to look at
    picture = PoolingPicture(
        feature_map=feature_map,
        mode_index=index_of(mode, MODES, "mode"),
        size=int(size),
        stride=int(stride),
        padding_index=index_of(padding, PADDINGS, "padding"),
        place=[float(index) for index in largest],
    )
    controls = {
        "mode_index": menu(picture.mode_index, MODES),
        "size": slider(picture.size, 1, LARGEST_WINDOW),
        "stride": slider(picture.stride, 1, LARGEST_WINDOW),
        "padding_index": menu(picture.padding_index, PADDINGS),
    }
    controls["size"].description = "window"
    before, after = ("×".join(map(str, values.shape)) for values in (feature_map, picture.pooled))
    alt = f"A feature map of {before} values and, beside it, the map of {after} values after {mode} pooling."
    return Panel(picture, controls, name="explore_pooling", alt=alt)


def _as_feature_map(values):
    """Return one map as float32 (height, width), or say what is wrong with it."""
    values = np.asarray(values)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.ndim != 2:
        raise ValueError(
            f"feature_map must have the shape (height, width) or (height, width, 1), got {values.shape}:"
            " pass one channel of one image, such as feature_maps[0, :, :, 0]"
        )
    values = as_numbers(values, "feature_map")
    if max(values.shape) > LARGEST_SIDE:
        raise ValueError(
            f"feature_map must have at most {LARGEST_SIDE} × {LARGEST_SIDE} values, got {values.shape}:"
            " take a part of it, feature_map[:256, :256]"
        )
    return values.astype(np.float32)
