"""Grade hostile submissions beside 20 honest ones, and watch what happens around them."""

import os
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from repository import ROOT

from dcv_grader.grade import grade
from dcv_grader.sandbox import SandboxError, check_available

HONEST = 20
FIRST_WRONG = 16  # of the honest ones, these and the later ones hold a known mistake

try:
    check_available()
    NO_SANDBOX = ""
except SandboxError as error:
    NO_SANDBOX = str(error)

needs_sandbox = pytest.mark.skipif(
    bool(NO_SANDBOX) and not os.environ.get("CI"), reason=f"NOT CHECKED: no sandbox here: {NO_SANDBOX}"
)


@dataclass
class HostileRun:
    """What came out of one run, and what was watched meanwhile.

    Attributes
    ----------
    spec : dict
    target : str
        The question that hostile answers are about.
    results : dict of str to dict
        By student.
    changed : set
        Files that were added, changed or removed where nothing should be.
    visitors : list
        Who has called a port of this machine.
    out, canary : pathlib.Path
        The folder of reports; one that everybody could write to.
    """

    spec: dict
    target: str
    results: dict
    changed: set
    visitors: list
    out: Path
    canary: Path

    @property
    def full(self):
        """The points of each question."""
        return {question["name"]: sum(question["points"].values()) for question in self.spec["questions"]}

    def points(self, student):
        """Return what a student has got for each question."""
        return {question["name"]: question["earned"] for question in self.results[student]["questions"]}

    def assert_honest_are_unharmed(self):
        """Assert that the honest submissions got what they get when they are alone."""
        wrong = list(question_of(self.spec, self.target)["wrong"])
        for number in range(HONEST):
            result = self.results[f"honest {number:02d}"]
            points = self.points(f"honest {number:02d}")
            if number >= FIRST_WRONG:
                assert points.pop(self.target) < self.full[self.target]
                mistakes = question_of({"questions": result["questions"]}, self.target)["mistakes"]
                assert mistakes == [wrong[number % len(wrong)]]
            assert points == {name: self.full[name] for name in points}
            assert result["notes"] == []

    def assert_nothing_else_happened(self, limits):
        """Assert that no file was changed, nobody called, and each submission came to an end."""
        assert self.changed == set()
        assert {path.name for path in self.canary.iterdir()} == {"canary.txt"}
        assert self.visitors == []
        assert max(result["seconds"] for result in self.results.values()) < 2 * limits.total


def question_of(spec, name):
    """Return one question of a judge file, or of a result."""
    return next(question for question in spec["questions"] if question["name"] == name)


def notebook_of(*cells):
    """Return the text of a notebook with these code cells."""
    return nbformat.writes(new_notebook(cells=[new_code_cell(code) for code in cells]))


def fill(code, facts):
    """Put facts into a hostile program."""
    for name, value in facts.items():
        code = code.replace(f"{{{name}}}", str(value))
    return code


def grade_with_honest(spec, target, write, limits, new_folder):
    """Grade what `write` puts into a folder, and honest submissions beside it.

    Parameters
    ----------
    spec : dict
    target : str
    write : function
        Gets the folder of submissions, the solutions by question, and facts to `fill` in; returns what is to
        be graded, the folder or a file in it.
    limits : Limits
    new_folder : function
        Gets a name, returns a new folder.
    """
    place, out, canary = (new_folder(name) for name in ("submissions", "out", "canary"))
    canary.chmod(0o777)
    (canary / "canary.txt").write_text("untouched")
    server, visitors = socket.create_server(("127.0.0.1", 0)), []
    threading.Thread(target=_listen, args=(server, visitors), daemon=True).start()
    facts = {
        "canary": canary,
        "submissions": place,
        "out": out,
        "port": server.getsockname()[1],
        "prefix": sys.prefix,
        "base": sys.base_prefix,
    }
    solutions = {question["name"]: question["solution"] for question in spec["questions"]}
    wrong = list(question_of(spec, target)["wrong"].values())
    for number in range(HONEST):
        code = wrong[number % len(wrong)] if number >= FIRST_WRONG else solutions[target]
        answers = solutions | {target: f"{code}\n# {number}"}
        (place / f"honest {number:02d}.ipynb").write_text(notebook_of(*answers.values()))
    handed_in = write(place, solutions, facts)
    watched = (place, canary, ROOT / "src", ROOT / "book")
    before = _snapshot(*watched)
    results = grade(spec, handed_in, out, limits, jobs=2)
    server.close()
    changed = set(_snapshot(*watched).items()) ^ set(before.items())
    by_student = {result["student"]: result for result in results}
    return HostileRun(spec, target, by_student, changed, visitors, out, canary)


def _snapshot(*folders):
    """Return size and time of every file below some folders."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                status = path.lstat()
                found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


def _listen(server, visitors):
    while True:
        try:
            visitors.append(server.accept())
        except OSError:
            return
