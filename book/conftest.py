"""How `pytest --nbval book` runs the chapters.

Stored outputs come from CIFAR-10, in one chapter from MobileNet with Google's weights, and in
another from the face detector of the package mtcnn. Where one of them is missing, cells tagged
``cifar10``, ``mobilenet`` or ``mtcnn`` still have to run, on the images that the course draws
itself or without the network, but what they show is not compared.
"""

import os
from functools import cache
from importlib.util import find_spec

from execute import ENVIRONMENT
from nbval.kernel import RunningKernel

CELL_TIMEOUT = 120  # seconds


def execute_cell_input(kernel, cell_input, allow_stdin=None):
    """Run a cell as Jupyter does, which remembers it in the history; nbval on its own does not.

    IPython looks in the history for the semicolon that keeps the last value from being shown.
    Without it, ``draw_kernel(kernel);`` would show its figure twice.
    """
    options = {"store_history": True, "allow_stdin": allow_stdin, "stop_on_error": False}
    return kernel.kc.execute(cell_input, **options)


@cache
def cifar10_is_at_hand():
    """Return whether a kernel would find CIFAR-10, by asking the function that notebooks ask."""
    from dcv.data import DataUnavailableError, load_cifar10

    try:
        load_cifar10()
    except DataUnavailableError:
        return False
    return True


@cache
def mobilenet_is_at_hand():
    """Return whether a kernel would find the weights of MobileNet, without a download."""
    from dcv.mobilenet_files import FILES, WeightsUnavailableError, obtain

    try:
        for name in FILES:
            obtain(name)
    except WeightsUnavailableError:
        return False
    return True


def mtcnn_is_at_hand():
    """Return whether a kernel could import the face detector."""
    return find_spec("mtcnn") is not None


# Tag → whether what the outputs of cells with that tag depend on is at hand.
NEEDED = {
    "cifar10": cifar10_is_at_hand,
    "mobilenet": mobilenet_is_at_hand,
    "mtcnn": mtcnn_is_at_hand,
}


def missing():
    """Return the tags of cells whose outputs cannot be compared here."""
    return {tag for tag, is_at_hand in NEEDED.items() if not is_at_hand()}


def pytest_configure(config):
    """Prepare the environment of the kernels, which nbval starts as children of this process."""
    if not config.option.nbval:
        return
    config.option.nbval_current_env = True
    config.option.nbval_cell_timeout = CELL_TIMEOUT
    RunningKernel.execute_cell_input = execute_cell_input
    os.environ.update(ENVIRONMENT)  # as when the outputs were stored: offline and quiet


def pytest_report_header(config):
    """Say which outputs are compared."""
    if not config.option.nbval:
        return None
    if not missing():
        return "notebooks: run with CIFAR-10 and MobileNet, all outputs compared"
    tags = " or ".join(repr(tag) for tag in sorted(missing()))
    return (
        f"notebooks: outputs of cells tagged {tags} NOT compared, as what they depend on is missing"
    )


def pytest_collection_modifyitems(config, items):
    """Leave out the comparison, not the run, of what depends on something that is missing."""
    if not config.option.nbval:
        return
    for item in items:
        cell = getattr(item, "cell", None)
        if cell is not None and missing() & set(cell.metadata.get("tags", [])):
            item.options["check"] = False
