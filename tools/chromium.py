"""Where Chromium is, and how tests, benchmarks and the PDF start it: asking no host for anything."""

import os
import shutil

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# The shell is Chromium without windows: what the pages do is the same, and takes a fifth less processor time.
NAMES = ("chromium-headless-shell", "chromium", "google-chrome")


def find_chromium():
    """Return the path of the Chromium that DCV_CHROMIUM names, or of one that is installed, or None."""
    return os.environ.get("DCV_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
