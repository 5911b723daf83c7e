"""Look inside a trained network: feature maps, saliency, occlusion, Grad-CAM, and what to test them with.

All maps explain the same number: the logit of one class, before softmax. They take a batch of images,
(count, height, width, channels), float32 in [0, 1], and the class to explain for each.
"""

import keras
import numpy as np

from dcv import shapes


def feature_maps(model, images, layer):
    """Return what leaves a layer.

    Parameters
    ----------
    model : keras.Model
        A built model.
    images : ndarray
        (count, height, width, channels), float32 in [0, 1].
    layer : str
        Name of the layer.

    Returns
    -------
    ndarray
        (count, rows, columns, channels), or (count, units) from a layer that has no maps; float32.

    Raises
    ------
    ValueError
        If the images are no batch of floats, or there is no such layer.

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> feature_maps(baseline_convnet(), np.zeros((1, 32, 32, 3), "float32"), "conv3").shape
    (1, 4, 4, 64)
    """
    maps, _ = _maps_and_logits(model, _check_images(images), layer)
    return keras.ops.convert_to_numpy(maps)


def saliency(model, images, class_index):
    """Return how strongly the logit of a class reacts to each pixel: the size of the gradient.

    Of the three channels of a pixel, the strongest counts. A gradient is about an infinitely small change of
    one pixel, not about its removal.

    Parameters
    ----------
    model : keras.Model
        Its output is (batch, classes): logits.
    images : ndarray
        (count, height, width, channels), float32 in [0, 1].
    class_index : int or array_like
        The class to explain: one for all images, or (count,).

    Returns
    -------
    ndarray
        (count, height, width), float32 ≥ 0: change of the logit per unit of pixel value.

    Raises
    ------
    ValueError
        If the images are no batch of floats, or a class does not exist.

    References
    ----------
    Simonyan, Vedaldi and Zisserman (2014), "Deep Inside Convolutional Networks", section 3,
    https://arxiv.org/abs/1312.6034

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> saliency(baseline_convnet(), np.full((2, 32, 32, 3), 0.5, "float32"), [3, 5]).shape
    (2, 32, 32)
    """
    import tensorflow as tf

    images = _check_images(images)
    x = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = _scores(model(x), class_index)
    return np.abs(tape.gradient(scores, x)).max(axis=-1)


def occlusion_map(model, images, class_index, *, size=8, stride=2, fill=None, batch_size=256):
    """Return by how much the logit of a class falls when a patch covers each part of the image.

    A square patch slides over the image. Each pixel gets the mean drop over all patches that cover it, so
    the map has the size of the image.

    Parameters
    ----------
    model : keras.Model
        Its output is (batch, classes): logits.
    images : ndarray
        (count, height, width, channels), float32 in [0, 1].
    class_index : int or array_like
        The class to explain: one for all images, or (count,).
    size, stride : int
        Side of the patch, and its steps, in pixels.
    fill : float or array_like, optional
        Value of the patch, or one for each channel, in [0, 1]. By default the mean colour of each image,
        the least conspicuous one.
    batch_size : int
        Images that are passed to the network at once.

    Returns
    -------
    ndarray
        (count, height, width), float32. Positive: the pixel speaks for the class. Negative: without it the
        logit is higher. NaN where the last patch does not reach.

    Raises
    ------
    ValueError
        If the images are no batch of floats, a class does not exist, or the patch does not fit.

    References
    ----------
    Zeiler and Fergus (2014), "Visualizing and Understanding Convolutional Networks", section 4.2,
    https://arxiv.org/abs/1311.2901

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> occlusion_map(baseline_convnet(), np.zeros((1, 32, 32, 3), "float32"), 3, stride=8).shape
    (1, 32, 32)
    """
    images = _check_images(images)
    count, height, width, _ = images.shape
    if size > min(height, width):
        raise ValueError(f"a patch of {size} × {size} does not fit into images of {height} × {width} pixels")
    tops, lefts = (shapes.window_starts(side, size, stride=stride) for side in (height, width))
    patches = [(top, left) for top in tops for left in lefts]
    class_index = _check_classes(class_index, count, model.output_shape[-1])
    maps = np.empty((count, height, width), np.float32)
    for i, (image, label) in enumerate(zip(images, class_index, strict=True)):
        covered = np.repeat(image[np.newaxis], 1 + len(patches), axis=0)  # the first stays whole
        colour = image.mean(axis=(0, 1)) if fill is None else fill
        for changed, (top, left) in zip(covered[1:], patches, strict=True):
            changed[top : top + size, left : left + size] = colour
        parts = [model(covered[at : at + batch_size])[:, label] for at in range(0, len(covered), batch_size)]
        logits = np.concatenate(parts)
        total, times = np.zeros((height, width)), np.zeros((height, width))
        for drop, (top, left) in zip(logits[0] - logits[1:], patches, strict=True):
            total[top : top + size, left : left + size] += drop
            times[top : top + size, left : left + size] += 1
        maps[i] = np.divide(total, times, out=np.full_like(total, np.nan), where=times > 0)
    return maps


