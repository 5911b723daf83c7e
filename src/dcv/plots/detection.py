"""Pictures of detection: boxes on images, the overlap of two boxes, precision against recall."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from dcv.boxes import average_precision, box_area, intersection_area, iou
from dcv.plots.images import draw_image
from dcv.plots.style import BLUE, GREEN, ORANGE, SKY, VERMILION, WIDTH, as_image, axes_or_new, panels

# The colour repeats what the text at a box says.
BOX_COLOURS = (ORANGE, SKY, GREEN, VERMILION, "#F0E442", "#CC79A7")


def draw_boxes(
    image, boxes, texts=None, *, labels=None, objects=None, cell=None, title=None, ax=None, size=2.4
):
    """Draw boxes on an image.

    Parameters
    ----------
    image : ndarray
        As `draw_image` takes it.
    boxes : array_like
        (n, 4): y_min, x_min, y_max, x_max in pixels. They may reach beyond the image.
    texts : sequence of str, optional
        What to write at each box.
    labels : sequence of int, optional
        Boxes with the same label get the same colour; without it all get one.
    objects : array_like, optional
        (m, 4): boxes to compare with, drawn as thin dashed white lines.
    cell : int, optional
        Side of the cells of a grid to draw, in pixels; cells with the centre of a box of `boxes` are marked.
    title : str, optional
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.
    size : float
        Longer side of the picture of a new figure, in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the image is none, or there are not as many texts or labels as boxes.

    Examples
    --------
    >>> fig = draw_boxes(np.zeros((8, 8)), [[1, 2, 5, 6]], ["a square"])
    >>> fig.axes[0].texts[0].get_text()
    'a square'
    """
    image, boxes = as_image(image), np.reshape(np.asarray(boxes, float), (-1, 4))
    for name, values in {"texts": texts, "labels": labels}.items():
        if values is not None and len(values) != len(boxes):
            raise ValueError(f"expected as many {name} as boxes, {len(boxes)}, got {len(values)}")
    height, width = image.shape[:2]
    if ax is None:
        scale = size / max(height, width)
        _, ax = axes_or_new(None, max(width * scale, 1.2), max(height * scale, 1.2) + 0.3 * bool(title))
    fig = draw_image(image, title=title, ax=ax)
    if cell is not None:
        _draw_cells(ax, (height, width), cell, boxes)
    for box in np.reshape([] if objects is None else objects, (-1, 4)):
        _draw_box(ax, box, "white", width=1.5, style="--")
    for i, box in enumerate(boxes):
        colour = BOX_COLOURS[(0 if labels is None else int(labels[i])) % len(BOX_COLOURS)]
        _draw_box(ax, box, colour, width=2)
        if texts is not None:
            ax.text(
                # Within the picture, where it does not depend on the room around it.
                np.clip(box[1], 0, 0.9 * width) - 0.5,
                max(box[0], 0.03 * height) - 0.5,
                texts[i],
                color="black",
                fontsize=8,
                ha="left",
                va="bottom" if box[0] > 0.1 * height else "top",
                bbox={"facecolor": colour, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
                clip_on=True,
                in_layout=False,
            )
    ax.set_xlim(-0.5, width - 0.5)
    ax.set_ylim(height - 0.5, -0.5)
    return fig


def draw_detections(
    images, detections, class_names=None, *, objects=None, titles=None, columns=3, size=2.1, scores=True
):
    """Draw what a detector finds in several images: boxes with class and score.

    Parameters
    ----------
    images : sequence of ndarray
        As `draw_image` takes them.
    detections : sequence of dcv.boxes.Detections or dcv.boxes.Objects
        One for each image; the first element is the boxes, the last the labels.
    class_names : sequence of str, optional
        ``class_names[label]`` is written at a box; without it, nothing is.
    objects : sequence of dcv.boxes.Objects, optional
        What is there, drawn as dashed white boxes.
    titles : sequence of str, optional
        One for each image.
    columns : int
        Images in a row.
    size : float
        Width of one image in inches; less if the figure would become wider than 6.4 inches.
    scores : bool
        Whether to write the scores, if there are any.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are not as many detections, objects or titles as images, or no image.

    Examples
    --------
    >>> from dcv.boxes import Detections
    >>> found = Detections(np.array([[1, 2, 5, 6]]), np.array([0.9]), np.array([1]))
    >>> fig = draw_detections([np.zeros((8, 8))], [found], ["circle", "square"])
    >>> fig.axes[0].texts[0].get_text()
    'square 0.90'
    """
    for name, values in {"detections": detections, "objects": objects, "titles": titles}.items():
        if values is not None and len(values) != len(images):
            raise ValueError(f"expected as many {name} as images, {len(images)}, got {len(values)}")
    if not len(images):
        raise ValueError("expected at least one image, got none")
    columns = min(columns, len(images))
    height, width = np.shape(images[0])[:2]
    size = min(size, WIDTH / columns)
    row = size * height / width + 0.25 * (titles is not None)
    fig, axes = panels(len(images), columns, size, height=row)
    for i, ax in enumerate(axes):
        boxes, *numbers, labels = detections[i]
        texts = None if class_names is None else [class_names[label] for label in labels]
        if texts and numbers and scores:
            texts = [f"{text} {score:.2f}" for text, score in zip(texts, numbers[0], strict=True)]
        draw_boxes(
            images[i],
            boxes,
            texts,
            labels=labels,
            objects=None if objects is None else objects[i][0],
            title=None if titles is None else titles[i],
            ax=ax,
        )
    return fig


def draw_overlap(box, other_box, *, ax=None):
    """Draw two boxes on squared paper, with their intersection hatched, and their IoU as the title.

    Parameters
    ----------
    box, other_box : array_like
        (4,): y_min, x_min, y_max, x_max, at least 0.
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If these are no boxes.

    Examples
    --------
    >>> draw_overlap([0, 0, 2, 2], [0, 1, 2, 3]).axes[0].get_title()
    'IoU = 2 / 6 = 0.33'
    """
    box, other_box = np.asarray(box, float), np.asarray(other_box, float)
    intersection = float(intersection_area(box, other_box))
    overlap = float(iou(box, other_box))
    union = intersection / overlap if overlap else float(box_area(box) + box_area(other_box))
    fig, ax = axes_or_new(ax, 4.6, 3.6)
    for which, colour, style in ((box, ORANGE, "-"), (other_box, BLUE, "--")):
        look = {"facecolor": colour, "alpha": 0.25, "edgecolor": "none"}
        ax.add_patch(Rectangle((which[1], which[0]), which[3] - which[1], which[2] - which[0], **look))
        look = {"fill": False, "edgecolor": colour, "linewidth": 3, "linestyle": style}
        ax.add_patch(Rectangle((which[1], which[0]), which[3] - which[1], which[2] - which[0], **look))
    if intersection:
        low, high = np.maximum(box, other_box)[:2], np.minimum(box, other_box)[2:]
        look = {"fill": False, "hatch": "////", "edgecolor": "0.2", "linewidth": 0}
        ax.add_patch(Rectangle(low[::-1], high[1] - low[1], high[0] - low[0], **look))
    bottom, right = np.maximum(box, other_box)[2:]
    ax.set(xlim=(0, right + 1), ylim=(bottom + 1, 0), aspect="equal", xlabel="x (column)", ylabel="y (row)")
    ax.grid(visible=True, color="0.8", linewidth=0.6)
    ax.set_axisbelow(True)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    ax.set_title(f"IoU = {intersection:g} / {union:g} = {overlap:.2f}")
    return fig


def draw_precision_recall(precision, recall, *, title=None, ax=None):
    """Draw a precision–recall curve, and the area under it that is the average precision.

    Parameters
    ----------
    precision, recall : array_like
        (n,), as `dcv.boxes.precision_recall_curve` returns them.
    title : str, optional
        By default the average precision (all points).
    ax : matplotlib axes, optional
        Where to draw; without it a new figure is made.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        As `dcv.boxes.average_precision`.

    Examples
    --------
    >>> fig = draw_precision_recall([1, 0.5, 2 / 3], [0.25, 0.25, 0.5])
    >>> fig.axes[0].get_title()
    'average precision 0.417'
    """
    area = average_precision(precision, recall)
    precision, recall = np.asarray(precision, float), np.asarray(recall, float)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    # Between two recalls the best precision from there on holds: a step before each point.
    steps = np.append(0, recall), np.append(best_from_here[:1], best_from_here)
    fig, ax = axes_or_new(ax, 4.6, 3.4)
    ax.fill_between(*steps, step="pre", color=SKY, alpha=0.35, label="area: average precision")
    marker = "o" if len(precision) <= 30 else ""
    ax.plot(recall, precision, color=BLUE, linestyle="-", linewidth=1.5, marker=marker, label="measured")
    ax.step(*steps, color=VERMILION, linestyle="--", linewidth=1.5, label="best precision from here on")
    ax.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel="recall", ylabel="precision")
    ax.legend(loc="lower left", fontsize=9)
    ax.set_title(title or f"average precision {area:.3f}")
    return fig


def _draw_box(ax, box, colour, *, width, style="-"):
    """Draw one box; the edge of pixel 0 lies at −0.5."""
    top, left, bottom, right = box
    look = {"fill": False, "edgecolor": colour, "linewidth": width, "linestyle": style, "zorder": 3}
    dark = [withStroke(linewidth=width + 1.5, foreground="black", alpha=0.6)]
    patch = Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, path_effects=dark, **look)
    ax.add_patch(patch)


def _draw_cells(ax, image_size, cell, boxes):
    """Draw the lines between cells, and mark those in which a box has its centre."""
    height, width = image_size
    look = {"color": "white", "linewidth": 0.6, "alpha": 0.8}
    for row in range(0, height + 1, cell):
        ax.axhline(row - 0.5, **look)
    for column in range(0, width + 1, cell):
        ax.axvline(column - 0.5, **look)
    for top, left, bottom, right in boxes:
        center_y, center_x = (top + bottom) / 2, (left + right) / 2
        corner = (center_x // cell * cell - 0.5, center_y // cell * cell - 0.5)
        look = {"facecolor": "white", "alpha": 0.45, "edgecolor": "white", "hatch": "xx"}
        ax.add_patch(Rectangle(corner, cell, cell, gid="cell", **look))
        ax.plot(center_x - 0.5, center_y - 0.5, "o", color="black", markeredgecolor="white", markersize=5)
