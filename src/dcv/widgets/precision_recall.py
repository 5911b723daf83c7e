"""Chapter 10: the score threshold moves along the precision–recall curve."""

import numpy as np
import traitlets

from dcv import boxes
from dcv.plots import draw_precision_recall
from dcv.widgets.explorer import ChosenName, Panel, Picture, array_trait, menu, slider
from dcv.widgets.nms import as_rows, checked_images

LARGEST_COUNT = 2000  # detections and objects that travel in the page


class PrecisionRecallPicture(Picture):
    """A precision–recall curve with a point on it, what is counted there, and some of the images."""

    front_end, parts = "precision_recall", ("boxes",)

    choices = ("class_name", "score_threshold", "iou_threshold", "counts", "curve", "average_precision")

    class_name = ChosenName("class_index", "class_names")

    images = array_trait()  # the first few; detections and objects may belong to many more
    detections = array_trait()  # rows (image, y_min, x_min, y_max, x_max, score, label)
    objects = array_trait()  # rows (image, y_min, x_min, y_max, x_max, label)
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    class_index = traitlets.Int(0, min=0).tag(sync=True)
    score_threshold = traitlets.Float(0.5, min=0, max=1).tag(sync=True)
    iou_threshold = traitlets.Float(0.5, min=0.05, max=1).tag(sync=True)

    def _judged(self):
        """Return scores, whether each is correct, and the number of objects, for the class."""
        found = self.detections[self.detections[:, 6] == self.class_index].astype(np.float64)
        there = self.objects[self.objects[:, 5] == self.class_index].astype(np.float64)
        scores, correct = [], []
        for image in np.unique(found[:, 0]):
            mine = found[found[:, 0] == image]
            theirs = there[there[:, 0] == image, 1:5]
            matches = boxes.judge_detections(
                (mine[:, 1:5], mine[:, 5]), theirs, iou_threshold=self.iou_threshold
            )
            scores.extend(mine[:, 5])
            correct.extend(matches >= 0)
        return np.array(scores), np.array(correct, bool), len(there)

    @property
    def curve(self):
        """Precision and recall after each detection: see `dcv.boxes.precision_recall_curve`."""
        return boxes.precision_recall_curve(*self._judged())[:2]

    @property
    def average_precision(self):
        """Area under the curve (all points)."""
        return boxes.average_precision(*self.curve)

    @property
    def counts(self):
        """True positives, false positives and false negatives at the score threshold."""
        scores, correct, count = self._judged()
        kept = scores > self.score_threshold
        found = int((correct & kept).sum())
        return found, int(kept.sum()) - found, count - found

    def draw_still(self):
        """Return a Figure of the curve."""
        title = f"{self.class_name}: average precision {self.average_precision:.3f}"
        return draw_precision_recall(*self.curve, title=title)


def explore_precision_recall(
    images, detections, objects, class_names, *, score_threshold=0.5, iou_threshold=0.5
):
    """Return a panel on which a score threshold moves along the precision–recall curve of a class.

    Parameters
    ----------
    images : ndarray
        (shown, height, width, 3), uint8 in [0, 255]: the first few of the images, to look at; at most 98,304
        values, as 8 scenes of 64 × 64 have.
    detections : sequence of dcv.boxes.Detections
        For each of all images: boxes, scores and labels.
    objects : sequence of dcv.boxes.Objects
        For each of all images: boxes and labels. Each class must occur.
    class_names : sequence of str
        ``class_names[label]`` is the name of a class.
    score_threshold : float
        In [0, 1]: detections with a score above it count.
    iou_threshold : float
        In [0.3, 0.95]: from this IoU on, a detection is correct.

    Returns
    -------
    Panel
        ``panel.class_name``, ``score_threshold`` and ``iou_threshold`` can be read and set; ``panel.counts``
        (TP, FP, FN), ``panel.curve`` and ``panel.average_precision`` follow from them.

    Raises
    ------
    ValueError
        If shapes or types are others, a class does not occur, or there is too much to show.

    Examples
    --------
    >>> two = np.array([[0, 0, 8, 8], [9, 9, 15, 15]])
    >>> found = boxes.Detections(two, np.array([0.9, 0.6]), np.array([0, 0]))
    >>> there = boxes.Objects(np.array([[0, 0, 8, 7]]), np.array([0]))
    >>> panel = explore_precision_recall(np.zeros((1, 16, 16, 3), np.uint8), [found], [there], ["circle"])
    >>> panel.counts, panel.average_precision
    ((1, 1, 0), 1.0)
    """
    images = checked_images(images)
    if not len(images) <= len(detections) == len(objects):
        raise ValueError(
            f"expected detections and objects for each image, and at least for the {len(images)} to show,"
            f" got {len(detections)} and {len(objects)}"
        )
    there = as_rows([(where, np.zeros(len(where)), labels) for where, labels in objects], class_names)
    there = np.delete(there, 5, axis=1)
    found = as_rows(detections, class_names)
    # Of all images, the highest score first: Python and the browser then agree on equal scores.
    found = found[np.argsort(-found[:, 5], kind="stable")]
    absent = set(range(len(class_names))) - {int(label) for label in there[:, 5]}
    if absent:
        raise ValueError(
            f"expected objects of each class, got none of {', '.join(class_names[i] for i in sorted(absent))}"
        )
    if len(found) + len(there) > LARGEST_COUNT:
        raise ValueError(
            f"expected at most {LARGEST_COUNT} detections and objects together, which all travel in the page,"
            f" got {len(found)} and {len(there)}: pass fewer images"
        )
    picture = PrecisionRecallPicture(
        images=images,
        detections=found,
        objects=there,
        class_names=[str(name) for name in class_names],
        score_threshold=score_threshold,
        iou_threshold=iou_threshold,
    )
    controls = {
        "class_index": menu(0, class_names),
        "score_threshold": slider(score_threshold, 0.0, 1.0, step=0.02),
        "iou_threshold": slider(iou_threshold, 0.3, 0.95, step=0.05),
    }
    controls["iou_threshold"].description = "IoU threshold"
    if len(class_names) == 1:
        del controls["class_index"]
    alt = "Precision against recall for one class, with the area under the steps shaded."
    return Panel(picture, controls, name="explore_precision_recall", alt=alt)
