"""What all figures share: the house style, colours, checks of arrays, and numbers in cells."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import CenteredNorm, Normalize
from matplotlib.patches import Rectangle

from dcv.filters import LUMA

# Okabe and Ito (2008), "Color Universal Design"; the order is that of house.mplstyle.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
LINE_STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "+++", "ooo")

WIDTH = 6.4  # inches; no figure is wider, so that its text stays readable on a phone
DIVERGING = "RdBu_r"  # red is positive, blue is negative, white is zero
SEQUENTIAL = "cividis"
LARGEST_GRID = 24  # cells along one side; beyond that the numbers in them cannot be read


def use_house_style():
    """Make all figures that follow look like those of the course.

    Call it once at the top of a notebook. It changes matplotlib's settings, as ``plt.style.use`` does.

    Examples
    --------
    >>> use_house_style()
    >>> plt.rcParams["axes.spines.top"]
    False
    """
    plt.style.use("dcv.house")


def axes_or_new(ax, width=WIDTH, height=3.6):
    """Return ``ax`` and its figure, or a new figure of that size in inches with one axes."""
    if ax is None:
        return plt.subplots(figsize=(width, height), layout="constrained")
    return ax.figure, ax


def panels(count, columns, size, *, height=None):
    """Return a new figure with ``count`` axes of ``size`` inches, ``columns`` a row, and those axes."""
    if columns < 1:
        raise ValueError(f"columns must be at least 1, not {columns}")
    columns = min(columns, count)
    rows = -(-count // columns)
    size = min(size, WIDTH / columns)
    fig, grid = plt.subplots(
        rows, columns, figsize=(columns * size, rows * (height or size)), layout="constrained", squeeze=False
    )
    fig.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0, hspace=0)
    axes = list(grid.flat)
    for unused in axes[count:]:
        unused.remove()
    return fig, axes[:count]


def hide_axes(ax):
    """Remove ticks and frame, but keep the title and the labels."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def frame(ax):
    """Replace ticks by a thin frame, so that white at the border does not melt into the page."""
    hide_axes(ax)
    ax.spines[:].set(visible=True, color="0.6", linewidth=0.6)


def as_image(image, name="image"):
    """Return ``image`` as (height, width) or (height, width, 3), or say what is wrong with it."""
    image = np.asarray(image)
    if image.ndim == 4:
        raise ValueError(
            f"{name} must be one image, (height, width) or (height, width, channels), not a batch of shape "
            f"{image.shape}; take one of them, images[0], or use draw_images"
        )
    if image.ndim not in (2, 3) or image.size == 0 or (image.ndim == 3 and image.shape[2] not in (1, 3)):
        hint = ""
        if image.ndim == 3 and image.shape[0] in (1, 3):
            hint = "; its channels seem to come first: np.moveaxis(image, 0, -1) puts them last"
        raise ValueError(
            f"{name} must have the shape (height, width), (height, width, 1) or (height, width, 3), "
            f"not {image.shape}{hint}"
        )
    if np.issubdtype(image.dtype, np.floating):
        low, high = image.min(), image.max()
        # A resized image may be off by a rounding error; that is no reason to stop.
        if not (low >= -1e-6 and high <= 1 + 1e-6):
            raise ValueError(
                f"{name} has float values from {low:.4g} to {high:.4g}, expected [0, 1]:"
                " divide values up to 255 by 255; draw signed values with draw_feature_maps"
            )
        image = image.clip(0, 1)
    elif image.dtype != np.uint8:
        raise ValueError(
            f"{name} must be uint8 in [0, 255] or float in [0, 1], not {image.dtype}; "
            "convert it on purpose, with image.astype('uint8') or image / 255"
        )
    return image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image


def as_numbers(values, name, dimensions=2):
    """Return ``values`` as a non-empty array of finite real numbers, or say what is wrong with it."""
    values = np.asarray(values)
    if values.dtype == bool:
        values = values.astype(int)
    if values.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} axes, got shape {values.shape}")
    if values.size == 0:
        raise ValueError(f"{name} holds no values, its shape is {values.shape}")
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise ValueError(f"{name} must hold real numbers, not {values.dtype}")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds values that are not finite (NaN or infinity)")
    return values


def as_cells(values, name):
    """Return ``values`` as numbers that fit into a grid of readable cells."""
    values = as_numbers(values, name)
    if max(values.shape) > LARGEST_GRID:
        raise ValueError(
            f"{name} has shape {values.shape}; at most {LARGEST_GRID} × {LARGEST_GRID} numbers can be read, "
            f"so take a part of it, such as values[:{LARGEST_GRID}, :{LARGEST_GRID}]"
        )
    return values


def pixel_limits(values):
    """Return the values that are drawn black and white."""
    low, high = values.min(), values.max()
    if values.dtype == np.uint8:
        return 0, 255
    if low >= 0:
        return 0, max(high, 1)
    return low, max(high, 0)


