"""Boxes and curves of detection by their artists: what is drawn is what was given."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from dcv import plots
from dcv.boxes import Detections, Objects, average_precision, iou, precision_recall_curve

IMAGE = np.zeros((16, 24, 3), np.uint8)
BOXES = np.array([[1, 2, 5, 12], [6, 0, 16, 10]], float)


def rectangles(ax):
    """Return all rectangles as (y_min, x_min, y_max, x_max), in pixels, with their line style."""
    return [
        ((patch.get_y() + 0.5, patch.get_x() + 0.5, patch.get_y() + patch.get_height() + 0.5,
          patch.get_x() + patch.get_width() + 0.5), patch.get_linestyle())
        for patch in ax.patches
        if isinstance(patch, Rectangle) and patch.get_gid() != "cell"
    ]  # fmt: skip


def test_boxes_lie_on_the_edges_of_pixels():
    fig = plots.draw_boxes(IMAGE, BOXES, ["a", "b"], objects=[[0, 0, 4, 4]], title="two")
    (ax,) = fig.axes
    assert sorted(rectangles(ax)) == sorted([((0, 0, 4, 4), "--"), *((tuple(box), "-") for box in BOXES)])
    assert [text.get_text() for text in ax.texts] == ["a", "b"]
    assert ax.get_title() == "two"
    assert ax.get_xlim() == (-0.5, 23.5)
    assert ax.get_ylim() == (15.5, -0.5)


def test_the_cells_with_centres_are_marked():
    ax = plots.draw_boxes(IMAGE, BOXES, cell=8).axes[0]
    cells = [(patch.get_y() + 0.5, patch.get_x() + 0.5) for patch in ax.patches if patch.get_gid() == "cell"]
    assert cells == [(0, 0), (8, 0)]  # centres (3, 7) and (11, 5)


def test_classes_have_colours_of_their_own():
    ax = plots.draw_boxes(IMAGE, BOXES, labels=[0, 3]).axes[0]
    assert len({patch.get_edgecolor() for patch in ax.patches}) == 2


def test_detections_say_class_and_score():
    found = Detections(BOXES, np.array([0.987, 0.5]), np.array([1, 0]))
    there = Objects(BOXES[:1] + 1, np.array([1]))
    fig = plots.draw_detections([IMAGE, IMAGE], [found, found], "ab", objects=[there, there], titles="xy")
    assert [text.get_text() for text in fig.axes[1].texts] == ["b 0.99", "a 0.50"]
    assert (tuple(BOXES[0] + 1), "--") in rectangles(fig.axes[0])
    assert [ax.get_title() for ax in fig.axes] == ["x", "y"]
    fig = plots.draw_detections([IMAGE], [there], "ab")
    assert [text.get_text() for text in fig.axes[0].texts] == ["b"]


def test_overlap_is_hatched_and_computed():
    box, other = [1, 1, 5, 7], [3, 4, 8, 9]
    ax = plots.draw_overlap(box, other).axes[0]
    assert ax.get_title() == f"IoU = 6 / 43 = {float(iou(box, other)):.2f}"
    (hatched,) = [patch for patch in ax.patches if patch.get_hatch()]
    assert (hatched.get_y(), hatched.get_x(), hatched.get_height(), hatched.get_width()) == (3, 4, 2, 3)
    apart = plots.draw_overlap([0, 0, 1, 1], [5, 5, 6, 6]).axes[0]
    assert apart.get_title() == "IoU = 0 / 2 = 0.00"
    assert not [patch for patch in apart.patches if patch.get_hatch()]


def test_precision_recall_curve_and_its_area():
    precision, recall, _ = precision_recall_curve([0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 0, 0], 3)
    ax = plots.draw_precision_recall(precision, recall).axes[0]
    measured, steps = ax.lines
    np.testing.assert_array_equal(measured.get_xydata(), np.stack([recall, precision], axis=1))
    x, y = steps.get_data()
    area = np.sum(np.diff(x) * y[1:])  # each value holds up to its recall
    assert area == pytest.approx(average_precision(precision, recall))
    assert ax.get_title() == f"average precision {area:.3f}"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("recall", "precision")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.draw_boxes(IMAGE, BOXES, ["one"]), "as many texts as boxes, 2, got 1"),
        (lambda: plots.draw_boxes(IMAGE, BOXES, labels=[1]), "as many labels"),
        (lambda: plots.draw_detections([], [], []), "at least one image"),
        (lambda: plots.draw_detections([IMAGE], [], []), "as many detections"),
        (lambda: plots.draw_overlap([2, 0, 1, 1], [0, 0, 1, 1]), "no minimum above its maximum"),
    ],
)
def test_rejects(call, message):
    with pytest.raises(ValueError, match=message):
        call()