def grad_cam(model, images, class_index, layer):
    """Return the class activation map of a convolutional layer, in the layer's own resolution.

    The gradient of the logit, averaged over all positions, says how much each feature map counts for the
    class; the map is the sum of the feature maps with these weights, and what is negative becomes zero.

    Parameters
    ----------
    model : keras.Model
        Its output is (batch, classes): logits.
    images : ndarray
        (count, height, width, channels), float32 in [0, 1].
    class_index : int or array_like
        The class to explain: one for all images, or (count,).
    layer : str
        Name of a layer that puts out feature maps; most often the last convolution.

    Returns
    -------
    ndarray
        (count, rows, columns), float32 ≥ 0. To lay it over the image, see `dcv.maps.place_on_image`.

    Raises
    ------
    ValueError
        If the images are no batch of floats, a class does not exist, or the layer has no feature maps.

    References
    ----------
    Selvaraju et al. (2017), "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization", equations 1 and 2, https://arxiv.org/abs/1610.02391

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> grad_cam(baseline_convnet(), np.zeros((1, 32, 32, 3), "float32"), 3, "conv3").shape
    (1, 4, 4)
    """
    import tensorflow as tf

    images = _check_images(images)
    x = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(x)  # so that all that follows is recorded, frozen layers too
        maps, logits = _maps_and_logits(model, x, layer)
        scores = _scores(logits, class_index)
    if len(maps.shape) != 4:
        raise ValueError(f"layer {layer!r} puts out no feature maps; the shape of its output is {maps.shape}")
    gradient = tape.gradient(scores, maps)  # (count, rows, columns, channels)
    weights = np.mean(gradient, axis=(1, 2), keepdims=True)  # (count, 1, 1, channels)
    return np.maximum(np.sum(weights * maps, axis=-1), 0)


def cell_centres(model, layer):
    """Return where in the image the cells of a feature map lie: the centres of their receptive fields.

    Parameters
    ----------
    model : keras.Sequential
        One layer after the other.
    layer : str
        Name of a layer that puts out feature maps.

    Returns
    -------
    rows, columns : tuple of ndarray
        (map rows,) and (map columns,), float64, in pixels: 0 is the centre of the first pixel.

    Raises
    ------
    ValueError
        If there is no such layer, or one on the way to it is of a kind that is not known here.

    Examples
    --------
    >>> from dcv.models import convolutional_base
    >>> rows, columns = cell_centres(convolutional_base(), "conv3")
    >>> rows.tolist()
    [8.5, 12.5, 16.5, 20.5]
    """
    output = _layer(model, layer).output
    if not isinstance(model, keras.Sequential) or len(output.shape) != 4:
        raise ValueError(
            f"expected a keras.Sequential and one of its layers with feature maps; got a"
            f" {type(model).__name__} and layer {layer!r} with the output shape {output.shape}"
        )
    first, step = np.zeros(2), np.ones(2, int)  # rows, columns
    for current in model.layers:
        if isinstance(current, _WINDOWS):
            first += step * _window_centre(current)
            step *= np.array(current.strides)
        elif not isinstance(current, _POINTWISE):
            raise ValueError(
                f"no receptive field is known of layer {current.name!r}, {type(current).__name__}"
            )
        if current.name == layer:
            break
    rows, columns = (first[axis] + step[axis] * np.arange(output.shape[1 + axis]) for axis in (0, 1))
    return rows, columns


# Layers whose output cell sees a window, and layers whose output cell sees one input cell.
_WINDOWS = (
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
    keras.layers.MaxPooling2D,
    keras.layers.AveragePooling2D,
)
_POINTWISE = (
    keras.layers.Activation,
    keras.layers.BatchNormalization,
    keras.layers.Dropout,
    keras.layers.ReLU,
    keras.layers.Rescaling,
)


