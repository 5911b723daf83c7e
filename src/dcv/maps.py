"""Maps over images: put a coarse one in its place, and say how alike two are."""

import numpy as np


def place_on_image(values, rows, columns, shape):
    """Return a coarse map at the size of an image, each value in its place, and linear between the places.

    Beyond the outermost places the map goes on with its outermost values.

    Parameters
    ----------
    values : array_like
        (map rows, map columns), real numbers.
    rows, columns : array_like
        Where the values lie, in pixels, ascending: `cell_centres` returns them.
    shape : tuple of int
        (height, width) of the image.

    Returns
    -------
    ndarray
        (height, width), float64.

    Raises
    ------
    ValueError
        If there is not one place for each row and column, or they do not ascend.

    Examples
    --------
    >>> place_on_image([[0, 1], [0, 1]], [0, 3], [0, 2], (4, 3))[0].tolist()
    [0.0, 0.5, 1.0]
    """
    values, rows, columns = (np.asarray(array, float) for array in (values, rows, columns))
    if values.shape != (rows.size, columns.size):
        raise ValueError(
            f"values of shape {values.shape} need as many places, got {rows.size} and {columns.size}"
        )
    if (np.diff(rows) <= 0).any() or (np.diff(columns) <= 0).any():
        raise ValueError("rows and columns must ascend: np.interp would return nonsense")
    height, width = shape
    wide = [np.interp(np.arange(width), columns, line) for line in values]  # map rows × (width,)
    return np.stack([np.interp(np.arange(height), rows, line) for line in np.transpose(wide)], axis=1)


def map_agreement(first, second):
    """Return the rank correlation of two maps: 1 if both order their values alike, 0 if unrelated.

    Only the order counts, so that two methods with different units can be compared.

    Parameters
    ----------
    first, second : array_like
        Two maps of one shape, at least two values each.

    Returns
    -------
    float
        Spearman's coefficient, in [−1, 1]; NaN if a map is the same everywhere, for it has no order.

    Raises
    ------
    ValueError
        If the shapes differ, or a value is not finite.

    Examples
    --------
    >>> map_agreement([[1, 2], [3, 4]], [[10, 20], [30, 400]])
    1.0
    >>> map_agreement([[1, 2], [3, 4]], [[4, 3], [2, 1]])
    -1.0
    """
    from scipy.stats import spearmanr  # here, because it takes a second to load

    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape or first.size < 2:
        raise ValueError(f"expected two maps of one shape; got {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("the maps must hold finite numbers; got NaN or infinity")
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(spearmanr(first.ravel(), second.ravel()).statistic)
