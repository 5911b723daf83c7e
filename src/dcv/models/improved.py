"""The networks of chapter 8: the baseline with ingredients added, a residual one, and the best."""

import keras
import numpy as np
from keras import layers, ops

from dcv.models.checks import check_classes, check_input_shape


def convnet_with(
    input_shape=(32, 32, 3),
    classes=10,
    *,
    batch_norm=None,
    dropout=0.0,
    head="flatten",
    blocks=0,
    shortcut=True,
    separable=False,
):
    """Return the baseline with ingredients of chapter 8 added, each on its own or together.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image; height and width of at least 18 pixels.
    classes : int
        Number of classes, at least 2.
    batch_norm : float, optional
        Batch normalisation between each convolution and its ReLU, with this momentum of the running mean
        and variance. By default there is none.
    dropout : float
        Share of the values before the last layer that are set to zero in training, in [0, 1).
    head : {"flatten", "global_average"}
        What follows the last convolution: the baseline's Flatten and hidden dense layer, or one mean per map.
    blocks : int
        How many pairs of further 3×3 convolutions (64 filters) follow the last one.
    shortcut : bool
        Whether each pair adds its input to its output (a residual block).
    separable : bool
        Depthwise separable convolutions in place of all convolutions but the first.

    Returns
    -------
    keras.Model
        Maps (batch, height, width, channels), float32 in [0, 1], to logits (batch, classes). Not compiled.

    Raises
    ------
    ValueError
        If the shape, the number of classes, the head, or a share cannot be used.

    Examples
    --------
    >>> convnet_with().count_params()  # the baseline
    122570
    >>> convnet_with(head="global_average", blocks=1).count_params()
    130826
    """
    check_input_shape(input_shape, smallest=18)
    check_classes(classes)
    if head not in ("flatten", "global_average"):
        raise ValueError(f"head must be flatten or global_average; got {head!r}")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout must be at least 0 and below 1; got {dropout}")

    def convolution(x, filters, name, padding="valid", kind=layers.Conv2D):
        x = kind(filters, 3, padding=padding, use_bias=batch_norm is None, name=name)(x)
        return (
            x
            if batch_norm is None
            else layers.BatchNormalization(momentum=batch_norm, name=f"{name}_norm")(x)
        )

    def relu(x, name):
        return layers.ReLU(name=f"{name}_relu")(x)

    later = layers.SeparableConv2D if separable else layers.Conv2D
    images = keras.Input(input_shape, name="images")
    x = relu(convolution(images, 32, "conv1"), "conv1")
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = relu(convolution(x, 64, "conv2", kind=later), "conv2")
    x = layers.MaxPooling2D(2, name="pool2")(x)
    x = relu(convolution(x, 64, "conv3", kind=later), "conv3")
    for number in range(1, blocks + 1):
        name = f"block{number}"
        y = relu(convolution(x, 64, f"{name}_conv1", "same", later), f"{name}_conv1")
        y = convolution(y, 64, f"{name}_conv2", "same", later)
        x = relu(layers.Add(name=f"{name}_add")([x, y]) if shortcut else y, name)
    if head == "global_average":
        x = layers.GlobalAveragePooling2D(name="global_average")(x)
    else:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(64, activation="relu", name="hidden")(x)
    if dropout:
        x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(images, layers.Dense(classes, dtype="float32", name="logits")(x), name="convnet_with")


