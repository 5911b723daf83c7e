"""Seeds, compiling, fitting."""

import time

import keras
import numpy as np


def set_seed(seed=0):
    """Seed Python's, NumPy's and the Keras backend's random numbers.

    Runs with equal seeds start from the same weights and see the images in the same order. Their results can
    still differ in the last digits, since several threads add floating-point numbers in varying order.

    Parameters
    ----------
    seed : int
        Any integer from 0 to 2³² − 1.

    Examples
    --------
    >>> set_seed(1)
    >>> first = np.random.rand()
    >>> set_seed(1)
    >>> first == np.random.rand()
    True
    """
    keras.utils.set_random_seed(seed)


def has_gpu():
    """Return whether TensorFlow sees a GPU.

    Returns
    -------
    bool
        True if at least one GPU can be used.
    """
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def compile_classifier(model, *, learning_rate=1e-3):
    """Compile a classifier that returns logits, for integer labels, and return it.

    Adam as the optimizer, sparse categorical cross-entropy *from logits* as the loss, accuracy as the metric.

    Parameters
    ----------
    model : keras.Model
        Its output is (batch, classes): logits, without softmax.
    learning_rate : float
        Adam's step size, above 0.

    Returns
    -------
    keras.Model
        The same model, compiled.

    References
    ----------
    Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization", https://arxiv.org/abs/1412.6980

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> compile_classifier(baseline_convnet()).loss.from_logits
    True
    """
    if learning_rate <= 0:
        raise ValueError(f"learning_rate must be above 0; got {learning_rate}")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # Compiling these small networks with XLA takes longer than it saves on a CPU.
        jit_compile=False,
    )
    return model


def fit(model, images, labels, *, validation_data=None, epochs=4, batch_size=32, verbose=2):
    """Train a compiled classifier and return its history.

    Parameters
    ----------
    model : keras.Model
        A compiled classifier.
    images : ndarray
        (count, height, width, channels), float32 in [0, 1].
    labels : ndarray
        (count,), integer class indices.
    validation_data : tuple of ndarray, optional
        (images, labels) on which the model is measured after every epoch, but never trained.
    epochs : int
        How often every image is shown.
    batch_size : int
        Images per update of the weights.
    verbose : {0, 1, 2}
        What Keras prints: nothing, a progress bar, a line per epoch.

    Returns
    -------
    dict of list of float
        "loss", "accuracy" and "seconds", with validation data also "val_loss" and "val_accuracy"; one number
        per epoch. "loss" and "accuracy" are means over the epoch, taken while the weights still changed.

    Raises
    ------
    ValueError
        If the images are not floats in [0, 1] or their number is not that of the labels.

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> set_seed(0)
    >>> images, labels = np.random.rand(8, 32, 32, 3).astype("float32"), np.arange(8)
    >>> history = fit(compile_classifier(baseline_convnet()), images, labels, epochs=2, verbose=0)
    >>> len(history["loss"])
    2
    """
    check_training_data(images, labels)
    if validation_data is not None:
        check_training_data(*validation_data)
    clock = _EpochClock()
    result = model.fit(
        images,
        labels,
        validation_data=validation_data,
        epochs=epochs,
        batch_size=batch_size,
        verbose=verbose,
        callbacks=[clock],
    )
    history = {name: [float(value) for value in values] for name, values in result.history.items()}
    return {**history, "seconds": clock.seconds}


class _EpochClock(keras.callbacks.Callback):
    """Measure how long each epoch takes, validation included."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self._start)


def check_training_data(images, labels):
    """Raise a ValueError unless images and labels are what the course's networks are trained on.

    Parameters
    ----------
    images : ndarray
        Expected as (count, height, width, channels), float in [0, 1].
    labels : ndarray
        Expected as (count,), integer.

    Raises
    ------
    ValueError
        With what was expected, what came and what to do.

    Examples
    --------
    >>> check_training_data(np.zeros((2, 32, 32, 3), "uint8"), np.array([0, 1]))
    Traceback (most recent call last):
        ...
    ValueError: images must be float in [0, 1]; got uint8: convert with images.astype("float32") / 255
    """
    if images.ndim != 4:
        raise ValueError(f"images must have shape (count, height, width, channels); got shape {images.shape}")
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f'images must be float in [0, 1]; got {images.dtype}: convert with images.astype("float32") / 255'
        )
    low, high = images.min(), images.max()
    if low < 0 or high > 1:
        raise ValueError(f"images must be in [0, 1]; got {low:g} to {high:g}: divide by 255, and only once")
    if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be {len(images)} integers, one per image, in shape ({len(images)},); "
            f"got {labels.dtype} in shape {labels.shape}"
        )
