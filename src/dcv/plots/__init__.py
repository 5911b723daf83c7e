"""Figures of the course: arrays in, a matplotlib Figure out.

Every function is called ``draw_...``, leaves its arguments alone, returns the figure and never calls
``plt.show()``. Functions that fill a single axes take ``ax=None``: give them an axes of yours to compose a
larger figure. In a notebook, end the last line with a semicolon: ``draw_image(image);``.

Nothing here imports TensorFlow. Sizes are (height, width), positions (row, column).
"""

from dcv.plots.charts import draw_bars, draw_histogram, draw_history, draw_time_to_accuracy
from dcv.plots.detection import draw_boxes, draw_detections, draw_overlap, draw_precision_recall
from dcv.plots.evaluation import (
    draw_class_precision_recall,
    draw_confusion,
    draw_interval_coverage,
    draw_intervals,
    draw_overlays,
)
from dcv.plots.geometry import draw_coverage, draw_padding, draw_pooling, draw_receptive_field, draw_window
from dcv.plots.images import draw_channels, draw_image, draw_images, draw_pixels, draw_zoom
from dcv.plots.maps import draw_correlation, draw_feature_maps, draw_kernel, draw_kernels
from dcv.plots.network import draw_network
from dcv.plots.style import use_house_style
from dcv.plots.transfer import draw_data_curves, draw_feature_space

__all__ = [
    "draw_bars",
    "draw_boxes",
    "draw_channels",
    "draw_class_precision_recall",
    "draw_confusion",
    "draw_correlation",
    "draw_coverage",
    "draw_data_curves",
    "draw_detections",
    "draw_feature_maps",
    "draw_feature_space",
    "draw_histogram",
    "draw_history",
    "draw_image",
    "draw_images",
    "draw_interval_coverage",
    "draw_intervals",
    "draw_kernel",
    "draw_kernels",
    "draw_network",
    "draw_overlap",
    "draw_overlays",
    "draw_padding",
    "draw_pixels",
    "draw_pooling",
    "draw_precision_recall",
    "draw_receptive_field",
    "draw_time_to_accuracy",
    "draw_window",
    "draw_zoom",
    "use_house_style",
]
