"""Images to learn from: CIFAR-10, Shapes-10 and scenes (drawn by the course), photographs, splits, weights.

Images are uint8, (n, 32, 32, 3), in [0, 255]; labels are int64, (n,). Environment variables: ``DCV_DATA``
names a folder that holds ``cifar10.npz``, ``DCV_CACHE`` the folder in which a download is kept, and
``DCV_OFFLINE=1`` forbids downloads.
"""

from importlib import resources
from typing import NamedTuple

import numpy as np

from dcv import drawn
from dcv.downloads import DataUnavailableError, obtain_cifar10
from dcv.drawn import make_eyes_and_crosses
from dcv.filters import LUMA
from dcv.scenes import Scenes, draw_scenes

__all__ = [
    "CIFAR10_CLASSES",
    "SAMPLE_IMAGES",
    "SHAPES10_CLASSES",
    "DataUnavailableError",
    "Dataset",
    "Scenes",
    "balanced_subset",
    "load_cifar10",
    "load_images",
    "load_shapes10",
    "make_eyes_and_crosses",
    "pretrained_weights",
    "sample_image",
    "scenes",
    "split_validation",
]

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SHAPES10_CLASSES = tuple(drawn.SHAPES)
SAMPLE_IMAGES = ("chelsea", "astronaut", "coffee", "rocket")


class Dataset(NamedTuple):
    """Images for training and for testing, with their labels.

    Attributes
    ----------
    name : str
        What to write under a figure.
    class_names : tuple of str
        ``class_names[label]`` is the name of the class.
    train_images : ndarray
        (n, 32, 32, 3), uint8 in [0, 255], red, green and blue.
    train_labels : ndarray
        (n,), int64 in [0, 9].
    test_images : ndarray
        As `train_images`.
    test_labels : ndarray
        As `train_labels`.
    """

    name: str
    class_names: tuple[str, ...]
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_cifar10():
    """CIFAR-10: 60,000 small photographs of ten classes, 6,000 of each; 50,000 to train, 10,000 to test.

    Looks for ``cifar10.npz`` (or the published archive) in ``$DCV_DATA``, then in the cache, and then
    downloads the archive, 170 MB, once. A damaged file is named in a warning and passed over.

    Returns
    -------
    Dataset
        Classes in the published order, from airplane (0) to truck (9).

    Raises
    ------
    DataUnavailableError
        If no source works; the message names each one, and three ways out.

    References
    ----------
    Krizhevsky, A. (2009). *Learning Multiple Layers of Features from Tiny Images.* University of Toronto.

    Examples
    --------
    >>> cifar10 = load_cifar10()  # doctest: +SKIP
    >>> cifar10.train_images.shape  # doctest: +SKIP
    (50000, 32, 32, 3)
    """
    return Dataset("CIFAR-10", CIFAR10_CLASSES, *obtain_cifar10())


