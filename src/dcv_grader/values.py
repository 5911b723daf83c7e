"""Pass values between two processes of which neither can make the other run code: JSON, never pickle.

What gets through: None, booleans, numbers, strings, lists, tuples, sets, dicts, ranges, NumPy arrays of
numbers and strings, NumPy generators, Keras models of plain layers. Of all else only the class's name does.
"""

import base64
import json
import math
import re
import struct
import time

import numpy as np

MAXIMUM_FRAME = 64 << 20  # bytes
MAXIMUM_DEPTH = 40
DTYPE = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248]|c8|c16|[US]\d{1,6})")

#: Layers that hold no code: nothing in their configuration is a program.
PLAIN_LAYERS = frozenset(
    """
    Activation Add Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization CenterCrop
    Concatenate Conv1D Conv2D Conv2DTranspose Conv3D Cropping1D Cropping2D Dense DepthwiseConv1D
    DepthwiseConv2D Dot Dropout ELU Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization Identity InputLayer
    LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum Multiply Normalization
    PReLU Permute RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation
    RandomZoom ReLU RepeatVector Rescaling Reshape Resizing SeparableConv1D SeparableConv2D Softmax
    SpatialDropout1D SpatialDropout2D Subtract UnitNormalization UpSampling1D UpSampling2D ZeroPadding1D
    ZeroPadding2D
    """.split()  # noqa: SIM905
)
#: Modules all of whose classes are harmless: they hold numbers and names.
PLAIN_MODULES = frozenset(
    f"keras.{name}"
    for name in ("constraints", "dtype_policies", "initializers", "losses", "metrics", "optimizers")
) | {"keras.optimizers.schedules", "keras.regularizers", "keras.src.ops.nn", "keras.src.ops.numpy"}
MODELS = frozenset(
    {
        ("keras", "Sequential"),
        ("keras", "Functional"),
        ("keras.models", "Sequential"),
        ("keras.src.models.functional", "Functional"),  # what Keras itself writes
    }
)


class Refused(Exception):
    """A value that does not get through, or a message that is not one of ours."""


class Opaque:
    """Stands for an object of which only the class's name came through."""

    def __init__(self, class_name):
        self.class_name = str(class_name)[:100]

    def __repr__(self):
        return f"<an object of class {self.class_name}>"


