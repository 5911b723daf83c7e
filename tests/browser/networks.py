"""Small Keras networks that have, together, every kind of layer that `explore_network` knows."""

from functools import partial

import keras
import numpy as np
from keras import layers

from dcv.data import load_shapes10
from dcv.models import load_pretrained


def with_random_weights(model):
    """Return a model whose weights and statistics are all far from their simple beginnings."""
    rng = np.random.default_rng(0)
    for variable in model.weights:
        values = rng.normal(0, 0.3, variable.shape)
        variable.assign(np.abs(values) + 0.5 if "variance" in variable.path else values)
    return model


def residual():
    """Batch normalization, ways around blocks, global average pooling, in the plan of He et al. (2016)."""
    image = keras.Input((16, 16, 3))
    maps = layers.Rescaling(2.0, -1.0, name="rescaling")(image)
    maps = layers.Conv2D(8, 3, padding="same", use_bias=False, name="stem")(maps)
    maps = layers.ReLU(name="stem_relu")(layers.BatchNormalization(name="stem_norm")(maps))
    for block, (filters, stride) in enumerate([(8, 1), (12, 2)]):
        way = maps
        if stride > 1:
            way = layers.Conv2D(filters, 1, strides=stride, name=f"way{block}")(maps)
        maps = layers.Conv2D(filters, 3, strides=stride, padding="same", name=f"conv{block}a")(maps)
        maps = layers.BatchNormalization(name=f"norm{block}a")(maps)
        maps = layers.Activation("relu", name=f"relu{block}a")(maps)
        maps = layers.Conv2D(filters, 3, padding="same", name=f"conv{block}b")(maps)
        maps = layers.BatchNormalization(name=f"norm{block}b")(maps)
        maps = layers.ReLU(name=f"relu{block}")(layers.Add(name=f"add{block}")([maps, way]))
    scores = layers.Dropout(0.3)(layers.GlobalAveragePooling2D(name="average")(maps))
    return with_random_weights(keras.Model(image, layers.Dense(10, name="logits")(scores), name="residual"))


def separable():
    """Depthwise, separable and grouped convolutions, joined; squeeze and excitation; a model inside."""
    image = keras.Input((17, 15, 3))
    maps = layers.ZeroPadding2D(((1, 2), (0, 1)), name="pad")(image)
    depthwise = layers.DepthwiseConv2D(3, 2, "same", depth_multiplier=2, activation="elu", name="depthwise")
    maps = depthwise(maps)
    left = layers.SeparableConv2D(8, 3, depth_multiplier=2, activation="gelu", name="left")(maps)
    right = layers.Conv2D(12, 3, groups=2, activation="tanh", name="right")(maps)
    maps = layers.Concatenate(name="joined")([left, right])
    maps = layers.AveragePooling2D(3, 2, "same", name="pooled")(maps)
    weights = layers.GlobalAveragePooling2D(keepdims=True, name="squeezed")(maps)
    weights = layers.Dense(20, activation="sigmoid", name="excited")(weights)
    maps = layers.Multiply(name="weighted")([maps, weights])
    inside = keras.Sequential(
        [
            keras.Input(maps.shape[1:]),
            layers.Conv2D(8, (1, 2), activation=layers.LeakyReLU(0.1), name="narrow"),
            layers.MaxPooling2D(2, 1, "same", name="overlapping"),
        ],
        name="inside",
    )
    maps = inside(maps)
    vector = layers.Flatten(name="flat")(maps + maps)
    vector = layers.Dense(7, activation="selu", name="hidden")(vector)
    return with_random_weights(
        keras.Model(image, layers.Dense(5, activation="softmax")(vector), name="separable")
    )


def dilated():
    """Dilation, kernels that are not square, layers of activation, global maximum, a chain of reshapes."""
    return with_random_weights(
        keras.Sequential(
            [
                keras.Input((14, 14, 1)),
                layers.Conv2D(6, 3, dilation_rate=2, padding="same", activation="silu", name="wide"),
                layers.Conv2D(5, (5, 1), dilation_rate=(2, 1), activation="softplus", name="tall"),
                layers.LeakyReLU(0.3, name="leaky"),
                layers.ELU(0.5, name="elu"),
                layers.Activation("hard_sigmoid", name="hard"),
                layers.GlobalMaxPooling2D(name="largest"),
                layers.Reshape((1, 1, 5), name="as_map"),
                layers.Reshape((5,), name="as_vector"),
                layers.Dense(3, name="logits"),
                layers.Softmax(name="softmax"),
            ],
            name="dilated",
        )
    )


NETWORKS = {"baseline": load_pretrained, "residual": residual, "separable": separable, "dilated": dilated}
# The network of chapter 8, with the weights that training found.
TRAINED_RESIDUAL = partial(load_pretrained, "residual_convnet")


def images_for(model, count):
    """Return drawn images of the size that a network takes, (count, height, width, channels), uint8."""
    height, width, channels = model.input_shape[1:]
    images = load_shapes10(10 * -(-count // 10), 10).train_images[:count]
    return images[:, -height:, -width:, :channels]
