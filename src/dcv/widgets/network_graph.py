"""Keras networks as plain data: a list of nodes in the order of computation, and one block of weights.

This is what travels to the browser. A node is a dict that JSON can write; a layer with two steps, such as a
separable convolution, becomes two nodes, and a layer that acts during training only becomes none. Nothing
here imports Keras: the model that is passed brings along all that is asked of it.
"""

import math
from dataclasses import dataclass, field

import numpy as np

PRECISIONS = ("int8", "int12", "float16", "float32")


@dataclass
class Network:
    """A network as plain data.

    Attributes
    ----------
    nodes : list of dict
        Each with ``name``, ``layer`` (the class in Keras), ``kind`` (what is computed), ``inputs`` (numbers
        of nodes), ``shape`` of its output without the batch axis, ``parameters`` and what the kind needs.
        Arrays stand as their number in `tensors`.
    tensors : list of ndarray
        float32. A kernel is (kernel_height, kernel_width, in_channels / groups, out_channels) or, of a dense
        layer, (inputs, units).
    left_out : list of str
        Names of the layers that do nothing when a network predicts.
    """

    nodes: list = field(default_factory=list)
    tensors: list = field(default_factory=list)
    left_out: list = field(default_factory=list)

    @property
    def logits_node(self):
        """The number of the node that returns the scores before softmax."""
        last = self.nodes[-1]
        is_softmax = last["kind"] == "activation" and last["activation"]["name"] == "softmax"
        return last["inputs"][0] if is_softmax else len(self.nodes) - 1

    def add(self, kind, layer, name, inputs, shape, **settings):
        """Append a node and return its number."""
        self.nodes.append(
            {
                "name": name,
                "layer": layer,
                "kind": kind,
                "inputs": list(inputs),
                "shape": [int(size) for size in shape],
                "parameters": 0,
                **settings,
            }
        )
        return len(self.nodes) - 1

    def store(self, array):
        """Keep an array and return its number."""
        self.tensors.append(np.ascontiguousarray(array, np.float32))
        return len(self.tensors) - 1


def read_network(model):
    """Return a Keras classifier as plain data.

    Parameters
    ----------
    model : keras.Model
        A built Sequential or functional model with one input (height, width, channels) and one output
        (classes,): logits, or probabilities from a softmax. Models inside the model are unfolded.

    Returns
    -------
    Network
        Nodes in the order of computation, the first one is the image.

    Raises
    ------
    ValueError
        If the model has not been built, has several inputs or outputs, or holds a layer that is not known
        here: the message names the first one.

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> network = read_network(baseline_convnet())
    >>> [node["kind"] for node in network.nodes][:4]
    ['input', 'conv', 'pool', 'conv']
    """
    if not hasattr(model, "layers") or not hasattr(model, "get_config"):
        raise ValueError(f"model must be a Keras model, got {type(model).__name__}")
    if not getattr(model, "built", False) or not hasattr(model, "inputs") or not model.inputs:
        raise ValueError(
            "model has no shapes yet: begin it with keras.Input(shape), or call it once on a batch of images"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"model must have one input and one output, got {len(model.inputs)} and {len(model.outputs)}"
        )
    shape = tuple(model.inputs[0].shape[1:])
    if len(shape) != 3 or None in shape:
        raise ValueError(
            f"model must take images of a fixed shape (height, width, channels), got {shape}: give"
            " keras.Input all three numbers"
        )
    network = Network()
    first = network.add("input", "Input", "input", [], shape)
    _unfold(network, model, first, "")
    if len(network.nodes) < 2 or len(network.nodes[-1]["shape"]) != 1:
        raise ValueError(
            f"model must return one score for each class, got the output shape {network.nodes[-1]['shape']}:"
            " end it with Flatten or GlobalAveragePooling2D, and Dense(classes)"
        )
    return network


