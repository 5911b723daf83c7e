"""MobileNet with the weights that Google trained on ImageNet; the course does not ship them."""

import json

import keras

from dcv.mobilenet_files import obtain

CHANNEL_SHARE = 0.25  # alpha: a quarter of the channels of the full MobileNet


def load_mobilenet(size=224, *, include_top=True):
    """Return MobileNet, a quarter as wide as published, with the weights that Google trained on ImageNet.

    The weights, 2 MB, are looked for where Keras keeps them: in the folder ``models`` of ``$KERAS_HOME``, or
    of ``.keras`` in your home folder. If they are not there they are downloaded to that place, unless
    ``DCV_OFFLINE=1``.

    Parameters
    ----------
    size : int
        Height and width of the images, at least 32. The weights were trained at 224.
    include_top : bool
        With the dense layer and the softmax for the 1,000 classes of ImageNet, or without.

    Returns
    -------
    keras.Model
        Maps (batch, size, size, 3), float32 in [-1, 1], to probabilities (batch, 1000), float32 in [0, 1];
        without the top to features (batch, 256), float32 in [0, 6].

    Raises
    ------
    WeightsUnavailableError
        If the weights are not at hand and cannot be downloaded.
    ValueError
        If the size is below 32.

    References
    ----------
    Howard et al. (2017), "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
    Applications", https://arxiv.org/abs/1704.04861

    Examples
    --------
    >>> model = load_mobilenet(96, include_top=False)  # doctest: +SKIP
    >>> model.output_shape  # doctest: +SKIP
    (None, 256)
    """
    if size < 32:
        raise ValueError(f"size must be at least 32 pixels, or nothing is left of the last map; got {size}")
    weights = obtain("mobilenet_2_5_224_tf.h5" if include_top else "mobilenet_2_5_224_tf_no_top.h5")
    # A path, not weights="imagenet": that would download by itself, whatever DCV_OFFLINE says.
    return keras.applications.MobileNet(
        (size, size, 3),
        alpha=CHANNEL_SHARE,
        include_top=include_top,
        weights=str(weights),
        pooling=None if include_top else "avg",
    )


def imagenet_class_names():
    """Return the names of the 1,000 classes of ImageNet, in the order of MobileNet's probabilities.

    Returns
    -------
    list of str
        Such as "tabby" and "Egyptian cat".

    Raises
    ------
    WeightsUnavailableError
        If the list is not at hand and cannot be downloaded.

    Examples
    --------
    >>> imagenet_class_names()[281]  # doctest: +SKIP
    'tabby'
    """
    entries = json.loads(obtain("imagenet_class_index.json").read_text(encoding="utf-8"))
    return [entries[str(i)][1].replace("_", " ") for i in range(len(entries))]
