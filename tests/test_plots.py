"""Figures by their artists, labels and data: what is drawn is what was given, and says so."""

import re
import subprocess
import sys
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.container import BarContainer
from matplotlib.patches import Rectangle

from dcv import filters, ops, plots, shapes

IMAGE = np.arange(25, dtype="uint8").reshape(5, 5)
WAYS_AND_RUNS = (
    {"A": "slow", "B": "fast"},
    {
        "A": [{"seconds": 80, "accuracy": 0.65}, {"seconds": 76, "accuracy": 0.64}],
        "B": [{"seconds": 20, "accuracy": 0.66}],
    },
)
EVERY_FIGURE = {
    "image": lambda: plots.draw_image(IMAGE),
    "images": lambda: plots.draw_images([IMAGE, IMAGE / 255.0], ["one", "two"]),
    "zoom": lambda: plots.draw_zoom(IMAGE, [(1, 1, 3, 3)]),
    "pixels": lambda: plots.draw_pixels(IMAGE, title="pixels", highlight=(0, 0, 2, 2)),
    "channels": lambda: plots.draw_channels(np.zeros((4, 4, 3))),
    "kernel": lambda: plots.draw_kernel(filters.vertical_edges(), title="edges"),
    "kernels": lambda: plots.draw_kernels(np.ones((3, 3, 3, 9))),
    "feature_maps_one": lambda: plots.draw_feature_maps(-np.ones((6, 20, 1)), scale="each"),
    "feature_maps": lambda: plots.draw_feature_maps(np.ones((6, 6, 9))),
    "feature_maps_each": lambda: plots.draw_feature_maps(-np.ones((6, 6, 9)), scale="each"),
    "correlation": lambda: plots.draw_correlation(IMAGE, np.ones((3, 3)), np.ones((3, 3))),
    "window": lambda: plots.draw_window(IMAGE, filters.vertical_edges(), (1, 1), padding=1),
    "coverage": lambda: plots.draw_coverage(np.arange(9).reshape(3, 3)),
    "coverage_one": lambda: plots.draw_coverage([[0]], title="no window at all"),
    "padding": lambda: plots.draw_padding(10, 3, stride=2),
    "pooling": lambda: plots.draw_pooling(IMAGE, IMAGE[1:4:2, 1:4:2], size=2),
    "pooling_odd": lambda: plots.draw_pooling(IMAGE[:3, :3], [[6]], size=2),
    "receptive_field": lambda: plots.draw_receptive_field([(3, 1), (2, 2)]),
    "history": lambda: plots.draw_history({"accuracy": [0.1, 0.2], "val_accuracy": [0.1, 0.3]}),
    "bars": lambda: plots.draw_bars({"a": 1, "b": 2}, label="seconds", errors=[0.1, 0.2]),
    "time_to_accuracy": lambda: plots.draw_time_to_accuracy(*WAYS_AND_RUNS),
    "histogram": lambda: plots.draw_histogram({"a": [1, 2], "b": [2, 3]}, label="value"),
    "boxes": lambda: plots.draw_boxes(IMAGE, [[1, 1, 4, 3]], ["a box"], cell=2),
    "detections": lambda: plots.draw_detections([IMAGE], [([[1, 1, 4, 3]], [0.5], [0])], ["a"]),
    "overlap": lambda: plots.draw_overlap([0, 0, 2, 2], [1, 1, 3, 4]),
    "precision_recall": lambda: plots.draw_precision_recall([1, 0.5], [0.5, 0.5]),
    "confusion": lambda: plots.draw_confusion(np.eye(2, dtype=int), ["a", "b"]),
    "class_precision_recall": lambda: plots.draw_class_precision_recall([0.5, 1], [1, 0.5], ["a", "b"]),
    "intervals": lambda: plots.draw_intervals({"a": (0.2, 0.5, 0.6)}),
    "interval_coverage": lambda: plots.draw_interval_coverage([0.5, 0.9], {"Wilson": [0.95, 0.94]}),
    "overlays": lambda: plots.draw_overlays([IMAGE], [IMAGE / 25.0], ["one"]),
    "network": lambda: plots.draw_network(IMAGE, {"conv": np.ones((2, 2, 1))}, {"a": 0.75, "b": 0.25}),
    "data_curves": lambda: plots.draw_data_curves([50, 100], {"frozen": [[0.6, 0.7], [0.7, 0.8]]}),
    "feature_space": lambda: plots.draw_feature_space([[0, 1], [1, 0]], [0, 1], ["cat", "dog"]),
}
WITH_AXES = {
    plots.draw_image: (IMAGE,),
    plots.draw_pixels: (IMAGE,),
    plots.draw_kernel: ([[1, 2]],),
    plots.draw_coverage: ([[1, 2]],),
    plots.draw_padding: (5, 3),
    plots.draw_receptive_field: ([(3, 1)],),
    plots.draw_history: ({"accuracy": [0.5]},),
    plots.draw_bars: ({"a": 1},),
    plots.draw_histogram: ({"a": [1, 2]},),
    plots.draw_time_to_accuracy: WAYS_AND_RUNS,
    plots.draw_boxes: (IMAGE, [[1, 1, 4, 3]]),
    plots.draw_overlap: ([0, 0, 2, 2], [1, 1, 3, 4]),
    plots.draw_precision_recall: ([1, 0.5], [0.5, 0.5]),
}


