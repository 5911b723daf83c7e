"""Say whether an answer is not attempted, wrong or right, and name a mistake that is known.

Learners need not read this cell: it only defines ``check()``, which the exercises below call.
"""

import hashlib
import inspect

import numpy as np

LONGEST = 2000  # characters of a value that a message shows
_last_call = ["?"]  # what a message says was called; tests run one after the other


class NotAttempted(Exception):
    """The answer is still the starter."""


class LearnerError(Exception):
    """The learner's code raised an exception; ``kinds`` are the names of its class and bases."""

    def __init__(self, kinds, message):
        super().__init__(f"{kinds[0]}: {message}" if message else kinds[0])
        self.kinds = tuple(kinds)


class Unmet(AssertionError):
    """An expectation was not met: what was called, what was expected, what came."""

    def __init__(self, expected, got, *, key, call=None):
        super().__init__(f"expected {expected}, got {got}")
        self.call, self.expected, self.got = call or _last_call[0], expected, got
        self.key = key  # stands for the value that came, so that a known mistake is recognised


def expect(condition, message, got=None, call=None):
    """Expect that a condition holds; the message ends the sentence "expected …"."""
    if not condition:
        raise Unmet(message, _text(got), key=_key(got), call=call)


def expect_equal(got, want, call=None):
    """Expect exactly this value; 3.0 and True are not the whole number that 3 and 1 are."""
    if _key(got, digits=17) != _key(want, digits=17):
        shown, wanted = _text(got), _text(want)
        if shown == wanted:  # as for 3 and np.float32(3): what differs is the type
            shown, wanted = (f"{text} ({type(v).__name__})" for text, v in ((shown, got), (wanted, want)))
        raise Unmet(wanted, shown, key=_key(got), call=call)


def expect_close(got, want, call=None, rtol=1e-5, atol=1e-6):
    """Expect the same shape, and numbers that differ by rounding only."""
    want = np.asarray(want)
    shape = np.shape(got) if _is_numeric(got) else None
    if shape is not None and shape != want.shape:
        raise Unmet(f"the shape {want.shape}", f"the shape {shape}: {_text(got)}", key=_key(got), call=call)
    if shape is None or not np.allclose(got, want, rtol=rtol, atol=atol, equal_nan=True):
        raise Unmet(_text(want[()]), _text(got), key=_key(got), call=call)


def expect_array(got, shape=None, dtype=None, call=None):
    """Expect a NumPy array, with this shape and this dtype if they are given."""
    wanted = "an array" + (f" of shape {shape}" if shape is not None else "")
    wanted += f" with dtype {np.dtype(dtype)}" if dtype is not None else ""
    fits = isinstance(got, np.ndarray) and shape in (None, got.shape)
    if not fits or (dtype is not None and got.dtype != np.dtype(dtype)):
        came = f"shape {got.shape}, dtype {got.dtype}" if isinstance(got, np.ndarray) else _text(got)
        raise Unmet(wanted, came, key=f"{came} {_key(got)}", call=call)


def expect_raises(error, function, *arguments, **settings):
    """Expect that a call raises this class of exception."""
    try:
        got = function(*arguments, **settings)
    except LearnerError as raised:
        if error.__name__ not in raised.kinds:
            raise Unmet(f"a {error.__name__}", str(raised), key=raised.kinds[0]) from raised
    else:
        raise Unmet(f"a {error.__name__}", f"no error, but {_text(got)}", key=_key(got))


def check(name, *tests, mistakes=None):
    """Run the public tests of one exercise on the answers in this notebook and print how it went."""
    results = [run_test(test, globals()) for test in tests]
    outcomes = {result["outcome"] for result in results}
    if "not attempted" in outcomes:
        print(f"○ {name}: not attempted yet. Write your answer in the cell above and run it.")
        return
    right = sum(result["outcome"] == "right" for result in results)
    verdict = (
        "✔ {}: right. All {} checks passed." if right == len(results) else "✘ {}: {} of {} checks passed."
    )
    print(verdict.format(name, *([right] if right < len(results) else []), len(results)))
    for result in results:
        if result["outcome"] == "wrong":
            print("\n" + describe(result))
    for sentence in known_mistakes(results, mistakes or {}):
        print(f"\nA known mistake: {sentence}")