def _unfold(network, model, first, prefix):
    """Append the nodes of a model to the network and return the number of its last one."""
    layers = {layer.name: layer for layer in getattr(model, "operations", model.layers)}
    config = model.get_config()
    if "input_layers" not in config:  # a Sequential model is a chain
        last = first
        for layer in model.layers:
            last = _append(network, layer, [last], prefix)
        return last
    entries = {entry["name"]: entry for entry in config["layers"]}
    done = {}

    def value_of(history):
        name, call, _ = history
        if (name, call) not in done:
            entry = entries[name]
            if not entry["inbound_nodes"]:  # the input
                done[name, call] = first
            else:
                arguments = entry["inbound_nodes"][call]["args"]
                inputs = [value_of(tensor) for tensor in _tensors(arguments, name)]
                suffix = f" ({call + 1})" if call else ""  # a layer that is used more than once
                done[name, call] = _append(network, layers[name], inputs, prefix, suffix)
        return done[name, call]

    outputs = config["output_layers"]
    return value_of(outputs if isinstance(outputs[0], str) else outputs[0])


def _tensors(arguments, name):
    """Return where the tensors come from that a layer was called with."""
    if isinstance(arguments, dict) and arguments.get("class_name") == "__keras_tensor__":
        return [arguments["config"]["keras_history"]]
    if isinstance(arguments, list | tuple):
        return [tensor for argument in arguments for tensor in _tensors(argument, name)]
    raise ValueError(f"layer {name!r} is called with {arguments!r}: only tensors of the model can be shown")


def _append(network, layer, inputs, prefix, suffix=""):
    """Append the nodes of one layer and return the number of the last one."""
    kind = type(layer).__name__
    name = f"{prefix}{layer.name}{suffix}"
    is_known = type(layer).__module__.startswith("keras.")
    if kind == "InputLayer":
        return inputs[0]
    if is_known and kind in ("Sequential", "Functional", "Model"):
        return _unfold(network, layer, inputs[0], f"{name}/")
    if is_known and kind in _NOTHING_WHEN_PREDICTING:
        network.left_out.append(name)
        return inputs[0]
    reader = _READERS.get(kind) if is_known else None
    if reader is None:
        raise ValueError(
            f"layer {name!r} is a {kind}, which explore_network cannot show; it knows"
            f" {', '.join(sorted([*_READERS, *_NOTHING_WHEN_PREDICTING]))}, and models made of these"
        )
    config = layer.get_config() if hasattr(layer, "get_config") else {}
    if config.get("data_format", "channels_last") != "channels_last":
        raise ValueError(f"layer {name!r} has its channels first; explore_network takes channels last")
    before = len(network.nodes)
    last = reader(network, layer, config, name, inputs)
    if hasattr(layer, "count_params") and len(network.nodes) > before:
        # Of a layer with several nodes, the parameters are those of each.
        for node in network.nodes[before:]:
            node["parameters"] = sum(network.tensors[i].size for i in node.get("learnt", ()))
        missing = layer.count_params() - sum(node["parameters"] for node in network.nodes[before:])
        network.nodes[before]["parameters"] += missing
    for node in network.nodes[before:]:
        node.pop("learnt", None)
    return last


# ------------------------------------------------------------------------------------------------ layers


def _read_convolution(network, layer, config, name, inputs):
    """Conv2D: any kernel, stride, padding, dilation and number of groups."""
    kernel, *rest = layer.get_weights()
    return _add_convolution(
        network, "Conv2D", config, name, inputs, kernel, rest, groups=config.get("groups", 1)
    )


def _read_depthwise(network, layer, config, name, inputs):
    """DepthwiseConv2D: a convolution with as many groups as channels."""
    kernel, *rest = layer.get_weights()
    height, width, channels, multiplier = kernel.shape
    kernel = kernel.reshape(height, width, 1, channels * multiplier)
    return _add_convolution(network, "DepthwiseConv2D", config, name, inputs, kernel, rest, groups=channels)


