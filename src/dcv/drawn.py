"""Images that the course draws itself: Shapes-10, and the eyes and crosses of chapter 2.

A shape is a signed distance function: negative inside the outline, zero on it, positive outside. That makes
an antialiased edge a single ``clip``. The functions take unit coordinates, x to the right and y down, with
the shape inside the circle of radius 1, and use only ``+ - * /`` and square roots. IEEE arithmetic fixes
these to the last bit, which it does not for sine and arctangent: so the same seed draws the same bytes on
every platform.
"""

import numpy as np

SIZE = 32  # height and width, as in CIFAR-10
PATCH = 11  # height and width of the window of an eye or a cross
CHUNK = 50  # images drawn at a time: few enough for the processor's cache


def _length(x, y):
    return np.sqrt(x * x + y * y)


def _box(x, y, half_width, half_height):
    return np.maximum(np.abs(x) - half_width, np.abs(y) - half_height)


def _fold_in_five(x, y):
    """Reflect each point into the tenth of the plane right of straight up: five tips become half a tip."""
    x = np.abs(x)
    for normal_x, normal_y in ((0.809017, 0.587785), (-0.809017, 0.587785)):
        beyond = np.maximum(normal_x * x + normal_y * y, 0)
        x, y = x - 2 * beyond * normal_x, y - 2 * beyond * normal_y
    return np.abs(x), y


def _arrow(x, y):
    head = np.maximum(np.abs(x) * 0.8 - (y + 0.95) * 0.6, y - 0.05)
    return np.minimum(head, _box(x, y - 0.45, 0.24, 0.5))


def _circle(x, y):
    return _length(x, y) - 0.85


def _crescent(x, y):
    return np.maximum(_length(x, y) - 0.95, 0.75 - _length(x - 0.45, y))


def _cross(x, y):
    return np.minimum(_box(x, y, 0.95, 0.28), _box(x, y, 0.28, 0.95))


def _flower(x, y):
    x, y = _fold_in_five(x, y)
    return np.minimum(_length(x, y + 0.6) - 0.36, _length(x, y) - 0.5)


def _heart(x, y):
    x = np.abs(x)
    lobe = _length(x - 0.4, y + 0.33) - 0.46
    side = 0.78 * x + 0.626 * y - 0.565  # a straight line that touches the lobe and ends in the tip
    return np.minimum(lobe, np.maximum(side, np.maximum(-y - 0.33, x - 0.86)))


def _ring(x, y):
    return np.abs(_length(x, y) - 0.7) - 0.2


def _square(x, y):
    return _box(x, y, 0.7, 0.7)


def _star(x, y):
    x, y = _fold_in_five(x, y)
    return 0.85 * x - 0.5 * (y + 1) * 0.6


def _triangle(x, y):
    return np.maximum(0.866025 * np.abs(x) - 0.5 * y - 0.5, y - 0.5)


SHAPES = {
    "arrow": _arrow,
    "circle": _circle,
    "crescent": _crescent,
    "cross": _cross,
    "flower": _flower,
    "heart": _heart,
    "ring": _ring,
    "square": _square,
    "star": _star,
    "triangle": _triangle,
}


def draw_shapes(count, *, seed=0):
    """Images of Shapes-10 and their labels, in random order, every class equally often.

    Parameters
    ----------
    count : int
        Number of images.
    seed : int or sequence of int
        Same seed, same images.

    Returns
    -------
    images : ndarray
        (count, 32, 32, 3), uint8 in [0, 255].
    labels : ndarray
        (count,), int64: position of the shape in `SHAPES`.

    Raises
    ------
    ValueError
        If `count` is negative.

    Examples
    --------
    >>> images, labels = draw_shapes(20)
    >>> images.shape, sorted(labels.tolist())[:4]
    ((20, 32, 32, 3), [0, 0, 1, 1])
    """
    _check_count(count)
    rng = np.random.Generator(np.random.PCG64(seed))
    labels = rng.permutation(np.arange(count) % len(SHAPES))
    images = np.empty((count, SIZE, SIZE, 3), dtype=np.uint8)
    for start in range(0, count, CHUNK):
        images[start : start + CHUNK] = _draw_chunk(labels[start : start + CHUNK], rng)
    return images, labels


