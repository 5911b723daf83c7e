"""Steps of Muon: equally long in every direction, and the kernels of convolutions among what it moves."""

import keras
import numpy as np
import pytest

from dcv.optimizers import Muon


def one_step(optimizer, shape, seed=0):
    """Return the change of a variable of this shape after one step with a random gradient."""
    rng = np.random.default_rng(seed)
    variable = keras.Variable(np.zeros(shape, np.float32), name="kernel")
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(rng.normal(size=shape).astype(np.float32))])
    return np.asarray(variable)


@pytest.mark.parametrize("shape", [(3, 3, 3, 32), (3, 3, 32, 64), (1024, 64), (10, 10)])
def test_a_step_goes_equally_far_in_every_direction_and_as_far_as_adam_would(shape):
    step = one_step(Muon(0.01), shape)
    values = np.linalg.svd(step.reshape(-1, shape[-1]), compute_uv=False)
    assert values.max() / values.min() < 2.5  # of the random gradient up to some thousands
    assert np.sqrt(np.mean(step**2)) == pytest.approx(0.2 * 0.01, rel=0.25)


def test_a_kernel_is_the_matrix_of_its_weights():
    kernel, matrix = one_step(Muon(), (3, 3, 8, 16)), one_step(Muon(), (72, 16))
    np.testing.assert_allclose(kernel.reshape(72, 16), matrix, rtol=1e-5)
    as_in_keras = one_step(keras.optimizers.Muon(0.01, weight_decay=None), (72, 16))
    np.testing.assert_allclose(matrix, as_in_keras, rtol=1e-5)


def test_what_is_no_matrix_or_is_excluded_follows_adam():
    adam = one_step(keras.optimizers.Adam(0.01), (16,))
    np.testing.assert_allclose(one_step(Muon(0.01), (16,)), adam, rtol=1e-4)
    excluded = one_step(Muon(0.01, exclude_layers=["kernel"]), (3, 3, 8, 16))
    np.testing.assert_allclose(excluded, one_step(keras.optimizers.Adam(0.01), (3, 3, 8, 16)), rtol=1e-4)
