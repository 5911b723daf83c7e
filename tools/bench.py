"""Run the benchmarks and write what they print to benchmarks/results.md.

    python tools/bench.py               # all of them
    python tools/bench.py latency       # some, printed only

A benchmark is a script in benchmarks/ that prints Markdown. Its name becomes the heading; its imports
find tools/ and the helpers of the tests.
"""

import argparse
import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys

from repository import ROOT

FOLDER = ROOT / "benchmarks"
FOLDERS = ("src", "tools", "book/_ext", "tests", "tests/browser")
PACKAGES = ("numpy", "tensorflow-cpu", "keras", "ipywidgets", "anywidget", "playwright")


def run(name):
    """Run a benchmark and return what it prints; its errors are shown as they are."""
    path = os.pathsep.join(str(ROOT / folder) for folder in FOLDERS)
    command = [sys.executable, FOLDER / f"{name}.py"]
    answer = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, check=True
    )
    return answer.stdout.strip()


def machine():
    """Return a sentence that says where and with what the numbers were measured."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    load = os.getloadavg()[0]
    return (
        f"Measured on {datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}"
        f" at the start, {platform.system()}, Python {platform.python_version()}, {versions}."
    )


def main(arguments=None):
    """Run the command line and return its exit status."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("names", nargs="*", help="scripts in benchmarks/, without suffix; default: all")
    options = parser.parse_args(arguments)
    parts = ["# Benchmarks", f"`make bench` wrote this. {machine()}"]
    parts += [
        f"## {name}\n\n{run(name)}"
        for name in options.names or sorted(path.stem for path in FOLDER.glob("*.py"))
    ]
    text = "\n\n".join(parts) + "\n"
    if options.names:
        print(text)
    else:
        (FOLDER / "results.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
