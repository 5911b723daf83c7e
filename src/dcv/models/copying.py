"""A copy of a network with changed layers."""

import keras


def copy_model(model, copy_layer):
    """Return a copy of a model, weights included, whose layers a function makes.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional.
    copy_layer : function
        Takes a layer and returns a new one with weights of the same shapes.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If the model cannot be copied layer by layer.

    Examples
    --------
    >>> from dcv.models import baseline_convnet
    >>> copy_model(baseline_convnet(), lambda layer: layer.from_config(layer.get_config())).count_params()
    122570
    """
    try:
        copy = keras.models.clone_model(model, clone_function=copy_layer)
    except (ValueError, NotImplementedError) as error:
        raise ValueError(
            f"model must be Sequential or functional, so that it can be copied: {error}"
        ) from error
    copy.set_weights(model.get_weights())
    return copy
