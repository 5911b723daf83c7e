"""Boxes: against TensorFlow, against pycocotools, and what the text claims about them."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dcv.boxes import (
    Detections,
    Objects,
    average_precision,
    average_precisions,
    box_area,
    decode_boxes,
    encode_boxes,
    from_center,
    grid_anchors,
    intersection_area,
    iou,
    judge_detections,
    match_anchors,
    mean_average_precision,
    non_maximum_suppression,
    pairwise_iou,
    precision_recall_curve,
    suppressors,
    to_center,
)

NMS_CASES = 1200
AP_CASES = 60


def random_boxes(rng, count, *, side=20, whole=False, dtype=np.float64):
    """Boxes of any proportions inside a square, some without area if their corners are whole numbers."""
    corners = rng.integers(0, side + 1, (count, 2, 2)) if whole else rng.uniform(0, side, (count, 2, 2))
    corners = np.sort(corners, axis=1)
    return corners.reshape(count, 4).astype(dtype)


boxes_with_area = st.tuples(
    arrays(float, (5, 2), elements=st.floats(-50, 50)), arrays(float, (5, 2), elements=st.floats(0.5, 40))
).map(lambda parts: np.concatenate([parts[0], parts[0] + parts[1]], axis=1))


class TestIou:
    def test_equals_the_share_of_pixels(self):
        """Boxes with whole corners cover whole pixels, which can be counted."""
        rng = np.random.default_rng(0)
        for first, second in random_boxes(rng, 200, whole=True, side=8).reshape(100, 2, 4):
            masks = np.zeros((2, 8, 8), bool)
            for mask, (top, left, bottom, right) in zip(masks, [first, second], strict=True):
                mask[int(top) : int(bottom), int(left) : int(right)] = True
            assert box_area(first) == masks[0].sum()
            assert intersection_area(first, second) == (masks[0] & masks[1]).sum()
            union = (masks[0] | masks[1]).sum()
            assert iou(first, second) == ((masks[0] & masks[1]).sum() / union if union else 0)

    @settings(deadline=None)
    @given(boxes_with_area, boxes_with_area, st.floats(-20, 20), st.floats(0.1, 9))
    def test_is_symmetric_and_does_not_depend_on_place_or_unit(self, boxes, others, shift, unit):
        values = iou(boxes, others)
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
        np.testing.assert_array_equal(values, iou(others, boxes))
        np.testing.assert_allclose(values, iou((boxes + shift) * unit, (others + shift) * unit), atol=1e-9)
        np.testing.assert_allclose(iou(boxes, boxes), 1)

    def test_pairs(self):
        rng = np.random.default_rng(1)
        boxes, others = random_boxes(rng, 3), random_boxes(rng, 5)
        pairs = pairwise_iou(boxes, others)
        assert pairs.shape == (3, 5)
        assert pairs[2, 4] == iou(boxes[2], others[4])
        assert pairwise_iou(boxes, []).shape == (3, 0)

    def test_float32_stays(self):
        assert iou(np.zeros(4, np.float32), np.ones(4, np.float32)).dtype == np.float32

    def test_a_box_without_area_overlaps_nothing(self):
        assert iou([1, 1, 1, 3], [0, 0, 4, 4]) == 0
        assert iou([1, 1, 1, 3], [1, 1, 1, 3]) == 0

    @pytest.mark.parametrize("function", [box_area, to_center, lambda boxes: iou(boxes, boxes)])
    @pytest.mark.parametrize(
        ("boxes", "message"),
        [
            ([0, 0, 1], "shape"),
            ([3, 0, 1, 1], "no minimum above its maximum"),
            ([0, 0, np.nan, 1], "finite"),
            (["a", "b", "c", "d"], "numbers"),
        ],
    )
    def test_rejects_what_is_no_box(self, function, boxes, message):
        with pytest.raises(ValueError, match=message):
            function(boxes)


class TestFormats:
    @settings(deadline=None)
    @given(boxes_with_area)
    def test_there_and_back(self, boxes):
        np.testing.assert_allclose(from_center(to_center(boxes)), boxes, atol=1e-9)

    def test_rejects_negative_sizes(self):
        with pytest.raises(ValueError, match="no negative size"):
            from_center([0, 0, -1, 1])


def tensorflow_nms(boxes, scores, iou_threshold, score_threshold, max_boxes):
    import tensorflow as tf

    kept = tf.image.non_max_suppression(boxes, scores, max_boxes, iou_threshold, score_threshold)
    return kept.numpy()


class TestNonMaximumSuppression:
    def test_equals_tensorflow(self):
        """Ties of scores, boxes without area, IoU exactly at the threshold, thresholds 0 and 1, no boxes."""
        rng = np.random.default_rng(2)
        seen = dict.fromkeys(["suppressed", "tied", "degenerate", "cut off", "too low"], 0)
        for case in range(NMS_CASES):
            count = int(rng.integers(0, 25))
            boxes = random_boxes(rng, count, whole=case % 2 == 0, side=6, dtype=np.float32)
            scores = rng.random(count, dtype=np.float32)
            if case % 3 == 0:
                scores = np.round(scores, 1)
            iou_threshold = float(rng.choice([0, 0.25, 0.5, 1, rng.random()]))
            score_threshold = float(rng.choice([-1, 0.3, 0.5]))
            max_boxes = int(rng.integers(0, 26))
            expected = tensorflow_nms(boxes, scores, iou_threshold, score_threshold, max_boxes)
            settings = {"iou_threshold": iou_threshold, "score_threshold": np.float32(score_threshold)}
            actual = non_maximum_suppression(boxes, scores, max_boxes=max_boxes, **settings)
            np.testing.assert_array_equal(actual, expected, err_msg=f"case {case}")
            removed_by = suppressors(boxes, scores, **settings)
            seen["suppressed"] += np.any((removed_by >= 0) & (removed_by != np.arange(count)))
            seen["tied"] += len(np.unique(scores)) < count
            seen["degenerate"] += np.any(box_area(boxes) == 0)
            seen["cut off"] += len(actual) == max_boxes
            seen["too low"] += np.any(removed_by == -1)
        assert min(seen.values()) > 100, seen  # the cases are those that matter

    def test_within_classes_equals_tensorflow_class_by_class(self):
        rng = np.random.default_rng(3)
        for _ in range(100):
            boxes, scores = random_boxes(rng, 20, dtype=np.float32), rng.random(20, dtype=np.float32)
            labels = rng.integers(0, 3, 20)
            expected = [
                members[tensorflow_nms(boxes[members], scores[members], 0.3, -1.0, 20)]
                for members in (np.flatnonzero(labels == label) for label in range(3))
            ]
            expected = np.concatenate(expected)
            actual = non_maximum_suppression(boxes, scores, labels=labels, iou_threshold=0.3)
            np.testing.assert_array_equal(actual, expected[np.argsort(-scores[expected], kind="stable")])

    @settings(deadline=None)
    @given(st.integers(0, 2**32 - 1), st.floats(0, 1))
    def test_no_two_that_stay_overlap_too_much_and_each_that_goes_has_a_reason(self, seed, threshold):
        rng = np.random.default_rng(seed)
        boxes, scores = random_boxes(rng, 12, side=8), rng.random(12)
        by = suppressors(boxes, scores, iou_threshold=threshold, score_threshold=0.2)
        kept = non_maximum_suppression(boxes, scores, iou_threshold=threshold, score_threshold=0.2)
        overlaps = pairwise_iou(boxes, boxes)
        assert (np.triu(overlaps[np.ix_(kept, kept)], 1) <= threshold).all()
        assert (np.diff(scores[kept]) <= 0).all()
        for i, reason in enumerate(by):
            if reason == -1:
                assert scores[i] <= 0.2
            elif reason != i:
                assert reason in kept
                assert overlaps[i, reason] > threshold
                assert scores[reason] >= scores[i]
            else:
                assert i in kept

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"scores": [1.0]}, "score and a label for each of 2"),
            ({"scores": [1.0, np.nan]}, "finite scores"),
            ({"labels": [1]}, "score and a label for each of 2"),
            ({"iou_threshold": 1.5}, "iou_threshold from 0 to 1"),
            ({"max_boxes": -1}, "max_boxes of 0 or more"),
        ],
    )
    def test_rejects(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            non_maximum_suppression(np.eye(2, 4) * 0, **{"scores": [0.5, 0.6], **arguments})


class TestAnchors:
    def test_centres_and_sizes(self):
        anchors = to_center(grid_anchors((60, 40), (3, 2), [10, 20], [0.5, 1, 2]))
        assert anchors.shape == (3, 2, 6, 4)
        np.testing.assert_allclose(anchors[:, 0, 0, 0], [10, 30, 50])
        np.testing.assert_allclose(anchors[0, :, 0, 1], [10, 30])
        heights, widths = anchors[0, 0, :, 2], anchors[0, 0, :, 3]
        np.testing.assert_allclose(heights * widths, [100] * 3 + [400] * 3)
        np.testing.assert_allclose(widths / heights, [0.5, 1, 2] * 2)

    @pytest.mark.parametrize("changed", [{"scales": []}, {"scales": [0]}, {"grid_size": (0, 2)}])
    def test_rejects(self, changed):
        with pytest.raises(ValueError, match="all positive"):
            grid_anchors(**{"image_size": (8, 8), "grid_size": (2, 2), "scales": [4], **changed})

    @settings(deadline=None)
    @given(boxes_with_area, boxes_with_area)
    def test_encoding_and_decoding_are_inverse(self, boxes, anchors):
        offsets = encode_boxes(boxes, anchors)
        np.testing.assert_allclose(decode_boxes(offsets, anchors), boxes, atol=1e-8)
        np.testing.assert_allclose(encode_boxes(anchors, anchors), 0, atol=1e-12)
        # Moved and enlarged together, the offsets stay.
        np.testing.assert_allclose(encode_boxes(3 * boxes + 7, 3 * anchors + 7), offsets, atol=1e-8)

    def test_encoding_by_hand(self):
        # 3 lower, 2 to the right, twice as high, half as wide as the anchor of 4 × 8.
        np.testing.assert_allclose(
            encode_boxes(from_center([8, 12, 8, 4]), from_center([5, 10, 4, 8])),
            [0.75, 0.25, np.log(2), -np.log(2)],
        )

    def test_encoding_rejects_a_box_without_area(self):
        with pytest.raises(ValueError, match="positive height and width"):
            encode_boxes([0, 0, 0, 4], [0, 0, 4, 4])

    @settings(deadline=None)
    @given(boxes_with_area, st.floats(0.05, 0.95))
    def test_matching(self, boxes, threshold):
        anchors = grid_anchors((100, 100), (5, 5), [10, 30], [0.5, 2]) - 50
        matches = match_anchors(anchors, boxes, iou_threshold=threshold)
        overlaps = pairwise_iou(anchors.reshape(-1, 4), boxes)
        assert matches.shape == anchors.shape[:3]
        for match, overlap in zip(matches.ravel(), overlaps, strict=True):
            if match == -1:
                assert overlap.max() < threshold
            elif overlap[match] != overlap.max():  # then it is the best that this object has
                assert overlap[match] == overlaps[:, match].max()
        best = overlaps.argmax(axis=0)
        for i in np.flatnonzero(overlaps.max(axis=0) > 0):
            winner = matches.ravel()[best[i]]
            assert winner == i or overlaps[best[i], winner] >= overlaps[best[i], i]

    def test_matching_without_objects(self):
        assert (match_anchors(grid_anchors((8, 8), (2, 2), [4]), []) == -1).all()

    def test_matching_rejects_a_threshold(self):
        with pytest.raises(ValueError, match="iou_threshold from 0 to 1"):
            match_anchors([[0, 0, 1, 1]], [[0, 0, 1, 1]], iou_threshold=2)


def random_detection_set(rng, *, images=6, classes=3):
    """Objects, and detections as a detector makes them: shifted, doubled, wrong, of the wrong class."""
    detections, objects = [], []
    for _ in range(images):
        count = int(rng.integers(0, 6))
        low, size = rng.uniform(0, 50, (count, 2)), rng.uniform(5, 30, (count, 2))
        boxes, labels = np.concatenate([low, low + size], axis=1), rng.integers(0, classes, count)
        near = np.repeat(boxes, 2, axis=0) + rng.normal(0, 2.5, (2 * count, 4))
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        found = np.concatenate([near, random_boxes(rng, 3, side=60) + np.array([0, 0, 1, 1])])
        found_labels = np.concatenate([np.repeat(labels, 2), rng.integers(0, classes, 3)])
        keep = rng.random(len(found)) < 0.8
        detections.append(Detections(found[keep], rng.random(keep.sum()).round(2), found_labels[keep]))
        objects.append(Objects(boxes, labels))
    return detections, objects


def pycocotools_average_precisions(detections, objects, threshold):
    """Label → average precision, from COCO's own code, which wants (x, y, width, height)."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def as_coco(box):
        top, left, bottom, right = box.tolist()
        return [left, top, right - left, bottom - top]

    def as_annotations(images):
        annotations = [
            {
                "image_id": image,
                "category_id": int(label),
                "bbox": as_coco(box),
                "area": float(box_area(box)),
                "iscrowd": 0,
                "score": float(score),
            }
            for image, (boxes, scores, image_labels) in enumerate(images)
            for box, score, label in zip(boxes, scores, image_labels, strict=True)
        ]
        return [{"id": i, **annotation} for i, annotation in enumerate(annotations, 1)]

    truth = as_annotations([(boxes, np.ones(len(boxes)), labels) for boxes, labels in objects])
    found = as_annotations(detections)
    labels = sorted({annotation["category_id"] for annotation in truth + found})
    with contextlib.redirect_stdout(io.StringIO()):  # it prints how far it is
        coco, result = COCO(), COCO()
        for index, annotations in ((coco, truth), (result, found)):
            index.dataset = {
                "images": [{"id": image} for image in range(len(objects))],
                "categories": [{"id": label} for label in labels],
                "annotations": annotations,
            }
            index.createIndex()
        evaluation = COCOeval(coco, result, "bbox")
        evaluation.params.iouThrs = np.array([threshold])
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][0, :, :, 0, -1]  # (recall levels, classes)
    return {label: float(precision[:, i].mean()) for i, label in enumerate(labels) if precision[0, i] > -1}


