"""Counts, shares and intervals agree with SciPy and TensorFlow, and with what they are said to mean."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from dcv.evaluation import (
    accuracy_interval,
    confusion_matrix,
    most_confident_errors,
    precision_recall,
    softmax,
)

CLASSES = 5
pairs = st.lists(st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=60)


# The interval.


@settings(deadline=None)
@given(st.integers(1, 3000), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_interval_is_that_of_scipy(count, share, confidence):
    correct = round(share * count)
    expected = binomtest(correct, count).proportion_ci(confidence_level=confidence, method="wilson")
    assert accuracy_interval(correct, count, confidence=confidence) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 400), st.floats(0, 1))
def test_interval_holds_what_was_measured_and_mirrors(count, share):
    correct = round(share * count)
    low, high = accuracy_interval(correct, count)
    assert 0 <= low <= correct / count <= high <= 1
    assert high > low
    other_low, other_high = accuracy_interval(count - correct, count)
    assert (1 - other_high, 1 - other_low) == pytest.approx((low, high), abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(2, 9))
def test_more_images_narrow_the_interval(count, factor):
    def width(images):
        low, high = accuracy_interval(images // 2, images)
        return high - low

    assert width(2 * count * factor) < width(2 * count)


def test_coverage_is_close_to_95_percent_where_the_textbook_interval_fails():
    """The exact chance that the interval holds the true accuracy, by summing the binomial distribution."""
    count = 20

    def coverage(interval, p):
        chances = [comb(count, k) * p**k * (1 - p) ** (count - k) for k in range(count + 1)]
        ends = [interval(k, count) for k in range(count + 1)]
        return sum(chance for chance, (low, high) in zip(chances, ends, strict=True) if low <= p <= high)

    def textbook(correct, images):
        share = correct / images
        half = 1.96 * (share * (1 - share) / images) ** 0.5
        return share - half, share + half

    accuracies = np.linspace(0.05, 0.95, 37)
    wilson = [coverage(accuracy_interval, p) for p in accuracies]
    assert min(wilson) > 0.88
    assert np.mean(wilson) == pytest.approx(0.95, abs=0.01)
    assert min(coverage(textbook, p) for p in accuracies) < 0.7


@pytest.mark.parametrize(("correct", "count"), [(-1, 10), (11, 10), (0, 0)])
def test_impossible_counts(correct, count):
    with pytest.raises(ValueError, match=f"got {correct} of {count}"):
        accuracy_interval(correct, count)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_impossible_confidence(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        accuracy_interval(5, 10, confidence=confidence)


# The confusion matrix.


@settings(deadline=None)
@given(pairs)
def test_confusion_matrix_counts_pairs(pairs):
    labels, predicted = np.array(pairs).T
    confusion = confusion_matrix(labels, predicted, CLASSES)
    for true_class, called in np.ndindex(confusion.shape):
        assert confusion[true_class, called] == pairs.count((true_class, called))
    assert confusion.dtype == np.int64
    np.testing.assert_array_equal(confusion_matrix(predicted, labels, CLASSES), confusion.T)


def test_confusion_matrix_is_that_of_tensorflow():
    import tensorflow as tf

    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 10, (2, 5000))
    expected = tf.math.confusion_matrix(labels, predicted, num_classes=10).numpy()
    np.testing.assert_array_equal(confusion_matrix(labels, predicted, 10), expected)


def test_confusion_matrix_does_not_overflow_small_integers():
    labels = np.full(3, 200, np.uint8)
    assert confusion_matrix(labels, labels, 201)[200, 200] == 3


@pytest.mark.parametrize(
    ("labels", "predicted", "classes", "message"),
    [
        ([0, 1], [0], 2, "two lists of one length"),
        ([0, 1], [[0.5, 0.5], [1, 0]], 2, r"take argmax\(axis=1\)"),
        ([0, 1], [0, 2], 2, "predicted must be from 0 to 1, as there are 2 classes; got 0 to 2"),
        ([-1, 1], [0, 1], 2, "labels must be from 0 to 1"),
        ([0, 1], [0.0, 1.0], 2, "predicted must be whole numbers; got float64"),
        ([], [], 0, "classes must be at least 1"),
    ],
)
def test_confusion_matrix_says_what_is_wrong(labels, predicted, classes, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(labels, predicted, classes)


# Precision and recall.


@settings(deadline=None)
@given(pairs)
def test_precision_and_recall_are_what_their_definitions_say(pairs):
    labels, predicted = np.array(pairs).T
    precision, recall = precision_recall(confusion_matrix(labels, predicted, CLASSES))
    for label in range(CLASSES):
        called, is_class = predicted == label, labels == label
        if called.any():
            assert precision[label] == pytest.approx(np.mean(is_class[called]))
        else:
            assert np.isnan(precision[label])
        if is_class.any():
            assert recall[label] == pytest.approx(np.mean(called[is_class]))
        else:
            assert np.isnan(recall[label])


@settings(deadline=None)
@given(pairs)
def test_mean_recall_weighted_by_class_size_is_accuracy(pairs):
    labels, predicted = np.array(pairs).T
    confusion = confusion_matrix(labels, predicted, CLASSES)
    _, recall = precision_recall(confusion)
    sizes = confusion.sum(axis=1)
    assert np.nansum(recall * sizes) / sizes.sum() == pytest.approx(np.mean(labels == predicted))


@pytest.mark.parametrize(
    ("confusion", "message"),
    [
        (np.ones((2, 3), int), r"must be square.*\(2, 3\)"),
        (np.ones(4, int), "must be square"),
        (np.full((2, 2), 0.5), "not shares"),
        ([[1, -1], [0, 1]], "at least 0"),
    ],
)
def test_precision_recall_says_what_is_wrong(confusion, message):
    with pytest.raises(ValueError, match=message):
        precision_recall(confusion)


# Softmax and errors.


@settings(deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=8), st.floats(-500, 500))
def test_softmax(logits, shift):
    probabilities = softmax(logits)
    assert probabilities.sum() == pytest.approx(1)
    np.testing.assert_allclose(softmax(np.array(logits) + shift), probabilities, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        np.log(probabilities / probabilities[0]), np.array(logits) - logits[0], atol=1e-9
    )


def test_softmax_does_not_overflow_and_refuses_nan():
    assert softmax([1000.0, 0.0]).tolist() == [1, 0]
    with pytest.raises(ValueError, match="has the training diverged"):
        softmax([np.nan, 0])


def test_most_confident_errors_are_errors_sorted_and_complete():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 200)
    probabilities = softmax(rng.normal(size=(200, 4)))
    indices = most_confident_errors(labels, probabilities, 200)
    predicted = probabilities.argmax(axis=1)
    assert sorted(indices) == np.flatnonzero(predicted != labels).tolist()
    assert (np.diff(probabilities.max(axis=1)[indices]) <= 0).all()
    np.testing.assert_array_equal(most_confident_errors(labels, probabilities, 7), indices[:7])


def test_most_confident_errors_keep_the_order_of_equals():
    probabilities = np.tile([0.25, 0.75], (30, 1))
    assert most_confident_errors(np.zeros(30, int), probabilities, 30).tolist() == list(range(30))


def test_no_error_no_index():
    assert most_confident_errors([1, 0], [[0.1, 0.9], [0.8, 0.2]]).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"probabilities": [[3.0, -1.0]]}, r"pass softmax\(logits\)"),
        ({"probabilities": [[0.7, 0.7]]}, "sum to 1"),
        ({"probabilities": [0.5, 0.5]}, r"shape \(images, classes\)"),
        ({"labels": [0, 1]}, "one length"),
        ({"labels": [2]}, "from 0 to 1"),
        ({"count": 0}, "at least 1"),
    ],
)
def test_most_confident_errors_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        most_confident_errors(**{"labels": [0], "probabilities": [[0.3, 0.7]], **arguments})
