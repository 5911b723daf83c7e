"""Grading from the command line: what comes out, how it goes on after a stop, when it does not start."""

import csv
import json
import zipfile

import nbformat
import pytest
from exercise_source import cell_of, source_notebook, write
from nbformat.v4 import new_code_cell, new_notebook

from dcv_grader import grade as grade_module
from dcv_grader.__main__ import main
from dcv_grader.build import build_texts
from dcv_grader.grade import CannotStart, Store, grade, spec_of
from dcv_grader.grading import Grader
from dcv_grader.report import file_name, grades_csv, write_reports
from dcv_grader.sandbox import Limits, SandboxError

SOLUTIONS = {"double": "def double(x):\n    return x + x", "kernel": "kernel = np.array([[-1.0, 0.0, 1.0]])"}


@pytest.fixture
def source(tmp_path):
    return write(source_notebook(), tmp_path / "04_sample.ipynb")


@pytest.fixture
def place(tmp_path):
    """Four submissions: right, a known mistake, untouched, broken."""
    place = tmp_path / "handed in"
    place.mkdir()
    for name, changes in {
        "Ada": {},
        "Zoë & <b>": {"double": "def double(x):\n    return x * x"},
        "Cai": {"double": "", "kernel": "kernel = ..."},
    }.items():
        cells = [new_code_cell(code) for code in (SOLUTIONS | changes).values()]
        (place / f"{name}.ipynb").write_text(nbformat.writes(new_notebook(cells=cells)))
    (place / "=broken.ipynb").write_text("{")
    return place


def run(source, place, out, *more):
    # Without a sandbox: this is about what surrounds it, and runs everywhere. test_grader_hostile has it.
    return main(["grade", str(place), "-o", str(out), "-a", str(source), "--allow-unsandboxed", *more])