class TestAveragePrecision:
    def test_equals_pycocotools(self):
        rng = np.random.default_rng(4)
        values = []
        for case in range(AP_CASES):
            detections, objects = random_detection_set(rng, classes=1 + case % 4)
            threshold = [0.5, 0.75, 0.3][case % 3]
            expected = pycocotools_average_precisions(detections, objects, threshold)
            actual = average_precisions(detections, objects, iou_threshold=threshold, method="101-point")
            assert actual.keys() == expected.keys()
            for label, value in expected.items():
                assert actual[label] == pytest.approx(value, abs=1e-6)
                values.append(value)
        assert 0.2 < np.mean(values) < 0.8  # neither all right nor all wrong
        assert np.ptp(values) > 0.5

    def test_several_thresholds_are_averaged(self):
        detections, objects = random_detection_set(np.random.default_rng(5))
        one_by_one = [mean_average_precision(detections, objects, iou_threshold=t) for t in (0.3, 0.6)]
        assert mean_average_precision(detections, objects, iou_threshold=(0.3, 0.6)) == pytest.approx(
            np.mean(one_by_one)
        )

    def test_five_detections_by_hand(self):
        """Right, wrong, right, wrong, wrong; three objects: precision 1, 1/2, 2/3, … at recall 1/3, 2/3."""
        precision, recall, _ = precision_recall_curve([0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 0, 0], 3)
        np.testing.assert_allclose(precision, [1, 1 / 2, 2 / 3, 1 / 2, 2 / 5])
        np.testing.assert_allclose(recall, [1 / 3, 1 / 3, 2 / 3, 2 / 3, 2 / 3])
        assert average_precision(precision, recall) == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3)
        # Recall 0 to 0.33 (34 values) at precision 1, 0.34 to 0.66 (33 values) at 2/3, the rest at 0.
        assert average_precision(precision, recall, method="101-point") == pytest.approx(
            (34 + 33 * 2 / 3) / 101
        )

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40), st.integers(0, 5))
    def test_bounds_and_order(self, detections, missed):
        scores, is_correct = zip(*detections, strict=True)
        count = max(1, sum(is_correct) + missed)
        precision, recall, thresholds = precision_recall_curve(scores, is_correct, count)
        exact = average_precision(precision, recall)
        assert 0 <= exact <= recall[-1] + 1e-12  # what is never found is never counted
        assert (np.diff(recall) >= 0).all()
        assert (np.diff(thresholds) <= 0).all()
        assert abs(exact - average_precision(precision, recall, method="101-point")) < 1 / 100 + 0.01
        # Only the order of scores matters, not their size.
        ranks = -np.argsort(np.argsort(-np.array(scores), kind="stable"), kind="stable")
        again = average_precision(*precision_recall_curve(ranks, is_correct, count)[:2])
        assert again == exact

    def test_perfect_and_useless(self):
        boxes = np.array([[0, 0, 4, 4], [6, 6, 9, 9]], float)
        objects = [Objects(boxes, np.array([0, 1]))]
        perfect = [Detections(boxes, np.array([0.3, 0.9]), np.array([0, 1]))]
        swapped = [Detections(boxes, np.array([0.3, 0.9]), np.array([1, 0]))]
        nothing = [Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int))]
        assert mean_average_precision(perfect, objects) == 1
        assert mean_average_precision(swapped, objects) == 0
        assert mean_average_precision(nothing, objects) == 0

    def test_of_two_detections_of_one_object_one_is_wrong(self):
        boxes = [[0, 0, 10, 10], [0, 0, 10, 9]]
        np.testing.assert_array_equal(judge_detections((boxes, [0.5, 0.9]), [[0, 0, 10, 10]]), [-1, 0])

    def test_detections_of_a_class_without_objects_are_left_out(self):
        objects = [Objects(np.array([[0, 0, 4, 4]]), np.array([0]))]
        found = [Detections(np.array([[0, 0, 4, 4], [5, 5, 8, 8]]), np.array([0.5, 0.9]), np.array([0, 7]))]
        assert average_precisions(found, objects) == {0: 1.0}

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: precision_recall_curve([0.5], [True, False], 3), "True or False for each"),
            (lambda: precision_recall_curve([0.5], [True], 0), "object_count of at least 1"),
            (lambda: average_precision([1, 1], [0.5, 0.4]), "never falls"),
            (lambda: average_precision([1, 2], [0.4, 0.5]), r"in \[0, 1\]"),
            (lambda: average_precision([1], [1], method="11-point"), "101-point"),
            (lambda: judge_detections(([[0, 0, 1, 1]], [1]), [[0, 0, 1, 1]], iou_threshold=0), "above 0"),
            (lambda: average_precisions([], [Objects(np.zeros((0, 4)), np.zeros(0))]), "for each image"),
            (lambda: mean_average_precision([], []), "at least one object"),
            (
                lambda: average_precisions(
                    [Detections(np.zeros((0, 4)), [], [])], [Objects(np.zeros((2, 4)), np.zeros(1, int))]
                ),
                "label for each of 2 objects",
            ),
        ],
    )
    def test_rejects(self, call, message):
        with pytest.raises(ValueError, match=message):
            call()
