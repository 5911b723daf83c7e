"""What all tests and doctests share: figures are drawn in memory and closed after each test."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

# Not by MPLBACKEND, which the kernels that tests start would inherit.
matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test opened, as matplotlib warns about more than twenty open figures."""
    yield
    plt.close("all")
