"""Boxes around objects, and how detections are judged: NumPy only.

A box is (y_min, x_min, y_max, x_max): its two corners, row before column, in pixels or in any other unit. Its
height is y_max − y_min, so a box that covers pixel (0, 0) alone is (0, 0, 1, 1). Arrays of boxes have the
shape (..., 4). float32 stays float32; whole numbers become float64.

What a network finds in one image is a `Detections`, what is really there an `Objects`.
"""

from typing import NamedTuple

import numpy as np

__all__ = [
    "Detections",
    "Objects",
    "average_precision",
    "average_precisions",
    "box_area",
    "decode_boxes",
    "encode_boxes",
    "from_center",
    "grid_anchors",
    "intersection_area",
    "iou",
    "judge_detections",
    "match_anchors",
    "mean_average_precision",
    "non_maximum_suppression",
    "pairwise_iou",
    "precision_recall_curve",
    "suppressors",
    "to_center",
]


class Objects(NamedTuple):
    """What is in one image.

    Attributes
    ----------
    boxes : ndarray
        (n, 4), float.
    labels : ndarray
        (n,), integer.
    """

    boxes: np.ndarray
    labels: np.ndarray


class Detections(NamedTuple):
    """What a detector says about one image.

    Attributes
    ----------
    boxes : ndarray
        (n, 4), float.
    scores : ndarray
        (n,), float; more means surer.
    labels : ndarray
        (n,), integer.
    """

    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray


# -------------------------------------------------------------------------------------- one box, two boxes


def to_center(boxes):
    """Boxes as (center_y, center_x, height, width).

    Parameters
    ----------
    boxes : array_like
        (..., 4): y_min, x_min, y_max, x_max.

    Returns
    -------
    ndarray
        (..., 4), float.

    Raises
    ------
    ValueError
        If the last axis is not 4 long, or a maximum is below its minimum.

    Examples
    --------
    >>> to_center([10, 20, 30, 60])
    array([20., 40., 20., 40.])
    """
    boxes = _as_boxes(boxes)
    low, high = boxes[..., :2], boxes[..., 2:]
    return np.concatenate([(low + high) / 2, high - low], axis=-1)


def from_center(boxes):
    """Boxes as corners, from (center_y, center_x, height, width): the inverse of `to_center`.

    Parameters
    ----------
    boxes : array_like
        (..., 4): center_y, center_x, height ≥ 0, width ≥ 0.

    Returns
    -------
    ndarray
        (..., 4), float: y_min, x_min, y_max, x_max.

    Raises
    ------
    ValueError
        If the last axis is not 4 long, or a height or width is negative.

    Examples
    --------
    >>> from_center([20, 40, 20, 40])
    array([10., 20., 30., 60.])
    """
    boxes = _as_float(boxes, "boxes")
    center, size = boxes[..., :2], boxes[..., 2:]
    if (size < 0).any():
        raise ValueError(
            f"expected (center_y, center_x, height, width) with no negative size, got {size.min():g}:"
            " corners are already what this function returns"
        )
    return np.concatenate([center - size / 2, center + size / 2], axis=-1)


def box_area(boxes):
    """Height times width of each box.

    Parameters
    ----------
    boxes : array_like
        (..., 4).

    Returns
    -------
    ndarray
        (...), float, at least 0.

    Raises
    ------
    ValueError
        If these are no boxes.

    Examples
    --------
    >>> float(box_area([0, 0, 2, 3]))
    6.0
    """
    boxes = _as_boxes(boxes)
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def intersection_area(boxes, other_boxes):
    """Area that two boxes have in common.

    Parameters
    ----------
    boxes, other_boxes : array_like
        (..., 4); leading axes broadcast.

    Returns
    -------
    ndarray
        (...), float; 0 where the boxes only touch, or not even that.

    Raises
    ------
    ValueError
        If these are no boxes.

    Examples
    --------
    >>> float(intersection_area([0, 0, 2, 3], [1, 1, 4, 4]))
    2.0
    """
    boxes, other_boxes = _as_boxes(boxes), _as_boxes(other_boxes)
    # The common part begins at the later start and ends at the earlier end.
    low = np.maximum(boxes[..., :2], other_boxes[..., :2])
    high = np.minimum(boxes[..., 2:], other_boxes[..., 2:])
    sides = np.maximum(high - low, 0)
    return sides[..., 0] * sides[..., 1]