def _draw_chunk(labels, rng):
    """Draw one image for each label: (n,) → (n, 32, 32, 3) uint8."""
    dice = Dice(rng, len(labels))
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) + 0.5  # centres of the pixels
    image, background_grey = draw_background(dice, SIZE)

    # The shape: turned, scaled and moved, always entirely inside the image and lighter than its ground. The
    # ranges are tuned so that a small convnet learns the classes in a minute, and a dense network does not.
    radius = dice.between(5.5, 11.0)
    room = SIZE / 2 - radius
    centre_x = SIZE / 2 + room * dice.between(-0.5, 0.5)
    centre_y = SIZE / 2 + room * dice.between(-0.5, 0.5)
    cos, sin = dice.direction(0.2)  # up to 23 degrees
    unit_x = (cos * (x - centre_x) + sin * (y - centre_y)) / radius
    unit_y = (cos * (y - centre_y) - sin * (x - centre_x)) / radius
    distance = np.empty((len(labels), SIZE, SIZE), dtype=np.float32)
    for label, signed_distance in enumerate(SHAPES.values()):
        chosen = labels == label
        distance[chosen] = signed_distance(unit_x[chosen], unit_y[chosen])
    coverage = np.clip(0.5 - distance * radius, 0, 1)
    light = (-0.06 * (unit_x + unit_y))[..., np.newaxis]  # from the upper left
    image = paint(image, coverage, dice.colour(background_grey + dice.between(0.2, 0.45)) + light)
    return as_bytes(add_noise(image, dice))


class Dice:
    """Random float32 numbers for `count` images at a time, ready to broadcast over rows and columns."""

    def __init__(self, rng, count):
        self.rng, self.count = rng, count

    def between(self, low, high, *shape):
        """Return numbers in [low, high), (count, 1, 1, *shape)."""
        return low + (high - low) * self.rng.random((self.count, 1, 1, *shape), dtype=np.float32)

    def direction(self, largest_tan_of_half_angle):
        """Return cosine and sine of a random angle, with nothing but a division."""
        t = self.between(-largest_tan_of_half_angle, largest_tan_of_half_angle)
        return (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)

    def colour(self, grey):
        """Return a random colour around a grey level, (count, 1, 1, 3)."""
        return grey[..., np.newaxis] + self.between(-0.25, 0.25, 3)


def paint(image, coverage, colour):
    """Lay a colour over images (n, height, width, 3), as densely as coverage (n, height, width) says."""
    # Channel by channel: numpy is five times as slow if the axis that it loops over has but three values.
    channels = [image[..., i] + coverage * (colour[..., i] - image[..., i]) for i in range(colour.shape[-1])]
    return np.stack(channels, axis=-1)


def draw_background(dice, size):
    """Draw a gradient between two colours, stripes, and stray lines, which a network must learn to ignore.

    Parameters
    ----------
    dice : Dice
        For as many images as wanted.
    size : int
        Height and width.

    Returns
    -------
    images : ndarray
        (n, size, size, 3), float32.
    grey : ndarray
        (n, 1, 1), float32: about how light each is.
    """
    y, x = np.mgrid[:size, :size].astype(np.float32) + 0.5
    grey = dice.between(0.15, 0.6)
    slope_x, slope_y = dice.direction(1.0)
    gradient = 0.5 + 0.64 / size * (slope_x * (x - size / 2) + slope_y * (y - size / 2))
    image = paint(dice.colour(grey), gradient, dice.colour(grey))  # (n, size, size, 3)
    slope_x, slope_y = dice.direction(1.0)
    phase = (slope_x * x + slope_y * y) / dice.between(4, 12) + dice.between(0, 1)
    stripes = np.abs(phase - np.floor(phase) - 0.5) - 0.25  # a triangle wave
    image += (dice.between(0.0, 0.35) * stripes)[..., np.newaxis]
    for _ in range(2):
        slope_x, slope_y = dice.direction(1.0)
        from_x, from_y = (dice.between(size / 8, size * 7 / 8) for _ in range(2))
        distance = np.abs(slope_x * (x - from_x) + slope_y * (y - from_y)) - dice.between(0.2, 0.8)
        image = paint(image, np.clip(0.5 - distance, 0, 1), dice.colour(dice.between(0.1, 0.9)))
    return image, grey


