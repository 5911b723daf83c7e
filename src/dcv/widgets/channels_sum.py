"""Chapter 3: how one filter reads three channels and adds them up into one feature map."""

import numpy as np
import traitlets

from dcv.filters import vertical_edges
from dcv.ops import conv2d, correlate2d
from dcv.plots import draw_feature_maps
from dcv.widgets.channels import CHANNELS, as_colour
from dcv.widgets.explorer import ChosenName, Panel, Picture, array_trait, menu, slider

LARGEST_IMAGE_SIDE = 96  # pixels; four maps are computed of each image
LARGEST_KERNEL_SIDE = 5


class ChannelsSumPicture(Picture):
    """A window on an image in colour, the three slices of a filter, and the sum of all products."""

    front_end = "channels_sum"

    choices = ("filter", "kernel", "bias", "position", "row", "column", "channel_sums", "response")

    image = array_trait()
    unit = traitlets.Float(1.0).tag(sync=True)  # values are those of `image`, divided by this
    kernel_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    kernel_table = traitlets.List().tag(sync=True)  # for each name: rows of columns of three weights
    filter_index = traitlets.Int(0).tag(sync=True)
    filter = ChosenName("filter_index", "kernel_names")
    edited = traitlets.List().tag(sync=True)  # a kernel that the reader changed, else empty
    bias = traitlets.Float(0.0).tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)  # counted along the rows of the map

    @traitlets.observe("filter_index")
    def _forget_edits(self, change):
        self.edited = []

    @property
    def kernel(self):
        """The weights as an array (kernel_height, kernel_width, 3), with those that the reader changed."""
        return np.array(self.edited or self.kernel_table[self.filter_index], float)

    @kernel.setter
    def kernel(self, kernel):
        kernel = _as_filter(kernel, "kernel", self.image.shape)
        if kernel.shape != self.kernel.shape:
            raise ValueError(
                f"kernel must have the shape {self.kernel.shape} of the chosen one, got {kernel.shape}:"
                " pass your filter to explore_channels_sum"
            )
        self.edited = kernel.tolist()

    @property
    def values(self):
        """The image as the numbers that the filter meets, floats (height, width, 3)."""
        return self.image / self.unit

    @property
    def channel_maps(self):
        """The response of each slice to its own channel, (rows, columns, 3)."""
        kernel = self.kernel
        maps = [correlate2d(self.values[:, :, i], kernel[:, :, i]) for i in range(3)]
        return np.stack(maps, axis=-1)

    @property
    def response_map(self):
        """The feature map of the whole filter, as `dcv.ops.conv2d` computes it, (rows, columns)."""
        return conv2d(self.values[None], self.kernel[..., None], [self.bias])[0, :, :, 0]

    @property
    def row(self):
        """The row of the chosen position in the feature map."""
        return self._row_and_column()[0]

    @property
    def column(self):
        """The column of the chosen position in the feature map."""
        return self._row_and_column()[1]

    @property
    def channel_sums(self):
        """The sums of the products of red, green and blue at the chosen position: three floats."""
        return self.channel_maps[self.row, self.column].tolist()

    @property
    def response(self):
        """The three sums and the bias, added up."""
        return float(self.response_map[self.row, self.column])

    def _row_and_column(self):
        height, width = self.response_map.shape
        return divmod(self.position % (height * width), width)

    def draw_still(self):
        """Return a Figure: the response of each slice, and their sum."""
        maps = np.concatenate([self.channel_maps, self.response_map[..., None]], axis=-1)
        return draw_feature_maps(maps, titles=[*CHANNELS, "sum + bias"], columns=4, size=1.1)


