"""Checks that all networks share."""


def check_input_shape(input_shape, smallest=1):
    """Raise a ValueError unless this is the shape of an image, at least `smallest` pixels high and wide.

    Parameters
    ----------
    input_shape : tuple of int
        Expected as (height, width, channels).
    smallest : int
        The least height and width with which the network's last convolution still has a window.

    Raises
    ------
    ValueError
        With what was expected and what came.
    """
    if len(input_shape) != 3 or min(input_shape) < 1:
        raise ValueError(f"input_shape must be (height, width, channels), all at least 1; got {input_shape}")
    if min(input_shape[:2]) < smallest:
        raise ValueError(
            f"height and width must be at least {smallest} pixels, or the last convolution has no window; "
            f"got {input_shape}"
        )


def check_classes(classes):
    """Raise a ValueError unless there are at least two classes to decide between.

    Parameters
    ----------
    classes : int
        Expected to be 2 or more.

    Raises
    ------
    ValueError
        With what was expected and what came.
    """
    if classes < 2:
        raise ValueError(f"classes must be at least 2: one class leaves nothing to decide; got {classes}")
