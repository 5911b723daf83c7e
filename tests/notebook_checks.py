"""What every chapter's notebook must satisfy.

Each check takes a notebook and returns a list of sentences, one for each thing that is wrong; an empty list
means that all is well. A cell is named by its id. `test_notebooks` applies the checks to the chapters and, to
prove that they can fail, to a sample that it breaks on purpose.
"""

import ast
import itertools
import json
import re

import nbformat
from execute import KERNEL, LANGUAGE, WIDGET_STATE, WIDGET_VIEW
from quote_admonitions import label_name
from repository import badge, setup_cell

# All tags that a cell may carry. Nothing may keep a cell from being run: there is no nbval-skip.
TAGS = {
    "setup": "the cell that installs dcv where it is missing; the same in every chapter",
    "hide-input": "the book folds the code: it draws, and is beside the point",
    "remove-input": "the book leaves the code out: its only purpose is a sentence or a picture",
    "hide-output": "the book folds the output: it is long",
    "explorer": "sliders with a picture; the picture is stored, for pages without a kernel",
    "cifar10": "the output depends on CIFAR-10, so it is compared only where CIFAR-10 can be read",
    "mobilenet": "the output depends on MobileNet's weights, so it is compared only where they can be read",
    "mtcnn": "the output depends on the package mtcnn, so it is compared only where it is installed",
    "nbval-ignore-output": "the text cannot repeat exactly (training logs, timings): run, never compared",
}

MAXIMUM_BYTES = (
    600_000  # besides what explorers bring along: their code, and arrays, which each limits itself
)
MAXIMUM_LINES = 15
MAXIMUM_WIDTH = 100

TIME = re.compile(r"\*\*Time:\*\* about \d+ minutes[^*]*\. +\*\*You need:\*\* \S")

ABSOLUTE_PATH = re.compile(
    r"(?<![\w.~/:-])(?:/(?:content|home|mnt|opt|private|root|tmp|Users|usr|var|work)/|[A-Z]:\\)"
)
MEMORY_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
MYST = re.compile(r"(?m)^\s*`{3,}\{|^\s*:{3,}|\{[A-Za-z][\w:+-]*\}`|^\([\w-]+\)=\s*$|^\s*\+\+\+")
IMAGE = re.compile(r"!\[([^\]]*)\]\(")
HTML_IMAGE = re.compile(r"<img\b[^>]*>")
DETAILS = re.compile(
    r"^<details>\s*<summary>[^\n]*\S[^\n]*</summary>\n\n"
    r"(?!</details>)\S.*?"
    r"\n\n</details>(?=\n\n|\n<details>)",
    re.MULTILINE | re.DOTALL,
)
CITATION = re.compile(r"\]\(|\((?:[^()]*\s)?(?:19|20)\d\d\)")
PERCENTAGE = re.compile(r"\d\s?%")
QUOTE_LABEL = re.compile(r"(?m)^>\s*\*\*([^*\n]+?)(?::\*\*|\*\*:)")


def code_cells(notebook):
    """Return the code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown_cells(notebook):
    """Return the Markdown cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def tags(cell):
    """Return a cell's tags."""
    return cell.metadata.get("tags", [])


def prose(cell):
    """Return a Markdown cell's text with ``(code)`` in place of fenced code."""
    return re.sub(r"(?ms)^([ >]*)(`{3,}|~{3,})[^\n]*\n.*?^[ >]*\2[ ]*$", r"\1(code)", cell.source)


def images(cell):
    """Return the pictures among a code cell's outputs."""
    return [
        output
        for output in cell.outputs
        if any(mime_type.startswith("image/") for mime_type in output.get("data", {}))
    ]