def residual_convnet(input_shape=(32, 32, 3), classes=10, *, widths=(16, 32, 64), blocks=1):
    """Return a residual network: one convolution, three stages of residual blocks, and one dense layer.

    Each stage but the first halves the sides by stride 2 and doubles the filters; a 1×1 convolution then
    brings the shortcut to the same shape.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image.
    classes : int
        Number of classes, at least 2.
    widths : sequence of int
        Filters of each stage.
    blocks : int
        Residual blocks a stage. With 1 the longest path has 8 layers with weights, with 3 it has 20.

    Returns
    -------
    keras.Model
        Maps (batch, height, width, channels), float32 in [0, 1], to logits (batch, classes). Not compiled.

    Raises
    ------
    ValueError
        If the shape or the number of classes cannot be used.

    References
    ----------
    He, Zhang, Ren and Sun (2016), "Deep Residual Learning for Image Recognition", section 4.2, with 1×1
    convolutions as shortcuts where the shape changes.

    Examples
    --------
    >>> residual_convnet().count_params()
    78714
    """
    check_input_shape(input_shape)
    check_classes(classes)

    def normalized(x, filters, name, size=3, stride=1):
        x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False, name=name)(x)
        return layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)

    images = keras.Input(input_shape, name="images")
    x = layers.ReLU(name="stem_relu")(normalized(images, widths[0], "stem"))
    for stage, width in enumerate(widths, 1):
        for block in range(1, blocks + 1):
            name = f"stage{stage}_block{block}"
            stride = 2 if stage > 1 and block == 1 else 1
            y = layers.ReLU(name=f"{name}_relu1")(normalized(x, width, f"{name}_conv1", stride=stride))
            y = normalized(y, width, f"{name}_conv2")
            if stride > 1:
                x = normalized(x, width, f"{name}_shortcut", size=1, stride=stride)
            x = layers.ReLU(name=f"{name}_relu2")(layers.Add(name=f"{name}_add")([x, y]))
    x = layers.GlobalAveragePooling2D(name="global_average")(x)
    logits = layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(images, logits, name="residual_convnet")


def fast_convnet(input_shape=(32, 32, 3), classes=10, *, widths=(48, 128, 192), whitening=None):
    """Return the network that reaches the course's best accuracy in a few minutes on two processor cores.

    A frozen 2×2 convolution that whitens the image, then three blocks of two 3×3 convolutions. The first
    convolution of a block is pooled at once, which halves both sides before most of the arithmetic. Global
    max pooling and one dense layer give the logits, a ninth of their size: large logits early on make the
    network too sure too soon.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image; height and width of at least 9 pixels.
    classes : int
        Number of classes, at least 2.
    widths : sequence of int
        Filters in the convolutions of each block.
    whitening : ndarray, optional
        (2, 2, channels, filters), float: what `whitening_kernel` returns. Without it the first layer has
        random weights, to be replaced by stored ones.

    Returns
    -------
    keras.Model
        Maps (batch, height, width, channels), float32 in [0, 1], to logits (batch, classes). Not compiled.

    Raises
    ------
    ValueError
        If the shape or the number of classes cannot be used.

    References
    ----------
    Jordan (2024), "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", https://arxiv.org/abs/2404.00498, from
    which the layers and the recipe come, with fewer filters.

    Examples
    --------
    >>> fast_convnet().count_params()
    791232
    """
    check_input_shape(input_shape, smallest=2 ** len(widths) + 1)
    check_classes(classes)
    channels = input_shape[-1]
    filters = 2 * 4 * channels
    images = keras.Input(input_shape, name="images")
    x = layers.Rescaling(4, offset=-2, name="centre")(images)  # [0, 1] → [−2, 2]
    x = layers.Conv2D(filters, 2, use_bias=False, trainable=False, name="whiten")(x)
    x = layers.Activation("silu", name="whiten_silu")(x)
    for number, width in enumerate(widths, 1):
        x = _convolution(width, f"block{number}_conv1")(x)
        x = layers.MaxPooling2D(2, name=f"block{number}_pool")(x)
        x = _normalization(f"block{number}_norm1")(x)
        x = layers.Activation("silu", name=f"block{number}_silu1")(x)
        x = _convolution(width, f"block{number}_conv2")(x)
        x = _normalization(f"block{number}_norm2")(x)
        x = layers.Activation("silu", name=f"block{number}_silu2")(x)
    x = layers.GlobalMaxPooling2D(name="global_max")(x)
    x = layers.Dense(classes, use_bias=False, name="dense")(x)
    logits = layers.Rescaling(1 / 9, dtype="float32", name="logits")(x)
    model = keras.Model(images, logits, name="fast_convnet")
    if whitening is not None:
        model.get_layer("whiten").set_weights([whitening])
    return model


