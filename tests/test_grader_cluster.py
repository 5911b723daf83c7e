"""Grading on a cluster gives the same table, and a worker that dies costs nothing."""

import os
import signal
import threading
import time

import pytest
from exercise_source import source_notebook, write
from nbformat import writes
from nbformat.v4 import new_code_cell, new_notebook

from dcv_grader.grade import CannotStart, grade, spec_of
from dcv_grader.report import grades_csv
from dcv_grader.sandbox import Limits, SandboxError, check_available

distributed = pytest.importorskip("distributed", reason="NOT CHECKED: the extra [cluster] is not installed")

try:
    check_available()
    UNSANDBOXED = False
except SandboxError:
    UNSANDBOXED = True

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
ANSWERS = ("return x + x", "return x * x", "return None")


@pytest.fixture
def spec(tmp_path):
    return spec_of(write(source_notebook(), tmp_path / "sample.ipynb"))


def test_worker_that_dies(spec, tmp_path):
    place = tmp_path / "handed in"
    place.mkdir()
    for number in range(12):
        cells = [
            # Long enough for somebody to be at work when the worker dies.
            new_code_cell("import time\ntime.sleep(0.5)"),
            new_code_cell(f"def double(x):\n    {ANSWERS[number % 3]}"),
        ]
        (place / f"student {number:02d}.ipynb").write_text(writes(new_notebook(cells=cells)))
    settings = {"unsandboxed": UNSANDBOXED}
    here = grade(spec, place, tmp_path / "here", Limits(), jobs=2, **settings)

    killed = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:

        def kill_one():
            store = tmp_path / "there" / "results"
            while len(list(store.glob("*.json"))) < 4:
                time.sleep(0.05)
            worker = next(iter(cluster.workers.values()))
            killed.append(worker.process.process.pid)
            os.kill(killed[0], signal.SIGKILL)

        thread = threading.Thread(target=kill_one, daemon=True)
        thread.start()
        there = grade(
            spec, place, tmp_path / "there", Limits(), cluster=cluster.scheduler_address, **settings
        )
    assert len(killed) == 1
    assert grades_csv(there, spec) == grades_csv(here, spec)
    assert {result["earned"] for result in there} == {0, 3}
    assert (tmp_path / "there" / "grades.csv").read_text() == (tmp_path / "here" / "grades.csv").read_text()


def test_no_scheduler(spec, tmp_path, monkeypatch):
    def refuse(*arguments, **settings):
        raise OSError("nobody answers")

    monkeypatch.setattr(distributed, "Client", refuse)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").write_text(writes(new_notebook(cells=[new_code_cell("1")])))
    with pytest.raises(CannotStart, match="expected a dask scheduler at tcp://nowhere:1"):
        grade(spec, tmp_path / "in", tmp_path / "out", Limits(), cluster="tcp://nowhere:1")
