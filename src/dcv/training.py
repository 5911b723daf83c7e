"""Seeds, compiling, fitting."""

import re
import time
from pathlib import Path

import keras
import numpy as np

from dcv.augmentation import flip_images, shift_images
from dcv.models.copying import copy_model
from dcv.optimizers import Muon


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


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises to a peak and falls back to zero, both in straight lines.

    Parameters
    ----------
    peak : float
        The largest learning rate.
    steps : int
        Steps of the whole run: batches an epoch times epochs.
    rising : float
        Share of the steps that lie before the peak, above 0 and below 1.
    start : float
        Learning rate at step 0, as a share of the peak.

    Raises
    ------
    ValueError
        If peak or steps are not above 0, or rising is not between 0 and 1.

    References
    ----------
    Smith and Topin (2019), "Super-Convergence", https://arxiv.org/abs/1708.07120

    Examples
    --------
    >>> schedule = OneCycle(0.5, 100, rising=0.25)
    >>> [round(float(schedule(step)), 2) for step in (0, 25, 50, 100)]
    [0.1, 0.5, 0.33, 0.0]
    """

    def __init__(self, peak, steps, *, rising=0.25, start=0.2):
        if peak <= 0 or steps <= 0:
            raise ValueError(f"peak and steps must be above 0; got {peak} and {steps}")
        if not 0 < rising < 1:
            raise ValueError(f"rising must be above 0 and below 1; got {rising}")
        self.peak, self.steps, self.rising, self.start = peak, steps, rising, start

    def __call__(self, step):
        """Return the learning rate at a step, the first being 0."""
        share = keras.ops.cast(step, "float32") / self.steps
        up = self.start + (1 - self.start) * share / self.rising
        down = (1 - share) / (1 - self.rising)
        return self.peak * keras.ops.maximum(keras.ops.minimum(up, down), 0.0)

    def get_config(self):
        """Return the arguments, so that Keras can store the schedule."""
        return {"peak": self.peak, "steps": self.steps, "rising": self.rising, "start": self.start}


class AugmentedBatches(keras.utils.PyDataset):
    """Batches of moved and mirrored images with one-hot labels, in another order each epoch.

    Every image is mirrored in every second epoch; in which ones, chance decides. So two epochs always show
    both versions, which pure chance would not (Jordan, 2024).

    Parameters
    ----------
    images : ndarray
        (count, height, width, channels), uint8.
    labels : ndarray
        (count,), integer class indices.
    batch_size : int
        Images in a batch; what is left at the end of an epoch is left out.
    reach : int
        By how many pixels an image may move each way; 0 for not at all.
    flip : bool
        Whether images are mirrored left to right.
    upside_down : bool
        Whether every second image, by chance, is mirrored top to bottom.
    seed : int
        Decides order, distances and flips.

    Raises
    ------
    ValueError
        If the images are not uint8, or there are fewer than one batch of them.

    Examples
    --------
    >>> batches = AugmentedBatches(np.zeros((10, 8, 8, 3), "uint8"), np.arange(10), 4)
    >>> len(batches)
    2
    >>> images, labels = batches[0]
    >>> images.shape, images.dtype, labels.shape
    ((4, 8, 8, 3), dtype('float32'), (4, 10))
    """

    def __init__(self, images, labels, batch_size, *, reach=2, flip=True, upside_down=False, seed=0):
        super().__init__()
        if images.dtype != np.uint8:
            raise ValueError(f"images must be uint8, as load_cifar10 returns them; got {images.dtype}")
        if len(images) < batch_size:
            raise ValueError(f"expected at least one batch of {batch_size} images; got {len(images)}")
        self._images, self._labels = images, np.eye(labels.max() + 1, dtype=np.float32)[labels]
        self._batch_size, self._reach, self._flip, self._upside_down = batch_size, reach, flip, upside_down
        self._rng = np.random.default_rng(seed)
        self._flipped = self._rng.random(len(images)) < 0.5
        self._order = self._rng.permutation(len(images))

    def __len__(self):
        """Return the number of batches an epoch."""
        return len(self._images) // self._batch_size

    def __getitem__(self, number):
        """Return one batch: images, float32 in [0, 1], and labels."""
        chosen = self._order[number * self._batch_size : (number + 1) * self._batch_size]
        images = self._images[chosen]
        if self._reach:
            rows, columns = self._rng.integers(-self._reach, self._reach + 1, (2, len(chosen)))
            images = shift_images(images, rows, columns)
        if self._flip:
            images = flip_images(images, self._flipped[chosen])
        if self._upside_down:
            images = np.where(self._rng.random((len(chosen), 1, 1, 1)) < 0.5, images[:, ::-1], images)
        return images.astype(np.float32) / 255, self._labels[chosen]

    def on_epoch_end(self):
        """Mirror the other half, and shuffle."""
        self._flipped = ~self._flipped
        self._order = self._rng.permutation(len(self._images))


def fit(
    model,
    images,
    labels,
    *,
    validation_data=None,
    epochs=4,
    batch_size=32,
    verbose=2,
    clock=time.perf_counter,
):
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
    clock : function
        Measures the seconds. `time.process_time` counts what the processor does for this program, whatever
        else it does meanwhile.

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
    return timed_fit(
        model,
        clock,
        images,
        labels,
        validation_data=validation_data,
        epochs=epochs,
        batch_size=batch_size,
        verbose=verbose,
    )


def fit_fast(
    model,
    images,
    labels,
    *,
    validation_data=None,
    epochs=1,
    batch_size=256,
    learning_rate=0.01,
    precision=None,
    verbose=2,
    clock=time.perf_counter,
):
    """Train a classifier like `fit`, several times as fast, and return its history.

    The network is the same afterwards, with other weights. What is different is the way there:

    - The images stay uint8 until a batch is needed: a quarter of the bytes of float32.
    - Larger batches, and several of them each time that Python hands over to TensorFlow.
    - `dcv.optimizers.Muon`, whose steps go equally far in every direction, with a learning rate that rises
      and falls (`OneCycle`).
    - While training, the first layer sees numbers around zero, 4·image − 2, if it is a convolution without
      padding. Gradient descent is slow where all inputs are positive. Afterwards the layer's weights are
      changed so that it gives the same for the image itself.
    - Products of bfloat16 numbers, where the processor has them. Sums and weights stay float32.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional, compiled or not, for float images in [0, 1]; its output is logits. It is
        trained in place, and compiled by `compile_classifier` if it was not.
    images : ndarray
        (count, height, width, channels), uint8, as `load_cifar10` returns them.
    labels : ndarray
        (count,), integer class indices.
    validation_data : tuple of ndarray, optional
        (images, labels), the same kinds, on which the model is measured after every epoch, but never trained.
    epochs : int
        How often every image is shown.
    batch_size : int
        Images per update of the weights.
    learning_rate : float
        The largest learning rate, above 0.
    precision : {None, "float32", "mixed_bfloat16"}
        What the layers compute in. By default "mixed_bfloat16" if `has_bfloat16`, else "float32". The last
        layer always computes in float32.
    verbose : {0, 1, 2}
        What Keras prints: nothing, a progress bar, a line per epoch.
    clock : function
        Measures the seconds. `time.process_time` counts what the processor does for this program, whatever
        else it does meanwhile.

    Returns
    -------
    dict of list of float
        As `fit` returns it.

    Raises
    ------
    ValueError
        If the images are not uint8 or their number is not that of the labels, a label is not below the
        number of classes, the precision is unknown, or the model is not made of layers that can be copied.

    References
    ----------
    Micikevicius et al. (2018), "Mixed Precision Training", https://arxiv.org/abs/1710.03740; LeCun, Bottou,
    Orr and Müller (1998), "Efficient BackProp", section 4.3, on inputs around zero.

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> set_seed(0)
    >>> images = np.random.randint(0, 256, (8, 32, 32, 3), "uint8")
    >>> history = fit_fast(baseline_convnet(), images, np.arange(8), epochs=2, verbose=0)
    >>> len(history["loss"])
    2
    """
    check_pixel_data(images, labels, model)
    if validation_data is not None:
        check_pixel_data(*validation_data, model)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1; got {batch_size}")
    if precision is None:
        precision = "mixed_bfloat16" if has_bfloat16() else "float32"
    if precision not in ("float32", "mixed_bfloat16"):
        raise ValueError(f"precision must be None, 'float32' or 'mixed_bfloat16'; got {precision!r}")
    copy = _copy_in(precision, model)
    centred = _can_be_centred(copy)
    if centred and copy.layers[0].bias.numpy().any():
        # It has learned something. Weights that are still random stay: they suit numbers around zero better.
        _expect(copy, centred=True)

    pixels = keras.Input(images.shape[1:], dtype="uint8")
    scale, offset = (4 / 255, -2) if centred else (1 / 255, 0)
    trained = keras.Model(pixels, copy(keras.layers.Rescaling(scale, offset, dtype=precision)(pixels)))
    batches = -(-len(images) // batch_size)  # rounded up
    trained.compile(
        optimizer=Muon(
            OneCycle(learning_rate, epochs * batches, rising=0.2),
            exclude_layers=[re.escape(f"{copy.layers[-1].name}/")],
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=keras.backend.backend() == "jax",
        steps_per_execution=min(10, batches),
    )
    history = timed_fit(
        trained,
        clock,
        images,
        labels,
        validation_data=validation_data,
        epochs=epochs,
        batch_size=batch_size,
        verbose=verbose,
    )
    if centred:
        _expect(copy, centred=False)
    model.set_weights(copy.get_weights())
    if not model.compiled:
        compile_classifier(model)
    return history


def has_bfloat16():
    """Return whether this machine multiplies bfloat16 numbers faster than float32.

    bfloat16 has the exponent of float32 and a third of its mantissa: the same range, two to three decimal
    digits. Where processors have instructions for it, they do two products in the time of one.

    Returns
    -------
    bool
        For a GPU by its generation, for a processor by what Linux says of it; False where nothing says so.

    Examples
    --------
    >>> has_bfloat16() in (True, False)
    True
    """
    if has_gpu():
        import tensorflow as tf

        gpu = tf.config.list_physical_devices("GPU")[0]
        return tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) >= (8, 0)
    description = Path("/proc/cpuinfo")
    words = set(description.read_text().split()) if description.exists() else set()
    return bool(words & {"avx512_bf16", "amx_bf16", "bf16"})  # Intel and AMD, Intel, ARM


def _copy_in(precision, model):
    """Return a copy of the model, weights included, whose layers but the last compute in this precision."""
    last = model.layers[-1]

    def copy_layer(layer):
        config = layer.get_config()
        return layer.from_config({**config, "dtype": "float32" if layer is last else precision})

    return copy_model(model, copy_layer)


def _can_be_centred(model):
    """Return whether the first layer can make up for images that are moved and stretched.

    A convolution with a bias can: k·x + b = k/4·(4x − 2) + (b + k/2), summed over all weights k. With padding
    it cannot, because the zeros at the border would mean another colour.
    """
    first = model.layers[0]
    return (
        isinstance(model, keras.Sequential)
        and type(first) is keras.layers.Conv2D
        and first.padding == "valid"
        and first.use_bias
    )


def _expect(model, *, centred):
    """Change the first layer so that it gives for 4·image − 2 what it gave for the image, or the reverse."""
    kernel, bias = model.layers[0].get_weights()
    sums = kernel.sum(axis=(0, 1, 2))
    changed = [kernel / 4, bias + sums / 2] if centred else [kernel * 4, bias - 2 * sums]
    model.layers[0].set_weights(changed)


def timed_fit(model, clock, *data, **options):
    """Call Keras's `fit` and return the history in plain floats, with the seconds of each epoch.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    clock : function
        Measures the seconds, such as `time.perf_counter` or `time.process_time`.
    *data, **options
        What `model.fit` takes, except callbacks.

    Returns
    -------
    dict of list of float
        What Keras measured, and "seconds"; one number per epoch.
    """
    epoch_clock = EpochClock(clock)
    history = model.fit(*data, callbacks=[epoch_clock], **options).history
    history = {name: [float(value) for value in values] for name, values in history.items()}
    return {**history, "seconds": epoch_clock.seconds}


class EpochClock(keras.callbacks.Callback):
    """Measure how long each epoch takes, validation included."""

    def __init__(self, clock=time.perf_counter):
        super().__init__()
        self._clock, self.seconds = clock, []

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock."""
        self._start = self._clock()

    def on_epoch_end(self, epoch, logs=None):
        """Read it."""
        self.seconds.append(self._clock() - self._start)


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
    _check_shapes(images, labels)
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f'images must be float in [0, 1]; got {images.dtype}: convert with images.astype("float32") / 255'
        )
    low, high = images.min(), images.max()
    if low < 0 or high > 1:
        raise ValueError(f"images must be in [0, 1]; got {low:g} to {high:g}: divide by 255, and only once")


