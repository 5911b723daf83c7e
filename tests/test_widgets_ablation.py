"""explore_ablation and explore_augmentation as Python sees them."""

import numpy as np
import pytest
import traitlets

from dcv.widgets import explore_ablation, explore_augmentation


def run(*values):
    return {"history": {"accuracy": [v + 0.1 for v in values], "val_accuracy": list(values)}}


RECORD = {"variants": {"plain": [run(0.2, 0.4), run(0.3, 0.6)], "other": [run(0.1, 0.7)]}}
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3), np.uint8)


def test_reads_back_two_variants():
    panel = explore_ablation(RECORD)
    assert (panel.first, panel.second, panel.epoch, panel.measured_on) == ("plain", "other", 2, "validation")
    assert panel.accuracies == ((0.4, 0.6), (0.7,))
    assert panel.means == pytest.approx((0.5, 0.7))
    assert panel.deviations == pytest.approx((np.std([0.4, 0.6], ddof=1), 0))
    panel.measured_on, panel.epoch = "training", 1
    assert panel.means == pytest.approx((0.35, 0.2))
    assert panel._controls["epoch"].value == 1
    with pytest.raises(traitlets.TraitError, match="at most 2, got 3"):
        panel.epoch = 3


def test_still_picture_names_both():
    figure = explore_ablation(RECORD).picture.draw_still()
    names = " ".join(text.get_text() for text in figure.axes[0].get_legend().get_texts())
    assert "plain" in names
    assert "other" in names


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"variants": {"plain": [run(0.1, 0.2)]}}, "at least two"),
        ([], "at least two"),
        ({"variants": {"a": [run(0.1, 0.2)], "b": [run(0.1)]}}, r"equally long.*\[1, 2\]"),
        ({"variants": {"a": [run(0.1, 0.2)], "b": [{"history": {"accuracy": [1, 2]}}]}}, "'b' needs val_acc"),
        ({"variants": {"a": [run(0.1, 0.2)], "b": []}}, "'b' has no run"),
    ],
)
def test_ablation_says_what_is_wrong(record, message):
    with pytest.raises(ValueError, match=message):
        explore_ablation(record)


def test_unknown_variant_lists_those_that_exist():
    with pytest.raises(ValueError, match="first must be one of plain, other, got 'x'"):
        explore_ablation(RECORD, first="x")


def test_changes_come_one_after_the_other():
    panel = explore_augmentation(IMAGES, ["cat", "cat"])
    assert panel.picture.names == ["cat 1", "cat 2"]
    assert np.array_equal(panel.changed, IMAGES[0][:, ::-1])
    panel.image, panel.mirrored, panel.right, panel.brightness, panel.hole = "cat 2", False, 2, 20, 4
    expected = np.pad(IMAGES[1], ((0, 0), (2, 0), (0, 0)), "reflect")[:, :12]
    expected = np.minimum(expected.astype(int) + 20, 255)
    expected[4:8, 4:8] = 128
    assert np.array_equal(panel.changed, expected)
    assert panel.mean_change == pytest.approx(np.abs(expected - IMAGES[1].astype(int)).mean())
    assert panel.doubts == ()
    panel.upside_down, panel.down = True, 4
    assert panel.doubts == ("upside down", "a move by more than a quarter")


@pytest.mark.parametrize(
    ("images", "names", "message"),
    [
        (IMAGES[0], None, r"got \(12, 12, 3\)"),
        (IMAGES / 255, None, "uint8.*float64"),
        (IMAGES, ["cat"], "2, one for each image, got 1"),
        (IMAGES[:, :4], None, "8 to 64"),
    ],
)
def test_augmentation_says_what_is_wrong(images, names, message):
    with pytest.raises(ValueError, match=message):
        explore_augmentation(images, names)


def test_a_move_has_its_limit():
    with pytest.raises(traitlets.TraitError, match="down must be at most 6 pixels, got 7"):
        explore_augmentation(IMAGES).down = 7
