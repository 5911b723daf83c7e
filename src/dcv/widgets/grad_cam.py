"""Chapter 7: lay class activation maps over images."""

from collections.abc import Mapping

import numpy as np
import traitlets

from dcv.maps import place_on_image
from dcv.plots import draw_overlays
from dcv.widgets.explorer import ChosenName, Panel, Picture, menu, slider
from dcv.widgets.sheets import as_levels, described_sheet, photos_as_bytes, sheet_trait

PLACEMENTS = ("in its place", "stretched")
LARGEST_STATE = 200_000  # values of all maps together


class GradCamPicture(Picture):
    """An image with a map over it, and the map as it is, cell by cell."""

    front_end = "grad_cam"
    parts = ("sheets",)

    choices = (
        "title",
        "layer",
        "class_name",
        "opacity",
        "placement",
        "row",
        "column",
        "activation_map",
        "value",
    )

    photos = sheet_trait()
    titles = traitlets.List(traitlets.Unicode()).tag(sync=True)
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    probabilities = traitlets.List().tag(sync=True)  # (images, classes)
    layers = traitlets.List().tag(
        sync=True, to_json=lambda layers, widget: [_sent(**layer) for layer in layers]
    )
    image_index = traitlets.Int(0, min=0).tag(sync=True)
    title = ChosenName("image_index", "titles")
    layer_index = traitlets.Int(0, min=0).tag(sync=True)
    layer = ChosenName("layer_index", "layer_names")
    layer_names = property(lambda self: [layer["name"] for layer in self.layers])
    class_index = traitlets.Int(0, min=0).tag(sync=True)
    class_name = ChosenName("class_index", "class_names")
    opacity = traitlets.Int(55, min=0, max=100).tag(sync=True)
    placement_index = traitlets.Int(0, min=0, max=len(PLACEMENTS) - 1).tag(sync=True)
    placement = ChosenName("placement_index", "placements")
    placements = PLACEMENTS
    row = traitlets.Int(0, min=0).tag(sync=True)
    column = traitlets.Int(0, min=0).tag(sync=True)

    @traitlets.validate("row", "column")
    def _check_place(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        count = self.layers[self.layer_index]["maps"].shape[("row", "column").index(name) + 2]
        if value >= count:
            raise traitlets.TraitError(f"{name} must be at most {count - 1} in this layer, got {value}")
        return value

    @traitlets.observe("layer_index")
    def _stay_inside(self, change):
        # As in the browser: another layer may be smaller.
        rows, columns = self.layers[self.layer_index]["maps"].shape[2:]
        self.row, self.column = min(self.row, rows - 1), min(self.column, columns - 1)

    @property
    def activation_map(self):
        """The chosen map, (rows, columns), as it was passed."""
        return self.layers[self.layer_index]["maps"][self.image_index, self.class_index]

    @property
    def value(self):
        """The value of the chosen cell."""
        return float(self.activation_map[self.row, self.column])

    def draw_still(self):
        """Return a Figure: the image with the map over it, in its place."""
        layer = self.layers[self.layer_index]
        placed = place_on_image(self.activation_map, layer["rows"], layer["columns"], self.photos.shape[1:3])
        image = self.photos[self.image_index]
        return draw_overlays([image], [placed], [self.class_name], opacity=self.opacity / 100, size=2)


def explore_grad_cam(images, maps, probabilities, class_names, *, centres, fields, titles=None):
    """Return a panel that lays Grad-CAM maps over images: choose image, class, layer, opacity and placement.

    All maps are stored in the page, in 256 levels from zero to the largest value of a layer and image; so
    pass few images.

    Parameters
    ----------
    images : array_like
        (count, height, width), (count, height, width, 1) or (count, height, width, 3), at most 64 pixels a
        side; uint8 in [0, 255], or floats in [0, 1].
    maps : dict
        Name of the layer → (count, classes, rows, columns), real numbers of at least 0, as
        `dcv.explain.grad_cam` returns them for each class. The panel starts with the last layer.
    probabilities : array_like
        (count, classes): the softmax of the logits.
    class_names : sequence of str
        One for each class.
    centres : dict
        Name of the layer → (rows, columns): where the cells lie, as `dcv.explain.cell_centres` returns it.
    fields : dict
        Name of the layer → side of the receptive field of a cell, in pixels.
    titles : sequence of str, optional
        One for each image; by default their numbers.

    Returns
    -------
    Panel
        ``panel.activation_map`` is the map that the reader looks at, ``panel.value`` that of the chosen cell;
        ``panel.title``, ``class_name``, ``layer``, ``opacity`` (in percent), ``placement``, ``row`` and
        ``column`` can be set too.

    Raises
    ------
    ValueError
        If shapes, types or ranges are others, or the maps are too many.

    Examples
    --------
    >>> maps = np.zeros((1, 2, 3, 3))
    >>> maps[0, 1, 2, 0] = 0.5
    >>> places = {"conv": ([1, 3, 5], [1, 3, 5])}
    >>> where = {"centres": places, "fields": {"conv": 3}}
    >>> panel = explore_grad_cam(np.zeros((1, 7, 7)), {"conv": maps}, [[0.8, 0.2]], ["cat", "dog"], **where)
    >>> panel.class_name, panel.row, panel.column = "dog", 2, 0
    >>> panel.value
    0.5
    """
    photos = photos_as_bytes(images)
    count, class_names = len(photos), [str(name) for name in class_names]
    titles = [f"image {i}" for i in range(count)] if titles is None else [str(title) for title in titles]
    if len(titles) != count or len(set(titles)) != count:
        raise ValueError(f"titles must be {count} different texts, one for each image; got {titles}")
    probabilities = np.asarray(probabilities, float)
    if probabilities.shape != (count, len(class_names)):
        raise ValueError(
            f"probabilities must have the shape (images, classes), {(count, len(class_names))};"
            f" got {probabilities.shape}"
        )
    layers = _checked(maps, centres, fields, count, len(class_names))
    last = layers[-1]["maps"]
    picture = GradCamPicture(
        photos=photos,
        titles=titles,
        class_names=class_names,
        probabilities=probabilities.tolist(),
        layers=layers,
        layer_index=len(layers) - 1,
        class_index=int(probabilities[0].argmax()),
        row=last.shape[2] // 2,
        column=last.shape[3] // 2,
    )
    controls = {
        "image_index": menu(0, titles),
        "class_index": menu(picture.class_index, class_names),
        "layer_index": menu(picture.layer_index, [layer["name"] for layer in layers]),
        "placement_index": menu(0, PLACEMENTS),
        "opacity": slider(picture.opacity, 0, 100),
    }
    alt = f"Grad-CAM of the layer {layers[-1]['name']} over {titles[0]}, for its most probable class."
    return Panel(picture, controls, name="explore_grad_cam", alt=alt)


def _checked(maps, centres, fields, count, classes):
    """Return a dict for each layer, or say what is wrong."""
    if not isinstance(maps, Mapping) or not maps:
        raise ValueError("maps must be a dict: name of the layer → (count, classes, rows, columns)")
    layers = []
    for name, values in maps.items():
        values = np.asarray(values)
        if values.ndim != 4 or values.shape[:2] != (count, classes) or not values.size:
            raise ValueError(
                f"maps[{name!r}] must have the shape ({count}, {classes}, rows, columns), one map for each"
                f" image and class; got {values.shape}"
            )
        if values.dtype.kind not in "uif" or not np.isfinite(values).all() or values.min() < 0:
            raise ValueError(
                f"maps[{name!r}] must hold finite numbers of at least 0, as grad_cam returns them"
            )
        if name not in centres or name not in fields:
            raise ValueError(f"centres and fields must have an entry for the layer {name!r}")
        rows, columns = (np.asarray(places, float) for places in centres[name])
        if values.shape[2:] != (rows.size, columns.size):
            raise ValueError(
                f"centres[{name!r}] must be {values.shape[2]} rows and {values.shape[3]} columns;"
                f" got {rows.size} and {columns.size}"
            )
        layers.append(
            {"name": str(name), "maps": values, "rows": rows, "columns": columns, "field": int(fields[name])}
        )
    total = sum(layer["maps"].size for layer in layers)
    if total > LARGEST_STATE:
        raise ValueError(
            f"all maps together must have at most {LARGEST_STATE:,} values, got {total:,}: pass fewer images,"
            " or fewer layers"
        )
    return layers


def _sent(name, maps, rows, columns, field):
    """Return what the browser gets of a layer: the maps of all images and classes as tiles."""
    largest = maps.max(axis=(1, 2, 3))  # of each image
    levels = np.stack([as_levels(of_image, top) for of_image, top in zip(maps, largest, strict=True)])
    return {
        "name": name,
        "largest": largest.astype(float).tolist(),
        "rows": rows.tolist(),
        "columns": columns.tolist(),
        "field": field,
        "sheet": described_sheet(levels.reshape(-1, *maps.shape[2:])),
    }
