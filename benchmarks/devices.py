"""Chapter 8's residual network on 1, 2 and 4 devices: the losses of every step, and images a second.

    python benchmarks/devices.py               # GPUs if there are several, else parts of the processor
    python benchmarks/devices.py --devices 8

The batch is the same however many devices share it, so all runs compute the same. They take turns, round by
round; what is reported is the median of the ratios. The first epoch, in which graphs are made, is not timed;
its losses are compared.
"""

import argparse
import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from measurements import middle  # noqa: E402

from dcv import models, training  # noqa: E402
from dcv.data import load_shapes10  # noqa: E402
from dcv.devices import StepLosses, choose_devices, mirror, synchronize_batch_norm  # noqa: E402

IMAGES = 1024
BATCH = 128
RATE = 0.01  # so small that rounding hardly grows from step to step
LOSSES_DIFFER = 1e-3  # relative; where they differ by more, something is wrong, and times mean nothing


def build(devices):
    """Return a compiled model with a copy on each device; its weights are the same each time."""
    with mirror(devices).scope():
        training.set_seed(0)
        model = synchronize_batch_norm(models.residual_convnet())
        model.compile(
            keras.optimizers.SGD(RATE, momentum=0.9),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=False,
        )
    return model


def epoch(model, images, labels, callbacks=()):
    """Train for one epoch and return images a wall-clock second, and a processor second."""
    wall, processor = time.perf_counter(), time.process_time()
    model.fit(images, labels, batch_size=BATCH, shuffle=False, callbacks=list(callbacks), verbose=0)
    return len(images) / (time.perf_counter() - wall), len(images) / (time.process_time() - processor)


def measure(devices, pairs):
    """Return number of devices → rates, one pair a round, and number → losses of the first epoch's steps."""
    data = load_shapes10(train_count=IMAGES, test_count=10)
    images, labels = data.train_images.astype(np.float32) / 255, data.train_labels
    counts = [count for count in (1, 2, 4, 8, 16) if count <= len(devices)]
    networks, losses = {}, {}
    for count in counts:
        networks[count], steps = build(devices[:count]), StepLosses()
        epoch(networks[count], images, labels, [steps])
        losses[count] = np.array(steps.losses)
    rates = {count: [] for count in counts}
    for _ in range(pairs):
        for count, model in networks.items():
            rates[count].append(epoch(model, images, labels))
    return rates, losses


def main(arguments=None):
    """Print what was measured, in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--devices", type=int, default=4, help="how many at most")
    parser.add_argument(
        "--pairs", type=int, default=7, help="rounds; in each, every number of devices comes once"
    )
    options = parser.parse_args(arguments)
    tf.get_logger().setLevel("ERROR")  # notices about devices
    devices = choose_devices(options.devices)
    tf.config.experimental.enable_tensor_float_32_execution(False)  # GPUs then round as processors do
    rates, losses = measure(devices, options.pairs)
    differ = {count: np.max(np.abs(each / losses[1] - 1)) for count, each in losses.items()}
    if max(differ.values()) > LOSSES_DIFFER:
        raise SystemExit(f"losses of steps differ from those on one device, relatively by {differ}")
    print(
        "| devices | images a second | a processor second | ÷ one device, wall | the same, processor"
        " | losses differ by |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for count, pairs in rates.items():
        wall, processor = (middle(column) for column in zip(*pairs, strict=True))
        compared = [
            middle(ours[clock] / one[clock] for ours, one in zip(pairs, rates[1], strict=True))
            for clock in (0, 1)
        ]
        print(f"| {count} | {wall} | {processor} | {' | '.join(compared)} | {differ[count]:.0e} |")
    kind = "GPUs" if devices[0].startswith("GPU") else "virtual, and share the processor's cores"
    network = models.residual_convnet()
    print(
        f"\nMedian and extremes of {options.pairs} rounds; the devices are {kind}. Residual network of "
        f"chapter 8, {network.count_params():,} parameters, {IMAGES:,} images of 32 × 32 pixels, batches of "
        f"{BATCH} in all, synchronised batch normalisation. Losses are compared over {len(losses[1])} "
        "steps, as the largest relative difference to one device."
    )


if __name__ == "__main__":
    main()
