"""Grade on a dask.distributed cluster: the same sandbox on each worker, the same results.

Each process of the cluster starts its own zygotes with the first submission that it gets, and keeps them. A
submission whose process dies is tried again on another one. Workers need this package, and bubblewrap.
"""

import contextlib
import json

from dcv_grader.grading import Grader, reference_submission
from dcv_grader.pool import PoolError
from dcv_grader.sandbox import Limits, SandboxError, check_available

RETRIES = 3  # of a submission whose process died, so that one that kills its machine ends too

_graders = {}  # in a process of the cluster: settings → its Grader


def grade_on_cluster(spec, submissions, limits, is_sandboxed, address):
    """Yield pairs of a submission and its result, as they come.

    Parameters
    ----------
    spec : dict
        The content of a judge file.
    submissions : list of Submission
    limits : Limits
    is_sandboxed : bool
    address : str
        Of the scheduler, for example ``tcp://10.0.0.1:8786``.

    Raises
    ------
    CannotStart
        If the cluster cannot be reached, lacks what it needs, or the reference solution does not get full
        marks there.
    """
    from distributed import Client, as_completed

    from dcv_grader.grade import CannotStart, demand_full_marks_of

    try:
        client = Client(address, timeout=30)
    except (OSError, TimeoutError, ValueError) as error:
        raise CannotStart(f"expected a dask scheduler at {address}, got: {error}") from error
    settings = json.dumps([spec, limits.as_dict(), is_sandboxed])
    with client, contextlib.ExitStack() as stack:
        stack.callback(_release, client)
        if not client.scheduler_info()["workers"]:
            raise CannotStart(f"the scheduler at {address} has no workers")
        # Settings travel with each submission: data that a worker holds would die with it.
        first = client.submit(grade_here, settings, reference_submission(spec), pure=False, retries=RETRIES)
        try:
            demand_full_marks_of(first.result())
        except (SandboxError, ModuleNotFoundError) as error:
            raise CannotStart(f"on the cluster: {error}") from error
        waiting = {
            client.submit(grade_here, settings, submission, pure=False, retries=RETRIES): submission
            for submission in submissions
        }
        for future in as_completed(waiting):
            submission = waiting.pop(future)
            if future.status == "finished":
                yield submission, future.result()
            else:
                # Every process that tried it has died, or the sandbox failed. The rest goes on.
                yield submission, _lost(spec, submission, future.exception())


def grade_here(settings, submission):
    """Return the result of one submission; runs in a process of the cluster."""
    if settings not in _graders:
        spec, limits, is_sandboxed = json.loads(settings)
        if is_sandboxed:
            check_available()
        for grader in _graders.values():
            grader.close()
        _graders.clear()
        _graders[settings] = Grader(spec, Limits(**limits), is_sandboxed).__enter__()
    try:
        return _graders[settings].grade(submission)
    except (OSError, ValueError) as error:
        # The zygotes have gone; the next try starts new ones.
        _graders.pop(settings).close()
        raise PoolError(str(error)) from error


def _release(client):
    """End the zygotes of all processes; those that have died have none."""
    with contextlib.suppress(OSError, RuntimeError):
        client.run(_close_graders, on_error="ignore")


def _close_graders():
    for grader in _graders.values():
        grader.close()
    _graders.clear()


def _lost(spec, submission, error):
    from dcv_grader.grading import question_result, unjudged

    problem = f"could not be graded: {type(error).__name__}: {error}"[:300]
    questions = [question_result(q, unjudged(q, problem)) for q in spec["questions"]]
    return {
        "student": submission.student,
        "file": submission.file,
        "digest": "",  # graded again by the next run
        "is_late": submission.is_late,
        "problem": problem,
        "notes": list(submission.notes),
        "questions": questions,
        "earned": 0,
        "points": sum(question["points"] for question in questions),
        "seconds": 0,
    }
