"""Chapter 2: move a pattern; a dense unit loses it, and the response map of a convolution moves along."""

import matplotlib.pyplot as plt
import numpy as np
import traitlets

from dcv.ops import correlate2d
from dcv.widgets.explorer import ChosenName, Panel, Picture, array_trait, as_gray, menu, slider

LARGEST_CANVAS_SIDE = 64  # pixels; the map is computed again for every pixel of a move


class ShiftPicture(Picture):
    """A picture that can be moved, a dense unit with its response, and a response map with its peak."""

    front_end = "shift"

    choices = (
        "pattern",
        "right",
        "down",
        "home",
        "moved_image",
        "dense_weights",
        "dense_response",
        "response_map",
        "largest_response",
        "peak",
    )

    images = array_trait()  # (patterns, height, width, 1)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    weights = array_trait()  # the kernel, and the weights of the dense unit where they are not zero
    home_row = traitlets.Int(0).tag(sync=True)  # where those weights begin in the picture
    home_column = traitlets.Int(0).tag(sync=True)
    pattern_index = traitlets.Int(0).tag(sync=True)
    pattern = ChosenName("pattern_index", "names")
    right = traitlets.Int(0).tag(sync=True)
    down = traitlets.Int(0).tag(sync=True)

    @traitlets.validate("right", "down")
    def _check_shift(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        low, high = self.limits[name]
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name} must be from {low} to {high}, got {value}")
        return value

    @property
    def limits(self):
        """How far the pattern can be moved until it meets the border: a dict name → (lowest, highest)."""
        room = np.subtract(self.images.shape[1:3], self.weights.shape)
        return {
            "right": (-self.home_column, int(room[1]) - self.home_column),
            "down": (-self.home_row, int(room[0]) - self.home_row),
        }

    @property
    def home(self):
        """Row and column at which the weights of the dense unit begin."""
        return self.home_row, self.home_column

    @property
    def moved_image(self):
        """The picture after the move, floats (height, width); what leaves it returns on the other side."""
        image = self.images[self.pattern_index, :, :, 0].astype(float)
        return np.roll(image, (self.down, self.right), axis=(0, 1))

    @property
    def dense_weights(self):
        """The weights of the dense unit, one for each pixel, (height, width)."""
        weights = np.zeros(self.images.shape[1:3])
        height, width = self.weights.shape
        weights[:height, :width] = self.weights
        return np.roll(weights, self.home, axis=(0, 1))

    @property
    def dense_response(self):
        """The one response of the dense unit: every pixel times its weight, added up."""
        return float((self.moved_image * self.dense_weights).sum())

    @property
    def response_map(self):
        """The responses of the convolution with the same weights, as `dcv.ops.correlate2d` computes them."""
        return correlate2d(self.moved_image, self.weights.astype(float))

    @property
    def largest_response(self):
        """The largest response of the map."""
        return float(self.response_map.max())

    @property
    def peak(self):
        """Row and column of the largest response in the map."""
        response = self.response_map
        return divmod(int(response.argmax()), response.shape[1])

    def draw_still(self):
        """Return a Figure: the picture, the dense unit's weights, the response map."""
        figure, axes = plt.subplots(1, 3, figsize=(6.4, 2.4), layout="constrained")
        titles = ["picture", f"dense: {self.dense_response:.2f}", f"map: up to {self.largest_response:.2f}"]
        arrays = [self.moved_image, self.dense_weights, self.response_map]
        for ax, title, array, colours in zip(axes, titles, arrays, ["gray", "RdBu_r", "RdBu_r"], strict=True):
            limit = np.abs(array).max() or 1
            ax.imshow(array, cmap=colours, vmin=array.min() if colours == "gray" else -limit, vmax=limit)
            ax.set_title(title)
            ax.set_axis_off()
        return figure


