"""The course's convolution in NumPy beside TensorFlow's kernel, SciPy, and its own definition in loops.

One image of 256 × 256 pixels with 3 channels, 32 filters of 5 × 5. All ways take turns, so that each pair of
times was measured on the same machine at the same moment; what is reported is the median of the ratios.
"""

import argparse
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import tensorflow as tf
from scipy.signal import correlate

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from measurements import draw_ranges, middle  # noqa: E402

from dcv import ops  # noqa: E402

SIZE, KERNEL_SIZE, CHANNELS, FILTERS = 256, 5, 3, 32
LOOP_ROWS = 24  # the loops take this many rows of the image, and are scaled up: all of it takes half a minute


def ways(images, kernels):
    """Return name → function without arguments that computes the feature maps."""
    tensor, weights = tf.constant(images), tf.constant(kernels)

    def with_scipy():
        maps = [correlate(images[0], kernels[..., i], mode="valid")[:, :, 0] for i in range(FILTERS)]
        return np.stack(maps, axis=-1)[None]

    return {
        "ops.conv2d": lambda: ops.conv2d(images, kernels),
        "TensorFlow": lambda: tf.nn.conv2d(tensor, weights, 1, "VALID").numpy(),
        "scipy.signal.correlate": with_scipy,
        "ops.conv2d_loops": lambda: ops.conv2d_loops(images[:, :LOOP_ROWS], kernels),
    }


def clocks(function):
    """Return the wall-clock and the processor milliseconds of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    function()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - processor)


def measure(pairs):
    """Return name → [(wall-clock, processor) milliseconds, one a round]; all ways come in each round."""
    rng = np.random.default_rng(0)
    images = rng.random((1, SIZE, SIZE, CHANNELS), dtype=np.float32)
    kernels = rng.normal(size=(KERNEL_SIZE, KERNEL_SIZE, CHANNELS, FILTERS)).astype(np.float32)
    functions = ways(images, kernels)
    expected = functions["TensorFlow"]()
    for name, function in functions.items():  # this also warms up
        maps = function()
        np.testing.assert_allclose(maps, expected[:, : maps.shape[1]], atol=1e-3, err_msg=name)
    times = {name: [] for name in functions}
    for _ in range(pairs):
        for name, function in functions.items():
            times[name].append(clocks(function))
    rows, part = SIZE - KERNEL_SIZE + 1, LOOP_ROWS - KERNEL_SIZE + 1
    scale = rows / part
    times["ops.conv2d_loops"] = [tuple(scale * value for value in pair) for pair in times["ops.conv2d_loops"]]
    return times


def peak_memory(batch):
    """Return the largest number of bytes that `ops.conv2d` holds for a batch, per byte of its result."""
    images = np.zeros((batch, SIZE, SIZE, CHANNELS), np.float32)
    kernels = np.zeros((KERNEL_SIZE, KERNEL_SIZE, CHANNELS, FILTERS), np.float32)
    tracemalloc.start()
    maps = ops.conv2d(images, kernels)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / maps.nbytes


def ratios(times, name, clock):
    """Return `ops.conv2d`'s time over another way's, one a round; clock 0 is the wall, 1 the processor."""
    both = zip(times["ops.conv2d"], times[name], strict=True)
    return [ours[clock] / theirs[clock] for ours, theirs in both]


def main(arguments=None):
    """Print what was measured, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7, help="rounds; in each, every way comes once")
    parser.add_argument("--plot", type=Path, help="an SVG file to draw")
    options = parser.parse_args(arguments)
    times = measure(options.pairs)
    targets = {"TensorFlow": "≤ 3", "scipy.signal.correlate": "≤ 1"}
    print("| | wall, ms | processor, ms | ops.conv2d ÷ this, wall | the same, processor | target |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, pairs in times.items():
        wall, processor = (middle(column) for column in zip(*pairs, strict=True))
        compared = [middle(ratios(times, name, clock)) for clock in (0, 1)]
        print(f"| {name} | {wall} | {processor} | {' | '.join(compared)} | {targets.get(name, '')} |")
    print(
        f"\nMedian and extremes of {len(times['TensorFlow'])} rounds. The loops computed {LOOP_ROWS} rows of"
        " the image and are scaled up. Largest memory of ops.conv2d, result included, over the bytes of the"
        f" result: {peak_memory(1):.2f} for one image, {peak_memory(8):.2f} for eight."
    )
    if options.plot:
        walls = {name: [wall for wall, _ in pairs] for name, pairs in times.items()}
        draw_ranges(options.plot, {"": walls}, label="milliseconds", log=True)


if __name__ == "__main__":
    main()