def iou(boxes, other_boxes):
    """Intersection over union of boxes, one with one: how much of both together they have in common.

    Parameters
    ----------
    boxes, other_boxes : array_like
        (..., 4); leading axes broadcast.

    Returns
    -------
    ndarray
        (...), float in [0, 1]; 0 if a box has no area.

    Raises
    ------
    ValueError
        If these are no boxes.

    References
    ----------
    Everingham et al. (2010), "The PASCAL Visual Object Classes (VOC) Challenge", section 4.2.

    Examples
    --------
    >>> float(iou([0, 0, 2, 2], [0, 1, 2, 3]))  # 2 of 4 + 4 − 2
    0.3333333333333333
    """
    intersection = intersection_area(boxes, other_boxes)
    union = box_area(boxes) + box_area(other_boxes) - intersection
    return np.divide(intersection, union, out=np.zeros_like(intersection), where=intersection > 0)


def pairwise_iou(boxes, other_boxes):
    """Intersection over union of each box with each other box.

    Parameters
    ----------
    boxes, other_boxes : array_like
        (n, 4) and (m, 4).

    Returns
    -------
    ndarray
        (n, m), float in [0, 1].

    Raises
    ------
    ValueError
        If these are no lists of boxes.

    Examples
    --------
    >>> pairwise_iou([[0, 0, 2, 2], [0, 1, 2, 3]], [[0, 0, 2, 2]]).round(2)
    array([[1.  ],
           [0.33]])
    """
    boxes, other_boxes = _as_box_list(boxes), _as_box_list(other_boxes)
    return iou(boxes[:, np.newaxis], other_boxes)  # (n, 1, 4) with (m, 4) → (n, m)


# --------------------------------------------------------------------------------- non-maximum suppression


def suppressors(boxes, scores, *, iou_threshold=0.5, score_threshold=-np.inf, labels=None):
    """For each box, which one removes it in non-maximum suppression.

    The box with the highest score stays, and removes all that overlap it too much. Of those that are left,
    the highest stays, and so on. Of equal scores, the first comes first.

    Parameters
    ----------
    boxes : array_like
        (n, 4).
    scores : array_like
        (n,), finite.
    iou_threshold : float
        In [0, 1]. A box goes if its IoU with one that stays is **above** this.
    score_threshold : float
        Only boxes with a score **above** this take part.
    labels : array_like, optional
        (n,), integer. With them, boxes compete only within their class.

    Returns
    -------
    ndarray
        (n,), int64: the box's own index if it stays, the index of the box that removes it, or −1 if its score
        is too low.

    Raises
    ------
    ValueError
        If shapes do not agree, a score is not finite, or `iou_threshold` is not in [0, 1].

    References
    ----------
    Neubeck and Van Gool (2006), "Efficient Non-Maximum Suppression".

    Examples
    --------
    >>> boxes = [[0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30], [5, 5, 6, 6]]
    >>> suppressors(boxes, [0.8, 0.9, 0.7, 0.1], score_threshold=0.3)
    array([ 1,  1,  2, -1])
    """
    boxes, scores, labels = _as_candidates(boxes, scores, labels)
    if not 0 <= iou_threshold <= 1:
        raise ValueError(f"expected an iou_threshold from 0 to 1, got {iou_threshold}")
    removed_by = np.full(len(boxes), -1)
    waiting = np.argsort(-scores, kind="stable")  # the highest score first
    waiting = waiting[scores[waiting] > score_threshold]
    while len(waiting):
        best = waiting[0]
        is_removed = (iou(boxes[best], boxes[waiting]) > iou_threshold) & (labels[waiting] == labels[best])
        is_removed[0] = True  # done with, even if it has no area or the threshold is 1
        removed_by[waiting[is_removed]] = best
        waiting = waiting[~is_removed]
    return removed_by


