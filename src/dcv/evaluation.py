"""How good is a classifier, and where is it wrong: counts, shares and intervals, in plain NumPy.

Labels and predictions are whole numbers, one for each image; ``class_names[label]`` is a name.
"""

from statistics import NormalDist

import numpy as np


def softmax(logits):
    """Return the probabilities that logits stand for.

    Parameters
    ----------
    logits : array_like
        (..., classes), finite real numbers.

    Returns
    -------
    ndarray
        (..., classes), float64 in [0, 1]; the last axis sums to 1.

    Raises
    ------
    ValueError
        If a logit is not finite.

    Examples
    --------
    >>> softmax([2.0, 1.0, -1.0]).round(3).tolist()
    [0.705, 0.259, 0.035]
    """
    logits = np.asarray(logits, float)
    if not np.isfinite(logits).all():
        raise ValueError("logits must be finite, got NaN or infinity: has the training diverged?")
    # Subtracting the largest changes nothing, since it cancels, and keeps exp from overflowing.
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def accuracy_interval(correct, count, *, confidence=0.95):
    """Return the Wilson score interval for the true accuracy, given how many images were named correctly.

    It holds all accuracies p that the result does not contradict: those for which the measured share lies
    within z standard deviations √(p(1 − p)/count) of p. It says what the choice of test images leaves open,
    for this one trained network, on images drawn as the test images were. It does not cover other seeds,
    other training images or images of another kind.

    Parameters
    ----------
    correct : int
        Images named correctly, from 0 to `count`.
    count : int
        Images in all, at least 1.
    confidence : float
        How often such an interval is to hold the true accuracy, in (0, 1).

    Returns
    -------
    low, high : tuple of float
        In [0, 1].

    Raises
    ------
    ValueError
        If the counts or the confidence are impossible.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference",
    https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> [round(end, 3) for end in accuracy_interval(18, 20)]
    [0.699, 0.972]
    >>> [round(end, 3) for end in accuracy_interval(20, 20)]  # all correct, and yet no certainty
    [0.839, 1.0]
    """
    if count < 1 or not 0 <= correct <= count:
        raise ValueError(f"expected 0 ≤ correct ≤ count and a count of at least 1; got {correct} of {count}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, such as 0.95; got {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)  # 1.96 for 95 %
    share, spread = float(correct / count), z**2 / count
    centre = (share + spread / 2) / (1 + spread)
    half = (share * (1 - share) * spread + spread**2 / 4) ** 0.5 / (1 + spread)
    # Where all are wrong or right the formula gives 0 or 1, up to a rounding error.
    return min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share)


def confusion_matrix(labels, predicted, classes):
    """Return how often each true class was predicted as each class.

    Parameters
    ----------
    labels, predicted : array_like
        (count,), integer in [0, classes − 1].
    classes : int
        Number of classes.

    Returns
    -------
    ndarray
        (classes, classes), int64: rows are true classes, columns predicted ones. (Some libraries write it the
        other way round.) The diagonal counts what is right.

    Raises
    ------
    ValueError
        If the lengths differ, or a label is no class.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 2], [0, 2, 1, 1], 3).tolist()
    [[1, 0, 1], [0, 1, 0], [0, 1, 0]]
    """
    labels, predicted = _check_labels(labels, predicted, classes)
    # Number the cells row by row; then counting is one call.
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)


def precision_recall(confusion):
    """Return precision and recall of each class.

    Precision of class c: of the images that were *called* c, the share that are c. Recall: of the images that
    *are* c, the share that were called c. NaN where there is nothing to take a share of.

    Parameters
    ----------
    confusion : array_like
        (classes, classes), counts: rows are true classes, columns predicted ones.

    Returns
    -------
    precision, recall : tuple of ndarray
        (classes,) each, float64 in [0, 1] or NaN.

    Raises
    ------
    ValueError
        If it is not a square table of counts.

    Examples
    --------
    >>> precision, recall = precision_recall([[8, 2], [4, 6]])
    >>> precision.round(2).tolist(), recall.round(2).tolist()
    ([0.67, 0.75], [0.8, 0.6])
    """
    confusion = np.asarray(confusion)
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1]:
        raise ValueError(
            f"confusion must be square, one row and one column a class; got shape {confusion.shape}"
        )
    if confusion.dtype.kind not in "iu" or (confusion < 0).any():
        raise ValueError("confusion must hold counts, whole numbers of at least 0, not shares")
    right = np.diagonal(confusion).astype(float)
    return _share(right, confusion.sum(axis=0)), _share(right, confusion.sum(axis=1))


def most_confident_errors(labels, probabilities, count=10):
    """Return the indices of the wrongly named images, those the network was surest of first.

    Parameters
    ----------
    labels : array_like
        (images,), integer.
    probabilities : array_like
        (images, classes), in [0, 1], each row summing to 1: the softmax of the logits.
    count : int
        At most how many, at least 1.

    Returns
    -------
    ndarray
        (at most count,), int64. Among equals, the earlier image comes first.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the rows are no probabilities.

    Examples
    --------
    >>> probabilities = [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]
    >>> most_confident_errors([1, 1, 0], probabilities).tolist()  # wrong with 0.9, right, wrong with 0.6
    [0, 2]
    """
    probabilities = np.asarray(probabilities, float)
    if probabilities.ndim != 2 or probabilities.size == 0:
        raise ValueError(f"probabilities must have the shape (images, classes); got {probabilities.shape}")
    if not (probabilities.min() >= 0 and np.allclose(probabilities.sum(axis=1), 1, atol=1e-4)):
        raise ValueError(
            "each row of probabilities must be at least 0 and sum to 1: pass softmax(logits), not logits"
        )
    if count < 1:
        raise ValueError(f"count must be at least 1; got {count}")
    labels, predicted = _check_labels(labels, probabilities.argmax(axis=1), probabilities.shape[1])
    wrong = np.flatnonzero(labels != predicted)
    # A stable sort, so that equals keep their order.
    order = np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")
    return wrong[order[:count]]


def _share(part, whole):
    """Return part / whole, NaN where there is nothing."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _check_labels(labels, predicted, classes):
    """Return both as int64 arrays, or say what is wrong."""
    if classes < 1:
        raise ValueError(f"classes must be at least 1; got {classes}")
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    if labels.ndim != 1 or labels.shape != predicted.shape:
        raise ValueError(
            f"labels and predicted must be two lists of one length; got shapes {labels.shape} and"
            f" {predicted.shape}: of logits or probabilities, take argmax(axis=1)"
        )
    for name, values in (("labels", labels), ("predicted", predicted)):
        if values.dtype.kind not in "iu":
            raise ValueError(f"{name} must be whole numbers; got {values.dtype}")
        if values.size and (values.min() < 0 or values.max() >= classes):
            raise ValueError(
                f"{name} must be from 0 to {classes - 1}, as there are {classes} classes;"
                f" got {values.min()} to {values.max()}"
            )
    return labels.astype(np.int64), predicted.astype(np.int64)
