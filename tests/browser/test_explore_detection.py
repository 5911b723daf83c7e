"""The explorers of chapter 10: boxes, overlaps, suppression, matches and curves are those of dcv.boxes."""

import numpy as np
import pytest
from explorer_pages import compared_enough, difference
from explorers import anchors, iou, nms, precision_recall

from dcv import boxes

BOXES = "Boxes: arrow keys move or resize the chosen one"
CANDIDATES = "Candidates: arrow keys choose the next or the previous one"
CELL = "Cell: arrow keys choose another one"
ARROWS = ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft")


def opened(make):
    """Return a fixture with a panel and its page."""

    @pytest.fixture(scope="module")
    def fixture(open_explorer):
        panel = make()
        page = open_explorer(panel)
        yield panel, page
        assert page.errors == []

    return fixture


iou_page, nms_page = opened(iou), opened(nms)
anchors_page, curve_page = opened(anchors), opened(precision_recall)


# --- explore_iou ------------------------------------------------------------------------------------------


def check_iou(page):
    shown = page.numbers()
    box, other = shown["box"], shown["other_box"]
    assert min(box + other) >= 0
    assert max(box + other) <= 16
    assert shown["intersection"] == boxes.intersection_area(box, other)
    assert shown["areas"] == [boxes.box_area(box), boxes.box_area(other)]
    assert shown["iou"] == pytest.approx(float(boxes.iou(box, other)), abs=1e-12)
    assert f"IoU = {shown['intersection']} / {shown['union']} = {shown['iou']:.2f}" in page.readout()
    page.compared(shown)
    return shown