def explore_channels_sum(image, kernels=None, *, filter=None, bias=0.0):
    """Return a panel on which a filter with three slices reads an image in colour.

    Point at the image or the map to look at a position, click to stay there, or focus one of them and use
    the arrow keys. Every weight of every slice can be edited, and the bias be moved.

    Parameters
    ----------
    image : array_like
        (height, width, 3), at most 96 pixels a side. The sums are those of the values that you pass, 0 to
        255 or 0 to 1.
    kernels : array_like or dict, optional
        A filter of yours (kernel_height, kernel_width, 3), at most 5 × 5, or a dict name → filter. By default
        three filters of 3 × 3: brightness, red minus green, and vertical edges.
    filter : str, optional
        Name of the filter to start with; by default red minus green, or the first of yours.
    bias : float
        What is added to the three sums.

    Returns
    -------
    Panel
        ``panel.kernel``, ``row``, ``column``, ``channel_sums`` and ``response`` are what the reader sees;
        ``panel.filter``, ``kernel``, ``bias`` and ``position`` can be set too.

    Raises
    ------
    ValueError
        If the image or a filter has another form, or a filter does not fit into the image.

    Examples
    --------
    >>> orange = np.ones((3, 4, 3)) * [1, 0.5, 0]
    >>> panel = explore_channels_sum(orange, np.ones((2, 2, 3)) * [1, -1, 0], bias=0.25)
    >>> panel.channel_sums, panel.response
    ([4.0, -2.0, 0.0], 2.25)
    """
    image = as_colour(image, LARGEST_IMAGE_SIDE)
    table = _default_filters() if kernels is None else _own_filters(kernels)
    table = {str(name): _as_filter(kernel, name, image.shape) for name, kernel in table.items()}
    if not np.isfinite(bias):
        raise ValueError(f"bias must be a finite number, got {bias!r}")
    pixels, unit = _as_pixels(image)
    picture = ChannelsSumPicture(
        image=pixels,
        unit=unit,
        kernel_names=list(table),
        kernel_table=[kernel.tolist() for kernel in table.values()],
        bias=float(bias),
    )
    picture.filter = filter or ("red minus green" if kernels is None else picture.kernel_names[0])
    height, width = picture.response_map.shape
    picture.position = height // 2 * width + width // 2
    # Steps of the bias that are visible beside the values of the image.
    limit, step = (100.0, 5.0) if np.abs(picture.values).max() > 10 else (1.0, 0.05)
    controls = {
        "filter_index": menu(picture.filter_index, table),
        "bias": slider(picture.bias, min(-limit, picture.bias), max(limit, picture.bias), step=step),
    }
    alt = f"Four maps of the filter {picture.filter}: that of its red, green and blue slice, and their sum."
    return Panel(picture, controls, name="explore_channels_sum", alt=alt)


def _default_filters():
    """Return filters of 3 × 3 whose three slices differ in what they do."""
    mean = np.full((3, 3), 1 / 9)
    nothing = np.zeros((3, 3))
    edges = vertical_edges() / 3
    slices = {
        "brightness": [mean / 3] * 3,
        "red minus green": [mean, -mean, nothing],
        "vertical edges": [edges] * 3,
    }
    return {name: np.stack(three, axis=-1) for name, three in slices.items()}


def _own_filters(kernels):
    """Return the learner's filters as a dict."""
    if not isinstance(kernels, dict):
        kernels = {"my filter": kernels}
    if not kernels:
        raise ValueError("kernels must be a filter or a dict with at least one, got an empty dict")
    return kernels


def _as_filter(kernel, name, image_shape):
    """Return a filter as floats, or say what is wrong with it."""
    kernel = np.asarray(kernel)
    limits = [min(size, LARGEST_KERNEL_SIDE) for size in image_shape[:2]]
    if (
        kernel.ndim != 3
        or kernel.shape[2] != 3
        or kernel.size == 0
        or kernel.shape[0] > limits[0]
        or kernel.shape[1] > limits[1]
    ):
        hint = ""
        if kernel.ndim == 4:
            hint = ": take one filter of the layer, kernels[:, :, :, 0]"
        elif kernel.ndim == 2:
            hint = ": np.stack([red, green, blue], axis=-1) makes a filter of three slices"
        raise ValueError(
            f"{name} must have the shape (kernel_height, kernel_width, 3), at most"
            f" {limits[0]} × {limits[1]}, got {kernel.shape}{hint}"
        )
    if kernel.dtype.kind not in "buif" or not np.isfinite(kernel).all():
        raise ValueError(f"{name} must hold finite real numbers, got {kernel.tolist()}")
    return kernel.astype(float)


def _as_pixels(image):
    """Return an image and by what to divide it; bytes divided by 255 travel as bytes, a quarter as large."""
    if image.dtype == np.uint8:
        return image, 1.0
    as_bytes = np.rint(image * 255.0)
    are_bytes = as_bytes.min() >= 0 and as_bytes.max() <= 255
    if are_bytes and np.allclose(as_bytes / 255, image, rtol=0, atol=1e-7):
        return as_bytes.astype(np.uint8), 255.0
    return image.astype(np.float32), 1.0
