"""Networks whose weights ship with the course: they come from the recorded runs (`dcv.runs`)."""

from dcv.data import pretrained_weights
from dcv.models.baseline import baseline_convnet
from dcv.models.detector import grid_detector
from dcv.models.improved import residual_convnet
from dcv.models.transfer import eight_class_convnet

# Name of a recorded run → the function that builds its network. The weights lie in dcv/weights/NAME.npz.
PRETRAINED = {
    "baseline_convnet": baseline_convnet,
    "grid_detector": grid_detector,
    "eight_classes": eight_class_convnet,
    "residual_convnet": residual_convnet,
}


def load_pretrained(name="baseline_convnet"):
    """Return a network with the weights of its recorded run (see `dcv.runs.load_run`).

    Parameters
    ----------
    name : str
        A key of `PRETRAINED`, such as "baseline_convnet".

    Returns
    -------
    keras.Model
        As the function of that name returns it; trained as the record of the run says.

    Raises
    ------
    ValueError
        If there is no such network.

    Examples
    --------
    >>> load_pretrained().output_shape
    (None, 10)
    """
    if name not in PRETRAINED:
        raise ValueError(f"name must be one of {', '.join(PRETRAINED)}; got {name!r}")
    model = PRETRAINED[name]()
    weights = pretrained_weights(name)
    for variable in model.weights:
        variable.assign(weights[weight_key(variable)])
    return model


def weight_key(variable):
    """Return the name under which a weight is stored, such as "conv1/kernel".

    Parameters
    ----------
    variable : keras.Variable
        A weight of one of the course's networks.

    Returns
    -------
    str
        "layer/weight", the end of the variable's path.
    """
    return "/".join(variable.path.split("/")[-2:])
