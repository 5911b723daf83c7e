"""A whole network at work: the image, some feature maps of each layer, the prediction."""

from collections.abc import Mapping

import numpy as np

from dcv.plots.charts import draw_bars
from dcv.plots.images import draw_image
from dcv.plots.style import WIDTH

MAPS_SHOWN = 4
MOST_COLUMNS = 5
MOST_LETTERS = 7  # over a column


def draw_network(image, layers, probabilities):
    """Draw what the layers of a network make of an image: a column of feature maps each, then the prediction.

    Parameters
    ----------
    image : array_like
        (height, width) or (height, width, 3), uint8, or float in [0, 1].
    layers : dict
        Name of a layer → its feature maps (rows, columns, channels), float. The four maps with the largest
        spread are drawn; of more than five layers, five that are evenly spaced.
    probabilities : dict
        Name of a class → its probability; the five largest are drawn.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no layer, or its maps have another shape.

    Examples
    --------
    >>> maps = np.random.default_rng(0).normal(size=(6, 6, 8))
    >>> fig = draw_network(np.zeros((8, 8)), {"conv": maps}, {"cat": 0.75, "dog": 0.25})
    >>> [ax.get_title() for ax in fig.axes if ax.get_title()]
    ['image', 'conv']
    """
    import matplotlib.pyplot as plt  # after the style was chosen

    if not isinstance(layers, Mapping) or not layers:
        raise ValueError(f"layers must be a dict name → maps with at least one entry, got {layers!r}")
    maps = {name: np.asarray(array, float) for name, array in layers.items()}
    for name, array in maps.items():
        if array.ndim != 3 or array.size == 0:
            raise ValueError(
                f"the maps of {name!r} must have the shape (rows, columns, channels), got {array.shape}"
            )
    if len(maps) > MOST_COLUMNS:
        kept = np.unique(np.linspace(0, len(maps) - 1, MOST_COLUMNS).round().astype(int))
        maps = {list(maps)[i]: list(maps.values())[i] for i in kept}
    widths = [1.7, *[1] * len(maps), 2]
    fig = plt.figure(figsize=(WIDTH, 3.4), layout="constrained")
    grid = fig.add_gridspec(MAPS_SHOWN, len(widths), width_ratios=widths)
    draw_image(image, title="image", ax=fig.add_subplot(grid[:, 0]))
    for column, (name, array) in enumerate(maps.items(), 1):
        strongest = np.sort(np.argsort(-array.std(axis=(0, 1)), kind="stable")[:MAPS_SHOWN])
        largest = max(float(np.abs(array).max()), 1e-12)
        colours = {"cmap": "RdBu_r", "vmin": -largest} if array.min() < 0 else {"cmap": "cividis", "vmin": 0}
        for row, channel in enumerate(strongest):
            ax = fig.add_subplot(grid[row, column])
            ax.imshow(array[:, :, channel], vmax=largest, **colours)
            ax.set_axis_off()
            if row == 0:
                ax.set_title(_in_lines(name))
    top = sorted(probabilities, key=probabilities.get, reverse=True)[:5]
    ax = fig.add_subplot(grid[:, -1])
    largest = {name: probabilities[name] for name in top}
    draw_bars(largest, label="probability", limits=(0, 1), percent=True, ax=ax)
    ax.set_xticks([0, 1])  # the bars carry their values
    return fig


def _in_lines(name):
    """Return the name of a layer in lines that are as narrow as a column: "stage1_block1_conv2" in three."""
    lines = name.split("_")[:3]
    return "\n".join(line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1]}…" for line in lines)
