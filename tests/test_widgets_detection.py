"""The explorers of chapter 10 as Python sees them."""

import numpy as np
import pytest
import traitlets

from dcv import boxes
from dcv.boxes import Detections, Objects
from dcv.widgets import explore_anchors, explore_iou, explore_nms, explore_precision_recall

IMAGES = np.zeros((2, 32, 40, 3), np.uint8)
FOUND = [
    Detections(
        np.array([[0, 0, 8, 8], [1, 0, 8, 8], [10, 10, 20, 20.0]]), np.array([0.5, 0.9, 0.3]), [0, 0, 1]
    ),
    Detections(np.array([[4, 4, 9, 9.0]]), np.array([0.7]), [1]),
]
THERE = [
    Objects(np.array([[1, 0, 8, 8.0], [10, 10, 20, 21]]), np.array([0, 1])),
    Objects(np.array([[20, 20, 30, 30.0]]), np.array([1])),
]
NAMES = ["circle", "square"]


class TestIou:
    def test_is_that_of_the_boxes(self):
        panel = explore_iou((0, 0, 4, 4), (2, 2, 6, 6))
        assert (panel.intersection, panel.union, panel.iou) == (4, 28, 1 / 7)
        panel.other_box = [0, 0, 4, 2]
        assert (panel.intersection, panel.union, panel.iou) == (8, 16, 0.5)

    @pytest.mark.parametrize("box", [(0, 0, 17, 4), (4, 0, 4, 4), (0, 0, 4)])
    def test_rejects_a_box_off_the_paper(self, box):
        with pytest.raises(ValueError, match="16 × 16 squares"):
            explore_iou(box)
        with pytest.raises(traitlets.TraitError):
            explore_iou().box = list(box)


class TestNms:
    def test_reads_back_what_stays(self):
        panel = explore_nms(IMAGES, FOUND, NAMES, score_threshold=0.2)
        assert panel.suppressors == [0, 0, 2]  # by score: 0.9, 0.5, 0.3
        assert panel.kept == [0, 2]
        panel.score_threshold = 0.4
        assert panel.suppressors == [0, 0, -1]
        panel.iou_threshold = 0.9
        assert panel.kept == [0, 1]
        panel.scene = 1
        assert panel.kept == [0]
        assert panel._controls["scene_index"].index == 1

    def test_one_scene_needs_no_menu(self):
        assert "scene_index" not in explore_nms(IMAGES[:1], FOUND[:1], NAMES)._controls

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((IMAGES[0], FOUND, NAMES), "count, height, width, 3"),
            ((IMAGES / 255, FOUND, NAMES), "uint8"),
            ((np.zeros((9, 64, 64, 3), np.uint8), FOUND, NAMES), "98,304 values"),
            ((IMAGES, FOUND[:1], NAMES), "at least one candidate in each of 2"),
            ((IMAGES, FOUND, NAMES[:1]), "labels from 0 to 0, got 1"),
        ],
    )
    def test_rejects(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            explore_nms(*arguments)


class TestAnchors:
    def test_reads_back_anchors_and_matches(self):
        panel = explore_anchors(IMAGES[0], THERE[0].boxes, NAMES, scale=8)
        assert panel.anchors.shape == (8, 8, 1, 4)
        panel.grid = 4
        panel.picture.ratios_index = 1
        assert panel.aspect_ratios == (0.5, 1.0, 2.0)
        expected = boxes.grid_anchors((32, 40), (4, 4), [8], (0.5, 1.0, 2.0))
        np.testing.assert_array_equal(panel.anchors, expected)
        np.testing.assert_array_equal(panel.matches, boxes.match_anchors(expected, THERE[0].boxes))
        with pytest.raises(ValueError, match="one of 4, 8, 16"):
            panel.grid = 5

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((IMAGES, THERE[0].boxes, NAMES), "an image"),
            ((IMAGES[0], THERE[0].boxes, NAMES[:1]), "a box and a name"),
            ((IMAGES[0], [[1, 1, 1, 4]], ["flat"]), "positive height and width"),
        ],
    )
    def test_rejects(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            explore_anchors(*arguments)


class TestPrecisionRecall:
    def test_reads_back_counts_and_curve(self):
        panel = explore_precision_recall(IMAGES[:1], FOUND, THERE, NAMES, score_threshold=0.1)
        assert panel.counts == (1, 1, 0)  # two detections of one circle
        assert panel.average_precision == 1
        panel.class_name = "square"
        assert panel.counts == (1, 1, 1)  # 0.7 is wrong, 0.3 right, one missed
        assert panel.average_precision == pytest.approx(boxes.average_precisions(FOUND, THERE)[1])
        panel.score_threshold = 0.5
        assert panel.counts == (0, 1, 2)
        panel.iou_threshold = 0.95
        assert panel.average_precision == 0
        with pytest.raises(ValueError, match="class_name must be one of circle, square"):
            panel.class_name = "star"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((IMAGES, FOUND[:1], THERE[:1], NAMES), "at least for the 2 to show"),
            ((IMAGES, FOUND, THERE[:1], NAMES), "for each image"),
            ((IMAGES, FOUND, THERE, [*NAMES, "star"]), "got none of star"),
            ((IMAGES, FOUND * 500, THERE * 500, NAMES), "at most 2000"),
        ],
    )
    def test_rejects(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            explore_precision_recall(*arguments)
