"""explore_runs as Python sees it."""

import math

import numpy as np
import pytest
import traitlets

from dcv.widgets import explore_runs

RUNS = {
    "small": {
        "loss": [2.2, 2.1, 2.0],
        "val_loss": [2.2, 2.2, 1.9],
        "accuracy": [0.1, 0.2, 0.3],
        "seconds": [1, 1, 1],
    },
    "large": {
        "loss": [2.0, 1.5, 1.0],
        "val_loss": [1.9, 1.8, 2.5],
        "accuracy": [0.3, 0.2, 0.2],
        "seconds": [2, 2, 2],
    },
}


def test_reads_back_the_histories():
    panel = explore_runs(RUNS)
    assert panel.picture.metrics == ["loss", "accuracy"]
    assert (panel.metric, panel.epoch, panel.best) == ("accuracy", 1, "large")
    panel.metric, panel.epoch = "loss", 3
    assert panel.values == {"small": (2.0, 1.9), "large": (1.0, 2.5)}
    assert panel.best == "small"
    assert panel._controls["epoch"].value == 3
    assert panel._controls["metric_index"].index == 0


def test_takes_one_history_and_arrays():
    panel = explore_runs({"accuracy": np.array([0.5, 0.75], np.float32)}, label="my network")
    panel.epoch = 2
    assert panel.values == {"run": (0.75, None)}
    assert "my network" in panel._alt


def test_numbers_that_json_cannot_write():
    panel = explore_runs({"a": {"loss": [1.0, math.nan, math.inf]}}, metric="loss")
    assert panel.picture.curves == [[[[1.0, None, None], []]]]
    panel.epoch = 2
    assert (panel.values, panel.best) == ({"a": (None, None)}, None)


def test_epoch_ends_with_the_longest_run():
    panel = explore_runs({"a": {"loss": [1]}, "b": {"loss": [1, 2]}}, metric="loss")
    panel.epoch = 2
    assert panel.values["a"] == (None, None)
    with pytest.raises(traitlets.TraitError, match="epoch must be at most 2, got 3"):
        panel.epoch = 3


def test_repr_names_what_can_be_chosen():
    assert repr(explore_runs(RUNS)) == "explore_runs(epoch, metric, training, validation, values, best)"


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ({}, "runs must be a dict name → history"),
        ([1, 2], "runs must be a dict"),
        ({"a": {}}, "the history 'a' is empty"),
        ({"a": {"accuracy": "0.1"}}, "must be a list of 1 to 200 numbers"),
        ({"a": {"accuracy": 0.1}}, "must be a list of 1 to 200 numbers"),
        ({"a": {"accuracy": []}}, "must be a list of 1 to 200 numbers"),
        ({"a": {"accuracy": [0.1] * 201}}, "must be a list of 1 to 200 numbers"),
        ({"a": {"accuracy": [0.1], "val_accuracy": [0.1, 0.2]}}, "must be equally long"),
        ({"a": {"loss": [0.1]}}, "metric must be one that all runs recorded, loss; got 'accuracy'"),
        ({str(i): {"accuracy": [0.1]} for i in range(8)}, "at most 7"),
    ],
)
def test_says_what_is_wrong(runs, message):
    with pytest.raises(ValueError, match=message):
        explore_runs(runs)


def test_metric_must_be_recorded():
    panel = explore_runs(RUNS)
    with pytest.raises(ValueError, match="metric must be one of loss, accuracy, got 'seconds'"):
        panel.metric = "seconds"
