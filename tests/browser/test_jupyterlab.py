"""In a running JupyterLab, what the reader moves reaches Python, and what Python sets is shown."""

import json
import os
import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest
from explorer_pages import ExplorerPage
from nbformat.v4 import new_code_cell, new_notebook
from skimage.io import imsave

STARTING = 120  # seconds that the server, or JupyterLab in the browser, may take on a busy machine
EXPLORER = (
    "import numpy as np\n"
    "from dcv.widgets import explore_convolution\n"
    "panel = explore_convolution(np.arange(144).reshape(12, 12))\n"
    "panel"
)
NETWORK = """import keras
from dcv.widgets import explore_network
layers = keras.layers
model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(3, 3, activation="relu", name="maps"),
    layers.GlobalAveragePooling2D(name="means"),
    layers.Dense(2, name="logits"),
])
images = np.random.default_rng(0).integers(0, 256, (2, 8, 8)).astype(np.uint8)
network = explore_network(model, images, ["this", "that"])
network
"""
NETWORK_NUMBERS = "() => document.querySelectorAll('.dcv')[1].dcv.numbers()"
# JupyterLab would ask its makers' server for news and newer versions.
NOTIFICATIONS = {"fetchNews": "false", "checkForUpdates": False}
RUN_ALL = """async () => {
  await window.jupyterapp.restored;
  await window.jupyterapp.shell.currentWidget.context.ready;
  await window.jupyterapp.shell.currentWidget.sessionContext.ready;
  await window.jupyterapp.commands.execute('notebook:run-all-cells');
}"""
RUN_IN_KERNEL = """async (code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const future = kernel.requestExecute({ code });
  let text = '';
  future.onIOPub = ({ content }) => { text += content.text ?? content.evalue ?? ''; };
  await future.done;
  return text;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a notebook in a JupyterLab of its own, which runs as long as these tests."""
    home, runtime = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("runtime")
    notebook = new_notebook(cells=[new_code_cell(EXPLORER), new_code_cell(NETWORK)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, home / "explorer.ipynb")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(NOTIFICATIONS))
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    options = ["--no-browser", "--allow-root", "--port=0", f"--ServerApp.root_dir={home}"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, "--LabApp.expose_app_in_browser=True"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        running = wait_for_server(server, runtime, home / "log")
        yield f"{running['url']}lab/tree/explorer.ipynb?token={running['token']}"
    finally:
        server.terminate()
        server.wait(timeout=STARTING)


def wait_for_server(server, runtime, log):
    """Return what the server says of itself once it listens: url, port and token."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            text = file.read_text(encoding="utf-8")
            if text.endswith("}"):  # else it is still being written
                return json.loads(text)
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="module")
def page(address, browser):
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(1000 * STARTING)
    explorer = ExplorerPage(page)
    page.goto(address)
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext")
    page.evaluate(RUN_ALL)
    page.wait_for_function("document.querySelector('.dcv-readout')?.textContent")
    explorer.settle()
    yield explorer
    context.close()


def wait_for_python(page, code, expected):
    """Run code in the notebook's kernel until it prints what is expected; return what it printed last."""
    deadline = time.monotonic() + STARTING
    while (text := page.page.evaluate(RUN_IN_KERNEL, code).strip()) != expected:
        if time.monotonic() > deadline:
            break
        page.page.wait_for_timeout(100)
    return text


def test_moving_a_slider_changes_the_trait(page):
    assert page.numbers()["stride"] == 1
    page.press("stride", "ArrowRight")
    assert page.numbers()["stride"] == 2
    assert wait_for_python(page, "print(panel.stride, panel.picture.stride)", "2 2") == "2 2"


def test_setting_the_trait_moves_slider_and_picture(page):
    before = page.pixels()
    assert page.page.evaluate(RUN_IN_KERNEL, "panel.stride = 3") == ""
    page.page.wait_for_function("document.querySelector('.dcv').dcv.numbers().stride === 3")
    page.settle()
    assert page.pixels() != before
    assert float(page.control("stride").get_attribute("aria-valuenow")) == 3
    response = page.page.evaluate(RUN_IN_KERNEL, "print(panel.picture.response_map.ravel().tolist())")
    assert page.numbers()["response"] == pytest.approx(json.loads(response))


def test_what_is_done_to_a_network_reaches_python(page, tmp_path):
    page.page.wait_for_function("document.querySelectorAll('.dcv-readout')[1]?.textContent")
    page.press("shift right", "ArrowRight", "ArrowRight")
    assert wait_for_python(page, "print(network.shift_right)", "2") == "2"
    page.press("Layer means: arrow keys choose a unit, Delete switches it off", "End", "Delete")
    code = "print(network.layer, network.channel, network.switched_off)"
    assert wait_for_python(page, code, "means 2 [[2, 2]]") == "means 2 [[2, 2]]"
    page.press("Layer maps: arrow keys choose a map, Delete switches it off", "End")
    page.press("Place in After ReLU: arrow keys move it", "Home", "ArrowDown")
    code = "print(network.layer, network.channel, network.row, network.column)"
    assert wait_for_python(page, code, "maps 2 1 0") == "maps 2 1 0"
    value = page.page.evaluate(RUN_IN_KERNEL, "print(network.value)")
    assert page.page.evaluate(NETWORK_NUMBERS)["value"] == pytest.approx(float(value), abs=1e-5)
    page.press("Cover a part: arrow keys move the gray square", "ArrowDown")
    assert wait_for_python(page, "print(network.cover, network.cover_row)", "8 5") == "8 5"
    page.click("Draw or load your own image")
    own = np.arange(0, 256, 4, np.uint8).reshape(8, 8)
    imsave(tmp_path / "own.png", own, check_contrast=False)
    page.control("Load an image from a file").set_input_files(tmp_path / "own.png")
    code = "print(network.image_index, network.own_image.ravel().tolist())"
    expected = f"2 {own.ravel().tolist()}"
    assert wait_for_python(page, code, expected) == expected
    page.choose("Colour of the brush", "white")
    page.point("Your image: arrow keys move the brush, space paints", 0.5, 0.5)
    assert wait_for_python(page, "print((network.own_image == 255).sum())", "4") == "4"
    logits = page.page.evaluate(RUN_IN_KERNEL, "print(network.logits.tolist())")
    assert page.page.evaluate(NETWORK_NUMBERS)["logits"] == pytest.approx(json.loads(logits), abs=1e-5)


def test_what_python_sets_is_shown_by_the_network(page):
    code = "network.image_index = 1; network.layer = 'maps'; network.switched_off = []"
    assert page.page.evaluate(RUN_IN_KERNEL, code) == ""
    shown = f"({NETWORK_NUMBERS})().layer === 'maps' && ({NETWORK_NUMBERS})().switchedOff.length === 0"
    page.page.wait_for_function(shown)
    logits = page.page.evaluate(RUN_IN_KERNEL, "print(network.logits.tolist())")
    assert page.page.evaluate(NETWORK_NUMBERS)["logits"] == pytest.approx(json.loads(logits), abs=1e-5)


def test_the_explorer_complains_about_nothing(page):
    assert [error for error in page.errors if "dcv" in error or "anywidget" in error] == []
