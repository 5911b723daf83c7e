"""Where the time of training goes, operation by operation: with the tutorial's recipe, and with `fit_fast`.

    python benchmarks/profiles.py               # needs DCV_DATA
    python benchmarks/profiles.py --rounds 1

TensorFlow's profiler notes when each operation begins and ends. It computes in one thread, so that no two
operations run at the same time and the parts add up to the whole. The ways take turns, in each round one
epoch each, in a process of its own; it is the second epoch, as the first includes the building of the graph.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import tensorflow as tf  # noqa: E402
from measurements import draw_ranges, middle  # noqa: E402
from tensorflow.tsl.profiler.protobuf.xplane_pb2 import XSpace  # noqa: E402

from dcv import models, training  # noqa: E402
from dcv.data import balanced_subset, load_cifar10  # noqa: E402

IMAGES = 10_240
WAYS = {"A": "A: tutorial's recipe", "B": "B: fit_fast, same network"}
# What is called an operation, such as "…/gradient_tape/…/Conv2DBackpropInput:Conv2DBackpropInput".
OPERATION = re.compile(r"[^:\s]+:_?([A-Z]\w+)")
# Those that only start others.
CALLS = ("While", "If", "StatelessWhile", "StatelessIf", "PartitionedCall", "StatefulPartitionedCall")
# The first that fits.
KINDS = {
    "optimizer": re.compile("/(adam|muon)/", re.IGNORECASE),
    "convolutions, backward": re.compile("Conv2DBackprop"),
    "convolutions, forward": re.compile("Conv2D"),
    "dense layers": re.compile("MatMul"),
    "pooling, ReLU, biases": re.compile("Pool|Relu|Bias"),
    "other operations": re.compile(""),
}
REST = "starting operations, fetching batches, Python"


class Profiler:
    """A clock, read when an epoch begins and when it ends, that profiles the second epoch."""

    def __init__(self, folder):
        self.folder, self.readings, self.seconds = folder, 0, None

    def __call__(self):
        """Read the clock."""
        self.readings += 1
        if self.readings == 3:
            tf.profiler.experimental.start(self.folder)
            self.seconds = -time.perf_counter()
        if self.readings == 4:
            self.seconds += time.perf_counter()
            tf.profiler.experimental.stop()
        return time.perf_counter()


def train(way, images, labels, clock):
    """Train for two epochs."""
    training.set_seed(0)
    model = training.compile_classifier(models.baseline_convnet())
    options = {"epochs": 2, "verbose": 0, "clock": clock}
    if way == "A":
        training.fit(model, images / 255.0, labels, **options)
    else:
        training.fit_fast(model, images, labels, **options)


def profile(way):
    """Return kind of work → microseconds for each image of an epoch."""
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    data = load_cifar10()
    images, labels = balanced_subset(data.train_images, data.train_labels, IMAGES)
    with tempfile.TemporaryDirectory() as folder:
        clock = Profiler(folder)
        train(way, images, labels, clock)
        (path,) = Path(folder).rglob("*.xplane.pb")
        space = XSpace.FromString(path.read_bytes())
    seconds = Counter(dict.fromkeys(KINDS, 0.0))
    for plane in space.planes:
        names = {number: data.name for number, data in plane.event_metadata.items()}
        for event in (event for line in plane.lines for event in line.events):
            name = names[event.metadata_id]
            operation = OPERATION.fullmatch(name)
            if operation and operation[1] not in CALLS:
                kind = next(kind for kind, pattern in KINDS.items() if pattern.search(name))
                seconds[kind] += event.duration_ps / 1e12
    seconds[REST] = clock.seconds - sum(seconds.values())
    seconds["all"] = clock.seconds
    return {kind: 1e6 * value / len(images) for kind, value in seconds.items()}


def main(arguments=None):
    """Print what was measured, in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="in each, both ways come once")
    parser.add_argument("--plot", type=Path, help="an SVG file to draw")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(profile(options.one)))
        return
    rounds = {way: [] for way in WAYS}
    for _ in range(options.rounds):
        for way, profiles in rounds.items():
            command = [sys.executable, __file__, "--one", way]
            answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            profiles.append(json.loads(answer.stdout))
    kinds = list(rounds["A"][0])
    times = {
        WAYS[way]: {kind: [one[kind] for one in profiles] for kind in kinds}
        for way, profiles in rounds.items()
    }
    print(f"| microseconds an image | {' | '.join(WAYS.values())} | A ÷ B |\n| --- | ---: | ---: | ---: |")
    for kind in kinds:
        before, after = (measured[kind] for measured in times.values())
        ratio = statistics.median(a / b for a, b in zip(before, after, strict=True))
        print(f"| {kind} | {middle(before)} | {middle(after)} | {ratio:.2f} |")
    print(
        f"\nMedian and extremes of {options.rounds} rounds: one epoch of {IMAGES:,} images, in one thread."
        f" B computes in {'bfloat16' if training.has_bfloat16() else 'float32'}."
    )
    if options.plot:
        draw_ranges(options.plot, times, label="microseconds an image")


if __name__ == "__main__":
    main()