def _convolution(width, name):
    return layers.Conv2D(
        width, 3, padding="same", use_bias=False, kernel_initializer=PassThrough(), name=name
    )


def _normalization(name):
    # A factor would change nothing: the next convolution can make it up.
    return FusedBatchNormalization(momentum=0.6, epsilon=1e-3, scale=False, name=name)


def whitening_kernel(images, *, size=2, smallest=5e-4):
    """Return a kernel whose responses to patches of these images are uncorrelated and of equal variance.

    Neighbouring pixels are nearly equal, so the patches' covariance is far from the identity, and gradient
    descent is slow along its small directions. The kernel holds the eigenvectors of the covariance, each
    divided by the root of its eigenvalue; each comes with both signs, because the activation that follows
    keeps only one side.

    Parameters
    ----------
    images : ndarray
        (count, height, width, channels), float in [0, 1]; a few thousand suffice.
    size : int
        Height and width of the patches in pixels.
    smallest : float
        Is added to the eigenvalues, so that noise is not blown up.

    Returns
    -------
    ndarray
        (size, size, channels, 2 · size² · channels), float32.

    Raises
    ------
    ValueError
        If these are not images in [0, 1].

    Examples
    --------
    >>> images = np.random.default_rng(0).random((50, 8, 8, 3))
    >>> whitening_kernel(images).shape
    (2, 2, 3, 24)
    """
    images = np.asarray(images)
    if images.ndim != 4 or not 0 <= images.min() <= images.max() <= 1:
        raise ValueError(
            "images must have shape (count, height, width, channels) and lie in [0, 1]; "
            f"got shape {images.shape}, {images.min():g} to {images.max():g}"
        )
    patches = np.lib.stride_tricks.sliding_window_view(4 * images - 2, (size, size), axis=(1, 2))
    # (count, rows, columns, channels, size, size) → (patches, size, size, channels)
    patches = patches.transpose(0, 1, 2, 4, 5, 3).reshape(-1, size * size * images.shape[-1])
    eigenvalues, eigenvectors = np.linalg.eigh(patches.T @ patches / len(patches))
    kernel = (eigenvectors / np.sqrt(eigenvalues + smallest)).reshape(size, size, images.shape[-1], -1)
    return np.concatenate([kernel, -kernel], axis=-1).astype(np.float32)


@keras.saving.register_keras_serializable("dcv")
class PassThrough(keras.initializers.Initializer):
    """Kernels of which the first hand their input on unchanged, and the others are random.

    Filter i has a one in the middle of channel i and zeros elsewhere, as long as there is a channel i. So
    the image's content reaches the last layer from the first step on.
    """

    def __call__(self, shape, dtype=None):
        """Return a kernel of shape (height, width, channels, filters); height and width are odd."""
        height, width = shape[:2]
        kernel = np.array(keras.initializers.VarianceScaling(1 / 3, distribution="uniform")(shape))
        for i in range(min(shape[2:])):
            kernel[..., i] = 0
            kernel[height // 2, width // 2, i, i] = 1
        return ops.convert_to_tensor(kernel, dtype=dtype)


@keras.saving.register_keras_serializable("dcv")
class FusedBatchNormalization(layers.BatchNormalization):
    """Keras's batch normalisation of feature maps, in training by TensorFlow's one operation for it.

    The results are the same; Keras computes mean, variance and the rest one after the other, each in a
    pass of its own through memory.
    """

    def call(self, inputs, training=None):
        """Return the normalised maps, and in training let the running mean and variance follow."""
        if not training or keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training)
        import tensorflow as tf

        channels = inputs.shape[-1]
        gamma = tf.cast(self.gamma, tf.float32) if self.scale else tf.ones(channels)
        beta = tf.cast(self.beta, tf.float32) if self.center else tf.zeros(channels)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=gamma,
            offset=beta,
            mean=tf.zeros(0),
            variance=tf.zeros(0),
            epsilon=self.epsilon,
            is_training=True,
        )
        for running, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            running.assign(running * self.momentum + batch * (1 - self.momentum))
        return outputs