def non_maximum_suppression(
    boxes, scores, *, iou_threshold=0.5, score_threshold=-np.inf, labels=None, max_boxes=None
):
    """Return the indices of the boxes that stay when each removes weaker ones that overlap it too much.

    The result is that of ``tf.image.non_max_suppression``.

    Parameters
    ----------
    boxes, scores, iou_threshold, score_threshold, labels
        As for `suppressors`.
    max_boxes : int, optional
        At most so many, at least 0.

    Returns
    -------
    ndarray
        (kept,), int64: indices, highest score first.

    Raises
    ------
    ValueError
        As `suppressors`, or if `max_boxes` is negative.

    References
    ----------
    Neubeck and Van Gool (2006), "Efficient Non-Maximum Suppression".

    Examples
    --------
    >>> boxes = [[0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30]]
    >>> non_maximum_suppression(boxes, [0.8, 0.9, 0.7])
    array([1, 2])
    >>> non_maximum_suppression(boxes, [0.8, 0.9, 0.7], labels=[3, 4, 4])
    array([1, 0, 2])
    """
    if max_boxes is not None and max_boxes < 0:
        raise ValueError(f"expected max_boxes of 0 or more, or None for all, got {max_boxes}")
    removed_by = suppressors(
        boxes, scores, iou_threshold=iou_threshold, score_threshold=score_threshold, labels=labels
    )
    kept = np.flatnonzero(removed_by == np.arange(len(removed_by)))
    by_score = np.argsort(-np.asarray(scores, float)[kept], kind="stable")
    return kept[by_score][:max_boxes]


# ------------------------------------------------------------------------------------------------- anchors


def grid_anchors(image_size, grid_size, scales, aspect_ratios=(1.0,)):
    """Boxes of given sizes and proportions around the centre of each cell of a grid.

    Parameters
    ----------
    image_size : (height, width)
        In pixels.
    grid_size : (rows, columns)
        Number of cells.
    scales : sequence of float
        Square root of the area, in pixels.
    aspect_ratios : sequence of float
        Width divided by height.

    Returns
    -------
    ndarray
        (rows, columns, scales · aspect ratios, 4), float64. For each scale all ratios. Boxes at the border
        reach beyond the image.

    Raises
    ------
    ValueError
        If a size, scale or ratio is not positive.

    References
    ----------
    Ren et al. (2015), "Faster R-CNN", section 3.1.1.

    Examples
    --------
    >>> anchors = grid_anchors((64, 64), (8, 8), scales=[16], aspect_ratios=[1, 4])
    >>> anchors.shape
    (8, 8, 2, 4)
    >>> to_center(anchors[0, 0])  # the same area, four times as wide as high
    array([[ 4.,  4., 16., 16.],
           [ 4.,  4.,  8., 32.]])
    """
    values = [*image_size, *grid_size, *scales, *aspect_ratios]
    if len(image_size) != 2 or len(grid_size) != 2 or not scales or not aspect_ratios or min(values) <= 0:
        raise ValueError(
            "expected sizes (height, width) and (rows, columns), at least one scale and one ratio,"
            f" all positive; got {image_size}, {grid_size}, {scales}, {aspect_ratios}"
        )
    centers = [
        (np.arange(cells) + 0.5) * length / cells for length, cells in zip(image_size, grid_size, strict=True)
    ]
    center_y, center_x = np.meshgrid(*centers, indexing="ij")  # (rows, columns)
    sizes = np.array([(s / np.sqrt(ratio), s * np.sqrt(ratio)) for s in scales for ratio in aspect_ratios])
    anchors = np.empty((*grid_size, len(sizes), 4))
    anchors[..., 0], anchors[..., 1] = center_y[..., np.newaxis], center_x[..., np.newaxis]
    anchors[..., 2:] = sizes
    return from_center(anchors)


