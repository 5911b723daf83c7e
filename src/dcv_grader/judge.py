"""The trusted side: run the tests; they call functions in another process, and see values."""

import inspect
import socket

import numpy as np

from dcv_grader import checks
from dcv_grader.source import Question, functions
from dcv_grader.testing import generator, run_code, run_tests
from dcv_grader.values import Refused, decode, encode, receive, send

LOST = "lost"  # the outcome of a test during or after which the worker was gone


class WorkerLost(BaseException):
    """The worker hangs or has died. No test can catch this."""


class Remote:
    """A submission's answers, in the process that runs it.

    Parameters
    ----------
    connection : socket.socket
    seconds : float
        That one call may take.
    """

    def __init__(self, connection, seconds):
        self.connection, self.seconds = connection, seconds

    def answers(self, question):
        """Return what stands for the answers of one question: functions to call, and values."""
        is_function = set(functions(question.starter))
        found = {}
        for name in question.answers:
            reply = self._exchange({"get": name}, name)
            if "missing" in reply:
                continue
            if "is_function" in reply:
                found[name] = self._proxy(name) if name in is_function else _Unusable("a function")
            else:
                found[name] = self._decoded(reply.get("value"))
        return found

    def _decoded(self, data):
        try:
            return decode(data)
        except Refused as error:
            return _Unusable(str(error))

    def _proxy(self, name):
        def call(*arguments, **settings):
            return self._call(name, arguments, settings)

        return call

    def _call(self, name, arguments, settings):
        callbacks = []
        reply = self._exchange(
            {
                "call": name,
                "arguments": [encode(value, callbacks) for value in arguments],
                "settings": {key: encode(value, callbacks) for key, value in settings.items()},
            },
            name,
            callbacks,
        )
        if "missing" in reply:
            raise checks.NotAttempted(name)
        if "error" in reply:
            kinds = [str(kind)[:100] for kind in reply["error"][:10]] or ["Exception"]
            if kinds[0] == "NotImplementedError":
                raise checks.NotAttempted(name)
            raise checks.LearnerError(kinds, str(reply.get("message", ""))[:500])
        try:
            for place, data in reply.get("changed", []):
                _change(arguments[place], decode(data))
            return decode(reply["value"])
        except Refused as error:
            raise checks.LearnerError(["Refused"], str(error)) from error
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise checks.LearnerError(["Refused"], "the answer is not a value") from error

    def _exchange(self, message, name, callbacks=()):
        """Send a request and return the reply, answering calls of the test's own functions meanwhile."""
        try:
            self.connection.settimeout(self.seconds)
            send(self.connection, message)
            for _ in range(10_000):
                reply = receive(self.connection, self.seconds)
                if "callback" not in reply:
                    return reply
                send(self.connection, _answer_callback(reply, callbacks))
        except TimeoutError as error:
            raise WorkerLost(f"{name} did not finish within {self.seconds:g} seconds") from error
        except (EOFError, OSError) as error:
            raise WorkerLost(f"{name} ended its process: it exited, crashed or went over a limit") from error
        except Refused as error:
            raise WorkerLost(f"{name}: {error}") from error
        raise WorkerLost(f"{name} called back without end")


class _Unusable:
    """A value that did not get through; whatever a test does with it fails."""

    def __init__(self, reason):
        self.reason = reason

    def __repr__(self):
        return self.reason


def _answer_callback(request, callbacks):
    try:
        function = callbacks[int(request["callback"])]
        arguments = [decode(item) for item in request["arguments"]]
        settings = {str(key): decode(item) for key, item in request["settings"].items()}
        return {"value": encode(function(*arguments, **settings))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:500]}


def _change(argument, value):
    """Do to an argument what the answer did to its copy."""
    if isinstance(argument, np.ndarray) and argument.shape == np.shape(value):
        argument[...] = value
    elif isinstance(argument, list) and isinstance(value, list):
        argument[:] = value
    elif isinstance(argument, dict) and isinstance(value, dict):
        argument.clear()
        argument.update(value)


def judge(connection):
    """Grade questions as they are asked for, until the other side goes.

    A request names the question, shared code and seed, and comes with a worker's socket; the reply holds a
    result for each test, and the sentences for known mistakes.

    Parameters
    ----------
    connection : socket.socket
    """
    while True:
        request = receive(connection)
        _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
        with socket.socket(fileno=descriptors[0]) as worker:
            send(connection, grade_question(worker, **request))


def grade_question(worker, question, shared, seed):
    """Return the results of one question's tests on the answers of a worker.

    Parameters
    ----------
    worker : socket.socket
    question : dict
        As the judge file has it.
    shared : list of str
        Code that the tests may use.
    seed : str
        For the hidden tests' random numbers.

    Returns
    -------
    dict
        ``results`` (as `checks.run_test` returns them, each with ``role``), ``mistakes`` (sentences), and
        ``lost``, why the worker can be used no more, or None.
    """
    mistakes = question["mistakes"]
    question = Question(**{key: value for key, value in question.items() if key != "mistakes"})
    remote = Remote(worker, question.seconds)
    results, lost, answers = [], None, None
    for role in ("test", "hidden"):
        tests = run_code(*shared, getattr(question, role))
        for name in functions(getattr(question, role)):
            test, rng = tests[name], generator(seed, question.name, name) if role == "hidden" else None
            try:
                if lost is not None:
                    raise WorkerLost(lost)
                answers = remote.answers(question) if answers is None else answers
                result = checks.run_test(test, answers, rng)
            except WorkerLost as error:
                lost = str(error)
                result = {"test": name, "title": _title(test), "outcome": LOST, "got": lost}
            results.append(result | {"role": role})
    named = checks.known_mistakes(results, mistakes)
    if not named:
        named = _hidden_mistakes(question, shared, seed, results)
    return {"results": results, "mistakes": named, "lost": lost}


def _title(test):
    return (inspect.getdoc(test) or test.__name__.removeprefix("test_").replace("_", " ")).splitlines()[0]


def _hidden_mistakes(question, shared, seed, results):
    """Return the diagnosis of the one wrong answer that fails the hidden tests in just the same way."""
    failed = {r["digest"] for r in results if r["role"] == "hidden" and r["outcome"] == "wrong"}
    if not failed:
        return []
    alike = [
        diagnosis
        for diagnosis, code in question.wrong.items()
        if failed
        & {
            result.get("digest")
            for result in run_tests(question, "hidden", run_code(*shared, code), shared=shared, seed=seed)
        }
    ]
    return alike if len(alike) == 1 else []
