"""explore_confusion as Python sees it."""

import numpy as np
import pytest
import traitlets

from dcv.evaluation import confusion_matrix
from dcv.widgets import explore_confusion

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (200, 6, 8, 3)).astype(np.uint8)
LABELS = RNG.integers(0, 3, 200)
PROBABILITIES = RNG.dirichlet((1, 1, 1), 200)
NAMES = ["cat", "dog", "frog"]
PREDICTED = PROBABILITIES.argmax(axis=1)
CONFUSION = confusion_matrix(LABELS, PREDICTED, 3)


def test_starts_at_the_largest_error():
    panel = explore_confusion(IMAGES, LABELS, PROBABILITIES, NAMES)
    errors = CONFUSION - np.diag(np.diag(CONFUSION))
    assert panel.count == errors.max()
    assert panel.true_class != panel.predicted_class


def test_keeps_the_surest_images_of_each_cell_and_more_of_larger_cells():
    panel = explore_confusion(IMAGES, LABELS, PROBABILITIES, NAMES, per_cell=5)
    largest = (CONFUSION - np.diag(np.diag(CONFUSION))).max()
    for i, true_class in enumerate(NAMES):
        for j, predicted_class in enumerate(NAMES):
            panel.true_class, panel.predicted_class = true_class, predicted_class
            members = np.flatnonzero((i == LABELS) & (j == PREDICTED))
            assert panel.count == len(members) == CONFUSION[i, j]
            expected = min(5, int(np.ceil(5 * len(members) / largest)))
            surest = members[np.argsort(-PROBABILITIES[members, j])][:expected]
            assert panel.indices == surest.tolist()
    np.testing.assert_array_equal(panel.picture.photos, IMAGES[panel.picture.indices_of_photos])


def test_reads_back_precision_and_recall_of_the_true_class():
    panel = explore_confusion(IMAGES, LABELS, PROBABILITIES, NAMES)
    panel.true_class = "dog"
    assert panel.recall == pytest.approx(np.mean(PREDICTED[LABELS == 1] == 1))
    assert panel.precision == pytest.approx(np.mean(LABELS[PREDICTED == 1] == 1))
    panel.numbers = "% of true class"
    assert panel._controls["numbers_index"].value == "% of true class"
    assert panel.numbers == "% of true class"


def test_a_class_that_is_never_named():
    panel = explore_confusion(IMAGES[:2], [0, 1], [[0.6, 0.4, 0], [0.7, 0.3, 0]], NAMES)
    panel.true_class = "frog"
    assert np.isnan(panel.recall)
    assert np.isnan(panel.precision)
    assert panel.indices == []
    assert panel.picture.draw_still().axes  # the matrix, where there is no image


def test_the_photos_of_ten_classes_take_little_room():
    images = RNG.integers(0, 256, (2000, 32, 32, 3)).astype(np.uint8)
    labels, probabilities = RNG.integers(0, 10, 2000), RNG.dirichlet(np.ones(10), 2000)
    panel = explore_confusion(images, labels, probabilities, [str(i) for i in range(10)], per_cell=3)
    sheet = panel.picture.get_state("photos")["photos"]
    assert len(sheet["data"]) < 1100 * len(panel.picture.photos)  # noise is the worst case; raw it is 3,072
    assert sheet["type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": IMAGES[:, :, :, :2]}, "images must have the shape"),
        ({"images": np.zeros((200, 65, 8))}, "at most 64 × 64 pixels"),
        ({"images": IMAGES.astype(int)}, "got int64"),
        ({"labels": LABELS + 1}, "labels must be from 0 to 2"),
        ({"labels": LABELS[:5]}, "one length"),
        ({"probabilities": PROBABILITIES[:, :2]}, r"\(200, 3\); got \(200, 2\)"),
        ({"probabilities": 5 * PROBABILITIES}, r"pass softmax\(logits\)"),
        ({"class_names": ["one"]}, "class_names must be from 2 to 12, got 1"),
        ({"per_cell": 7}, "per_cell must be a whole number from 1 to 6, got 7"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    good = {"images": IMAGES, "labels": LABELS, "probabilities": PROBABILITIES, "class_names": NAMES}
    with pytest.raises(ValueError, match=message):
        explore_confusion(**{**good, **arguments})


def test_says_what_cannot_be_chosen():
    panel = explore_confusion(IMAGES, LABELS, PROBABILITIES, NAMES)
    with pytest.raises(ValueError, match="true_class must be one of cat, dog, frog, got 'bird'"):
        panel.true_class = "bird"
    with pytest.raises(traitlets.TraitError, match="true_class_index must be at most 2, got 3"):
        panel.picture.true_class_index = 3