def encode(value, functions=None, depth=0):
    """Return a value as lists and dicts for JSON.

    Parameters
    ----------
    value : object
    functions : list, optional
        Functions found in the value are put here, and their place in this list is passed; without it only
        the class's name is.
    """
    if depth > MAXIMUM_DEPTH:
        return {"object": type(value).__name__}

    def inner(item):
        return encode(item, functions, depth + 1)

    if value is None or type(value) in (bool, str, float):
        return {"value": value}
    if type(value) is int:
        return {"value": value} if value.bit_length() < 2000 else {"object": "int of very many digits"}
    if value is ...:
        return {"ellipsis": None}
    if isinstance(value, (list, tuple, set, frozenset)):
        kind = next(name for name in ("list", "tuple", "set") if isinstance(value, _SEQUENCES[name]))
        return {kind: [inner(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[inner(key), inner(item)] for key, item in value.items()]}
    if isinstance(value, range):
        return {"range": [value.start, value.stop, value.step]}
    if isinstance(value, np.random.Generator):
        return {"generator": _generator_state(value)}
    if hasattr(value, "get_weights") and hasattr(value, "get_config"):
        return _encode_model(value)
    if isinstance(value, (np.ndarray, np.generic)) or (
        hasattr(value, "__array__") and hasattr(value, "shape")
    ):
        return _encode_array(value)
    if isinstance(value, (bool, int, float, str)):  # of a class derived from these
        plain = next(kind for kind in (bool, int, float, str) if isinstance(value, kind))
        return inner(plain(value))
    if callable(value) and functions is not None:
        functions.append(value)
        return {"function": len(functions) - 1}
    return {"object": type(value).__name__}


_SEQUENCES = {"list": list, "tuple": tuple, "set": (set, frozenset)}


def decode(data, make_function=None, depth=0):
    """Return the value that `encode` has written; nothing in the data can make this run code.

    Parameters
    ----------
    data : dict
    make_function : function, optional
        Gets the place of a function in the sender's list, returns what stands for it here.

    Raises
    ------
    Refused
        If the data are not what `encode` writes, or hold a Keras model with parts that are not plain.
    """
    if not isinstance(data, dict) or len(data) != 1 or depth > MAXIMUM_DEPTH + 2:
        raise Refused("expected a value, got something else")
    ((kind, content),) = data.items()

    def inner(item):
        return decode(item, make_function, depth + 1)

    try:
        if kind == "value" and (content is None or type(content) in (bool, int, float, str)):
            return content
        if kind == "ellipsis":
            return ...
        if kind in ("list", "tuple", "set"):
            return {"list": list, "tuple": tuple, "set": set}[kind](inner(item) for item in content)
        if kind == "dict":
            return {inner(key): inner(item) for key, item in content}
        if kind == "range":
            return range(*map(int, content))
        if kind == "array":
            return _decode_array(content)
        if kind == "generator":
            return _decode_generator(content)
        if kind == "model":
            return _decode_model(content, inner)
        if kind == "function" and make_function is not None:
            return make_function(int(content))
        if kind == "object":
            return Opaque(content)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise Refused(f"expected a value, got something else: {error}") from error
    raise Refused(f"expected a value, got {kind!r}")


def _encode_array(value):
    array = np.asarray(value)
    if array.dtype.kind not in "biufcUS":
        try:  # bfloat16 of TensorFlow; arrays of objects that are numbers
            array = array.astype(np.float32) if array.dtype.kind == "V" else np.array(array.tolist())
        except (TypeError, ValueError):
            return {"object": "ndarray"}
        if array.dtype.kind not in "biufc":
            return {"object": "ndarray of objects"}
    content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    is_scalar = isinstance(value, np.generic)
    return {"array": [array.dtype.str, list(array.shape), content, is_scalar]}


def _decode_array(content):
    dtype, shape, text, is_scalar = content
    if not isinstance(dtype, str) or not DTYPE.fullmatch(dtype):
        raise Refused(f"expected an array of numbers or strings, got the dtype {dtype!r}")
    data = base64.b64decode(text, validate=True)
    dtype, shape = np.dtype(dtype), [int(size) for size in shape]
    if any(size < 0 for size in shape) or math.prod(shape) * dtype.itemsize != len(data):
        raise Refused(f"expected as many bytes as the shape {shape} needs, got {len(data)}")
    array = np.frombuffer(data, dtype).reshape(shape).copy() if len(data) else np.empty(shape, dtype)
    return array[()] if is_scalar else array


def _generator_state(generator):
    state = generator.bit_generator.state
    return [state["bit_generator"], {key: str(number) for key, number in state["state"].items()}]


def _decode_generator(content):
    name, state = content
    if name != "PCG64":
        raise Refused(f"expected a generator of the kind PCG64, got {name!r}")
    bits = np.random.PCG64(0)
    numbers = {key: int(state[key]) for key in ("state", "inc")}
    bits.state = {"bit_generator": "PCG64", "state": numbers, "has_uint32": 0, "uinteger": 0}
    return np.random.Generator(bits)


def _encode_model(model):
    """Return a Keras model as its configuration and its weights."""
    try:
        import keras

        config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
        return {"model": [config, [_encode_array(np.asarray(weight)) for weight in model.get_weights()]]}
    except Exception:
        return {"object": type(model).__name__}


def _decode_model(content, inner):
    config, weights = content
    check_config(config)
    if (config.get("module"), config.get("class_name")) not in MODELS:
        raise Refused(f"expected a Keras model, got {config.get('class_name')!r}")
    import keras

    arrays = [inner(weight) for weight in weights]
    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        model.set_weights(arrays)
    except Exception as error:  # Keras raises what comes to hand
        raise Refused(f"Keras does not accept the model: {type(error).__name__}: {error}"[:300]) from error
    return model


def check_config(config):
    """Raise Refused unless every class in a Keras configuration is on the list of plain ones.

    Parameters
    ----------
    config : dict, list or other
        As ``keras.saving.serialize_keras_object`` returns it.
    """
    waiting, count = [config], 0
    while waiting:
        item, count = waiting.pop(), count + 1
        if count > 200_000:
            raise Refused("expected a small model")
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            if "class_name" in item and not _is_plain(item):
                name = str(item["class_name"])[:60]
                raise Refused(f"the grader takes plain Keras layers only, and {name!r} is none of them")
            waiting += item.values()


def _is_plain(item):
    module, name = item.get("module"), item["class_name"]
    if not isinstance(name, str):
        return False
    if name == "__keras_tensor__":  # where a layer's input comes from
        return module is None
    if (module, name) in MODELS:
        return item.get("registered_name") in (None, name)
    if name == "function" and module == "builtins":  # an activation by its name
        return isinstance(item.get("config"), str)
    plain = (module == "keras.layers" and name in PLAIN_LAYERS) or module in PLAIN_MODULES
    is_policy = module == "keras" and name == "DTypePolicy"
    return (plain or is_policy) and name.isidentifier() and item.get("registered_name") in (None, name)


def send(connection, message):
    """Send a message, a dict for JSON, over a socket."""
    data = json.dumps(message).encode()
    if len(data) > MAXIMUM_FRAME:
        raise Refused(f"expected at most {MAXIMUM_FRAME >> 20} MiB, got {len(data) >> 20} MiB")
    connection.sendall(struct.pack(">I", len(data)) + data)


def receive(connection, seconds=None, largest=MAXIMUM_FRAME):
    """Return the next message from a socket, of at most so many bytes.

    Raises
    ------
    TimeoutError
        If it is not there, whole, after this many seconds.
    EOFError
        If the other side has gone.
    Refused
        If it is too long, or not a dict in JSON.
    """
    end = None if seconds is None else time.monotonic() + seconds
    try:
        (length,) = struct.unpack(">I", _receive_exactly(connection, 4, end))
        if length > largest:
            raise Refused(f"expected at most {largest >> 10} KiB, got {length >> 10} KiB")
        message = json.loads(_receive_exactly(connection, length, end))
    except (ConnectionError, BrokenPipeError) as error:
        raise EOFError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise Refused(f"expected a message, got something else: {error}") from error
    if not isinstance(message, dict):
        raise Refused("expected a message, got something else")
    return message


def _receive_exactly(connection, count, end):
    parts = []
    while count:
        if end is not None:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
        else:
            connection.settimeout(None)
        part = connection.recv(min(count, 1 << 20))
        if not part:
            raise EOFError("the other side has gone")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
