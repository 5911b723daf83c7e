"""Grade all submissions: what is graded stays graded, whatever happens afterwards."""

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path
from zipfile import BadZipFile

from tqdm import tqdm

from dcv_grader import report
from dcv_grader.build import judge_file
from dcv_grader.grading import Grader, reference_submission
from dcv_grader.sandbox import SandboxError, check_available
from dcv_grader.source import read_assignment
from dcv_grader.submissions import find_submissions
from dcv_grader.testing import fingerprints


class CannotStart(Exception):
    """Grading cannot start; the message says why and what to do."""


def spec_of(path, overlay=None):
    """Return the content of a judge file, or of the one that a source notebook gives.

    Raises
    ------
    SourceError
        If the source is not as it should be.
    CannotStart
        If it is a judge file and cannot be read, or an overlay is given for one.
    """
    path = Path(path)
    if path.suffix == ".json":
        if overlay is not None:
            raise CannotStart("expected a source notebook for the overlay, got a judge file")
        try:
            spec = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CannotStart(f"expected a judge file, got {path}: {error}") from error
        if not isinstance(spec, dict) or not {"assignment", "shared", "questions"} <= spec.keys():
            raise CannotStart(f"expected a judge file, got {path}: `dcv-grader build` writes them")
        return spec
    assignment = read_assignment(path, overlay)
    mistakes = {
        name: fingerprints(question, assignment.shared) for name, question in assignment.questions.items()
    }
    return judge_file(assignment, mistakes)


def grade(
    spec, place, out, limits, *, jobs=2, late="accept", unsandboxed=False, hide_hidden=False, cluster=None
):
    """Grade what lies in a place and write the reports.

    Parameters
    ----------
    spec : dict
        See `spec_of`.
    place, out : path-like
        Submissions (folder or zip file), and the folder for results.
    limits : Limits
    jobs : int
        Submissions at a time.
    late : str
        "accept" or "ignore", see `find_submissions`.
    unsandboxed : bool
        Whether to go on without bubblewrap.
    hide_hidden : bool
        See `report.write_reports`.
    cluster : str, optional
        The address of a dask.distributed scheduler.

    Returns
    -------
    list of dict
        The results, in the order of the students' names.

    Raises
    ------
    CannotStart
        Without a sandbox, without submissions, or if the reference solution does not get full marks.
    """
    out = Path(out)
    try:
        submissions = find_submissions(place, largest=limits.notebook << 20, late=late)
    except BadZipFile as error:
        raise CannotStart(f"{place} cannot be read: {error}; download it again") from error
    except (ValueError, OSError) as error:
        raise CannotStart(str(error)) from error
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotStart(f"expected a folder for the results, got {out}: {error}") from error
    store = Store(out / "results", spec, limits)
    results = {s.student: store.load(s) for s in submissions}
    waiting = [s for s in submissions if results[s.student] is None]
    if len(waiting) < len(submissions):
        print(f"{len(submissions) - len(waiting)} of {len(submissions)} are graded already", file=sys.stderr)
    if waiting:
        run = _grade_on_cluster if cluster else _grade_here
        where = {"address": cluster} if cluster else {"jobs": jobs}
        graded = run(spec, waiting, limits, not unsandboxed, **where)
        bar = tqdm(total=len(waiting), unit="submission", desc=spec["assignment"], disable=None)
        with closing(graded), bar:
            for submission, result in graded:
                store.save(submission, result)
                results[submission.student] = result
                bar.update()
    ordered = [results[submission.student] for submission in submissions]
    report.write_reports(ordered, spec, out, hide_hidden=hide_hidden)
    return ordered


class Store:
    """The results that there are, a file each.

    A result counts for the same file, the same tests and the same limits only.
    """

    def __init__(self, folder, spec, limits):
        self.folder = Path(folder)
        settings = json.dumps([spec, limits.as_dict()], sort_keys=True)
        self.key = hashlib.sha256(settings.encode()).hexdigest()

    def _path(self, submission):
        return self.folder / f"{report.file_name(submission.student)}.json"

    def load(self, submission):
        """Return the stored result, or None."""
        try:
            stored = json.loads(self._path(submission).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        same = submission.digest and stored.get("key") == self.key
        result = stored.get("result", {})
        if not same or (result.get("digest"), result.get("file")) != (submission.digest, submission.file):
            return None
        return result

    def save(self, submission, result):
        """Keep a result, in one step."""
        text = json.dumps({"key": self.key, "result": result}, indent=1, ensure_ascii=False)
        report.write_whole(self._path(submission), text + "\n")


def demand_sandbox(is_sandboxed):
    """Raise CannotStart unless submissions can be kept apart, or it is wanted that they are not."""
    if not is_sandboxed:
        return
    try:
        check_available()
    except SandboxError as error:
        raise CannotStart(
            f"{error}.\nWithout it, what students hand in can read and change all that you can. If you "
            "accept that (in a throw-away machine, say), add --allow-unsandboxed"
        ) from error


def demand_full_marks(grader):
    """Raise CannotStart unless the reference solution gets every point."""
    demand_full_marks_of(grader.grade(reference_submission(grader.spec)))


def demand_full_marks_of(result):
    """Raise CannotStart unless this result of the reference solution has every point."""
    if result["earned"] == result["points"] and not result["notes"]:
        return
    lost = [
        f"{question['name']}, {test['title']}: {test.get('got')}"
        for question in result["questions"]
        for test in question["results"]
        if test["outcome"] != "right"
    ]
    reasons = lost or result["notes"]
    more = f"; and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    raise CannotStart(
        f"the reference solution gets {report.points(result['earned'])} of {report.points(result['points'])} "
        f"points, so no grade would be worth anything: {'; '.join(reasons[:3])}{more}.\n"
        "Can the sandbox read the Python installation? Is a limit too low?"
    )


def _grade_here(spec, submissions, limits, is_sandboxed, *, jobs):
    """Yield pairs of a submission and its result, as they come."""
    demand_sandbox(is_sandboxed)
    try:
        with Grader(spec, limits, is_sandboxed) as grader:
            demand_full_marks(grader)
            with ThreadPoolExecutor(jobs) as threads:
                try:
                    pending = {
                        threads.submit(grader.grade, submission): submission for submission in submissions
                    }
                    for done in as_completed(pending):
                        # Not kept: hundreds of results would add up.
                        yield pending.pop(done), done.result()
                except BaseException:
                    threads.shutdown(wait=False, cancel_futures=True)
                    grader.close()
                    raise
    except SandboxError as error:
        raise CannotStart(str(error)) from error


def _grade_on_cluster(spec, submissions, limits, is_sandboxed, *, address):
    from dcv_grader.cluster import grade_on_cluster

    yield from grade_on_cluster(spec, submissions, limits, is_sandboxed, address)
