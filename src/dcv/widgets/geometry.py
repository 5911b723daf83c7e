"""Chapter 4: where a window can stand, how many positions it has, and which pixels it never sees."""

import traitlets
from ipywidgets import Checkbox

from dcv import shapes
from dcv.ops import window_coverage
from dcv.plots import draw_coverage, draw_image
from dcv.widgets.explorer import Panel, Picture, menu, slider

LARGEST = {"size": 32, "kernel_size": 7, "stride": 4, "dilation": 4}
PADDINGS = (0, 1, 2, 3, "same")  # the same list stands in geometry.js
LARGEST_STILL = 24  # pixels a side; beyond that no counts can be read in print


class GeometryPicture(Picture):
    """A padded image with a window, the grid of its positions, and the formula that counts them."""

    front_end = "geometry"

    choices = (
        *("size", "kernel_size", "padding", "stride", "dilation", "counts"),
        *("output_size", "row", "column", "coverage"),
    )

    size = traitlets.Int(8, min=1, max=LARGEST["size"]).tag(sync=True)
    kernel_size = traitlets.Int(3, min=1, max=LARGEST["kernel_size"]).tag(sync=True)
    padding_index = traitlets.Int(0, min=0, max=len(PADDINGS) - 1).tag(sync=True)
    stride = traitlets.Int(1, min=1, max=LARGEST["stride"]).tag(sync=True)
    dilation = traitlets.Int(1, min=1, max=LARGEST["dilation"]).tag(sync=True)
    counts = traitlets.Bool(True).tag(sync=True)  # whether each pixel shows how often it is used
    # What the reader pointed at; the output may have become smaller since.
    chosen_row = traitlets.Int(0, min=0).tag(sync=True)
    chosen_column = traitlets.Int(0, min=0).tag(sync=True)

    @property
    def padding(self):
        """The padding, as all functions of `dcv.shapes` take it: 0 to 3, or "same"."""
        return PADDINGS[self.padding_index]

    @padding.setter
    def padding(self, padding):
        padding = 0 if padding == "valid" else padding
        if isinstance(padding, bool) or padding not in PADDINGS:
            raise ValueError(
                f"padding must be 'valid', 'same' or a whole number from 0 to 3, got {padding!r}"
            )
        self.padding_index = PADDINGS.index(padding)

    @property
    def movement(self):
        """Stride, padding and dilation, as keyword arguments for `dcv.shapes`."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    @property
    def output_size(self):
        """Positions of the window along one axis; 0 if it does not fit."""
        return shapes.output_size(self.size, self.kernel_size, **self.movement) if self._fits() else 0

    @property
    def coverage(self):
        """How many windows use each pixel, (size, size), by `dcv.ops.window_coverage`; None without any."""
        return window_coverage(self.size, self.kernel_size, **self.movement) if self._fits() else None

    @property
    def row(self):
        """The row of the chosen output position; None if the window does not fit."""
        return min(self.chosen_row, self.output_size - 1) if self._fits() else None

    @row.setter
    def row(self, row):
        self.chosen_row = row

    @property
    def column(self):
        """The column of the chosen output position; None if the window does not fit."""
        return min(self.chosen_column, self.output_size - 1) if self._fits() else None

    @column.setter
    def column(self, column):
        self.chosen_column = column

    def _fits(self):
        amounts = shapes.padding_amounts(self.size, self.kernel_size, **self.movement)
        return shapes.kernel_span(self.kernel_size, dilation=self.dilation) <= self.size + sum(amounts)

    def draw_still(self):
        """Return a Figure: how many windows use each pixel."""
        title = f"used by so many windows; output {self.output_size} × {self.output_size}"
        if self.size <= LARGEST_STILL:
            return draw_coverage(self.coverage, title=title)
        return draw_image(self.coverage / max(self.coverage.max(), 1), title=title)


def explore_geometry(size=8, kernel_size=3, *, padding=0, stride=1, dilation=1, counts=True):
    """Return a panel on which a window walks over a padded image of size × size pixels.

    Point at the image or at the output to look at a position, click to stay there, or focus one of them and
    use the arrow keys. Pixels that no window uses are hatched, the formula of the output size is filled in.

    Parameters
    ----------
    size : int
        Height and width of the image, 1 to 32.
    kernel_size : int
        Height and width of the kernel, 1 to 7.
    padding : "valid", "same" or int
        Pixels around the image; a whole number from 0 to 3 on all sides. "valid" is read back as 0.
    stride : int
        Pixels from one window to the next, 1 to 4.
    dilation : int
        Distance of neighbouring kernel elements, 1 to 4.
    counts : bool
        Whether each pixel shows how many windows use it.

    Returns
    -------
    Panel
        ``panel.size``, ``kernel_size``, ``padding``, ``stride``, ``dilation``, ``counts``, ``row`` and
        ``column`` can be read and set; ``panel.output_size`` (0 if the kernel does not fit) and
        ``panel.coverage``, (size, size), int, follow from them.

    Raises
    ------
    ValueError
        If a setting is out of range, or the kernel does not fit into the padded image at the start.

    Examples
    --------
    >>> panel = explore_geometry(6, 2, stride=3)
    >>> panel.output_size
    2
    >>> panel.coverage[0]  # two pixels of this row are used by no window
    array([1, 1, 0, 1, 1, 0])
    """
    settings = {"size": size, "kernel_size": kernel_size, "stride": stride, "dilation": dilation}
    for name, value in settings.items():
        if isinstance(value, bool) or value not in range(1, LARGEST[name] + 1):
            raise ValueError(f"{name} must be a whole number from 1 to {LARGEST[name]}, got {value!r}")
    picture = GeometryPicture(**settings, counts=bool(counts))
    picture.padding = padding
    shapes.output_size(size, kernel_size, **picture.movement)  # says by how much a kernel does not fit
    controls = {
        "size": slider(size, 1, LARGEST["size"]),
        "kernel_size": slider(kernel_size, 1, LARGEST["kernel_size"]),
        "padding_index": menu(picture.padding_index, ["0 (valid)", "1", "2", "3", "same"]),
        "stride": slider(stride, 1, LARGEST["stride"]),
        "dilation": slider(dilation, 1, LARGEST["dilation"]),
        "counts": Checkbox(value=picture.counts, indent=False, description="count the windows on each pixel"),
    }
    alt = (
        f"{size} × {size} pixels, each with the number of windows that use it, for a kernel of {kernel_size},"
        f" padding {picture.padding}, stride {stride}, dilation {dilation}: the output is"
        f" {picture.output_size} × {picture.output_size}."
    )
    return Panel(picture, controls, name="explore_geometry", alt=alt)