def _read_separable(network, layer, config, name, inputs):
    """SeparableConv2D: a depthwise convolution, then one of size 1 × 1."""
    depthwise, pointwise, *rest = layer.get_weights()
    height, width, channels, multiplier = depthwise.shape
    depthwise = depthwise.reshape(height, width, 1, channels * multiplier)
    linear = {**config, "activation": "linear"}
    label = "SeparableConv2D"
    middle = _add_convolution(
        network, label, linear, f"{name} (depthwise)", inputs, depthwise, [], groups=channels
    )
    plain = {**config, "strides": (1, 1), "dilation_rate": (1, 1), "padding": "valid"}
    return _add_convolution(network, label, plain, f"{name} (pointwise)", [middle], pointwise, rest)


def _add_convolution(network, layer, config, name, inputs, kernel, rest, groups=1):
    height, width, _ = network.nodes[inputs[0]]["shape"]
    kernel_height, kernel_width, _, filters = kernel.shape
    strides, dilation = tuple(config["strides"]), tuple(config["dilation_rate"])
    padding = config["padding"]
    sizes = [
        _output_size(size, kernel_size, stride, step, padding)
        for size, kernel_size, stride, step in zip(
            (height, width), (kernel_height, kernel_width), strides, dilation, strict=True
        )
    ]
    return _with_activation(
        network,
        config["activation"],
        "conv",
        layer,
        name,
        inputs,
        (*sizes, filters),
        kernel_size=[kernel_height, kernel_width],
        strides=list(strides),
        dilation=list(dilation),
        padding=padding,
        groups=int(groups),
        **_learnt(network, kernel, rest),
    )


def _read_dense(network, layer, config, name, inputs):
    """Dense: of a vector; on maps it is a convolution of size 1 × 1."""
    kernel, *rest = layer.get_weights()
    shape = network.nodes[inputs[0]]["shape"]
    if len(shape) == 3:
        config = {**config, "strides": (1, 1), "dilation_rate": (1, 1), "padding": "valid"}
        return _add_convolution(network, "Dense", config, name, inputs, kernel[None, None], rest)
    learnt = _learnt(network, kernel, rest)
    return _with_activation(
        network, config["activation"], "dense", "Dense", name, inputs, kernel.shape[1:], **learnt
    )


def _learnt(network, kernel, rest):
    """Return the settings of a node with a kernel and, maybe, a bias."""
    settings = {"kernel": network.store(kernel)}
    settings["bias"] = network.store(rest[0] if rest else np.zeros(kernel.shape[-1]))
    settings["learnt"] = [settings["kernel"], settings["bias"]] if rest else [settings["kernel"]]
    return settings


def _with_activation(network, activation, kind, layer, name, inputs, shape, **settings):
    """Append a node with its activation; softmax, which compares channels, becomes a node of its own."""
    activation = _activation(activation, name)
    if activation["name"] == "softmax":
        linear = {"name": "linear"}
        node = network.add(kind, layer, name, inputs, shape, activation=linear, **settings)
        return network.add("activation", "Softmax", f"{name} (softmax)", [node], shape, activation=activation)
    return network.add(kind, layer, name, inputs, shape, activation=activation, **settings)


def _read_pooling(network, layer, config, name, inputs):
    """MaxPooling2D and AveragePooling2D; padding never counts."""
    height, width, channels = network.nodes[inputs[0]]["shape"]
    sizes = [
        _output_size(size, window, stride, 1, config["padding"])
        for size, window, stride in zip((height, width), config["pool_size"], config["strides"], strict=True)
    ]
    return network.add(
        "pool",
        type(layer).__name__,
        name,
        inputs,
        (*sizes, channels),
        mode="max" if "Max" in type(layer).__name__ else "average",
        kernel_size=list(config["pool_size"]),
        strides=list(config["strides"]),
        padding=config["padding"],
    )


