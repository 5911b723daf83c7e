"""The course's Keras networks.

Every classifier takes images in channels-last order, float32 in [0, 1], and returns logits: one score per
class, before softmax.
"""

from dcv.models.baseline import baseline_convnet, convolutional_base, dense_network, small_convnet
from dcv.models.counting import layer_table
from dcv.models.pretrained import load_pretrained, weight_key

__all__ = [
    "baseline_convnet",
    "convolutional_base",
    "dense_network",
    "layer_table",
    "load_pretrained",
    "small_convnet",
    "weight_key",
]
