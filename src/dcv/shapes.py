"""Sizes of feature maps, padding amounts, receptive fields and parameter counts, in whole numbers.

Everything here is about **one** axis of an image. Height and width never influence each other, so a
two-dimensional answer is the same function called twice.

Padding is always one of

- ``"valid"``: no padding, every window lies inside the image;
- ``"same"``: as much as TensorFlow adds, so that stride 1 keeps the size;
- a whole number: that many pixels on both sides;
- a pair ``(before, after)``: different amounts on the two sides.

References
----------
V. Dumoulin and F. Visin (2016), *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285.
A. Araujo, W. Norris and J. Sim (2019), *Computing receptive fields of convolutional neural networks*,
Distill.
"""


def output_size(size, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Return how many positions a sliding window has along one axis: the size of the feature map.

    Parameters
    ----------
    size : int
        Pixels along this axis of the image.
    kernel_size : int
        Pixels along this axis of the kernel or pooling window.
    stride : int
        Pixels from one window to the next.
    padding : "valid", "same", int or (before, after)
        Pixels added outside the image.
    dilation : int
        Distance of neighbouring kernel elements; 1 means that they touch.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If an argument is out of range, or if not even one window fits into the padded image.

    Examples
    --------
    >>> output_size(5, 3)
    3
    >>> output_size(32, 3, stride=2, padding="same")
    16
    """
    before, after = padding_amounts(size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    padded_size = before + size + after
    span = kernel_span(kernel_size, dilation=dilation)
    if span > padded_size:
        raise ValueError(
            f"a window of {span} pixels (kernel_size={kernel_size}, dilation={dilation}) does not fit into"
            f" {padded_size} pixels (image {size}, padding {before} + {after}):"
            " use a smaller kernel, less dilation, a larger image or more padding, such as padding='same'"
        )
    return (padded_size - span) // stride + 1


def same_padding(size, kernel_size, *, stride=1, dilation=1):
    """Return the amounts ``(before, after)`` that TensorFlow adds along one axis for ``"same"``.

    The padding makes the output ``ceil(size / stride)`` long. An odd amount cannot be split evenly:
    TensorFlow puts the extra pixel after the image, at the bottom or right.

    Parameters
    ----------
    size, kernel_size, stride, dilation : int
        As in `output_size`.

    Returns
    -------
    tuple of int
        Pixels before (top or left) and after (bottom or right).

    Raises
    ------
    ValueError
        If an argument is not a whole number of at least 1.

    References
    ----------
    TensorFlow API, ``tf.nn``, notes on padding.

    Examples
    --------
    >>> same_padding(5, 3)
    (1, 1)
    >>> same_padding(32, 3, stride=2)  # even size, stride 2: one pixel, at the bottom or right
    (0, 1)
    """
    _check_positive(size=size, stride=stride)
    positions = -(-size // stride)  # rounds up
    last_window_end = (positions - 1) * stride + kernel_span(kernel_size, dilation=dilation)
    total = max(last_window_end - size, 0)
    return total // 2, total - total // 2


def padding_amounts(size, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Return the pixels ``(before, after)`` that any kind of padding adds along one axis.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation
        As in `output_size`.

    Returns
    -------
    tuple of int
        Pixels before (top or left) and after (bottom or right).

    Raises
    ------
    ValueError
        If `padding` is none of the four kinds or negative, or another argument is out of range.

    Examples
    --------
    >>> padding_amounts(5, 3, padding="valid")
    (0, 0)
    >>> padding_amounts(5, 3, padding=2)
    (2, 2)
    """
    _check_positive(size=size, kernel_size=kernel_size, stride=stride, dilation=dilation)
    if isinstance(padding, str):
        if padding == "same":
            return same_padding(size, kernel_size, stride=stride, dilation=dilation)
        if padding == "valid":
            return 0, 0
        raise ValueError(f"padding must be 'valid', 'same' or a number of pixels, got {padding!r}")
    before, after = as_pair(padding, "padding")
    if not (_is_whole(before) and _is_whole(after) and before >= 0 and after >= 0):
        raise ValueError(
            f"padding must be 'valid', 'same', a whole number of at least 0"
            f" or two of them (before, after), got {padding!r}"
        )
    return before, after


def window_starts(size, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Return where each window begins along one axis, in coordinates of the image.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation
        As in `output_size`.

    Returns
    -------
    list of int
        One start for each output position; a negative start lies in the padding.

    Raises
    ------
    ValueError
        As in `output_size`.

    Examples
    --------
    >>> window_starts(7, 3, stride=2)
    [0, 2, 4]
    >>> window_starts(5, 3, padding="same")
    [-1, 0, 1, 2, 3]
    """
    positions = output_size(size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    before, _ = padding_amounts(size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    return [position * stride - before for position in range(positions)]


def window_coverage_1d(size, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Return how many windows use each pixel along one axis.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation
        As in `output_size`.

    Returns
    -------
    list of int
        `size` counts; 0 marks a pixel that no window looks at.

    Raises
    ------
    ValueError
        As in `output_size`.

    Examples
    --------
    >>> window_coverage_1d(6, 3)
    [1, 2, 3, 3, 2, 1]
    >>> window_coverage_1d(6, 2, stride=3)  # two pixels of the image are never used
    [1, 1, 0, 1, 1, 0]
    """
    starts = window_starts(size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    coverage = [0] * size
    for start in starts:
        for element in range(kernel_size):
            pixel = start + element * dilation
            if 0 <= pixel < size:  # the rest of the window lies in the padding
                coverage[pixel] += 1
    return coverage


def kernel_span(kernel_size, *, dilation=1):
    """Return how many pixels a kernel reaches over along one axis, gaps included.

    Parameters
    ----------
    kernel_size, dilation : int
        As in `output_size`.

    Returns
    -------
    int
        Equal to `kernel_size` if `dilation` is 1.

    Raises
    ------
    ValueError
        If an argument is not a whole number of at least 1.

    Examples
    --------
    >>> kernel_span(3, dilation=2)
    5
    """
    _check_positive(kernel_size=kernel_size, dilation=dilation)
    return (kernel_size - 1) * dilation + 1


def input_stride(layers):
    """Return how many input pixels lie between two neighbours in the last feature map.

    Parameters
    ----------
    layers : iterable of (kernel_size, stride) or (kernel_size, stride, dilation)
        Convolution and pooling layers, the one next to the image first.

    Returns
    -------
    int
        The product of all strides, also called the jump; 1 without any layer.

    Raises
    ------
    ValueError
        If a layer has another form or a number below 1.

    Examples
    --------
    >>> input_stride([(3, 1), (2, 2), (3, 1), (2, 2)])
    4
    """
    jump = 1
    for _, stride, _ in _complete(layers):
        jump *= stride
    return jump


def receptive_field(layers):
    """Return how many input pixels, along one axis, one value of the last feature map depends on.

    Padding does not change the number. With dilation, or with a stride longer than the kernel, it is
    the distance from the first pixel to the last one, and some pixels between them may go unused.

    Parameters
    ----------
    layers : iterable of (kernel_size, stride) or (kernel_size, stride, dilation)
        Convolution and pooling layers, the one next to the image first.

    Returns
    -------
    int
        At least 1, the receptive field without any layer.

    Raises
    ------
    ValueError
        If a layer has another form or a number below 1.

    References
    ----------
    Araujo, Norris and Sim (2019), *Computing receptive fields of convolutional neural networks*, Distill.

    Examples
    --------
    >>> receptive_field([(3, 1), (3, 1)])  # two 3 × 3 layers see as far as one 5 × 5 layer
    5
    >>> receptive_field([(3, 1), (2, 2), (3, 1)])
    8
    """
    field, jump = 1, 1
    for kernel_size, stride, dilation in _complete(layers):
        # A layer's neighbours are `jump` pixels apart in the image, so reaching out costs that much each.
        field += (kernel_span(kernel_size, dilation=dilation) - 1) * jump
        jump *= stride
    return field


def receptive_interval(layers, index):
    """Return the first and the last input pixel that one output position sees along one axis.

    Parameters
    ----------
    layers : iterable of (kernel_size, stride) or (kernel_size, stride, dilation)
        Layers with ``"valid"`` padding, the one next to the image first.
    index : int
        Position in the last feature map, counted from 0.

    Returns
    -------
    tuple of int
        ``(first, last)``, both included.

    Raises
    ------
    ValueError
        If `index` is negative, or if a layer has another form or a number below 1.

    Examples
    --------
    >>> receptive_interval([(3, 1), (2, 2), (3, 1)], 1)
    (2, 9)
    """
    if not _is_whole(index) or index < 0:
        raise ValueError(f"index must be a whole number of at least 0, got {index!r}")
    layers = list(layers)  # we go through them twice
    first = index * input_stride(layers)
    return first, first + receptive_field(layers) - 1


def conv_parameters(kernel_size, in_channels, out_channels, *, bias=True):
    """Return how many numbers a convolutional layer learns.

    Parameters
    ----------
    kernel_size : int or (height, width)
        Size of each kernel.
    in_channels, out_channels : int
        Depth of the layer's input and number of its filters.
    bias : bool
        Whether each filter has a bias.

    Returns
    -------
    int
        Weights plus biases; the size of the image plays no part.

    Raises
    ------
    ValueError
        If a size is not a whole number of at least 1.

    Examples
    --------
    >>> conv_parameters(3, 3, 32)
    896
    """
    kernel_height, kernel_width = as_pair(kernel_size, "kernel_size")
    _check_positive(
        kernel_height=kernel_height,
        kernel_width=kernel_width,
        in_channels=in_channels,
        out_channels=out_channels,
    )
    # Each filter is a dense unit that sees one window through all channels.
    return dense_parameters(kernel_height * kernel_width * in_channels, out_channels, bias=bias)


def dense_parameters(inputs, units, *, bias=True):
    """Return how many numbers a dense layer learns.

    Parameters
    ----------
    inputs, units : int
        Length of the layer's input and of its output.
    bias : bool
        Whether each unit has a bias.

    Returns
    -------
    int
        Weights plus biases.

    Raises
    ------
    ValueError
        If a size is not a whole number of at least 1.

    Examples
    --------
    >>> dense_parameters(32 * 32 * 3, 64)
    196672
    """
    _check_positive(inputs=inputs, units=units)
    return inputs * units + (units if bias else 0)


def as_pair(value, name):
    """Return ``(height, width)`` for one value that holds for both axes, or for a pair.

    Parameters
    ----------
    value
        Anything for both axes, or a tuple or list of two.
    name : str
        What to call the value in an error.

    Returns
    -------
    tuple
        Two values.

    Raises
    ------
    ValueError
        If a tuple or list has another length than 2.

    Examples
    --------
    >>> as_pair(3, "stride"), as_pair((1, 2), "stride")
    ((3, 3), (1, 2))
    """
    if not isinstance(value, tuple | list):
        return value, value
    if len(value) != 2:
        raise ValueError(f"{name} must be one value or a pair, got {len(value)} values: {value!r}")
    return tuple(value)


def _complete(layers):
    """Yield each layer as (kernel_size, stride, dilation), checked."""
    for layer in layers:
        if not isinstance(layer, tuple | list) or len(layer) not in (2, 3):
            raise ValueError(
                f"each layer must be (kernel_size, stride) or (kernel_size, stride, dilation), got {layer!r}"
            )
        kernel_size, stride, dilation = (*layer, 1)[:3]
        _check_positive(kernel_size=kernel_size, stride=stride, dilation=dilation)
        yield kernel_size, stride, dilation


def _is_whole(value):
    """Return whether a value is an integer of Python or NumPy."""
    return hasattr(value, "__index__")


def _check_positive(**numbers):
    """Raise a ValueError that names the first argument which is not a whole number of at least 1."""
    for name, value in numbers.items():
        if not _is_whole(value) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
