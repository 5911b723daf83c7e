"""Means, deviations and differences in the browser are those of the recorded runs."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.runs import load_run
from dcv.widgets import explore_ablation

RECORD = load_run("ablation")
NAMES = list(RECORD["variants"])
KEYS = {"validation": "val_accuracy", "training": "accuracy"}


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_ablation(RECORD))
    yield page
    assert page.errors == []


def check(page, first, second, measured_on, epoch):
    """Compare numbers, read-out and table with NumPy."""
    shown = page.numbers()
    assert [shown[name] for name in ("first", "second", "measuredOn", "epoch")] == [
        first,
        second,
        measured_on,
        epoch,
    ]
    histories = [
        np.array([run["history"][KEYS[measured_on]] for run in RECORD["variants"][name]])
        for name in (first, second)
    ]
    values = [history[:, epoch - 1] for history in histories]
    means, deviations = [v.mean() for v in values], [v.std(ddof=1) for v in values]
    assert difference(shown["accuracies"], [v.tolist() for v in values]) <= 1e-6
    assert difference(shown["means"], means) <= 1e-6
    assert difference(shown["deviations"], deviations) <= 1e-6
    assert shown["difference"] == pytest.approx(means[1] - means[0], abs=1e-6)
    assert shown["isApart"] == bool(abs(means[1] - means[0]) > sum(deviations))
    assert ("do not overlap" in page.readout()) == shown["isApart"]
    table = page.page.locator(".dcv tbody").inner_text()
    for mean, deviation in zip(means, deviations, strict=True):
        assert f"{100 * mean:.1f} % ± {100 * deviation:.1f}" in table
    page.compared(shown)


# 16 · 2 states
@pytest.mark.parametrize("measured_on", KEYS)
def test_every_epoch(page, measured_on):
    page.choose("first", "baseline")
    page.choose("second", "all")
    page.choose("measured on", measured_on)
    page.press("epoch", "Home")
    for epoch in range(1, 17):
        check(page, "baseline", "all", measured_on, epoch)
        page.press("epoch", "ArrowRight")


def test_pairs_of_variants(page):
    page.choose("measured on", "validation")
    page.press("epoch", "End")
    for first, second in zip(NAMES[::3], NAMES[1::3], strict=False):
        page.choose("first", first)
        page.choose("second", second)
        check(page, first, second, "validation", 16)


def test_the_chart_can_be_clicked(page):
    box = page.page.locator(".dcv-ablation-chart").bounding_box()
    page.page.mouse.click(box["x"] + 46, box["y"] + 50)
    page.settle()
    assert page.numbers()["epoch"] == 1
    page.page.mouse.click(box["x"] + box["width"] - 14, box["y"] + 50)
    page.settle()
    assert page.numbers()["epoch"] == 16


def test_curves_lie_where_the_axis_says(page):
    page.choose("first", "baseline")
    page.choose("second", "all")
    page.choose("measured on", "validation")
    found = page.page.evaluate(
        """() => {
          const texts = [...document.querySelectorAll('.dcv-ablation-chart text')];
          const [low, high] = ['0 %', '100 %'].map((text) =>
            texts.find((node) => node.textContent === text).getAttribute('y') - 4);
          const valueAt = (point) => (point.split(' ')[1] - low) / (high - low);
          return [...document.querySelectorAll('.dcv-ablation-curve path:nth-child(2)')].map((line) =>
            line.getAttribute('d').slice(1).split('L').map(valueAt));
        }"""
    )
    for curve, name in zip(found, ("baseline", "all"), strict=True):
        runs = [run["history"]["val_accuracy"] for run in RECORD["variants"][name]]
        assert curve == pytest.approx(np.mean(runs, axis=0), abs=1e-6)


def test_enough_states():
    compared_enough("ablation")