def load_shapes10(train_count=50_000, test_count=10_000, *, seed=0):
    """Shapes-10: images in the format of CIFAR-10 that the course draws itself; no download.

    Ten shapes, each at a random place, size, tilt and colour, on a shaded, striped, noisy background with
    stray lines. The same arguments give the same bytes on every machine.

    Parameters
    ----------
    train_count, test_count : int
        Number of images; with multiples of ten all classes are equally frequent.
    seed : int
        Another seed, other images. Training and test images never share one.

    Returns
    -------
    Dataset
        Classes in the order of `SHAPES10_CLASSES`.

    Raises
    ------
    ValueError
        If a count is negative.

    Examples
    --------
    >>> shapes10 = load_shapes10(train_count=100, test_count=20)
    >>> shapes10.train_images.shape, shapes10.train_images.dtype
    ((100, 32, 32, 3), dtype('uint8'))
    >>> [int(count) for count in np.bincount(shapes10.test_labels)]
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    return Dataset(
        "Shapes-10",
        SHAPES10_CLASSES,
        *drawn.draw_shapes(train_count, seed=(seed, 0)),
        *drawn.draw_shapes(test_count, seed=(seed, 1)),
    )


def load_images():
    """CIFAR-10 if it can be had, else Shapes-10 and a printed notice: a notebook runs to its end either way.

    Returns
    -------
    Dataset
        See :func:`load_cifar10` and :func:`load_shapes10`; `name` says which one it is.

    Examples
    --------
    >>> dataset = load_images()  # doctest: +SKIP
    >>> dataset.name  # doctest: +SKIP
    'CIFAR-10'
    """
    try:
        return load_cifar10()
    except DataUnavailableError as error:
        source, reason = error.tried[-1]
        print(
            f"CIFAR-10 could not be obtained; the last attempt was: {source}: {reason}.\n"
            "You go on with Shapes-10, 60,000 images of the same format, drawn by the course. Every cell\n"
            "runs, but classes and accuracies differ from the text. load_cifar10() lists the ways out."
        )
        return load_shapes10()


def sample_image(name, *, size=None, gray=False):
    """One of the photographs that scikit-image ships.

    Parameters
    ----------
    name : {"chelsea", "astronaut", "coffee", "rocket"}
        A cat, an astronaut's portrait, a cup, a rocket on its launch pad.
    size : int or (height, width), optional
        With an int, the largest centred square is cut out first. Resizing smooths, so that nothing aliases.
    gray : bool
        Weigh red, green and blue as the eye does (luma of ITU-R BT.601: 0.299, 0.587, 0.114).

    Returns
    -------
    ndarray
        (height, width, 3), or (height, width) if `gray`; uint8 in [0, 255].

    Raises
    ------
    ValueError
        If the name is unknown, or the size not positive.

    Examples
    --------
    >>> sample_image("chelsea").shape
    (300, 451, 3)
    >>> sample_image("chelsea", size=64, gray=True).shape
    (64, 64)
    """
    if name not in SAMPLE_IMAGES:
        raise ValueError(f"expected one of {', '.join(SAMPLE_IMAGES)}, got {name!r}")
    from skimage import data, transform

    image = getattr(data, name)()
    if isinstance(size, (int, np.integer)):
        side = min(image.shape[:2])
        top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
        image = image[top : top + side, left : left + side]
        size = (size, size)
    if size is not None:
        if len(size) != 2 or min(size) < 1:
            raise ValueError(f"expected size as a positive int or (height, width), got {size}")
        resized = transform.resize(image, size, anti_aliasing=True, preserve_range=True)
        image = np.clip(np.rint(resized), 0, 255).astype(np.uint8)
    if gray:
        image = np.rint(image @ np.array(LUMA)).astype(np.uint8)  # (height, width, 3) → (height, width)
    return image


def scenes(count, *, size=64, seed=0):
    """Scenes to detect objects in: one to five shapes each, some half behind others, drawn by the course.

    A box goes around what can be **seen** of an object, as in PASCAL VOC and COCO; at least half of it can.
    All objects lie inside the image. The same arguments give the same bytes on every machine, and the first
    scenes do not depend on `count`.

    Parameters
    ----------
    count : int
        Number of scenes.
    size : int
        Height and width in pixels, at least 48; the objects are 14 to 28 pixels large at any size.
    seed : int
        Another seed, other scenes: take one to train and another one to test.

    Returns
    -------
    Scenes
        `class_names`; `images`, (count, size, size, 3), uint8 in [0, 255]; and `objects`, for each image its
        `boxes`, (n, 4), float64, and `labels`, (n,), int64, from the hindmost to the foremost.

    Raises
    ------
    ValueError
        If `count` is negative, or `size` too small.

    Examples
    --------
    >>> first = scenes(1)
    >>> first.class_names
    ('circle', 'heart', 'square', 'star', 'triangle')
    >>> boxes, labels = first.objects[0]
    >>> boxes.shape, [first.class_names[label] for label in labels]
    ((4, 4), ['star', 'square', 'star', 'heart'])
    """
    return draw_scenes(count, size=size, seed=seed)


def split_validation(images, labels, *, fraction=0.1, seed=0):
    """Training images in two parts, one of them for validation, with the classes equally represented in both.

    Parameters
    ----------
    images : ndarray
        (n, ...), any dtype.
    labels : ndarray
        (n,), integer.
    fraction : float
        Share of each class that goes to validation, in (0, 1); rounded to whole images.
    seed : int
        Which images that are.

    Returns
    -------
    train_images, train_labels, validation_images, validation_labels : tuple of ndarray
        Together exactly the input; each part shuffled.

    Raises
    ------
    ValueError
        If the lengths differ, or `fraction` is not in (0, 1).

    Examples
    --------
    >>> images, labels = np.zeros((100, 8, 8, 3)), np.repeat(np.arange(10), 10)
    >>> train_images, _, validation_images, validation_labels = split_validation(images, labels, fraction=0.2)
    >>> len(train_images), len(validation_images)
    (80, 20)
    >>> sorted(validation_labels.tolist())[:4]
    [0, 0, 1, 1]
    """
    images, labels = _as_pair(images, labels)
    if not 0 < fraction < 1:
        raise ValueError(f"expected a fraction between 0 and 1, got {fraction}")
    rng = np.random.default_rng(seed)
    validation = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        validation[members[: round(fraction * len(members))]] = True
    train_order = rng.permutation(np.flatnonzero(~validation))
    validation_order = rng.permutation(np.flatnonzero(validation))
    return images[train_order], labels[train_order], images[validation_order], labels[validation_order]


def balanced_subset(images, labels, count, *, seed=0):
    """Random selection with equally many images of each class.

    Parameters
    ----------
    images : ndarray
        (n, ...), any dtype.
    labels : ndarray
        (n,), integer.
    count : int
        Number of images in all; a multiple of the number of classes.
    seed : int
        Which images that are.

    Returns
    -------
    images, labels : tuple of ndarray
        `count` of each, without repetition, in random order.

    Raises
    ------
    ValueError
        If the lengths differ, `count` cannot be shared out equally, or a class has too few images.

    Examples
    --------
    >>> images, labels = np.zeros((100, 8, 8, 3)), np.repeat(np.arange(10), 10)
    >>> few_images, few_labels = balanced_subset(images, labels, 20)
    >>> [int(number) for number in np.bincount(few_labels)]
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    images, labels = _as_pair(images, labels)
    classes, sizes = np.unique(labels, return_counts=True)
    if count <= 0 or len(classes) == 0 or count % len(classes):
        raise ValueError(f"expected a positive multiple of the {len(classes)} classes, got {count}")
    share = count // len(classes)
    if share > sizes.min():
        raise ValueError(f"expected at most {sizes.min()} images of each class, got a count of {count}")
    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(np.flatnonzero(labels == label))[:share] for label in classes]
    order = rng.permutation(np.concatenate(chosen))
    return images[order], labels[order]


def pretrained_weights(name="baseline_convnet"):
    """Weights that the course trained and ships, as plain arrays: no Keras needed to look at them.

    Parameters
    ----------
    name : str
        Which network.

    Returns
    -------
    dict of str to ndarray
        "conv1/kernel" (kernel_height, kernel_width, in_channels, out_channels), "conv1/bias" (out_channels,),
        and so on to "logits/bias"; float32.

    Raises
    ------
    ValueError
        If there are no such weights; the message lists those that exist.

    Examples
    --------
    >>> pretrained_weights("baseline_convnet")["conv1/kernel"].shape
    (3, 3, 3, 32)
    """
    folder = resources.files("dcv") / "weights"
    files = folder.iterdir() if folder.is_dir() else ()
    available = {file.name.removesuffix(".npz"): file for file in files if file.name.endswith(".npz")}
    if name not in available:
        names = ", ".join(sorted(available)) or "(none are installed)"
        raise ValueError(f"expected one of {names}, got {name!r}")
    with available[name].open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def _as_pair(images, labels):
    images, labels = np.asarray(images), np.asarray(labels)
    if labels.ndim != 1 or len(images) != len(labels):
        raise ValueError(f"expected a label for each of the {len(images)} images, got labels {labels.shape}")
    return images, labels
