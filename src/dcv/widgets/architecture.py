"""Chapter 6: build a convolutional network and see shapes and parameters, layer by layer."""

from typing import NamedTuple

import traitlets

from dcv.plots import draw_bars
from dcv.shapes import conv_parameters, dense_parameters, output_size
from dcv.widgets.explorer import Panel, Picture, index_of, menu, slider

PADDINGS = ("valid", "same")
HEADS = ("flatten", "global_average", "global_max")
POOL_SIZE = 2
BLOCKS = 3
LARGEST_FILTERS, LARGEST_KERNEL, LARGEST_HIDDEN = 128, 7, 256

KERAS_HEADS = {
    "flatten": "Flatten",
    "global_average": "GlobalAveragePooling2D",
    "global_max": "GlobalMaxPooling2D",
}


class Layer(NamedTuple):
    """One row of the table: a layer of Keras, what leaves it, and what it has to learn.

    Attributes
    ----------
    kind : str
        Name of the class in ``keras.layers``.
    arguments : dict
        What to pass to that class.
    shape : tuple of int
        Shape of the output, without the batch axis.
    parameters : int
        Weights and biases.
    """

    kind: str
    arguments: dict
    shape: tuple[int, ...]
    parameters: int


class ArchitecturePicture(Picture):
    """The layers of a network as a table, with a bar for the parameters of each."""

    front_end = "architecture"

    choices = (
        *(f"filters_{block}" for block in range(1, BLOCKS + 1)),
        *(f"kernel_size_{block}" for block in range(1, BLOCKS + 1)),
        "padding",
        "pooled_blocks",
        "head",
        "hidden_units",
        "layers",
        "parameters",
    )

    input_shape = traitlets.List(traitlets.Int()).tag(sync=True)
    classes = traitlets.Int(10).tag(sync=True)
    filters_1 = traitlets.Int(32, min=1).tag(sync=True)
    filters_2 = traitlets.Int(64, min=1).tag(sync=True)
    filters_3 = traitlets.Int(64, min=1).tag(sync=True)
    kernel_size_1 = traitlets.Int(3, min=1).tag(sync=True)
    kernel_size_2 = traitlets.Int(3, min=1).tag(sync=True)
    kernel_size_3 = traitlets.Int(3, min=1).tag(sync=True)
    padding_index = traitlets.Int(0, min=0, max=len(PADDINGS) - 1).tag(sync=True)
    pooled_blocks = traitlets.Int(2, min=0, max=BLOCKS).tag(sync=True)
    head_index = traitlets.Int(0, min=0, max=len(HEADS) - 1).tag(sync=True)
    hidden_units = traitlets.Int(64, min=0).tag(sync=True)

    @property
    def padding(self):
        """Padding of the convolutions: "valid" or "same"."""
        return PADDINGS[self.padding_index]

    @padding.setter
    def padding(self, name):
        self.padding_index = index_of(name, PADDINGS, "padding")

    @property
    def head(self):
        """How maps become a vector: "flatten", "global_average" or "global_max"."""
        return HEADS[self.head_index]

    @head.setter
    def head(self, name):
        self.head_index = index_of(name, HEADS, "head")

    @property
    def layers(self):
        """The layers, as a list of `Layer`; a ValueError where a kernel does not fit into its maps."""
        filters = (self.filters_1, self.filters_2, self.filters_3)
        kernel_sizes = (self.kernel_size_1, self.kernel_size_2, self.kernel_size_3)
        *size, channels = self.input_shape
        rows = []
        for block, (count, kernel_size) in enumerate(zip(filters, kernel_sizes, strict=True), 1):
            size = [output_size(length, kernel_size, padding=self.padding) for length in size]
            learned = conv_parameters(kernel_size, channels, count)
            convolution = {"filters": count, "kernel_size": kernel_size, "padding": self.padding}
            arguments = {**convolution, "activation": "relu", "name": f"conv{block}"}
            rows.append(Layer("Conv2D", arguments, (*size, count), learned))
            channels = count
            if block <= self.pooled_blocks:
                size = [output_size(length, POOL_SIZE, stride=POOL_SIZE) for length in size]
                arguments = {"pool_size": POOL_SIZE, "name": f"pool{block}"}
                rows.append(Layer("MaxPooling2D", arguments, (*size, channels), 0))
        features = size[0] * size[1] * channels if self.head == "flatten" else channels
        rows.append(Layer(KERAS_HEADS[self.head], {"name": self.head}, (features,), 0))
        if self.hidden_units:
            learned = dense_parameters(features, self.hidden_units)
            arguments = {"units": self.hidden_units, "activation": "relu", "name": "hidden"}
            rows.append(Layer("Dense", arguments, (self.hidden_units,), learned))
            features = self.hidden_units
        learned = dense_parameters(features, self.classes)
        return [*rows, Layer("Dense", {"units": self.classes, "name": "logits"}, (self.classes,), learned)]

    @property
    def parameters(self):
        """Parameters of all layers together."""
        return sum(layer.parameters for layer in self.layers)

    def draw_still(self):
        """Return a Figure: a bar for each layer that learns."""
        counts = {layer.arguments["name"]: layer.parameters for layer in self.layers if layer.parameters}
        return draw_bars(counts, label=f"parameters, {self.parameters:,} in all")