def rows_of(out):
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_grade(source, place, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    assert run(source, place, out) == 1  # one of them needs a look
    captured = capsys.readouterr()
    assert "4 graded, mean 2 of 5.5 points" in captured.out
    assert "look at =broken: not a notebook" in captured.out
    assert "warning: without a sandbox" in captured.err

    rows = rows_of(out)
    assert list(rows) == ["'=broken", "Ada", "Cai", "Zoë & <b>"]
    assert rows["Ada"]["total (of 5.5)"] == "5.5"
    assert rows["Zoë & <b>"]["double (of 3)"] == "0"
    assert rows["Zoë & <b>"]["kernel (of 2.5)"] == "2.5"
    assert rows["Cai"]["total (of 5.5)"] == "0"
    assert "not a notebook" in rows["'=broken"]["notes"]

    everything = json.loads((out / "grades.json").read_text())
    assert everything["points"] == {"double": 3, "kernel": 2.5}
    assert [student["earned"] for student in everything["students"]] == [0, 5.5, 0, 2.5]
    feedback = (out / "feedback" / f"{file_name('Zoë & <b>')}.md").read_text()
    assert "A known mistake: That is the square." in feedback
    assert "double(3)" in feedback
    page = (out / "feedback" / f"{file_name('Zoë & <b>')}.html").read_text()
    assert "Zoë &amp; &lt;b&gt;" in page
    assert "<b>" not in page
    assert "not attempted, 0 of 3 points" in (out / "feedback" / "Cai.md").read_text()
    assert "1 × <code>double</code>: That is the square." in (out / "summary.html").read_text()
    assert "2 students 0–0.55 points" in (out / "histogram.svg").read_text()

    # Again: all that could be read is graded already, so not even a worker is started.
    (place / "=broken.ipynb").unlink()
    monkeypatch.setattr(grade_module, "Grader", None)
    assert run(source, place, out) == 0
    assert list(rows_of(out)) == ["Ada", "Cai", "Zoë & <b>"]


def test_it_goes_on_after_a_crash(source, place, tmp_path, monkeypatch, capsys):
    out, graded = tmp_path / "out", []
    original = Grader.grade

    def crash_at_the_third(self, submission):
        if submission.student != "(reference solution)":
            graded.append(submission.student)
            if len(graded) == 3:
                raise KeyboardInterrupt
        return original(self, submission)

    monkeypatch.setattr(Grader, "grade", crash_at_the_third)
    assert run(source, place, out, "--jobs", "1") == 130
    assert "run the same command to go on" in capsys.readouterr().err
    kept = {path.name for path in (out / "results").glob("*.json")}
    assert len(kept) == 2
    assert run(source, place, out, "--jobs", "1") == 1
    assert "graded already" in capsys.readouterr().err
    assert len(rows_of(out)) == 4
    assert rows_of(out)["Ada"]["total (of 5.5)"] == "5.5"
    # Ada's file was graded once; only a broken one, which costs nothing, is read again.
    assert graded.count("Ada") == 1


def test_cells_without_end(source, tmp_path):
    """So many cells that none takes long, and all together do; so many errors that nobody would read them."""
    place = tmp_path / "in"
    place.mkdir()
    sleeping = [new_code_cell(f"import time\ntime.sleep(0.05)  # {number}") for number in range(2000)]
    failing = [new_code_cell(f"raise ValueError({number})") for number in range(500)]
    answers = [new_code_cell(code) for code in SOLUTIONS.values()]
    (place / "sleeping.ipynb").write_text(nbformat.writes(new_notebook(cells=sleeping + answers)))
    (place / "failing.ipynb").write_text(nbformat.writes(new_notebook(cells=failing + answers)))
    results = grade(spec_of(source), place, tmp_path / "out", Limits(total=5), unsandboxed=True)
    failing, sleeping = results
    assert failing["earned"] == 5.5
    assert len(failing["notes"]) == 21
    assert failing["notes"][-1] == "and more cells raise errors"
    assert sleeping["earned"] == 0
    assert sleeping["questions"][0]["lost"] == "the notebook took more than 5 seconds"
    assert sleeping["seconds"] < 50  # of the 100 that its cells take


def test_store(tmp_path, source, place):
    from dcv_grader.submissions import find_submissions

    spec, limits = spec_of(source), Limits()
    ada = next(s for s in find_submissions(place) if s.student == "Ada")
    result = {"digest": ada.digest, "file": ada.file, "earned": 3}
    Store(tmp_path / "results", spec, limits).save(ada, result)
    assert Store(tmp_path / "results", spec, limits).load(ada) == result
    # Other tests, other limits, another file: graded again.
    spec["questions"][0]["hidden"] += "\n"
    assert Store(tmp_path / "results", spec, limits).load(ada) is None
    assert Store(tmp_path / "results", spec_of(source), Limits(memory=7)).load(ada) is None
    ada.digest = "0"
    assert Store(tmp_path / "results", spec_of(source), limits).load(ada) is None
    # Half a file, as a crash of the machine may leave it.
    next((tmp_path / "results").iterdir()).write_text('{"key"')
    assert Store(tmp_path / "results", spec_of(source), limits).load(ada) is None


def test_it_refuses_without_a_sandbox(source, place, tmp_path, monkeypatch, capsys):
    def missing():
        raise SandboxError("bubblewrap is missing")

    monkeypatch.setattr(grade_module, "check_available", missing)
    assert main(["grade", str(place), "-o", str(tmp_path / "out"), "-a", str(source)]) == 2
    error = capsys.readouterr().err
    assert "bubblewrap is missing" in error
    assert "--allow-unsandboxed" in error
    assert not (tmp_path / "out" / "grades.csv").exists()


def test_it_refuses_unless_the_solution_gets_full_marks(place, tmp_path, capsys):
    notebook = source_notebook()
    cell_of(notebook, "double", "solution").source = "def double(x):\n    return 2 * x + (x == 50)"
    hidden = "def test_any(double, rng):\n    expect_equal(double(50), 100)"
    cell_of(notebook, "double", "hidden").source = hidden
    assert run(write(notebook, tmp_path / "wrong.ipynb"), place, tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert "the reference solution gets 3.5 of 5.5 points" in error
    assert not (tmp_path / "out" / "grades.csv").exists()


@pytest.mark.parametrize(
    "arguments", [["--jobs", "0"], ["--overlay", "nothing.ipynb"], ["--limit-total", "0"]]
)
def test_it_cannot_start(source, place, tmp_path, arguments, capsys):
    assert run(source, place, tmp_path / "out", *arguments) == 2
    assert "expected" in capsys.readouterr().err


def test_broken_zip_file(source, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("a.ipynb", "{}")
    data = (tmp_path / "in.zip").read_bytes()
    (tmp_path / "in.zip").write_bytes(data.replace(b"PK\x01\x02", b"PK\xff\xff"))
    assert run(source, tmp_path / "in.zip", tmp_path / "out") == 2
    assert "in.zip cannot be read" in capsys.readouterr().err


def test_nowhere_to_write(source, place, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run(source, place, tmp_path / "file") == 2
    assert "expected a folder for the results" in capsys.readouterr().err


def test_nothing_was_handed_in(source, tmp_path, capsys):
    assert run(source, tmp_path / "absent", tmp_path / "out") == 2
    assert "expected a folder, a zip file or a notebook" in capsys.readouterr().err


def test_judge_file(tmp_path, source):
    path = tmp_path / "04.judge.json"
    path.write_text(json.dumps(spec_of(source)))
    assert spec_of(path) == spec_of(source)
    for text in ("{", "[]", "{}"):
        path.write_text(text)
        with pytest.raises(CannotStart, match="expected a judge file"):
            spec_of(path)
    with pytest.raises(CannotStart, match="overlay"):
        spec_of(path, overlay=source)


def test_hidden_tests_can_stay_hidden(source, tmp_path):
    spec = spec_of(source)
    test = {"test": "t", "title": "T", "role": "hidden", "outcome": "wrong", "call": "double(77)"}
    question = {
        "name": "double",
        "title": "Double it",
        "points": 3,
        "earned": 1,
        "outcome": "partly right",
        "lost": None,
        "mistakes": [],
        "results": [test | {"expected": "154", "got": "7"}],
    }
    result = {
        "student": "Ada",
        "file": "Ada.ipynb",
        "is_late": False,
        "problem": "",
        "notes": ['=HYPERLINK("x")\n`<img src=x>` **bold**'],
        "earned": 1,
        "points": 5.5,
        "questions": [question, {**question, "name": "kernel"}],
    }
    write_reports([result], spec, tmp_path, hide_hidden=True)
    for kind in ("md", "html"):
        assert "double(77)" not in (tmp_path / "feedback" / f"Ada.{kind}").read_text()
    write_reports([result], spec, tmp_path)
    feedback = (tmp_path / "feedback" / "Ada.md").read_text()
    assert "double(77)" in feedback
    # What a student wrote formats nothing and computes nothing.
    assert "<img" not in feedback.replace("\\<img", "")
    assert "**bold**" not in feedback
    assert "'=HYPERLINK" in grades_csv([result], spec)


def test_diagnoses_are_shown_as_they_are_meant(source, place, tmp_path):
    notebook = source_notebook()
    sentence = "That **is** `x**2`, with $x < 3$."
    cell_of(notebook, "double", "wrong").metadata.dcv["diagnosis"] = sentence
    spec = spec_of(write(notebook, source))
    grade(spec, place, tmp_path / "out", Limits(), jobs=1, unsandboxed=True)
    meant = "That <strong>is</strong> <code>x**2</code>, with <i>x &lt; 3</i>."
    name = file_name("Zoë & <b>")
    assert meant in (tmp_path / "out" / "feedback" / f"{name}.html").read_text()
    assert sentence in (tmp_path / "out" / "feedback" / f"{name}.md").read_text()
    assert meant in (tmp_path / "out" / "summary.html").read_text()
    student = next(text for path, text in build_texts(source).items() if path.parent.name == "assignments")
    assert "That is `x**2`, with x < 3." in student


def test_file_names():
    names = ["Ada", "../Ada", "Ada/..", ".Ada", "Zoë Å", "a:b", "ab", "", "x" * 300, "con\n"]
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(names)
    assert all(0 < len(file) < 100 and "/" not in file and not file.startswith(".") for file in files)


def test_help(capsys):
    for command in ([], ["build"], ["verify"], ["grade"]):
        with pytest.raises(SystemExit) as exit_:
            main([*command, "--help"])
        assert exit_.value.code == 0
        assert "Exit status" in capsys.readouterr().out


def test_grade_is_a_function_too(source, place, tmp_path):
    results = grade(spec_of(source), place, tmp_path / "out", Limits(), jobs=1, unsandboxed=True)
    assert [result["student"] for result in results] == ["=broken", "Ada", "Cai", "Zoë & <b>"]
