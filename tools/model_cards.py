"""Write book/model_cards.md from the stored records: a card for each network that ships with the course.

    python tools/model_cards.py            # write the page
    python tools/model_cards.py --check    # only say whether it is in step

What a network is for and where it fails is written here; every number comes from the record or the weights.
"""

import argparse
import json
import sys

import numpy as np
from repository import ROOT

WEIGHTS = ROOT / "src" / "dcv" / "weights"
PAGE = ROOT / "book" / "model_cards.md"

HEAD = """# The networks that come with the course

Small networks, trained by the course itself, whose weights lie inside the package so that chapters start at
once and their pictures repeat. `dcv.models.load_pretrained(name)` returns each of them. The command
`make runs` trains them again; the copy of the data is the one that [the data card](data_card.md) describes.
None is good enough to decide anything outside this course.
"""

#: Name of the weights → title, what it is for, where it fails.
CARDS = {
    "baseline_convnet": (
        "The baseline of chapter 6",
        "To look inside a plain convolutional network, and to measure improvements against.",
        "It confuses animals with each other, and its Flatten layer ties it to the place of an object.",
    ),
    "residual_convnet": (
        "The residual network of chapter 8",
        "To look inside a network with batch normalisation, additions and global average pooling.",
        "Chosen for its small file, not for its accuracy: chapter 8 has a better one.",
    ),
    "eight_classes": (
        "The base of chapter 9",
        "To transfer what it learned on eight classes of CIFAR-10 to the two that it never saw.",
        "Its features are those of small photographs of eight things: measure before you use them on others.",
    ),
    "grid_detector": (
        "The detector of chapter 10",
        "To find five shapes in scenes of 64×64 pixels that the course draws, and to study detection by it.",
        "It knows nothing but these drawings. Objects that hide each other are what it misses most.",
    ),
}


def card(record, weights, size):
    """Return the Markdown of one card.

    Parameters
    ----------
    record : dict
        As `dcv.runs.load_run` returns it.
    weights : dict
        Name → array.
    size : int
        Bytes of the file with the weights.

    Raises
    ------
    KeyError
        If nobody has written what the network is for.
    """
    title, purpose, limits = CARDS[record["name"]]
    settings = record["settings"].items()
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    rows = {
        "Name": f"`{record['name']}`",
        "For": purpose,
        "Limits": limits,
        "Numbers stored": f"{sum(array.size for array in weights.values()):,}, in {size / 1000:.0f} kB",
        "Trained on": f"{record['data']['name']}, checksum `{record['data']['sha256'][:16]}…`",
        "Settings": ", ".join(f"{name.replace('_', ' ')} {plain(value)}" for name, value in settings),
        "When, with what": f"{record['date']}; {versions}; {record['machine']}",
        **results(record),
    }
    lines = [f"| {key} | {text} |" for key, text in rows.items()]
    return "\n".join([f"## {title}", "", "| | |", "| --- | --- |", *lines])


def results(record):
    """Return what the record says about test data: a dict name → text, empty if it says nothing.

    Where several seeds were run, the result is their mean, with the smallest and the largest.
    """
    tests = [run["test"] for run in record["runs"]] if "runs" in record else [record.get("test", {})]
    names = [name for name, value in tests[0].items() if isinstance(value, float) and name != "loss"]
    found = {}
    for name in names:
        values = [test[name] for test in tests]
        text = f"{np.mean(values):.3f}"
        if len(values) > 1:
            text += f" (mean of {len(values)} seeds, from {min(values):.3f} to {max(values):.3f})"
        found[f"On test data: {name.replace('_', ' ')}"] = text
    return found


def plain(value):
    """Return a setting as a reader writes it."""
    if isinstance(value, list):
        return "/".join(map(plain, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def page(folder=WEIGHTS):
    """Return the Markdown of the page, for all weights in a folder."""
    cards = []
    for path in sorted(folder.glob("*.npz"), key=lambda path: list(CARDS).index(path.stem)):
        record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        with np.load(path) as weights:
            cards.append(card(record, dict(weights), path.stat().st_size))
    return "\n\n".join([HEAD.strip(), *cards]) + "\n"


def main(arguments=None):
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description="Write the cards of the networks that come with the course.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if the page is out of step")
    options = parser.parse_args(arguments)
    text = page()
    if options.check:
        in_step = PAGE.read_text(encoding="utf-8") == text
        print("in step" if in_step else f"{PAGE.name} is out of step: run `python tools/model_cards.py`")
        return 0 if in_step else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