def explore_architecture(
    input_shape=(32, 32, 3),
    classes=10,
    *,
    filters=(32, 64, 64),
    kernel_sizes=(3, 3, 3),
    padding="valid",
    pooled_blocks=2,
    head="flatten",
    hidden_units=64,
):
    """Return a panel on which a network of three convolutions can be changed, with all shapes and parameters.

    It starts with the baseline of the course, `dcv.models.baseline_convnet`.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image.
    classes : int
        How many logits there are, at least 2.
    filters : tuple of int
        Filters of the three convolutions, each from 1 to 128.
    kernel_sizes : tuple of int
        Height and width of the kernels of each, odd, 1 to 7.
    padding : {"valid", "same"}
        Padding of the convolutions.
    pooled_blocks : int
        The first so many convolutions, 0 to 3, are followed by 2 × 2 max pooling.
    head : {"flatten", "global_average", "global_max"}
        How the last maps become a vector.
    hidden_units : int
        Units of the dense layer before the logits, 0 to 256; 0 leaves it out.

    Returns
    -------
    Panel
        ``panel.layers`` is what the reader built, a list of (kind, arguments, shape, parameters), from which
        a Keras model is made in one line; ``panel.parameters`` is their sum. The settings can be read and
        set: ``filters_1``, ``kernel_size_1``, ``padding``, ``pooled_blocks``, ``head``, ``hidden_units``.

    Raises
    ------
    ValueError
        If a setting is out of range, or a kernel does not fit into the maps that reach it.

    Examples
    --------
    >>> panel = explore_architecture()
    >>> panel.parameters
    122570
    >>> panel.head = "global_average"
    >>> panel.layers[-2].shape, panel.parameters
    ((64,), 61130)

    The same in Keras is ``keras.Sequential([keras.Input((32, 32, 3)), *built])`` with ``built =
    [getattr(keras.layers, layer.kind)(**layer.arguments) for layer in panel.layers]``.
    """
    given = _checked(input_shape, classes, filters, kernel_sizes, pooled_blocks, hidden_units)
    picture = ArchitecturePicture(
        **given,
        padding_index=index_of(padding, PADDINGS, "padding"),
        head_index=index_of(head, HEADS, "head"),
    )
    controls = {}
    for block in range(1, BLOCKS + 1):
        filters, kernel_size = f"filters_{block}", f"kernel_size_{block}"
        controls[filters] = slider(given[filters], 1, LARGEST_FILTERS)
        controls[kernel_size] = slider(given[kernel_size], 1, LARGEST_KERNEL, step=2)
    controls |= {
        "padding_index": menu(picture.padding_index, PADDINGS),
        "pooled_blocks": slider(pooled_blocks, 0, BLOCKS),
        "head_index": menu(picture.head_index, [name.replace("_", " ") for name in HEADS]),
        "hidden_units": slider(hidden_units, 0, LARGEST_HIDDEN),
    }
    alt = f"A bar of parameters for each layer, {picture.parameters:,} in all."
    return Panel(picture, controls, name="explore_architecture", alt=alt)


def _checked(input_shape, classes, filters, kernel_sizes, pooled_blocks, hidden_units):
    """Return the settings by the names of their traits, or say what is wrong with one."""
    shape = list(input_shape)
    if len(shape) != 3 or not all(isinstance(size, int) and 1 <= size <= 512 for size in shape):
        raise ValueError(
            f"input_shape must be (height, width, channels), each from 1 to 512; got {input_shape}"
        )
    for name, values in (("filters", filters), ("kernel_sizes", kernel_sizes)):
        if not isinstance(values, tuple | list) or len(values) != BLOCKS:
            raise ValueError(f"{name} must be {BLOCKS} numbers, one for each convolution, got {values!r}")
    settings = {"classes": classes, "pooled_blocks": pooled_blocks, "hidden_units": hidden_units}
    limits = {"classes": (2, 1000), "pooled_blocks": (0, BLOCKS), "hidden_units": (0, LARGEST_HIDDEN)}
    for block in range(1, BLOCKS + 1):
        settings[f"filters_{block}"], limits[f"filters_{block}"] = filters[block - 1], (1, LARGEST_FILTERS)
        settings[f"kernel_size_{block}"] = kernel_sizes[block - 1]
        limits[f"kernel_size_{block}"] = (1, LARGEST_KERNEL)
    for name, value in settings.items():
        low, high = limits[name]
        if value not in range(low, high + 1) or (name.startswith("kernel_size") and value % 2 == 0):
            odd = "an odd" if name.startswith("kernel_size") else "a whole"
            raise ValueError(f"{name} must be {odd} number from {low} to {high}, got {value!r}")
    return {"input_shape": shape, **settings}
