"""Run notebooks from top to bottom in a clean kernel and store their outputs in place.

    python tools/execute.py                             # all chapters
    python tools/execute.py book/04_padding.ipynb       # one

Stored outputs always come from CIFAR-10, and where a notebook uses MobileNet, from Google's weights; this
refuses to go on where they cannot be read. A notebook is replaced only after every cell ran; nothing that
differs from one machine or one run to the next is kept.
"""

import argparse
import base64
import io
import os
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from PIL import Image
from repository import ROOT, notebook_paths

# The same in every run: quiet, offline, and sets of strings in one order.
ENVIRONMENT = {"DCV_OFFLINE": "1", "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}

# An output that shows a widget names its model; the models' state stands in the notebook's metadata.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
MODEL_PREFIX = "IPY_MODEL_"

# Mean over all pixels, in levels of 255, by which a picture may change when it is stored with 256 colours.
LARGEST_COLOUR_ERROR = 0.6

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# Only ipython3 knows %pip: with the plain Python lexer the book's build would warn about every set-up cell.
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}


class NotebookError(Exception):
    """A notebook did not run to its end, or left something that must not be stored."""


def run_notebook(notebook, folder, *, timeout=600):
    """Run all cells in a new kernel, in place, and tidy up what they left.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Its outputs are replaced; sources, tags, captions and cell ids stay.
    folder : path-like
        The kernel's working directory.
    timeout : int
        Seconds that one cell may take.

    Raises
    ------
    NotebookError
        If a cell raises, takes too long, kills its kernel or writes to stderr.
    """
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        store_widget_state=True,
    )
    try:
        client.execute(env={**os.environ, **ENVIRONMENT})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise NotebookError(str(error)) from error
    tidy(notebook)
    noise = [
        (cell.id, output.text.strip())
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    if noise:
        cell_id, text = noise[0]
        raise NotebookError(f"expected nothing on stderr, but cell {cell_id} wrote: {text}")


def tidy(notebook):
    """Remove from a notebook, in place, all that belongs to one run or one machine."""
    widgets = notebook.metadata.get("widgets", {}).get(WIDGET_STATE)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        for key in ("collapsed", "ExecuteTime", "execution", "id", "outputId", "colab", "scrolled"):
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                picture = compact(base64.b64decode(output.data["image/png"]))
                output.data["image/png"] = base64.b64encode(picture).decode()
    tidy_widgets(notebook, widgets)


def compact(picture):
    """Return a PNG in fewer bytes: no transparency, and 256 colours where nobody sees the difference.

    Parameters
    ----------
    picture : bytes
        PNG. Charts and grey photographs have few colours; of colour photographs all are kept.
    """
    full = Image.open(io.BytesIO(picture)).convert("RGB")
    few = full.quantize(256, dither=Image.Dither.NONE)
    error = np.abs(np.subtract(few.convert("RGB"), full, dtype=np.float32)).mean()
    smaller = io.BytesIO()
    (few if error < LARGEST_COLOUR_ERROR else full).save(smaller, "png", optimize=True)
    return min(picture, smaller.getvalue(), key=len)


def tidy_widgets(notebook, widgets):
    """Store the state of all widgets that work without a kernel, under names that repeat in every run."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [output for output in outputs if WIDGET_VIEW in output.get("data", {})]
    models = widgets["state"] if widgets else {}
    for output in list(shown):
        if not computes_in_the_browser(models, output.data[WIDGET_VIEW]["model_id"]):
            shown.remove(output)
            output.data.pop(WIDGET_VIEW)
            output.get("metadata", {}).pop(WIDGET_VIEW, None)
    if not shown:
        return
    state, names = stored_widgets(widgets, [output.data[WIDGET_VIEW]["model_id"] for output in shown])
    for output in shown:
        output.data[WIDGET_VIEW]["model_id"] = names[output.data[WIDGET_VIEW]["model_id"]]
    notebook.metadata["widgets"] = nbformat.from_dict({WIDGET_STATE: state})


def stored_widgets(widgets, roots):
    """Return the state of the widgets that are shown, and the stable name of each model.

    Parameters
    ----------
    widgets : dict
        Widget state as notebooks hold it: models by identifiers that are random in every run.
    roots : list of str
        Identifiers of the models that are shown, in their order in the notebook.

    Returns
    -------
    state : dict
        The same without models that nothing shown refers to, and with stable names.
    names : dict
        Identifier → name, counted in the order in which models are met.
    """
    models = widgets["state"]
    identifiers = list(dict.fromkeys(model for root in roots for model in model_tree(models, root)))
    # Nothing refers to a link, but a link refers to the two models that it keeps equal.
    links = [name for name in models if is_link_between(models, name, set(identifiers))]
    links.sort(key=lambda name: [identifiers.index(model) for model in references(models[name]["state"])])
    for link in links:
        identifiers += [model for model in model_tree(models, link) if model not in identifiers]
    names = {identifier: f"model-{i:03d}" for i, identifier in enumerate(identifiers)}
    state = {}
    for identifier, name in names.items():
        model = dict(models[identifier])
        model["state"] = renamed(model["state"], names)
        if model["model_name"] == "LayoutModel":  # most of it is None, the default in the browser too
            model["state"] = {key: value for key, value in model["state"].items() if value is not None}
        state[name] = model
    return {**widgets, "state": state}, names


def computes_in_the_browser(models, root):
    """Return whether an anywidget is part of a widget; all others are dead without their kernel."""
    return any(
        models[name]["model_module"] == "anywidget" for name in model_tree(models, root) if name in models
    )


def is_link_between(models, name, identifiers):
    """Return whether a model is a link both of whose ends are among the given ones."""
    if models[name]["model_name"] not in ("LinkModel", "DirectionalLinkModel"):
        return False
    return set(references(models[name]["state"])) <= identifiers


def model_tree(models, root):
    """Yield a model's identifier and those of all models that it refers to, parents before children."""
    yield root
    for child in references(models.get(root, {}).get("state", {})):
        yield from model_tree(models, child)


def references(value):
    """Yield the identifiers of models in a piece of state; keys are sorted, lists keep their order."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from references(value[key])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references(item)
    elif isinstance(value, str) and value.startswith(MODEL_PREFIX):
        yield value.removeprefix(MODEL_PREFIX)


def renamed(value, names):
    """Return a piece of state with the new names of the models that it refers to."""
    if isinstance(value, dict):
        return {key: renamed(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(item, names) for item in value]
    if isinstance(value, str) and value.startswith(MODEL_PREFIX):
        return MODEL_PREFIX + names[value.removeprefix(MODEL_PREFIX)]
    return value


def write_notebook(notebook, path):
    """Write a notebook in one step: readers meanwhile see the old file or the new, never half of it."""
    nbformat.validate(notebook)
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def require_cifar10():
    """End the program, with the reason, unless CIFAR-10 can be read without a download."""
    from dcv.data import DataUnavailableError, load_cifar10

    try:
        load_cifar10()
    except DataUnavailableError as error:
        sys.exit(
            f"error: stored outputs always come from CIFAR-10, which cannot be read here.\n{error}\n"
            "Set DCV_DATA to a folder that holds cifar10.npz, or download it once: "
            "python -c 'import dcv.data; dcv.data.load_cifar10()'"
        )


def require_mobilenet():
    """End the program, with the reason, unless MobileNet's weights can be read without a download."""
    from dcv.mobilenet_files import FILES, WeightsUnavailableError, obtain

    try:
        for name in FILES:
            obtain(name)
    except WeightsUnavailableError as error:
        sys.exit(f"error: stored outputs come from MobileNet's weights, which cannot be read here.\n{error}")


def main(arguments=None):
    """Run the command line and return its exit status: 1 if any notebook failed."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of book/*.ipynb")
    parser.add_argument("--timeout", type=int, default=600, help="seconds a cell may take (default: 600)")
    options = parser.parse_args(arguments)
    os.environ.update(ENVIRONMENT)
    require_cifar10()
    failed = False
    for path in options.notebooks or notebook_paths(ROOT):
        notebook = nbformat.read(path, as_version=4)
        if any("mobilenet" in cell.metadata.get("tags", []) for cell in notebook.cells):
            require_mobilenet()
        start = time.monotonic()
        try:
            run_notebook(notebook, path.resolve().parent, timeout=options.timeout)
        except NotebookError as error:
            failed = True
            print(f"{path}: failed, file left as it was\n{error}", file=sys.stderr)
            continue
        write_notebook(notebook, path.resolve())
        print(f"{path}: {time.monotonic() - start:.0f} s, {path.stat().st_size / 1000:.0f} kB")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
