"""Chapter 4: stripes that are finer than the steps, and the false stripes that result."""

import math
import numbers

import numpy as np
import traitlets
from ipywidgets import Checkbox

from dcv.ops import correlate2d
from dcv.plots import draw_images
from dcv.widgets.explorer import Panel, Picture, slider

HEIGHT, WIDTH = 24, 48  # pixels; divisible by every stride
SHORTEST_PERIOD, LONGEST_PERIOD = 2.0, 12.0
LARGEST_STRIDE, LARGEST_ANGLE, LARGEST_SHIFT = 4, 90, 19
ROUNDING = 1e-9  # a period that a slider made need not be exact


class AliasingPicture(Picture):
    """Stripes, the pixels of them that a stride keeps, and the picture that these make."""

    front_end = "aliasing"

    choices = ("period", "stride", "angle", "shift", "blur", "stripes", "kept", "apparent_period", "survives")

    period = traitlets.Float(2.5, min=SHORTEST_PERIOD, max=LONGEST_PERIOD).tag(sync=True)
    stride = traitlets.Int(2, min=1, max=LARGEST_STRIDE).tag(sync=True)
    angle = traitlets.Int(0, min=0, max=LARGEST_ANGLE).tag(sync=True)
    shift = traitlets.Int(0, min=0, max=LARGEST_SHIFT).tag(sync=True)
    blur = traitlets.Bool(False).tag(sync=True)

    @property
    def frequency(self):
        """Periods for each pixel down and to the right."""
        angle = math.radians(self.angle)
        return np.array([math.sin(angle), math.cos(angle)]) / self.period

    @property
    def stripes(self):
        """The picture before the stride, (24, 48), from 0 to 1; after the blur if there is one."""
        # The stripes go on outside the picture, so that the blur has no border to suffer from.
        margin = self.stride - 1 if self.blur else 0
        row, column = np.mgrid[-margin : HEIGHT + margin, -margin : WIDTH + margin]
        down, right = self.frequency
        stripes = 0.5 + 0.5 * np.cos(2 * np.pi * (down * row + right * (column - self.shift)))
        if not self.blur:
            return stripes
        triangle = np.convolve(np.ones(self.stride), np.ones(self.stride)) / self.stride**2
        return correlate2d(stripes, np.outer(triangle, triangle))

    @property
    def kept(self):
        """Every stride-th pixel of the stripes in both directions."""
        return self.stripes[:: self.stride, :: self.stride]

    @property
    def apparent_period(self):
        """The period that the kept pixels seem to have, in pixels of the image; infinite without stripes."""
        turns = self.stride * self.frequency  # from one kept pixel to the next
        turns = turns - np.floor(turns + 0.5)  # whole turns cannot be seen
        speed = math.hypot(*turns)
        return self.stride / speed if speed > ROUNDING else math.inf

    @property
    def survives(self):
        """Whether there are more than two kept pixels in each period, in both directions."""
        return bool((self.stride * self.frequency < 0.5 - ROUNDING).all())

    def draw_still(self):
        """Return a Figure: the stripes and what is kept of them."""
        titles = [f"period {self.period:g}", f"stride {self.stride}"]
        return draw_images([self.stripes, self.kept], titles, columns=2, size=3.2)


def explore_aliasing(period=2.5, stride=2, *, angle=0, shift=0, blur=False):
    """Return a panel that keeps every second, third or fourth pixel of stripes.

    Stripes with a period of at most two steps come out as others, broader ones: aliasing. A blur before the
    step makes them gray instead. The curve below the pictures follows their top row.

    Parameters
    ----------
    period : float
        Pixels after which the stripes repeat, 2 to 12.
    stride : int
        Keep every stride-th pixel, in both directions; 1 to 4.
    angle : int
        Degrees by which the stripes are turned: 0 is upright, 90 is level.
    shift : int
        Pixels by which the stripes are moved to the right, 0 to 19.
    blur : bool
        Whether to blur before the step, with triangular weights that suit the stride: ¼ ½ ¼ for stride 2.

    Returns
    -------
    Panel
        ``panel.period``, ``stride``, ``angle``, ``shift`` and ``blur`` can be read and set;
        ``panel.stripes`` and ``panel.kept`` are the two pictures, float64 from 0 to 1,
        ``panel.apparent_period`` is in pixels of the image, and ``panel.survives`` tells whether it is true.

    Raises
    ------
    ValueError
        If a setting is out of range.

    References
    ----------
    C. E. Shannon (1949), *Communication in the presence of noise*, Proceedings of the IRE 37.

    Examples
    --------
    >>> panel = explore_aliasing(period=2.5, stride=2)
    >>> round(panel.apparent_period, 6)
    10.0
    >>> panel.period = 2  # white stripes of one pixel, black stripes of one pixel
    >>> panel.kept[:2, :3]  # only white is left
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """
    is_number = isinstance(period, numbers.Real) and not isinstance(period, bool)
    if not is_number or not SHORTEST_PERIOD <= period <= LONGEST_PERIOD:
        raise ValueError(f"period must be a number of pixels from 2 to 12, got {period!r}")
    wholes = (
        ("stride", stride, 1, LARGEST_STRIDE),
        ("angle", angle, 0, LARGEST_ANGLE),
        ("shift", shift, 0, LARGEST_SHIFT),
    )
    for name, value, low, high in wholes:
        if isinstance(value, bool) or value not in range(low, high + 1):
            raise ValueError(f"{name} must be a whole number from {low} to {high}, got {value!r}")
    picture = AliasingPicture(period=float(period), stride=stride, angle=angle, shift=shift, blur=bool(blur))
    controls = {
        "period": slider(picture.period, SHORTEST_PERIOD, LONGEST_PERIOD, step=0.1),
        "stride": slider(stride, 1, LARGEST_STRIDE),
        "angle": slider(angle, 0, LARGEST_ANGLE, step=5),
        "shift": slider(shift, 0, LARGEST_SHIFT),
        "blur": Checkbox(value=picture.blur, indent=False, description="blur before the step"),
    }
    controls["period"].readout_format = ".1f"
    alt = f"Stripes with a period of {period:g} pixels, and every {stride}. pixel of them."
    return Panel(picture, controls, name="explore_aliasing", alt=alt)
