"""Training on several devices at once: which, how they are joined, and what batch normalisation needs."""

import keras

from dcv.models.copying import copy_model


def choose_devices(count):
    """Return the names of devices to train on: GPUs if there are several, else parts of the processor.

    TensorFlow takes all cores of a processor for one device. Without GPUs this splits it into virtual
    devices. They share the cores, so nothing becomes faster; all else is as on several GPUs: each device
    holds a copy of the weights, sees its share of every batch, and exchanges gradients with the others. So
    the same program runs on a laptop and on a machine with GPUs.

    Call it before anything else uses TensorFlow: a processor that has computed something cannot be split.

    Parameters
    ----------
    count : int
        How many devices you want, at least 1.

    Returns
    -------
    list of str
        Names for `mirror`. Of GPUs as many as there are, but not more than `count`; otherwise exactly `count`
        virtual devices.

    Raises
    ------
    ValueError
        If the count is below 1.
    RuntimeError
        If TensorFlow has started, with fewer virtual devices than you ask for.

    Examples
    --------
    >>> len(choose_devices(1))
    1
    """
    import tensorflow as tf

    if count < 1:
        raise ValueError(f"count must be at least 1, the number of devices to train on; got {count}")
    gpus = tf.config.list_physical_devices("GPU")
    if len(gpus) > 1:
        return [f"GPU:{i}" for i in range(min(count, len(gpus)))]
    processor = tf.config.list_physical_devices("CPU")[0]
    parts = tf.config.get_logical_device_configuration(processor) or [tf.config.LogicalDeviceConfiguration()]
    if count > len(parts):
        try:
            tf.config.set_logical_device_configuration(
                processor, [tf.config.LogicalDeviceConfiguration()] * count
            )
        except RuntimeError as error:
            raise RuntimeError(
                f"expected to split the processor into {count} devices before TensorFlow starts, but it has "
                f"started with {len(parts)}: restart Python (in a notebook, the kernel), and call "
                "choose_devices first"
            ) from error
    return [f"CPU:{i}" for i in range(count)]


def mirror(devices):
    """Return TensorFlow's strategy that keeps a copy of a model on each device, and all copies equal.

    What is built and compiled inside ``with mirror(devices).scope():`` is trained by `fit` on all devices:
    each batch is shared out, gradients are added up over the devices, and every copy makes the same update.

    Parameters
    ----------
    devices : sequence of str
        What `choose_devices` returns, or a part of it.

    Returns
    -------
    tf.distribute.MirroredStrategy

    Raises
    ------
    ValueError
        If there is no device.

    Examples
    --------
    >>> mirror(choose_devices(1)).num_replicas_in_sync
    1
    """
    import tensorflow as tf

    devices = list(devices)
    if not devices:
        raise ValueError("devices is empty; expected names such as those that choose_devices(2) returns")
    # TensorFlow's own choice for processors admits one strategy in a process only: the next one fails with
    # "Device ... is joining a group", or waits for ever.
    gpus = len(devices) > 1 and all("GPU" in device.upper() for device in devices)
    exchange = tf.distribute.NcclAllReduce() if gpus else tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(devices, cross_device_ops=exchange)


def synchronize_batch_norm(model):
    """Return a copy of a model whose batch normalisation takes mean and variance over all devices.

    Otherwise each device normalises its share of a batch with the mean and variance of that share, and the
    network computes something else than on one device. On one device the copy gives what the model gives.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional. Make it, and this copy, inside ``with mirror(devices).scope():``.

    Returns
    -------
    keras.Model
        The same layers and weights, not compiled. Each kind of batch normalisation becomes Keras's own.

    Raises
    ------
    ValueError
        If the model cannot be copied layer by layer.

    References
    ----------
    Ioffe and Szegedy (2015), "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
    Covariate Shift", https://arxiv.org/abs/1502.03167

    Examples
    --------
    >>> from dcv.models import residual_convnet
    >>> synchronize_batch_norm(residual_convnet()).get_layer("stem_norm").synchronized
    True
    """

    def copy_layer(layer):
        if isinstance(layer, keras.layers.BatchNormalization):
            return keras.layers.BatchNormalization.from_config({**layer.get_config(), "synchronized": True})
        return layer.from_config(layer.get_config())

    return copy_model(model, copy_layer)


class StepLosses(keras.callbacks.Callback):
    """Record the loss of each step; Keras itself reports the mean over all steps of an epoch so far.

    Attributes
    ----------
    losses : list of float
        Mean loss of the batch of each step, over all devices, before that step changed the weights.

    Examples
    --------
    >>> import numpy as np
    >>> from dcv.models import baseline_convnet
    >>> from dcv.training import compile_classifier
    >>> steps, images = StepLosses(), np.zeros((8, 32, 32, 3), np.float32)
    >>> model = compile_classifier(baseline_convnet())
    >>> history = model.fit(images, np.arange(8), batch_size=4, callbacks=[steps], verbose=0)
    >>> len(steps.losses)
    2
    """

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_begin(self, batch, logs=None):
        """Forget the steps before."""
        self.model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None):
        """Read the loss of this one."""
        # Not logs["loss"], which gives the shares of all devices the same weight, whatever their sizes.
        self.losses.append(float(self.model.get_metrics_result()["loss"]))
