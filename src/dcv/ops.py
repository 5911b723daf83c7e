"""Convolution and pooling in plain NumPy: the operations of a convnet, short enough to read.

Images are batches (batch, height, width, channels), kernels (kernel_height, kernel_width, in_channels,
out_channels), as in Keras. Like every deep-learning library, `conv2d` lays the kernel on the image
without flipping it, which mathematics calls *cross-correlation*.

Three functions come twice. The version with the suffix ``_loops`` is the definition, to be read; the
other one gives the same numbers many times faster.

Arrays of floats keep their dtype; integers and booleans become float32, which holds pixel values exactly.
Where two arrays meet, the wider dtype wins, as usual in NumPy.

References
----------
I. Goodfellow, Y. Bengio and A. Courville (2016), *Deep Learning*, sections 9.1 to 9.3.
V. Dumoulin and F. Visin (2016), *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285.
"""

from functools import reduce

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dcv import shapes

# Pooling mode → how to join two pixels, and a padding value that cannot change the result.
_POOLING = {"max": (np.maximum, -np.inf), "average": (np.add, 0.0), "min": (np.minimum, np.inf)}


def relu(x):
    """Return an array with its negative values replaced by 0.

    Parameters
    ----------
    x : array_like
        Any shape, integers or floats.

    Returns
    -------
    ndarray
        Same shape and dtype, no value below 0.

    Examples
    --------
    >>> relu([-2, 0, 3])
    array([0, 0, 3])
    """
    return np.maximum(x, 0)


def pad(images, padding, *, value=0.0):
    """Return a batch of images with a border around each.

    Parameters
    ----------
    images : array_like
        (batch, height, width, channels), any dtype.
    padding : int, (height, width) or ((top, bottom), (left, right))
        Pixels to add: on all sides, on both sides of each axis, or on each side.
    value : float
        What the border is filled with.

    Returns
    -------
    ndarray
        (batch, top + height + bottom, left + width + right, channels), same dtype.

    Raises
    ------
    ValueError
        If `images` has not 4 axes, or `padding` is not one of the three forms.

    Examples
    --------
    >>> image = np.array([[1, 2], [3, 4]])
    >>> pad(image[None, :, :, None], 1)[0, :, :, 0]
    array([[0, 0, 0, 0],
           [0, 1, 2, 0],
           [0, 3, 4, 0],
           [0, 0, 0, 0]])
    """
    images = np.asarray(images)
    _check_images(images)
    if isinstance(padding, str):
        raise ValueError(
            f"padding must be a number of pixels here, got {padding!r}:"
            " how many pixels 'same' means depends on the kernel, ask dcv.shapes.same_padding"
        )
    rows, columns = (
        shapes.padding_amounts(1, 1, padding=axis) for axis in shapes.as_pair(padding, "padding")
    )
    return np.pad(images, ((0, 0), rows, columns, (0, 0)), constant_values=value)


def correlate2d_loops(image, kernel, *, stride=1, padding="valid", dilation=1):
    """Return the response map of one kernel on a one-channel image, computed window by window.

    This is the definition. `correlate2d` has the same parameters, result and errors, and is faster.

    Examples
    --------
    >>> image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> correlate2d_loops(image, [[0, 1], [2, 3]])
    array([[25., 31.],
           [43., 49.]], dtype=float32)
    """
    image, kernel = _as_floats(image, kernel)
    _check_image_and_kernel(image, kernel)
    padded, tops, lefts = _lay_out(image[None, :, :, None], kernel.shape, stride, padding, dilation)
    padded = padded[0, :, :, 0]
    kernel = _insert_holes(kernel, dilation)
    height, width = kernel.shape

    feature_map = np.zeros((len(tops), len(lefts)), np.result_type(image, kernel))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            window = padded[top : top + height, left : left + width]
            feature_map[i, j] = (window * kernel).sum()
    return feature_map


def correlate2d(image, kernel, *, stride=1, padding="valid", dilation=1):
    """Return the response map of one kernel on a one-channel image.

    Parameters
    ----------
    image : array_like
        (height, width), any range.
    kernel : array_like
        (kernel_height, kernel_width).
    stride, padding, dilation
        As in `conv2d`.

    Returns
    -------
    ndarray
        (output_height, output_width), float: at each position the sum of kernel times window.

    Raises
    ------
    ValueError
        If `image` or `kernel` has not 2 axes, the kernel does not fit into the padded image, or a
        setting is out of range.

    Examples
    --------
    >>> image = [[0, 0, 9, 9], [0, 0, 9, 9]]
    >>> correlate2d(image, [[-1, 1]])  # brighter to the right: only at the step
    array([[0., 9., 0.],
           [0., 9., 0.]], dtype=float32)
    """
    image, kernel = _as_floats(image, kernel)
    _check_image_and_kernel(image, kernel)
    feature_maps = conv2d(
        image[None, :, :, None],
        kernel[:, :, None, None],
        stride=stride,
        padding=padding,
        dilation=dilation,
    )
    return feature_maps[0, :, :, 0]


