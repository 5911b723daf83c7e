"""Things to play with: controls above a picture.

The functions ``explore_...`` return panels that compute in the browser, so that they work in the rendered
page too, without a kernel and without internet. Each takes arrays of yours, and reads back what you chose.

Everything uses only what ipywidgets 7 (in Colab) and 8 (in JupyterLab and the book) share.
"""

from dcv.widgets.ablation import explore_ablation
from dcv.widgets.aliasing import explore_aliasing
from dcv.widgets.anchors import explore_anchors
from dcv.widgets.architecture import explore_architecture
from dcv.widgets.augmentation import explore_augmentation
from dcv.widgets.channels import explore_channels
from dcv.widgets.channels_sum import explore_channels_sum
from dcv.widgets.confusion import explore_confusion
from dcv.widgets.convolution import explore_convolution
from dcv.widgets.dataset import explore_dataset
from dcv.widgets.feature_maps import explore_feature_maps
from dcv.widgets.features import explore_features
from dcv.widgets.geometry import explore_geometry
from dcv.widgets.grad_cam import explore_grad_cam
from dcv.widgets.iou import explore_iou
from dcv.widgets.network import explore_network
from dcv.widgets.nms import explore_nms
from dcv.widgets.parameters import explore_parameters
from dcv.widgets.pooling import explore_pooling
from dcv.widgets.precision_recall import explore_precision_recall
from dcv.widgets.receptive_field import explore_receptive_field
from dcv.widgets.runs import explore_runs
from dcv.widgets.shift import explore_shift
from dcv.widgets.transfer import explore_transfer

__all__ = [
    "explore_ablation",
    "explore_aliasing",
    "explore_anchors",
    "explore_architecture",
    "explore_augmentation",
    "explore_channels",
    "explore_channels_sum",
    "explore_confusion",
    "explore_convolution",
    "explore_dataset",
    "explore_feature_maps",
    "explore_features",
    "explore_geometry",
    "explore_grad_cam",
    "explore_iou",
    "explore_network",
    "explore_nms",
    "explore_parameters",
    "explore_pooling",
    "explore_precision_recall",
    "explore_receptive_field",
    "explore_runs",
    "explore_shift",
    "explore_transfer",
]
