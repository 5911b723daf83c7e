"""Run notebooks from top to bottom in a clean kernel and store their outputs in place.

    python tools/execute.py                             # all chapters
    python tools/execute.py book/04_padding.ipynb       # one

Stored outputs always come from CIFAR-10, so this refuses to start where that cannot be read. A notebook is
replaced only after every cell ran; nothing that differs from one machine or one run to the next is kept.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from repository import ROOT, notebook_paths

# The same in every run: quiet, offline, and sets of strings in one order.
ENVIRONMENT = {"DCV_OFFLINE": "1", "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}

# The view of a widget names a model that lives only as long as the kernel; its picture and its text stay.
TRANSIENT_MIME_TYPES = ("application/vnd.jupyter.widget-view+json",)

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
        store_widget_state=False,
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
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        for key in ("collapsed", "ExecuteTime", "execution", "id", "outputId", "colab", "scrolled"):
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            for mime_type in TRANSIENT_MIME_TYPES:
                output.get("data", {}).pop(mime_type, None)
                output.get("metadata", {}).pop(mime_type, None)


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