def run_test(test, answers, rng=None):
    """Return what a test function says about the answers that it asks for by name.

    Returns
    -------
    dict
        ``test`` and ``title`` name it, ``outcome`` is "not attempted", "wrong" or "right"; a wrong one
        has ``call``, ``expected``, ``got`` and ``digest``, by which `known_mistakes` recognises it.
    """
    title = (inspect.getdoc(test) or test.__name__.removeprefix("test_").replace("_", " ")).splitlines()[0]
    result = {"test": test.__name__, "title": title}
    _last_call[0] = "?"
    try:
        test(
            **{
                parameter: _answer(parameter, answers, rng)
                for parameter in inspect.signature(test).parameters
            }
        )
    except NotAttempted:
        return result | {"outcome": "not attempted"}
    except Unmet as unmet:
        call, expected, got, key = unmet.call, unmet.expected, unmet.got, unmet.key
    except LearnerError as error:
        call, expected, got, key = _last_call[0], "an answer", f"the error {error}", error.kinds[0]
    except Exception as error:  # the test stumbled over what came, for example over None
        call, expected, key = _last_call[0], "a value that the test can use", type(error).__name__
        got = f"one that fails with {type(error).__name__}: {error}"
    else:
        return result | {"outcome": "right"}
    digest = hashlib.sha256(f"{test.__name__} {call} {key}".encode()).hexdigest()[:12]
    shown = {"call": call, "expected": expected, "got": got}
    shown = {key: text if len(text) <= LONGEST else f"{text[:LONGEST]} …" for key, text in shown.items()}
    return result | {"outcome": "wrong", **shown, "digest": digest}


def describe(result):
    """Return the lines that tell a learner of a wrong answer."""
    lines = [f"✘ {result['title']}"]
    for label, text in (("call", result["call"]), ("expected", result["expected"]), ("got", result["got"])):
        if text != "?":
            lines.append(f"    {label:9} " + text.replace("\n", "\n" + " " * 14))
    return "\n".join(lines)


def known_mistakes(results, mistakes):
    """Return the sentences for the mistakes that these results are known to come from, each once."""
    found = (mistakes.get(result.get("digest")) for result in results)
    return list(dict.fromkeys(sentence for sentence in found if sentence))


def _answer(name, answers, rng):
    """Return what a test gets for one of its parameters."""
    if name == "rng":
        return np.random.default_rng(0) if rng is None else rng
    if name not in answers or answers[name] is ...:
        raise NotAttempted(name)
    answer = answers[name]
    is_model = hasattr(answer, "get_weights")  # Keras models can be called too
    return watched(name, answer) if callable(answer) and not is_model else answer


def watched(name, function):
    """Return the function such that its calls are remembered and its errors told from those of tests."""

    def call(*arguments, **settings):
        texts = [_text(value) for value in arguments]
        texts += [f"{key}={_text(value)}" for key, value in settings.items()]
        text = f"{name}({', '.join(texts)})"
        _last_call[0] = text
        try:
            value = function(*arguments, **settings)
        except (NotAttempted, LearnerError):
            raise
        except NotImplementedError as error:
            raise NotAttempted(name) from error
        except Exception as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            raise LearnerError(kinds, str(error)) from error
        finally:
            _last_call[0] = text  # an answer may have called another one meanwhile
        if value is ...:
            raise NotAttempted(name)
        return value

    return call


def _is_numeric(value):
    """Return whether NumPy reads a value as numbers."""
    try:
        return np.asarray(value).dtype.kind in "biufc"
    except Exception:
        return False


def _plain(value):
    """Return tensors as arrays and NumPy's scalars as Python's; all else as it is."""
    if isinstance(value, np.generic):
        return value.item()
    return np.asarray(value) if hasattr(value, "__array__") and hasattr(value, "shape") else value


def _text(value):
    """Return a value as a learner should read it: short, and without memory addresses."""
    value = _plain(value)
    if isinstance(value, np.ndarray):
        if value.size <= 36:
            return np.array2string(value, precision=4, separator=", ", suppress_small=True)
        text = f"an array of shape {value.shape}, {value.dtype}"
        return text + (f", from {value.min():.4g} to {value.max():.4g}" if value.dtype.kind in "biuf" else "")
    if isinstance(value, float):
        return f"{value:.6g}" if value % 1 or abs(value) > 1e6 else f"{value:.1f}"
    if isinstance(value, (list, tuple)) and len(value) <= 36:
        ends = "[]" if isinstance(value, list) else "()"
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        return ends[0] + ", ".join(map(_text, value)) + comma + ends[1]
    text = repr(value)
    if " at 0x" in text or len(text) > 300:
        return f"an object of class {type(value).__name__}"
    return text


def _key(value, digits=5):
    """Return a text that is the same for values that differ by rounding only."""
    value = _plain(value)
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({','.join(_key(item, digits) for item in value[:500])})"
    if isinstance(value, dict):
        return f"dict({','.join(f'{_key(k, digits)}:{_key(v, digits)}' for k, v in value.items())})"
    if isinstance(value, np.ndarray):
        kind = "float" if value.dtype.kind == "f" else value.dtype.kind
        return (
            f"{value.shape}{kind}({','.join(_key(item, digits) for item in value.ravel()[:2000].tolist())})"
        )
    if isinstance(value, (float, complex)):
        return f"{value + 0.0:.{digits}g}" + "f"
    return repr(value) if isinstance(value, (str, bytes, int, type(None))) else type(value).__name__
