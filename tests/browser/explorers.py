"""All explorers, each with a function that makes a panel: what the generic tests go through."""

import numpy as np

from dcv.boxes import Detections
from dcv.data import load_shapes10, sample_image, scenes
from dcv.runs import load_run
from dcv.widgets import (
    explore_ablation,
    explore_aliasing,
    explore_anchors,
    explore_architecture,
    explore_augmentation,
    explore_channels,
    explore_channels_sum,
    explore_confusion,
    explore_convolution,
    explore_dataset,
    explore_feature_maps,
    explore_features,
    explore_geometry,
    explore_grad_cam,
    explore_iou,
    explore_network,
    explore_nms,
    explore_parameters,
    explore_pooling,
    explore_precision_recall,
    explore_receptive_field,
    explore_runs,
    explore_shift,
    explore_transfer,
)


def convolution():
    """A small photograph, so that every pixel is a cell."""
    return explore_convolution(sample_image("chelsea", size=(24, 32), gray=True))


def own_kernels():
    """What a learner might pass: a signed image of floats, kernels that are not square."""
    image = np.random.default_rng(0).normal(size=(12, 9))
    return explore_convolution(image, {"step": [[-1, 1]], "column": [[1.5], [0], [-0.25]]}, padding=1)


def parameters():
    """A dense layer and a convolution on an image of the size of CIFAR-10's."""
    return explore_parameters()


def pooling():
    """An edge map that is large enough for the zoom, and odd, so that values are lost at the edge."""
    return explore_pooling(sample_image("chelsea", size=(29, 21), gray=True))


def pooling_small():
    """A small signed map, as in the text of chapter 5."""
    return explore_pooling([[1, -3, 2, 0], [4, 2, -1, 5], [-6, -2, 3, 3], [-1, -4, 0, -2]])


def geometry():
    """Everything at once: padding, stride and dilation, and pixels that no window uses."""
    return explore_geometry(10, 3, padding=1, stride=2, dilation=2)


def aliasing():
    """Stripes that are too fine for the stride."""
    return explore_aliasing()


def channels():
    """Everything that can be mixed and reduced, on a photograph that is not square."""
    return explore_channels(sample_image("chelsea", size=(24, 36)))


def channels_reduced():
    """Only resolution and bits."""
    return explore_channels(sample_image("chelsea", size=32), resolution=12, bits=3, tools="reducing")


def channels_sum():
    """A photograph in colour, and the filters of the course."""
    return explore_channels_sum(sample_image("astronaut", size=(24, 20)) / 255)


def shift():
    """A plus and a ring on an empty canvas."""
    plus = np.zeros((5, 5))
    plus[2] = plus[:, 2] = 1
    ring = np.ones((5, 5))
    ring[1:4, 1:4] = 0
    return explore_shift({"plus": plus, "ring": ring})


def dataset():
    """Three drawn images of each of ten classes."""
    data = load_shapes10(300, 10)
    return explore_dataset(data.train_images, data.train_labels, data.class_names)


def runs():
    """The recorded runs with five learning rates."""
    return explore_runs(load_run("learning_rates")["history"], label="learning rate")


def architecture():
    """The baseline of the course."""
    return explore_architecture()


def confusion():
    """Drawn images, and a network that is right half of the time; one class is never named."""
    data = load_shapes10(10, 400)
    scores = np.random.default_rng(0).gumbel(size=(400, 10))
    scores[np.arange(400), data.test_labels] += 3
    scores[:, 7] = -20
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return explore_confusion(data.test_images, data.test_labels, probabilities, data.class_names)


def feature_maps():
    """Three layers of decreasing size on two drawn images, with channels that are zero."""
    rng = np.random.default_rng(0)
    maps = {
        "conv1": rng.normal(size=(2, 14, 14, 12)).clip(0),
        "pool1": rng.normal(size=(2, 7, 7, 12)).clip(0),
        "conv2": 5 * rng.normal(size=(2, 5, 5, 20)).clip(0),
    }
    maps["conv1"][..., 3] = 0
    images = load_shapes10(10, 2).test_images[:, ::2, ::2]
    return explore_feature_maps(images, maps, ["first", "second"], chain=[(3, 1), (2, 2), (3, 1)])


def grad_cam():
    """Two layers, three classes, and a class that no cell speaks for."""
    rng = np.random.default_rng(0)
    maps = {"conv1": rng.random((2, 3, 14, 14)), "conv2": rng.normal(size=(2, 3, 5, 5)).clip(0)}
    maps["conv2"][1, 2] = 0
    return explore_grad_cam(
        load_shapes10(10, 2).test_images[:, ::2, ::2],
        maps,
        [[0.7, 0.2, 0.1], [0.05, 0.9, 0.05]],
        ["square", "disc", "star"],
        centres={"conv1": (np.arange(1, 15),) * 2, "conv2": (np.arange(3.5, 12, 2),) * 2},
        fields={"conv1": 3, "conv2": 8},
    )