def shown_widgets(notebook):
    """Return the names of the widgets that outputs show, in order."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    return [
        output.data[WIDGET_VIEW]["model_id"] for output in outputs if WIDGET_VIEW in output.get("data", {})
    ]


def stored_state(notebook):
    """Return the state of all widgets that the notebook stores, as a page embeds it."""
    return notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {})


def stored_models(notebook):
    """Return the models of all widgets that the notebook stores: a dict name → model."""
    return stored_state(notebook).get("state", {})


def front_end_bytes(notebook):
    """Return how much of a stored notebook is code of explorers, or arrays that they compute with."""
    models = stored_models(notebook).values()
    keys = ("_esm", "_script", "_styles", "script", "styles")
    code = sum(len(json.dumps(model["state"].get(key, ""))) for model in models for key in keys)
    return code + sum(len(buffer["data"]) for model in models for buffer in model.get("buffers", []))


def output_texts(cell):
    """Return all text that a code cell's outputs hold."""
    texts = []
    for output in cell.outputs:
        texts.append(output.get("text", ""))
        for mime_type, content in output.get("data", {}).items():
            if mime_type.startswith("text/") or mime_type == "image/svg+xml":
                texts.append(content)
    return texts


def lines_of_imports(source):
    """Return how many lines the imports of a cell take: a formatter may give each name its own."""
    statements = ast.parse(source).body
    imports = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    return sum(node.end_lineno - node.lineno + 1 for node in imports)


def check_format(notebook):
    """The file is a valid notebook of format 4.5 whose metadata say nothing of a run or a machine."""
    problems = []
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        problems.append(f"expected format 4.5, got {notebook.nbformat}.{notebook.nbformat_minor}")
    expected = {"kernelspec", "language_info"} | ({"widgets"} if shown_widgets(notebook) else set())
    metadata = notebook.metadata
    if set(metadata) != expected or (metadata.kernelspec, metadata.language_info) != (KERNEL, LANGUAGE):
        problems.append("the metadata are not those that `make execute` writes")
    ids = [cell.get("id") for cell in notebook.cells]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    if repeated:
        problems.append(f"cell ids used twice: {repeated}")
    else:
        try:
            nbformat.validate(notebook)
        except nbformat.ValidationError as error:
            problems.append(f"not a valid notebook: {error.message}")
    for cell in notebook.cells:
        surplus = set(cell.metadata) - {"tags", "mystnb"}
        if surplus:
            problems.append(f"{cell.id}: metadata that no other machine needs: {sorted(surplus)}")
    return problems


def check_outputs(notebook):
    """All cells were run once, in order, without errors or noise, and left nothing that changes by itself."""
    problems = []
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        problems.append(f"expected the cells to be run in order from 1, got {counts}: run `make execute`")
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                problems.append(f"{cell.id}: ends in {output.ename}")
            if output.output_type == "stream" and output.name == "stderr":
                problems.append(f"{cell.id}: writes to stderr: {output.text.strip()!r}")
        for text in output_texts(cell):
            if MEMORY_ADDRESS.search(text):
                problems.append(f"{cell.id}: shows a memory address, which is another one in every run")
    return problems


def check_widgets(notebook):
    """What is stored of the explorers is what they need, under names that are the same in every run."""
    problems = []
    stored = stored_models(notebook)
    for name in shown_widgets(notebook):
        if name not in stored:
            problems.append(f"shows the widget {name}, which is not stored: run `make execute`")
    if list(sorted(stored)) != [f"model-{i:03d}" for i in range(len(stored))]:
        problems.append("stored widgets are not named model-000, model-001, …: run `make execute`")
    return problems


def check_tags(notebook):
    """Tags are known, stand on code cells, and no comment does what a tag should."""
    problems = []
    for cell in notebook.cells:
        unknown = set(tags(cell)) - set(TAGS)
        if unknown:
            problems.append(f"{cell.id}: unknown tags {sorted(unknown)}; known are {sorted(TAGS)}")
        if tags(cell) and cell.cell_type != "code":
            problems.append(f"{cell.id}: tags are for code cells")
        if cell.cell_type == "code" and re.search(r"NBVAL_|PYTEST_VALIDATE", cell.source):
            problems.append(f"{cell.id}: use a tag, not a comment, to steer the comparison of outputs")
        if "explorer" in tags(cell) and not images(cell):
            problems.append(f"{cell.id}: an explorer must leave a picture for pages without a kernel")
    return problems


