"""Grade one submission: its code runs in one process, the tests in another; what is lost is one question."""

import hashlib
import re
import socket
import time

from dcv_grader.pool import Pool
from dcv_grader.source import functions
from dcv_grader.submissions import Submission
from dcv_grader.values import Refused, receive, send

MAXIMUM_LOST_CELLS = 3
MAXIMUM_NOTES = 20
MAXIMUM_CELL_REPLY = 1 << 16  # bytes of what a cell may say of itself; whoever grades reads it, unprotected
QUESTION_SECONDS, QUESTION_CALLS = 30, 6  # a question may take so long, plus so many of its slowest calls


class Grader:
    """Two zygotes, one for submissions and one for tests; a context manager.

    Parameters
    ----------
    spec : dict
        The content of a judge file.
    limits : Limits
    is_sandboxed : bool
    """

    def __init__(self, spec, limits, is_sandboxed=True):
        self.spec, self.limits = spec, limits
        # Both import at the same time.
        imports = ["keras"] if uses_keras(spec) else []
        self.workers = Pool("worker", limits, imports, is_sandboxed)
        self.judges = Pool("judge", limits, imports, is_sandboxed)

    def __enter__(self):
        try:
            self.workers.wait_until_ready()
            self.judges.wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """End both zygotes."""
        self.workers.close()
        self.judges.close()

    def grade(self, submission):
        """Return the result of one submission, a dict for JSON.

        Whatever the submission does, this returns: within ``limits.total`` seconds and a few more.
        """
        started = time.monotonic()
        result = {
            "student": submission.student,
            "file": submission.file,
            "digest": submission.digest,
            "is_late": submission.is_late,
            "problem": submission.problem,
            "notes": list(submission.notes),
        }
        if submission.problem:
            result["questions"] = [
                question_result(question, unjudged(question, submission.problem))
                for question in self.spec["questions"]
            ]
        else:
            session = Session(self.workers, submission, self.spec["shared"], self.limits)
            result["questions"] = list(self._questions(session, submission.digest))
            result["notes"] += session.notes
        result["earned"] = sum(question["earned"] for question in result["questions"])
        result["points"] = sum(question["points"] for question in result["questions"])
        result["seconds"] = round(time.monotonic() - started, 2)
        return result

    def _questions(self, session, seed):
        """Yield the result of each question."""
        judge = self.judges.fork()
        try:
            for question in self.spec["questions"]:
                worker = session.worker()
                if worker is None:
                    yield question_result(question, unjudged(question, session.problem))
                    continue
                request = {"question": question, "shared": self.spec["shared"], "seed": seed}
                allowed = QUESTION_SECONDS + QUESTION_CALLS * question["seconds"]
                try:
                    send(judge.connection, request)
                    socket.send_fds(judge.connection, [b"w"], [worker.connection.fileno()])
                    reply = receive(judge.connection, max(1, min(allowed, session.seconds_left)))
                except (TimeoutError, EOFError, OSError, Refused) as error:
                    reason = judge.reason or (
                        "took too long" if isinstance(error, TimeoutError) else "gave what no test could take"
                    )
                    reply = unjudged(question, f"the answer {reason}")
                    judge.close()
                    judge = self.judges.fork()
                if reply["lost"]:
                    reply["lost"] = _why(session, reply["lost"])
                    session.drop()
                yield question_result(question, reply)
        finally:
            judge.close()
            session.drop()


