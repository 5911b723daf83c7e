"""Chapter 1: mix the channels of an image, read single pixels, and see what fewer pixels or bits do."""

import numpy as np
import traitlets

from dcv.plots import draw_images
from dcv.widgets.explorer import Panel, Picture, array_trait, slider

CHANNELS = ("red", "green", "blue")
LARGEST_SHARE = 10
LARGEST_COLOUR_SIDE = 128  # pixels; up to five pictures are drawn of each image
TOOLS = ("all", "mixing", "reducing")


class ChannelsPicture(Picture):
    """An image in colour and in gray, its three channels, and the numbers of one pixel."""

    front_end = "channels"

    choices = (
        *CHANNELS,
        *(f"use_{channel}" for channel in CHANNELS),
        "resolution",
        "bits",
        "row",
        "column",
        "shares",
        "pixel",
        "gray",
        "reduced_image",
        "gray_image",
        "bytes_needed",
    )

    image = array_trait()
    tools = traitlets.Enum(TOOLS, "all").tag(sync=True)
    red = traitlets.Int(5, min=0, max=LARGEST_SHARE).tag(sync=True)
    green = traitlets.Int(5, min=0, max=LARGEST_SHARE).tag(sync=True)
    blue = traitlets.Int(5, min=0, max=LARGEST_SHARE).tag(sync=True)
    use_red = traitlets.Bool(True).tag(sync=True)
    use_green = traitlets.Bool(True).tag(sync=True)
    use_blue = traitlets.Bool(True).tag(sync=True)
    resolution = traitlets.Int(1, min=1).tag(sync=True)  # rows of the reduced image
    bits = traitlets.Int(8, min=1, max=8).tag(sync=True)
    row = traitlets.Int(0, min=0).tag(sync=True)  # in the image that was passed
    column = traitlets.Int(0, min=0).tag(sync=True)

    @traitlets.validate("row", "column", "resolution")
    def _check_place(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        height, width = self.image.shape[:2]
        highest = {"row": height - 1, "column": width - 1, "resolution": height}[name]
        if value > highest:
            raise traitlets.TraitError(f"{name} must be at most {highest}, got {value}")
        return value

    @property
    def shares(self):
        """The shares of red, green and blue in the gray, which add up to 1; zeros if no channel is used."""
        parts = np.array([getattr(self, name) * getattr(self, f"use_{name}") for name in CHANNELS], float)
        return parts / (parts.sum() or 1)

    @property
    def reduced_image(self):
        """The image with the chosen resolution and bits, floats from 0 to 255, (rows, columns, 3)."""
        levels = quantise(block_means(self.image, self.resolution), self.bits)
        return levels * 255 / (2**self.bits - 1)

    @property
    def gray_image(self):
        """The mixture of its channels, floats from 0 to 255, (rows, columns)."""
        return self.reduced_image @ self.shares

    @property
    def pixel(self):
        """Red, green and blue of the chosen pixel, as drawn: three floats from 0 to 255."""
        return self.reduced_image[self._cell()].tolist()

    @property
    def gray(self):
        """The gray of the chosen pixel, from 0 to 255."""
        return float(self.gray_image[self._cell()])

    @property
    def bytes_needed(self):
        """The bytes that all pixels of the reduced image need without compression."""
        return -(-self.reduced_image.size * self.bits // 8)

    def _cell(self):
        """Return the place of the chosen pixel in the reduced image."""
        sizes = zip((self.row, self.column), self.image.shape, self.reduced_image.shape, strict=False)
        return tuple(((pixel + 1) * count - 1) // size for pixel, size, count in sizes)

    def draw_still(self):
        """Return a Figure: what the panel shows at first."""
        if self.tools == "reducing":
            title = f"{self.bits} bits, {self.bytes_needed:,} bytes"
            return draw_images([self.image, self.reduced_image / 255], ["original", title], size=2.5)
        channels = np.moveaxis(self.reduced_image / 255, -1, 0)
        return draw_images([*channels, self.gray_image / 255], [*CHANNELS, "mixture"], columns=4, size=1.6)


def explore_channels(image, *, shares=(5, 5, 5), resolution=None, bits=8, tools="all"):
    """Return a panel that mixes the channels of an image and shows it with fewer pixels and bits.

    Move the shares: in gray they weigh the channels, in colour the channel with the largest share stays as
    it is and the others become weaker. Tick boxes switch channels off and on. Point at a pixel to read its
    numbers, click to stay there, or focus a picture and use the arrow keys.

    Parameters
    ----------
    image : array_like
        (height, width, 3), uint8 in [0, 255] or float in [0, 1], which is rounded to 256 levels; at most 128
        pixels a side.
    shares : sequence of int
        Shares of red, green and blue to start with, each from 0 to 10.
    resolution : int, optional
        Rows of pixels to start with; by default all. Each new pixel is the mean of a block.
    bits : int
        Bits per channel to start with, 1 to 8.
    tools : {"all", "mixing", "reducing"}
        Which controls are there: the shares, or resolution and bits, or both.

    Returns
    -------
    Panel
        ``panel.red``, ``green``, ``blue``, ``use_red``, ``use_green``, ``use_blue``, ``resolution``,
        ``bits``, ``row`` and ``column`` can be read and set; ``panel.shares``, ``pixel``, ``gray``,
        ``reduced_image``, ``gray_image`` and ``bytes_needed`` follow from them.

    Raises
    ------
    ValueError
        If the image has another form or a setting is out of range.

    Examples
    --------
    >>> image = np.zeros((4, 6, 3), np.uint8)
    >>> image[1, 2] = 100, 200, 40
    >>> panel = explore_channels(image, shares=(1, 1, 2))
    >>> panel.row, panel.column = 1, 2
    >>> panel.pixel, panel.gray
    ([100.0, 200.0, 40.0], 95.0)
    """
    image = as_colour(image, LARGEST_COLOUR_SIDE)
    if image.dtype != np.uint8:
        if image.min() < 0 or image.max() > 1:
            raise ValueError(
                f"image must be uint8 in [0, 255] or float in [0, 1], got {image.dtype} from"
                f" {image.min():.4g} to {image.max():.4g}: divide by 255 if 255 is white"
            )
        image = np.rint(image * 255.0).astype(np.uint8)
    height, width = image.shape[:2]
    resolution = height if resolution is None else resolution
    if len(shares) != 3 or any(share not in range(LARGEST_SHARE + 1) for share in shares):
        raise ValueError(f"shares must be three whole numbers from 0 to {LARGEST_SHARE}, got {shares!r}")
    lowest = min(2, height)  # with a single pixel, nothing is left to choose
    if resolution not in range(lowest, height + 1):
        raise ValueError(f"resolution, in rows, must be from {lowest} to {height}, got {resolution!r}")
    if bits not in range(1, 9):
        raise ValueError(f"bits must be a whole number from 1 to 8, got {bits!r}")
    if tools not in TOOLS:
        raise ValueError(f"tools must be one of {', '.join(TOOLS)}, got {tools!r}")

    settings = dict(zip(CHANNELS, shares, strict=True))
    settings |= {"resolution": resolution, "bits": bits, "row": height // 2, "column": width // 2}
    picture = ChannelsPicture(image=image, tools=tools, **settings)
    controls = {}
    if tools != "reducing":
        controls |= {name: slider(settings[name], 0, LARGEST_SHARE) for name in CHANNELS}
    if tools != "mixing":
        controls |= {"resolution": slider(resolution, lowest, height), "bits": slider(bits, 1, 8)}
    alt = (
        "An image and the same image with fewer pixels and levels."
        if tools == "reducing"
        else "The red, green and blue channel of an image as gray pictures, and their mixture."
    )
    return Panel(picture, controls, name="explore_channels", alt=alt)


def block_means(image, rows):
    """Return an image with `rows` rows of pixels, each the mean of a block; height to width stays the same.

    Blocks begin at the rows ⌊i · height / rows⌋, so they are equal if `rows` divides the height, and else
    differ by one row at most; columns likewise.

    Examples
    --------
    >>> block_means(np.arange(16).reshape(4, 4, 1), 2)[:, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    height, width = image.shape[:2]
    columns = max((2 * width * rows + height) // (2 * height), 1)  # rounded, a half up
    sums, counts = image.astype(float), 1
    for axis, (size, count) in enumerate([(height, rows), (width, columns)]):
        starts = np.arange(count) * size // count
        sums = np.add.reduceat(sums, starts, axis=axis)
        lengths = np.diff(starts, append=size)
        counts = np.multiply.outer(counts, lengths)
    return sums / counts[..., np.newaxis]


def quantise(image, bits):
    """Return for values from 0 to 255 the number of their level, from 0 to 2**bits − 1.

    Examples
    --------
    >>> quantise(np.array([0, 63.5, 64, 255]), 2)
    array([0., 0., 1., 3.])
    """
    return np.floor(image / (256 // 2**bits))


def as_colour(image, largest_side):
    """Return an image of shape (height, width, 3) as an array, or say what is wrong with it.

    Raises
    ------
    ValueError
        If the shape or the size is another, or a value is not a finite real number.

    Examples
    --------
    >>> as_colour([[[255, 0, 0]]], 128).shape
    (1, 1, 3)
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        hint = "pass one image in colour, channels last"
        if image.ndim == 4:
            hint = "this is a batch, take one of its images, images[0]"
        elif image.ndim == 3 and image.shape[0] == 3:
            hint = "its channels come first: np.moveaxis(image, 0, -1) puts them last"
        elif image.ndim == 2:
            hint = "it is gray: np.stack([image] * 3, axis=-1) makes three equal channels"
        raise ValueError(f"image must have the shape (height, width, 3), got {image.shape}: {hint}")
    if max(image.shape[:2]) > largest_side:
        raise ValueError(
            f"image must have at most {largest_side} × {largest_side} pixels, got {image.shape[:2]}:"
            f" take a part of it, image[:{largest_side}, :{largest_side}], or reduce it, image[::2, ::2]"
        )
    if image.dtype.kind not in "buif" or not np.isfinite(image).all():
        raise ValueError(f"image must hold finite real numbers, got dtype {image.dtype}")
    return image
