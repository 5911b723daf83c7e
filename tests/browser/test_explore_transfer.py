"""Means, deviations and curves in the browser are those of the runs."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference

from dcv.widgets import explore_transfer

COUNTS = [50, 100, 200, 400, 1000]
RUNS = np.random.default_rng(1).uniform(0.5, 0.9, (7, 5, 3)).round(4)
FROZEN, SCRATCH = RUNS[:6], RUNS[6]
TRAINED = [240_000, 239_000, 230_000, 220_000, 147_000, 258]


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_transfer(COUNTS, FROZEN, SCRATCH, trained=TRAINED))
    yield page
    assert page.errors == []


def check(page, blocks, i):
    """Compare numbers, read-out and table with NumPy."""
    shown = page.numbers()
    means, deviations = FROZEN[:, i].mean(axis=1), FROZEN[:, i].std(axis=1, ddof=1)
    scratch = [SCRATCH[i].mean(), SCRATCH[i].std(ddof=1)]
    assert (shown["images"], shown["blocks"], shown["best"]) == (COUNTS[i], blocks, means.argmax())
    assert difference(shown["means"], means.tolist()) <= 1e-6
    assert difference(shown["deviations"], deviations.tolist()) <= 1e-6
    assert difference(shown["scratch"], [float(value) for value in scratch]) <= 1e-6
    gap = means[blocks] - scratch[0]
    assert shown["isApart"] == (abs(gap) > deviations[blocks] + scratch[1])
    said = page.readout()
    assert f"{COUNTS[i]:,} images, {blocks} of 5 blocks frozen" in said
    assert f"{abs(100 * gap):.1f} points {'more' if gap < 0 else 'less'}" in said
    assert ("do not overlap" in said) == shown["isApart"]
    table = page.page.locator(".dcv tbody").inner_text()
    for mean, deviation in zip([*means, scratch[0]], [*deviations, scratch[1]], strict=True):
        assert f"{100 * mean:.1f} % ± {100 * deviation:.1f}" in table
    assert table.count("★") == 1
    assert f"▶ {blocks}" in table
    assert all(f"{number:,}" in table for number in TRAINED)
    page.compared(shown)


# 6 · 5 states, each with and without the single runs
@pytest.mark.parametrize("blocks", range(6))
def test_every_depth_and_count(page, blocks):
    page.press("frozen blocks", "Home", *["ArrowRight"] * blocks)
    for i, count in enumerate(COUNTS):
        page.choose("images", f"{count:,}")
        check(page, blocks, i)
        page.click("every run")
        check(page, blocks, i)
        page.click("every run")


def heights(page):
    """Return, for each curve, the accuracy at which each marker stands, read off the axis."""
    return page.page.evaluate(
        """() => {
          const texts = [...document.querySelectorAll('.dcv-transfer-chart text')];
          const marks = texts.filter((text) => text.textContent.endsWith('%'));
          const [low, high] = [marks[0], marks.at(-1)];
          const [bottom, top] = [low, high].map((mark) => mark.getAttribute('y') - 4);
          const [first, last] = [low, high].map((mark) => parseFloat(mark.textContent) / 100);
          const accuracy = (y) => first + ((y - bottom) / (top - bottom)) * (last - first);
          return [...document.querySelectorAll('.dcv-transfer-chart .dcv-transfer-curve')].map((curve) =>
            [...curve.querySelectorAll('.dcv-transfer-bar')].map((bar) => {
              const [, upper, lower] = bar.getAttribute('d').match(/ ([\\d.]+)V([\\d.]+)/).map(Number);
              return [accuracy(lower), accuracy(upper)];
            }));
        }"""
    )


def test_bars_reach_one_deviation_each_way(page):
    page.press("frozen blocks", "Home", "ArrowRight")
    for drawn, runs in zip(heights(page), (SCRATCH, FROZEN[1]), strict=True):
        mean, deviation = runs.mean(axis=1), runs.std(axis=1, ddof=1)
        assert drawn == pytest.approx(np.stack([mean - deviation, mean + deviation], axis=1), abs=1e-6)


def test_every_run_is_a_dot(page):
    assert page.page.locator(".dcv-transfer-run").count() == 0
    page.click("every run")
    assert page.page.locator(".dcv-transfer-run").count() == 2 * 5 * 3
    page.click("every run")


def test_the_chart_can_be_clicked(page):
    box = page.page.locator(".dcv-transfer-chart").bounding_box()
    for share, count in ((0.99, 1000), (0.01, 50)):
        page.page.mouse.click(box["x"] + share * box["width"], box["y"] + 60)
        page.settle()
        assert page.numbers()["images"] == count


def test_one_run_has_no_deviation(open_explorer):
    page = open_explorer(explore_transfer([10, 20], [[[0.5], [0.75]]], [[0.5], [0.5]]))
    assert page.control_names() == ["images", "every run"]
    assert page.numbers()["deviations"] == [0]
    assert "weights trained" not in page.page.locator(".dcv table").inner_text()
    assert page.errors == []


def test_enough_states():
    compared_enough("transfer")
