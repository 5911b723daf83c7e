"""The networks of chapters 2 to 6: the baseline, and the small ones that it is compared with."""

import keras
from keras import layers

from dcv.models.checks import check_classes, check_input_shape


def convolutional_base(input_shape=(32, 32, 3)):
    """Return the part of the baseline that turns an image into feature maps.

    Three 3×3 convolutions with ReLU (32, 64 and 64 filters), the first two each followed by 2×2 max pooling:
    ``(32, 32, 3) → (30, 30, 32) → (15, 15, 32) → (13, 13, 64) → (6, 6, 64) → (4, 4, 64)``.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image; height and width of at least 18 pixels.

    Returns
    -------
    keras.Sequential
        Maps (batch, height, width, channels), float32 in [0, 1], to (batch, rows, columns, 64), float32 ≥ 0.

    Raises
    ------
    ValueError
        If the shape is not (height, width, channels) or the image is too small for the last convolution.

    References
    ----------
    TensorFlow tutorial "Convolutional Neural Network (CNN)", https://www.tensorflow.org/tutorials/images/cnn

    Examples
    --------
    >>> convolutional_base().count_params()
    56320
    """
    check_input_shape(input_shape, smallest=18)
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Conv2D(64, 3, activation="relu", name="conv3"),
        ],
        name="convolutional_base",
    )


def baseline_convnet(input_shape=(32, 32, 3), classes=10):
    """Return the course's baseline classifier: the convolutional base, then two dense layers.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image.
    classes : int
        Number of classes, at least 2.

    Returns
    -------
    keras.Sequential
        Maps (batch, height, width, channels), float32 in [0, 1], to logits (batch, classes), float32.
        Not compiled.

    Raises
    ------
    ValueError
        If the shape or the number of classes cannot be used.

    References
    ----------
    TensorFlow tutorial "Convolutional Neural Network (CNN)", https://www.tensorflow.org/tutorials/images/cnn

    Examples
    --------
    >>> baseline_convnet().count_params()
    122570
    """
    check_classes(classes)
    model = convolutional_base(input_shape)
    model.name = "baseline_convnet"
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(64, activation="relu", name="hidden"))
    model.add(layers.Dense(classes, name="logits"))
    return model


def dense_network(input_shape, classes, *, units=(64,)):
    """Return a classifier without convolutions: every unit looks at every pixel.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image.
    classes : int
        Number of classes, at least 2.
    units : sequence of int
        Size of each hidden layer.

    Returns
    -------
    keras.Sequential
        Maps (batch, height, width, channels), float32 in [0, 1], to logits (batch, classes). Not compiled.

    Raises
    ------
    ValueError
        If the shape or the number of classes cannot be used.

    Examples
    --------
    >>> dense_network((32, 32, 1), 2, units=(64,)).count_params()  # 1024·64 + 64 + 64·2 + 2
    65730
    """
    check_input_shape(input_shape)
    check_classes(classes)
    hidden = [layers.Dense(count, activation="relu", name=f"hidden{i}") for i, count in enumerate(units, 1)]
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Flatten(name="flatten"),
            *hidden,
            layers.Dense(classes, name="logits"),
        ],
        name="dense_network",
    )


# What stands between the last feature map and the logits.
_HEADS = {
    "flatten": layers.Flatten,
    "global_max": layers.GlobalMaxPooling2D,
    "global_average": layers.GlobalAveragePooling2D,
}


def small_convnet(input_shape, classes, *, head="flatten"):
    """Return two 5×5 convolutions (16 and 32 filters) with a pooling between, the chosen head, and logits.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image; height and width of at least 14 pixels.
    classes : int
        Number of classes, at least 2.
    head : {"flatten", "global_max", "global_average"}
        How the last feature maps become a vector: every position kept apart, or one number per map.

    Returns
    -------
    keras.Sequential
        Maps (batch, height, width, channels), float32 in [0, 1], to logits (batch, classes). Not compiled.

    Raises
    ------
    ValueError
        If the head is unknown, or the shape or the number of classes cannot be used.

    Examples
    --------
    >>> small_convnet((32, 32, 1), 2, head="global_max").count_params()
    13314
    """
    if head not in _HEADS:
        raise ValueError(f"head must be one of {', '.join(_HEADS)}; got {head!r}")
    check_input_shape(input_shape, smallest=14)
    check_classes(classes)
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(16, 5, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(32, 5, activation="relu", name="conv2"),
            _HEADS[head](name=head),
            layers.Dense(classes, name="logits"),
        ],
        name=f"small_convnet_{head}",
    )