def conv2d_loops(images, kernels, bias=None, *, stride=1, padding="valid", dilation=1):
    """Return the feature maps of a convolutional layer, computed window by window.

    This is the definition. `conv2d` has the same parameters, result and errors, and is faster.

    Examples
    --------
    >>> image = np.ones((4, 4, 3))
    >>> conv2d_loops(image[None], np.ones((3, 3, 3, 32))).shape
    (1, 2, 2, 32)
    """
    images, kernels = _as_floats(images, kernels)
    _check_images_and_kernels(images, kernels)
    bias = _bias_or_zeros(bias, kernels.shape[-1])
    padded, tops, lefts = _lay_out(images, kernels.shape[:2], stride, padding, dilation)
    kernels = _insert_holes(kernels, dilation)
    height, width, _, filters = kernels.shape

    feature_maps = np.zeros((len(images), len(tops), len(lefts), filters), np.result_type(images, kernels))
    for index, image in enumerate(padded):
        for i, top in enumerate(tops):
            for j, left in enumerate(lefts):
                window = image[top : top + height, left : left + width]  # all channels
                for k in range(filters):
                    feature_maps[index, i, j, k] = (window * kernels[:, :, :, k]).sum() + bias[k]
    return feature_maps


def conv2d(images, kernels, bias=None, *, stride=1, padding="valid", dilation=1):
    """Return the feature maps of a convolutional layer, before its activation function.

    Parameters
    ----------
    images : array_like
        (batch, height, width, in_channels), any range.
    kernels : array_like
        (kernel_height, kernel_width, in_channels, out_channels): one filter for each output channel,
        each as deep as the images.
    bias : array_like, optional
        (out_channels,), one number for each filter; none by default.
    stride : int or (height, width)
        Pixels from one window to the next.
    padding : "valid", "same", int, (height, width) or ((top, bottom), (left, right))
        Zeros around the image: none, as many as TensorFlow adds for ``"same"``, or given in pixels.
    dilation : int or (height, width)
        Distance of neighbouring kernel elements; 1 means that they touch.

    Returns
    -------
    ndarray
        (batch, output_height, output_width, out_channels), float.

    Raises
    ------
    ValueError
        If an array has the wrong number of axes, the channels differ, the kernel does not fit into the
        padded image, or a setting is out of range.

    References
    ----------
    The windows become the rows of one matrix, the filters the columns of another: K. Chellapilla, S. Puri
    and P. Simard (2006), *High performance convolutional neural networks for document processing*.

    Examples
    --------
    >>> images = np.ones((8, 32, 32, 3), np.float32)
    >>> kernels = np.ones((3, 3, 3, 32), np.float32)
    >>> conv2d(images, kernels).shape
    (8, 30, 30, 32)
    >>> conv2d(images, kernels, stride=2, padding="same").shape
    (8, 16, 16, 32)
    """
    images, kernels = _as_floats(images, kernels)
    _check_images_and_kernels(images, kernels)
    bias = _bias_or_zeros(bias, kernels.shape[-1])
    padded, tops, lefts = _lay_out(images, kernels.shape[:2], stride, padding, dilation)
    windows = _windows(padded, kernels.shape[:2], stride, dilation)
    windows = np.moveaxis(windows, 3, -1)  # kernel axes last, in their own order

    filters = kernels.shape[-1]
    weights = kernels.reshape(-1, filters)  # one column for each filter
    feature_maps = np.empty((len(images), len(tops), len(lefts), filters), np.result_type(images, kernels))
    for image_maps, image_windows in zip(feature_maps, windows, strict=True):
        for row_of_maps, row_of_windows in zip(image_maps, image_windows, strict=True):
            # The windows repeat every pixel many times. Those of one row of positions are few enough to stay
            # in the processor's cache; those of the whole image would have to go to memory and back.
            np.matmul(row_of_windows.reshape(-1, len(weights)), weights, out=row_of_maps)
    feature_maps += bias
    return feature_maps


