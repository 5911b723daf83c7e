"""A page of the real book, with the real theme: from a notebook that `make execute` ran to Chromium."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from execute import WIDGET_STATE, WIDGET_VIEW, run_notebook, write_notebook
from explorer_pages import ExplorerPage
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from repository import ROOT

SLIDER = "import ipywidgets\nipywidgets.IntSlider(3)"  # nothing happens without a kernel
EXPLORER = "import numpy as np\nfrom dcv.widgets import explore_convolution\nexplore_convolution(np.eye(12))"
ALT = {"mystnb": {"image": {"alt": "A diagonal, the vertical edges kernel, and its response map."}}}


def sample():
    return new_notebook(
        cells=[
            new_markdown_cell("# Explorers\n\nA formula, $k = 3$.", id="title"),
            new_code_cell(SLIDER, id="slider"),
            new_code_cell(EXPLORER, id="first", metadata=ALT),
            new_code_cell("explore_convolution(np.eye(9), [[1, -1]], stride=2)", id="second", metadata=ALT),
        ]
    )


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    notebook = sample()
    run_notebook(notebook, tmp_path_factory.mktemp("run"))
    return notebook


@pytest.fixture(scope="module")
def book(notebook, tmp_path_factory):
    """A book with the project's settings whose only chapter is the sample."""
    folder = tmp_path_factory.mktemp("book")
    shutil.copy(ROOT / "_config.yml", folder)
    for name in ("_ext", "_static", "assets"):
        shutil.copytree(ROOT / "book" / name, folder / "book" / name)
    shutil.copy(ROOT / "book" / "references.bib", folder / "book")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n- file: sample\n- file: plain\n"
    )
    (folder / "index.md").write_text("# A book\n")
    (folder / "plain.md").write_text("# No explorer\n\nText.\n")
    write_notebook(notebook, folder / "sample.ipynb")
    command = [
        Path(sys.executable).with_name("jupyter-book"),
        "build",
        str(folder),
        "-W",
        "-n",
        "--keep-going",
        "-q",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def page(book, browser):
    context = browser.new_context(viewport={"width": 1300, "height": 1000}, offline=True)
    page = ExplorerPage(context.new_page()).open(book / "sample.html")
    yield page
    context.close()


def test_running_twice_stores_the_same(notebook, tmp_path):
    again = sample()
    run_notebook(again, tmp_path)
    assert nbformat.writes(again) == nbformat.writes(notebook)


def test_nbval_finds_no_difference(notebook, tmp_path):
    shutil.copy(ROOT / "book" / "conftest.py", tmp_path)
    write_notebook(notebook, tmp_path / "sample.ipynb")
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    answer = subprocess.run([*command, "--nbval", tmp_path], capture_output=True, text=True, check=False)
    assert "3 passed" in answer.stdout, answer.stdout


def test_only_what_works_without_a_kernel_is_stored(notebook):
    shown = {cell.id: [WIDGET_VIEW in output.data for output in cell.outputs] for cell in notebook.cells[1:]}
    assert shown == {"slider": [False], "first": [True], "second": [True]}
    state = notebook.metadata.widgets[WIDGET_STATE]["state"]
    kinds = [model["model_name"] for model in state.values()]
    assert kinds.count("AnyModel") == 2
    assert kinds.count("LinkModel") == 4 + 3
    assert list(state) == [f"model-{i:03d}" for i in range(len(state))]


def test_page_works_offline(page):
    page.page.wait_for_function("document.querySelectorAll('.dcv-readout').length === 2")
    assert page.errors == []
    assert page.external_requests == []
    assert page.numbers()["stride"] == 1
    page.press("stride", "ArrowRight")
    assert page.numbers()["stride"] == 2


def test_still_pictures(page, book, browser):
    assert page.page.locator(".explorer-still").count() == 2
    assert page.page.locator(".explorer-still >> visible=true").count() == 0
    context = browser.new_context(java_script_enabled=False, offline=True)
    without_scripts = context.new_page()
    without_scripts.goto((book / "sample.html").as_uri())
    stills = without_scripts.locator(".explorer-still img")
    assert [still.get_attribute("alt") for still in stills.all()] == [ALT["mystnb"]["image"]["alt"]] * 2
    assert all(still.is_visible() for still in stills.all())
    assert all(still.evaluate("(image) => image.naturalWidth > 0") for still in stills.all())
    context.close()


def test_the_dark_theme_reaches_the_explorer(page):
    page.set_theme("dark")
    colour, background = page.page.evaluate(
        """() => {
          const style = getComputedStyle(document.querySelector('.widget-subarea'));
          return [style.color, style.backgroundColor];
        }"""
    )
    assert background == "rgba(0, 0, 0, 0)"
    assert colour == page.page.evaluate("() => getComputedStyle(document.body).color")
    page.set_theme("light")


def test_libraries_come_with_the_first_explorer(book, browser):
    sample, plain = ((book / f"{name}.html").read_text(encoding="utf-8") for name in ("sample", "plain"))
    assert sample.count("widgets-init.js") == 1
    assert "widgets-init.js" not in plain
    context = browser.new_context(viewport={"width": 1300, "height": 600}, offline=True)
    opened = context.new_page()
    requests = []
    opened.on("request", lambda request: requests.append(request.url.rpartition("/")[2]))
    tall = sample.replace("<section", '<div style="height: 4000px"></div><section', 1)
    (book / "tall.html").write_text(tall, encoding="utf-8")
    opened.goto((book / "tall.html").as_uri())
    opened.wait_for_load_state("networkidle")
    assert "widgets-init.js" in requests
    contents = opened.locator("#pst-primary-sidebar")
    contents.evaluate("(contents) => contents.dispatchEvent(new Event('scroll'))")  # as the theme does
    opened.wait_for_timeout(300)
    assert not {name for name in requests if name.startswith(("explorers.js", "bootstrap.js"))}
    opened.mouse.move(5, 5, steps=2)
    opened.wait_for_timeout(500)
    assert "explorers.js" not in requests  # the explorer is far away
    opened.evaluate("() => window.scrollTo(0, 4000)")
    opened.wait_for_selector(".dcv-readout")
    assert {"explorers.js", "explorers.css"} <= set(requests)
    context.close()


def test_first_click_on_a_menu_opens_it(book, browser):
    """Although what opens it is loaded only then."""
    context = browser.new_context(viewport={"width": 1300, "height": 600}, offline=True)
    opened = context.new_page()
    opened.goto((book / "plain.html").as_uri())
    menu = opened.get_by_role("button", name="Source repositories")
    menu.evaluate("(menu) => menu.click()")
    assert opened.evaluate("() => typeof bootstrap") == "undefined"
    opened.mouse.move(5, 5, steps=2)
    opened.locator(".dropdown-menu.show").wait_for()
    menu.click()
    opened.locator(".dropdown-menu.show").wait_for(state="detached")
    context.close()
