"""Chapters 6 to 8: look into a network that you trained, while it looks at an image."""

import ipywidgets
import numpy as np
import traitlets

from dcv.evaluation import softmax
from dcv.plots import draw_network
from dcv.widgets.explorer import Panel, Picture, array_trait, slider
from dcv.widgets.network_forward import forward
from dcv.widgets.network_graph import pack_weights, read_network, unpack_weights

LARGEST_SIDE = 96  # pixels
MOST_IMAGES = 30
LARGEST_BLOCK = 2_000_000  # bytes of weights, which travel in the page
NOISE_UNIT = 42  # of the stored pattern, one standard deviation
COVER_GRAY = 128
LARGEST_NOISE = 60
IMAGE_STEPS = ("shift_right", "shift_down", "cover", "noise", "mirror")


class NetworkPicture(Picture):
    """The image, the feature maps of all layers, the prediction, and the arithmetic behind one value."""

    front_end = "network"
    parts = ("network_engine", "network_parts", "network_band", "network_zoom")

    choices = (
        "image_index",
        *IMAGE_STEPS,
        "cover_row",
        "cover_column",
        "own_image",
        "image",
        "layer",
        "channel",
        "row",
        "column",
        "value",
        "switched_off",
        "class_name",
        "prediction",
        "probabilities",
        "logits",
    )

    # The network.
    nodes = traitlets.List().tag(sync=True)
    places = traitlets.List().tag(sync=True)
    weights = array_trait()
    logits_node = traitlets.Int(1).tag(sync=True)
    scale = traitlets.Float(1 / 255).tag(sync=True)  # grey level → what the network takes
    precision = traitlets.Unicode("int12").tag(sync=True)
    rounding = traitlets.Float(0.0).tag(sync=True)  # how far that moves a probability, at most
    left_out = traitlets.List(traitlets.Unicode()).tag(sync=True)
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)

    # The image, and what is done to it.
    images = array_trait()  # (count, height, width, channels), uint8
    image_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    noise_pattern = array_trait()  # (height, width, channels), uint8
    image_index = traitlets.Int(0, min=0).tag(sync=True)  # the one after the last is the reader's own
    own_pixels = traitlets.List(traitlets.Int()).tag(sync=True)  # empty until the reader draws
    shift_right = traitlets.Int(0).tag(sync=True)
    shift_down = traitlets.Int(0).tag(sync=True)
    mirror = traitlets.Bool(False).tag(sync=True)
    noise = traitlets.Int(0, min=0, max=LARGEST_NOISE).tag(sync=True)
    cover = traitlets.Int(0, min=0).tag(sync=True)
    cover_row = traitlets.Int(0, min=0).tag(sync=True)
    cover_column = traitlets.Int(0, min=0).tag(sync=True)

    # What the reader looks at.
    node = traitlets.Int(1, min=0).tag(sync=True)
    channel = traitlets.Int(0, min=0).tag(sync=True)
    row = traitlets.Int(0, min=0).tag(sync=True)
    column = traitlets.Int(0, min=0).tag(sync=True)
    source = traitlets.Int(-1, min=-1).tag(sync=True)  # the input channel in the zoom; −1: the strongest
    class_index = traitlets.Int(-1, min=-1).tag(sync=True)  # −1: the one that is predicted
    switched_off = traitlets.List().tag(sync=True)  # pairs [node, channel]

    def __init__(self, **traits):
        super().__init__(**traits)
        self._answers = {}

    @traitlets.validate("image_index")
    def _check_image_index(self, proposal):
        if proposal["value"] > len(self.images):
            raise traitlets.TraitError(
                f"image_index must be at most {len(self.images)}, which is your own image,"
                f" got {proposal['value']}"
            )
        return proposal["value"]

    @traitlets.validate("node")
    def _check_node(self, proposal):
        if proposal["value"] >= len(self.nodes):
            raise traitlets.TraitError(f"node must be at most {len(self.nodes) - 1}, got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("channel", "row", "column")
    def _check_place(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        most = self._shape[("row", "column", "channel").index(name)] - 1
        if value > most:
            raise traitlets.TraitError(f"{name} must be at most {most} in layer {self.layer}, got {value}")
        return value

    @traitlets.validate("switched_off")
    def _check_switched_off(self, proposal):
        for pair in proposal["value"]:
            if len(pair) != 2 or not 0 < pair[0] < len(self.nodes):
                raise traitlets.TraitError(f"switched_off must be pairs (layer, channel), got {pair!r}")
            if not 0 <= pair[1] < self.nodes[pair[0]]["shape"][-1]:
                raise traitlets.TraitError(f"layer {self.nodes[pair[0]]['name']} has no channel {pair[1]}")
        return [list(pair) for pair in proposal["value"]]

    @traitlets.observe("node")
    def _stay_inside(self, change):
        rows, columns, channels = self._shape
        self.row, self.column = min(self.row, rows - 1), min(self.column, columns - 1)
        self.channel = min(self.channel, channels - 1)

    @property
    def _shape(self):
        """(rows, columns, channels) of the layer; a vector has one row and one column."""
        shape = self.nodes[self.node]["shape"]
        return tuple(shape) if len(shape) == 3 else (1, 1, *shape)

    @property
    def layer(self):
        """The name of the layer that the reader looks at; set it to go to another one."""
        return self.nodes[self.node]["name"]

    @layer.setter
    def layer(self, name):
        names = [node["name"] for node in self.nodes]
        if name not in names:
            raise ValueError(f"layer must be one of {', '.join(names)}, got {name!r}")
        self.node = names.index(name)

    @property
    def class_name(self):
        """The class whose score is explained: the one that the reader chose, or the predicted one."""
        return self.prediction if self.class_index < 0 else self.class_names[self.class_index]

    @class_name.setter
    def class_name(self, name):
        if name not in self.class_names:
            raise ValueError(f"class_name must be one of {', '.join(self.class_names)}, got {name!r}")
        self.class_index = self.class_names.index(name)

    @property
    def own_image(self):
        """What the reader drew or loaded (height, width, channels), uint8; None if nothing yet."""
        return np.array(self.own_pixels, np.uint8).reshape(self.images.shape[1:]) if self.own_pixels else None

    @own_image.setter
    def own_image(self, image):
        image = np.asarray(image)
        if image.shape != self.images.shape[1:] or image.dtype != np.uint8:
            raise ValueError(
                f"own_image must be uint8 in the shape {self.images.shape[1:]},"
                f" got {image.dtype} in {image.shape}"
            )
        self.own_pixels = image.ravel().tolist()
        self.image_index = len(self.images)

    @property
    def image(self):
        """The image that the network gets, (height, width, channels), uint8: with all that was done to it."""
        if self.image_index < len(self.images):
            image = self.images[self.image_index]
        else:
            image = self.own_image if self.own_pixels else np.full_like(self.images[0], COVER_GRAY)
        if self.mirror:
            image = image[:, ::-1]
        height, width, _ = image.shape
        rows = np.clip(np.arange(height) - self.shift_down, 0, height - 1)
        columns = np.clip(np.arange(width) - self.shift_right, 0, width - 1)
        image = image[rows][:, columns].astype(float)
        image += self.noise / NOISE_UNIT * (self.noise_pattern.astype(float) - COVER_GRAY)
        if self.cover:
            covered = _around(self.cover_row, self.cover), _around(self.cover_column, self.cover)
            image[covered] = COVER_GRAY
        return np.clip(np.floor(image + 0.5), 0, 255).astype(np.uint8)

    @property
    def outputs(self):
        """What every node gives out for the image, as a list of arrays; computed with the stored weights."""
        image = self.image
        question = (image.tobytes(), tuple(map(tuple, self.switched_off)))
        if question not in self._answers:
            batch = image[None].astype(np.float32) * np.float32(self.scale)
            outputs = forward(self._network, batch, tensors=self._stored, switched_off=self.switched_off)
            self._answers = {question: [output[0] for output in outputs]}
        return self._answers[question]

    @property
    def value(self):
        """The value that the reader looks at: of the layer and channel, at the row and column."""
        return float(self.outputs[self.node].reshape(self._shape)[self.row, self.column, self.channel])

    @property
    def logits(self):
        """The scores before softmax, (classes,), float32."""
        return self.outputs[self.logits_node]

    @property
    def probabilities(self):
        """The probability of each class: a dict name → number."""
        return dict(zip(self.class_names, softmax(self.logits).tolist(), strict=True))

    @property
    def prediction(self):
        """The name of the class with the largest probability."""
        return self.class_names[int(np.argmax(self.logits))]

    def draw_still(self):
        """Return a Figure: the image, four feature maps of each layer, the largest probabilities."""
        layers = {}
        for node, output in zip(self.nodes[1:], self.outputs[1:], strict=True):
            if output.ndim == 3 and min(output.shape[:2]) > 1:
                layers[node["name"]] = output
        image = self.image if self.image.shape[2] == 3 else self.image[..., 0]
        if not layers:
            layers = {"image": self.outputs[0]}
        return draw_network(image, layers, self.probabilities)


def explore_network(model, images, class_names, *, image_names=None, scale=None, precision="int12"):
    """Return a panel that shows a whole network at work: every layer, every map, every sum.

    The weights travel into the page and the network runs there. Choose an image, draw one or load your own;
    move it, mirror it, cover a part, add noise, and watch every layer follow. Click a feature map to see how
    it comes about, click a value to see its window and its sum, click a class to see what speaks for it.
    Switch maps off and see what the network says without them.

    Parameters
    ----------
    model : keras.Model
        A built Sequential or functional classifier: one input (height, width, 1 or 3), one output (classes,),
        logits or softmax. Convolutions of all kinds, pooling, batch normalization, activations, dropout,
        dense layers, and layers that add, multiply or join; models inside the model are unfolded.
    images : array_like
        (count, height, width, channels), or (count, height, width) for one channel; uint8 in [0, 255] or
        floats in [0, 1]. At most 30 of the size that the model takes.
    class_names : sequence of str
        One name for each output.
    image_names : sequence of str, optional
        What each image shows, such as its true class.
    scale : float, optional
        What a grey level is multiplied by before the network gets it. By default 1/255, as the networks of
        this course take floats in [0, 1]; pass 1 for a network that takes 0 to 255.
    precision : {"int12", "int8", "float16", "float32"}
        How kernels travel. The panel says how far the rounding moves a probability on your images.

    Returns
    -------
    Panel
        ``panel.prediction``, ``probabilities``, ``logits``, ``image`` and ``value`` are what the reader sees;
        ``panel.image_index``, ``shift_right``, ``shift_down``, ``mirror``, ``cover``, ``cover_row``,
        ``cover_column``, ``noise``, ``own_image``, ``layer``, ``channel``, ``row``, ``column``,
        ``class_name`` and ``switched_off`` can be set too.

    Raises
    ------
    ValueError
        If the model has not been built, holds a layer that is not known here (the first one is named) or is
        too large for a page, or images and names do not fit it.

    Examples
    --------
    >>> from dcv.models import load_pretrained
    >>> from dcv.data import load_shapes10
    >>> images = load_shapes10(10, 10).train_images[:3]
    >>> panel = explore_network(load_pretrained(), images, [f"class {i}" for i in range(10)])
    >>> panel.layer = "conv3"
    >>> panel.channel, panel.row, panel.column = 5, 1, 2
    >>> panel.switched_off = [(1, 17)]
    >>> sum(panel.probabilities.values()) > 0.999
    True
    """
    network = read_network(model)
    images = _checked_images(images, network.nodes[0]["shape"])
    class_names = [str(name) for name in class_names]
    classes = network.nodes[-1]["shape"][0]
    if len(class_names) != classes or classes < 2:
        raise ValueError(f"class_names must be {classes} names, one for each output, got {len(class_names)}")
    if network.nodes[-1].get("activation", {}).get("name") in ("sigmoid", "hard_sigmoid"):
        raise ValueError("model ends in a sigmoid; explore_network shows classifiers with logits or softmax")
    names = [f"image {i}" for i in range(len(images))] if image_names is None else [*map(str, image_names)]
    if len(names) != len(images):
        raise ValueError(f"image_names must be {len(images)} names, one for each image, got {len(names)}")
    scale = 1 / 255 if scale is None else float(scale)
    block, places = pack_weights(network.tensors, precision)
    if block.size > LARGEST_BLOCK:
        raise ValueError(
            f"model has {block.size:,} bytes of weights as {precision}, more than the {LARGEST_BLOCK:,} that"
            " a page can carry: pass a smaller network, or precision='int8'"
        )
    stored = unpack_weights(block, places)
    height, width, channels = images.shape[1:]
    pattern = np.random.default_rng(0).normal(COVER_GRAY, NOISE_UNIT, (height, width, channels))
    first = next(i for i, node in enumerate(network.nodes) if i and node["kind"] != "affine")
    picture = NetworkPicture(
        nodes=network.nodes,
        places=places,
        weights=block,
        logits_node=network.logits_node,
        scale=scale,
        precision=precision,
        rounding=_rounding(network, stored, images, scale),
        left_out=network.left_out,
        class_names=class_names,
        images=images,
        image_names=names,
        noise_pattern=np.clip(np.rint(pattern), 0, 255).astype(np.uint8),
        cover_row=height // 2,
        cover_column=width // 2,
        node=first,
    )
    picture._network, picture._stored = network, stored
    picture.row, picture.column, picture.channel = _most_to_see(
        picture.outputs[first].reshape(picture._shape)
    )
    controls = {
        "shift_right": slider(0, -(width // 2), width // 2),
        "shift_down": slider(0, -(height // 2), height // 2),
        "cover": slider(0, 0, max(height, width) // 2),
        "noise": slider(0, 0, LARGEST_NOISE),
        "mirror": ipywidgets.Checkbox(value=False, description="mirror", indent=False),
    }
    alt = (
        f"An image, some feature maps of each layer of the network {model.name}, and bars of the largest"
        f" probabilities; it says {picture.prediction}."
    )
    return Panel(picture, controls, name="explore_network", alt=alt)


def _around(middle, size):
    """Return the slice of `size` places around a middle, cut at the edge."""
    start = middle - size // 2
    return slice(max(start, 0), max(start + size, 0))


def _most_to_see(maps):
    """Return (row, column, channel) of the largest value, off the border, of the map that varies most."""
    rows, columns, _ = maps.shape
    if rows * columns == 1:
        return 0, 0, int(np.argmax(maps))
    channel = int(np.argmax(maps.std(axis=(0, 1))))
    # At the border a window may hang over the image, and a first look should not meet that.
    top, left = rows // 4, columns // 4
    middle = maps[top : rows - top, left : columns - left, channel]
    row, column = np.unravel_index(np.argmax(np.abs(middle)), middle.shape)
    return top + int(row), left + int(column), channel


def _rounding(network, stored, images, scale):
    """Return by how much the rounding of the weights moves a probability of these images, at most."""
    batch = images.astype(np.float32) * np.float32(scale)
    exact, rounded = (
        softmax(forward(network, batch, tensors=tensors)[network.logits_node]) for tensors in (None, stored)
    )
    return float(np.abs(exact - rounded).max())


def _checked_images(images, shape):
    """Return images as uint8 in four axes, or say what is wrong with them."""
    images = np.asarray(images)
    if images.ndim == 3 and shape[2] == 1:
        images = images[..., None]
    if images.ndim != 4 or list(images.shape[1:]) != list(shape) or not len(images):
        raise ValueError(
            f"images must have the shape (count, {shape[0]}, {shape[1]}, {shape[2]}), as the model takes"
            f" them, got {images.shape}"
        )
    if shape[2] not in (1, 3):
        raise ValueError(f"model must take images of 1 or 3 channels, got {shape[2]}")
    if max(shape[:2]) > LARGEST_SIDE:
        raise ValueError(
            f"model must take images of at most {LARGEST_SIDE} × {LARGEST_SIDE} pixels, got {shape[:2]}"
        )
    if len(images) > MOST_IMAGES:
        raise ValueError(
            f"images must be at most {MOST_IMAGES}, got {len(images)}: pass images[:{MOST_IMAGES}]"
        )
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind != "f" or not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            f"images must be uint8 in [0, 255] or floats in [0, 1], got {images.dtype} from {images.min():g}"
            f" to {images.max():g}"
        )
    return np.rint(255 * images).astype(np.uint8)