def pool2d_loops(images, size=2, *, stride=None, padding="valid", mode="max"):
    """Return the images after pooling, computed window by window.

    This is the definition. `pool2d` has the same parameters, result and errors, and is faster.

    Examples
    --------
    >>> image = np.array([[1, 2, 5, 6], [3, 4, 7, 8]])
    >>> pool2d_loops(image[None, :, :, None], 2)[0, :, :, 0]
    array([[4., 8.]], dtype=float32)
    """
    (images,) = _as_floats(images)
    height, width, stride, padding = _check_pooling(images, size, stride, padding, mode)
    summarise = {"max": np.max, "average": np.mean, "min": np.min}[mode]
    tops = shapes.window_starts(images.shape[1], height, stride=stride[0], padding=padding[0])
    lefts = shapes.window_starts(images.shape[2], width, stride=stride[1], padding=padding[1])

    pooled = np.zeros((len(images), len(tops), len(lefts), images.shape[3]), images.dtype)
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            # A window that begins in the padding is cut off at the border: only pixels count.
            window = images[:, max(top, 0) : top + height, max(left, 0) : left + width]
            pooled[:, i, j] = summarise(window, axis=(1, 2))  # each channel by itself
    return pooled


def pool2d(images, size=2, *, stride=None, padding="valid", mode="max"):
    """Return the images with every window summarised by one number for each channel.

    Parameters
    ----------
    images : array_like
        (batch, height, width, channels), any range.
    size : int or (height, width)
        Size of the window.
    stride : int or (height, width), optional
        Pixels from one window to the next; by default `size`, so that windows touch and do not overlap.
    padding : "valid", "same", int, (height, width) or ((top, bottom), (left, right))
        Places outside the image where windows may reach. They never enter the result: a maximum is one
        of a pixel, and an average divides by the number of pixels in the window, as in TensorFlow.
    mode : "max", "average" or "min"
        What to take of each window.

    Returns
    -------
    ndarray
        (batch, output_height, output_width, channels), float.

    Raises
    ------
    ValueError
        If `images` has not 4 axes, the window does not fit into the padded image or fits into the padding
        alone, the mode is unknown, or a setting is out of range.

    Examples
    --------
    >>> image = np.array([[1, 2, 5, 6], [3, 4, 7, 8]])
    >>> pool2d(image[None, :, :, None], 2, mode="average")[0, :, :, 0]
    array([[2.5, 6.5]], dtype=float32)
    """
    (images,) = _as_floats(images)
    height, width, stride, padding = _check_pooling(images, size, stride, padding, mode)
    join, neutral = _POOLING[mode]

    def join_windows(pixels):
        padded, _, _ = _lay_out(pixels, (height, width), stride, padding, 1, value=neutral)
        windows = _windows(padded, (height, width), stride, 1)
        # Join the first pixels of all windows with their second pixels, then with the third, and so on:
        # few steps over large arrays are much faster than many over tiny windows.
        return reduce(join, (windows[..., i, j] for i in range(height) for j in range(width)), neutral)

    pooled = join_windows(images)
    if mode == "average":
        pooled = pooled / join_windows(np.ones_like(images[:1, :, :, :1]))  # how many pixels, not padding
    return pooled


def global_average_pool(images):
    """Return the mean of each channel over the whole image.

    Parameters
    ----------
    images : array_like
        (batch, height, width, channels), any range.

    Returns
    -------
    ndarray
        (batch, channels), float.

    Raises
    ------
    ValueError
        If `images` has not 4 axes.

    Examples
    --------
    >>> image = np.array([[1, 2], [3, 4]])
    >>> global_average_pool(image[None, :, :, None])
    array([[2.5]], dtype=float32)
    """
    (images,) = _as_floats(images)
    _check_images(images)
    return images.mean(axis=(1, 2))