class Session:
    """A submission's notebook, run in a worker, and again in a new one when that is lost."""

    def __init__(self, pool, submission, shared, limits):
        self.pool, self.limits = pool, limits
        numbered = [(f"cell {number}", source) for number, source in enumerate(submission.cells, 1)]
        self.cells = [("", source) for source in shared] + numbered
        self.end = time.monotonic() + limits.total
        self.skipped, self.notes, self.problem, self.fork = set(), [], "", None

    @property
    def seconds_left(self):
        """The seconds that are left for this submission."""
        return self.end - time.monotonic()

    def worker(self):
        """Return a fork in which the notebook has been run, or None with a `problem`."""
        while self.fork is None and not self.problem:
            if self.seconds_left <= 0:
                self.problem = f"the notebook took more than {self.limits.total:g} seconds"
            elif len(self.skipped) > MAXIMUM_LOST_CELLS:
                self.problem = "too many cells hang, or end the process"
            else:
                self.fork = self._started()
        return self.fork

    def drop(self):
        """End the worker."""
        if self.fork is not None:
            self.fork.close()
            self.fork = None

    def _started(self):
        """Return a fork that has run all cells but the skipped ones, or None if a cell was its end."""
        fork = self.pool.fork()
        for number, (label, source) in enumerate(self.cells):
            if number in self.skipped:
                continue
            if self.seconds_left <= 0:
                fork.close()
                return None
            try:
                fork.connection.settimeout(self.limits.cell)
                send(fork.connection, {"cell": source, "number": number})
                allowed = max(0.1, min(self.limits.cell, self.seconds_left))
                reply = receive(fork.connection, allowed, MAXIMUM_CELL_REPLY)
            except (TimeoutError, EOFError, OSError, Refused) as error:
                hangs = isinstance(error, TimeoutError)
                reason = fork.reason or (
                    f"did not finish within {self.limits.cell:g} seconds" if hangs else "ended its process"
                )
                self._note(f"{label}: {reason}; left out")
                self.skipped.add(number)
                fork.close()
                return None
            if reply.get("error"):
                self._note(f"{label}: {str(reply['error'])[:300]}")
        return fork

    def _note(self, text):
        if len(self.notes) > MAXIMUM_NOTES or text in self.notes or text.startswith(":"):
            return
        self.notes.append(text if len(self.notes) < MAXIMUM_NOTES else "and more cells raise errors")


def _why(session, reason):
    """Return why a worker was lost: what the zygote says, else what the judge saw."""
    limit = session.fork.reason if session.fork is not None else None
    return f"used {limit}" if limit else reason


def unjudged(question, reason):
    """Return what the judge would send if every test of a question was lost."""
    results = [
        {"test": name, "title": name, "role": role, "outcome": "lost", "got": reason}
        for role in ("test", "hidden")
        for name in functions(question[role])
    ]
    return {"results": results, "mistakes": [], "lost": reason}


def question_result(question, reply):
    """Return a question's result with its points: each test has an equal part of those of its role."""
    results = []
    for result in reply["results"]:
        share = question["points"][result["role"]] / sum(
            other["role"] == result["role"] for other in reply["results"]
        )
        earned = share if result["outcome"] == "right" else 0
        results.append(result | {"points": share, "earned": earned})
    outcomes = {result["outcome"] for result in results}
    outcome = outcomes.pop() if len(outcomes) == 1 else "partly right" if "right" in outcomes else "wrong"
    return {
        "name": question["name"],
        "title": question["statement"].splitlines()[0].lstrip("# ").strip(),
        "points": sum(question["points"].values()),
        "earned": round(sum(result["earned"] for result in results), 6),
        "outcome": outcome,
        "lost": reply["lost"],
        "mistakes": reply["mistakes"],
        "results": results,
    }


def uses_keras(spec):
    """Return whether any code of an assignment needs Keras, which takes ten seconds to import."""
    roles = ("starter", "solution", "test", "hidden")
    codes = [*spec["shared"], *(question[role] for question in spec["questions"] for role in roles)]
    return any(re.search(r"\bkeras\b", code) for code in codes)


def reference_submission(spec):
    """Return a submission made of the solutions, which must get full marks."""
    cells = [question["solution"] for question in spec["questions"]]
    digest = hashlib.sha256("\0".join(cells).encode()).hexdigest()
    return Submission("(reference solution)", "(reference solution)", cells=cells, digest=digest)
