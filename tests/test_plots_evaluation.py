"""Pictures of results hold the numbers that were given, and say so."""

import numpy as np
import pytest

from dcv import plots

CONFUSION = np.array([[8, 2, 0], [4, 5, 1], [0, 0, 10]])
NAMES = ["cat", "dog", "frog"]


def cells(fig):
    return np.reshape([float(text.get_text()) for text in fig.axes[0].texts], (3, 3))


def test_confusion_writes_counts_and_shares():
    np.testing.assert_array_equal(cells(plots.draw_confusion(CONFUSION, NAMES)), CONFUSION)
    by_row = cells(plots.draw_confusion(CONFUSION, NAMES, share="true"))
    np.testing.assert_array_equal(by_row, [[80, 20, 0], [40, 50, 10], [0, 0, 100]])
    by_column = cells(plots.draw_confusion(CONFUSION, NAMES, share="predicted"))
    np.testing.assert_allclose(by_column.sum(axis=0), 100, atol=1)


def test_confusion_names_rows_and_columns():
    ax = plots.draw_confusion(CONFUSION, NAMES).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == NAMES
    assert [label.get_text() for label in ax.get_xticklabels()] == NAMES
    assert ax.get_ylabel() == "true class"
    assert "predicted class" in ax.get_xlabel()


def test_colours_of_confusion_end_at_the_largest_error():
    picture = plots.draw_confusion(CONFUSION, NAMES).axes[0].images[0]
    assert picture.norm.vmax == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"confusion": CONFUSION[:2]}, r"square matrix .* shape \(2, 3\)"),
        ({"class_names": NAMES[:2]}, "2 names"),
        ({"confusion": -CONFUSION}, "at least 0"),
        ({"share": "rows"}, "share must be None, 'true' or 'predicted'; got 'rows'"),
    ],
)
def test_confusion_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_confusion(**{"confusion": CONFUSION, "class_names": NAMES, **arguments})


def test_precision_and_recall_stand_at_their_values():
    ax = plots.draw_class_precision_recall([0.5, 0.75, np.nan], [0.9, 0.6, 0.1], NAMES).axes[0]
    by_name = {line.get_label(): line for line in ax.lines}
    np.testing.assert_array_equal(by_name["precision"].get_xdata(), [0.5, 0.75, np.nan])
    np.testing.assert_array_equal(by_name["recall"].get_xdata(), [0.9, 0.6, 0.1])
    assert by_name["precision"].get_marker() != by_name["recall"].get_marker()
    with pytest.raises(ValueError, match="of 3 classes"):
        plots.draw_class_precision_recall([0.5], [0.9], NAMES)


def test_intervals_may_be_lopsided():
    ax = plots.draw_intervals({"a": (0.2, 0.5, 0.6), "b": (0.7, 0.9, 0.91)}, reference=0.1).axes[0]
    segments = ax.collections[0].get_segments()
    np.testing.assert_allclose([segment[:, 0] for segment in segments], [[0.2, 0.6], [0.7, 0.91]])
    assert [text.get_text() for text in ax.texts] == ["50.0 %", "90.0 %"]
    with pytest.raises(ValueError, match="ascending"):
        plots.draw_intervals({"a": (0.5, 0.2, 0.6)})
    with pytest.raises(ValueError, match="intervals is empty"):
        plots.draw_intervals({})


def test_overlays_keep_map_and_image():
    image, values = np.zeros((4, 6, 3)), np.arange(24.0).reshape(4, 6)
    fig = plots.draw_overlays([image, image], [values, values - 30], ["one", "two"], opacity=0.3)
    photo, overlay = fig.axes[0].images
    np.testing.assert_array_equal(overlay.get_array(), values)
    assert overlay.get_alpha() == 0.3
    assert overlay.norm.vmin == 0
    assert overlay.norm.vmax == 23
    assert photo.get_array().shape == (4, 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"maps": []}, "1 images, 0 maps"),
        ({"maps": [np.eye(3)]}, r"a map of shape \(3, 3\) does not fit"),
        ({"titles": ["a", "b"]}, "2 titles"),
        ({"opacity": 55}, "opacity must be from 0 to 1; got 55"),
    ],
)
def test_overlays_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_overlays(**{"images": [np.eye(4)], "maps": [np.eye(4)], **arguments})


def test_interval_coverage_draws_each_curve_and_the_promise():
    ax = plots.draw_interval_coverage([0.5, 0.9], {"Wilson": [0.95, 0.94], "textbook": [0.9, 0.8]}).axes[0]
    by_name = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert list(by_name["textbook"]) == [0.9, 0.8]
    assert set(by_name["promised"]) == {0.95}
    assert len({line.get_linestyle() for line in ax.lines}) == 3
    with pytest.raises(ValueError, match="1 values for 2 accuracies"):
        plots.draw_interval_coverage([0.5, 0.9], {"Wilson": [0.95]})