def window_coverage(size, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Return how many windows use each pixel of an image.

    Parameters
    ----------
    size : int or (height, width)
        Size of the image.
    kernel_size : int or (height, width)
        Size of the kernel or pooling window.
    stride, padding, dilation
        As in `conv2d`.

    Returns
    -------
    ndarray
        (height, width), int, from 0 (never used) to the number of kernel elements.

    Raises
    ------
    ValueError
        If the window does not fit into the padded image, or a setting is out of range.

    Examples
    --------
    >>> window_coverage(4, 3, padding=1)  # padding does not make all pixels count equally
    array([[4, 6, 6, 4],
           [6, 9, 9, 6],
           [6, 9, 9, 6],
           [4, 6, 6, 4]])
    """
    rows, columns = _per_axis(
        size=size, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
    )
    return np.outer(shapes.window_coverage_1d(**rows), shapes.window_coverage_1d(**columns))


def _as_floats(*arrays):
    """Return the arguments as arrays of floats: integers and booleans become float32."""
    arrays = [np.asarray(array) for array in arrays]
    return [array if array.dtype.kind == "f" else array.astype(np.float32) for array in arrays]


def _per_axis(**settings):
    """Return the settings of the rows and those of the columns, as keyword arguments for `dcv.shapes`."""
    pairs = {name: shapes.as_pair(value, name) for name, value in settings.items()}
    return [{name: pair[axis] for name, pair in pairs.items()} for axis in (0, 1)]


def _lay_out(images, kernel_size, stride, padding, dilation, *, value=0.0):
    """Return the padded images, and the first row and the first column of each window in them."""
    amounts, starts = [], []
    settings = _per_axis(kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
    for size, axis in zip(images.shape[1:3], settings, strict=True):
        before, after = shapes.padding_amounts(size, **axis)
        amounts.append((before, after))
        starts.append([before + start for start in shapes.window_starts(size, **axis)])
    return pad(images, amounts, value=value), *starts


def _windows(padded, kernel_size, stride, dilation):
    """Return a view of all windows: (batch, rows, columns, channels, kernel_height, kernel_width)."""
    rows, columns = _per_axis(kernel_size=kernel_size, stride=stride, dilation=dilation)
    spans = [shapes.kernel_span(axis["kernel_size"], dilation=axis["dilation"]) for axis in (rows, columns)]
    every_window = sliding_window_view(padded, spans, axis=(1, 2))
    return every_window[
        :, :: rows["stride"], :: columns["stride"], :, :: rows["dilation"], :: columns["dilation"]
    ]


def _insert_holes(kernel, dilation):
    """Return a kernel with zeros between its elements, which is what dilation means."""
    rows, columns = _per_axis(kernel_size=kernel.shape[:2], dilation=dilation)
    spans = [shapes.kernel_span(**axis) for axis in (rows, columns)]
    dilated = np.zeros((*spans, *kernel.shape[2:]), kernel.dtype)
    dilated[:: rows["dilation"], :: columns["dilation"]] = kernel
    return dilated


def _bias_or_zeros(bias, filters):
    """Return the bias as an array (filters,), checked."""
    bias = np.zeros(filters) if bias is None else np.asarray(bias)
    if bias.shape != (filters,):
        raise ValueError(
            f"bias must have shape ({filters},), one number for each filter, got shape {bias.shape}"
        )
    return bias


def _check_image_and_kernel(image, kernel):
    """Raise a ValueError unless both arrays have the axes (height, width)."""
    if image.ndim != 2:
        raise ValueError(
            f"image must have 2 axes (height, width), got shape {image.shape}:"
            " take one channel with image[:, :, 0], or use conv2d"
        )
    if kernel.ndim != 2:
        raise ValueError(
            f"kernel must have 2 axes (kernel_height, kernel_width), got shape {kernel.shape}:"
            " take one slice with kernels[:, :, 0, 0], or use conv2d"
        )


def _check_images(images):
    """Raise a ValueError unless the array has the axes (batch, height, width, channels)."""
    advice = {
        2: "add the batch and the channel axis with image[None, :, :, None]",
        3: "add the batch axis with image[None], or the channel axis with images[..., None]",
    }.get(images.ndim, "pass a batch of images, channels last")
    if images.ndim != 4:
        raise ValueError(
            f"images must have 4 axes (batch, height, width, channels), got shape {images.shape}: {advice}"
        )


def _check_images_and_kernels(images, kernels):
    """Raise a ValueError unless the kernels are as deep as the images."""
    _check_images(images)
    if kernels.ndim != 4:
        raise ValueError(
            "kernels must have 4 axes (kernel_height, kernel_width, in_channels, out_channels),"
            f" got shape {kernels.shape}: one kernel for one channel is kernel[:, :, None, None]"
        )
    if images.shape[3] != kernels.shape[2]:
        raise ValueError(
            f"kernels must be as deep as the images: images of shape {images.shape} have {images.shape[3]}"
            f" channels, kernels of shape {kernels.shape} expect {kernels.shape[2]};"
            " check that the channels are the last axis of the images and the third axis of the kernels"
        )


def _check_pooling(images, size, stride, padding, mode):
    """Return the window's height and width, the stride and the padding as pairs, or raise a ValueError."""
    _check_images(images)
    if mode not in _POOLING:
        raise ValueError(f"mode must be one of {', '.join(map(repr, _POOLING))}, got {mode!r}")
    size = shapes.as_pair(size, "size")
    stride = size if stride is None else shapes.as_pair(stride, "stride")
    padding = shapes.as_pair(padding, "padding")
    for axis in (0, 1):
        amounts = shapes.padding_amounts(
            images.shape[1 + axis], size[axis], stride=stride[axis], padding=padding[axis]
        )
        if max(amounts) >= size[axis]:
            raise ValueError(
                f"padding must be smaller than the pooling window, or a window holds no pixel:"
                f" got padding {amounts} for a window of {size[axis]} pixels"
            )
    return *size, stride, padding