def numbers(ax):
    """Return the numbers that are written in the cells of an axes, in reading order."""
    texts = [text for text in ax.texts if text.get_gid() == "number"]
    return [float(text.get_text().replace("−", "-").replace(",", "")) for text in texts]


def frames(ax, colour=None):
    """Return (row, column, height, width) of the thick coloured outlines in an axes."""
    found = []
    for patch in ax.patches:
        wanted = to_rgba(colour) if colour else None
        if (
            isinstance(patch, Rectangle)
            and patch.get_linewidth() == 3
            and wanted in (None, patch.get_edgecolor())
        ):
            x, y, width, height = patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height()
            found.append(tuple(round(number, 2) for number in (y + 0.5, x + 0.5, height, width)))
    return found


def hatched(ax):
    """Return the centres (row, column) of the hatched cells."""
    cells = [patch for patch in ax.patches if patch.get_hatch()]
    return sorted((int(cell.get_y() + 0.5), int(cell.get_x() + 0.5)) for cell in cells)


def titles(fig):
    return [ax.get_title() for ax in fig.axes]


# All figures.


def test_every_public_function_is_in_these_tests():
    assert {re.sub("_(one|odd|each)$", "", name) for name in EVERY_FIGURE} == {
        name.removeprefix("draw_") for name in plots.__all__ if name.startswith("draw_")
    }


@pytest.mark.parametrize("name", EVERY_FIGURE)
def test_a_new_figure_is_returned_fits_the_page_and_has_large_letters(name):
    fig = EVERY_FIGURE[name]()
    assert plt.get_fignums() == [fig.number], "one figure, known to pyplot, which shows it in a notebook"
    assert fig.get_figwidth() <= 6.41
    for ax in fig.axes:
        words = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]
        assert all(word.get_fontsize() >= 10 for word in words if word.get_text())


@pytest.mark.parametrize("name", EVERY_FIGURE)
def test_no_text_is_cut_off_and_no_labels_overlap(name):
    plots.use_house_style()
    fig = EVERY_FIGURE[name]()
    fig.draw_without_rendering()
    page = fig.bbox.padded(1)
    for ax in fig.axes:
        parts = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts]
        boxes = [part.get_window_extent() for part in parts if part.get_text() and part.get_visible()]
        assert all(page.x0 <= box.x0 and box.x1 <= page.x1 for box in boxes)
        assert all(page.y0 <= box.y0 and box.y1 <= page.y1 for box in boxes)
    heads = [ax.title.get_window_extent() for ax in fig.axes if ax.get_title()]
    assert not any(one.overlaps(other) for i, one in enumerate(heads) for other in heads[:i])


@pytest.mark.parametrize("draw", WITH_AXES, ids=lambda draw: draw.__name__)
def test_an_axes_of_the_caller_is_filled_and_no_figure_is_made(draw):
    mine, (left, right) = plt.subplots(1, 2)
    assert draw(*WITH_AXES[draw], ax=right) is mine
    assert plt.get_fignums() == [mine.number]
    assert right.has_data()
    assert not left.has_data()


def test_arguments_are_left_alone():
    image, response = np.random.default_rng(0).random((6, 6)), np.ones((5, 5))
    before = image.copy()
    plots.draw_image(image)
    plots.draw_pixels(image)
    plots.draw_correlation(image, np.ones((2, 2)), response)
    plots.draw_window(image, np.ones((2, 2)), 0, padding=1)
    plots.draw_feature_maps(image[:, :, np.newaxis], scale="each")
    assert np.array_equal(image, before)
    assert (response == 1).all()


def test_plots_need_neither_tensorflow_nor_keras():
    code = "import sys, dcv.plots; sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_house_style_can_be_told_without_colours():
    with plt.rc_context():
        plots.use_house_style()
        cycle = list(plt.rcParams["axes.prop_cycle"])
        assert len({entry["color"] for entry in cycle}) == len(cycle)
        assert all(one["linestyle"] != other["linestyle"] for one, other in pairwise(cycle))
        assert not plt.rcParams["axes.spines.top"]
        assert plt.rcParams["font.size"] >= 10
        assert plt.rcParams["figure.facecolor"] == "white"


# Images.


@pytest.mark.parametrize(
    ("image", "white"),
    [(IMAGE, 255), (IMAGE / 100, 1), (IMAGE[:, :, None], 255), (np.float32([[1 + 1e-7, 0]]), 1)],
    ids=["uint8", "float", "one channel", "rounding error"],
)
def test_brightness_is_never_stretched(image, white):
    picture = plots.draw_image(image).axes[0].images[0]
    assert picture.get_clim() == (0, white)
    assert picture.get_cmap().name == "gray"
    assert np.allclose(picture.get_array(), np.squeeze(image))


