"""The charts of chapter 9 show the numbers that they are given."""

import numpy as np
import pytest

from dcv.plots import draw_data_curves, draw_feature_space

COUNTS = [50, 100, 1000]
CURVES = {
    "frozen": [[0.6, 0.7], [0.7, 0.8], [0.8, 0.8]],
    "scratch": [[0.5, 0.5], [0.5, 0.6], [0.6, 0.8]],
}


def test_curves_are_means_with_one_deviation():
    ax = draw_data_curves(COUNTS, CURVES, chance=0.5).axes[0]
    for bars, runs in zip(ax.containers, CURVES.values(), strict=True):
        line, _, (segments,) = bars.lines
        assert line.get_ydata() == pytest.approx(np.mean(runs, axis=1))
        ends = np.array(segments.get_segments())[:, :, 1]  # (counts, 2)
        deviation = np.std(runs, axis=1, ddof=1)
        assert ends == pytest.approx(
            np.stack([line.get_ydata() - deviation, line.get_ydata() + deviation], 1)
        )
        assert line.get_xdata() == pytest.approx(COUNTS, rel=0.05)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["frozen", "scratch"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["50", "100", "1,000"]
    assert "chance" in [text.get_text() for text in ax.texts]


def test_one_run_has_no_spread():
    bars = draw_data_curves([1, 2], {"only": [[0.5], [0.75]]}).axes[0].containers[0]
    assert np.ptp(np.array(bars.lines[2][0].get_segments())[:, :, 1], axis=1) == pytest.approx([0, 0])


@pytest.mark.parametrize(
    ("curves", "message"),
    [({}, "curves is empty"), ({"a": [[0.5]]}, r"expected 3 rows in curves\['a'\], one a count, got 1")],
)
def test_curves_say_what_is_wrong(curves, message):
    with pytest.raises(ValueError, match=message):
        draw_data_curves(COUNTS, curves)


def test_points_lie_with_their_class():
    points, labels = np.arange(10.0).reshape(5, 2), np.array([0, 1, 1, 0, 1])
    ax = draw_feature_space(points, labels, ["cat", "dog"], title="pixels").axes[0]
    for label, drawn in enumerate(ax.collections):
        assert np.array_equal(drawn.get_offsets(), points[labels == label])
    assert ax.get_title() == "pixels"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["cat", "dog"]


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (np.zeros((3, 3)), [0, 0, 0], r"expected points \(images, 2\)"),
        (np.zeros((3, 2)), [0, 0], "a label for each"),
        (np.zeros((2, 2)), [0, 2], r"labels must be from 0 to 1.*got \[0, 2\]"),
    ],
)
def test_points_say_what_is_wrong(points, labels, message):
    with pytest.raises(ValueError, match=message):
        draw_feature_space(points, labels, ["cat", "dog"])
