"""Run the benchmarks and write what they print to benchmarks/results.md, with a plot, and README's numbers.

    python tools/bench.py               # all of them
    python tools/bench.py latency       # some, printed only
    python tools/bench.py --from-records  # run none: README and its plot from the runs that are kept

A benchmark is a script in benchmarks/ that prints Markdown. Its name becomes the heading; its imports
find tools/ and the helpers of the tests. Those in PLOTS draw one into the file that --plot names.
"""

import argparse
import datetime
import importlib.metadata
import os
import platform
import re
import statistics
import subprocess
import sys

from measurements import save_plot
from repository import ROOT

from dcv.plots import draw_time_to_accuracy, use_house_style
from dcv.runs import load_run

FOLDER = ROOT / "benchmarks"
FOLDERS = ("src", "tools", "book/_ext", "tests", "tests/browser")
PLOTS = {
    "convolution": "Milliseconds of each way to convolve",
    "grader_comparison": "Seconds of each grader",
    "notebooks": "Seconds of each notebook",
    "profiles": "Microseconds an image of each kind of operation, two recipes",
}
PACKAGES = ("numpy", "tensorflow-cpu", "keras", "ipywidgets", "anywidget", "playwright")


def run(name, *, is_kept):
    """Run a benchmark and return what it prints, with its plot if that is kept."""
    path = os.pathsep.join(str(ROOT / folder) for folder in FOLDERS)
    command, picture = [sys.executable, FOLDER / f"{name}.py"], ""
    if is_kept and name in PLOTS:
        command += ["--plot", FOLDER / f"{name}.svg"]
        picture = f"\n\n![{PLOTS[name]}]({name}.svg)"
    answer = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, check=True
    )
    return answer.stdout.strip() + picture


def machine():
    """Return a sentence that says where and with what the numbers were measured."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    load = os.getloadavg()[0]
    return (
        f"Measured on {datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}"
        f" at the start, {platform.system()}, Python {platform.python_version()}, {versions}."
    )


def readme_numbers():
    """Return the paragraph of README that says how fast training is, from the records."""
    record, best = load_run("time_to_accuracy"), load_run("fast_convnet")["runs"]

    def median(way, what):
        return statistics.median(run[what] for run in record["runs"][way])

    accuracy = {way: f"{100 * median(way, 'accuracy'):.0f} %" for way in "ABC"}
    seconds = {way: f"{median(way, 'seconds'):.0f} seconds" for way in "ABC"}
    best_accuracy = 100 * statistics.mean(run["test"]["accuracy"] for run in best)
    best_minutes = statistics.mean(run["seconds"] for run in best) / 60
    return (
        f"With {record['machine'].split(', ')[-1]} and no graphics card, the recipe that many tutorials "
        "print (four epochs of Adam, batches of 32) brings a small network to "
        f"{accuracy['A']} of CIFAR-10's test images in {seconds['A']}. `dcv.training.fit_fast` brings the "
        f"same network to {accuracy['B']} in {seconds['B']}. A better network reaches {accuracy['C']} in "
        f"{seconds['C']}, and the best of [chapter 8](book/08_improve.ipynb) {best_accuracy:.1f} % in "
        f"{best_minutes:.0f} minutes. That chapter explains what makes the difference; "
        "[the benchmarks](benchmarks/results.md) show the spread, PyTorch beside it, and what the pages and "
        "the grader cost."
    )


def renew_readme():
    """Write the numbers between the marks that README has for them."""
    readme = ROOT / "README.md"
    marked = re.compile("(<!-- numbers -->\n).*?(\n<!-- end of numbers -->)", re.DOTALL)
    text = readme.read_text(encoding="utf-8")
    readme.write_text(
        marked.sub(lambda marks: marks[1] + readme_numbers() + marks[2], text), encoding="utf-8"
    )


def draw_plot():
    """Draw benchmarks/time_to_accuracy.svg."""
    use_house_style()
    record = load_run("time_to_accuracy")
    figure = draw_time_to_accuracy(record["ways"], record["runs"])
    save_plot(figure, FOLDER / "time_to_accuracy.svg")


def main(arguments=None):
    """Run the command line and return its exit status."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("names", nargs="*", help="scripts in benchmarks/, without suffix; default: all")
    parser.add_argument("--from-records", action="store_true", help="run none")
    options = parser.parse_args(arguments)
    if options.from_records:
        renew_readme()
        draw_plot()
        return 0
    parts = ["# Benchmarks", f"`make bench` wrote this. {machine()}"]
    parts += [
        f"## {name}\n\n{run(name, is_kept=not options.names)}"
        for name in options.names or sorted(path.stem for path in FOLDER.glob("*.py"))
    ]
    text = "\n\n".join(parts) + "\n"
    if options.names:
        print(text)
    else:
        plot = "![Seconds and accuracy of each run](time_to_accuracy.svg)"
        (FOLDER / "results.md").write_text(f"{text}\n{plot}\n", encoding="utf-8")
        renew_readme()
        draw_plot()
    return 0


if __name__ == "__main__":
    sys.exit(main())