def test_pixels_are_squares_unless_there_are_more_than_fit():
    assert plots.draw_image(IMAGE).axes[0].images[0].get_interpolation() == "nearest"
    large = np.zeros((1200, 1200), "uint8")
    assert plots.draw_image(large).axes[0].images[0].get_interpolation() == "antialiased"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((2, 2), 255.0), r"from 255 to 255, expected \[0, 1\]"),
        (np.array([[-0.5, 0.5]]), "from -0.5 to 0.5"),
        (np.array([[np.nan, 0.5]]), "nan"),
        (np.zeros((2, 2), int), "not int64"),
        (np.zeros((2, 2), bool), "not bool"),
        (np.zeros((1, 4, 4, 3)), r"a batch of shape \(1, 4, 4, 3\)"),
        (np.zeros((3, 4, 4)), "channels seem to come first"),
        (np.zeros((4, 4, 2)), r"not \(4, 4, 2\)"),
        (np.zeros(4), r"not \(4,\)"),
        (np.zeros((0, 4)), r"not \(0, 4\)"),
    ],
)
def test_what_is_no_image_is_refused_with_the_reason(image, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_image(image)
    assert plt.get_fignums() == []


def test_axes_can_be_numbered():
    ax = plots.draw_image(IMAGE, axes=True).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("column", "row")
    assert all(float(tick).is_integer() for tick in [*ax.get_xticks(), *ax.get_yticks()])


def test_images_stand_in_rows_with_their_titles():
    fig = plots.draw_images([np.full((4, 4), i / 12) for i in range(12)], [f"image {i}" for i in range(12)])
    assert titles(fig) == [f"image {i}" for i in range(12)]
    assert [ax.images[0].get_array()[0, 0] for ax in fig.axes] == pytest.approx([i / 12 for i in range(12)])
    fig.draw_without_rendering()
    rows = [round(ax.get_position().y0, 3) for ax in fig.axes]
    assert len(set(rows[:5])) == 1
    assert rows[4] > rows[5] > rows[10]


def test_images_of_different_sizes_and_kinds_are_drawn_together():
    fig = plots.draw_images([IMAGE, np.zeros((3, 8, 3)), np.ones((2, 2, 1))])
    assert [ax.images[0].get_array().shape for ax in fig.axes] == [(5, 5), (3, 8, 3), (2, 2)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "empty"),
        (([IMAGE], ["one", "two"]), "one title for each of 1 images, got 2"),
        (([IMAGE, np.full((2, 2), 7.0)],), r"images\[1\] has float values"),
    ],
)
def test_images_that_cannot_be_drawn_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_images(*arguments)


def test_columns_must_be_positive():
    with pytest.raises(ValueError, match="columns must be at least 1, not 0"):
        plots.draw_images([IMAGE], columns=0)


def test_channels_are_the_image_and_each_channel_in_gray():
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype="uint8")
    fig = plots.draw_channels(image)
    assert [title[0] for title in titles(fig)] == ["i", "R", "G", "B"]
    assert np.array_equal(fig.axes[0].images[0].get_array(), image)
    for channel in range(3):
        picture = fig.axes[channel + 1].images[0]
        assert np.array_equal(picture.get_array(), image[:, :, channel])
        assert picture.get_clim() == (0, 255)
        assert picture.get_cmap().name == "gray"


def test_channels_need_three():
    with pytest.raises(ValueError, match=r"three channels.*\(5, 5\)"):
        plots.draw_channels(IMAGE)


def test_zoom_outlines_each_part_in_the_panel_before():
    fig = plots.draw_zoom(IMAGE, [(1, 0, 3, 4), (2, 1, 1, 2)])
    assert [frames(ax) for ax in fig.axes] == [[(1, 0, 3, 4)], [(2, 1, 1, 2)], []]
    assert [ax.get_xlim() for ax in fig.axes] == [(-0.5, 4.5), (-0.5, 3.5), (0.5, 2.5)]
    assert [ax.get_ylim() for ax in fig.axes] == [(4.5, -0.5), (3.5, 0.5), (2.5, 1.5)]


def test_zoom_refuses_a_part_outside():
    with pytest.raises(ValueError, match=r"\(3, 3, 3, 3\).*does not lie inside"):
        plots.draw_zoom(IMAGE, [(3, 3, 3, 3)])


# Numbers in cells.


def test_pixels_are_written_where_they_are():
    values = np.array([[0, -1], [12, 3.14159], [0.004, 1e-9]])
    ax = plots.draw_pixels(values).axes[0]
    assert numbers(ax) == [0, -1, 12, 3.14, 0.004, 0]
    assert [text.get_position() for text in ax.texts] == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "1", "2"]


def test_negative_zero_is_zero_and_minus_is_a_minus():
    assert [text.get_text() for text in plots.draw_pixels([[-0.0, -2]]).axes[0].texts] == ["0", "−2"]


def test_a_format_is_obeyed():
    assert [text.get_text() for text in plots.draw_pixels([[0.5, -1]], format=".1f").axes[0].texts] == [
        "0.5",
        "−1.0",
    ]


def test_numbers_are_readable_on_their_cells():
    values = np.arange(0, 256, 5, dtype="uint8").reshape(4, 13)
    ax = plots.draw_pixels(values).axes[0]
    for text, value in zip(ax.texts, values.ravel(), strict=True):
        dark = value / 255 if text.get_color() == "black" else 1 - value / 255
        assert dark >= 0.49


