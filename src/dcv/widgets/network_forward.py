"""What a network of `dcv.widgets.network_graph` computes, in NumPy: the reference for the browser."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dcv.evaluation import softmax


def forward(network, images, *, tensors=None, switched_off=()):
    r"""Return what every node of a network gives out for some images.

    Parameters
    ----------
    network : Network
        As `read_network` returns it.
    images : array_like
        (batch, height, width, channels), float: what the network takes.
    tensors : list of ndarray, optional
        Other weights than the network's own, such as rounded ones.
    switched_off : sequence of (int, int)
        Pairs (node, channel) whose output is set to zero.

    Returns
    -------
    list of ndarray
        One for each node, (batch, \*shape), float32.

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> from dcv.widgets.network_graph import read_network
    >>> outputs = forward(read_network(baseline_convnet()), np.zeros((2, 32, 32, 3)))
    >>> outputs[1].shape, outputs[-1].shape
    ((2, 30, 30, 32), (2, 10))
    """
    tensors = network.tensors if tensors is None else tensors
    outputs = []
    for number, node in enumerate(network.nodes):
        if node["kind"] == "input":
            output = np.asarray(images, np.float32)
        else:
            inputs = [outputs[i] for i in node["inputs"]]
            output = _COMPUTE[node["kind"]](node, inputs, tensors)
        if "activation" in node:
            output = activate(node["activation"], output)
        channels = [channel for off, channel in switched_off if off == number]
        if channels:
            output = output.copy()
            output[..., channels] = 0
        outputs.append(np.asarray(output, np.float32))
    return outputs


def _windows(x, node, fill):
    """Return the windows over the maps: (batch, rows, columns, channels, kernel_height, kernel_width)."""
    dilation = node.get("dilation", (1, 1))
    spans = [(size - 1) * step + 1 for size, step in zip(node["kernel_size"], dilation, strict=True)]
    amounts = [(0, 0)] * 4
    if node["padding"] == "same":
        for axis in (0, 1):
            size = x.shape[1 + axis]
            total = max(
                (-(-size // node["strides"][axis]) - 1) * node["strides"][axis] + spans[axis] - size, 0
            )
            amounts[1 + axis] = (total // 2, total - total // 2)
    x = np.pad(x, amounts, constant_values=fill)
    rows, columns = node["strides"]
    windows = sliding_window_view(x, spans, axis=(1, 2))[:, ::rows, ::columns]
    return windows[..., :: dilation[0], :: dilation[1]]


def _convolve(node, inputs, tensors):
    kernel, bias = tensors[node["kernel"]], tensors[node["bias"]]
    windows = _windows(inputs[0], node, 0)
    height, width, per_group, filters = kernel.shape
    groups = node["groups"]
    batch, rows, columns = windows.shape[:3]
    # → (groups, batch · rows · columns, weights of a filter)
    windows = windows.reshape(batch, rows, columns, groups, per_group, height, width)
    windows = windows.transpose(3, 0, 1, 2, 5, 6, 4).reshape(groups, batch * rows * columns, -1)
    kernel = kernel.reshape(height * width * per_group, groups, filters // groups).transpose(1, 0, 2)
    output = windows @ kernel  # (groups, batch · rows · columns, filters of a group)
    return output.transpose(1, 0, 2).reshape(batch, rows, columns, filters) + bias


def _pool(node, inputs, tensors):
    fill = -np.inf if node["mode"] == "max" else np.nan
    windows = _windows(inputs[0], node, fill)
    return windows.max(axis=(4, 5)) if node["mode"] == "max" else np.nanmean(windows, axis=(4, 5))


def _pool_globally(node, inputs, tensors):
    pool = np.max if node["mode"] == "max" else np.mean
    return pool(inputs[0], axis=(1, 2)).reshape(-1, *node["shape"])


def _merge(node, inputs, tensors):
    combine = {
        "add": np.add,
        "average": np.add,
        "subtract": np.subtract,
        "multiply": np.multiply,
        "maximum": np.maximum,
        "minimum": np.minimum,
    }[node["mode"]]
    output = inputs[0]
    for other in inputs[1:]:
        output = combine(output, other)
    return output / len(inputs) if node["mode"] == "average" else output


def _pad(node, inputs, tensors):
    top, bottom, left, right = node["amounts"]
    return np.pad(inputs[0], ((0, 0), (top, bottom), (left, right), (0, 0)))


_COMPUTE = {
    "conv": _convolve,
    "dense": lambda node, inputs, tensors: inputs[0] @ tensors[node["kernel"]] + tensors[node["bias"]],
    "pool": _pool,
    "global": _pool_globally,
    "affine": lambda node, inputs, tensors: inputs[0] * tensors[node["factor"]] + tensors[node["offset"]],
    "activation": lambda node, inputs, tensors: inputs[0],
    "merge": _merge,
    "concatenate": lambda node, inputs, tensors: np.concatenate(inputs, axis=-1),
    "reshape": lambda node, inputs, tensors: inputs[0].reshape(-1, *node["shape"]),
    "pad": _pad,
}

_ERF = np.vectorize(math.erf, otypes=[float])


def activate(activation, x):
    """Return an activation function of an array, as Keras computes it.

    Parameters
    ----------
    activation : dict
        ``name`` and settings, as nodes hold them.
    x : ndarray
        Float, any shape; softmax goes along the last axis.

    Examples
    --------
    >>> activate({"name": "relu", "slope": 0.1, "highest": 6, "threshold": 0}, np.array([-1.0, 2.0, 9.0]))
    array([-0.1,  2. ,  6. ])
    """
    name = activation["name"]
    if name == "relu":
        threshold, highest = activation["threshold"], activation["highest"]
        y = np.where(x >= threshold, x, activation["slope"] * (x - threshold))
        return y if highest is None else np.minimum(y, highest)
    return _ACTIVATIONS[name](x, activation)


def _exp_below(x):
    """e^x − 1, without an overflow where it is not asked."""
    return np.expm1(np.minimum(x, 0))


_ACTIVATIONS = {
    "linear": lambda x, _: x,
    "elu": lambda x, settings: np.where(x > 0, x, settings["alpha"] * _exp_below(x)),
    "exponential": lambda x, _: np.exp(x),
    "gelu": lambda x, _: 0.5 * x * (1 + _ERF(x / math.sqrt(2))),
    "hard_sigmoid": lambda x, _: np.clip(x / 6 + 0.5, 0, 1),
    "selu": lambda x, _: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * _exp_below(x)),
    "sigmoid": lambda x, _: 1 / (1 + np.exp(-x)),
    "silu": lambda x, _: x / (1 + np.exp(-x)),
    "softmax": lambda x, _: softmax(x),
    "softplus": lambda x, _: np.logaddexp(x, 0),
    "softsign": lambda x, _: x / (1 + np.abs(x)),
    "tanh": lambda x, _: np.tanh(x),
}
