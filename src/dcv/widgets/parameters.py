"""Chapter 2: what a dense layer and a convolution have to learn, side by side."""

import ipywidgets
import traitlets

from dcv.plots import draw_bars
from dcv.shapes import conv_parameters, dense_parameters
from dcv.widgets.explorer import Panel, Picture, slider

#: Smallest and largest value of each control.
LIMITS = {
    "image_size": (1, 256),
    "channels": (1, 32),
    "units": (1, 256),
    "kernel_size": (1, 15),
    "filters": (1, 256),
}


class ParametersPicture(Picture):
    """What one unit and one filter look at, and the parameters of both layers as bars."""

    front_end = "parameters"

    choices = (*LIMITS, "logarithmic", "dense_parameters", "conv_parameters")

    image_size = traitlets.Int(32, min=1).tag(sync=True)
    channels = traitlets.Int(3, min=1).tag(sync=True)
    units = traitlets.Int(64, min=1).tag(sync=True)
    kernel_size = traitlets.Int(3, min=1).tag(sync=True)
    filters = traitlets.Int(64, min=1).tag(sync=True)
    logarithmic = traitlets.Bool(True).tag(sync=True)

    @property
    def dense_parameters(self):
        """Parameters of the dense layer, as `dcv.shapes.dense_parameters` counts them."""
        return dense_parameters(self.image_size**2 * self.channels, self.units)

    @property
    def conv_parameters(self):
        """Parameters of the convolution, as `dcv.shapes.conv_parameters` counts them."""
        return conv_parameters(self.kernel_size, self.channels, self.filters)

    def draw_still(self):
        """Return a Figure: two bars."""
        counts = {"dense": self.dense_parameters, "convolution": self.conv_parameters}
        image = f"{self.image_size}×{self.image_size}×{self.channels}"
        return draw_bars(counts, label=f"parameters, image {image}")


def explore_parameters(*, image_size=32, channels=3, units=64, kernel_size=3, filters=64, logarithmic=True):
    """Return a panel that counts the parameters of a dense layer and of a convolution on the same image.

    Parameters
    ----------
    image_size : int
        Height and width of the image, 1 to 256.
    channels : int
        Channels of the image, 1 to 32.
    units : int
        Units of the dense layer, 1 to 256.
    kernel_size : int
        Height and width of the kernels, odd, 1 to 15.
    filters : int
        Filters of the convolution, 1 to 256.
    logarithmic : bool
        Whether each mark below the bars is ten times the one before. Without it, a bar that is twice as long
        is twice as many.

    Returns
    -------
    Panel
        ``panel.dense_parameters`` and ``panel.conv_parameters`` are the two counts; the settings above can be
        read and set.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> panel = explore_parameters(image_size=64)
    >>> panel.dense_parameters, panel.conv_parameters
    (786496, 1792)
    >>> panel.image_size = 128  # four times the pixels
    >>> panel.dense_parameters, panel.conv_parameters
    (3145792, 1792)
    """
    given = {
        "image_size": image_size,
        "channels": channels,
        "units": units,
        "kernel_size": kernel_size,
        "filters": filters,
    }
    for name, value in given.items():
        low, high = LIMITS[name]
        if value not in range(low, high + 1):
            raise ValueError(f"{name} must be a whole number from {low} to {high}, got {value!r}")
    if kernel_size % 2 == 0:
        raise ValueError(f"kernel_size must be odd, so that a kernel has a middle, got {kernel_size}")
    steps = {"kernel_size": 2}
    controls = {name: slider(value, *LIMITS[name], step=steps.get(name, 1)) for name, value in given.items()}
    controls["logarithmic"] = ipywidgets.Checkbox(
        value=bool(logarithmic), description="logarithmic scale", indent=False
    )
    alt = "Two bars of parameters: that of the dense layer, and that of the convolution."
    picture = ParametersPicture(**given, logarithmic=bool(logarithmic))
    return Panel(picture, controls, name="explore_parameters", alt=alt)
