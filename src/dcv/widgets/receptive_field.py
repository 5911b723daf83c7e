"""Chapter 5: build a stack of layers, and see how many pixels one of its neurons sees."""

import numpy as np
import traitlets

from dcv import shapes
from dcv.data import sample_image
from dcv.plots import draw_receptive_field, draw_zoom
from dcv.plots.style import as_image
from dcv.widgets.explorer import LARGEST_SIDE, Panel, PlacePicture, array_trait

KINDS = ("convolution", "pooling")
LARGEST_KERNEL, LARGEST_STRIDE, MOST_LAYERS = 11, 4, 8
LARGEST_STACK = 64  # pixels along an axis that the still picture of a stack has room for


class ReceptiveFieldPicture(PlacePicture):
    """A table of layers, the neurons of all of them, and the image below with the field framed."""

    front_end = "receptive_field"

    choices = ("layers", "kinds", "level", "row", "column", "size", "jump", "rows", "columns", "weights")

    image = array_trait()
    stack = traitlets.List().tag(sync=True)  # for each layer, the lowest first: [kind, kernel_size, stride]
    chosen_level = traitlets.Int(1, min=1).tag(sync=True)  # layer of the chosen neuron

    @property
    def layers(self):
        """The layers from the image upwards, each (kernel_size, stride), as `dcv.shapes` wants them."""
        return [(kernel_size, stride) for _, kernel_size, stride in self.stack]

    @layers.setter
    def layers(self, layers):
        layers = _as_layers(layers)
        self.stack = [[kind, *layer] for kind, layer in zip(_kinds_of(layers), layers, strict=True)]
        self.chosen_level = len(layers)

    @property
    def kinds(self):
        """For each layer "convolution" or "pooling"."""
        return [kind for kind, _, _ in self.stack]

    @kinds.setter
    def kinds(self, kinds):
        kinds = _as_kinds(kinds, len(self.stack))
        self.stack = [[kind, *layer] for kind, layer in zip(kinds, self.layers, strict=True)]

    @property
    def level(self):
        """The layer of the chosen neuron, counted from 1; never one that does not fit on the image."""
        return min(self.chosen_level, max(self._fitting(), 1))

    @level.setter
    def level(self, level):
        if level not in range(1, self._fitting() + 1):
            raise ValueError(f"level must be a whole number from 1 to {self._fitting()}, got {level!r}")
        self.chosen_level = level

    @property
    def size(self):
        """How many pixels the neuron sees along an axis."""
        return shapes.receptive_field(self._below())

    @property
    def jump(self):
        """How many pixels further on the field of its neighbour lies."""
        return shapes.input_stride(self._below())

    @property
    def rows(self):
        """The first and the last row of pixels that the neuron sees."""
        return shapes.receptive_interval(self._below(), self.row)

    @property
    def columns(self):
        """The first and the last column of pixels that the neuron sees."""
        return shapes.receptive_interval(self._below(), self.column)

    @property
    def weights(self):
        """Weights of the kernels up to the neuron, for one channel in and out; pooling has none."""
        below = self.stack[: self.level]
        return sum(kernel_size**2 for kind, kernel_size, _ in below if kind == "convolution")

    def _below(self):
        """Return the layers from the image up to the chosen neuron."""
        return self.layers[: self.level]

    def _map_sizes(self, axis):
        """Return the neurons along an axis of each layer that fits, the image first."""
        sizes = [self.image.shape[axis]]
        for kernel_size, stride in self.layers:
            if kernel_size > sizes[-1]:
                break
            sizes.append(shapes.output_size(sizes[-1], kernel_size, stride=stride))
        return sizes

    def _fitting(self):
        """Return how many layers find room on the image."""
        return min(len(self._map_sizes(axis)) for axis in (0, 1)) - 1

    def _middles(self, axis):
        if not self._fitting():
            raise ValueError(
                f"the kernel of layer 1, {self.layers[0]}, does not fit on the image: make it smaller"
            )
        count = self._map_sizes(axis)[self.level]
        return [sum(shapes.receptive_interval(self._below(), index)) / 2 for index in range(count)]

    def draw_still(self):
        """Return a Figure: the stack if it has room, else the image with the field."""
        width = self.image.shape[1]
        if width <= LARGEST_STACK:
            return draw_receptive_field(self._below(), self.column, size=width)
        return draw_zoom(self.image, [(self.rows[0], self.columns[0], self.size, self.size)])