def value_colours(values):
    """Return colour map and scale for responses: centred on zero if any is negative, else from zero up."""
    if values.min() < 0:
        return DIVERGING, centred_norm(values)
    return SEQUENTIAL, Normalize(0, values.max() or 1)


def centred_norm(values):
    """Return a scale that puts zero in the middle of a diverging colour map."""
    return CenteredNorm(0, float(np.abs(values).max()) or 1)


def number_text(value, format=None):
    """Return a number as short text: at most two decimals unless it is tiny, a proper minus sign."""
    if format is None:
        rounded = round(float(value), 2)
        if rounded == 0 and abs(value) > 1e-6:
            format = ".1g"  # 0.003 must not read as 0
        else:
            value, format = rounded or 0.0, ",.0f" if rounded.is_integer() else ",.15g"
    return f"{value:{format}}".replace("-", "−")


def show_cells(
    ax,
    values,
    cmap,
    norm,
    *,
    format=None,
    origin=(0, 0),
    indices=False,
    numbers=True,
    blank=None,
    dashed=None,
):
    """Draw an array as coloured cells with its numbers; `fit_numbers` gives these their size.

    ``origin`` is the (row, column) of the first cell. Cells where the mask ``blank`` is true are left empty;
    those where ``dashed`` is true are padding: white, with a gray number and a dashed frame.
    """
    (rows, columns), (top, left) = values.shape, origin
    blank = np.zeros(values.shape, bool) if blank is None else blank
    dashed = np.zeros(values.shape, bool) if dashed is None else dashed
    picture = ax.imshow(
        np.ma.array(values, mask=blank | dashed),
        cmap=cmap,
        norm=norm,
        interpolation="nearest",
        extent=(left - 0.5, left + columns - 0.5, top + rows - 0.5, top - 0.5),
    )
    for i, j in np.ndindex(values.shape):
        # Cells take no room beyond that of the picture; to leave them out makes the layout much faster.
        look = {"fill": False, "edgecolor": "0.5", "linewidth": 0.6, "clip_on": False, "in_layout": False}
        style = "--" if dashed[i, j] else "-"
        ax.add_patch(Rectangle((left + j - 0.5, top + i - 0.5), 1, 1, linestyle=style, **look))
        if numbers and not blank[i, j]:
            colour = "0.4" if dashed[i, j] else contrast(picture.cmap(picture.norm(values[i, j])))
            text = number_text(values[i, j], format)
            look = {"color": colour, "ha": "center", "va": "center", "in_layout": False, "gid": "number"}
            ax.text(left + j, top + i, text, **look)
    hide_axes(ax)
    if indices:
        label_cells(ax, range(top, top + rows), range(left, left + columns))


def label_cells(ax, rows, columns):
    """Write the numbers of rows and columns, those of the columns on top as in a matrix."""
    ax.set_xticks(columns, [number_text(column) for column in columns])
    ax.set_yticks(rows, [number_text(row) for row in rows])
    ax.tick_params(length=0, labelsize=10, labelcolor="0.35", top=False, bottom=False)
    ax.tick_params(axis="x", labeltop=True, labelbottom=False, pad=2)
    ax.tick_params(axis="y", pad=2)


def fit_numbers(fig, room=1.0):
    """Give the numbers in cells the largest size that fits, known only once the figure is laid out.

    ``room`` is the part of a cell that they may use.
    """
    fig.canvas.figure.draw_without_rendering()
    for ax in fig.axes:
        numbers = [text for text in ax.texts if text.get_gid() == "number"]
        if numbers:
            corners = ax.transData.transform([(0, 0), (1, 1)])
            cell = np.abs(corners[1] - corners[0]).min() * 72 / fig.dpi  # points
            longest = max(len(text.get_text()) for text in numbers)
            for text in numbers:
                text.set_size(min(room * cell * min(0.45, 1.15 / longest), 14))


def contrast(colour):
    """Return "black" or "white", whichever is easier to read on ``colour`` (red, green, blue in [0, 1])."""
    return "black" if np.dot(LUMA, colour[:3]) > 0.5 else "white"


def outline(ax, top, left, height, width, *, colour=ORANGE, style="-", inset=0.0):
    """Draw the frame of a window around its cells, on a white casing that shows on any background."""
    corner, size = (left - 0.5 + inset, top - 0.5 + inset), (width - 2 * inset, height - 2 * inset)
    look = {"fill": False, "zorder": 3, "clip_on": False}
    ax.add_patch(Rectangle(corner, *size, edgecolor="white", linewidth=5, **look))
    ax.add_patch(Rectangle(corner, *size, edgecolor=colour, linewidth=3, linestyle=style, **look))


def hatch(ax, row, column):
    """Mark one cell as unused, and keep its number readable."""
    corner = (column - 0.5, row - 0.5)
    ax.add_patch(Rectangle(corner, 1, 1, facecolor="white", edgecolor="0.3", hatch="////", linewidth=0.6))
    for text in ax.texts:
        if text.get_position() == (column, row):
            text.set(color="black", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
