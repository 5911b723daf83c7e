"""A process that has imported what submissions need, and forks: one fork a submission, each in its own room.

It takes requests on a socket (packets of JSON): ``{"fork": number}`` with the socket that the fork is to
serve, and ``{"kill": number}``. It tells ``{"ready": …}``, and ``{"killed": …}`` if a fork goes over a limit.
It never runs a line of a submission itself.
"""

import argparse
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

from dcv_grader import sandbox

INTERVAL = 0.1  # seconds between two looks at the memory of forks
NICENESS = 5  # of forks, so that we can look after them on a busy machine
PAGE = os.sysconf("SC_PAGE_SIZE")


class Zygote:
    """What `main` runs.

    Parameters
    ----------
    control : socket.socket
        Of packets.
    serve : function
        What a fork does with its socket.
    limits : Limits
    is_sandboxed : bool
    """

    def __init__(self, control, serve, limits, is_sandboxed):
        self.control, self.serve, self.limits, self.is_sandboxed = control, serve, limits, is_sandboxed
        self.forks = {}  # number → (process to wait for, first process inside, slot)

    def run(self):
        """Answer requests until the other side goes."""
        own = _private_memory(os.getpid())
        while True:
            readable, _, _ = select.select([self.control], [], [], INTERVAL if self.forks else None)
            if readable and not self._answer():
                break
            self._reap()
            self._watch(own)
        for number in list(self.forks):
            self._kill(number)

    def _answer(self):
        data, descriptors, _, _ = socket.recv_fds(self.control, 4096, 1)
        if not data:
            return False
        request = json.loads(data)
        if "fork" in request:
            self._fork(request["fork"], descriptors[0])
            os.close(descriptors[0])
        elif "kill" in request:
            self._kill(request["kill"])
        return True

    def _fork(self, number, descriptor):
        """Start a fork that serves a socket. Between it and us stands a process that waits for it."""
        slot = min(set(range(len(self.forks) + 1)) - {slot for _, _, slot in self.forks.values()})
        reader, writer = os.pipe()
        keeper = os.fork()
        if keeper == 0:
            status = 1
            try:
                os.close(reader)
                self.control.close()
                status = self._keep(writer, descriptor, slot)
            finally:
                os._exit(status)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            inner = int(pipe.read() or 0)
        self.forks[number] = (keeper, inner, slot)

    def _keep(self, writer, descriptor, slot):
        if self.is_sandboxed:
            sandbox.leave_namespaces()
        child = os.fork()
        if child == 0:
            try:
                os.close(writer)
                self._live(descriptor, slot)
            except (EOFError, OSError):
                pass  # the other side has gone
            finally:
                os._exit(0)
        os.write(writer, str(child).encode())
        os.close(writer)
        os.close(descriptor)
        os.waitpid(child, 0)
        return 0

    def _live(self, descriptor, slot):
        os.setsid()  # a signal to one's own group must reach nobody else
        if not self.is_sandboxed:
            os.chdir(tempfile.mkdtemp(prefix="dcv-grader-"))
        os.nice(NICENESS)
        sandbox.enclose(self.limits, slot, self.is_sandboxed)
        with socket.socket(fileno=descriptor) as connection:
            self.serve(connection)

    def _kill(self, number):
        if number not in self.forks:
            return
        keeper, inner, _ = self.forks.pop(number)
        if inner:
            with contextlib.suppress(OSError):
                # The first process of its namespace takes all others with it.
                os.kill(inner, signal.SIGKILL)
            if not self.is_sandboxed:
                with contextlib.suppress(OSError):
                    os.killpg(inner, signal.SIGKILL)
        os.waitpid(keeper, 0)

    def _reap(self):
        for number, (keeper, _, _) in list(self.forks.items()):
            if os.waitpid(keeper, os.WNOHANG)[0]:
                del self.forks[number]

    def _watch(self, own):
        """Kill the forks that use too much memory or too many processes."""
        if not self.forks:
            return
        children = _children()
        for number, (_, inner, _) in list(self.forks.items()):
            family = _descendants(inner, children)
            memory = sum(max(0, _private_memory(process) - own) for process in family) >> 20
            if len(family) > self.limits.processes:
                self._tell_and_kill(number, f"more than {self.limits.processes} processes")
            elif memory > self.limits.memory:
                self._tell_and_kill(number, f"more than {self.limits.memory} MiB of memory")

    def _tell_and_kill(self, number, reason):
        self._kill(number)
        self.control.send(json.dumps({"killed": number, "reason": reason}).encode())


def _children():
    """Return the processes that we can see: parent → children."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = Path("/proc", entry, "stat").read_text(errors="replace").rpartition(")")[2].split()
                found.setdefault(int(fields[1]), []).append(int(entry))
    return found


def _descendants(process, children):
    family, waiting = [], [process]
    while waiting:
        family.append(waiting.pop())
        waiting += children.get(family[-1], [])
    return family


def _private_memory(process):
    """Return the bytes that a process holds in memory and that no file stands behind."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        _, resident, shared, *_ = Path("/proc", str(process), "statm").read_text().split()
        return (int(resident) - int(shared)) * PAGE + _shared_memory(process)
    return 0


def _shared_memory(process):
    """Return the bytes of memory that a process shares with others without a file."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc", str(process), "status").read_text(errors="replace").splitlines():
            if line.startswith("RssShmem:"):
                return int(line.split()[1]) << 10
    return 0


def main(arguments=None):
    """Import, say that we are ready, serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=["worker", "judge"])
    parser.add_argument("control", type=int, help="the descriptor of the socket for requests")
    parser.add_argument("--limits", type=json.loads, required=True, help="JSON")
    parser.add_argument("--imports", nargs="*", default=[], help="modules that forks are to find loaded")
    parser.add_argument("--unsandboxed", action="store_true")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):  # what submissions print is nobody's; stderr stays until all is loaded
        os.dup2(null, stream)
    for module in ("numpy", *options.imports):
        importlib.import_module(module)
    serve = _serve_judge if options.role == "judge" else _serve_worker
    importlib.import_module(f"dcv_grader.{options.role}")
    if not options.unsandboxed:
        sandbox.hide_memory()
    os.dup2(null, 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    gc.freeze()  # forks share these pages for longer
    control = socket.socket(fileno=options.control)
    control.send(json.dumps({"ready": time.monotonic() - started}).encode())
    Zygote(control, serve, sandbox.Limits(**options.limits), not options.unsandboxed).run()
    return 0


def _serve_worker(connection):
    from dcv_grader.worker import work

    work(connection)


def _serve_judge(connection):
    from dcv_grader.judge import judge

    judge(connection)


if __name__ == "__main__":
    sys.exit(main())
