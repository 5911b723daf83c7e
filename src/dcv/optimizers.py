"""Muon, an optimizer that makes every direction of a step equally long, for convolutions too."""

import math

import keras


class Muon(keras.optimizers.Muon):
    """Keras's Muon, which here also takes the kernels of convolutions.

    A gradient with respect to a matrix of weights has a few large singular values and many small ones: plain
    descent, and Adam too, hardly move along the directions of the small ones. Muon replaces the matrix of
    the accumulated gradients by the nearest one whose singular values are all about 1, which five products
    of matrices (a Newton–Schulz iteration) approximate. A convolution is a matrix product of patches and
    kernels, so its kernel is such a matrix: one row for each weight of a kernel, one column for each kernel.

    Biases and the scales of normalisation, which are no matrices, and layers in `exclude_layers` follow Adam.
    Keras's own class leaves the kernels of convolutions to Adam as well.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        Each weight of a matrix moves by about a fifth of it per step, as with Adam.
    exclude_layers : sequence of str, optional
        Regular expressions for the paths of variables that follow Adam; the last layer of a classifier
        should be among them.
    weight_decay, adam_weight_decay : float, optional
        None for none.
    **options
        As for `keras.optimizers.Muon`.

    References
    ----------
    Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks",
    https://kellerjordan.github.io/posts/muon/; Liu et al. (2025), "Muon is Scalable for LLM Training",
    https://arxiv.org/abs/2502.16982, for the size of a step.

    Examples
    --------
    >>> import numpy as np
    >>> stretched = np.diag([10.0, 1.0, 0.1]).reshape(1, 1, 3, 3)
    >>> step = Muon().zeropower_via_newtonschulz5(stretched, 5)
    >>> [bool(0.6 < value < 1.3) for value in np.diag(step[0, 0])]
    [True, True, True]
    """

    def __init__(self, learning_rate=0.01, *, weight_decay=None, adam_weight_decay=None, **options):
        super().__init__(
            learning_rate, weight_decay=weight_decay, adam_weight_decay=adam_weight_decay, **options
        )

    def _should_use_adamw(self, variable):
        # What Keras asks about each variable, with its answer for kernels of convolutions changed.
        return super()._should_use_adamw(_Matrix(variable) if len(variable.shape) == 4 else variable)

    def zeropower_via_newtonschulz5(self, x, steps):
        """Return a matrix or kernel of this shape whose singular values are all about 1."""
        matrix = keras.ops.reshape(x, (-1, x.shape[-1]))
        return keras.ops.reshape(super().zeropower_via_newtonschulz5(matrix, steps), x.shape)

    def lr_adjust(self, x):
        """Return a step scaled so that its numbers are as large as Adam's would be."""
        rows, columns = math.prod(x.shape[:-1]), x.shape[-1]
        return x * (self.rms_rate * max(rows, columns) ** 0.5)


class _Matrix:
    """What Keras looks at to decide how a variable is updated: a kernel, as the matrix that it is."""

    def __init__(self, kernel):
        self.shape, self.path = (math.prod(kernel.shape[:-1]), kernel.shape[-1]), kernel.path
