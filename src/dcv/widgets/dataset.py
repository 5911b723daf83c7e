"""Chapter 6: browse the images of a data set, with their labels and their pixels."""

import numpy as np
import traitlets

from dcv.plots import draw_images
from dcv.widgets.explorer import ChosenName, Panel, Picture, array_trait, menu, slider

LARGEST_SIDE = 64
LARGEST_STATE = 98_304  # bytes, as 32 images of 32 × 32 × 3; they all travel in the page


class DatasetPicture(Picture):
    """One image large, with a pixel of it and its label, and all images small."""

    front_end = "dataset"

    choices = ("image_number", "class_name", "index", "label", "image", "row", "column", "pixel")

    images = array_trait()  # sorted by class
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    indices = traitlets.List(traitlets.Int()).tag(sync=True)  # where each image stood in the learner's array
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)  # those that have an image
    class_labels = traitlets.List(traitlets.Int()).tag(sync=True)
    image_number = traitlets.Int(0, min=0).tag(sync=True)
    class_index = traitlets.Int(0, min=0).tag(sync=True)
    class_name = ChosenName("class_index", "class_names")  # set it to go to the first image of a class
    row = traitlets.Int(0, min=0).tag(sync=True)
    column = traitlets.Int(0, min=0).tag(sync=True)

    @traitlets.validate("image_number", "row", "column")
    def _check_place(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        count = self.images.shape[("image_number", "row", "column").index(name)]
        if value >= count:
            raise traitlets.TraitError(f"{name} must be at most {count - 1}, got {value}")
        return value

    # Image and class follow each other, as they do in the browser.
    @traitlets.observe("image_number")
    def _show_class_of_image(self, change):
        self.class_index = self.class_labels.index(self.label)

    @traitlets.observe("class_index")
    def _show_image_of_class(self, change):
        if self.class_labels[self.class_index] != self.label:
            self.image_number = self.labels.index(self.class_labels[self.class_index])

    @property
    def index(self):
        """The index of the image in the array that was passed."""
        return self.indices[self.image_number]

    @property
    def label(self):
        """The label of the image, a whole number."""
        return self.labels[self.image_number]

    @property
    def image(self):
        """The image as an array (height, width, channels), uint8."""
        return self.images[self.image_number]

    @property
    def pixel(self):
        """The values of the probed pixel, one for each channel."""
        return tuple(int(value) for value in self.image[self.row, self.column])

    def draw_still(self):
        """Return a Figure: the first image of each class."""
        first = [self.labels.index(label) for label in self.class_labels]
        images = self.images if self.images.shape[3] == 3 else self.images[..., 0]
        return draw_images(images[first], self.class_names, columns=5, size=1.25)


def explore_dataset(images, labels, class_names, *, per_class=3):
    """Return a panel on which the images of a data set can be browsed, by number or by class.

    It takes the first images of each class, because everything that it shows is stored in the page.

    Parameters
    ----------
    images : array_like
        (count, height, width), (count, height, width, 1) or (count, height, width, 3), at most 64 pixels a
        side; uint8 in [0, 255], or floats in [0, 1], which become uint8.
    labels : array_like
        (count,), integer: ``class_names[label]`` is the class of an image.
    class_names : sequence of str
        Names of the classes.
    per_class : int
        How many images of each class to take. All of them together may have 98,304 values, as 32 colour
        images of 32 × 32 pixels do.

    Returns
    -------
    Panel
        ``panel.index`` is the index of the image that the reader looks at, in the array that you passed;
        ``panel.label``, ``panel.class_name``, ``panel.image`` and ``panel.pixel`` are what is seen.
        ``panel.image_number``, ``class_name``, ``row`` and ``column`` can be set too.

    Raises
    ------
    ValueError
        If shapes, types or ranges are others, or the images are too many.

    Examples
    --------
    >>> images = np.zeros((6, 8, 8, 3), np.uint8)
    >>> images[4, 2, 5] = 10, 20, 30
    >>> panel = explore_dataset(images, [1, 0, 1, 0, 1, 0], ["cat", "dog"])
    >>> panel.class_name = "dog"
    >>> panel.image_number += 2
    >>> panel.row, panel.column = 2, 5
    >>> panel.index, panel.pixel
    (4, (10, 20, 30))
    """
    images, labels, class_names = _checked(images, labels, class_names)
    if not isinstance(per_class, int) or per_class < 1:
        raise ValueError(f"per_class must be a whole number of at least 1, got {per_class!r}")
    indices = [int(i) for label in np.unique(labels) for i in np.flatnonzero(labels == label)[:per_class]]
    chosen = _as_bytes(images, indices)
    if chosen.size > LARGEST_STATE:
        most = LARGEST_STATE // chosen[0].size
        raise ValueError(
            f"all images together must have at most {LARGEST_STATE:,} values, got {len(chosen)} images of"
            f" {chosen[0].size:,}: at most {most} fit, so pass a smaller per_class or fewer classes"
        )
    class_labels = list(dict.fromkeys(int(labels[i]) for i in indices))
    names = [class_names[label] for label in class_labels]
    height, width = chosen.shape[1:3]
    picture = DatasetPicture(
        images=chosen,
        labels=[int(labels[i]) for i in indices],
        indices=indices,
        class_names=names,
        class_labels=class_labels,
        row=height // 2,
        column=width // 2,
    )
    controls = {"image_number": slider(0, 0, len(chosen) - 1), "class_index": menu(0, names)}
    if len(chosen) == 1:
        del controls["image_number"]  # a slider with one place cannot be drawn
    alt = f"One image of each class: {', '.join(names)}."
    return Panel(picture, controls, name="explore_dataset", alt=alt)


def _checked(images, labels, class_names):
    """Return images as (count, height, width, channels), labels and names, or say what is wrong."""
    images, labels, class_names = np.asarray(images), np.asarray(labels), [str(name) for name in class_names]
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.size == 0 or images.shape[3] not in (1, 3):
        raise ValueError(
            "images must have the shape (count, height, width), (count, height, width, 1) or"
            f" (count, height, width, 3), got {images.shape}: channels come last"
        )
    if max(images.shape[1:3]) > LARGEST_SIDE:
        raise ValueError(
            f"images must have at most {LARGEST_SIDE} × {LARGEST_SIDE} pixels, got {images.shape[1:3]}:"
            " take every second pixel, images[:, ::2, ::2]"
        )
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be {len(images)} whole numbers, one for each image,"
            f" got {labels.dtype} in shape {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= len(class_names):
        raise ValueError(
            f"labels must be from 0 to {len(class_names) - 1}, as there are {len(class_names)} class_names,"
            f" got {labels.min()} to {labels.max()}"
        )
    return images, labels, class_names


def _as_bytes(images, indices):
    """Return some images as uint8."""
    chosen = images[indices]
    if chosen.dtype == np.uint8:
        return chosen
    if chosen.dtype.kind != "f" or not (chosen.min() >= 0 and chosen.max() <= 1):
        raise ValueError(
            f"images must be uint8 in [0, 255] or floats in [0, 1], got {chosen.dtype} from {chosen.min():g}"
            f" to {chosen.max():g}"
        )
    return np.rint(255 * chosen).astype(np.uint8)
