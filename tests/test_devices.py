"""Training on several devices gives the losses of one device, and only if batch normalisation knows of them.

The processor can be split before TensorFlow starts, and only then: this is measured in a process of its own.
"""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from execute import ENVIRONMENT

from dcv import models
from dcv.devices import choose_devices, mirror, synchronize_batch_norm

STEPS, BATCH = 6, 16
TOLERANCE = 1e-10  # relative
PROGRAM = f"""
import contextlib
import json

import keras
import numpy as np

from dcv import training
from dcv.data import load_shapes10
from dcv.devices import StepLosses, choose_devices, mirror, synchronize_batch_norm

keras.config.set_floatx("float64")  # so that rounding cannot hide a mistake
devices = choose_devices(4)
repeated = choose_devices(2)
data = load_shapes10(train_count={STEPS * BATCH}, test_count=10)
images = data.train_images[:, ::2, ::2] / 255  # (96, 16, 16, 3)


def train(devices, change):
    with mirror(devices).scope() if devices else contextlib.nullcontext():
        training.set_seed(0)
        layers = [
            keras.layers.Conv2D(4, 3, use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10),
        ]
        model = change(keras.Sequential([keras.Input((16, 16, 3)), *layers]))
        model.compile(
            keras.optimizers.SGD(0.1, momentum=0.9),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=False,
        )
    steps = StepLosses()
    options = {{"batch_size": {BATCH}, "shuffle": False, "callbacks": [steps], "verbose": 0}}
    history = model.fit(images, data.train_labels, **options).history
    variances = np.concatenate([w.numpy() for w in model.weights if w.name == "moving_variance"])
    return {{"steps": steps.losses, "history": history["loss"], "variances": variances.tolist()}}


apart = lambda model: model
result = {{
    "devices": devices,
    "repeated": repeated,
    "plain": train([], apart),
    "together": {{count: train(devices[:count], synchronize_batch_norm) for count in (1, 2, 4)}},
    "apart": train(devices[:2], apart),
}}
try:
    choose_devices(8)
except RuntimeError as error:
    result["late"] = str(error)
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def measured():
    """What the program prints, without a GPU, so that it is the same on every machine."""
    environment = {**os.environ, **ENVIRONMENT, "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-c", PROGRAM]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]
    return json.loads(answer.stdout.splitlines()[-1])


def test_the_processor_is_split(measured):
    assert measured["devices"] == ["CPU:0", "CPU:1", "CPU:2", "CPU:3"]
    assert measured["repeated"] == ["CPU:0", "CPU:1"]


@pytest.mark.parametrize("count", ["1", "2", "4"])
def test_losses_of_all_steps_are_those_of_one_device(measured, count):
    expected = measured["plain"]
    losses = measured["together"][count]
    assert len(losses["steps"]) == STEPS
    assert losses["steps"] == pytest.approx(expected["steps"], rel=TOLERANCE)
    assert losses["variances"] == pytest.approx(expected["variances"], rel=TOLERANCE)


def test_the_comparison_can_fail(measured):
    expected, losses = measured["plain"], measured["apart"]
    assert losses["steps"] != pytest.approx(expected["steps"], rel=1e-4)
    assert losses["variances"] != pytest.approx(expected["variances"], rel=1e-4)


def test_steps_are_apart_from_each_other(measured):
    # The metrics were reset before each step, so what Keras reports at the end is the last step's loss.
    steps = measured["plain"]["steps"]
    assert len(set(steps)) == STEPS
    assert measured["plain"]["history"] == pytest.approx(steps[-1:])


def test_a_processor_that_has_started_is_not_split(measured):
    assert "split the processor into 8 devices" in measured["late"]
    assert "restart Python" in measured["late"]


@pytest.mark.parametrize(("there", "wanted", "expected"), [(4, 2, 2), (4, 4, 4), (2, 4, 2)])
def test_gpus_come_first(monkeypatch, there, wanted, expected):
    gpus = [f"GPU {i}" for i in range(there)]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus if kind == "GPU" else [])
    assert choose_devices(wanted) == [f"GPU:{i}" for i in range(expected)]


def test_one_gpu_is_not_several(monkeypatch):
    processors = tf.config.list_physical_devices("CPU")
    monkeypatch.setattr(
        tf.config, "list_physical_devices", lambda kind: ["GPU 0"] if kind == "GPU" else processors
    )
    assert choose_devices(1) == ["CPU:0"]


@pytest.mark.parametrize("count", [0, -1])
def test_count_below_one(count):
    with pytest.raises(ValueError, match=f"at least 1, the number of devices to train on; got {count}"):
        choose_devices(count)


@pytest.mark.parametrize("build", [models.residual_convnet, models.fast_convnet])
def test_only_batch_norm_changes(build):
    model = build()
    copy = synchronize_batch_norm(model)
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
    for layer, old in zip(copy.layers, model.layers, strict=True):
        if isinstance(old, keras.layers.BatchNormalization):
            assert type(layer) is keras.layers.BatchNormalization
            assert layer.synchronized
            assert (layer.momentum, layer.epsilon, layer.scale) == (old.momentum, old.epsilon, old.scale)
        else:
            assert layer.get_config() == old.get_config()
    images = np.random.default_rng(0).random((4, 32, 32, 3), dtype=np.float32)
    for training in (False, True):
        expected = model(images, training=training)
        np.testing.assert_allclose(copy(images, training=training), expected, rtol=1e-3, atol=1e-4)
    assert all(not layer.synchronized for layer in model.layers if hasattr(layer, "synchronized"))


def test_no_device():
    with pytest.raises(ValueError, match=r"devices is empty; expected names"):
        mirror([])


def test_model_that_cannot_be_copied():
    class Model(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(ValueError, match="Sequential or functional"):
        synchronize_batch_norm(Model())
