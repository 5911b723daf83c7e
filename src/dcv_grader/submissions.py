"""Find what students have handed in: a folder, or a zip file as learning platforms export it.

Nothing is unpacked and no path of a zip file is used as one: files are read into memory, up to a limit. What
cannot be graded is not passed over: it becomes a submission with a reason, and the student a row.
"""

import hashlib
import json
import os
import re
import stat
import unicodedata
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

MAXIMUM_FILES = 20_000
SLACK = 1 << 16  # bytes; "just too large" is told from "far too large" without reading it

# Canvas: adalovelace_LATE_1234_5678_my notebook-1.ipynb
CANVAS = re.compile(
    r"(?P<student>[^_/]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<copy>\d+)_(?P<file>.+)", re.IGNORECASE
)
# Moodle: Ada Lovelace_1234_assignsubmission_file_/my notebook.ipynb, or the same with _ instead of /; what a
# student types into the page besides comes as …_assignsubmission_onlinetext_/onlinetext.html
MOODLE = re.compile(r"(?P<student>[^/]+?)_(?P<number>\d+)_assignsubmission_[a-z]+_?/?(?P<file>.*)")
# Gradescope: submission_1234/my notebook.ipynb
LATE_WORD = re.compile(r"(?<![a-z])late(?![a-z])", re.IGNORECASE)
COPY_NUMBER = re.compile(r"(?:-| \(|_v)(\d+)\)?\.ipynb$")
IGNORED = {"__MACOSX", ".ipynb_checkpoints", ".git", "__pycache__"}


@dataclass
class Submission:
    """What one student has handed in.

    Attributes
    ----------
    student : str
        As the platform names them; with their number where two have the same name.
    file : str
        Where it was found, to be shown, never to be opened.
    cells : list of str
        The code that is run, without the cells that only check.
    answers : dict of str to str
        Code of the cells that are marked as an answer: exercise → code.
    digest : str
        SHA-256 of the file.
    problem : str
        Why there is nothing to run, or "".
    notes : list of str
    is_late : bool
    """

    student: str
    file: str
    cells: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)
    digest: str = ""
    problem: str = ""
    notes: list = field(default_factory=list)
    is_late: bool = False


@dataclass
class _Found:
    """A file, before it is read."""

    path: str
    read: object  # a function: limit in bytes → bytes
    size: int
    changed: tuple
    refusal: str = ""
    student: str = ""
    number: str = ""
    is_late: bool = False
    copy: int = 0


def find_submissions(place, *, largest=20 << 20, late="accept"):
    """Return one submission for each student, in the order of their names.

    Parameters
    ----------
    place : path-like
        A folder, a zip file, or one notebook.
    largest : int
        Bytes that a notebook may have.
    late : str
        "accept" grades the last copy, "ignore" the last one that is not late.

    Raises
    ------
    ValueError
        If there is nothing at this place.
    """
    place = Path(place)
    if place.is_dir():
        files = _files_of_folder(place)
    elif place.is_file() and zipfile.is_zipfile(place):
        files = _files_of_zip(place)
    elif place.is_file() and place.suffix == ".ipynb":
        files = [_Found(place.name, _reader(place), place.stat().st_size, _age(place))]
    else:
        raise ValueError(f"expected a folder, a zip file or a notebook, got {place}")
    files = [file for file in files if not IGNORED & set(PurePosixPath(file.path).parts)]
    files = [file for file in files if not PurePosixPath(file.path).name.startswith(".")]
    if not files:
        raise ValueError(f"expected notebooks in {place}, found no file")
    shared_root = _shared_root(files)
    for file in files:
        _name_student(file, shared_root)
    students = {}
    for file in files:
        students.setdefault((file.student.casefold(), file.number), []).append(file)
    names = [group[0].student for group in students.values()]
    doubles = {name for name in names if names.count(name) > 1}
    found = [_choose(group, doubles, largest, late) for group in students.values()]
    return sorted(found, key=lambda submission: submission.student.casefold())


def _files_of_folder(place):
    files = []
    for folder, folders, names in os.walk(place, followlinks=False):
        folders.sort()
        for name in sorted([*names, *(f for f in folders if Path(folder, f).is_symlink())]):
            path = Path(folder, name)
            shown = os.fsencode(path.relative_to(place)).decode("utf-8", "backslashreplace")
            shown = unicodedata.normalize("NFC", shown)
            information = path.lstat()
            refusal = ""
            if stat.S_ISLNK(information.st_mode):
                refusal = "a link, not a file"
            elif not stat.S_ISREG(information.st_mode):
                refusal = "not a regular file"
            files.append(_Found(shown, _reader(path), information.st_size, _age(path), refusal))
            if len(files) > MAXIMUM_FILES:
                raise ValueError(f"expected at most {MAXIMUM_FILES} files in {place}")
    return files


def _age(path):
    return (path.lstat().st_mtime,)


def _reader(path):
    def read(limit):
        # Not through a link that was put there meanwhile.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(limit)

    return read


def _files_of_zip(place):
    archive = zipfile.ZipFile(place)
    entries = archive.infolist()
    if len(entries) > MAXIMUM_FILES:
        raise ValueError(f"expected at most {MAXIMUM_FILES} files in {place}, got {len(entries)}")
    files = []
    for entry in entries:
        if entry.is_dir():
            continue
        name = unicodedata.normalize("NFC", _zip_name(entry)).replace("\\", "/")
        refusal = ""
        if stat.S_ISLNK(entry.external_attr >> 16):
            refusal = "a link, not a file"
        elif entry.flag_bits & 1:
            refusal = "locked with a password"
        elif name.startswith("/") or ".." in PurePosixPath(name).parts or re.match(r"[A-Za-z]:/", name):
            refusal = "its path leads out of the zip file"
        files.append(_Found(name, _zip_reader(archive, entry), entry.file_size, entry.date_time, refusal))
    return files


