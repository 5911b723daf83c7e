"""The course's Keras networks.

Every classifier takes images in channels-last order, float32 in [0, 1], and returns logits: one score per
class, before softmax.
"""

from dcv.models.baseline import baseline_convnet, convolutional_base, dense_network, small_convnet
from dcv.models.counting import layer_table
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
from dcv.models.pretrained import load_pretrained, weight_key

__all__ = [
    "DetectionLoss",
    "baseline_convnet",
    "cell_anchors",
    "compile_detector",
    "convolutional_base",
    "decode_answers",
    "dense_network",
    "detect",
    "detection_loss_terms",
    "encode_objects",
    "grid_detector",
    "layer_table",
    "load_pretrained",
    "small_convnet",
    "suppress",
    "weight_key",
]
