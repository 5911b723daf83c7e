"""The course runs in Google Colab's versions, and installing `dcv` there upgrades nothing.

`colab-constraints.txt` lists Colab's packages. With a Python 3.13 on this machine an environment of exactly
these is built, kept in .cache/, and the chapters are run in it; nothing is ever run in Colab itself. A page
of the book must show what they stored, too.
"""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from execute import ENVIRONMENT
from nbformat.v4 import new_code_cell, new_notebook
from notebook_checks import shown_widgets, stored_state
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from repository import ROOT, chapter_paths, notebook_paths

from dcv_grader.source import read_assignment

CONSTRAINTS = ROOT / "tests" / "colab-constraints.txt"
PYTHON = "3.13"
COLAB = {
    "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.15",
    "platform_machine": "x86_64",
    "platform_system": "Linux",
    "sys_platform": "linux",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}
# IPython asks for jedi, which Colab leaves out on purpose; pip adds it with whatever is installed there.
ADDED_BY_ANY_INSTALLATION = {"jedi"}
# To run all notebooks takes minutes, so it is done once a month and with DCV_COLAB=all; else those are run
# that train nothing, and of the others what they import.
ALL = os.environ.get("DCV_COLAB") == "all"
RUN = [path for path in notebook_paths() if ALL or path.stem[:2] in ("01", "03", "04")]
UV = Path(sys.executable).with_name("uv")
RUN_CHAPTER = """
import sys
import nbformat
from execute import run_notebook

path, folder, target = sys.argv[1:]
notebook = nbformat.read(path, as_version=4)
run_notebook(notebook, folder)
nbformat.write(notebook, target)
"""
# What chapters import, one after the other in one process, which loads TensorFlow once.
RUN_IMPORTS = """
import json
import sys
import traceback

failed = []
for program in json.load(sys.stdin):
    try:
        exec(program, {})
        failed.append("")
    except Exception:
        failed.append(traceback.format_exc())
print(json.dumps(failed))
"""
# All student notebooks in one process, which imports Keras once; each has a namespace of its own.
RUN_ASSIGNMENTS = """
import json
import sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

sys.modules["dcv"] = None  # students have nothing to install
shell = InteractiveShell.instance(colors="NoColor")
printed = []
for cells in json.load(sys.stdin):
    shell.reset(new_session=True)
    with capture_output() as captured:
        for source in cells:
            shell.run_cell(source)
    printed.append(captured.stdout + captured.stderr)
json.dump(printed, sys.stdout)
"""


def colab_versions():
    """Return the version that Colab has of each package."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins}


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def unmet(requirements, versions):
    """Return those requirements that would make pip install or upgrade something, given what is there."""
    return [
        text
        for text in requirements
        for requirement in [Requirement(text)]
        if requirement.marker is None or requirement.marker.evaluate(COLAB)
        if not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), "0"))
        or canonicalize_name(requirement.name) not in versions
    ]


def test_colab_meets_all_requirements():
    versions = colab_versions()
    assert unmet(project()["dependencies"], versions) == []
    assert unmet(project()["optional-dependencies"]["tensorflow"], versions) == []


@pytest.mark.parametrize("requirement", ["ipywidgets>=8", "numpy>=2.2", "keras>=3.14", "sphinx"])
def test_upgrade_is_noticed(requirement):
    assert unmet([requirement], colab_versions()) == [requirement]


def test_other_platforms_do_not_matter():
    assert unmet(["tensorflow>=99; sys_platform == 'win32'"], colab_versions()) == []


def uv(*arguments, **options):
    """Run uv and return the finished process; a test that cannot reach PyPI is skipped, and says so."""
    command = [str(UV), *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if answer.returncode != 0 and re.search(
        r"dns error|error sending request|failed to connect", answer.stderr
    ):
        pytest.skip(f"NOT CHECKED: PyPI cannot be reached: {answer.stderr.strip().splitlines()[-1]}")
    return answer


@pytest.mark.slow
def test_nothing_is_upgraded_or_added():
    options = ["--quiet", "--no-header", "--no-annotate", "--constraints", CONSTRAINTS]
    platform = ["--python-version", PYTHON, "--python-platform", "x86_64-manylinux_2_28"]
    answer = uv("pip", "compile", *options, *platform, ROOT / "pyproject.toml")
    assert answer.returncode == 0, answer.stderr
    chosen = [Requirement(line) for line in answer.stdout.splitlines()]
    surplus = {canonicalize_name(pin.name) for pin in chosen} - set(colab_versions())
    assert surplus == ADDED_BY_ANY_INSTALLATION


def find_python():
    """Return the path of a Python 3.13 that is on this machine, or None; nothing is downloaded."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [
        sys.executable,
        shutil.which(f"python{PYTHON}"),
        *sorted(pyenv.glob(f"versions/{PYTHON}*/bin/python"), reverse=True),
    ]
    for candidate in filter(None, candidates):
        command = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.stdout.strip() == PYTHON:
            return candidate
    return None


