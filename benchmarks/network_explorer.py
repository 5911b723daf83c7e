"""The network explorer with the baseline: speed, page weight, memory, and the class that it says.

Opens the panel in Chromium as the book's pages do, and prints one line of a Markdown table for each figure.
Needs CIFAR-10 for the agreement with Keras (``DCV_DATA``), Chromium, and the libraries of ``make book``.
"""

import argparse
import base64
import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("tools", "book/_ext", "tests/browser", "tests")]

from chromium import OPTIONS, find_chromium  # noqa: E402
from explorer_pages import ExplorerPage, copy_libraries, write_page  # noqa: E402

from dcv.data import load_cifar10  # noqa: E402
from dcv.models import load_pretrained  # noqa: E402
from dcv.widgets import explore_network  # noqa: E402

FORWARD = """(count) => {
  const explorer = document.querySelector('.dcv').dcv;
  const image = explorer.numbers().image;
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    explorer.run(image);
    times.push(performance.now() - start);
  }
  return times;
}"""

# Times from one key on the slider to the frame after it, pressed as soon as the last frame is there.
SLIDER = """async (count) => {
  const handle = document.querySelector('.noUi-handle');
  const frame = () => new Promise(requestAnimationFrame);
  const press = (key) => handle.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    press(Math.floor(i / 8) % 2 ? 'ArrowLeft' : 'ArrowRight');
    await frame();
    await frame();
    times.push((performance.now() - start) / 2);
  }
  return times;
}"""

CLASSES = """(text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const explorer = document.querySelector('.dcv').dcv;
  const classes = [];
  for (let i = 0; i < bytes.length; i += 3072) {
    const logits = explorer.run(bytes.subarray(i, i + 3072)).at(-1);
    classes.push(logits.indexOf(Math.max(...logits)));
  }
  return classes;
}"""


def measure(count, image_count):
    """Return a dict name → (value, unit, target) of all that is measured."""
    from playwright.sync_api import sync_playwright

    data, model = load_cifar10(), load_pretrained()
    first_of_each = [int(np.flatnonzero(data.test_labels == label)[0]) for label in range(10)]
    images = data.test_images[first_of_each]
    found = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = Path(folder)
        copy_libraries(folder / "_static")
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*OPTIONS, "--js-flags=--expose-gc"]
        )

        def opened(**options):
            panel = explore_network(model, images, data.class_names, **options)
            path = write_page(panel, folder)
            page = chromium.new_page(viewport={"width": 1000, "height": 900})
            return ExplorerPage(page).open(path), path.stat().st_size, panel

        page, size, panel = opened()
        found["page with this explorer alone"] = (size / 1000, "kB", "≤ 700")
        found["of it, the weights"] = (
            len(base64.b64encode(panel.picture.weights.tobytes())) / 1000,
            "kB",
            "",
        )
        page.page.evaluate(FORWARD, 20)  # until the browser has compiled it
        times = page.page.evaluate(FORWARD, count)
        found["forward pass, median"] = (statistics.median(times), "ms", "≤ 20")
        found["forward pass, 95th percentile"] = (float(np.percentile(times, 95)), "ms", "")
        times = page.page.evaluate(SLIDER, count)
        found["shift slider, median"] = (1000 / statistics.median(times), "frames/s", "≥ 30")
        before = heap(page)
        page.page.evaluate(SLIDER, 500)
        for i in range(250):
            page.page.keyboard.press("ArrowRight" if i % 2 else "ArrowLeft")
        page.page.evaluate(SLIDER, 250)
        found["memory after 1,000 interactions, growth"] = (heap(page) - before, "MB", "none")
        test_images = data.test_images[:image_count]
        expected = model.predict(test_images / 255, verbose=0, batch_size=500).argmax(axis=1)
        for precision in ("int8", "int12", "float16"):
            page, _, panel = opened(precision=precision)
            text = base64.b64encode(test_images.tobytes()).decode()
            classes = page.page.evaluate(CLASSES, text)
            same = 100 * float(np.mean(expected == classes))
            found[f"same class as Keras, {precision}, {len(expected):,} test images"] = (same, "%", "≥ 99.5")
        chromium.close()
    return found


def heap(page):
    """Return the bytes that JavaScript holds after a collection, in millions."""
    session = page.page.context.new_cdp_session(page.page)
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"] / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="repetitions of what is timed")
    parser.add_argument("--images", type=int, default=2000, help="test images to compare with Keras")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    found = measure(options.count, options.images)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    print("| network explorer, baseline | measured | wanted |\n| --- | --- | --- |")
    for name, (value, unit, target) in found.items():
        print(f"| {name} | {value:,.4g} {unit} | {target} |")


if __name__ == "__main__":
    main()