def check_alt_text(notebook):
    """Every picture says in words what it shows."""
    problems, seen = [], {}
    for cell in code_cells(notebook):
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
        if not images(cell):
            if alt is not None:
                problems.append(f"{cell.id}: has alt text and no picture")
            continue
        if len(images(cell)) > 1:
            problems.append(f"{cell.id}: one alt text serves one picture, got {len(images(cell))} pictures")
        if not isinstance(alt, str) or not 30 <= len(alt) <= 400 or "\n" in alt:
            problems.append(f"{cell.id}: expected alt text of 30 to 400 characters in one line, got {alt!r}")
            continue
        if re.match(r"(?i)(?:an? |the )?(?:image|picture|photo|figure|plot)s? (?:of|showing|shows)\b", alt):
            problems.append(f"{cell.id}: alt text should start with what is seen, not with {alt[:12]!r}")
        if alt in seen:
            problems.append(f"{cell.id}: has the same alt text as {seen[alt]}")
        seen[alt] = cell.id
    for cell in markdown_cells(notebook):
        if any(not alt.strip() for alt in IMAGE.findall(prose(cell))):
            problems.append(f"{cell.id}: an image without alt text")
        for element in HTML_IMAGE.findall(prose(cell)):
            if not re.search(r'\balt="[^"]*\S[^"]*"', element):
                problems.append(f"{cell.id}: an <img> without alt text")
    return problems


def check_cell_sizes(notebook):
    """Code cells are short, imports not counted, and narrow enough not to scroll; the set-up cell is free."""
    problems = []
    for cell in code_cells(notebook):
        if "setup" in tags(cell):
            continue
        lines = [line for line in cell.source.splitlines() if line.strip()]
        count = len(lines) - lines_of_imports(cell.source)
        if not lines:
            problems.append(f"{cell.id}: an empty code cell")
        if count > MAXIMUM_LINES:
            problems.append(f"{cell.id}: {count} lines; at most {MAXIMUM_LINES} in a cell")
        if any(len(line) > MAXIMUM_WIDTH for line in lines):
            problems.append(f"{cell.id}: a line of more than {MAXIMUM_WIDTH} characters")
    return problems


def check_setup_cell(notebook, address, release):
    """There is one set-up cell, it is the first code cell and holds what `make repository` writes."""
    problems = []
    cells = [cell for cell in notebook.cells if "setup" in tags(cell)]
    if cells != code_cells(notebook)[:1]:
        problems.append("expected exactly one cell tagged 'setup', the first code cell")
    for cell in cells:
        if cell.source != setup_cell(address, release):
            problems.append(f"{cell.id}: not the set-up cell of tools/repository.py: run `make repository`")
    return problems


def check_badge(notebook, address, path):
    """The first cell holds the badge that opens this very notebook in Colab, alone in its paragraph."""
    paragraphs = notebook.cells[0].source.split("\n\n")
    found = sum(cell.source.count("colab-badge.svg") for cell in notebook.cells)
    if badge(address, path) in paragraphs and found == 1:
        return []
    return [f"expected one badge, a paragraph of the first cell: {badge(address, path)}"]


def check_plain_markdown(notebook):
    """Colab shows CommonMark and maths; MyST's directives, roles and targets it would show as raw text."""
    return [
        f"{cell.id}: MyST syntax that Colab shows raw: {match.group().strip()!r}"
        for cell in markdown_cells(notebook)
        for match in MYST.finditer(cell.source)
    ]


def check_details(notebook):
    """Folded parts have a summary, a body, and the blank lines without which the body is not Markdown."""
    problems = []
    for cell in markdown_cells(notebook):
        text = prose(cell)
        opened, closed = len(re.findall(r"<details\b", text)), text.count("</details>")
        well_formed = DETAILS.findall(text + "\n\n")
        if not opened == closed == len(well_formed):
            problems.append(
                f"{cell.id}: write <details><summary>…</summary>, a blank line, the body, a blank line, "
                "</details>, a blank line"
            )
    return problems


def check_headings(notebook):
    """The first cell begins with the only title; below it no level is skipped."""
    problems = []
    headings = [
        (len(match.group(1)), match.group(2), cell.id)
        for cell in markdown_cells(notebook)
        for match in re.finditer(r"(?m)^(#{1,6})\s+(\S.*)$", prose(cell))
    ]
    if not notebook.cells[0].source.startswith("# "):
        problems.append("the first cell should begin with the title: # …")
    if [level for level, _, _ in headings].count(1) != 1:
        problems.append("expected exactly one heading of the first level")
    for (above, _, _), (level, text, name) in itertools.pairwise(headings):
        if level > above + 1:
            problems.append(f"{name}: {text!r} skips a level: {above}, then {level}")
    return problems


