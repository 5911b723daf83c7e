"""Chapter 9: a base that learned its features from other classes, and new heads for it."""

import keras
from keras import layers

from dcv.models.checks import check_classes, check_input_shape

#: The blocks of `transfer_base`, from the image upwards.
BLOCKS = ("block1", "block2", "block3", "block4")

# Filters of each block, and whether it halves height and width.
_PLAN = ((32, True), (64, True), (128, False), (128, False))


def transfer_base(input_shape=(32, 32, 3)):
    """Return a convolutional base that turns an image into 128 features.

    Four blocks, each of a 3×3 convolution, batch normalisation and ReLU, the first two with 2×2 max pooling;
    then global average pooling:
    ``(32, 32, 3) → (16, 16, 32) → (8, 8, 64) → (8, 8, 128) → (8, 8, 128) → (128,)``.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image; height and width of at least 4 pixels.

    Returns
    -------
    keras.Sequential
        Maps (batch, height, width, channels), float32 in [0, 1], to (batch, 128), float32 ≥ 0. The layers are
        called "block1_conv", "block1_pool", "block1_norm", "block1_relu" and so on, the last one "features".

    Raises
    ------
    ValueError
        If the shape is not (height, width, channels), or the image is too small.

    References
    ----------
    Ioffe and Szegedy (2015), https://arxiv.org/abs/1502.03167, for batch normalisation; Lin, Chen and Yan
    (2014), https://arxiv.org/abs/1312.4400, for global average pooling.

    Examples
    --------
    >>> transfer_base().output_shape
    (None, 128)
    """
    check_input_shape(input_shape, smallest=4)
    stack = [keras.Input(input_shape)]
    for block, (filters, halves) in zip(BLOCKS, _PLAN, strict=True):
        # The shift of the normalisation does what a bias would.
        stack.append(layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{block}_conv"))
        if halves:
            # Pooling first leaves a quarter of the values to normalise.
            stack.append(layers.MaxPooling2D(2, name=f"{block}_pool"))
        stack.append(layers.BatchNormalization(momentum=0.9, name=f"{block}_norm"))
        stack.append(layers.ReLU(name=f"{block}_relu"))
    stack.append(layers.GlobalAveragePooling2D(name="features"))
    return keras.Sequential(stack, name="base")


def eight_class_convnet(input_shape=(32, 32, 3), classes=8):
    """Return the network that `transfer_base` is pretrained in: the base and one dense layer.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image.
    classes : int
        Number of classes, at least 2.

    Returns
    -------
    keras.Sequential
        Two layers, "base" and "logits". Maps (batch, height, width, channels), float32 in [0, 1], to logits
        (batch, classes), float32. Not compiled.

    Raises
    ------
    ValueError
        If the shape or the number of classes cannot be used.

    Examples
    --------
    >>> [layer.name for layer in eight_class_convnet().layers]
    ['base', 'logits']
    """
    check_classes(classes)
    base = transfer_base(input_shape)
    return keras.Sequential(
        [keras.Input(input_shape), base, layers.Dense(classes, name="logits")], name="eight_class_convnet"
    )


def transfer_classifier(base, classes=2):
    """Return a classifier: a base that is there already, and a new dense layer.

    Parameters
    ----------
    base : keras.Model
        Maps images to features (batch, count). Its layers are used, not copied: what is trained in the
        classifier is trained in the base. `freeze` says what of it is trained.
    classes : int
        Number of classes, at least 2.

    Returns
    -------
    keras.Sequential
        Maps what the base takes to logits (batch, classes), float32. Not compiled.

    Raises
    ------
    ValueError
        If the number of classes cannot be used.

    Examples
    --------
    >>> transfer_classifier(transfer_base(), 3).output_shape
    (None, 3)
    """
    check_classes(classes)
    head = layers.Dense(classes, name="logits")
    return keras.Sequential([keras.Input(base.input_shape[1:]), base, head], name="transfer_classifier")


def freeze(base, blocks):
    """Freeze the lower blocks of a base, and its batch normalisation everywhere.

    A frozen `BatchNormalization` does not only keep its scale and shift. It also runs in inference mode, with
    the means and variances that it stored, while the network around it is trained.

    Parameters
    ----------
    base : keras.Sequential
        As `transfer_base` returns it; changed in place. A model that was compiled before must be compiled
        again.
    blocks : int
        How many blocks are frozen: from 0, when all kernels are trained, to 4, when nothing is.

    Raises
    ------
    ValueError
        If the base has not so many blocks.

    References
    ----------
    Chollet, "Transfer learning and fine-tuning", https://keras.io/guides/transfer_learning/

    Examples
    --------
    >>> base = transfer_base()
    >>> freeze(base, 2)
    >>> [layer.name for layer in base.layers if layer.trainable_weights]
    ['block3_conv', 'block4_conv']
    """
    _check_blocks(blocks)
    for layer in base.layers:
        is_below = layer.name.startswith(BLOCKS[:blocks])
        layer.trainable = not is_below and not isinstance(layer, layers.BatchNormalization)


def split_base(base, blocks):
    """Return the lower blocks of a base and the rest of it, as two networks.

    What the lower part returns for an image does not change while it is frozen: it can be computed once.

    Parameters
    ----------
    base : keras.Sequential
        As `transfer_base` returns it. The parts share its layers.
    blocks : int
        How many blocks the lower part has: from 0, when it returns the image as it is, to 4, when it returns
        the features.

    Returns
    -------
    lower, upper : tuple of keras.Sequential
        ``upper(lower(images))`` equals ``base(images)``.

    Raises
    ------
    ValueError
        If the base has not so many blocks.

    Examples
    --------
    >>> lower, upper = split_base(transfer_base(), 2)
    >>> lower.output_shape, upper.input_shape
    ((None, 8, 8, 64), (None, 8, 8, 64))
    """
    _check_blocks(blocks)
    names = [layer.name for layer in base.layers]
    last = {0: None, len(BLOCKS): "features"}.get(blocks, f"block{blocks}_relu")
    cut = names.index(last) + 1 if last else 0
    nothing = [layers.Identity()]
    lower = keras.Sequential([keras.Input(base.input_shape[1:]), *(base.layers[:cut] or nothing)])
    upper = keras.Sequential([keras.Input(lower.output_shape[1:]), *(base.layers[cut:] or nothing)])
    return lower, upper


def _check_blocks(blocks):
    if not 0 <= blocks <= len(BLOCKS):
        raise ValueError(f"blocks must be from 0 to {len(BLOCKS)}, as many as the base has; got {blocks}")
