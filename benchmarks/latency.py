"""How fast explorers follow a key, how much a page with ten of them weighs, and when it can be used.

From pressing a key to the end of the next painted frame, in Chromium, by the browser's own clock. Each press
changes the padding, so that the whole response map is computed and drawn anew.
"""

import statistics
import tempfile
from pathlib import Path

import numpy as np
from chromium import OPTIONS, find_chromium
from execute import stored_widgets
from explorer_pages import ExplorerPage, copy_libraries, write_page, write_state
from explorers import EXPLORERS
from ipywidgets.embed import embed_data
from playwright.sync_api import sync_playwright

from dcv.data import sample_image
from dcv.widgets import explore_convolution

PRESSES, LOADS = 100, 5
TARGETS = {64: (16, 33), 128: (33, None)}  # pixels a side → median and 95th percentile, milliseconds

# The frame that follows a key is over when a message that was posted in it arrives.
WATCH_KEYS = """() => {
  window.latencies = [];
  document.addEventListener('keydown', ({ timeStamp }) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.latencies.push(performance.now() - timeStamp);
    port2.postMessage(null);
  }), { capture: true });
}"""


def measure_latencies(browser, site, size):
    """Return the milliseconds from key to painted frame of each press, on an image of size × size pixels."""
    panel = explore_convolution(sample_image("chelsea", size=size, gray=True), kernel_size=5)
    context = browser.new_context(viewport={"width": 900, "height": 1000}, offline=True)
    page = ExplorerPage(context.new_page()).open(write_page(panel, site))
    page.page.evaluate(WATCH_KEYS)
    for i in range(PRESSES + 10):  # the first ten warm up the browser's compiler
        page.press("padding", "ArrowLeft" if i % 2 else "ArrowRight")
    latencies = page.page.evaluate("window.latencies")
    context.close()
    assert len(latencies) == PRESSES + 10
    return latencies[10:]


def measure_page(browser, site):
    """Return the bytes of a page with ten explorers, and the seconds until all are drawn at each loading."""
    panels = [make() for make in list(EXPLORERS.values())[:10]]
    identifiers = [panel.model_id for panel in panels]
    state, names = stored_widgets(embed_data(panels, drop_defaults=False)["manager_state"], identifiers)
    path = write_state(state, [names[name] for name in identifiers], site / "ten.html")
    seconds = []
    for _ in range(LOADS):
        context = browser.new_context(viewport={"width": 900, "height": 1000}, offline=True)
        page = ExplorerPage(context.new_page()).open(path)
        seconds.append(page.page.evaluate("performance.now()") / 1000)
        context.close()
    return path.stat().st_size, seconds


def main():
    """Print what was measured, in Markdown."""
    print("| image, 5 × 5 kernel | median | 95th percentile | target |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder)
        copy_libraries(site / "_static")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=OPTIONS)
        for size, targets in TARGETS.items():
            latencies = measure_latencies(browser, site, size)
            target = " / ".join(f"≤ {limit} ms" for limit in targets if limit)
            median, late = statistics.median(latencies), np.percentile(latencies, 95)
            print(f"| {size} × {size} | {median:.1f} ms | {late:.1f} ms | {target} |")
        weight, seconds = measure_page(browser, site)
        browser.close()
    print(
        f"\nA page with ten explorers: {weight / 1000:.0f} kB of its own (target: under 600),"
        f" all of them drawn {statistics.median(seconds):.2f} s after opening (target: under 2;"
        f" {LOADS} loadings, the slowest {max(seconds):.2f})."
    )


if __name__ == "__main__":
    main()