def explore_shift(patterns, kernel=None, *, canvas=None, right=0, down=0):
    """Return a panel on which a pattern moves, before a dense unit and before a convolution.

    Both have the same weights. The dense unit has them at one place, *home*: where the pattern lies at first.
    The convolution lays them on every place. Move the pattern with the sliders, or drag it, or focus the
    picture and use the arrow keys.

    Parameters
    ----------
    patterns : array_like or dict
        A pattern (height, width), or a dict name → pattern, all of the same size.
    kernel : array_like, optional
        The weights (kernel_height, kernel_width). By default the first pattern minus its mean, so that they
        fit it best.
    canvas : (height, width), optional
        Size of the picture, at most 64 × 64; the pattern is laid on it, halfway down at the left, zeros
        around it. By default three times the size of the pattern. If you pass a kernel that is smaller than
        the patterns, they are whole pictures already, and home is where the first responds most.
    right, down : int
        How far the pattern has been moved at first; negative to the left and up.

    Returns
    -------
    Panel
        ``panel.pattern``, ``right`` and ``down`` can be read and set; ``panel.moved_image``,
        ``dense_response``, ``response_map``, ``largest_response`` and ``peak`` follow from them.

    Raises
    ------
    ValueError
        If a pattern or the kernel has another form, they do not fit together, or the move leaves the canvas.

    Examples
    --------
    >>> cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    >>> panel = explore_shift(cross, cross - 0.5, canvas=(5, 9))
    >>> panel.dense_response, panel.largest_response, panel.peak
    (2.5, 2.5, (1, 0))
    >>> panel.right = 4
    >>> panel.dense_response, panel.largest_response, panel.peak
    (0.0, 2.5, (1, 4))
    """
    patterns = dict(patterns) if isinstance(patterns, dict) else {"my pattern": patterns}
    if not patterns:
        raise ValueError("patterns must be a pattern or a dict with at least one, got an empty dict")
    patterns = {str(name): as_gray(pattern) for name, pattern in patterns.items()}
    shapes = {pattern.shape for pattern in patterns.values()}
    if len(shapes) > 1:
        raise ValueError(f"patterns must all have the same shape, got {sorted(shapes)}")
    images = np.stack(list(patterns.values()))  # (patterns, height, width)
    kernel = _as_weights(images[0] - images[0].mean() if kernel is None else kernel)
    size = images.shape[1:]
    if canvas is None:
        is_whole_picture = kernel.shape != size and all(np.less_equal(kernel.shape, size))
        canvas = size if is_whole_picture else tuple(3 * side for side in size)
    images = _lay_on(images, _as_canvas(canvas, np.maximum(size, kernel.shape)))
    responses = correlate2d(images[0].astype(float), kernel.astype(float))
    home = divmod(int(responses.argmax()), responses.shape[1])
    picture = ShiftPicture(
        images=images[..., np.newaxis],
        names=list(patterns),
        weights=kernel,
        home_row=home[0],
        home_column=home[1],
    )
    for name, value in (("right", right), ("down", down)):
        low, high = picture.limits[name]
        if value not in range(low, high + 1):
            raise ValueError(f"{name} must be a whole number from {low} to {high}, got {value!r}")
        setattr(picture, name, value)
    controls = {"pattern_index": menu(0, patterns)} if len(patterns) > 1 else {}
    controls |= {name: slider(getattr(picture, name), *picture.limits[name]) for name in ("right", "down")}
    alt = "A picture with a pattern; the weights of a dense unit, all at one place; and the response map."
    return Panel(picture, controls, name="explore_shift", alt=alt)


def _as_weights(kernel):
    """Return a kernel as float32, as it travels, or say what is wrong with it."""
    kernel = np.asarray(kernel)
    if kernel.ndim != 2 or kernel.size == 0:
        raise ValueError(f"kernel must have the shape (kernel_height, kernel_width), got {kernel.shape}")
    if kernel.dtype.kind not in "buif" or not np.isfinite(kernel).all():
        raise ValueError(f"kernel must hold finite real numbers, got dtype {kernel.dtype}")
    return kernel.astype(np.float32)


def _as_canvas(canvas, least):
    """Return the size of a canvas, or say why it will not do."""
    height, width = canvas
    if not (least[0] <= height <= LARGEST_CANVAS_SIDE and least[1] <= width <= LARGEST_CANVAS_SIDE):
        raise ValueError(
            f"the canvas must be from {least[0]} × {least[1]} pixels, for pattern and kernel, to"
            f" {LARGEST_CANVAS_SIDE} × {LARGEST_CANVAS_SIDE}, got {height} × {width}:"
            " pass canvas=(height, width) or a smaller pattern"
        )
    return int(height), int(width)


def _lay_on(images, canvas):
    """Return the images on canvases of zeros, halfway down at the left."""
    height, width = images.shape[1:]
    on_canvas = np.zeros((len(images), *canvas), images.dtype)
    top = (canvas[0] - height) // 2
    on_canvas[:, top : top + height, :width] = images
    return on_canvas