def test_numbers_fit_into_their_cells():
    for values in (np.full((3, 3), -1000), np.full((20, 20), 255), np.full((1, 12), 0.25)):
        fig = plots.draw_pixels(values)
        fig.draw_without_rendering()
        ax = fig.axes[0]
        (left, bottom), (right, top) = ax.transData.transform([(-0.5, 0.5), (0.5, -0.5)])
        box = ax.texts[0].get_window_extent()
        assert left < box.x0 < box.x1 < right
        assert bottom < box.y0 < box.y1 < top


@pytest.mark.parametrize(
    ("values", "options", "limits"),
    [
        (IMAGE, {}, (0, 255)),
        ([[0.2, 0.4]], {}, (0, 1)),
        ([[2, 9]], {}, (0, 9)),
        ([[-2, 9]], {}, (-2, 9)),
        ([[2, 9]], {"limits": (0, 255)}, (0, 255)),
        ([[-1, 4]], {"cmap": "diverging"}, (-4, 4)),
        ([[-1, 4]], {"cmap": "diverging", "limits": (-8, 8)}, (-8, 8)),
        ([[0, 0]], {"cmap": "diverging"}, (-1, 1)),
    ],
)
def test_limits_of_the_colours(values, options, limits):
    assert plots.draw_pixels(values, **options).axes[0].images[0].get_clim() == limits


def test_highlights_lie_on_their_windows_and_differ_in_more_than_colour():
    ax = plots.draw_pixels(IMAGE, highlight=[(0, 1, 2, 3), (3, 3, 2, 2)]).axes[0]
    assert frames(ax) == [(0, 1, 2, 3), (3, 3, 2, 2)]
    thick = [patch for patch in ax.patches if patch.get_linewidth() == 3]
    assert thick[0].get_linestyle() != thick[1].get_linestyle()
    assert thick[0].get_edgecolor() != thick[1].get_edgecolor()


@pytest.mark.parametrize(
    "window", [(4, 4, 2, 2), (-1, 0, 2, 2), (0, 0, 0, 2), (0, 0, 2), [(0, 0, 1, 1), (0, 0, 6, 1)]]
)
def test_highlights_outside_are_refused(window):
    with pytest.raises(ValueError, match="row, column, height, width"):
        plots.draw_pixels(IMAGE, highlight=window)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((25, 3)), r"\(25, 3\); at most 24 × 24"),
        (np.zeros((3, 3, 3)), r"2 axes.*\(3, 3, 3\)"),
        ([[np.inf]], "not finite"),
        ([["a"]], "real numbers"),
        ([[1j]], "real numbers"),
    ],
)
def test_arrays_that_cannot_be_written_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_pixels(values)


# Kernels and maps.


def test_a_kernel_is_centred_on_zero_and_written_out():
    ax = plots.draw_kernel([[-1, 0, 3]]).axes[0]
    picture = ax.images[0]
    assert picture.norm(0) == 0.5
    assert picture.get_clim() == (-3, 3)
    assert numbers(ax) == [-1, 0, 3]
    red, _, blue, _ = picture.cmap(picture.norm(3))
    assert red > blue


def test_the_numbers_of_a_kernel_can_be_left_out():
    assert list(plots.draw_kernel(np.ones((3, 3)), numbers=False).axes[0].texts) == []


@pytest.mark.parametrize("scale", ["each", "shared"])
def test_a_bank_of_kernels_keeps_zero_in_the_middle(scale):
    kernels = np.random.default_rng(0).normal(size=(3, 3, 1, 5))
    fig = plots.draw_kernels(kernels, scale=scale)
    assert titles(fig) == ["0", "1", "2", "3", "4"]
    for i, ax in enumerate(fig.axes):
        low, high = ax.images[0].get_clim()
        largest = abs(kernels[..., i]).max() if scale == "each" else abs(kernels).max()
        assert -low == high == pytest.approx(largest)
        assert np.allclose(ax.images[0].get_array(), kernels[:, :, 0, i])
    assert "zero is white" in fig.get_suptitle()
    assert ("each kernel" in fig.get_suptitle()) == (scale == "each")


def test_kernels_on_colours_show_zero_as_middle_gray():
    kernels = np.random.default_rng(0).normal(size=(3, 3, 3, 2))
    kernels[1, 1] = 0
    fig = plots.draw_kernels(kernels)
    for i, ax in enumerate(fig.axes):
        shown = ax.images[0].get_array()
        assert np.allclose(shown, 0.5 + kernels[..., i] / abs(kernels[..., i]).max() / 2)
        assert (shown[1, 1] == 0.5).all()
    assert "mid-grey" in fig.get_suptitle()


def test_kernels_may_be_a_list_of_matrices_or_one_input_channel():
    bank = [filters.vertical_edges(), filters.horizontal_edges()]
    fig = plots.draw_kernels(bank, titles=["vertical", "horizontal"])
    assert titles(fig) == ["vertical", "horizontal"]
    assert np.array_equal(fig.axes[1].images[0].get_array(), bank[1])
    kernels = np.random.default_rng(0).normal(size=(3, 3, 32, 2))
    fig = plots.draw_kernels(kernels, channel=7)
    assert np.allclose(fig.axes[1].images[0].get_array(), kernels[:, :, 7, 1])


