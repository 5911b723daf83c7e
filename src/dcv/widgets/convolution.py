"""Chapter 3: slide a kernel over an image and see every product and every sum."""

import inspect

import numpy as np
import traitlets

from dcv.filters import FILTERS
from dcv.ops import correlate2d
from dcv.plots import draw_correlation
from dcv.widgets.explorer import ChosenName, Panel, Picture, array_trait, as_gray, menu, slider

KERNEL_SIZES = (1, 3, 5, 7)
LARGEST_STRIDE, LARGEST_PADDING = 4, 3


class ConvolutionPicture(Picture):
    """An image with a window, the kernel, their products, and the response map."""

    front_end = "convolution"

    choices = (
        "filter",
        "kernel",
        "kernel_size",
        "stride",
        "padding",
        "position",
        "row",
        "column",
        "response",
    )

    image = array_trait()
    kernel_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    kernel_table = traitlets.List().tag(sync=True)  # for each name, for each size: the rows of a kernel
    sizes = traitlets.List(traitlets.Int()).tag(sync=True)  # empty if each name has one kernel only
    filter_index = traitlets.Int(0).tag(sync=True)
    filter = ChosenName("filter_index", "kernel_names")
    kernel_size = traitlets.Int(3).tag(sync=True)
    edited = traitlets.List().tag(sync=True)  # the rows of a kernel that the reader changed, else empty
    stride = traitlets.Int(1, min=1, max=LARGEST_STRIDE).tag(sync=True)
    padding = traitlets.Int(0, min=0, max=LARGEST_PADDING).tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)  # counted along the rows of the response map

    @traitlets.validate("kernel_size")
    def _check_kernel_size(self, proposal):
        if self.sizes and proposal["value"] not in self.sizes:
            raise traitlets.TraitError(f"kernel_size must be one of {self.sizes}, got {proposal['value']}")
        return proposal["value"]

    @traitlets.observe("filter_index", "kernel_size")
    def _forget_edits(self, change):
        self.edited = []

    @property
    def kernel(self):
        """The kernel as an array (kernel_height, kernel_width), with the cells that the reader changed."""
        size_index = self.sizes.index(self.kernel_size) if self.sizes else 0
        return np.array(self.edited or self.kernel_table[self.filter_index][size_index], float)

    @kernel.setter
    def kernel(self, kernel):
        kernel = _as_kernel(kernel, "kernel")
        if kernel.shape != self.kernel.shape:
            raise ValueError(
                f"kernel must have the shape {self.kernel.shape} of the chosen one, got {kernel.shape}:"
                " choose another kernel_size first, or pass your kernel to explore_convolution"
            )
        self.edited = kernel.tolist()

    @property
    def response_map(self):
        """The response at every position, as `dcv.ops.correlate2d` computes it."""
        return correlate2d(self.image.astype(float), self.kernel, stride=self.stride, padding=self.padding)

    @property
    def row(self):
        """The row of the chosen position in the response map."""
        return self._row_and_column()[0]

    @property
    def column(self):
        """The column of the chosen position in the response map."""
        return self._row_and_column()[1]

    @property
    def response(self):
        """The response at the chosen position."""
        return float(self.response_map[self.row, self.column])

    def _row_and_column(self):
        height, width = self.response_map.shape
        return divmod(self.position % (height * width), width)

    def draw_still(self):
        """Return a Figure: image, kernel, response map."""
        image = self.image if self.image.dtype == np.uint8 else _into_unit_interval(self.image)
        return draw_correlation(image, self.kernel, self.response_map)