def add_noise(image, dice, *, strongest=0.4):
    """Make every value of (n, height, width, 3) a little lighter or darker, some images more than others."""
    return image + dice.between(0.05, strongest, 1) * (dice.rng.random(image.shape, dtype=np.float32) - 0.5)


def as_bytes(image):
    """Return an image of floats, nominally in [0, 1], as uint8."""
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def make_eyes_and_crosses(count, *, half="left", seed=0):
    """Noise with one small eye or cross, at a random place in the left or in the right half.

    What a network learns in one half it is asked about in the other: that tells whether it has learned a
    pattern, or a pattern at certain places.

    Parameters
    ----------
    count : int
        Number of images; as many eyes as crosses.
    half : {"left", "right"}
        Where the patch lies, from edge to edge.
    seed : int
        Same seed, same images; the two halves never share one.

    Returns
    -------
    images : ndarray
        (count, 32, 32, 1), float32 in [0, 1].
    labels : ndarray
        (count,), int64: 1 for an eye (an almond with a dark pupil), 0 for a cross (two strokes).

    Raises
    ------
    ValueError
        If `half` is neither "left" nor "right", or `count` is negative.

    Examples
    --------
    >>> images, labels = make_eyes_and_crosses(6, half="left")
    >>> images.shape, int(labels.sum())
    ((6, 32, 32, 1), 3)
    """
    _check_count(count)
    if half not in ("left", "right"):
        raise ValueError(f'expected half="left" or half="right", got {half!r}')
    rng = np.random.Generator(np.random.PCG64((seed, int(half == "right"))))
    labels = rng.permutation(np.arange(count) % 2)
    images = 0.35 + 0.3 * rng.random((count, SIZE, SIZE), dtype=np.float32)
    y, x = np.mgrid[:PATCH, :PATCH].astype(np.float32) - PATCH // 2
    first_column = 0 if half == "left" else SIZE // 2
    for image, label in zip(images, labels, strict=True):
        top = rng.integers(SIZE - PATCH + 1)
        left = first_column + rng.integers(SIZE // 2 - PATCH + 1)
        stretch = 0.9 + 0.2 * rng.random(dtype=np.float32)  # 9 to 11 pixels wide
        window = image[top : top + PATCH, left : left + PATCH]
        (_draw_eye if label else _draw_cross)(window, x / stretch, y / stretch)
    return images[..., np.newaxis], labels


def _draw_eye(window, x, y):
    """Draw into the window: the overlap of two discs, bright, with a dark pupil."""
    almond = np.maximum(_length(x, y - 3), _length(x, y + 3)) - 5.6
    pupil = _length(x, y) - 1.7
    for distance, brightness in ((almond, 0.95), (pupil, 0.05)):
        window += np.clip(0.5 - distance, 0, 1) * (brightness - window)


def _draw_cross(window, x, y):
    """Draw into the window: two diagonal strokes, as bright as the eye."""
    diagonal = np.minimum(np.abs(x + y), np.abs(x - y)) * 0.7071 - 0.9
    strokes = np.maximum(diagonal, np.maximum(np.abs(x), np.abs(y)) - 4.2)
    window += np.clip(0.5 - strokes, 0, 1) * (0.95 - window)


def _check_count(count):
    if count < 0:
        raise ValueError(f"expected a count of 0 or more, got {count}")
