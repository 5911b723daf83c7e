"""Chapter 9: images as points of a plane, placed by their features, and their nearest neighbours."""

import numpy as np
import traitlets

from dcv.plots import draw_feature_space
from dcv.widgets.explorer import ChosenName, Panel, Picture, array_trait, menu, slider

MOST_NEIGHBOURS = 9
MOST_CLASSES = 7  # as many as there are colours and markers
LARGEST_STATE = 200_000  # bytes of pixels, as 65 images of 32 × 32 × 3; they all travel in the page


class FeaturesPicture(Picture):
    """A scatter of images, the chosen one and its nearest neighbours."""

    front_end = "features"

    choices = ("features", "image_number", "neighbours", "neighbour_numbers", "vote", "accuracy")

    images = array_trait()  # (count, height, width, channels)
    points = array_trait()  # (kinds of features, count, 2)
    nearest = array_trait()  # (kinds of features, count, most neighbours): numbers of images
    distances = array_trait()  # the same, their distances
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    feature_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    feature_index = traitlets.Int(0, min=0).tag(sync=True)
    features = ChosenName("feature_index", "feature_names")
    image_number = traitlets.Int(0, min=0).tag(sync=True)
    neighbours = traitlets.Int(5, min=1).tag(sync=True)

    @traitlets.validate("image_number", "neighbours")
    def _check(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        most = len(self.labels) - 1 if name == "image_number" else self.nearest.shape[2]
        if value > most:
            raise traitlets.TraitError(f"{name} must be at most {most}, got {value}")
        return value

    @property
    def neighbour_numbers(self):
        """The numbers of the nearest images, the nearest first."""
        return tuple(self._nearest(self.image_number))

    @property
    def vote(self):
        """The class that most of the neighbours belong to; of equals, the one with the nearest."""
        return self.class_names[self._vote(self.image_number)]

    @property
    def accuracy(self):
        """The share of all images whose neighbours vote for their class."""
        return float(np.mean([self._vote(i) == label for i, label in enumerate(self.labels)]))

    def _nearest(self, number):
        return [int(i) for i in self.nearest[self.feature_index, number, : self.neighbours]]

    def _vote(self, number):
        labels = [self.labels[i] for i in self._nearest(number)]
        return max(labels, key=labels.count)  # the first of equals, which is the nearest

    def draw_still(self):
        """Return a Figure: the points of the features that were shown first."""
        points = self.points[self.feature_index]
        return draw_feature_space(points, self.labels, self.class_names, title=self.features)


def explore_features(features, images, labels, class_names, *, neighbours=5):
    """Return a panel that shows images as points of a plane, and the nearest neighbours of each.

    The plane is spanned by the first two principal components of the features. Neighbours are found with
    *all* features, by their Euclidean distance, so a point that looks near need not be one.

    Parameters
    ----------
    features : dict
        Name → (count, number of features), real numbers; at most 6 kinds. ``{"pixels": images}`` works too:
        what has more axes is flattened.
    images : array_like
        (count, height, width) or (count, height, width, 1 or 3), uint8 in [0, 255]; at most 200,000 values.
    labels : array_like
        (count,), integer: ``class_names[label]`` is the class of an image.
    class_names : sequence of str
        Names of 1 to 7 classes.
    neighbours : int
        How many are shown at first, from 1 to 9.

    Returns
    -------
    Panel
        ``panel.neighbour_numbers`` are the nearest images of the chosen one, ``panel.vote`` is the class of
        most of them, ``panel.accuracy`` how often the vote is right; ``panel.features``, ``image_number`` and
        ``neighbours`` can be set.

    Raises
    ------
    ValueError
        If shapes, types or ranges are others.

    References
    ----------
    Cover and Hart (1967), "Nearest neighbor pattern classification", https://doi.org/10.1109/TIT.1967.1053964

    Examples
    --------
    >>> images = np.zeros((6, 4, 4), np.uint8)
    >>> features = {"place": [[0, 0], [1, 0], [3, 0], [10, 1], [11, 0], [13, 0]]}
    >>> panel = explore_features(features, images, [0, 0, 1, 1, 1, 1], ["cat", "dog"], neighbours=1)
    >>> panel.image_number = 2
    >>> panel.neighbour_numbers, panel.vote, round(panel.accuracy, 2)
    ((1,), 'cat', 0.83)
    """
    features, images, labels, class_names = _checked(features, images, labels, class_names)
    most = min(MOST_NEIGHBOURS, len(images) - 1)
    if not isinstance(neighbours, int) or not 1 <= neighbours <= most:
        raise ValueError(f"neighbours must be from 1 to {most}, got {neighbours!r}")
    found = [_neighbours(matrix, most) for matrix in features.values()]
    picture = FeaturesPicture(
        images=images,
        points=np.stack([principal_components(matrix) for matrix in features.values()]).astype(np.float32),
        nearest=np.stack([numbers for numbers, _ in found]).astype(np.float32),
        distances=np.stack([distances for _, distances in found]).astype(np.float32),
        labels=labels.tolist(),
        class_names=class_names,
        feature_names=list(features),
        neighbours=neighbours,
    )
    controls = {
        "feature_index": menu(0, features),
        "image_number": slider(0, 0, len(images) - 1),
        "neighbours": slider(neighbours, 1, most),
    }
    controls["feature_index"].description = "features"
    if most == 1:
        del controls["neighbours"]  # a slider with one place cannot be drawn
    alt = (
        f"{len(images)} points, one for each image, placed by the first two principal components of their"
        f" features; marked by class: {', '.join(class_names)}."
    )
    return Panel(picture, controls, name="explore_features", alt=alt)


def principal_components(features):
    """Return the two coordinates along which features vary most.

    Parameters
    ----------
    features : ndarray
        (count, number of features), real.

    Returns
    -------
    ndarray
        (count, 2), float64: centred; each column's largest value, by size, is positive.

    Examples
    --------
    >>> principal_components(np.array([[1.0, 0, 0], [2, 0, 0], [6, 0, 0]])).round(6).tolist()
    [[-2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]]
    """
    centred = features - features.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    scores = np.zeros((len(features), 2))
    scores[:, : len(sizes)] = (left * sizes)[:, :2]
    # The sign of a component is arbitrary: fix it, or the picture may be mirrored on another machine.
    largest = np.abs(scores).argmax(axis=0)
    return scores * np.where(scores[largest, [0, 1]] < 0, -1, 1) + 0.0


def _neighbours(features, most):
    """Return the numbers of the nearest others of each image, and their distances: twice (count, most)."""
    squares = (features**2).sum(axis=1)
    squared = squares[:, None] + squares - 2 * features @ features.T
    np.fill_diagonal(squared, np.inf)
    numbers = squared.argsort(axis=1, kind="stable")[:, :most]
    distances = [np.linalg.norm(features[i] - features[row], axis=1) for i, row in enumerate(numbers)]
    return numbers, np.array(distances)


def _checked(features, images, labels, class_names):
    """Return everything in its form, or say what is wrong."""
    images, labels, class_names = np.asarray(images), np.asarray(labels), [str(name) for name in class_names]
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[3] not in (1, 3) or len(images) < 2 or images.dtype != np.uint8:
        raise ValueError(
            "images must be two or more, uint8, in the shape (count, height, width, 1 or 3),"
            f" got {images.dtype} in shape {images.shape}"
        )
    if images.size > LARGEST_STATE:
        raise ValueError(
            f"all images together must have at most {LARGEST_STATE:,} values, got {images.size:,}:"
            f" pass at most {LARGEST_STATE // images[0].size} of them"
        )
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be {len(images)} whole numbers, one for each image, got {labels.dtype} in shape"
            f" {labels.shape}"
        )
    if not 1 <= len(class_names) <= MOST_CLASSES or labels.min() < 0 or labels.max() >= len(class_names):
        raise ValueError(
            f"labels must be from 0 to {len(class_names) - 1}, for 1 to {MOST_CLASSES} class_names,"
            f" got {labels.min()} to {labels.max()}"
        )
    if not hasattr(features, "items") or not 1 <= len(features) <= 6:
        raise ValueError("features must be a dict of 1 to 6 arrays, such as {'pixels': images}")
    matrices = {}
    for name, values in features.items():
        values = np.asarray(values)
        if len(values) != len(images) or values.ndim < 2 or values.dtype.kind not in "buif":
            raise ValueError(
                f"features[{name!r}] must be real, in the shape ({len(images)}, number of features),"
                f" got {values.dtype} in shape {values.shape}"
            )
        matrices[str(name)] = values.reshape(len(values), -1).astype(np.float64)
        if not np.isfinite(matrices[str(name)]).all():
            raise ValueError(f"features[{name!r}] must be finite")
    return matrices, images, labels, class_names
