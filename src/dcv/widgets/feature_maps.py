"""Chapter 7: browse the feature maps of a network, layer by layer, channel by channel."""

from collections.abc import Mapping

import numpy as np
import traitlets

from dcv import shapes
from dcv.plots import draw_feature_maps
from dcv.widgets.explorer import ChosenName, Panel, Picture, menu
from dcv.widgets.sheets import as_levels, described_sheet, photos_as_bytes, sheet_trait

LARGEST_STATE = 400_000  # values of all maps together; as PNG, about half as many bytes


class FeatureMapsPicture(Picture):
    """An image, one of its feature maps large, and all maps of the layer small."""

    front_end = "feature_maps"
    parts = ("sheets",)

    choices = ("title", "layer", "channel", "row", "column", "feature_map", "response")

    photos = sheet_trait()
    titles = traitlets.List(traitlets.Unicode()).tag(sync=True)
    layers = traitlets.List().tag(
        sync=True, to_json=lambda layers, widget: [_sent(*layer) for layer in layers]
    )
    image_index = traitlets.Int(0, min=0).tag(sync=True)
    title = ChosenName("image_index", "titles")
    layer_index = traitlets.Int(0, min=0).tag(sync=True)
    layer = ChosenName("layer_index", "layer_names")
    layer_names = property(lambda self: [layer[0] for layer in self.layers])
    channel = traitlets.Int(0, min=0).tag(sync=True)
    row = traitlets.Int(0, min=0).tag(sync=True)
    column = traitlets.Int(0, min=0).tag(sync=True)
    own_scale = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("channel", "row", "column")
    def _check_place(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        count = self.layers[self.layer_index][1].shape[("row", "column", "channel").index(name) + 1]
        if value >= count:
            raise traitlets.TraitError(f"{name} must be at most {count - 1} in this layer, got {value}")
        return value

    @traitlets.observe("layer_index")
    def _stay_inside(self, change):
        # As in the browser: another layer may be smaller.
        _, maps, _, _ = self.layers[self.layer_index]
        for name, count in zip(("row", "column", "channel"), maps.shape[1:], strict=True):
            setattr(self, name, min(getattr(self, name), count - 1))

    @property
    def feature_map(self):
        """The chosen feature map, (rows, columns), as it was passed."""
        return self.layers[self.layer_index][1][self.image_index, :, :, self.channel]

    @property
    def response(self):
        """The value of the chosen cell."""
        return float(self.feature_map[self.row, self.column])

    def draw_still(self):
        """Return a Figure: the first eight feature maps of the layer."""
        maps = self.layers[self.layer_index][1][self.image_index]
        return draw_feature_maps(maps[:, :, :8], columns=8, size=0.8)


def explore_feature_maps(images, maps, titles=None, *, chain=None):
    """Return a panel on which the feature maps of some images can be browsed.

    All maps are stored in the page, in 256 levels from zero to the layer's largest value; so pass few images.

    Parameters
    ----------
    images : array_like
        (count, height, width), (count, height, width, 1) or (count, height, width, 3), at most 64 pixels a
        side; uint8 in [0, 255], or floats in [0, 1].
    maps : dict
        Name of the layer → (count, rows, columns, channels), real numbers of at least 0 (after a ReLU), as
        `dcv.explain.feature_maps` returns them. Together at most 400,000 values.
    titles : sequence of str, optional
        One for each image; by default their numbers.
    chain : sequence of tuple, optional
        (kernel_size, stride) of each layer in `maps`, if each follows the one before and none pads. Then the
        picture shows which part of the image a cell sees.

    Returns
    -------
    Panel
        ``panel.feature_map`` is the map that the reader looks at, ``panel.response`` the chosen value of it;
        ``panel.title``, ``layer``, ``channel``, ``row`` and ``column`` can be set too.

    Raises
    ------
    ValueError
        If shapes, types or ranges are others, or the maps are too many.

    Examples
    --------
    >>> maps = np.zeros((1, 4, 5, 3))
    >>> maps[0, 2, 1, 2] = 0.5
    >>> panel = explore_feature_maps(np.zeros((1, 6, 7)), {"conv": maps}, chain=[(3, 1)])
    >>> panel.channel, panel.row, panel.column = 2, 2, 1
    >>> panel.response
    0.5
    """
    photos = photos_as_bytes(images)
    count = len(photos)
    titles = [f"image {i}" for i in range(count)] if titles is None else [str(title) for title in titles]
    if len(titles) != count or len(set(titles)) != count:
        raise ValueError(f"titles must be {count} different texts, one for each image; got {titles}")
    maps = _checked(maps, count)
    fields = [None] * len(maps)
    if chain is not None:
        if len(chain) != len(maps):
            raise ValueError(
                f"chain must have one (kernel_size, stride) for each of {len(maps)} layers; got {chain}"
            )
        fields = [
            {"size": shapes.receptive_field(chain[:depth]), "step": shapes.input_stride(chain[:depth])}
            for depth in range(1, len(chain) + 1)
        ]
    layers = [
        (name, values, float(values.max()), field)
        for (name, values), field in zip(maps.items(), fields, strict=True)
    ]
    rows, columns = layers[0][1].shape[1:3]
    picture = FeatureMapsPicture(
        photos=photos, titles=titles, layers=layers, row=rows // 2, column=columns // 2
    )
    controls = {"image_index": menu(0, titles), "layer_index": menu(0, maps)}
    alt = f"Feature maps of the layer {layers[0][0]} for {titles[0]}; layers to browse: {', '.join(maps)}."
    return Panel(picture, controls, name="explore_feature_maps", alt=alt)


def _checked(maps, count):
    """Return name → array, or say what is wrong."""
    if not isinstance(maps, Mapping) or not maps:
        raise ValueError("maps must be a dict: name of the layer → (count, rows, columns, channels)")
    maps = {str(name): np.asarray(values) for name, values in maps.items()}
    for name, values in maps.items():
        if values.ndim != 4 or len(values) != count or not values.size:
            raise ValueError(
                f"maps[{name!r}] must have the shape ({count}, rows, columns, channels), one for each image;"
                f" got {values.shape}"
            )
        if values.dtype.kind not in "uif" or not np.isfinite(values).all() or values.min() < 0:
            raise ValueError(f"maps[{name!r}] must hold finite numbers of at least 0, as a ReLU leaves them")
    total = sum(values.size for values in maps.values())
    if total > LARGEST_STATE:
        raise ValueError(
            f"all maps together must have at most {LARGEST_STATE:,} values, got {total:,}: pass fewer images,"
            " or fewer layers"
        )
    return maps


def _sent(name, maps, largest, field):
    """Return what the browser gets of a layer: every map of every image as a tile."""
    rows, columns, channels = maps.shape[1:]
    tiles = np.moveaxis(as_levels(maps, largest), 3, 1).reshape(-1, rows, columns)
    sheet = described_sheet(tiles)
    return {"name": name, "channels": channels, "largest": largest, "field": field, "sheet": sheet}
