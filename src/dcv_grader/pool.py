"""The outside of a zygote: start it, ask it for forks, kill them."""

import contextlib
import itertools
import json
import os
import select
import socket
import subprocess
import sys
import threading

from dcv_grader import sandbox

START_SECONDS = 600  # importing TensorFlow on a busy machine

#: For all that runs inside: quiet, one backend, the processor only.
VARIABLES = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


class PoolError(Exception):
    """A zygote has gone while it was needed."""


class Fork:
    """A process that serves ``connection``; a context manager that ends it."""

    def __init__(self, pool, number, connection):
        self.pool, self.number, self.connection = pool, number, connection

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    @property
    def reason(self):
        """Why the zygote has killed it, or None."""
        return self.pool.reason(self.number)

    def close(self):
        """End the process, and all that it has started."""
        self.connection.close()
        self.pool.kill(self.number)


class Pool:
    """A zygote, as a context manager.

    Parameters
    ----------
    role : str
        "worker" or "judge".
    limits : Limits
    imports : list of str
        Modules that forks find loaded.
    is_sandboxed : bool
    """

    def __init__(self, role, limits, imports=(), is_sandboxed=True):
        self.lock, self.numbers, self.reasons = threading.Lock(), itertools.count(), {}
        self.control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        arguments = [role, str(inside.fileno()), "--limits", json.dumps(limits.as_dict())]
        arguments += ["--imports", *imports]
        if is_sandboxed:
            command, environment = sandbox.command("dcv_grader.zygote", *arguments, variables=VARIABLES), None
        else:
            command = [sys.executable, "-P", "-m", "dcv_grader.zygote", *arguments, "--unsandboxed"]
            environment = {**os.environ, **VARIABLES, "PYTHONPATH": str(sandbox.PACKAGE.parent)}
        self.process = subprocess.Popen(
            command,
            pass_fds=[inside.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        inside.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def wait_until_ready(self):
        """Return the seconds that the imports took.

        Raises
        ------
        SandboxError
            If the zygote does not start; the message holds the last line that it wrote.
        """
        readable, _, _ = select.select([self.control], [], [], START_SECONDS)
        data = self.control.recv(4096) if readable else b""
        if not data:
            self.process.kill()
            lines = self.process.communicate()[1].strip().splitlines()
            raise sandbox.SandboxError(
                f"the sandbox did not start: {lines[-1] if lines else 'no reason given'}"
            )
        return json.loads(data)["ready"]

    def fork(self):
        """Return a new `Fork`."""
        connection, inside = socket.socketpair()
        number = next(self.numbers)
        try:
            with inside, self.lock:
                socket.send_fds(self.control, [json.dumps({"fork": number}).encode()], [inside.fileno()])
        except BaseException:
            connection.close()
            raise
        return Fork(self, number, connection)

    def kill(self, number):
        """End a fork, if it still runs."""
        # A zygote that has gone has taken its forks with it.
        with self.lock, contextlib.suppress(OSError, ValueError):
            self._listen()
            self.control.send(json.dumps({"kill": number}).encode())
        self.reasons.pop(number, None)

    def reason(self, number):
        """Return why the zygote has killed a fork, or None."""
        with self.lock, contextlib.suppress(OSError, ValueError):
            self._listen()
        return self.reasons.get(number)

    def _listen(self):
        while select.select([self.control], [], [], 0)[0]:
            data = self.control.recv(4096)
            if not data:
                return
            message = json.loads(data)
            if "killed" in message:
                self.reasons[message["killed"]] = message["reason"]

    def close(self):
        """End the zygote and all its forks."""
        self.control.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
