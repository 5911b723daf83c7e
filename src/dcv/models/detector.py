"""The grid detector of chapter 10: network, targets, loss, and from its output to boxes.

The image is divided into cells of 8 × 8 pixels. Each cell answers three questions: is the centre of an object
here, where are its borders, what is it? Borders are predicted as offsets from an anchor, a square in the
middle of the cell (`dcv.boxes.encode_boxes`).
"""

import keras
import numpy as np
from keras import layers, ops

from dcv.boxes import Detections, decode_boxes, encode_boxes, grid_anchors, non_maximum_suppression, to_center
from dcv.models.checks import check_classes, check_input_shape

CELL = 8  # pixels; three poolings
ANCHOR_SIDE = 20  # pixels, about the middle of the objects' sizes
BORDER_WEIGHT = 20.0  # the offsets' loss is small: this makes it as important as the other two


def grid_detector(input_shape=(64, 64, 3), classes=5):
    """Return a small convnet that looks for one object in each cell of a grid.

    Three stages of 3×3 convolution, batch normalization, ReLU and 2×2 max pooling (16, 32 and 64 filters),
    two more convolutions that let each cell look at its neighbours, and a 1×1 convolution for the answers.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width, channels) of one image; height and width are multiples of 8 pixels.
    classes : int
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Maps (batch, height, width, channels), float32 in [0, 1], to (batch, height / 8, width / 8,
        5 + classes), float32: a logit for "an object", four offsets, a logit for each class. Not compiled.

    Raises
    ------
    ValueError
        If the shape or the number of classes cannot be used.

    References
    ----------
    After Redmon et al. (2016), "You Only Look Once: Unified, Real-Time Object Detection".

    Examples
    --------
    >>> grid_detector().output_shape
    (None, 8, 8, 10)
    """
    check_input_shape(input_shape, smallest=CELL)
    check_classes(classes)
    if input_shape[0] % CELL or input_shape[1] % CELL:
        raise ValueError(
            f"height and width must be multiples of {CELL} pixels, got {input_shape}: pad the image"
        )
    x = inputs = keras.Input(input_shape)
    for i, filters in enumerate((16, 32, 64, 64, 64), 1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{i}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{i}")(x)
        x = layers.ReLU(name=f"relu{i}")(x)
        if i <= 3:
            x = layers.MaxPooling2D(2, name=f"pool{i}")(x)
    outputs = layers.Conv2D(5 + classes, 1, name="answers")(x)
    return keras.Model(inputs, outputs, name="grid_detector")


def cell_anchors(image_size=(64, 64)):
    """Return the anchor of each cell: a square of 20 pixels around its centre.

    Parameters
    ----------
    image_size : (height, width)
        Multiples of 8 pixels.

    Returns
    -------
    ndarray
        (height / 8, width / 8, 4), float64.

    Examples
    --------
    >>> cell_anchors()[0, 1]
    array([-6.,  2., 14., 22.])
    """
    height, width = image_size
    return grid_anchors(image_size, (height // CELL, width // CELL), [ANCHOR_SIDE])[:, :, 0]


def encode_objects(objects, image_size=(64, 64)):
    """Return what the network should answer in each cell.

    The cell in which the centre of an object's box lies has to find it. If two centres lie in the same cell,
    the object that comes later in the list, and so stands in front, displaces the other one.

    Parameters
    ----------
    objects : sequence of dcv.boxes.Objects
        One for each image.
    image_size : (height, width)
        Multiples of 8 pixels.

    Returns
    -------
    ndarray
        (count, height / 8, width / 8, 6), float32: 1 if there is an object, else 0; its four offsets; its
        label.

    Examples
    --------
    >>> from dcv.boxes import Objects
    >>> targets = encode_objects([Objects(np.array([[0.0, 4, 20, 24]]), np.array([3]))])
    >>> targets.shape, np.argwhere(targets[0, :, :, 0])  # centre in row 10, column 14
    ((1, 8, 8, 6), array([[1, 1]]))
    >>> targets[0, 1, 1]
    array([ 1. , -0.1,  0.1,  0. ,  0. ,  3. ], dtype=float32)
    """
    anchors = cell_anchors(image_size)
    targets = np.zeros((len(objects), *anchors.shape[:2], 6), np.float32)
    for target, (boxes, labels) in zip(targets, objects, strict=True):
        for box, label in zip(boxes, labels, strict=True):
            cell = tuple((to_center(box)[:2] // CELL).astype(int))
            target[cell] = [1, *encode_boxes(box, anchors[cell]), label]
    return targets


class DetectionLoss(keras.losses.Loss):
    """Loss of the grid detector: three questions, three terms, added.

    Every cell is asked whether it has an object (binary cross-entropy). Cells that have one are also asked
    for its borders (Huber loss of the offsets) and its class (cross-entropy). All three are sums over cells,
    divided by the number of objects in the batch, so that none drowns the others.

    Examples
    --------
    >>> targets = np.zeros((1, 8, 8, 6), "float32")
    >>> targets[0, 2, 3, 0] = 1
    >>> round(float(DetectionLoss()(targets, np.zeros((1, 8, 8, 10), "float32"))), 2)  # 64 ln 2 + ln 5
    45.97
    """

    def __init__(self, name="detection_loss"):
        super().__init__(name=name, reduction="sum")  # `call` has divided already

    def call(self, targets, answers):
        """Return the three terms added, one number for the batch."""
        return sum(detection_loss_terms(targets, answers))


def compile_detector(model, steps, *, learning_rate=5e-3):
    """Compile a grid detector with its loss and return it.

    Adam; the learning rate rises during the first fifth of the steps, then falls to zero along a cosine.

    Parameters
    ----------
    model : keras.Model
        A `grid_detector`.
    steps : int
        How many batches it will be trained on, at least 5.
    learning_rate : float
        The highest one, above 0.

    Returns
    -------
    keras.Model
        The same model, compiled.

    Raises
    ------
    ValueError
        If `steps` or `learning_rate` is too small.

    Examples
    --------
    >>> compile_detector(grid_detector(), steps=100).loss.name
    'detection_loss'
    """
    if steps < 5 or learning_rate <= 0:
        raise ValueError(f"expected at least 5 steps and a positive rate, got {steps} and {learning_rate}")
    warmup = steps // 5
    schedule = keras.optimizers.schedules.CosineDecay(
        0.1 * learning_rate, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    # Compiling so small a network with XLA takes longer than it saves on a CPU.
    model.compile(optimizer=keras.optimizers.Adam(schedule), loss=DetectionLoss(), jit_compile=False)
    return model


def detection_loss_terms(targets, answers):
    """Return the three terms of the loss of a batch: object, borders, class.

    Parameters
    ----------
    targets : tensor
        (batch, rows, columns, 6), as `encode_objects` returns them.
    answers : tensor
        (batch, rows, columns, 5 + classes), as `grid_detector` returns them.

    Returns
    -------
    tuple of tensor
        Three scalars, at least 0.
    """
    targets, answers = ops.convert_to_tensor(targets, "float32"), ops.cast(answers, "float32")
    has_object = targets[..., 0]
    count = ops.maximum(ops.sum(has_object), 1.0)
    object_loss = keras.losses.binary_crossentropy(
        targets[..., :1], answers[..., :1], from_logits=True
    )  # (batch, rows, columns)
    border_loss = keras.losses.huber(targets[..., 1:5], answers[..., 1:5], delta=0.25)
    class_loss = keras.losses.sparse_categorical_crossentropy(
        targets[..., 5], answers[..., 5:], from_logits=True
    )
    return (
        ops.sum(object_loss) / count,
        BORDER_WEIGHT * ops.sum(has_object * border_loss) / count,
        ops.sum(has_object * class_loss) / count,
    )


def decode_answers(answers, *, score_threshold=0.05):
    """Return the candidates in the network's output, before non-maximum suppression.

    The score of a candidate is the probability that the cell has an object, times the probability of its
    most likely class.

    Parameters
    ----------
    answers : array_like
        (count, rows, columns, 5 + classes), as `grid_detector` returns them.
    score_threshold : float
        Candidates with a score of at most this are left out.

    Returns
    -------
    list of dcv.boxes.Detections
        For each image, highest score first; boxes are cut off at the borders of the image.

    Examples
    --------
    >>> answers = np.zeros((1, 8, 8, 10), "float32")
    >>> answers[0, 2, 3, 0], answers[0, 2, 3, 9] = 9, 9
    >>> decode_answers(answers, score_threshold=0.5)[0].boxes
    array([[10., 18., 30., 38.]])
    """
    answers = np.asarray(answers, np.float64)
    rows, columns = answers.shape[1:3]
    image_size = (rows * CELL, columns * CELL)
    object_probability = 1 / (1 + np.exp(-answers[..., 0]))
    class_scores = np.exp(answers[..., 5:] - answers[..., 5:].max(axis=-1, keepdims=True))
    class_probabilities = class_scores / class_scores.sum(axis=-1, keepdims=True)
    scores = object_probability * class_probabilities.max(axis=-1)
    labels = class_probabilities.argmax(axis=-1)
    boxes = decode_boxes(answers[..., 1:5], cell_anchors(image_size))
    boxes = np.clip(boxes, 0, [*image_size, *image_size])
    detections = []
    for i in range(len(answers)):
        chosen = scores[i] > score_threshold
        order = np.argsort(-scores[i][chosen], kind="stable")
        detections.append(
            Detections(boxes[i][chosen][order], scores[i][chosen][order], labels[i][chosen][order])
        )
    return detections


def detect(model, images, *, score_threshold=0.05, iou_threshold=0.5):
    """Return what the detector finds in each image, after non-maximum suppression within each class.

    Parameters
    ----------
    model : keras.Model
        A trained `grid_detector`.
    images : ndarray
        (count, height, width, channels), float32 in [0, 1], of the model's input size.
    score_threshold : float
        Detections with a score of at most this are left out.
    iou_threshold : float
        Of two boxes of the same class with a larger IoU, the one with the higher score stays.

    Returns
    -------
    list of dcv.boxes.Detections
        For each image, highest score first.

    Examples
    --------
    >>> len(detect(grid_detector(), np.zeros((2, 64, 64, 3), "float32")))
    2
    """
    candidates = decode_answers(model.predict(images, verbose=0), score_threshold=score_threshold)
    return [suppress(found, iou_threshold=iou_threshold) for found in candidates]


def suppress(candidates, *, iou_threshold=0.5):
    """Return the detections of one image that stay after non-maximum suppression within each class.

    Parameters
    ----------
    candidates : dcv.boxes.Detections
        Of one image.
    iou_threshold : float
        In [0, 1].

    Returns
    -------
    dcv.boxes.Detections
        Highest score first.
    """
    boxes, scores, labels = candidates
    kept = non_maximum_suppression(boxes, scores, labels=labels, iou_threshold=iou_threshold)
    return Detections(boxes[kept], scores[kept], labels[kept])