@pytest.fixture(scope="module")
def colab_python(tmp_path_factory):
    """The interpreter of an environment with Colab's versions and `dcv` as the release would install it."""
    python = find_python()
    if python is None:
        pytest.skip(f"NOT CHECKED: no Python {PYTHON} on this machine, so no chapter was run as in Colab")
    requirements = [
        *project()["dependencies"],
        *("tensorflow-cpu", "keras", "ipykernel", "nbclient", "ipython", "anywidget"),
    ]
    content = "\n".join([str(python), CONSTRAINTS.read_text(encoding="utf-8"), *requirements])
    folder = ROOT / ".cache" / f"colab-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
    interpreter = folder / "bin" / "python"
    if not (folder / "complete").is_file():
        uv("venv", "--quiet", "--clear", "--python", python, folder)
        answer = uv(
            *("pip", "install", "--quiet", "--compile-bytecode", "--python", interpreter),
            *("--constraints", CONSTRAINTS),
            *requirements,
        )
        assert answer.returncode == 0, answer.stderr
        (folder / "complete").touch()
    # From a copy, because building a distribution leaves folders beside the sources.
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    answer = uv(
        *("pip", "install", "--quiet", "--python", interpreter, "--no-deps"),
        *("--reinstall-package", project()["name"], source),
    )
    assert answer.returncode == 0, answer.stderr
    return interpreter


def run_as_in_colab(interpreter, *arguments, **options):
    """Run Colab's interpreter in book/, knowing what is there to run but not src/; return the process."""
    known = os.pathsep.join([str(ROOT / "tools"), str(ROOT / "tests" / "browser")])
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": known}
    command = [str(interpreter), *map(str, arguments)]
    settings = {"cwd": ROOT / "book", "env": environment, "capture_output": True, "text": True, **options}
    return subprocess.run(command, check=False, **settings)


@pytest.mark.slow
def test_environment_has_the_versions_of_colab(colab_python):
    answer = uv("pip", "freeze", "--python", colab_python)
    versions = colab_versions()
    different = []
    for line in answer.stdout.splitlines():
        name, _, version = line.partition("==")
        if version and canonicalize_name(name) in versions and versions[canonicalize_name(name)] != version:
            different.append(line)
    assert different == []


@pytest.fixture(
    scope="module",
    params=RUN,
    ids=lambda path: path.stem,
)
def chapter(request, colab_python, tmp_path_factory):
    """A chapter's path, where it is stored once it has been run, and how running it went."""
    target = tmp_path_factory.mktemp("run") / request.param.name
    answer = run_as_in_colab(colab_python, "-c", RUN_CHAPTER, request.param, request.param.parent, target)
    return request.param, target, answer


@pytest.mark.slow
def test_chapter_runs_as_in_colab(chapter):
    _, _, answer = chapter
    assert answer.returncode == 0, answer.stderr


def open_explorers(browser, site, path):
    """Open a page with all explorers of a stored notebook."""
    from explorer_pages import ExplorerPage, write_state

    notebook = nbformat.read(path, as_version=4)
    page = write_state(stored_state(notebook), shown_widgets(notebook), site / f"{path.stem}.html")
    context = browser.new_context(viewport={"width": 900, "height": 1000}, offline=True)
    return ExplorerPage(context.new_page()).open(page)


@pytest.fixture(scope="module")
def colab_site(tmp_path_factory):
    """A folder with the libraries of pages, among them those of ipywidgets 7, which Colab has."""
    from explorer_pages import copy_libraries
    from self_contained_pages import LIBRARIES, bundle_libraries

    folder = tmp_path_factory.mktemp("colab")
    copy_libraries(folder / "_static")
    entry = ROOT / "tests" / "browser" / "colab_libraries.js"
    bundle_libraries(folder / "_static" / LIBRARIES, entry)
    return folder


@pytest.mark.slow
def test_what_colab_stored_shows_in_a_page(chapter, browser, site, colab_site):
    path, target, _ = chapter
    if path.stem[:2] > "05":
        pytest.skip("its networks were trained anew: its explorers show other numbers than the book")
    state = stored_state(nbformat.read(target, as_version=4))
    versions = {model["model_module"]: model["model_module_version"] for model in state["state"].values()}
    # Those of ipywidgets 7 and of Colab's anywidget, not those that the book is made with.
    assert versions["@jupyter-widgets/controls"].startswith("1.")
    major_minor = colab_versions()["anywidget"].rpartition(".")[0]
    assert versions["anywidget"].startswith(f"~{major_minor}.")
    page, expected = open_explorers(browser, colab_site, target), open_explorers(browser, site, path)
    assert page.readouts() == expected.readouts()
    assert page.errors == []
    assert page.external_requests == []
    # And it is alive.
    slider = page.page.locator(".ui-slider-handle").first  # as ipywidgets 7 draws them
    before = page.look()
    page.press_on(slider, "End", "ArrowLeft")
    assert page.look() != before
    for opened in (page, expected):
        opened.page.context.close()