def match_anchors(anchors, boxes, *, iou_threshold=0.5):
    """For each anchor, which object it has to find.

    An anchor gets the object that it overlaps most, if their IoU is at least `iou_threshold`. Besides, each
    object gets the anchor that overlaps it most, however little that is, so that none is left out. If two
    objects want the same anchor, the one with the larger IoU gets it.

    Parameters
    ----------
    anchors : array_like
        (..., 4).
    boxes : array_like
        (n, 4): the objects.
    iou_threshold : float
        In [0, 1].

    Returns
    -------
    ndarray
        (...), int64: index of a box, or −1 for background.

    Raises
    ------
    ValueError
        If these are no boxes, or the threshold is not in [0, 1].

    References
    ----------
    Ren et al. (2015), "Faster R-CNN", section 3.1.2.

    Examples
    --------
    >>> match_anchors([[0, 0, 8, 8], [0, 8, 8, 16], [8, 0, 16, 8]], [[0, 0, 8, 9], [9, 1, 12, 4]])
    array([ 0, -1,  1])
    """
    anchors, boxes = _as_boxes(anchors), _as_box_list(boxes)
    if not 0 <= iou_threshold <= 1:
        raise ValueError(f"expected an iou_threshold from 0 to 1, got {iou_threshold}")
    overlaps = pairwise_iou(anchors.reshape(-1, 4), boxes)  # (anchors, n)
    matches = np.full(len(overlaps), -1)
    if overlaps.size:
        is_near = overlaps.max(axis=1) >= iou_threshold
        matches[is_near] = overlaps.argmax(axis=1)[is_near]
        largest = overlaps.max(axis=0)
        order = np.argsort(largest, kind="stable")  # so that the larger IoU is written last
        order = order[largest[order] > 0]
        matches[overlaps.argmax(axis=0)[order]] = order
    return matches.reshape(anchors.shape[:-1])


def encode_boxes(boxes, anchors):
    """How to move and stretch each anchor so that it becomes its box: what a detector learns to predict.

    (Δy / anchor_height, Δx / anchor_width, ln(height / anchor_height), ln(width / anchor_width)), where Δ is
    from the anchor's centre to the box's. All zero means: the anchor is the box.

    Parameters
    ----------
    boxes, anchors : array_like
        (..., 4), all with an area; leading axes broadcast.

    Returns
    -------
    ndarray
        (..., 4), float.

    Raises
    ------
    ValueError
        If these are no boxes, or one has no area.

    References
    ----------
    Ren et al. (2015), "Faster R-CNN", equation 2, with y before x.

    Examples
    --------
    >>> encode_boxes([0, 4, 8, 12], [0, 0, 8, 8])  # half a width to the right
    array([0. , 0.5, 0. , 0. ])
    """
    boxes, anchors = to_center(boxes), to_center(anchors)
    smallest = min(boxes[..., 2:].min(initial=1), anchors[..., 2:].min(initial=1))
    if smallest <= 0:
        raise ValueError(
            "expected boxes and anchors of positive height and width, got one of 0: leave it out"
        )
    shift = (boxes[..., :2] - anchors[..., :2]) / anchors[..., 2:]
    stretch = np.log(boxes[..., 2:] / anchors[..., 2:])
    return np.concatenate([shift, stretch], axis=-1)


