"""The numbers on the instructors' page are those of the chapters and their exercises."""

import re

import pytest
from repository import ROOT, chapter_paths

from dcv_grader.sandbox import Limits
from dcv_grader.source import read_assignment

PAGE = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| \d+ \| \[[^]]+\]\(([\w.]+)\) \| [^|]+ \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \|$", re.M
)
ROWS = {name: numbers for name, *numbers in ROW.findall(PAGE)}


def test_there_are_rows():
    assert len(ROWS) == len(chapter_paths())


@pytest.mark.parametrize("name", ROWS)
def test_row(name):
    chapter = next(path for path in chapter_paths() if path.name == name).read_text(encoding="utf-8")
    (minutes,) = re.findall(r"\*\*Time:\*\* about (\d+) minutes", chapter)
    assignment = read_assignment(ROOT / "book" / "exercises" / name)
    questions = assignment.questions.values()
    expected = [minutes, len(questions), sum(question.minutes for question in questions), assignment.total]
    assert ROWS[name] == [f"{float(number):g}" for number in expected]


def test_limit_is_the_default():
    assert f"(`--limit-total`, {Limits().total:g} seconds unless you say otherwise)" in PAGE
