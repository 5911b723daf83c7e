"""explore_transfer as Python sees it."""

import numpy as np
import pytest
import traitlets

from dcv.widgets import explore_transfer

FROZEN = [[[0.6, 0.7], [0.8, 0.9]], [[0.7, 0.7], [0.7, 0.8]]]
SCRATCH = [[0.5, 0.5], [0.6, 0.7]]


def test_reads_back_the_runs():
    panel = explore_transfer([50, 100], FROZEN, SCRATCH, trained=[900, 20])
    assert (panel.images, panel.frozen_blocks, panel.best) == (50, 1, 1)
    panel.images, panel.frozen_blocks = 100, 0
    assert panel.accuracies == (0.8, 0.9)
    assert panel.scratch_accuracies == (0.6, 0.7)
    assert panel.best == 0
    assert panel._controls["frozen_blocks"].value == 0
    assert panel._controls["images_index"].index == 1


def test_one_depth_needs_no_slider():
    panel = explore_transfer([50, 100], FROZEN[:1], SCRATCH)
    assert "frozen_blocks" not in panel._controls
    assert panel.best == 0


def test_still_picture_has_all_curves():
    figure = explore_transfer([50, 100], FROZEN, SCRATCH).picture.draw_still()
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert names == ["0 frozen", "1 frozen", "from scratch"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([50], FROZEN, SCRATCH), "counts must be two or more increasing"),
        (([100, 50], FROZEN, SCRATCH), "counts must be two or more increasing"),
        (([50, 100], FROZEN[0], SCRATCH), r"frozen must have the shape \(depths, 2, runs\)"),
        (([50, 100, 200], FROZEN, SCRATCH), "frozen must have the shape"),
        (([50, 100], FROZEN, SCRATCH[0]), r"scratch must have the shape \(2, runs\)"),
        (([50, 100], np.multiply(FROZEN, 100), SCRATCH), r"frozen must hold accuracies in \[0, 1\], got 60"),
        (([50, 100], FROZEN, [[0.5], [np.nan]]), "scratch must hold accuracies"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_transfer(*arguments)


def test_trained_belongs_to_the_depths():
    with pytest.raises(ValueError, match="trained must be 2 numbers, one for each depth, got 1"):
        explore_transfer([50, 100], FROZEN, SCRATCH, trained=[1])


def test_choices_must_exist():
    panel = explore_transfer([50, 100], FROZEN, SCRATCH)
    with pytest.raises(ValueError, match="images must be one of 50, 100, got 70"):
        panel.images = 70
    with pytest.raises(traitlets.TraitError, match="frozen_blocks must be at most 1, got 2"):
        panel.frozen_blocks = 2