def _window_centre(layer):
    """Return the centre of a layer's first window, (row, column), in cells of the layer's input."""
    sizes = getattr(layer, "kernel_size", None) or layer.pool_size
    dilations = getattr(layer, "dilation_rate", (1, 1))
    centre = []
    for side, size, stride, dilation in zip(
        layer.input.shape[1:3], sizes, layer.strides, dilations, strict=True
    ):
        how = {"stride": stride, "padding": layer.padding, "dilation": dilation}
        before, _ = shapes.padding_amounts(side, size, **how)
        centre.append((shapes.kernel_span(size, dilation=dilation) - 1) / 2 - before)
    return np.array(centre)


def randomise(model, *, layers=None, seed=0):
    """Return a copy of a network in which some layers have forgotten what they learned.

    Their weights are shuffled: the numbers stay, their places are drawn at random. What explains the network
    has to change with it; a map that stays as it was explains something else.

    Parameters
    ----------
    model : keras.Model
        A built model; it is left as it is.
    layers : sequence of str, optional
        Names of the layers whose weights are shuffled; by default all that have weights.
    seed : int
        Another seed, another order.

    Returns
    -------
    keras.Model
        With the same layers and names; not compiled.

    Raises
    ------
    ValueError
        If there is no such layer, or it has no weights.

    References
    ----------
    Adebayo et al. (2018), "Sanity Checks for Saliency Maps", section 3 (new weights are drawn there, not
    shuffled), https://arxiv.org/abs/1810.03292

    Examples
    --------
    >>> from dcv.models import load_pretrained
    >>> trained = load_pretrained()
    >>> half_random = randomise(trained, layers=["logits"])
    >>> same = [np.array_equal(*pair) for pair in zip(trained.get_weights(), half_random.get_weights())]
    >>> same.count(True), same.count(False)
    (8, 2)
    """
    learned = [layer.name for layer in model.layers if layer.weights]
    chosen = learned if layers is None else list(layers)
    for name in chosen:
        if name not in learned:
            raise ValueError(f"layers must be some of those with weights, {', '.join(learned)}; got {name!r}")
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    rng = np.random.default_rng(seed)
    for name in chosen:
        layer = copy.get_layer(name)
        layer.set_weights(
            [rng.permutation(weight.ravel()).reshape(weight.shape) for weight in layer.get_weights()]
        )
    return copy


def _layer(model, name):
    """Return a layer by its name, or say which there are."""
    names = [layer.name for layer in model.layers]
    if name not in names:
        raise ValueError(f"layer must be one of {', '.join(names)}; got {name!r}")
    return model.get_layer(name)


def _maps_and_logits(model, images, layer):
    """Return what leaves a layer and what leaves the network, as tensors."""
    _layer(model, layer)
    if not isinstance(model, keras.Sequential):
        return keras.Model(model.input, [model.get_layer(layer).output, model.output])(images)
    # Layer by layer, since layer.output may belong to the graph of an earlier, shorter Sequential.
    x = images
    for current in model.layers:
        x = current(x)
        if current.name == layer:
            maps = x
    return maps, x


def _scores(logits, class_index):
    """Return the logit of the class to explain, for each image, as a tensor (count,)."""
    import tensorflow as tf

    class_index = _check_classes(class_index, *logits.shape)
    return tf.gather(logits, class_index, batch_dims=1)


def _check_images(images):
    """Return a batch as float32, or say what is wrong with it."""
    images = np.asarray(images)
    if images.ndim != 4 or not len(images):
        raise ValueError(
            f"images must have the shape (count, height, width, channels); got {images.shape}:"
            " of a single image, pass image[np.newaxis]"
        )
    if images.dtype.kind != "f":
        raise ValueError(
            f'images must be float in [0, 1]; got {images.dtype}: convert with images.astype("float32") / 255'
        )
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(f"images must be in [0, 1]; got {low:g} to {high:g}: divide by 255, and only once")
    return images.astype(np.float32)


def _check_classes(class_index, count, classes):
    """Return one class for each image, or say what is wrong."""
    class_index = np.asarray(class_index)
    if class_index.dtype.kind not in "iu" or class_index.shape not in ((), (1,), (count,)):
        raise ValueError(
            f"class_index must be a whole number, or {count} of them, one for each image;"
            f" got {class_index.dtype} in shape {class_index.shape}"
        )
    if class_index.min() < 0 or class_index.max() >= classes:
        raise ValueError(
            f"class_index must be from 0 to {classes - 1}; got {class_index.min()} to {class_index.max()}"
        )
    return np.broadcast_to(class_index, (count,))
