"""Values get through unchanged, everything else is refused, and nothing that arrives runs code."""

import json
import socket
import threading

import numpy as np
import pytest

from dcv_grader.values import (
    MAXIMUM_FRAME,
    Opaque,
    Refused,
    check_config,
    decode,
    encode,
    receive,
    send,
)


def through(value):
    """Return a value as it arrives."""
    return decode(json.loads(json.dumps(encode(value))))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        10**40,
        2.5,
        "text",
        ...,
        (1, [2.0, "x"]),
        {"a": (1,), 2: None},
        {1, 2},
        range(2, 9, 3),
        [],
        (),
        {},
    ],
)
def test_plain_values(value):
    arrived = through(value)
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.uint8).reshape(2, 3),
        np.zeros((0, 3)),
        np.array(2.5),
        np.array([True, False]),
        np.array(["cat", "dog"]),
        np.arange(12.0)[::-2],
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.array([1 + 2j]),
    ],
)
def test_arrays(array):
    arrived = through(array)
    np.testing.assert_array_equal(arrived, array)
    assert (arrived.dtype, arrived.shape) == (array.dtype, array.shape)
    assert arrived.flags.writeable


def test_scalars():
    assert isinstance(through(np.float32(0.5)), np.float32)
    assert np.isnan(through(float("nan")))


def test_generator_goes_on():
    rng = np.random.default_rng(7)
    rng.random()
    arrived = through(rng)
    assert arrived.random() == rng.random()


class Evil:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("value", [Evil(), object, np.array([Evil()], dtype=object), b"bytes", lambda: 3])
def test_other_objects_leave_only_a_name(value):
    assert isinstance(through(value), Opaque)


def test_number_of_very_many_digits():
    assert isinstance(through(10**5000), Opaque)


def test_derived_classes_become_plain():
    class Number(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    arrived = through(Number(7))
    assert type(arrived) is int
    assert arrived != 3


def test_deep_values_end():
    deep = []
    for _ in range(1000):
        deep = [deep]
    arrived, depth = through(deep), 0
    while isinstance(arrived, list):
        arrived, depth = arrived[0], depth + 1
    assert isinstance(arrived, Opaque)
    assert depth < 100


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"value": []},
        {"value": 1, "list": []},
        {"pickle": "gASV"},
        {"list": 3},
        {"list": [3]},
        {"dict": [[{"list": []}, {"value": 1}]]},
        {"array": ["|O", [1], "AAAAAAAAAAA=", False]},
        {"array": ["<f8", [10**12], "AAAAAAAAAAA=", False]},
        {"array": ["<f8", [-1, -1], "AAAAAAAAAAA=", False]},
        {"array": ["<f8", [1], "!!", False]},
        {"array": ["os.system", [1], "AA==", False]},
        {"array": [["a", "<f8"], [1], "AAAAAAAAAAA=", False]},
        {"range": [1, 2, 0]},
        {"function": 0},
        {"generator": ["MT19937", {}]},
        {"model": [{"module": "os", "class_name": "system", "config": {}}, []]},
        {"model": [{"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}, []]},
        {"model": [3, []]},
    ],
)
def test_what_encode_does_not_write_is_refused(data):
    with pytest.raises(Refused):
        decode(data)


def test_functions_are_places():
    functions = []
    data = encode([np.sum, 3], functions)
    assert functions == [np.sum]
    assert decode(data, lambda place: f"function {place}") == ["function 0", 3]


LAMBDA = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {"function": {"class_name": "__lambda__"}},
}


@pytest.mark.parametrize(
    "config",
    [
        LAMBDA,
        {
            "module": "keras",
            "class_name": "Functional",
            "config": {"layers": [LAMBDA]},
            "registered_name": "x",
        },
        {"module": "keras.layers", "class_name": "TFSMLayer", "config": {}},
        {"module": "keras.layers", "class_name": "Dense", "config": {}, "registered_name": "custom>Dense"},
        {"module": "__main__", "class_name": "Evil", "config": {}},
        {"module": "builtins", "class_name": "eval", "config": "1"},
        {"module": "builtins", "class_name": "function", "config": {"code": "1"}},
        {"module": "keras.losses", "class_name": "a.b", "config": {}},
        {"module": None, "class_name": "Dense", "config": {}},
        {"module": "keras.layers", "class_name": ["Dense"], "config": {}},
        {
            "module": "keras.layers",
            "class_name": "Dense",
            "config": {"activation": {"class_name": "__lambda__"}},
        },
        {"class_name": "__numpy__", "config": {}},
        [[{"module": "os", "class_name": "system"}]],
    ],
)
def test_configurations_with_code_are_refused(config):
    with pytest.raises(Refused, match="plain Keras layers only"):
        check_config(config)


def test_messages():
    a, b = socket.socketpair()
    with a, b:
        send(a, {"x": "ü" * 10_000})
        assert receive(b) == {"x": "ü" * 10_000}
        with pytest.raises(TimeoutError):
            receive(b, 0.05)
        with pytest.raises(Refused):
            send(a, {"x": "x" * (MAXIMUM_FRAME + 1)})


@pytest.mark.parametrize("data", [b"\xff" * 4, b"\0\0\0\2{]", b"\0\0\0\2[]", b"\0\0\0\1", b"\0\0"])
def test_garbage(data):
    a, b = socket.socketpair()
    with b:
        a.sendall(data)
        a.close()
        with pytest.raises((Refused, EOFError)):
            receive(b, 1)


def test_half_a_message_is_not_waited_for():
    a, b = socket.socketpair()
    stop = threading.Event()

    def drip():
        while not stop.wait(0.02):
            a.send(b"\0")

    with a, b:
        thread = threading.Thread(target=drip)
        a.sendall((1 << 20).to_bytes(4, "big"))
        thread.start()
        with pytest.raises(TimeoutError):
            receive(b, 0.2)
        stop.set()
        thread.join()


@pytest.mark.slow
def test_keras_models():
    import keras

    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Add()([x, keras.layers.Conv2D(4, 1, name="shortcut")(inputs)])
    outputs = keras.layers.Dense(2, activation="softmax")(keras.layers.GlobalAveragePooling2D()(x))
    functional = keras.Model(inputs, outputs)
    functional.get_layer("shortcut").trainable = False
    functional.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    sequential = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    )
    added = keras.Model(inputs, keras.ops.mean(keras.ops.relu(x) + x, axis=(1, 2)))
    for model in (functional, sequential, added):
        arrived = through(model)
        batch = np.random.default_rng(0).random((2, *model.input_shape[1:]), dtype=np.float32)
        np.testing.assert_allclose(arrived(batch), model(batch), atol=1e-6)
        assert arrived.count_params() == model.count_params()
        assert len(arrived.trainable_weights) == len(model.trainable_weights)
        np.testing.assert_array_equal(through(model(batch)), np.asarray(model(batch)))
    arrived = through(functional)
    assert float(arrived.optimizer.learning_rate) == pytest.approx(0.003)
    assert arrived.loss == "sparse_categorical_crossentropy"


@pytest.mark.slow
def test_models_with_code_are_refused():
    import keras

    class Own(keras.layers.Layer):
        def call(self, x):
            return x

    @keras.saving.register_keras_serializable("here")
    class Registered(keras.layers.Dense):
        pass

    layers = (keras.layers.Lambda(lambda x: x), Own(), Registered(2))
    for layer in layers:
        with pytest.raises(Refused, match="plain Keras layers only"):
            through(keras.Sequential([keras.Input((2,)), layer]))

    class OwnModel(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(Refused, match="OwnModel"):
        through(OwnModel())
