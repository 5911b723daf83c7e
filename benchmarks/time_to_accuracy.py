"""Time to accuracy on CIFAR-10: the tutorial's recipe, `fit_fast`, a network of chapter 8, and PyTorch.

    python benchmarks/time_to_accuracy.py                        # all, three seeds; needs DCV_DATA
    python benchmarks/time_to_accuracy.py --seeds 0 --ways A B   # part of it

A is the recipe as the tutorial publishes it: float64 images, batches of 32, Adam at 0.001, 4 epochs. B trains
the same network with `dcv.training.fit_fast`. C is chapter 8's best network with fewer filters and epochs,
for 80 %. D is B in PyTorch: the same network, images, batches, schedule and precision, and PyTorch's own
Muon, in an environment of its own that uv makes and this script deletes. The ways take turns, seed by seed.
Each run has a process of its own, which times the training without imports and tests once, at the end. The
ceiling is what the cores do in large matrix products of the same precision, measured after each run.

A full run is kept in src/dcv/weights/time_to_accuracy.json: chapter 8 and README have their numbers from it.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1] / "tools"))

from measurements import middle  # noqa: E402

TORCH = "torch==2.13.0"
WAYS = {
    "A": "tutorial's recipe",
    "B": "fit_fast, same network",
    "C": "chapter 8's best network, smaller and shorter",
    "D": f"B in PyTorch ({TORCH})",
}
EPOCHS = {"A": 4, "B": 1, "C": 3}
WIDTHS = (32, 96, 128)  # of way C: fewer filters than the best network of chapter 8 has
SIZE = 2048  # of the square matrices


# ---------------------------------------------------------------- one run, in a process of its own


def clocked(function):
    """Return what a function returns, and its wall-clock and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    result = function()
    return result, time.perf_counter() - wall, time.process_time() - processor


def fastest_product(multiply):
    """Return the floating-point operations a wall-clock second in the best of some matrix products."""
    multiply()
    return 2 * SIZE**3 / min(clocked(multiply)[1] for _ in range(5))


def report(trained, accuracy, operations, product):
    """Print a run as JSON: seconds, accuracy, operations of all training steps, and the ceiling."""
    _, wall, processor = trained
    ceiling = fastest_product(product)
    print(json.dumps({"seconds": wall, "processor": processor, "accuracy": accuracy, "ceiling": ceiling,
                      "operations": operations}))  # fmt: skip


def operations_of_training(network, images):
    """Return the floating-point operations of showing images once, forward and backward.

    A layer's gradients cost as much as the layer, once for its weights and once for its inputs; the first
    layer needs none for the image. A product and a sum are two operations.
    """
    from dcv.models import count_operations

    per_layer = [count for count in count_operations(network).values() if count]
    return 2 * (3 * sum(per_layer) - per_layer[0]) * images


def run_keras(way, seed, limit):
    """Train with way A, B or C and report."""
    import keras
    import tensorflow as tf

    from dcv.data import load_cifar10
    from dcv.models import baseline_convnet, fast_convnet
    from dcv.runs.improved import train_improved
    from dcv.training import compile_classifier, fit_fast, has_bfloat16, set_seed

    data = load_cifar10()
    data = data._replace(train_images=data.train_images[:limit], train_labels=data.train_labels[:limit])
    set_seed(seed)
    dtype, epochs = (tf.bfloat16 if has_bfloat16() else tf.float32), EPOCHS[way]
    if way == "A":
        model, dtype = baseline_convnet(), tf.float32

        def train():
            compile_classifier(model)
            model.fit(data.train_images / 255.0, data.train_labels, epochs=epochs, verbose=0)

        trained = clocked(train)
    elif way == "B":
        model = baseline_convnet()
        trained = clocked(
            lambda: fit_fast(model, data.train_images, data.train_labels, epochs=epochs, verbose=0)
        )
    else:
        dtype = tf.bfloat16
        with contextlib.redirect_stdout(sys.stderr):
            _, result = train_improved(data, seed=seed, epochs=epochs, widths=WIDTHS)
        trained = None, result["seconds"], result["cpu_seconds"]
        accuracy = result["test"]["accuracy"]
        model = fast_convnet(widths=WIDTHS)
    if way != "C":
        logits = model.predict(data.test_images.astype(np.float32) / 255, batch_size=500, verbose=0)
        accuracy = float(np.mean(logits.argmax(axis=1) == data.test_labels))
    matrix = tf.cast(tf.random.normal((SIZE, SIZE)), dtype)
    keras.backend.clear_session()
    # numpy() waits for the product; a part of it is enough.
    multiply = tf.function(lambda: tf.linalg.matmul(matrix, matrix)[:1])
    report(
        trained,
        accuracy,
        epochs * operations_of_training(model, len(data.train_images)),
        lambda: tf.cast(multiply(), tf.float32).numpy(),
    )