@pytest.mark.parametrize(
    ("kernels", "options", "message"),
    [
        (np.ones((3, 3, 32, 4)), {}, "channel=0 to channel=31"),
        (np.ones((3, 3, 3, 4)), {"channel": 3}, "from 0 to 2, not 3"),
        (np.ones((3, 3)), {}, "4 axes"),
        (np.ones((3, 3, 1, 4)), {"titles": ["one"]}, "each of 4 panels, got 1"),
        (np.ones((3, 3, 1, 4)), {"scale": "all"}, "'each' or 'shared', not 'all'"),
    ],
)
def test_banks_that_cannot_be_drawn_are_refused(kernels, options, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_kernels(kernels, **options)


def test_feature_maps_share_one_scale_so_that_they_can_be_compared():
    maps = np.random.default_rng(0).random((4, 6, 3)) * [1, 2, 3]
    fig = plots.draw_feature_maps(maps, titles="abc")
    *axes, bar = fig.axes
    assert [ax.get_title() for ax in axes] == ["a", "b", "c"]
    assert {ax.images[0].get_clim() for ax in axes} == {(0, maps.max())}
    assert {ax.images[0].get_cmap().name for ax in axes} == {"cividis"}
    assert np.array_equal(axes[2].images[0].get_array(), maps[:, :, 2])
    assert bar.get_xlabel() == "response"
    assert bar.get_xlim() == pytest.approx((0, maps.max()))


def test_feature_maps_with_a_scale_each_say_so():
    maps = np.random.default_rng(0).random((4, 6, 3)) * [1, 2, -3]
    *axes, bar = plots.draw_feature_maps(maps, scale="each").axes
    for i, ax in enumerate(axes):
        low, high = ax.images[0].get_clim()
        assert -low == high == abs(maps[:, :, i]).max()
        assert ax.images[0].get_cmap().name == "RdBu_r"
    assert bar.get_xlabel() == "response, scaled by map"
    assert [label.get_text() for label in bar.get_xticklabels()] == ["−max", "0", "max"]


@pytest.mark.parametrize(("scale", "written"), [("shared", "weight"), ("each", "weight, scaled by map")])
def test_maps_of_other_values_say_what_they_are(scale, written):
    fig = plots.draw_feature_maps(np.ones((4, 6, 2)), scale=scale, label="weight")
    assert fig.axes[-1].get_xlabel() == written


@pytest.mark.parametrize(("size", "width"), [(1.5, 3), (2.5, 5), (9, 6.4)])
def test_feature_maps_are_as_large_as_asked_and_fit_the_page(size, width):
    fig = plots.draw_feature_maps(np.ones((4, 6, 2)), size=size)
    assert fig.get_figwidth() == pytest.approx(width)


def test_maps_of_zeros_can_be_drawn():
    assert plots.draw_feature_maps(np.zeros((3, 3, 2))).axes[0].images[0].get_clim() == (0, 1)
    plots.draw_kernels(np.zeros((3, 3, 1, 2)))
    plots.draw_kernel(np.zeros((3, 3)))


@pytest.mark.parametrize(
    ("response", "cmap", "limits"), [([[-1, 4]], "RdBu_r", (-4, 4)), ([[1, 4]], "cividis", (0, 4))]
)
def test_correlation_chooses_the_scale_by_sign(response, cmap, limits):
    fig = plots.draw_correlation(IMAGE, [[1, 2]], response, titles=("a", "b", "c"))
    assert titles(fig)[:3] == ["a", "b", "c"]
    picture = fig.axes[2].images[0]
    assert picture.get_cmap().name == cmap
    assert picture.get_clim() == limits
    assert fig.axes[3].get_xlim() == limits, "the colour bar belongs to the response"
    assert numbers(fig.axes[1]) == [1, 2]


def test_correlation_writes_no_weights_that_cannot_be_read():
    assert numbers(plots.draw_correlation(IMAGE, np.ones((5, 5)), [[1]]).axes[1]) == []


# Windows.


@pytest.mark.parametrize("padding", [0, 1, "same", "valid"])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_window_is_the_arithmetic_of_correlate2d(stride, padding):
    rng = np.random.default_rng(1)
    image, kernel = rng.integers(-9, 9, (6, 7)), rng.integers(-3, 4, (3, 2))
    options = {"stride": stride, "padding": padding}
    expected = ops.correlate2d(image.astype("float32"), kernel.astype("float32"), **options)
    for row, column in [(0, 0), (expected.shape[0] - 1, expected.shape[1] // 2)]:
        fig = plots.draw_window(image, kernel, (row, column), **options)
        image_ax, output_ax, window_ax, kernel_ax, products_ax = fig.axes
        assert numbers(output_ax) == expected.ravel().tolist()
        assert frames(output_ax) == [(row, column, 1, 1)]
        top, left = (
            shapes.window_starts(n, k, **options)[i]
            for n, k, i in zip((6, 7), (3, 2), (row, column), strict=True)
        )
        assert frames(image_ax) == [(top, left, 3, 2)]
        window, products = np.reshape(numbers(window_ax), (3, 2)), np.reshape(numbers(products_ax), (3, 2))
        assert numbers(kernel_ax) == kernel.ravel().tolist()
        assert np.array_equal(products, window * kernel)
        assert products.sum() == expected[row, column]
        written = products_ax.get_xlabel().removeprefix("sum = ").replace("−", "-")
        assert float(written) == expected[row, column]


def test_products_of_uint8_do_not_overflow():
    fig = plots.draw_window(np.full((3, 3), 200, "uint8"), np.full((3, 3), 2, "uint8"), 0)
    assert numbers(fig.axes[4]) == [400] * 9
    assert fig.axes[4].get_xlabel() == "sum = 3,600"


def test_padded_cells_are_dashed_and_have_negative_indices():
    fig = plots.draw_window(IMAGE, np.ones((3, 3)), 0, padding=1)
    ax = fig.axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["−1", "0", "1", "2", "3", "4", "5"]
    dashed = {patch.get_xy() for patch in ax.patches if patch.get_linestyle() == "--"}
    assert len(dashed) == 49 - 25
    assert (-1.5, -1.5) in dashed
    assert (-0.5, -0.5) not in dashed
    assert ax.get_title() == "image, padded with zeros"


def test_later_cells_can_be_hidden():
    fig = plots.draw_window(IMAGE, np.ones((3, 3)), 4, hide_later=True)
    assert len(numbers(fig.axes[1])) == 5
    assert frames(fig.axes[1]) == [(1, 1, 1, 1)]
    assert len(numbers(plots.draw_window(IMAGE, np.ones((3, 3)), 4).axes[1])) == 9


@pytest.mark.parametrize("position", [9, -1, (3, 0), (0, -1), (1, 1, 1)])
def test_positions_outside_are_refused(position):
    with pytest.raises(ValueError, match=r"3 × 3 cells.*from 0 to 8"):
        plots.draw_window(IMAGE, np.ones((3, 3)), position)


def test_coverage_writes_the_counts_and_hatches_zeros():
    coverage = ops.window_coverage(6, 2, stride=3)
    ax = plots.draw_coverage(coverage, title="gaps").axes[0]
    assert numbers(ax) == coverage.ravel().tolist()
    assert hatched(ax) == [tuple(cell) for cell in np.argwhere(coverage == 0).tolist()]
    assert ax.get_xlabel() == "hatched: used by no window"
    assert ax.images[0].get_clim() == (0, 1)
    assert ax.images[0].get_cmap().name == "cividis"


def test_coverage_without_gaps_has_no_hatching():
    ax = plots.draw_coverage([[1, 2]]).axes[0]
    assert hatched(ax) == []
    assert ax.get_xlabel() == ""


@pytest.mark.parametrize("coverage", [[[-1]], [[0.5]]])
def test_coverage_must_be_counts(coverage):
    with pytest.raises(ValueError, match="counts"):
        plots.draw_coverage(coverage)


@pytest.mark.parametrize(
    ("size", "options"),
    [
        (10, {"stride": 2}),
        (5, {"padding": "same"}),
        (6, {"stride": 2, "padding": "same"}),
        (9, {"padding": 2, "dilation": 2}),
        (8, {"stride": 4}),
    ],
)
def test_the_strip_shows_each_window_and_fills_in_the_formula(size, options):
    fig = plots.draw_padding(size, 3, **options)
    ax = fig.axes[0]
    dilation, starts = options.get("dilation", 1), shapes.window_starts(size, 3, **options)
    assert [list(line.get_xdata()) for line in ax.lines] == [
        [start, start + dilation, start + 2 * dilation] for start in starts
    ]
    assert len({line.get_ydata()[0] for line in ax.lines}) == len(starts)
    before, after = shapes.padding_amounts(size, 3, **options)
    boxes = [patch for patch in ax.patches if not patch.get_hatch()]
    assert sum(box.get_linestyle() == "-" for box in boxes) == size
    assert sum(box.get_linestyle() == "--" for box in boxes) == before + after
    unused = [i for i, count in enumerate(shapes.window_coverage_1d(size, 3, **options)) if count == 0]
    assert [column for _, column in hatched(ax)] == unused
    assert ax.get_title().endswith(f"= {len(starts)} windows")
    formula, _ = ax.get_title().split(" = ")
    computed = formula.replace("⌊(", "(").replace(") / ", ") // ").replace("⌋", "").replace("−", "-")
    assert eval(computed) == len(starts)
    assert ("padding" in ax.get_xlabel()) == (before + after > 0)
    assert ("hatched" in ax.get_xlabel()) == bool(unused)


def test_one_window_is_singular():
    assert plots.draw_padding(3, 3).axes[0].get_title().endswith("= 1 window")


def test_strips_that_cannot_be_drawn_are_refused():
    with pytest.raises(ValueError, match="at most 40 pixels"):
        plots.draw_padding(41, 3)
    with pytest.raises(ValueError, match="does not fit"):
        plots.draw_padding(2, 3)


@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, 2), (2, 1), (3, 3)])
def test_pooling_marks_each_window_and_its_result_alike(size, stride):
    image = np.random.default_rng(0).integers(-9, 9, (5, 7)).astype("float32")
    pooled = ops.pool2d(image[None, :, :, None], size, stride=stride)[0, :, :, 0]
    fig = plots.draw_pooling(image, pooled, size=size, stride=stride)
    left, right = fig.axes
    assert titles(fig) == ["image, 5 × 7", f"pooled, {pooled.shape[0]} × {pooled.shape[1]}"]
    assert numbers(left) == image.ravel().tolist()
    assert numbers(right) == pooled.ravel().tolist()
    step = stride or size
    assert [(round(row), round(column)) for row, column, *_ in frames(left)] == [
        (i * step, j * step) for i, j in np.ndindex(pooled.shape)
    ]
    assert [(round(row), round(column)) for row, column, *_ in frames(right)] == list(
        np.ndindex(pooled.shape)
    )
    assert {(round(height), round(width)) for *_, height, width in frames(left)} == {(size, size)}

    def looks(ax):
        thick = [patch for patch in ax.patches if patch.get_linewidth() == 3]
        letters = [text.get_text() for text in ax.texts if text.get_gid() != "number"]
        return [
            (patch.get_edgecolor(), patch.get_linestyle(), letter)
            for patch, letter in zip(thick, letters, strict=True)
        ]

    assert looks(left) == looks(right)
    assert len(set(looks(left))) == pooled.size


