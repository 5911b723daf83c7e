"""The grid detector: targets and answers are inverse, the loss asks what it should, the record is true."""

import json

import numpy as np
import pytest

from dcv import models
from dcv.boxes import Detections, Objects, mean_average_precision, pairwise_iou
from dcv.data import scenes
from dcv.runs import detector as recording
from dcv.runs import load_run

SCENES = scenes(150, seed=7)


def answers_from(targets, confidence=20.0):
    """What a network would say that has learned its targets by heart."""
    answers = np.zeros((*targets.shape[:3], 10), np.float32)
    answers[..., 0] = np.where(targets[..., 0] == 1, confidence, -confidence)
    answers[..., 1:5] = targets[..., 1:5]
    np.put_along_axis(answers, 5 + targets[..., 5:].astype(int), confidence, axis=-1)
    return answers


def test_perfect_answers_give_back_every_object_that_has_a_cell():
    targets = models.encode_objects(SCENES.objects)
    found = models.decode_answers(answers_from(targets))
    lost = 0
    for (boxes, labels), detections in zip(SCENES.objects, found, strict=True):
        cells = {(int(y // 8), int(x // 8)): i for i, (y, x) in enumerate((boxes[:, :2] + boxes[:, 2:]) / 2)}
        mine = sorted(cells.values())  # of two objects in one cell the later one
        lost += len(labels) - len(mine)
        overlaps = pairwise_iou(detections.boxes, boxes[mine])
        assert overlaps.shape == (len(mine), len(mine))
        nearest = overlaps.argmax(axis=1)
        assert sorted(nearest) == list(range(len(mine)))
        np.testing.assert_allclose(overlaps.max(axis=1), 1, atol=1e-4)
        np.testing.assert_array_equal(labels[mine][nearest], detections.labels)
    assert 0 < lost < 20  # it happens, as the chapter says, and seldom


def test_targets_lie_in_the_cell_of_the_centre():
    target = models.encode_objects([Objects(np.array([[8.0, 40, 24, 60]]), np.array([2]))])[0]
    assert np.argwhere(target[..., 0]).tolist() == [[2, 6]]  # centre at (16, 50)
    # The anchor of the cell is centred at (20, 52) and has 20 pixels a side.
    np.testing.assert_allclose(target[2, 6], [1, -4 / 20, -2 / 20, np.log(16 / 20), 0, 2], atol=1e-6)


def test_other_image_sizes():
    assert models.grid_detector((96, 64, 3), classes=3).output_shape == (None, 12, 8, 8)
    assert models.cell_anchors((96, 64)).shape == (12, 8, 4)
    with pytest.raises(ValueError, match="multiples of 8"):
        models.grid_detector((60, 64, 3))


def test_parameters_as_the_course_states():
    assert models.grid_detector().count_params() == 98_810


class TestLoss:
    targets = models.encode_objects(SCENES.objects[:8])

    def terms(self, answers):
        return np.array([float(term) for term in models.detection_loss_terms(self.targets, answers)])

    def test_of_perfect_answers_is_nothing(self):
        np.testing.assert_allclose(self.terms(answers_from(self.targets)), 0, atol=1e-4)

    def test_by_hand(self):
        answers = np.random.default_rng(0).normal(size=(8, 8, 8, 10)).astype(np.float32)
        has = self.targets[..., 0] == 1
        probability = 1 / (1 + np.exp(-answers[..., 0].astype(float)))
        objects = -np.log(np.where(has, probability, 1 - probability)).sum()
        error = np.abs(answers[has][:, 1:5] - self.targets[has][:, 1:5])
        borders = 20 * np.where(error <= 0.25, error**2 / 2, 0.25 * error - 0.25**2 / 2).mean(axis=1).sum()
        logits = answers[has][:, 5:].astype(float)
        labels = self.targets[has][:, 5].astype(int)
        classes = (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]).sum()
        expected = np.array([objects, borders, classes]) / has.sum()
        np.testing.assert_allclose(self.terms(answers), expected, rtol=1e-4)
        total = float(models.DetectionLoss()(self.targets, answers))
        assert total == pytest.approx(expected.sum(), rel=1e-4)

    def test_empty_cells_are_only_asked_for_objects(self):
        answers = answers_from(self.targets)
        before = self.terms(answers)
        answers[self.targets[..., 0] == 0, 1:] = 99
        np.testing.assert_allclose(self.terms(answers), before)

    def test_images_without_objects(self):
        terms = models.detection_loss_terms(np.zeros((1, 8, 8, 6)), np.zeros((1, 8, 8, 10), "float32"))
        assert [float(term) for term in terms] == pytest.approx([64 * np.log(2), 0, 0], rel=1e-5)


def test_suppression_is_within_classes():
    twice = np.array([[0, 0, 20, 20], [1, 0, 20, 20], [0, 0, 20, 21]], float)
    kept = models.suppress(detections_of(twice, [0.5, 0.9, 0.7], [1, 1, 2]))
    assert kept.scores.tolist() == [0.9, 0.7]
    assert kept.labels.tolist() == [1, 2]


def detections_of(boxes, scores, labels):
    return Detections(np.array(boxes), np.array(scores), np.array(labels))


def test_candidates_come_with_the_highest_score_first_and_inside_the_image():
    answers = np.random.default_rng(1).normal(0, 2, (3, 8, 8, 10))
    for boxes, scores, labels in models.decode_answers(answers, score_threshold=0.2):
        assert (np.diff(scores) <= 0).all()
        assert scores.min() > 0.2
        assert boxes.min() >= 0
        assert boxes.max() <= 64
        assert len(labels) == len(scores)


@pytest.mark.parametrize("arguments", [{"steps": 4}, {"steps": 10, "learning_rate": 0}])
def test_compile_rejects(arguments):
    with pytest.raises(ValueError, match="at least 5 steps and a positive rate"):
        models.compile_detector(models.grid_detector(), **arguments)


# --- the recorded run -------------------------------------------------------------------------------------


def test_the_recorded_run_keeps_what_the_course_promises():
    run = load_run("grid_detector")
    values = [one["test"]["map50"] for one in run["runs"]]
    assert len(values) == 3
    assert min(values) >= 0.85
    assert run["data"]["name"] == "scenes"
    assert {"command", "date", "versions", "machine", "settings"} <= set(run)
    for one in run["runs"]:
        assert np.mean(list(one["test"]["ap50_by_class"].values())) == pytest.approx(one["test"]["map50"])
        assert len(one["history"]["loss"]) == run["settings"]["epochs"]


def test_the_shipped_weights_reach_the_recorded_precision():
    run = load_run("grid_detector")
    test = scenes(run["settings"]["test_scenes"], seed=run["settings"]["test_seed"])
    found = models.detect(models.load_pretrained("grid_detector"), test.images.astype(np.float32) / 255)
    assert mean_average_precision(found, test.objects) == pytest.approx(
        run["runs"][0]["test"]["map50"], abs=1e-3
    )


def test_a_tiny_run_can_be_made_again(tmp_path):
    record = recording.record_detector(
        tmp_path, epochs=2, train_scenes=64, test_scenes=12, batch_size=16, seeds=(5, 6)
    )
    assert json.loads((tmp_path / "grid_detector.json").read_text()) == record
    assert [one["seed"] for one in record["runs"]] == [5, 6]
    for one in record["runs"]:
        assert one["history"]["loss"][1] < one["history"]["loss"][0]
        assert min(one["seconds"], one["cpu_seconds"], one["peak_memory_mib"]) > 0
    assert record["data"]["sha256"] != load_run("grid_detector")["data"]["sha256"]
    with np.load(tmp_path / "grid_detector.npz") as stored:
        assert sum(array.size for array in stored.values()) == 98_810
    seconds, results = recording.summarize_detector(record)
    assert seconds > 0
    assert results == {"mAP@0.5": [one["test"]["map50"] for one in record["runs"]]}