def explore_convolution(image, kernels=None, *, filter=None, kernel_size=3, stride=1, padding=0):
    """Return a panel on which a kernel slides over an image, with every product and every sum.

    Point at the image or at the response map to look at a position, click to stay there, or focus one of
    them and use the arrow keys. Every cell of the kernel can be edited.

    Parameters
    ----------
    image : array_like
        (height, width) or (height, width, 3), which becomes gray; at most 256 pixels a side. The sums are
        those of the values that you pass, 0 to 255 or 0 to 1.
    kernels : array_like or dict, optional
        A kernel of yours (kernel_height, kernel_width), or a dict name → kernel. By default all of
        `dcv.filters.FILTERS`, at four sizes.
    filter : str, optional
        Name of the kernel to start with; by default the vertical edges, or the first of yours.
    kernel_size : int
        Size to start with: 1, 3, 5 or 7. Kernels of yours keep their own size.
    stride : int
        Pixels from one window to the next, 1 to 4.
    padding : int
        Zeros around the image, 0 to 3.

    Returns
    -------
    Panel
        ``panel.kernel``, ``panel.row``, ``panel.column`` and ``panel.response`` are what the reader sees;
        ``panel.filter``, ``kernel_size``, ``stride``, ``padding`` and ``position`` can be set too.

    Raises
    ------
    ValueError
        If the image or a kernel has another form, a setting is out of range, or the kernel does not fit
        into the padded image.

    Examples
    --------
    >>> image = np.zeros((8, 8))
    >>> image[:, 4:] = 1  # brighter to the right
    >>> panel = explore_convolution(image, stride=2)
    >>> panel.position = 1
    >>> panel.row, panel.column, panel.response
    (0, 1, 4.0)
    """
    image = as_gray(image)
    table, sizes = _filter_table() if kernels is None else (_own_table(kernels), [])
    if sizes and kernel_size not in sizes:
        raise ValueError(f"kernel_size must be one of {sizes}, got {kernel_size!r}")
    _check_between("stride", stride, 1, LARGEST_STRIDE)
    _check_between("padding", padding, 0, LARGEST_PADDING)
    picture = ConvolutionPicture(
        image=image,
        kernel_names=list(table),
        kernel_table=list(table.values()),
        sizes=sizes,
        kernel_size=kernel_size if sizes else 3,
        stride=stride,
        padding=padding,
    )
    picture.filter = filter or ("vertical_edges" if kernels is None else picture.kernel_names[0])
    controls = {
        "filter_index": menu(picture.filter_index, [name.replace("_", " ") for name in table]),
        "kernel_size": slider(kernel_size, min(KERNEL_SIZES), max(KERNEL_SIZES), step=2),
        "stride": slider(stride, 1, LARGEST_STRIDE),
        "padding": slider(padding, 0, LARGEST_PADDING),
    }
    if not sizes:
        del controls["kernel_size"]
    alt = f"An image, the {picture.filter.replace('_', ' ')} kernel, and the response map."
    return Panel(picture, controls, name="explore_convolution", alt=alt)


def _check_between(name, value, low, high):
    """Raise a ValueError unless a value is a whole number between two limits."""
    if value not in range(low, high + 1):
        raise ValueError(f"{name} must be a whole number from {low} to {high}, got {value!r}")


def _filter_table():
    """Return all filters of the course as name → one kernel for each size, and those sizes."""
    table = {name: [_rows(_filter_at(make, size)) for size in KERNEL_SIZES] for name, make in FILTERS.items()}
    return table, list(KERNEL_SIZES)


def _filter_at(make, size):
    """Return a filter at a size; those that exist only as 3 × 3 are smoothed to become larger.

    This is how the Sobel kernels of larger sizes are made: first smooth the image, then filter it.
    """
    if "size" in inspect.signature(make).parameters:
        return make(size)
    kernel = make()
    if size < 3:
        return kernel[1:2, 1:2]  # the centre is all that is left
    binomial = np.ones(1)
    for _ in range(size - 3):
        binomial = np.convolve(binomial, [0.5, 0.5])
    smoothing = np.outer(binomial, binomial)  # (size - 2, size - 2)
    return correlate2d(kernel, smoothing, padding=size - 3)


def _own_table(kernels):
    """Return the learner's kernels as name → a list of one kernel."""
    if not isinstance(kernels, dict):
        kernels = {"my kernel": kernels}
    if not kernels:
        raise ValueError("kernels must be a kernel or a dict with at least one, got an empty dict")
    return {str(name): [_rows(_as_kernel(kernel, name))] for name, kernel in kernels.items()}


def _as_kernel(kernel, name):
    """Return a kernel as floats, or say what is wrong with it."""
    kernel = np.asarray(kernel)
    if kernel.ndim != 2 or kernel.size == 0 or max(kernel.shape) > max(KERNEL_SIZES):
        raise ValueError(
            f"{name} must have the shape (kernel_height, kernel_width), each from 1 to {max(KERNEL_SIZES)},"
            f" got {kernel.shape}"
        )
    if kernel.dtype.kind not in "buif" or not np.isfinite(kernel).all():
        raise ValueError(f"{name} must hold finite real numbers, got {kernel.tolist()}")
    return kernel.astype(float)


def _rows(kernel):
    """Return a kernel as lists; seven digits are what float32 has, and make the page smaller."""
    return [[float(f"{weight:.7g}") for weight in row] for row in kernel]


def _into_unit_interval(image):
    """Return an image moved and scaled into [0, 1], as figures want it; one that lies there stays."""
    low, high = min(float(image.min()), 0.0), max(float(image.max()), 1.0)
    return (image - low) / (high - low)