def receptive_field():
    """Two layers on an image that has room for them at their largest sizes and strides."""
    return explore_receptive_field([(3, 1), (2, 2)], image=sample_image("chelsea", size=96))


def network():
    """A small network with a way around two of its layers, batch normalization and a head that averages."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    image = keras.Input((12, 12, 3))
    maps = layers.Conv2D(6, 3, activation="relu", name="first")(image)
    way = layers.Conv2D(6, 3, padding="same", name="second")(maps)
    maps = layers.Add(name="sum")([maps, layers.BatchNormalization(name="norm")(way)])
    maps = layers.MaxPooling2D(2, name="pool")(maps)
    scores = layers.Dense(3, name="logits")(layers.GlobalAveragePooling2D(name="average")(maps))
    images = np.stack([sample_image(name, size=12) for name in ("chelsea", "coffee", "rocket")])
    return explore_network(keras.Model(image, scores), images, ["cat", "cup", "rocket"])


def iou():
    """Two boxes that overlap."""
    return explore_iou()


def noisy_detections(drawn, rng):
    """What a bad detector might say about scenes: each object found three times, not quite, and a ghost."""
    found = []
    for boxes, labels in drawn.objects:
        near = np.repeat(boxes, 3, axis=0) + rng.normal(0, 2.5, (3 * len(boxes), 4))
        near = np.concatenate([near, [[2, 2, 20, 24]]])
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 3)
        scores, other = rng.random(len(near)), rng.integers(0, 5, len(near))
        near_labels = np.append(np.repeat(labels, 3), 0)
        found.append(Detections(near, scores, np.where(rng.random(len(near)) < 0.15, other, near_labels)))
    return found


def nms():
    """Three scenes, with many boxes of mixed quality."""
    drawn = scenes(3, seed=4)
    found = noisy_detections(drawn, np.random.default_rng(0))
    return explore_nms(drawn.images, found, drawn.class_names)


def anchors():
    """A scene of several objects."""
    drawn = scenes(1, seed=0)
    boxes, labels = drawn.objects[0]
    return explore_anchors(drawn.images[0], boxes, [drawn.class_names[label] for label in labels])


def precision_recall():
    """Twenty scenes with detections of mixed quality, four of them to look at."""
    drawn = scenes(20, seed=4)
    found = noisy_detections(drawn, np.random.default_rng(0))
    return explore_precision_recall(drawn.images[:4], found, drawn.objects, drawn.class_names)


def transfer():
    """Three depths, four numbers of images, three runs."""
    accuracies = np.random.default_rng(0).uniform(0.5, 0.9, (4, 4, 3)).round(4)
    return explore_transfer([50, 100, 400, 1000], accuracies[:3], accuracies[3], trained=[900, 300, 20])


def features():
    """A dozen images of three classes, placed by their pixels and by numbers that know the class."""
    data = load_shapes10(40, 10)
    chosen = np.flatnonzero(data.train_labels < 3)
    images, labels = data.train_images[chosen], data.train_labels[chosen]
    hints = np.random.default_rng(0).normal(size=(len(images), 4)) + 2 * np.eye(4)[labels]
    kinds = {"pixels": images, "hints": hints}
    return explore_features(kinds, images, labels, data.class_names[:3], neighbours=3)


def ablation():
    """The recorded runs of chapter 8."""
    return explore_ablation(load_run("ablation"))


def augmentation():
    """Three drawn images, two of them with the same name."""
    data = load_shapes10(30, 10)
    return explore_augmentation(data.train_images[:3], ["ring", "ring", "square"])


EXPLORERS = {
    "network": network,
    "convolution": convolution,
    "own_kernels": own_kernels,
    "parameters": parameters,
    "dataset": dataset,
    "architecture": architecture,
    "runs": runs,
    "pooling": pooling,
    "pooling_small": pooling_small,
    "geometry": geometry,
    "aliasing": aliasing,
    "channels": channels,
    "channels_reduced": channels_reduced,
    "channels_sum": channels_sum,
    "shift": shift,
    "receptive_field": receptive_field,
    "confusion": confusion,
    "feature_maps": feature_maps,
    "grad_cam": grad_cam,
    "iou": iou,
    "nms": nms,
    "precision_recall": precision_recall,
    "anchors": anchors,
    "transfer": transfer,
    "features": features,
    "ablation": ablation,
    "augmentation": augmentation,
}
