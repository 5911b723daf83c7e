"""Submissions are found as learning platforms export them, and what cannot be graded is named."""

import os
import stat
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dcv_grader.submissions import find_submissions


def notebook(source="x = 1", **metadata):
    cells = [new_markdown_cell("# Title"), new_code_cell(source)]
    return nbformat.writes(new_notebook(cells=cells, metadata=metadata))


def zip_of(path, entries):
    """Write a zip file of pairs (name, text), or (ZipInfo, text)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return path


def dated(name, day, text="x = 1"):
    return zipfile.ZipInfo(name, (2026, 5, day, 12, 0, 0)), notebook(text)


def found(place, **settings):
    return {s.student: s for s in find_submissions(place, **settings)}


def test_flat_folder(tmp_path):
    for name in ("Ada Lovelace", "Zoë Ångström", "li"):
        (tmp_path / f"{name}.ipynb").write_text(notebook(f"name = {name!r}"))
    submissions = found(tmp_path)
    assert list(submissions) == ["Ada Lovelace", "li", "Zoë Ångström"]
    assert submissions["li"].cells == ["name = 'li'"]
    assert len({s.digest for s in submissions.values()}) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text(tmp_path):
    for name in (b"zo\xeb", b"zo\xe9"):  # Latin-1, from an old disk
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name + b".ipynb")).write_text(notebook())
    assert list(found(tmp_path)) == ["zo\\xe9", "zo\\xeb"]


def test_folder_for_each_student(tmp_path):
    for name in ("ada", "bob"):
        (tmp_path / name / ".ipynb_checkpoints").mkdir(parents=True)
        (tmp_path / name / "04.ipynb").write_text(notebook())
        (tmp_path / name / ".ipynb_checkpoints" / "04-checkpoint.ipynb").write_text(notebook("old = 1"))
    (tmp_path / "cai").mkdir()
    (tmp_path / "cai" / "essay.pdf").write_text("%PDF")
    submissions = found(tmp_path)
    assert list(submissions) == ["ada", "bob", "cai"]
    assert submissions["ada"].notes == []
    assert submissions["cai"].problem == "no notebook was handed in, but essay.pdf"


def test_canvas(tmp_path):
    place = zip_of(
        tmp_path / "submissions.zip",
        [
            dated("lovelaceada_101_9001_04_padding-1.ipynb", 3, "second = 1"),
            dated("lovelaceada_101_9001_04_padding.ipynb", 2, "first = 1"),
            dated("kimlee_LATE_102_9002_my notebook.ipynb", 9),
            dated("kimlee_103_9003_my notebook.ipynb", 3),
        ],
    )
    submissions = found(place)
    assert list(submissions) == ["kimlee (102)", "kimlee (103)", "lovelaceada"]
    assert submissions["lovelaceada"].cells == ["second = 1"]
    assert "set aside: lovelaceada_101_9001_04_padding.ipynb" in submissions["lovelaceada"].notes[0]
    assert submissions["kimlee (102)"].is_late
    assert "handed in late" in submissions["kimlee (102)"].notes
    assert not submissions["kimlee (103)"].is_late


def test_late_copies(tmp_path):
    place = zip_of(
        tmp_path / "submissions.zip",
        [
            dated("ada_101_9001_x.ipynb", 2, "in_time = 1"),
            dated("ada_LATE_101_9004_x.ipynb", 9, "too_late = 1"),
        ],
    )
    assert found(place)["ada"].cells == ["too_late = 1"]
    in_time = found(place, late="ignore")["ada"]
    assert (in_time.cells, in_time.is_late) == (["in_time = 1"], False)


def test_moodle(tmp_path):
    folder = "Ada Lovelace_101_assignsubmission_file_"
    place = zip_of(
        tmp_path / "course-04.zip",
        [
            (f"{folder}/my answers.ipynb", notebook("ada = 1")),
            ("Ada Lovelace_101_assignsubmission_onlinetext_/onlinetext.html", "<p>See my notebook.</p>"),
            ("Zoë Ångström_102_assignsubmission_file_/x.ipynb", notebook("zoe = 1")),
            ("Ada Lovelace_103_assignsubmission_file_/x.ipynb", notebook("other = 1")),
        ],
    )
    submissions = found(place)
    assert list(submissions) == ["Ada Lovelace (101)", "Ada Lovelace (103)", "Zoë Ångström"]
    assert submissions["Ada Lovelace (103)"].cells == ["other = 1"]


def test_one_folder_around_everything(tmp_path):
    entries = [(f"export/{name}.ipynb", notebook(f"{name} = 1")) for name in ("ada", "bob")]
    assert list(found(zip_of(tmp_path / "x.zip", [*entries, ("__MACOSX/export/._ada.ipynb", "")]))) == [
        "ada",
        "bob",
    ]


def test_names_in_utf8_without_the_flag(tmp_path):
    place = zip_of(tmp_path / "x.zip", [("Zoe.ipynb", notebook()), ("Zoë.ipynb", notebook("b = 1"))])
    data = place.read_bytes().replace(b"\x00\x08", b"\x00\x00")  # the flag that says UTF-8
    place.write_bytes(data)
    assert list(found(place)) == ["Zoe", "Zoë"]


def test_paths_that_lead_out(tmp_path):
    link = zipfile.ZipInfo("link.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    place = zip_of(
        tmp_path / "x.zip",
        [
            ("../evil.ipynb", notebook()),
            ("/etc/absolute.ipynb", notebook()),
            ("..\\windows.ipynb", notebook()),
            (link, "/etc/passwd"),
            ("honest.ipynb", notebook()),
        ],
    )
    submissions = found(place)
    problems = {name: s.problem for name, s in submissions.items()}
    assert problems.pop("honest") == ""
    assert len(problems) == 4
    assert sum("leads out" in problem for problem in problems.values()) == 3
    assert sum("a link" in problem for problem in problems.values()) == 1
    assert all(".." not in name and "/" not in name for name in submissions)
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


def test_zip_bomb(tmp_path):
    large = 50 << 20
    place = zip_of(tmp_path / "x.zip", [("bomb.ipynb", b"0" * large), ("ada.ipynb", notebook())])
    assert place.stat().st_size < large / 100
    # It may also lie about its size: 50 MB that claim to be 100 bytes.
    lying = place.read_bytes().replace(large.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    for data in (place.read_bytes(), lying):
        place.write_bytes(data)
        submissions = found(place, largest=1 << 20)
        assert submissions["ada"].problem == ""
        assert submissions["bomb"].problem != ""


def test_links_in_folders(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    place = tmp_path / "submissions"
    place.mkdir()
    (place / "file.ipynb").symlink_to(tmp_path / "secret.txt")
    (place / "folder.ipynb").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(place / "pipe.ipynb")
    problems = {s.problem for s in find_submissions(place)}
    assert all("a link" in problem or "not a regular file" in problem for problem in problems)
    assert "secret" not in str(find_submissions(place))


def test_cells(tmp_path):
    cells = [
        new_code_cell("def check(): ...", metadata={"tags": ["dcv-check"]}),
        new_code_cell("import math"),
        new_code_cell("a = 1", metadata={"tags": ["ex:a", "answer"]}),
    ]
    (tmp_path / "ada.ipynb").write_text(nbformat.writes(new_notebook(cells=cells)))
    ada = found(tmp_path)["ada"]
    assert ada.cells == ["import math", "a = 1"]
    assert ada.answers == {"a": "a = 1"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"cells": 3}',
        '{"cells": [3, {"cell_type": "code"}, {"cell_type": "code", "source": [1, null], "metadata": 5}]}',
        '{"cells": [], "metadata": []}',
        "\x00\xff",
        '{"cells": [{"cell_type": "code", "metadata": {"tags": [{}]}}], "metadata": {"kernelspec": 1}}',
    ],
)
def test_broken_notebooks_do_not_stop_anything(tmp_path, text):
    (tmp_path / "broken.ipynb").write_text(text)
    (tmp_path / "ada.ipynb").write_text(notebook())
    assert found(tmp_path)["ada"].problem == ""


def test_language(tmp_path):
    (tmp_path / "ada.ipynb").write_text(
        notebook(kernelspec={"language": "julia", "name": "j", "display_name": "Julia"})
    )
    assert "julia" in found(tmp_path)["ada"].problem


@pytest.mark.parametrize("name", ["absent", "text.txt", "empty"])
def test_nothing_there(tmp_path, name):
    (tmp_path / "text.txt").write_text("text")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="expected"):
        find_submissions(tmp_path / name)