def _read_global_pooling(network, layer, config, name, inputs):
    """GlobalMaxPooling2D and GlobalAveragePooling2D: one number for each map."""
    channels = network.nodes[inputs[0]]["shape"][-1]
    shape = (1, 1, channels) if config.get("keepdims") else (channels,)
    mode = "max" if "Max" in type(layer).__name__ else "average"
    return network.add("global", type(layer).__name__, name, inputs, shape, mode=mode)


def _read_normalization(network, layer, config, name, inputs):
    """BatchNormalization: with its learnt statistics it is a factor and an offset for each channel."""
    shape = network.nodes[inputs[0]]["shape"]
    axis = config["axis"][0] if isinstance(config["axis"], list | tuple) else config["axis"]
    if axis not in (-1, len(shape)):
        raise ValueError(f"layer {name!r} normalizes axis {axis}; explore_network takes the last one")
    weights = [np.asarray(weight, np.float64) for weight in layer.get_weights()]
    gamma = weights.pop(0) if config["scale"] else 1.0
    beta = weights.pop(0) if config["center"] else 0.0
    mean, variance = weights
    factor = gamma / np.sqrt(variance + config["epsilon"])
    return network.add(
        "affine",
        "BatchNormalization",
        name,
        inputs,
        shape,
        factor=network.store(factor * np.ones(shape[-1])),
        offset=network.store(beta - factor * mean),
    )


def _read_rescaling(network, layer, config, name, inputs):
    """Rescaling: one factor and one offset, or one for each channel."""
    shape = network.nodes[inputs[0]]["shape"]
    factor, offset = (
        np.broadcast_to(np.asarray(config[key], float), shape[-1:]) for key in ("scale", "offset")
    )
    return network.add(
        "affine",
        "Rescaling",
        name,
        inputs,
        shape,
        factor=network.store(factor),
        offset=network.store(offset),
    )


def _read_activation(network, layer, config, name, inputs):
    """Activation, ReLU, LeakyReLU, ELU, Softmax."""
    kind = type(layer).__name__
    activation = config["activation"] if kind == "Activation" else {"class_name": kind, "config": config}
    shape = network.nodes[inputs[0]]["shape"]
    return network.add("activation", kind, name, inputs, shape, activation=_activation(activation, name))


def _read_merging(network, layer, config, name, inputs):
    """Add, Subtract, Multiply, Average, Maximum, Minimum: position by position."""
    shapes = [network.nodes[i]["shape"] for i in inputs]
    shape = np.broadcast_shapes(*shapes)
    if any(len(other) != len(shape) or other[-1] != shape[-1] for other in shapes):
        raise ValueError(f"layer {name!r} merges the shapes {shapes}; explore_network takes equal channels")
    return network.add("merge", type(layer).__name__, name, inputs, shape, mode=type(layer).__name__.lower())


def _read_concatenation(network, layer, config, name, inputs):
    """Concatenate: the channels of all inputs, one after the other."""
    shapes = [network.nodes[i]["shape"] for i in inputs]
    if config["axis"] not in (-1, len(shapes[0])):
        raise ValueError(f"layer {name!r} joins axis {config['axis']}; explore_network takes the last one")
    return network.add(
        "concatenate", "Concatenate", name, inputs, (*shapes[0][:-1], sum(shape[-1] for shape in shapes))
    )


def _read_reshaping(network, layer, config, name, inputs):
    """Flatten and Reshape: the same numbers in another shape."""
    shape = network.nodes[inputs[0]]["shape"]
    count = math.prod(shape)
    target = [count] if type(layer).__name__ == "Flatten" else list(config["target_shape"])
    if -1 in target:
        target[target.index(-1)] = count // -math.prod(target)
    if len(target) not in (1, 3):
        raise ValueError(f"layer {name!r} makes the shape {target}; explore_network shows vectors and maps")
    return network.add("reshape", type(layer).__name__, name, inputs, target)


