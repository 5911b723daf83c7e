"""Chapter 8: change an image, and ask whether its label survives."""

import ipywidgets
import numpy as np
import traitlets

from dcv.augmentation import flip_images, shift_images
from dcv.plots import draw_images
from dcv.widgets.explorer import ChosenName, Panel, Picture, array_trait, menu, slider

LARGEST_SIDE = 64
MOST_IMAGES = 20
GRAY = 128  # what a hole is filled with


class AugmentationPicture(Picture):
    """An image, and the image that the chosen changes make of it."""

    front_end = "augmentation"

    choices = (
        "image",
        "mirrored",
        "upside_down",
        "down",
        "right",
        "brightness",
        "hole",
        "changed",
        "mean_change",
        "doubts",
    )

    images = array_trait()
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    image_index = traitlets.Int(0, min=0).tag(sync=True)
    image = ChosenName("image_index", "names")
    mirrored = traitlets.Bool(False).tag(sync=True)
    upside_down = traitlets.Bool(False).tag(sync=True)
    down = traitlets.Int(0).tag(sync=True)  # pixels, negative for up
    right = traitlets.Int(0).tag(sync=True)
    brightness = traitlets.Int(0, min=-200, max=200).tag(sync=True)  # levels that are added
    hole = traitlets.Int(0, min=0).tag(sync=True)  # side of a gray square in the middle, in pixels

    @traitlets.validate("down", "right", "hole")
    def _check_size(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        side = min(self.images.shape[1:3])
        highest = side if name == "hole" else side // 2
        if abs(value) > highest:
            raise traitlets.TraitError(f"{name} must be at most {highest} pixels, got {value}")
        return value

    @property
    def changed(self):
        """The changed image, (height, width, 3), uint8."""
        image = self.images[self.image_index]
        image = flip_images(image[None], self.mirrored)
        image = image[:, ::-1] if self.upside_down else image
        image = shift_images(image, self.down, self.right)[0].astype(int)
        image = np.clip(image + self.brightness, 0, 255).astype(np.uint8)
        top, left = ((side - self.hole) // 2 for side in image.shape[:2])
        image[top : top + self.hole, left : left + self.hole] = GRAY
        return image

    @property
    def mean_change(self):
        """The mean absolute difference to the image, in levels from 0 to 255."""
        return float(np.abs(self.changed.astype(int) - self.images[self.image_index]).mean())

    @property
    def doubts(self):
        """The changes that go so far that the label may not survive: a tuple of names."""
        height, width = self.images.shape[1:3]
        asked = {
            "upside down": self.upside_down,
            "a move by more than a quarter": abs(self.down) > height / 4 or abs(self.right) > width / 4,
            "brightness by more than 100 levels": abs(self.brightness) > 100,
            "a hole over more than half the side": self.hole > min(height, width) / 2,
        }
        return tuple(name for name, is_so in asked.items() if is_so)

    def draw_still(self):
        """Return a Figure: the image and the changed one."""
        return draw_images([self.images[self.image_index], self.changed], ["original", "changed"], size=2.5)


def explore_augmentation(images, names=None):
    """Return a panel that flips, moves, brightens and covers an image, and says what may cost its label.

    The changes are made in this order: mirror, turn upside down, move (the freed border shows the mirrored
    image), add to every channel and clip to 0 … 255, put a gray square in the middle.

    Parameters
    ----------
    images : array_like
        (count, height, width, 3), uint8; at most 20 images of 8 to 64 pixels a side.
    names : sequence of str, optional
        One for each image; equal names are numbered.

    Returns
    -------
    Panel
        ``panel.image`` (a name), ``mirrored``, ``upside_down``, ``down``, ``right``, ``brightness`` and
        ``hole`` can be set; ``panel.changed``, ``mean_change`` and ``doubts`` follow from them.

    Raises
    ------
    ValueError
        If the images have another form, or the number of names differs.

    Examples
    --------
    >>> image = np.zeros((1, 8, 8, 3), np.uint8)
    >>> image[0, :, 0] = 200
    >>> panel = explore_augmentation(image, ["bar"])
    >>> panel.mirrored = True
    >>> panel.changed[0, :, 0].tolist()
    [0, 0, 0, 0, 0, 0, 0, 200]
    """
    images = np.asarray(images)
    is_batch = images.ndim == 4 and images.shape[-1] == 3 and 1 <= len(images) <= MOST_IMAGES
    if not is_batch or min(images.shape[1:3]) < 8 or max(images.shape[1:3]) > LARGEST_SIDE:
        raise ValueError(
            f"images must have the shape (count, height, width, 3), at most {MOST_IMAGES} of 8 to"
            f" {LARGEST_SIDE} pixels a side, got {images.shape}"
        )
    if images.dtype != np.uint8:
        raise ValueError(f"images must be uint8 in [0, 255], got {images.dtype}")
    names = [f"image {i}" for i in range(1, len(images) + 1)] if names is None else list(map(str, names))
    if len(names) != len(images):
        raise ValueError(f"names must be {len(images)}, one for each image, got {len(names)}")
    names = [
        f"{name} {names[: i + 1].count(name)}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]
    picture = AugmentationPicture(images=images, names=names, mirrored=True)
    side = min(images.shape[1:3])
    reach = side // 2
    tick_boxes = {
        name: ipywidgets.Checkbox(value=getattr(picture, name), description=text, indent=False)
        for name, text in (("mirrored", "mirrored"), ("upside_down", "upside down"))
    }
    controls = {
        "image_index": menu(0, names),
        **tick_boxes,
        "down": slider(0, -reach, reach),
        "right": slider(0, -reach, reach),
        "brightness": slider(0, -200, 200),
        "hole": slider(0, 0, side),
    }
    alt = f"An image ({names[0]}), and the same image mirrored."
    return Panel(picture, controls, name="explore_augmentation", alt=alt)
