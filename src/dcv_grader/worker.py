"""The untrusted side: run a submission's cells, then answer calls. Runs inside the sandbox only.

Everything here may be replaced by the code that it runs; nothing here knows a test or an expected value.
"""

import os
import sys
import types

import numpy as np

from dcv_grader.values import Refused, decode, encode, receive, send

MAXIMUM_TEXT = 500


def work(connection):
    """Run cells and answer calls, as they are asked for, until the other side goes.

    Parameters
    ----------
    connection : socket.socket
    """
    names, process = _new_main(), os.getpid()
    while True:
        message, reply = receive(connection), {}
        if "cell" in message:
            reply = {"done": message["number"], "error": _run_cell(message["cell"], names)}
        elif "get" in message:
            reply = _get(names, message["get"])
        elif "call" in message:
            reply = _call(names, message, connection)
        if os.getpid() != process:
            os._exit(0)  # a fork that the submission made has come back to us: one reply is enough
        send(connection, reply)


def _new_main():
    """Return the namespace of a fresh module ``__main__``, with what a notebook's code may count on."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    names = module.__dict__
    nothing = types.SimpleNamespace
    names.update(np=np, check=_ignore, display=_ignore, get_ipython=lambda: nothing(run_line_magic=_ignore))
    return names


def _ignore(*arguments, **settings):
    return None


def _run_cell(source, names):
    """Run one cell; return None, or the error as a sentence."""
    try:
        try:
            code = compile(source, "<cell>", "exec")
        except SyntaxError:
            code = compile(without_magics(source), "<cell>", "exec")
        exec(code, names)
    except BaseException as error:
        return _short(error)
    return None


def without_magics(source):
    """Return a cell without the lines that only IPython understands; a cell in another language is empty."""
    if source.lstrip().startswith("%%"):
        return ""
    lines = source.splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!", "?")) else line for line in lines)


def _get(names, name):
    if name not in names:
        return {"missing": True}
    value = names[name]
    if callable(value) and not hasattr(value, "get_weights"):
        return {"is_function": True}
    return {"value": encode(value)}


def _call(names, message, connection):
    """Call a function of the submission; say what it returned or raised, and which arguments it changed."""
    function = names.get(message["call"])
    if not callable(function):
        return {"missing": True}

    def stand_in(place):
        return lambda *arguments, **settings: _ask_back(connection, place, arguments, settings)

    arguments = [decode(item, stand_in) for item in message["arguments"]]
    settings = {name: decode(item, stand_in) for name, item in message["settings"].items()}
    before = [_content(value) for value in arguments]
    try:
        value = function(*arguments, **settings)
    except BaseException as error:
        kinds = [kind.__name__ for kind in type(error).__mro__][:10]
        return {"error": kinds, "message": str(error)[:MAXIMUM_TEXT]}
    after = [_content(value) for value in arguments]
    changed = [[i, encode(arguments[i])] for i in range(len(arguments)) if before[i] != after[i]]
    return {"value": encode(value), "changed": changed}


def _content(value):
    """Return a copy of what a value holds, of those kinds that a function may change in place."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return repr(value) if isinstance(value, (list, dict)) else None


def _ask_back(connection, place, arguments, settings):
    """Call a function of the test, on the other side."""
    send(
        connection,
        {
            "callback": place,
            "arguments": [encode(value) for value in arguments],
            "settings": {name: encode(value) for name, value in settings.items()},
        },
    )
    answer = receive(connection)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    try:
        return decode(answer["value"])
    except Refused as error:
        raise RuntimeError(str(error)) from error


def _short(error):
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.lineno:
        text = f"{type(error).__name__}: {error.msg} (line {error.lineno})"
    return text[:MAXIMUM_TEXT]
