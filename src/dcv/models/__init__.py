"""The course's Keras networks.

Every classifier takes images in channels-last order, float32 in [0, 1], and returns logits: one score per
class, before softmax.
"""

from dcv.mobilenet_files import WeightsUnavailableError
from dcv.models.baseline import baseline_convnet, convolutional_base, dense_network, small_convnet
from dcv.models.counting import count_operations, layer_table
from dcv.models.detector import (
    DetectionLoss,
    cell_anchors,
    compile_detector,
    decode_answers,
    detect,
    detection_loss_terms,
    encode_objects,
    grid_detector,
    suppress,
)
from dcv.models.improved import convnet_with, fast_convnet, residual_convnet, whitening_kernel
from dcv.models.mobilenet import imagenet_class_names, load_mobilenet
from dcv.models.pretrained import load_pretrained, weight_key
from dcv.models.transfer import eight_class_convnet, freeze, split_base, transfer_base, transfer_classifier

__all__ = [
    "DetectionLoss",
    "WeightsUnavailableError",
    "baseline_convnet",
    "cell_anchors",
    "compile_detector",
    "convnet_with",
    "convolutional_base",
    "count_operations",
    "decode_answers",
    "dense_network",
    "detect",
    "detection_loss_terms",
    "eight_class_convnet",
    "encode_objects",
    "fast_convnet",
    "freeze",
    "grid_detector",
    "imagenet_class_names",
    "layer_table",
    "load_mobilenet",
    "load_pretrained",
    "residual_convnet",
    "small_convnet",
    "split_base",
    "suppress",
    "transfer_base",
    "transfer_classifier",
    "weight_key",
    "whitening_kernel",
]
