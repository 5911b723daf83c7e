"""explore_features as Python sees it."""

import numpy as np
import pytest
import traitlets

from dcv.widgets import explore_features
from dcv.widgets.features import principal_components

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 6, 5, 3), dtype=np.uint8)
LABELS = np.arange(20) % 3
FEATURES = {"pixels": IMAGES, "hints": RNG.normal(size=(20, 8)) + 2 * np.eye(8)[LABELS]}
NAMES = ["cat", "dog", "frog"]


def nearest(matrix, number, count):
    """The numbers of the nearest others, the slow way."""
    distances = np.array([np.sqrt(((row - matrix[number]) ** 2).sum()) for row in matrix])
    return tuple(int(i) for i in np.argsort(distances, kind="stable") if i != number)[:count]


@pytest.mark.parametrize("name", FEATURES)
def test_neighbours_are_the_nearest_by_all_features(name):
    panel = explore_features(FEATURES, IMAGES, LABELS, NAMES)
    panel.features = name
    matrix = np.reshape(FEATURES[name], (20, -1)).astype(float)
    right = []
    for number in range(20):
        panel.image_number = number
        expected = nearest(matrix, number, 5)
        assert panel.neighbour_numbers == expected
        votes = [LABELS[i] for i in expected]
        most = max(votes.count(label) for label in votes)
        winner = next(label for label in votes if votes.count(label) == most)
        assert panel.vote == NAMES[winner]
        right.append(winner == LABELS[number])
    assert panel.accuracy == np.mean(right)


def test_components_keep_as_much_of_the_distances_as_a_plane_can():
    features = RNG.normal(size=(30, 6)) * [5, 3, 1, 0.5, 0.2, 0.1]
    scores = principal_components(features)
    variances = np.linalg.eigvalsh(np.cov(features.T))[::-1]
    assert np.var(scores, axis=0, ddof=1) == pytest.approx(variances[:2])
    assert abs(scores[:, 0] @ scores[:, 1]) < 1e-9
    assert (scores.max(axis=0) >= -scores.min(axis=0)).all()  # the sign is fixed


def test_one_feature_makes_a_line():
    scores = principal_components(np.array([[1.0], [2], [6]]))
    assert scores[:, 1].tolist() == [0, 0, 0]


def test_takes_gray_images_and_few():
    panel = explore_features({"a": [[0.0], [1.0]]}, IMAGES[:2, ..., 0], [0, 1], ["cat", "dog"], neighbours=1)
    assert panel.neighbour_numbers == (1,)
    assert "neighbours" not in panel._controls
    assert panel.accuracy == 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": IMAGES / 255}, "images must be two or more, uint8"),
        ({"images": IMAGES[:1]}, "images must be two or more"),
        ({"images": np.zeros((20, 60, 60, 3), np.uint8)}, "at most 200,000 values.*at most 18 of them"),
        ({"labels": LABELS[:5]}, "labels must be 20 whole numbers"),
        ({"labels": LABELS + 1}, "labels must be from 0 to 2.*got 1 to 3"),
        ({"features": {}}, "features must be a dict of 1 to 6 arrays"),
        ({"features": {"a": np.zeros((5, 2))}}, r"features\['a'\] must be real, in the shape \(20, number"),
        ({"features": {"a": np.full((20, 2), np.nan)}}, r"features\['a'\] must be finite"),
        ({"neighbours": 10}, "neighbours must be from 1 to 9, got 10"),
    ],
)
def test_says_what_is_wrong(changed, message):
    arguments = {"features": FEATURES, "images": IMAGES, "labels": LABELS, "class_names": NAMES, **changed}
    with pytest.raises(ValueError, match=message):
        explore_features(**arguments)


def test_choices_must_exist():
    panel = explore_features(FEATURES, IMAGES, LABELS, NAMES)
    with pytest.raises(ValueError, match="features must be one of pixels, hints, got 'smell'"):
        panel.features = "smell"
    with pytest.raises(traitlets.TraitError, match="image_number must be at most 19, got 20"):
        panel.image_number = 20
