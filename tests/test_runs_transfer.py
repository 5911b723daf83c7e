"""The recorded runs of chapter 9: tiny ones can be made again, and what ships is what the chapter tells."""

import json

import numpy as np
import pytest

from dcv import models
from dcv.data import load_shapes10
from dcv.runs import eight_classes, transfer
from dcv.runs.transfer import WAYS


@pytest.fixture
def small_data(monkeypatch):
    """Drawn images in place of CIFAR-10, and an untrained base in place of the shipped one."""
    data = load_shapes10(200, 40)
    for module in (eight_classes, transfer):
        monkeypatch.setattr(module, "load_cifar10", lambda: data)
    untrained = models.eight_class_convnet()
    monkeypatch.setattr(transfer, "load_pretrained", lambda name: untrained)
    return data


def test_only_keeps_the_order_of_the_labels():
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1) * 51
    kept, labels = eight_classes.only(images, np.array([5, 3, 0, 5]), (5, 3))
    assert kept.ravel() == pytest.approx([0, 0.2, 0.6])
    assert labels.tolist() == [0, 1, 0]


def test_base_is_stored_as_it_was_measured(tmp_path, small_data):
    record = eight_classes.record_eight_classes(tmp_path, epochs=2)
    assert json.loads((tmp_path / "eight_classes.json").read_text()) == record
    settings = record["settings"]
    assert not set(settings["classes"]) & set(settings["held_out"])
    assert (settings["train_images"], record["test"]["images"]) == (160, 32)
    with np.load(tmp_path / "eight_classes.npz") as stored:
        weights = dict(stored)
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float16)}
    model = models.eight_class_convnet()
    for variable in model.weights:
        variable.assign(weights[models.weight_key(variable)])
    labels = [label for label in range(10) if label not in eight_classes.HELD_OUT]
    images, targets = eight_classes.only(small_data.test_images, small_data.test_labels, labels)
    accuracy = np.mean(np.argmax(model(images), axis=1) == targets)
    assert accuracy == pytest.approx(record["test"]["accuracy"], abs=1 / 32)


def test_every_way_is_measured(tmp_path, small_data):
    record = transfer.record_transfer(
        tmp_path,
        counts=(4, 8),
        seeds=2,
        updates=3,
        fine_tuning_updates=2,
        fine_tuning_rate=1e-9,
        validation_images=10,
    )
    assert json.loads((tmp_path / "transfer.json").read_text()) == record
    assert set(record["accuracy"]) == set(record["trained"]) == set(WAYS)
    for runs in record["accuracy"].values():
        assert np.shape(runs) == (2, 2)
        assert ((np.array(runs) >= 0) & (np.array(runs) <= 1)).all()
    trained = [record["trained"][way] for way in WAYS]
    assert trained == sorted(trained)
    assert trained[0] == 128 * 2 + 2
    assert record["settings"]["measured_on"] == 10
    # Fine-tuning begins with the head that was trained alone; at this rate it stays there.
    for way in WAYS[1:-1]:
        assert record["accuracy"][way] == record["accuracy"][WAYS[0]]