def decode_boxes(offsets, anchors):
    """Boxes from what a detector predicts: the inverse of `encode_boxes`.

    Parameters
    ----------
    offsets : array_like
        (..., 4), as `encode_boxes` returns them.
    anchors : array_like
        (..., 4); leading axes broadcast.

    Returns
    -------
    ndarray
        (..., 4), float: y_min, x_min, y_max, x_max.

    Raises
    ------
    ValueError
        If the last axis is not 4 long.

    Examples
    --------
    >>> decode_boxes([0, 0.5, 0, 0], [0, 0, 8, 8])
    array([ 0.,  4.,  8., 12.])
    """
    offsets, anchors = _as_float(offsets, "offsets"), to_center(anchors)
    center = anchors[..., :2] + offsets[..., :2] * anchors[..., 2:]
    size = anchors[..., 2:] * np.exp(offsets[..., 2:])
    return from_center(np.concatenate([center, size], axis=-1))


# ---------------------------------------------------------------------------------- how good a detector is


def judge_detections(detections, objects, *, iou_threshold=0.5):
    """Which detections of one image and one class are correct.

    Highest score first, each takes the object that it overlaps most among those not taken yet. It is correct
    if their IoU is at least the threshold. So of several detections of one object, one is correct. This is
    how COCO does it. (PASCAL VOC differs in one rare case: a detection whose best object is already taken
    counts as wrong, even if it overlaps another one enough.)

    Parameters
    ----------
    detections : (boxes, scores)
        (n, 4) and (n,).
    objects : array_like
        (m, 4): the boxes of the objects.
    iou_threshold : float
        Above 0, at most 1.

    Returns
    -------
    ndarray
        (n,), int64: index of the object that was found, or −1 for a detection that is wrong.

    Raises
    ------
    ValueError
        If shapes do not agree, a score is not finite, or the threshold is not in (0, 1].

    References
    ----------
    Lin et al. (2014), "Microsoft COCO: Common Objects in Context"; Everingham et al. (2010), section 4.2.

    Examples
    --------
    >>> boxes, scores = [[0, 0, 10, 10], [0, 1, 10, 11], [50, 50, 60, 60]], [0.7, 0.9, 0.8]
    >>> judge_detections((boxes, scores), [[0, 0, 10, 10]])
    array([-1,  0, -1])
    """
    boxes, scores, _ = _as_candidates(*detections, None)
    overlaps = pairwise_iou(boxes, objects)  # (n, m)
    if not 0 < iou_threshold <= 1:
        raise ValueError(f"expected an iou_threshold above 0 and at most 1, got {iou_threshold}")
    found = np.full(len(boxes), -1)
    if overlaps.size == 0:
        return found
    for i in np.argsort(-scores, kind="stable"):
        nearest = overlaps[i].argmax()
        if overlaps[i, nearest] >= iou_threshold:
            found[i] = nearest
            overlaps[:, nearest] = -1  # taken
    return found


def precision_recall_curve(scores, is_correct, object_count):
    """Precision and recall after each detection, highest score first.

    Parameters
    ----------
    scores : array_like
        (n,), finite; of all images together.
    is_correct : array_like
        (n,), bool: see `judge_detections`.
    object_count : int
        How many objects there are to be found, at least 1.

    Returns
    -------
    precision, recall, thresholds : tuple of ndarray
        (n,) each, float64: with all detections whose score is at least ``thresholds[i]``, the share of them
        that is correct, and the share of the objects that is found. Equal scores keep the order in which they
        come, so among them the last point is the one that counts.

    Raises
    ------
    ValueError
        If lengths differ, a score is not finite, or more are correct than there are objects.

    Examples
    --------
    >>> precision, recall, thresholds = precision_recall_curve([0.9, 0.6, 0.8], [True, True, False], 4)
    >>> precision.round(2), recall, thresholds
    (array([1.  , 0.5 , 0.67]), array([0.25, 0.25, 0.5 ]), array([0.9, 0.8, 0.6]))
    """
    scores, is_correct = np.asarray(scores, float), np.asarray(is_correct, bool)
    if scores.ndim != 1 or scores.shape != is_correct.shape or not np.isfinite(scores).all():
        raise ValueError(
            "expected a finite score and a True or False for each detection,"
            f" got shapes {scores.shape} and {is_correct.shape}"
        )
    if object_count < max(1, is_correct.sum()):
        raise ValueError(
            f"expected object_count of at least 1, and at least the {is_correct.sum()} correct detections,"
            f" got {object_count}"
        )
    order = np.argsort(-scores, kind="stable")
    correct_so_far = np.cumsum(is_correct[order])
    precision = correct_so_far / np.arange(1, len(scores) + 1)
    return precision, correct_so_far / object_count, scores[order]