def _read_zero_padding(network, layer, config, name, inputs):
    """ZeroPadding2D: rows and columns of zeros around the maps."""
    height, width, channels = network.nodes[inputs[0]]["shape"]
    (top, bottom), (left, right) = config["padding"]
    return network.add(
        "pad",
        "ZeroPadding2D",
        name,
        inputs,
        (height + top + bottom, width + left + right, channels),
        amounts=[top, bottom, left, right],
    )


_READERS = {
    "Activation": _read_activation,
    "Add": _read_merging,
    "Average": _read_merging,
    "AveragePooling2D": _read_pooling,
    "BatchNormalization": _read_normalization,
    "Concatenate": _read_concatenation,
    "Conv2D": _read_convolution,
    "Dense": _read_dense,
    "DepthwiseConv2D": _read_depthwise,
    "ELU": _read_activation,
    "Flatten": _read_reshaping,
    "GlobalAveragePooling2D": _read_global_pooling,
    "GlobalMaxPooling2D": _read_global_pooling,
    "LeakyReLU": _read_activation,
    "MaxPooling2D": _read_pooling,
    "Maximum": _read_merging,
    "Minimum": _read_merging,
    "Multiply": _read_merging,
    "ReLU": _read_activation,
    "Rescaling": _read_rescaling,
    "Reshape": _read_reshaping,
    "SeparableConv2D": _read_separable,
    "Softmax": _read_activation,
    "Subtract": _read_merging,
    "ZeroPadding2D": _read_zero_padding,
}

# Layers that act during training only.
_NOTHING_WHEN_PREDICTING = (
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "RandomBrightness",
    "RandomContrast",
    "RandomErasing",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "SpatialDropout2D",
)

ACTIVATIONS = (
    "elu",
    "exponential",
    "gelu",
    "hard_sigmoid",
    "linear",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
)


def _activation(value, layer_name):
    """Return an activation as a dict with a name that the front end knows, and its settings."""
    if isinstance(value, dict):  # a layer that is used as an activation, or one that stands alone
        kind, config = value["class_name"], value.get("config", {})
        if kind == "Activation":
            return _activation(config["activation"], layer_name)
        if kind in ("ReLU", "LeakyReLU"):
            return {
                "name": "relu",
                "slope": float(config.get("negative_slope") or 0),
                "highest": config.get("max_value"),
                "threshold": float(config.get("threshold") or 0),
            }
        if kind == "ELU":
            return {"name": "elu", "alpha": float(config["alpha"])}
        if kind == "Softmax" and config.get("axis", -1) == -1:
            return {"name": "softmax"}
        value = kind
    value = {"swish": "silu", "hard_swish": "hard_silu", None: "linear"}.get(value, value)
    if value == "relu6":
        return {"name": "relu", "slope": 0.0, "highest": 6.0, "threshold": 0.0}
    if value == "leaky_relu":
        return {"name": "relu", "slope": 0.2, "highest": None, "threshold": 0.0}
    if value == "relu":
        return {"name": "relu", "slope": 0.0, "highest": None, "threshold": 0.0}
    if value == "elu":
        return {"name": "elu", "alpha": 1.0}
    if value not in ACTIVATIONS:
        raise ValueError(
            f"layer {layer_name!r} has the activation {value!r}, which explore_network cannot show; it knows"
            f" {', '.join(ACTIVATIONS)}"
        )
    return {"name": value}


