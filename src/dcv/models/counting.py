"""What a network consists of, in numbers."""

import math


def layer_table(model):
    """Return one row per layer: what it is called, what leaves it, what it has to learn.

    Parameters
    ----------
    model : keras.Model
        A built model.

    Returns
    -------
    list of tuple
        (name, output shape without the batch axis, number of parameters).

    Raises
    ------
    ValueError
        If the model has no shapes yet.

    Examples
    --------
    >>> from dcv.models import convolutional_base
    >>> layer_table(convolutional_base())[0]
    ('conv1', (30, 30, 32), 896)
    """
    if not model.built:
        raise ValueError(
            "expected a built model, got one whose shapes are still unknown; "
            "begin it with keras.Input(shape) or call it once on a batch of images"
        )
    return [(layer.name, tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers]


def count_operations(model):
    """Return how many multiplications (each with an addition) one image costs in each layer with kernels.

    A convolution multiplies each element of its kernel once for each position and filter: output height ×
    output width × kernel elements. A dense layer multiplies each weight once. Biases, activations, pooling
    and normalisation are not counted: they cost little arithmetic (and more time than that suggests).

    Parameters
    ----------
    model : keras.Model
        A built model for images of one size, with Conv2D, DepthwiseConv2D, SeparableConv2D and Dense layers.

    Returns
    -------
    dict of int
        Layer name → multiply–accumulate operations (MACs); layers without kernels are left out.

    Raises
    ------
    ValueError
        If the model has no shapes yet, or its images have no fixed size.

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> count_operations(baseline_convnet())["conv1"]  # 30 · 30 positions, 3 · 3 · 3 · 32 elements
    777600
    """
    operations = {}
    for name, shape, _ in layer_table(model):
        kernels = [w for w in model.get_layer(name).weights if w.name.endswith("kernel")]
        if not kernels:
            continue
        if None in shape:
            raise ValueError(f"the images must have a fixed size; layer {name} returns shape {shape}")
        positions = math.prod(shape[:-1])  # 1 for a dense layer on vectors
        operations[name] = positions * sum(math.prod(kernel.shape) for kernel in kernels)
    return operations
