"""What all tests and doctests share: their order, and figures drawn in memory and closed after each test."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

# Not by MPLBACKEND, which the kernels that tests start would inherit.
matplotlib.use("Agg")


def pytest_collection_modifyitems(items):
    """Begin with the files that hold slow tests: the last to begin is the one that all others wait for."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test opened, as matplotlib warns about more than twenty open figures."""
    yield
    plt.close("all")