def average_precision(precision, recall, *, method="all-points"):
    """Area under the precision–recall curve, made monotone: one number for a class.

    At each recall, precision is replaced by the best precision at this **or any higher** recall, so that the
    curve falls in steps.

    Parameters
    ----------
    precision, recall : array_like
        (n,), as `precision_recall_curve` returns them: recall never falls.
    method : {"all-points", "101-point"}
        "all-points" is the exact area under the steps, as PASCAL VOC computes it since 2010. "101-point" is
        the mean of the step curve at recall 0, 0.01, …, 1, as COCO computes it.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If lengths differ, recall falls, a value is not in [0, 1], or the method is unknown.

    References
    ----------
    Everingham et al. (2010), "The PASCAL Visual Object Classes (VOC) Challenge"; Lin et al. (2014),
    "Microsoft COCO: Common Objects in Context".

    Examples
    --------
    >>> average_precision([1, 0.5, 2 / 3], [0.25, 0.25, 0.5])  # 0.25 · 1 + 0.25 · 2/3
    0.41666666666666663
    """
    precision, recall = np.asarray(precision, float), np.asarray(recall, float)
    if precision.ndim != 1 or precision.shape != recall.shape or (np.diff(recall) < 0).any():
        raise ValueError(
            "expected precision and recall of equal length, with recall that never falls,"
            f" got shapes {precision.shape} and {recall.shape}"
        )
    if not all(((values >= 0) & (values <= 1)).all() for values in (precision, recall)):
        raise ValueError("expected precision and recall in [0, 1]")
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    if method == "all-points":
        return float(np.sum(np.diff(recall, prepend=0) * best_from_here))
    if method == "101-point":
        positions = np.searchsorted(
            recall, np.linspace(0, 1, 101)
        )  # the first point at or beyond each recall
        return float(np.append(best_from_here, 0)[positions].mean())
    raise ValueError(f'expected method "all-points" or "101-point", got {method!r}')


def average_precisions(detections, objects, *, iou_threshold=0.5, method="all-points"):
    """Average precision of each class over many images.

    Parameters
    ----------
    detections : sequence of Detections
        One for each image: boxes (n, 4), scores (n,), labels (n,).
    objects : sequence of Objects
        One for each image: boxes (m, 4), labels (m,).
    iou_threshold : float
        How well a box must fit to be correct, above 0, at most 1.
    method : {"all-points", "101-point"}
        See `average_precision`.

    Returns
    -------
    dict of int to float
        Label → average precision, for each class that has an object. Detections of other classes are left
        out, as VOC and COCO do.

    Raises
    ------
    ValueError
        If there are not as many detections as objects, or one of them is malformed.

    Examples
    --------
    >>> found = Detections(np.array([[0, 0, 9, 10]]), np.array([0.9]), np.array([3]))
    >>> there = Objects(np.array([[0, 0, 10, 10], [20, 0, 30, 10]]), np.array([3, 3]))
    >>> average_precisions([found], [there])
    {3: 0.5}
    """
    if len(detections) != len(objects):
        raise ValueError(
            f"expected detections and objects for each image, got {len(detections)} and {len(objects)}"
        )
    images = [
        (_as_candidates(*found), _as_box_list(there[0]), np.asarray(there[1]))
        for found, there in zip(detections, objects, strict=True)
    ]
    for _, boxes, labels in images:
        if labels.shape != (len(boxes),):
            raise ValueError(f"expected a label for each of {len(boxes)} objects, got shape {labels.shape}")
    result = {}
    for label in sorted({int(label) for *_, labels in images for label in labels}):
        scores, is_correct, count = [], [], 0
        for (boxes, image_scores, image_labels), object_boxes, object_labels in images:
            mine, theirs = image_labels == label, object_labels == label
            found = judge_detections(
                (boxes[mine], image_scores[mine]), object_boxes[theirs], iou_threshold=iou_threshold
            )
            scores.append(image_scores[mine])
            is_correct.append(found >= 0)
            count += theirs.sum()
        precision, recall, _ = precision_recall_curve(
            np.concatenate(scores), np.concatenate(is_correct), count
        )
        result[label] = average_precision(precision, recall, method=method)
    return result