def test_pooling_hatches_the_edge_that_is_lost():
    fig = plots.draw_pooling(IMAGE, IMAGE[1:4:2, 1:4:2], size=2)
    assert hatched(fig.axes[0]) == sorted({(4, i) for i in range(5)} | {(i, 4) for i in range(5)})
    assert fig.get_supxlabel() == "hatched: used by no window"


def test_pooling_refuses_a_result_of_another_size():
    with pytest.raises(ValueError, match=r"gives the shape \(2, 2\), but pooled has \(3, 3\)"):
        plots.draw_pooling(IMAGE, np.ones((3, 3)), size=2)


@pytest.mark.parametrize("layers", [[(3, 1), (3, 1)], [(3, 1), (2, 2), (3, 1), (2, 2)], [(3, 1, 2), (3, 2)]])
def test_the_receptive_field_is_marked_in_every_row(layers):
    fig = plots.draw_receptive_field(layers, index=1)
    ax = fig.axes[0]
    field = shapes.receptive_field(layers)
    assert ax.get_title() == f"one output neuron sees {field} input pixels"
    names = [label.get_text() for label in ax.get_yticklabels()]
    for level in range(len(layers) + 1):
        boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_linewidth() > 0]
        row = [box for box in boxes if round(box.get_y() + 0.22, 6) == level]
        first, last = shapes.receptive_interval(layers[level:], 1)
        assert [i for i, box in enumerate(row) if box.get_hatch()] == list(range(first, last + 1))
        assert f"{last - first + 1} of {len(row)} " in names[level]
    assert names[0].startswith("input")
    assert names[1].startswith("layer 1: size 3")


