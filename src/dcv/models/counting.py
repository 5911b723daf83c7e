"""What a network consists of, in numbers."""


def layer_table(model):
    """Return one row per layer: what it is called, what leaves it, what it has to learn.

    Parameters
    ----------
    model : keras.Model
        A built model.

    Returns
    -------
    list of tuple
        (name, output shape without the batch axis, number of parameters).

    Raises
    ------
    ValueError
        If the model has no shapes yet.

    Examples
    --------
    >>> from dcv.models import convolutional_base
    >>> layer_table(convolutional_base())[0]
    ('conv1', (30, 30, 32), 896)
    """
    if not model.built:
        raise ValueError(
            "expected a built model, got one whose shapes are still unknown; "
            "begin it with keras.Input(shape) or call it once on a batch of images"
        )
    return [(layer.name, tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers]