def mean_average_precision(detections, objects, *, iou_threshold=0.5, method="all-points"):
    """Mean over the classes of the average precision: one number for a detector.

    Parameters
    ----------
    detections, objects, method
        As for `average_precisions`.
    iou_threshold : float or sequence of float
        With several, the mean over them: ``np.arange(0.5, 1, 0.05)`` and "101-point" give COCO's main figure.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        As `average_precisions`, or if there is no object at all.

    Examples
    --------
    >>> found = Detections(np.array([[0, 0, 9, 10]]), np.array([0.9]), np.array([3]))
    >>> there = Objects(np.array([[0, 0, 10, 10]]), np.array([3]))
    >>> mean_average_precision([found], [there])
    1.0
    >>> mean_average_precision([found], [there], iou_threshold=[0.5, 0.95])
    0.5
    """
    thresholds = np.atleast_1d(iou_threshold)
    values = [
        value
        for threshold in thresholds
        for value in average_precisions(detections, objects, iou_threshold=threshold, method=method).values()
    ]
    if not values:
        raise ValueError("expected at least one object, got none: nothing could be found or missed")
    return float(np.mean(values))


# ------------------------------------------------------------------------------------------- what comes in


def _as_float(values, name):
    """Return an array (..., 4) of finite floats."""
    values = np.asarray(values)
    if values.dtype.kind not in "iuf" or values.ndim == 0 or values.shape[-1] != 4:
        raise ValueError(f"expected {name} as numbers of shape (..., 4), got {values.dtype} {values.shape}")
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"expected finite {name}, got NaN or infinity")
    return values


def _as_boxes(boxes):
    boxes = _as_float(boxes, "boxes")
    if (boxes[..., :2] > boxes[..., 2:]).any():
        wrong = boxes[(boxes[..., :2] > boxes[..., 2:]).any(axis=-1)][0]
        raise ValueError(
            "expected boxes (y_min, x_min, y_max, x_max) with no minimum above its maximum,"
            f" got {tuple(wrong.tolist())}: from_center converts (center_y, center_x, height, width)"
        )
    return boxes


def _as_box_list(boxes):
    boxes = np.asarray(boxes)
    if boxes.size == 0:
        return np.zeros((0, 4), boxes.dtype if boxes.dtype.kind == "f" else np.float64)
    if boxes.ndim != 2:
        raise ValueError(f"expected a list of boxes, (n, 4), got shape {boxes.shape}")
    return _as_boxes(boxes)


def _as_candidates(boxes, scores, labels):
    """Return boxes (n, 4), scores (n,) and labels (n,); without labels, all have the same."""
    boxes, scores = _as_box_list(boxes), np.asarray(scores, float)
    labels = np.zeros(len(boxes), int) if labels is None else np.asarray(labels)
    if scores.shape != (len(boxes),) or labels.shape != (len(boxes),):
        raise ValueError(
            f"expected a score and a label for each of {len(boxes)} boxes,"
            f" got shapes {scores.shape} and {labels.shape}"
        )
    if not np.isfinite(scores).all():
        raise ValueError("expected finite scores, got NaN or infinity")
    return boxes, scores, labels
