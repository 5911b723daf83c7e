"""What README and the plot say of speed is what the records hold."""

import bench
import pytest
from repository import ROOT


def test_readme_has_its_numbers_from_the_records():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    wanted = f"<!-- numbers -->\n{bench.readme_numbers()}\n<!-- end of numbers -->"
    assert wanted in readme, "run `python tools/bench.py --from-records`"


def test_results_show_a_plot_of_all_ways():
    assert "](time_to_accuracy.svg)" in (ROOT / "benchmarks/results.md").read_text(encoding="utf-8")
    plot = (ROOT / "benchmarks/time_to_accuracy.svg").read_text(encoding="utf-8")
    for key, name in bench.load_run("time_to_accuracy")["ways"].items():
        assert f"{key}: {name}" in plot


@pytest.mark.parametrize("name", bench.PLOTS)
def test_results_show_the_plots_of_benchmarks(name):
    """And what is in the plot is in the table."""
    results = (ROOT / "benchmarks/results.md").read_text(encoding="utf-8")
    section = results.split(f"## {name}\n")[1].split("\n## ")[0]
    assert f"]({name}.svg)" in section
    plot = (ROOT / f"benchmarks/{name}.svg").read_text(encoding="utf-8")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in section.splitlines() if "(" in line]
    shown = [row for row in rows if f">{row}</text>" in plot]
    assert len(shown) >= 2
