"""Chapter 10: non-maximum suppression on the candidates of a detector."""

import ipywidgets
import numpy as np
import traitlets

from dcv import boxes
from dcv.plots import draw_boxes
from dcv.widgets.explorer import Panel, Picture, array_trait, menu, slider

LARGEST_STATE = 98_304  # values of all images together: they all travel in the page


class NmsPicture(Picture):
    """The candidates in a scene, and which one removes which."""

    front_end, parts = "nms", ("boxes",)

    choices = (
        "scene",
        "score_threshold",
        "iou_threshold",
        "within_classes",
        "candidate",
        "kept",
        "suppressors",
    )

    images = array_trait()
    candidates = array_trait()  # rows (scene, y_min, x_min, y_max, x_max, score, label), highest score first
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    scene_index = traitlets.Int(0, min=0).tag(sync=True)
    score_threshold = traitlets.Float(0.1, min=0, max=1).tag(sync=True)
    iou_threshold = traitlets.Float(0.5, min=0, max=1).tag(sync=True)
    within_classes = traitlets.Bool(True).tag(sync=True)
    candidate = traitlets.Int(0, min=0).tag(sync=True)

    @traitlets.validate("scene_index")
    def _check_scene(self, proposal):
        if proposal["value"] >= len(self.images):
            raise traitlets.TraitError(f"scene must be from 0 to {len(self.images) - 1}")
        return proposal["value"]

    @property
    def scene(self):
        """Number of the scene."""
        return self.scene_index

    @scene.setter
    def scene(self, scene):
        self.scene_index = scene

    @property
    def detections(self):
        """The candidates of the scene, as Detections."""
        rows = self.candidates[self.candidates[:, 0] == self.scene_index].astype(np.float64)
        return boxes.Detections(rows[:, 1:5], rows[:, 5], rows[:, 6].astype(int))

    @property
    def suppressors(self):
        """For each candidate which one removes it: see `dcv.boxes.suppressors`."""
        found = self.detections
        return boxes.suppressors(
            found.boxes,
            found.scores,
            labels=found.labels if self.within_classes else None,
            score_threshold=self.score_threshold,
            iou_threshold=self.iou_threshold,
        ).tolist()

    @property
    def kept(self):
        """Numbers of the candidates that stay, highest score first."""
        return [i for i, by in enumerate(self.suppressors) if by == i]

    def draw_still(self):
        """Return a Figure of the scene with the candidates that stay, and dashed those that go."""
        found, kept = self.detections, self.kept
        texts = [f"{self.class_names[found.labels[i]]} {found.scores[i]:.2f}" for i in kept]
        gone = np.delete(found.boxes, kept, axis=0)
        return draw_boxes(
            self.images[self.scene_index], found.boxes[kept], texts, labels=found.labels[kept], objects=gone
        )


def explore_nms(
    images, detections, class_names, *, score_threshold=0.1, iou_threshold=0.5, within_classes=True
):
    """Return a panel of non-maximum suppression: which candidates stay, and which one removes which.

    Parameters
    ----------
    images : ndarray
        (count, height, width, 3), uint8 in [0, 255]; at most 98,304 values, as 8 scenes of 64 × 64 have.
    detections : sequence of dcv.boxes.Detections
        For each image the candidates, at least one: boxes, scores and labels.
    class_names : sequence of str
        ``class_names[label]`` is the name of a class.
    score_threshold : float
        In [0, 1]: only candidates above it take part.
    iou_threshold : float
        In [0, 1]: a candidate goes if its IoU with a better one that stays is above it.
    within_classes : bool
        Whether only candidates of the same class compete.

    Returns
    -------
    Panel
        ``panel.scene``, ``score_threshold``, ``iou_threshold``, ``within_classes`` and ``candidate`` can be
        read and set; ``panel.kept`` and ``panel.suppressors`` are what comes out.

    Raises
    ------
    ValueError
        If shapes or types are others, a scene has no candidate, or the images are too large.

    Examples
    --------
    >>> two = np.array([[0, 0, 8, 8], [0, 1, 8, 9]])
    >>> found = boxes.Detections(two, np.array([0.6, 0.9]), np.array([0, 0]))
    >>> panel = explore_nms(np.zeros((1, 16, 16, 3), np.uint8), [found], ["circle"])
    >>> panel.suppressors  # candidates are sorted: number 0 has the highest score
    [0, 0]
    """
    images = checked_images(images)
    if len(detections) != len(images) or not all(len(found[0]) for found in detections):
        raise ValueError(
            f"expected at least one candidate in each of {len(images)} images,"
            f" got {[len(found[0]) for found in detections]}: lower the score threshold of the detector"
        )
    picture = NmsPicture(
        images=images,
        candidates=as_rows(detections, class_names),
        class_names=[str(name) for name in class_names],
        score_threshold=score_threshold,
        iou_threshold=iou_threshold,
        within_classes=within_classes,
    )
    controls = {
        "scene_index": menu(0, [f"scene {i + 1}" for i in range(len(images))]),
        "score_threshold": slider(score_threshold, 0.0, 1.0, step=0.05),
        "iou_threshold": slider(iou_threshold, 0.0, 1.0, step=0.05),
        "within_classes": ipywidgets.Checkbox(value=within_classes, description="only within classes"),
    }
    controls["iou_threshold"].description = "IoU threshold"
    if len(images) == 1:
        del controls["scene_index"]
    alt = "A scene with the boxes that stay after non-maximum suppression, and dashed those that are removed."
    return Panel(picture, controls, name="explore_nms", alt=alt)


def checked_images(images):
    """Return images as an array that fits into a page, or say what is wrong with them."""
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8:
        raise ValueError(
            f"expected images (count, height, width, 3), uint8, got {images.dtype} {images.shape}"
        )
    if not 0 < images.size <= LARGEST_STATE:
        raise ValueError(
            f"expected images with 1 to {LARGEST_STATE:,} values, got {images.size:,}: they all travel in the"
            " page, so pass fewer"
        )
    return images


def as_rows(detections, class_names):
    """Return (image, y_min, x_min, y_max, x_max, score, label) of all detections, float32.

    Within an image the highest score comes first.

    Raises
    ------
    ValueError
        If a label has no name.
    """
    rows = []
    for i, (found_boxes, scores, labels) in enumerate(detections):
        for j in np.argsort(-np.asarray(scores, float), kind="stable"):
            if not 0 <= labels[j] < len(class_names):
                raise ValueError(f"expected labels from 0 to {len(class_names) - 1}, got {labels[j]}")
            rows.append([i, *found_boxes[j], scores[j], labels[j]])
    return np.array(rows, np.float32).reshape(-1, 7)