def run_torch(arrays, seed, operations, bfloat16):
    """Train the network and recipe of B in PyTorch and report; only NumPy and PyTorch are at hand."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    stored = np.load(arrays)
    images, labels = torch.from_numpy(stored["train_images"]), torch.from_numpy(stored["train_labels"]).long()
    batch_size, epochs, peak, rising, start = 256, EPOCHS["B"], 0.01, 0.2, 0.2
    network = nn.Sequential(
        *(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 64, 3), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
    for layer in network:
        if hasattr(layer, "weight"):  # as Keras begins
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    # PyTorch's Muon takes matrices alone, so it gets each kernel as one: the same numbers in another shape.
    kernels = [layer.weight for layer in network[:-1] if hasattr(layer, "weight")]
    matrices = [nn.Parameter(kernel.detach().view(len(kernel), -1)) for kernel in kernels]
    others = [network[-1].weight, *(layer.bias for layer in network if hasattr(layer, "bias"))]

    def as_floats(chosen):
        # (count, height, width, channels) in memory is PyTorch's channels_last.
        return (chosen.float() * (4 / 255) - 2).permute(0, 3, 1, 2)

    def autocast():
        return torch.autocast("cpu", torch.bfloat16, enabled=bfloat16)

    def train():
        steps = epochs * -(-len(images) // batch_size)
        optimizers = (
            torch.optim.Muon(matrices, peak, weight_decay=0, adjust_lr_fn="match_rms_adamw"),
            torch.optim.Adam(others, peak, eps=1e-7, fused=True),
        )

        def rate(step):
            share = step / steps
            return min(start + (1 - start) * share / rising, (1 - share) / (1 - rising))

        schedules = [torch.optim.lr_scheduler.LambdaLR(optimizer, rate) for optimizer in optimizers]
        for _ in range(epochs):
            for chosen in torch.randperm(len(images)).split(batch_size):
                with autocast():
                    logits = network(as_floats(images[chosen]))
                loss = nn.functional.cross_entropy(logits.float(), labels[chosen])
                network.zero_grad(set_to_none=True)
                loss.backward()
                for kernel, matrix in zip(kernels, matrices, strict=True):
                    matrix.grad = kernel.grad.reshape(matrix.shape)
                for part in (*optimizers, *schedules):
                    part.step()

    trained = clocked(train)
    with torch.no_grad(), autocast():
        tested = torch.from_numpy(stored["test_images"]).split(500)
        guesses = torch.cat([network(as_floats(part)).argmax(dim=1) for part in tested]).numpy()
    accuracy = float(np.mean(guesses == stored["test_labels"]))
    matrix = torch.randn(SIZE, SIZE).to(torch.bfloat16 if bfloat16 else torch.float32)
    report(trained, accuracy, operations, lambda: matrix @ matrix)


# ---------------------------------------------------------------- all runs


class Torch:
    """An environment with PyTorch alone, made by uv and deleted at the end."""

    def __init__(self, folder, limit):
        from dcv.data import load_cifar10
        from dcv.models import baseline_convnet
        from dcv.training import has_bfloat16

        self.python = Path(folder) / "bin/python"
        uv = [sys.executable, "-m", "uv"] if shutil.which("uv") is None else ["uv"]
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        install = [*uv, "pip", "install", "--quiet", "--python", self.python, TORCH, "numpy"]
        subprocess.run(install, check=True)
        data = load_cifar10()
        self.arrays = Path(folder) / "arrays.npz"
        np.savez(
            self.arrays,
            train_images=data.train_images[:limit],
            train_labels=data.train_labels[:limit],
            test_images=data.test_images,
            test_labels=data.test_labels,
        )
        count = len(data.train_images[:limit])
        self.operations = EPOCHS["B"] * operations_of_training(baseline_convnet(), count)
        self.bfloat16 = has_bfloat16()

    def arguments(self):
        """Return what a run with PyTorch is told."""
        return [self.arrays, str(self.operations), str(int(self.bfloat16))]


def run(way, seed, limit, torch):
    """Train once in a process of its own and return the report."""
    if way == "D":
        command = [torch.python, HERE, "--run", way, str(seed), *torch.arguments()]
    else:
        command = [sys.executable, HERE, "--run", way, str(seed), str(limit)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout.splitlines()[-1])


def table(results):
    """Return the lines of a Markdown table: a row for each way, ratios to A seed by seed."""
    lines = [
        "| | test accuracy, % | wall clock, s | processor, s | A's time ÷ this, wall | the same, processor"
        " | share of the ceiling, % |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for way, runs in results.items():

        def over(clock, runs=runs):
            pairs = zip(results.get("A", []), runs, strict=False)
            return middle([tutorial[clock] / run[clock] for tutorial, run in pairs] or [float("nan")])

        shares = [100 * run["operations"] / run["seconds"] / run["ceiling"] for run in runs]
        cells = (
            middle((100 * run["accuracy"] for run in runs), "{:.1f}"),
            middle(run["seconds"] for run in runs),
            middle(run["processor"] for run in runs),
            over("seconds"),
            over("processor"),
            middle(shares, "{:.0f}"),
        )
        lines.append(f"| {way}: {WAYS[way]} | {' | '.join(cells)} |")
    return lines


def store(results, seeds):
    """Keep all runs, with where they come from, as a record that ships with the course."""
    from dcv.data import load_cifar10
    from dcv.runs.record import provenance, store_run
    from dcv.training import has_bfloat16

    data = load_cifar10()
    settings = {"epochs": EPOCHS, "widths": list(WIDTHS), "seeds": seeds, "bfloat16": has_bfloat16()}
    record = provenance("time_to_accuracy", data, settings, command="make bench")
    record["machine"] += f", {os.cpu_count()} cores"
    store_run(HERE.parents[1] / "src/dcv/weights", {**record, "ways": WAYS, "runs": results})


def main(arguments=None):
    """Run what the command line asks for, print the table, and keep a full run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument(
        "--images", type=int, default=50_000, help="of the training images; fewer to try it out"
    )
    parser.add_argument("--run", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.run:
        way, seed, *rest = options.run
        if way == "D":
            return run_torch(rest[0], int(seed), float(rest[1]), rest[2] == "1")
        return run_keras(way, int(seed), int(rest[0]))
    results = {way: [] for way in options.ways}
    with tempfile.TemporaryDirectory() as folder:
        torch = Torch(folder, options.images) if "D" in options.ways else None
        for seed in options.seeds:
            for way, runs in results.items():
                runs.append(run(way, seed, options.images, torch))
                print(way, seed, runs[-1], file=sys.stderr, flush=True)
    if options.ways == list(WAYS) and len(options.seeds) >= 3 and options.images == 50_000:
        store(results, options.seeds)
    print("\n".join(table(results)))
    print(
        f"\nMedian and extremes of the seeds {', '.join(map(str, options.seeds))}; {options.images:,} images."
    )


if __name__ == "__main__":
    main()
