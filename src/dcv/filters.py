"""Hand-made kernels with a known effect, to compare with the ones that a network learns.

Every function returns a new array (height, width), float32, to be used with `dcv.ops.correlate2d`:
the kernel lies on the image as it is printed, it is not flipped. Rows run from top to bottom, columns
from left to right.

References
----------
R. C. Gonzalez and R. E. Woods (2018), *Digital Image Processing*, 4th edition, chapters 3 and 10.
"""

import numpy as np

#: How much red, green and blue count for the brightness that the eye sees (luma of ITU-R BT.601).
LUMA = (0.299, 0.587, 0.114)


def identity(size=3):
    """Return the kernel that leaves an image as it is: 1 in the centre, 0 elsewhere.

    Parameters
    ----------
    size : int
        Height and width; odd, because an even kernel has no centre.

    Returns
    -------
    ndarray
        (size, size), float32, sum 1.

    Raises
    ------
    ValueError
        If `size` is not a positive odd number.

    Examples
    --------
    >>> identity().astype(int)
    array([[0, 0, 0],
           [0, 1, 0],
           [0, 0, 0]])
    """
    _check_odd(size)
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2, size // 2] = 1
    return kernel


def box_blur(size=3):
    """Return the kernel that replaces each pixel by the plain mean of its neighbourhood.

    Parameters
    ----------
    size : int
        Height and width. An even size is allowed: 2 gives the kernel of 2 × 2 average pooling.

    Returns
    -------
    ndarray
        (size, size), float32, sum 1.

    Raises
    ------
    ValueError
        If `size` is below 1.

    Examples
    --------
    >>> box_blur(2)
    array([[0.25, 0.25],
           [0.25, 0.25]], dtype=float32)
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    return np.full((size, size), 1 / size**2, np.float32)


def gaussian_blur(size=5, sigma=None):
    """Return the kernel of a weighted mean in which near pixels count more than far ones.

    Parameters
    ----------
    size : int
        Height and width; odd, so that the peak falls on a pixel.
    sigma : float, optional
        Standard deviation in pixels; by default a fifth of `size`.

    Returns
    -------
    ndarray
        (size, size), float32, all positive, sum 1.

    Raises
    ------
    ValueError
        If `size` is not a positive odd number or `sigma` is not above 0.

    Examples
    --------
    >>> gaussian_blur(3).round(2)
    array([[0.03, 0.11, 0.03],
           [0.11, 0.45, 0.11],
           [0.03, 0.11, 0.03]], dtype=float32)
    """
    _check_odd(size)
    if sigma is None:
        sigma = size / 5  # the kernel then ends 2.5 standard deviations from its centre: little is cut off
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0 pixels, got {sigma}")
    distance = np.arange(size) - size // 2
    weights = np.exp(-(distance**2) / (2 * sigma**2))
    kernel = np.outer(weights, weights)
    return (kernel / kernel.sum()).astype(np.float32)


def sharpen():
    """Return the kernel that adds to each pixel its difference from its four neighbours.

    Returns
    -------
    ndarray
        (3, 3), float32, sum 1: `identity` minus `laplacian`.

    Examples
    --------
    >>> sharpen().astype(int)
    array([[ 0, -1,  0],
           [-1,  5, -1],
           [ 0, -1,  0]])
    """
    return np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)


def vertical_edges():
    """Return the Sobel kernel that finds vertical edges.

    The response is positive where the image gets brighter from left to right, negative where it gets
    darker, 0 where nothing changes.

    Returns
    -------
    ndarray
        (3, 3), float32, sum 0.

    Examples
    --------
    >>> vertical_edges().astype(int)
    array([[-1,  0,  1],
           [-2,  0,  2],
           [-1,  0,  1]])
    """
    return np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


def horizontal_edges():
    """Return the Sobel kernel that finds horizontal edges.

    The response is positive where the image gets brighter from top to bottom, negative where it gets
    darker, 0 where nothing changes.

    Returns
    -------
    ndarray
        (3, 3), float32, sum 0: `vertical_edges` transposed.

    Examples
    --------
    >>> horizontal_edges().astype(int)
    array([[-1, -2, -1],
           [ 0,  0,  0],
           [ 1,  2,  1]])
    """
    return np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], np.float32)


def diagonal_edges():
    """Return the kernel that finds edges that run like a slash, from bottom left to top right.

    The response is positive where the image gets brighter towards the bottom right, negative where it
    gets darker, 0 where nothing changes. `numpy.fliplr` of it finds the other diagonal.

    Returns
    -------
    ndarray
        (3, 3), float32, sum 0.

    Examples
    --------
    >>> diagonal_edges().astype(int)
    array([[-2, -1,  0],
           [-1,  0,  1],
           [ 0,  1,  2]])
    """
    return np.array([[-2, -1, 0], [-1, 0, 1], [0, 1, 2]], np.float32)


def laplacian():
    """Return the kernel that finds edges and spots of every direction.

    The response is positive on a dark spot, negative on a bright one, and 0 where the brightness is even
    or changes steadily.

    Returns
    -------
    ndarray
        (3, 3), float32, sum 0: a discrete second derivative.

    Examples
    --------
    >>> laplacian().astype(int)
    array([[ 0,  1,  0],
           [ 1, -4,  1],
           [ 0,  1,  0]])
    """
    return np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)


def emboss():
    """Return the kernel that makes an image look like a relief, with highlights and shadows on edges.

    Returns
    -------
    ndarray
        (3, 3), float32, sum 1: `identity` plus `diagonal_edges`, so flat areas keep their brightness.

    Examples
    --------
    >>> emboss().astype(int)
    array([[-2, -1,  0],
           [-1,  1,  1],
           [ 0,  1,  2]])
    """
    return np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32)


#: Every kernel by name, in the order in which the course meets them.
FILTERS = {
    "identity": identity,
    "box_blur": box_blur,
    "gaussian_blur": gaussian_blur,
    "sharpen": sharpen,
    "vertical_edges": vertical_edges,
    "horizontal_edges": horizontal_edges,
    "diagonal_edges": diagonal_edges,
    "laplacian": laplacian,
    "emboss": emboss,
}


def _check_odd(size):
    """Raise a ValueError if a kernel of this size has no centre pixel."""
    if size < 1 or size % 2 != 1:
        raise ValueError(
            f"size must be odd and at least 1, so that the kernel has a centre pixel, got {size}"
        )