def _zip_name(entry):
    """Return an entry's name; old programs write UTF-8 without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _zip_reader(archive, entry):
    def read(limit):
        # Reads what is asked for, whatever size the entry claims to have: a zip bomb stays packed.
        with archive.open(entry) as file:
            return file.read(limit)

    return read


def _shared_root(files):
    """Return the one folder that holds everything, or "" if there is none or each is a student's."""
    tops = {PurePosixPath(file.path).parts[0] for file in files}
    depths = {len(PurePosixPath(file.path).parts) for file in files}
    if len(tops) == 1 and min(depths) > 1 and (max(depths) > 2 or len(files) > 1):
        top = tops.pop()
        return "" if MOODLE.fullmatch(top) else top
    return ""


def _name_student(file, shared_root):
    """Find out from a file's path who has handed it in, and whether late."""
    parts = [part for part in PurePosixPath(file.path).parts if part not in ("..", "/")]
    if shared_root and parts[0] == shared_root:
        parts = parts[1:]
    name = parts[-1]
    moodle, canvas = MOODLE.fullmatch(parts[0]), CANVAS.fullmatch(name)
    if moodle:
        file.student, file.number = moodle["student"], moodle["number"]
    elif canvas and len(parts) == 1:
        file.student, file.number = canvas["student"], canvas["number"]
        file.is_late = bool(canvas["late"])
        file.copy = int(canvas["copy"])
    elif len(parts) > 1:
        file.student = parts[0]
    else:
        file.student = PurePosixPath(name).stem
    where = "/".join(parts[1:]) if len(parts) > 1 else ""
    file.is_late = file.is_late or bool(LATE_WORD.search(where))
    copy = COPY_NUMBER.search(name)
    if copy and not file.copy:
        file.copy = int(copy[1])
    file.student = re.sub(r"\s+", " ", file.student).strip()[:200] or "(no name)"


def _choose(group, doubles, largest, late):
    """Return the submission that counts among one student's files."""
    first = group[0]
    name = f"{first.student} ({first.number})" if first.student in doubles and first.number else first.student
    notebooks = [file for file in group if file.path.lower().endswith(".ipynb")]
    usable = [file for file in notebooks if not file.refusal]
    if late == "ignore" and any(not file.is_late for file in usable):
        usable = [file for file in usable if not file.is_late]
    if not usable:
        reasons = [f"{file.path}: {file.refusal}" for file in notebooks if file.refusal]
        problem = "; ".join(reasons) or f"no notebook was handed in, but {PurePosixPath(first.path).name}"
        return Submission(name, first.path, problem=problem)
    chosen = max(usable, key=lambda file: (file.is_late, file.changed, file.copy, file.path))
    submission = read_submission(chosen.read, name, chosen.path, chosen.size, largest)
    submission.is_late = chosen.is_late
    if chosen.is_late:
        submission.notes.append("handed in late")
    others = [file.path for file in notebooks if file is not chosen]
    if others:
        submission.notes.append(f"graded {chosen.path}; set aside: {', '.join(sorted(others))}")
    return submission


def read_submission(read, student, path, size, largest):
    """Return a submission from a file's content.

    Parameters
    ----------
    read : function
        Gets a number of bytes, returns at most as many.
    student, path : str
    size : int
        Bytes that the file says it has.
    largest : int
        Bytes that it may have.
    """
    submission = Submission(student, path)
    try:
        data = read(largest + 1) if size <= largest + SLACK else b"0" * (largest + 1)
    except Exception as error:  # zip files go wrong in many ways
        submission.problem = f"the file cannot be read: {error}"
        return submission
    if len(data) > largest:
        submission.problem = f"the notebook is larger than {largest >> 20} MiB"
        return submission
    submission.digest = hashlib.sha256(data).hexdigest()
    try:
        notebook = json.loads(data)
        cells = _code_cells(notebook)
    except (ValueError, RecursionError) as error:
        submission.problem = f"not a notebook: {str(error)[:200]}"
        return submission
    language = _language(notebook)
    if language not in ("", "python"):
        submission.problem = f"a notebook in {language}, not in Python"
        return submission
    submission.cells = [source for source, tags in cells if "dcv-check" not in tags]
    for source, tags in cells:
        names = [tag.removeprefix("ex:") for tag in tags if tag.startswith("ex:")]
        if names and "answer" in tags:
            submission.answers[names[0]] = source
    if not any(source.strip() for source in submission.cells):
        submission.problem = "the notebook has no code"
    return submission


def _code_cells(notebook):
    """Return source and tags of all code cells; raise ValueError if this is no notebook."""
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("expected a dict with cells")
    found = []
    for cell in notebook["cells"]:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        metadata = cell.get("metadata")
        tags = metadata.get("tags") if isinstance(metadata, dict) else None
        found.append(
            (source, [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [])
        )
    return found


def _language(notebook):
    """Return the language that a notebook says it is in, lower case; "" if it does not say."""
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for key, inner in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key)
        if isinstance(part, dict) and part.get(inner):
            return str(part[inner])[:40].lower()
    return ""
