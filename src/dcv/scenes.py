"""Scenes to detect objects in: several shapes in one image, some of them half behind others.

They are drawn as Shapes-10 is, with its shapes, colours and background; see `dcv.drawn`.
"""

from typing import NamedTuple

import numpy as np

from dcv.boxes import Objects
from dcv.drawn import SHAPES, Dice, add_noise, as_bytes, draw_background, paint

CLASSES = ("circle", "heart", "square", "star", "triangle")
RADII = (7.0, 14.0)  # of the circle around a shape, in pixels
LARGEST_COUNT = 5
SMALLEST_VISIBLE = 0.5  # share of its pixels that an object must show
TRIES = 20  # places tried for an object before it is given up


class Scenes(NamedTuple):
    """Images, and what is in each.

    Attributes
    ----------
    class_names : tuple of str
        ``class_names[label]`` is the name of the class.
    images : ndarray
        (count, size, size, 3), uint8 in [0, 255].
    objects : list of dcv.boxes.Objects
        For each image, boxes (n, 4), float64, and labels (n,), int64, from the hindmost object to the
        foremost.
    """

    class_names: tuple[str, ...]
    images: np.ndarray
    objects: list[Objects]


class Thing(NamedTuple):
    """One object before it is painted."""

    label: int
    coverage: np.ndarray  # (size, size), float32: how much of each pixel it covers
    colour: np.ndarray  # (size, size, 3), float32


def draw_scenes(count, *, size=64, seed=0):
    """Return scenes of one to five shapes each, and the box of what can be seen of each shape.

    Parameters
    ----------
    count : int
        Number of scenes, at least 0.
    size : int
        Height and width in pixels, at least 48.
    seed : int or sequence of int
        Same seed, same scenes, on every machine. The first scenes do not depend on `count`.

    Returns
    -------
    Scenes
        Class names, images and objects.

    Raises
    ------
    ValueError
        If `count` is negative or `size` too small.

    Examples
    --------
    >>> scenes = draw_scenes(2)
    >>> scenes.images.shape, len(scenes.objects)
    ((2, 64, 64, 3), 2)
    """
    if count < 0:
        raise ValueError(f"expected a count of 0 or more, got {count}")
    if size < 48:
        raise ValueError(f"expected a size of at least 48 pixels, which has room for the shapes, got {size}")
    seeds = seed if isinstance(seed, (list, tuple)) else [seed]
    images, objects = np.empty((count, size, size, 3), np.uint8), []
    for i in range(count):
        rng = np.random.Generator(np.random.PCG64([*seeds, i]))
        images[i], boxes, labels, _ = draw_scene(rng, size)
        objects.append(Objects(boxes, labels))
    return Scenes(CLASSES, images, objects)


def draw_scene(rng, size):
    """Return one scene, with the object that is seen at each pixel.

    Parameters
    ----------
    rng : numpy.random.Generator
        Decides everything.
    size : int
        Height and width in pixels.

    Returns
    -------
    image : ndarray
        (size, size, 3), uint8.
    boxes : ndarray
        (n, 4), float64: the smallest box around the pixels where the object is seen.
    labels : ndarray
        (n,), int64.
    seen : ndarray
        (size, size), int64: number of the object, or −1 for the background.
    """
    dice = Dice(rng, 1)
    image, background_grey = draw_background(dice, size)
    things = place_things(dice, size, background_grey)
    for thing in things:
        image = paint(image, thing.coverage, thing.colour)
    seen = seen_at(things, size)
    boxes = np.array([box_around(seen == i) for i in range(len(things))], dtype=np.float64)
    labels = np.array([thing.label for thing in things], dtype=np.int64)
    return as_bytes(add_noise(image, dice, strongest=0.2))[0], boxes, labels, seen


def place_things(dice, size, background_grey):
    """Return the objects of a scene, from the hindmost to the foremost, none of them too well hidden."""
    count = int(dice.rng.integers(1, LARGEST_COUNT + 1))
    things = []
    for _ in range(count):
        for _ in range(TRIES):
            attempt = [*things, make_thing(dice, size, background_grey)]
            seen = seen_at(attempt, size)
            whole = [(thing.coverage >= 0.5).sum() for thing in attempt]
            if all((seen == i).sum() >= SMALLEST_VISIBLE * pixels for i, pixels in enumerate(whole)):
                things = attempt
                break
    return things


def make_thing(dice, size, background_grey):
    """Return a random object, entirely inside the image and lighter than its ground."""
    label = int(dice.rng.integers(len(CLASSES)))
    y, x = np.mgrid[:size, :size].astype(np.float32) + 0.5
    radius = dice.between(*RADII)
    centre_x, centre_y = (radius + (size - 2 * radius) * dice.between(0, 1) for _ in range(2))
    cos, sin = dice.direction(0.2)  # up to 23 degrees
    unit_x = (cos * (x - centre_x) + sin * (y - centre_y)) / radius
    unit_y = (cos * (y - centre_y) - sin * (x - centre_x)) / radius
    distance = SHAPES[CLASSES[label]](unit_x, unit_y) * radius  # in pixels
    light = (-0.06 * (unit_x + unit_y))[..., np.newaxis]  # from the upper left
    rim = 0.4 * np.clip(distance + 1.2, 0, 1)[..., np.newaxis]  # or one shape would melt into another
    colour = (dice.colour(background_grey + dice.between(0.25, 0.5)) + light) * (1 - rim)
    return Thing(label, np.clip(0.5 - distance, 0, 1)[0], colour[0])


def seen_at(things, size):
    """Return the number of the foremost object that covers at least half of each pixel; −1 for none."""
    seen = np.full((size, size), -1)
    for i, thing in enumerate(things):
        seen[thing.coverage >= 0.5] = i
    return seen


def box_around(mask):
    """Return the smallest box around the True pixels of a mask (height, width) that has some.

    Examples
    --------
    >>> mask = np.zeros((5, 5), bool)
    >>> mask[1, 2:4] = True
    >>> box_around(mask)
    (1, 2, 2, 4)
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
