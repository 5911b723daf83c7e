"""The numbers in the browser are those of the recorded histories."""

import json
from importlib import resources

import numpy as np
import pytest
from explorer_pages import compared_enough

from dcv.widgets import explore_runs

HISTORIES = json.loads((resources.files("dcv") / "weights" / "learning_rates.json").read_text())["history"]
METRICS = ("accuracy", "loss")
OWN = {
    f"seed {i}": {
        name: np.random.default_rng([i, k]).uniform(0.1, 0.9, 20).round(3).tolist()
        for k, name in enumerate(("accuracy", "val_accuracy", "loss", "val_loss"))
    }
    for i in range(3)
}


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_runs(HISTORIES, label="learning rate"))
    yield page
    assert page.errors == []


def check(page, metric, epoch, histories=HISTORIES, label="learning rate"):
    """Compare numbers, table and read-out with the histories."""
    shown = page.numbers()
    assert (shown["metric"], shown["epoch"]) == (metric, epoch)
    expected = [[run[metric][epoch - 1], run[f"val_{metric}"][epoch - 1]] for run in histories.values()]
    assert shown["values"] == expected
    choose = max if metric == "accuracy" else min
    best = choose(histories, key=lambda name: histories[name][f"val_{metric}"][epoch - 1])
    assert shown["best"] == best
    assert f"by {label} {best}" in page.readout()
    table = page.page.locator(".dcv tbody").inner_text()
    assert table.count("best") == 1
    for pair in expected:
        for value in pair:
            written = (
                f"{100 * value:.1f} %" if metric == "accuracy" else f"{value:.3f}".rstrip("0").rstrip(".")
            )
            assert written in table
    page.compared(shown)
    return shown


# 2 · 8 · 4 states
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("epoch", range(1, 9))
def test_every_epoch_of_both_metrics(page, metric, epoch):
    page.choose("metric", metric)
    page.press("epoch", "Home", *["ArrowRight"] * (epoch - 1))
    for box in ("training", "validation", "training", "validation"):
        page.click(box)
        check(page, metric, epoch)


def curves(page):
    """Return how many points each curve has, in the order in which they are drawn."""
    return page.page.evaluate(
        """() => [...document.querySelectorAll('.dcv-curve')].map(
          (curve) => curve.querySelectorAll('path[transform]').length)"""
    )


def test_curves_grow_and_can_be_left_out(page):
    page.choose("metric", "accuracy")
    page.press("epoch", "Home")
    assert curves(page) == [1] * 10
    page.press("epoch", "ArrowRight", "ArrowRight")
    assert curves(page) == [3] * 10
    page.click("training")
    assert curves(page) == [3] * 5
    assert page.page.locator(".dcv-open").count() == 0
    page.click("validation")
    assert curves(page) == []
    page.click("training")
    page.click("validation")


def test_curves_lie_where_the_axis_says(page):
    page.choose("metric", "accuracy")
    page.press("epoch", "End")
    found = page.page.evaluate(
        """() => {
          const numberAt = (text) => Number(text.textContent.replace(' %', '')) / 100;
          const texts = [...document.querySelectorAll('.dcv-chart text')];
          const marks = texts.filter((text) => text.textContent.endsWith('%'));
          const [low, high] = [marks[0], marks.at(-1)];
          const scale = (numberAt(high) - numberAt(low)) / (high.getAttribute('y') - low.getAttribute('y'));
          return [...document.querySelectorAll('.dcv-curve')].map((curve) =>
            [...curve.querySelectorAll('path[transform]')].map((marker) => {
              const y = Number(marker.getAttribute('transform').match(/ ([\\d.]+)\\)/)[1]);
              return (y + 4 - low.getAttribute('y')) * scale;
            }));
        }"""
    )
    expected = [run[key] for run in HISTORIES.values() for key in ("accuracy", "val_accuracy")]
    for actual, curve in zip(found, expected, strict=True):
        assert actual == pytest.approx(curve, abs=1e-6)


def test_what_lies_far_above_is_said(page):
    page.choose("metric", "loss")
    page.press("epoch", "Home")
    assert "0.1, training, epoch 1: 55.2" in page.page.locator(".dcv").inner_text()


def test_the_chart_can_be_clicked(page):
    box = page.page.locator(".dcv-chart").bounding_box()
    page.page.mouse.click(box["x"] + box["width"] - 14, box["y"] + 50)
    page.settle()
    assert page.numbers()["epoch"] == 8
    page.page.mouse.click(box["x"] + 46, box["y"] + 50)
    page.settle()
    assert page.numbers()["epoch"] == 1


def test_play_stops_at_the_last_epoch(page):
    page.press("epoch", "End", "ArrowLeft", "ArrowLeft")
    page.click("▶ Play: train on")
    page.page.wait_for_function("() => document.querySelector('.dcv').dcv.numbers().epoch === 8")
    page.page.wait_for_timeout(800)
    assert page.numbers()["epoch"] == 8
    assert "▶ Play: train on" in page.control_names()


def test_every_epoch_of_runs_of_the_learner(open_explorer):
    page = open_explorer(explore_runs(OWN))
    for metric in METRICS:
        page.choose("metric", metric)
        page.press("epoch", "Home")
        for epoch in range(1, 21):
            check(page, metric, epoch, OWN, "run")
            page.press("epoch", "ArrowRight")
    assert page.errors == []


def test_runs_of_other_lengths_and_metrics(open_explorer):
    """Other lengths, other metrics, no validation, a loss that is no longer a number."""
    runs = {
        "short": {"loss": [2.0, float("nan")], "error": [0.5, 0.25]},
        "long": {"loss": [2.0, 1.5, 1.0], "error": [0.5, 0.5, 0.5]},
    }
    page = open_explorer(explore_runs(runs, metric="loss"))
    page.press("epoch", "ArrowRight")
    assert page.numbers()["values"] == [[None, None], [1.5, None]]
    page.press("epoch", "ArrowRight")
    assert page.numbers()["values"] == [[None, None], [1.0, None]]
    assert "lowest training loss 1, by run long" in page.readout()
    page.choose("metric", "error")
    assert page.numbers()["values"] == [[None, None], [0.5, None]]
    assert page.errors == []


def test_one_epoch_needs_no_slider(open_explorer):
    page = open_explorer(explore_runs({"accuracy": [0.3], "val_accuracy": [0.2]}))
    assert page.control_names() == ["metric", "training", "validation"]
    assert page.numbers()["values"] == [[0.3, 0.2]]
    assert page.errors == []


def test_enough_states():
    compared_enough("runs")