def check_labels(notebook):
    """Labels of block quotes are those that the book turns into admonitions."""
    return [
        f"{cell.id}: unknown label {label!r}"
        for cell in markdown_cells(notebook)
        for label in QUOTE_LABEL.findall(prose(cell))
        if label_name(label) is None
    ]


def check_paths(notebook):
    """Nothing depends on, or tells of, the folders of the machine that it was written on."""
    problems = []
    for cell in notebook.cells:
        texts = [cell.source, *(output_texts(cell) if cell.cell_type == "code" else [])]
        for text in texts:
            match = ABSOLUTE_PATH.search(text)
            if match:
                problems.append(f"{cell.id}: a path of one machine: {text[match.start() :][:40]!r}")
    return problems


def check_percentages(notebook):
    """Percentages come out of code; one that is typed into the text must name its source beside it."""
    problems = []
    for cell in markdown_cells(notebook):
        for paragraph in re.split(r"\n\s*\n", prose(cell)):
            if PERCENTAGE.search(paragraph) and not CITATION.search(paragraph):
                problems.append(f"{cell.id}: a percentage with neither code nor source: {paragraph[:60]!r}")
    return problems


def check_anatomy(notebook):
    """A chapter has the parts that a reader may count on."""
    problems = []
    texts = [prose(cell) for cell in markdown_cells(notebook)]
    whole = "\n\n".join(texts)
    labels = [label_name(label) for label in QUOTE_LABEL.findall(whole)]
    opening = "\n\n".join(texts[:3])
    if "What you will learn" not in opening:
        problems.append("the first cells do not say 'What you will learn'")
    if not TIME.search(opening):
        problems.append("the first cells do not say: **Time:** about … minutes …  **You need:** …")
    if "Predict" not in labels:
        problems.append("nothing to predict: > **Predict:** …")
    quizzes = [text for text in texts if "Check yourself" in map(label_name, QUOTE_LABEL.findall(text))]
    if not quizzes:
        problems.append("no quiz: > **Check yourself:** …")
    for text in quizzes:
        if text.count("<details>") < 2:
            problems.append("a quiz needs two options or more in its cell, each a <details> with feedback")
        quiz = re.split(r"(?m)^>\s*\*\*(?!Check yourself)", text[text.index("Check yourself") :])[0]
        # book/_static/quiz.js tells by this word which option is right.
        if len(re.findall(r"</summary>\s*Right\b", quiz)) != 1:
            problems.append("a quiz needs one option, and only one, whose feedback begins with 'Right'")
    if len(re.findall(r"(?m)^(?:>\s*)?(?:[-*]|\d\.)\s", _part(whole, "Summary"))) != 3:
        problems.append("expected a part called 'Summary' with a list of three items")
    if not re.search(r"\]\(exercises/\w+\.ipynb\)", texts[-1]):
        problems.append("the last text does not link the exercises of the chapter")
    if "](" not in _part(whole, "Further reading"):
        problems.append("expected a part called 'Further reading' with links")
    return problems


def _part(text, title):
    """Return what stands under a heading, or in a block quote with that label; else nothing."""
    heading = re.search(rf"(?ms)^#{{2,}}\s+{title}\s*$(.*?)(?=^#{{1,6}}\s|\Z)", text)
    if heading:
        return heading.group(1)
    quote = re.search(rf"(?m)^>\s*\*\*{title}:\*\*[^\n]*(?:\n>[^\n]*)*", text)
    return quote.group() if quote else ""


# Those that need nothing but the notebook.
CHECKS = (
    check_format,
    check_outputs,
    check_widgets,
    check_tags,
    check_alt_text,
    check_cell_sizes,
    check_plain_markdown,
    check_details,
    check_headings,
    check_labels,
    check_paths,
    check_percentages,
    check_anatomy,
)