@pytest.mark.slow
def test_every_explorer_that_colab_stored_shows_in_a_page(colab_python, browser, site, colab_site, tmp_path):
    """Those of the chapters that take too long to be run here, too."""
    from explorers import EXPLORERS

    cells = [new_code_cell("from explorers import EXPLORERS")]
    cells += [new_code_cell(f"EXPLORERS[{name!r}]()") for name in EXPLORERS]
    nbformat.write(new_notebook(cells=cells), tmp_path / "source.ipynb")
    pages = []
    for python, folder in ((colab_python, colab_site), (sys.executable, site)):
        target = tmp_path / f"explorers-{len(pages)}.ipynb"
        answer = run_as_in_colab(python, "-c", RUN_CHAPTER, tmp_path / "source.ipynb", tmp_path, target)
        assert answer.returncode == 0, answer.stderr
        pages.append(open_explorers(browser, folder, target))
    page, expected = pages
    assert len(page.readouts()) == len(EXPLORERS)
    assert page.readouts() == expected.readouts()
    assert page.page.locator(".ui-slider-handle").count() > 0  # as ipywidgets 7 draws them
    for opened in pages:
        assert opened.errors == []
        assert opened.external_requests == []
        opened.page.context.close()


def imports(path):
    """Return the import statements of a notebook as one program, without those that it can do without."""
    cells = nbformat.read(path, as_version=4).cells
    # The set-up cell has a line that only IPython understands, and imports nothing of a chapter's.
    sources = [
        cell.source
        for cell in cells
        if cell.cell_type == "code" and "setup" not in cell.metadata.get("tags", [])
    ]
    return "\n".join(
        ast.unparse(node)
        for source in sources
        for node in ast.parse(source).body  # an import inside `try` may fail
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


@pytest.fixture(scope="module")
def failed_imports(colab_python):
    """What went wrong when a notebook's imports were run: path → text, empty if nothing did."""
    programs = {path: imports(path) for path in notebook_paths()}
    answer = run_as_in_colab(colab_python, "-c", RUN_IMPORTS, input=json.dumps(list(programs.values())))
    assert answer.returncode == 0, answer.stderr
    return dict(zip(programs, json.loads(answer.stdout.splitlines()[-1]), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_imports_work_as_in_colab(failed_imports, path):
    assert "dcv" in imports(path)
    assert failed_imports[path] == ""


ASSIGNMENTS = sorted((ROOT / "book" / "assignments").glob("*.ipynb"))


def code_of(path, answers):
    """Return the code cells of a student notebook, with some answers put in."""
    cells = nbformat.read(path, as_version=4).cells
    return [answers.get(cell.id, cell.source) for cell in cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def printed_in_colab(colab_python):
    """What each student notebook prints: (name, whether it has been solved) → text."""
    programs = {}
    for path in ASSIGNMENTS:
        questions = read_assignment(ROOT / "book" / "exercises" / path.name).questions.values()
        answers = {f"{question.name}-answer": question.solution for question in questions}
        programs |= {(path.name, False): code_of(path, {}), (path.name, True): code_of(path, answers)}
    cells = json.dumps(list(programs.values()))
    answer = run_as_in_colab(colab_python, "-c", RUN_ASSIGNMENTS, input=cells)
    assert answer.returncode == 0, answer.stderr
    return dict(zip(programs, json.loads(answer.stdout), strict=True))


def test_each_chapter_has_an_assignment():
    assert [path.name for path in ASSIGNMENTS] == [path.name for path in chapter_paths()]


@pytest.mark.slow
@pytest.mark.parametrize("is_solved", [False, True], ids=["unsolved", "solved"])
@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_assignment_runs_as_in_colab(printed_in_colab, path, is_solved):
    """Every exercise says one line, and nothing else is printed: no warning, no error."""
    verdict = r"✔ {}: right. All \d+ checks passed." if is_solved else "○ {}: not attempted yet. .+"
    names = read_assignment(ROOT / "book" / "exercises" / path.name).questions
    lines = printed_in_colab[path.name, is_solved].splitlines()
    assert len(lines) == len(names), lines
    for name, line in zip(names, lines, strict=True):
        assert re.fullmatch(verdict.format(name), line)