def check_pixel_data(images, labels, model):
    """Raise a ValueError unless images and labels are what `fit_fast` can train this model on.

    Parameters
    ----------
    images : ndarray
        Expected as (count, height, width, channels), uint8, of the shape that the model takes.
    labels : ndarray
        Expected as (count,), integer, each below the number of the model's classes.
    model : keras.Model
        A classifier.

    Raises
    ------
    ValueError
        With what was expected, what came and what to do.

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> check_pixel_data(np.zeros((2, 32, 32, 3)), np.array([0, 1]), baseline_convnet())
    Traceback (most recent call last):
        ...
    ValueError: images must be uint8, as load_cifar10 returns them; got float64: fit takes floats
    """
    _check_shapes(images, labels)
    if images.dtype != np.uint8:
        raise ValueError(
            f"images must be uint8, as load_cifar10 returns them; got {images.dtype}: fit takes floats"
        )
    if images.shape[1:] != model.input_shape[1:]:
        raise ValueError(f"model takes images of shape {model.input_shape[1:]}; got {images.shape[1:]}")
    classes = model.output_shape[-1]
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"labels must be from 0 to {classes - 1}, since model has {classes} classes; "
            f"got {labels.min()} to {labels.max()}"
        )


def _check_shapes(images, labels):
    """Raise a ValueError unless these are images and one integer for each."""
    if images.ndim != 4 or not len(images):
        raise ValueError(f"images must have shape (count, height, width, channels); got shape {images.shape}")
    if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be {len(images)} integers, one per image, in shape ({len(images)},); "
            f"got {labels.dtype} in shape {labels.shape}"
        )