def test_boxes_moved_and_resized_by_keys(iou_page):
    _, page = iou_page
    states = set()
    rng = np.random.default_rng(0)
    for i in range(40):
        if i % 4 == 0:
            page.choose_number("box", i // 4 % 2)
            page.choose_number("action", i // 8 % 2)
        page.press(BOXES, *rng.choice(ARROWS, 3).tolist())
        shown = check_iou(page)
        states.add((*shown["box"], *shown["other_box"]))
    assert len(states) >= 30
    for key in ("Home", "End"):
        page.press(BOXES, key)
        check_iou(page)


def drag(page, start, end):
    """Drag with the mouse from one (row, column) of the paper to another."""
    box = page.control(BOXES).bounding_box()
    places = [(box["x"] + x / 16 * box["width"], box["y"] + y / 16 * box["height"]) for y, x in (start, end)]
    page.page.mouse.move(*places[0])
    page.page.mouse.down()
    page.page.mouse.move(*places[1], steps=5)
    page.page.mouse.up()
    page.settle()


def test_boxes_dragged_by_the_mouse(iou_page):
    _, page = iou_page
    page.reopen()
    drag(page, (4, 5), (6, 4))  # takes hold inside the orange box (2, 2, 9, 8), outside of the blue one
    assert check_iou(page)["box"] == [4, 1, 11, 7]
    drag(page, (12, 11), (15, 14))  # the lower right corner of the blue box (5, 4, 12, 11)
    assert check_iou(page)["other_box"] == [5, 4, 15, 14]
    assert "resize the blue box" in page.readout()
    drag(page, (5, 4), (14, 20))  # a corner cannot pass the opposite one
    assert check_iou(page)["other_box"] == [14, 13, 15, 14]
    page.choose("action", "move the box")
    page.point(BOXES, 0.2, 0.8)  # a click beside both brings the chosen box
    assert check_iou(page)["other_box"] != [14, 13, 15, 14]


def test_boxes_moved_and_resized_without_dragging(iou_page):
    _, page = iou_page
    page.reopen()
    page.point(BOXES, 7.5 / 16, 6 / 16)  # within the orange box (2, 2, 9, 8) and the blue one (5, 4, 12, 11)
    assert check_iou(page)["box"] == [4, 3, 11, 9]
    page.point(BOXES, 10.5 / 16, 8 / 16)  # and so on, tap by tap
    assert check_iou(page)["box"] == [7, 5, 14, 11]
    page.choose("action", "move its lower right corner")
    page.point(BOXES, 10 / 16, 10 / 16)  # within both again
    shown = check_iou(page)
    assert shown["box"] == [7, 5, 10, 10]
    assert shown["other_box"] == [5, 4, 12, 11]
    page.point(BOXES, 0.05, 0.05)  # a box keeps a square
    assert check_iou(page)["box"] == [7, 5, 8, 6]
    assert "resize the orange box" in page.readout()


# --- explore_nms ------------------------------------------------------------------------------------------


def check_nms(panel, page):
    shown = page.numbers()
    rows = panel.picture.candidates.astype(float)
    rows = rows[rows[:, 0] == shown["scene"]]
    labels = rows[:, 6] if page.control("only within classes").is_checked() else None
    expected = boxes.suppressors(
        rows[:, 1:5],
        rows[:, 5],
        labels=labels,
        score_threshold=shown["score_threshold"],
        iou_threshold=min(shown["iou_threshold"], 1),
    )
    assert shown["removed_by"] == expected.tolist()
    assert shown["kept"] == np.flatnonzero(expected == np.arange(len(rows))).tolist()
    overlaps = [
        float(boxes.iou(rows[i, 1:5], rows[by, 1:5])) if by >= 0 else 0 for i, by in enumerate(expected)
    ]
    assert difference(shown["overlaps"], overlaps) < 1e-9
    assert f"Of {len(rows)} candidates, {len(shown['kept'])} stay" in page.readout()
    assert page.page.locator(".dcv-list tbody tr").count() == len(rows)
    page.compared(shown)
    return shown


@pytest.mark.parametrize("scene", range(3))
@pytest.mark.parametrize("within", [True, False])
def test_suppression_at_many_thresholds(nms_page, scene, within):
    panel, page = nms_page
    page.choose_number("scene", scene)
    if page.control("only within classes").is_checked() != within:
        page.click("only within classes")
    page.press("score threshold", "Home")
    page.press("IoU threshold", "Home")
    seen = set()
    for i in range(9):
        page.press("IoU threshold", *["ArrowRight"] * 2)
        if i % 3 == 2:
            page.press("score threshold", "ArrowRight", "ArrowRight")
        seen.add(tuple(check_nms(panel, page)["removed_by"]))
    assert len(seen) > 1


def test_candidates_are_chosen_by_keys_and_by_the_pointer(nms_page):
    panel, page = nms_page
    page.reopen()
    page.press(CANDIDATES, "ArrowDown", "ArrowRight")
    assert check_nms(panel, page)["candidate"] == 2
    page.press(CANDIDATES, "End")
    assert check_nms(panel, page)["candidate"] == len(panel.picture.detections.boxes) - 1
    page.press(CANDIDATES, "Home")
    box = panel.picture.detections.boxes[3]
    page.point(CANDIDATES, (box[0] + box[2]) / 128, (box[1] + box[3]) / 128)
    chosen = panel.picture.detections.boxes[check_nms(panel, page)["candidate"]]
    assert boxes.box_area(chosen) <= boxes.box_area(box)


# --- explore_anchors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("grid_number", "grid"), [(0, 4), (1, 8), (2, 16)])
@pytest.mark.parametrize("ratio_number", range(3))
def test_anchors_and_matches(anchors_page, grid_number, grid, ratio_number):
    panel, page = anchors_page
    page.reopen()
    page.choose_number("grid", grid_number)
    page.choose_number("width : height", ratio_number)
    objects = panel.picture.objects.astype(float)
    for i, keys in enumerate([["ArrowRight"], ["ArrowLeft"] * 4, ["ArrowRight"] * 9, ["Home"]]):
        page.press("scale", *keys)
        page.press("IoU threshold", ["ArrowLeft", "ArrowRight"][i % 2], ["ArrowLeft", "ArrowRight"][i % 2])
        page.press(CELL, ARROWS[i], ARROWS[i - 1])
        shown = page.numbers()
        scale, threshold = shown["scale"], shown["iou_threshold"]
        ratios = panel.picture.ratio_sets[ratio_number]
        all_anchors = boxes.grid_anchors((64, 64), (grid, grid), [scale], ratios)
        mine = all_anchors[shown["row"], shown["column"]]
        assert difference(shown["anchors"], mine.tolist()) < 1e-9
        overlaps = boxes.pairwise_iou(mine, objects)
        assert difference(shown["ious"], overlaps.max(axis=1).tolist()) < 1e-9
        matches = boxes.match_anchors(all_anchors, objects, iou_threshold=threshold)
        assert shown["matches"] == matches.ravel().tolist()
        assert shown["matched"] == (matches >= 0).sum()
        best = boxes.pairwise_iou(all_anchors.reshape(-1, 4), objects).max(axis=0)
        assert difference(shown["best_ious"], best.tolist()) < 1e-9
        for offsets, match, anchor in zip(
            shown["offsets"], matches[shown["row"], shown["column"]], mine, strict=True
        ):
            assert (offsets is None) == (match < 0)
            if match >= 0:
                assert difference(offsets, boxes.encode_boxes(objects[match], anchor).tolist()) < 1e-9
        page.compared(shown)


def test_offsets_of_a_matching_anchor_are_shown(anchors_page):
    panel, page = anchors_page
    page.reopen()
    row, column, _ = np.argwhere(panel.matches >= 0)[0]
    page.point(CELL, (row + 0.5) / 8, (column + 0.5) / 8)
    shown = page.numbers()
    assert (shown["row"], shown["column"]) == (row, column)
    found = panel.picture.objects[panel.matches[row, column, 0]]
    expected = boxes.encode_boxes(found, panel.anchors[row, column, 0])
    assert difference(shown["offsets"][0], expected.tolist()) < 1e-6


# --- explore_precision_recall -----------------------------------------------------------------------------


def check_curve(panel, page, label):
    shown = page.numbers()
    assert shown["label"] == label
    panel.class_name = panel.picture.class_names[label]
    panel.score_threshold = shown["score_threshold"]
    panel.iou_threshold = shown["iou_threshold"]
    assert (shown["tp"], shown["fp"], shown["fn"]) == panel.counts
    precision, recall = panel.curve
    assert difference(shown["points"], np.stack([precision, recall], axis=1).tolist()) < 1e-12
    assert shown["average_precision"] == pytest.approx(panel.average_precision, abs=1e-12)
    kept = shown["tp"] + shown["fp"]
    assert shown["precision"] == (None if kept == 0 else pytest.approx(shown["tp"] / kept))
    assert f"Average precision at IoU {panel.iou_threshold:.2g}" in page.readout()
    page.compared(shown)
    return shown


@pytest.mark.parametrize("label", range(5))
def test_counts_and_curve(curve_page, label):
    panel, page = curve_page
    page.choose_number("class", label)
    page.press("score threshold", "Home")
    page.press("IoU threshold", "Home")
    seen = set()
    for i in range(8):
        page.press("score threshold", *["ArrowRight"] * 6)
        if i % 2:
            page.press("IoU threshold", *["ArrowRight"] * 2)
        shown = check_curve(panel, page, label)
        seen.add((shown["tp"], shown["fp"], round(shown["average_precision"], 6)))
    assert len(seen) >= 5


def test_no_detection_is_left(curve_page):
    panel, page = curve_page
    page.press("score threshold", "End")
    assert check_curve(panel, page, page.numbers()["label"])["precision"] is None
    assert "not defined" in page.readout()


def test_a_click_on_the_curve_moves_the_threshold(curve_page):
    panel, page = curve_page
    page.press("score threshold", "Home")
    box = page.page.locator(".dcv-chart").bounding_box()
    recalls = []
    for share in (0.3, 0.6, 0.9):
        page.page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        page.settle()
        recalls.append(check_curve(panel, page, page.numbers()["label"])["recall"])
    assert recalls == sorted(recalls)
    assert recalls[0] < recalls[-1]


@pytest.mark.parametrize("name", ["nms", "anchors", "precision_recall"])
def test_the_drawing_shows_the_scene(name, nms_page, anchors_page, curve_page):
    panel, page = {"nms": nms_page, "anchors": anchors_page, "precision_recall": curve_page}[name]
    page.reopen()
    scene = panel.picture.image if name == "anchors" else panel.picture.images[0]
    assert np.abs(page.cells(0, *scene.shape[:2]) - scene).max() <= 1


def test_enough_states():
    compared_enough("iou")
    compared_enough("nms")
    compared_enough("anchors")
    compared_enough("precision_recall")