def test_the_receptive_field_of_the_middle_neuron_of_a_given_input():
    ax = plots.draw_receptive_field([(3, 1), (2, 2)], size=12).axes[0]
    assert [label.get_text().split("\n")[1] for label in ax.get_yticklabels()] == [
        "4 of 12 pixels",
        "2 of 10 neurons",
        "1 of 5 neurons",
    ]


@pytest.mark.parametrize(
    ("layers", "options", "message"),
    [
        ([], {}, "layers is empty"),
        ([(3, 1)], {"index": 3}, "from 0 to 2"),
        ([(3, 2)] * 6, {}, "at most 64 input pixels"),
        ([(5, 1)], {"size": 3}, "does not fit"),
    ],
)
def test_receptive_fields_that_cannot_be_drawn_are_refused(layers, options, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_receptive_field(layers, **options)


# Charts.

HISTORY = {"accuracy": [0.3, 0.5, 0.6], "val_accuracy": [0.35, 0.45, 0.5], "loss": [2.0, 1.5, 1.2]}


def test_history_draws_training_and_validation_against_epochs_from_one():
    ax = plots.draw_history(HISTORY).axes[0]
    training, validation = ax.lines
    assert list(training.get_xdata()) == [1, 2, 3]
    assert list(training.get_ydata()) == HISTORY["accuracy"]
    assert list(validation.get_ydata()) == HISTORY["val_accuracy"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "accuracy")
    assert all(tick.is_integer() for tick in ax.get_xticks())


def test_history_without_validation():
    ax = plots.draw_history(HISTORY, metric="loss").axes[0]
    assert [line.get_label() for line in ax.lines] == ["training"]
    assert ax.get_ylabel() == "loss"


def test_several_runs_differ_in_colour_and_marker():
    ax = plots.draw_history({"a": HISTORY, "b": HISTORY}, labels=["first", "second"]).axes[0]
    assert [line.get_label() for line in ax.lines] == [
        "first, training",
        "first, validation",
        "second, training",
        "second, validation",
    ]
    assert len({(line.get_color(), line.get_marker()) for line in ax.lines}) == 2
    assert [line.get_linestyle() for line in ax.lines] == ["--", "-", "--", "-"]


@pytest.mark.parametrize(
    ("history", "options", "message"),
    [
        ({}, {}, "history is empty"),
        (HISTORY, {"metric": "recall"}, r"'accuracy', 'loss', 'val_accuracy'.*got 'recall'"),
        ({"a": HISTORY}, {"labels": ["x", "y"]}, "each of 1 runs, got 2"),
        ({"accuracy": [0.1, np.nan]}, {}, "not finite"),
        ({"accuracy": []}, {}, "no values"),
    ],
)
def test_histories_that_cannot_be_drawn_are_refused(history, options, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_history(history, **options)


def test_bars_are_labelled_from_the_top():
    ax = plots.draw_bars({"one": 1.5, "many": 122570}, label="parameters").axes[0]
    assert [bar.get_width() for bar in ax.patches] == [1.5, 122570]
    assert [text.get_text() for text in ax.texts] == ["1.5", "122,570"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "many"]
    assert ax.yaxis_inverted()
    assert ax.get_xlim()[0] == 0
    assert ax.get_xlabel() == "parameters"


def test_bars_in_percent_with_chance_and_errors():
    ax = plots.draw_bars(
        {"a": 0.5432, "b": 1.0}, percent=True, chance=0.1, errors={"b": 0.0, "a": 0.02}
    ).axes[0]
    assert [text.get_text() for text in ax.texts] == ["54.3 %", "100 %", "chance"]
    (line,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert list(line.get_xdata()) == [0.1, 0.1]
    bars = next(container for container in ax.containers if isinstance(container, BarContainer))
    (segments,) = bars.errorbar[2]
    assert [np.ptp(segment[:, 0]) for segment in segments.get_segments()] == pytest.approx([0.04, 0.0])
    assert ax.texts[0].xy[0] == pytest.approx(0.5632), "beyond the error bar"


def test_limits_of_bars_can_be_given():
    assert plots.draw_bars({"a": 0.5}, limits=(0, 1)).axes[0].get_xlim() == (0, 1)


def test_bars_may_be_negative_or_zero():
    low, high = plots.draw_bars({"a": -2.0, "b": 0.0}).axes[0].get_xlim()
    assert low < -2
    assert high > 0


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ({}, {}, "values is empty"),
        ({"a": np.nan}, {}, "not finite"),
        ({"a": 1}, {"errors": {"b": 1}}, "names of values"),
        ({"a": 1}, {"errors": [1, 2]}, "1 numbers of at least 0"),
        ({"a": 1}, {"errors": [-1]}, "at least 0"),
    ],
)
def test_bars_that_cannot_be_drawn_are_refused(values, options, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_bars(values, **options)


def test_every_run_is_a_mark_at_its_time_and_accuracy():
    ax = plots.draw_time_to_accuracy(*WAYS_AND_RUNS).axes[0]
    slow, fast = ax.lines
    assert (list(slow.get_xdata()), list(slow.get_ydata())) == ([80, 76], [0.65, 0.64])
    assert (list(fast.get_xdata()), list(fast.get_ydata())) == ([20], [0.66])
    assert slow.get_marker() != fast.get_marker()
    assert ax.get_xlim()[0] == 0


@pytest.mark.parametrize(
    ("ways", "runs"), [({}, {"A": [{}]}), ({"A": "slow"}, {}), ({"A": "slow"}, {"A": []})]
)
def test_ways_without_runs_are_refused(ways, runs):
    with pytest.raises(ValueError, match="needs at least one run"):
        plots.draw_time_to_accuracy(ways, runs)


def test_histograms_count_in_common_bins():
    groups = {"red": np.array([[0, 250]], "uint8"), "blue": np.array([10, 10, 10], "uint8")}
    ax = plots.draw_histogram(groups, bins=5, label="pixel value").axes[0]
    counts = []
    for patch in ax.patches:
        corners = patch.get_xy()
        assert corners[:, 0].min() == 0
        assert corners[:, 0].max() == 250
        counts.append(corners[:, 1].max())
    assert sorted(counts) == [1, 3]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("pixel value", "count")
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"red", "blue"}
    looks = [(patch.get_edgecolor(), patch.get_linestyle(), patch.get_hatch()) for patch in ax.patches]
    assert all(one != other for one, other in zip(*looks, strict=True))


def test_histograms_of_channels_have_their_colours():
    ax = plots.draw_histogram({"blue": [0, 1], "red": [0, 1]}).axes[0]
    looks = {patch.get_label(): patch.get_edgecolor() for patch in ax.patches}
    assert looks["red"][0] > looks["red"][2]
    assert looks["blue"][2] > looks["blue"][0]


@pytest.mark.parametrize("groups", [{}, {"a": []}, {"a": [np.nan]}])
def test_histograms_of_nothing_are_refused(groups):
    with pytest.raises(ValueError, match="values"):
        plots.draw_histogram(groups)
