"""Seeds, compiling, fitting."""

import time

import keras
import numpy as np

from dcv.augmentation import flip_images, shift_images


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
    clock = EpochClock()
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


class EpochClock(keras.callbacks.Callback):
    """Measure how long each epoch takes, validation included."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Read it."""
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