def explore_receptive_field(layers=None, *, kinds=None, image=None):
    """Return a panel on which a reader builds a stack of layers and sees what its neurons see.

    Layers can be added, removed and changed. Point at a neuron of any layer, or focus the stack and use the
    arrow keys, to see which neurons below and which pixels it depends on. No layer has padding.

    Parameters
    ----------
    layers : sequence of (kernel_size, stride), optional
        From the image upwards, 1 to 8 layers, kernel sizes from 1 to 11, strides from 1 to 4; by default
        convolution, pooling, convolution.
    kinds : sequence of str, optional
        For each layer "convolution" or "pooling". By default, layers whose stride is as large as the window
        are poolings. The field is the same for both; pooling has no weights.
    image : array_like, optional
        (height, width) or (height, width, 3), uint8 or floats in [0, 1], at most 256 pixels a side; by
        default the cat, 64 × 64.

    Returns
    -------
    Panel
        ``panel.layers``, ``kinds``, ``level`` (the layer of the chosen neuron, counted from 1), ``row`` and
        ``column`` (its place in the map of that layer) can be read and set; ``panel.size``, ``jump``,
        ``rows``, ``columns`` and ``weights`` follow from them.

    Raises
    ------
    ValueError
        If a layer, a kind or the image is another, or the first layer does not fit on the image.

    Examples
    --------
    >>> panel = explore_receptive_field([(3, 1), (2, 2), (3, 1)])
    >>> panel.row, panel.column = 1, 2
    >>> panel.size, panel.jump, panel.rows, panel.columns
    (8, 2, (2, 9), (4, 11))
    """
    layers = _as_layers([(3, 1), (2, 2), (3, 1)] if layers is None else layers)
    kinds = _kinds_of(layers) if kinds is None else _as_kinds(kinds, len(layers))
    image = as_image(sample_image("chelsea", size=64) if image is None else image)
    if max(image.shape[:2]) > LARGEST_SIDE:
        raise ValueError(
            f"image must have at most {LARGEST_SIDE} × {LARGEST_SIDE} pixels, got {image.shape[:2]}:"
            " take a part of it, image[:256, :256], or every second pixel, image[::2, ::2]"
        )
    if layers[0][0] > min(image.shape[:2]):
        raise ValueError(
            f"the first kernel has {layers[0][0]} × {layers[0][0]} weights and does not fit on an image of"
            f" {image.shape[:2]} pixels: make the kernel smaller or the image larger"
        )
    picture = ReceptiveFieldPicture(
        image=image if image.dtype == np.uint8 else np.rint(255 * image).astype(np.uint8),
        stack=[[kind, *layer] for kind, layer in zip(kinds, layers, strict=True)],
        chosen_level=len(layers),
        place=[(length - 1) / 2 for length in image.shape[:2]],
    )
    alt = (
        f"A stack of {len(layers)} layers: one neuron of layer {picture.level} sees"
        f" {picture.size} × {picture.size} pixels of the image."
    )
    return Panel(picture, {}, name="explore_receptive_field", alt=alt)


def _as_layers(layers):
    """Return layers as a list of (kernel_size, stride), or say what is wrong with them."""
    layers = list(layers)
    if not 1 <= len(layers) <= MOST_LAYERS:
        raise ValueError(f"layers must be 1 to {MOST_LAYERS} pairs (kernel_size, stride), got {len(layers)}")
    for layer in layers:
        if not isinstance(layer, tuple | list) or len(layer) != 2:
            raise ValueError(f"each layer must be a pair (kernel_size, stride), got {layer!r}")
        for name, value, largest in zip(
            ("kernel_size", "stride"), layer, (LARGEST_KERNEL, LARGEST_STRIDE), strict=True
        ):
            if value not in range(1, largest + 1):
                raise ValueError(
                    f"{name} must be a whole number from 1 to {largest}, got {value!r} in {layer!r}"
                )
    return [(int(kernel_size), int(stride)) for kernel_size, stride in layers]


def _kinds_of(layers):
    """Return a kind for each layer: windows that touch, and do not overlap, are those of a pooling."""
    return ["pooling" if kernel_size == stride > 1 else "convolution" for kernel_size, stride in layers]


def _as_kinds(kinds, count):
    """Return a kind for each of `count` layers, or say what is wrong."""
    kinds = list(kinds)
    if len(kinds) != count or not set(kinds) <= set(KINDS):
        raise ValueError(f"kinds must be {count} times 'convolution' or 'pooling', got {kinds!r}")
    return kinds