def _output_size(size, kernel_size, stride, dilation, padding):
    """Return the number of windows along one axis, as Keras counts them."""
    if padding == "same":
        return -(-size // stride)
    return (size - (kernel_size - 1) * dilation - 1) // stride + 1


# ----------------------------------------------------------------------------------------------- weights


def pack_weights(tensors, precision):
    """Return arrays as one block of bytes, and where each of them lies in it.

    Kernels are rounded as asked; everything with one number a channel (biases, normalization) stays float32,
    since it costs next to nothing.

    Parameters
    ----------
    tensors : list of ndarray
        float32.
    precision : {"int8", "int12", "float16", "float32"}
        How kernels are kept. As whole numbers, each output channel has a factor of its own: its largest
        weight without sign becomes 127 or, with 12 bits, 2047. Two numbers of 12 bits share three bytes.

    Returns
    -------
    block : ndarray
        (bytes,), uint8.
    places : list of dict
        ``shape``, ``dtype``, ``offset`` in bytes and, for whole numbers, ``scale``: where the factors are.

    Examples
    --------
    >>> block, places = pack_weights([np.array([[1.0, -4.0], [0.5, 2.0]], np.float32)], "int8")
    >>> block.size, abs(unpack_weights(block, places)[0] - [[1, -4], [0.5, 2]]).max() < 4 / 254
    (12, np.True_)
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    parts, places, end = [], [], 0

    def append(data):
        nonlocal end
        data += bytes(-len(data) % 4)  # floats begin at multiples of four bytes
        parts.append(data)
        offset, end = end, end + len(data)
        return offset

    for tensor in tensors:
        dtype = precision if tensor.ndim > 1 else "float32"
        place = {"shape": list(tensor.shape), "dtype": dtype}
        if dtype in _LARGEST_WHOLE:
            largest = np.abs(tensor).max(axis=tuple(range(tensor.ndim - 1)))  # (out_channels,)
            scale = np.where(largest > 0, largest / _LARGEST_WHOLE[dtype], 1).astype(np.float32)
            whole = np.rint(tensor / scale).astype(np.int16)
            place["offset"] = append(whole.astype(np.int8).tobytes() if dtype == "int8" else _pack_12(whole))
            place["scale"] = append(scale.tobytes())
        else:
            limit = np.finfo(dtype).max
            place["offset"] = append(np.clip(tensor, -limit, limit).astype(dtype).tobytes())
        places.append(place)
    return np.frombuffer(b"".join(parts), np.uint8), places


_LARGEST_WHOLE = {"int8": 127, "int12": 2047}


def _pack_12(whole):
    """Return whole numbers from −2047 to 2047 as bytes, three for two of them."""
    positive = (whole.ravel() + 2048).astype(np.uint16)
    low, high = np.append(positive, np.zeros(positive.size % 2, np.uint16)).reshape(-1, 2).T
    return np.stack([low & 255, low >> 8 | (high & 15) << 4, high >> 4], axis=1).astype(np.uint8).tobytes()


def _unpack_12(block, count, offset):
    """Return `count` whole numbers of 12 bits."""
    size = 3 * -(-count // 2)
    first, middle, last = block[offset : offset + size].reshape(-1, 3).T.astype(np.int16)
    pairs = np.stack([first | (middle & 15) << 8, middle >> 4 | last << 4], axis=1)
    return pairs.ravel()[:count] - 2048


def unpack_weights(block, places):
    """Return the arrays of a block as the browser reads them.

    Parameters
    ----------
    block : ndarray
        (bytes,), uint8.
    places : list of dict
        As `pack_weights` returns both.

    Returns
    -------
    list of ndarray
        float32, with the shapes that were packed.

    Examples
    --------
    >>> tensor = np.linspace(-1, 1, 15, dtype=np.float32).reshape(5, 3)
    >>> abs(unpack_weights(*pack_weights([tensor], "int12"))[0] - tensor).max() < 3e-4
    np.True_
    """
    tensors = []
    for place in places:
        shape, offset = place["shape"], place["offset"]
        count = math.prod(shape)
        if place["dtype"] == "int12":
            array = _unpack_12(block, count, offset)
        else:
            array = np.frombuffer(block, place["dtype"], count, offset)
        array = array.astype(np.float32).reshape(shape)
        if "scale" in place:
            array = array * np.frombuffer(block, np.float32, shape[-1], place["scale"])
        tensors.append(array)
    return tensors
