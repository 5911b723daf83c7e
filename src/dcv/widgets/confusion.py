"""Chapter 7: a confusion matrix, and the images behind each of its cells."""

import math

import numpy as np
import traitlets

from dcv.evaluation import confusion_matrix, precision_recall
from dcv.plots import draw_confusion, draw_images
from dcv.widgets.explorer import ChosenName, Panel, Picture, array_trait, menu
from dcv.widgets.sheets import photo_sheet_trait, photos_as_bytes

MOST_CLASSES = 12
SHARES = {"counts": None, "% of true class": "true", "% of predicted class": "predicted"}


class ConfusionPicture(Picture):
    """A confusion matrix with one chosen cell, and some images of that cell."""

    front_end = "confusion"
    parts = ("sheets",)

    choices = ("true_class", "predicted_class", "numbers", "count", "indices", "precision", "recall")

    confusion = traitlets.List().tag(sync=True)  # (classes, classes), counts
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    photos = photo_sheet_trait()  # those that are shown, cell by cell
    indices_of_photos = array_trait()  # where each stood in the array
    confidences = array_trait()  # probability of the predicted class
    first_photo = array_trait()  # of each cell, row by row, and the end
    true_class_index = traitlets.Int(0, min=0).tag(sync=True)
    true_class = ChosenName("true_class_index", "class_names")
    predicted_class_index = traitlets.Int(0, min=0).tag(sync=True)
    predicted_class = ChosenName("predicted_class_index", "class_names")
    numbers_index = traitlets.Int(0, min=0, max=len(SHARES) - 1).tag(sync=True)
    numbers = ChosenName("numbers_index", "kinds")
    kinds = tuple(SHARES)

    @traitlets.validate("true_class_index", "predicted_class_index")
    def _check_class(self, proposal):
        value, last = proposal["value"], len(self.class_names) - 1
        if value > last:
            raise traitlets.TraitError(f"{proposal['trait'].name} must be at most {last}, got {value}")
        return value

    @property
    def count(self):
        """How many images the chosen cell counts."""
        return self.confusion[self.true_class_index][self.predicted_class_index]

    @property
    def indices(self):
        """Indices of the images that are shown, in the array that was passed."""
        cell = self.true_class_index * len(self.class_names) + self.predicted_class_index
        return self.indices_of_photos[self.first_photo[cell] : self.first_photo[cell + 1]].tolist()

    @property
    def precision(self):
        """Precision of the true class; NaN if it was never predicted."""
        return float(precision_recall(self.confusion)[0][self.true_class_index])

    @property
    def recall(self):
        """Recall of the true class; NaN if it has no image."""
        return float(precision_recall(self.confusion)[1][self.true_class_index])

    def draw_still(self):
        """Return a Figure: the images of the chosen cell, or the matrix if that is empty."""
        if not self.indices:
            return draw_confusion(self.confusion, self.class_names, share=SHARES[self.numbers])
        places = np.flatnonzero(np.isin(self.indices_of_photos, self.indices))
        titles = [f"{share:.1%}" for share in self.confidences[places]]
        return draw_images(self.photos[places], titles, columns=6, size=1)


def explore_confusion(images, labels, probabilities, class_names, *, per_cell=5):
    """Return a panel with a confusion matrix; choose a cell and see the images behind it.

    Of each cell it keeps the few images of which the network was surest, because all that it shows is stored
    in the page (as JPEG, so their colours may be off by a few levels).

    Parameters
    ----------
    images : array_like
        (count, height, width), (count, height, width, 1) or (count, height, width, 3), at most 64 pixels a
        side; uint8 in [0, 255], or floats in [0, 1].
    labels : array_like
        (count,), integer: the true classes.
    probabilities : array_like
        (count, classes): the softmax of the logits. The largest one names the predicted class.
    class_names : sequence of str
        One for each class, at most 12.
    per_cell : int
        How many images of the cell with the largest error to keep, from 1 to 6. Other cells get their share,
        according to how many images they count, but one at least.

    Returns
    -------
    Panel
        ``panel.count`` images lie in the chosen cell, ``panel.indices`` of them are shown;
        ``panel.precision`` and ``panel.recall`` are those of the true class. ``panel.true_class``,
        ``predicted_class`` and ``numbers`` can be set too.

    Raises
    ------
    ValueError
        If shapes, types or ranges are others.

    Examples
    --------
    >>> images, probabilities = np.zeros((3, 8, 8)), [[0.9, 0.1], [0.3, 0.7], [0.8, 0.2]]
    >>> panel = explore_confusion(images, [0, 0, 1], probabilities, ["cat", "dog"])
    >>> panel.true_class, panel.predicted_class = "cat", "dog"
    >>> panel.count, panel.indices, panel.recall
    (1, [1], 0.5)
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, float)
    class_names = [str(name) for name in class_names]
    classes = len(class_names)
    if not 2 <= classes <= MOST_CLASSES:
        raise ValueError(f"class_names must be from 2 to {MOST_CLASSES}, got {classes}")
    if probabilities.shape != (len(images), classes):
        raise ValueError(
            f"probabilities must have the shape (images, classes), {(len(images), classes)};"
            f" got {probabilities.shape}"
        )
    if not (probabilities.min() >= 0 and probabilities.max() <= 1):
        raise ValueError("probabilities must be in [0, 1]: pass softmax(logits), not logits")
    if not isinstance(per_cell, int) or not 1 <= per_cell <= 6:
        raise ValueError(f"per_cell must be a whole number from 1 to 6, got {per_cell!r}")
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_matrix(labels, predicted, classes)
    errors = confusion - np.diag(np.diag(confusion))
    sureness, order = probabilities.max(axis=1), np.arange(len(labels))
    kept, first_photo = [], [0]
    for cell in np.ndindex(classes, classes):
        members = order[(labels == cell[0]) & (predicted == cell[1])]
        room = math.ceil(min(per_cell * len(members) / max(errors.max(), 1), per_cell))
        kept += members[np.argsort(-sureness[members], kind="stable")][:room].tolist()
        first_photo.append(len(kept))
    true_class, predicted_class = (int(i) for i in np.unravel_index(errors.argmax(), errors.shape))
    picture = ConfusionPicture(
        confusion=confusion.tolist(),
        class_names=class_names,
        photos=photos_as_bytes(np.asarray(images)[kept]),
        indices_of_photos=np.array(kept),
        confidences=sureness[kept],
        first_photo=np.array(first_photo),
        true_class_index=true_class,
        predicted_class_index=predicted_class,
    )
    controls = {
        "true_class_index": menu(true_class, class_names),
        "predicted_class_index": menu(predicted_class, class_names),
        "numbers_index": menu(0, SHARES),
    }
    alt = (
        f"The largest of the errors in a confusion matrix of {classes} classes: images of the class"
        f" {class_names[true_class]} that were called {class_names[predicted_class]}."
    )
    return Panel(picture, controls, name="explore_confusion", alt=alt)
