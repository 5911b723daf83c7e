"""The recorded runs: what they store, and that a tiny one can be made again."""

import json

import numpy as np
import pytest

from dcv import training
from dcv.data import load_shapes10
from dcv.training import load_run, record_learning_rates

PROVENANCE = {"name", "command", "date", "versions", "machine", "data", "settings", "history"}


@pytest.fixture
def small_data(monkeypatch):
    """Drawn images in place of CIFAR-10."""
    data = load_shapes10(240, 10)
    monkeypatch.setattr(training, "load_cifar10", lambda: data)
    return data


def tiny_run(folder, **settings):
    return record_learning_rates(
        folder, **{"image_count": 60, "epochs": 2, "learning_rates": (1e-3,), **settings}
    )


def test_tiny_run_is_stored(tmp_path, small_data):
    record = tiny_run(tmp_path, learning_rates=(1e-5, 0.1))
    assert [path.name for path in tmp_path.iterdir()] == ["learning_rates.json"]
    assert json.loads((tmp_path / "learning_rates.json").read_text()) == record
    assert set(record) == PROVENANCE
    assert list(record["history"]) == ["0.00001", "0.1"]
    assert record["settings"]["train_images"] == 50
    assert record["settings"]["validation_images"] == 10
    assert record["data"]["name"] == small_data.name
    for history in record["history"].values():
        assert {key: len(values) for key, values in history.items()} == dict.fromkeys(
            ("accuracy", "loss", "val_accuracy", "val_loss", "seconds"), 2
        )


def test_runs_differ_in_nothing_but_the_learning_rate(tmp_path, small_data):
    first = tiny_run(tmp_path, learning_rates=(1e-3, 1e-5))["history"]
    second = tiny_run(tmp_path, learning_rates=(1e-5,))["history"]
    assert first["0.00001"]["loss"] == pytest.approx(second["0.00001"]["loss"], rel=1e-3)
    assert first["0.001"]["loss"] != pytest.approx(second["0.00001"]["loss"], rel=1e-3)


def test_command_names_what_it_ran(tmp_path, small_data, monkeypatch, capsys):
    monkeypatch.setitem(training._RUNS, "learning_rates", tiny_run)
    training.main(["learning_rates", "--folder", str(tmp_path), "--epochs", "1"])
    printed = capsys.readouterr().out
    assert "learning rate 0.001: validation accuracy" in printed
    with pytest.raises(SystemExit):
        training.main(["warm_up"])
    assert "runs must be among baseline_convnet, learning_rates; got warm_up" in capsys.readouterr().err


def test_shipped_learning_rates():
    record = load_run("learning_rates")
    settings = record["settings"]
    assert set(record) == PROVENANCE
    assert record["versions"] == load_run()["versions"]
    assert record["data"] == load_run()["data"]
    assert [float(name) for name in record["history"]] == settings["learning_rates"]
    for history in record["history"].values():
        assert {len(values) for values in history.values()} == {settings["epochs"]}
        assert np.isfinite([*history["loss"], *history["val_loss"]]).all()
        accuracies = np.array([*history["accuracy"], *history["val_accuracy"]])
        assert ((accuracies >= 0) & (accuracies <= 1)).all()


def test_shipped_learning_rates_tell_what_the_chapter_says():
    final = {
        name: history["val_accuracy"][-1] for name, history in load_run("learning_rates")["history"].items()
    }
    assert max(final, key=final.get) == "0.001"
    assert final["0.1"] == pytest.approx(0.1, abs=0.01)  # guessing: nothing was learnt


def test_unknown_run_lists_those_that_exist():
    with pytest.raises(
        ValueError, match="name must be one of baseline_convnet, learning_rates; got 'warm_up'"
    ):
        load_run("warm_up")
