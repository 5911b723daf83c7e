"""A tiny book with the project's extensions and notebook settings: what a reader gets to see."""

import subprocess
import sys

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from execute import tidy
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from quote_admonitions import LABELS, label_name
from repository import ROOT, badge
from sample_notebook import ADDRESS, PATH, PNG

TEXT = """# A page

> **Predict:** A 5×5 image, $k=3$, and [a guide](https://example.org/guide)?

> **Check yourself:** Which is true?
>
> - the first
> - the second
>
> ```python
> answer = 42
> ```
>
> Think first.

> **Exercise 3.2:** *Count* them.

> **Summary:**
>
> - only a list

- A list with

  > **Tip:** a tip inside.

> An ordinary quote.

> **Bold** words begin this ordinary quote.

> The bold **Note:** comes later.
"""


def picture_cell(name, metadata, data):
    return new_code_cell("pass", id=name, metadata=metadata, outputs=[new_output("display_data", data)])


def build(folder, *options):
    """Build the pages of a folder with the book's extensions and return the finished process."""
    book = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    settings = book["sphinx"]
    notebook_settings = {key: value for key, value in settings["config"].items() if key.startswith("nb_")}
    # What stands beside the pages needs the book's own theme.
    extensions = ["myst_nb", *(name for name in settings["local_extensions"] if name != "published_book")]
    (folder / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'book' / '_ext')!r})\n"
        f"extensions = {extensions!r}\n"
        f"globals().update({notebook_settings!r})\n"
        f"myst_enable_extensions = {book['parse']['myst_enable_extensions']!r}\n"
        "nb_execution_mode = 'off'\nhtml_theme = 'basic'\n"
    )
    names = sorted(path.stem for path in folder.iterdir() if path.suffix in {".md", ".ipynb"})
    pages = "\n".join(name for name in names if name != "index")
    (folder / "index.md").write_text(f"# Contents\n\n```{{toctree}}\n{pages}\n```\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-n", *options, str(folder), str(folder / "_build")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def page(folder, name):
    text = (folder / "_build" / f"{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser").find(class_="body")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A built book of seven pages: from six on, Sphinx reads them in parallel."""
    folder = tmp_path_factory.mktemp("book")
    for i in range(5):
        (folder / f"page{i}.md").write_text(TEXT)
    alt, widget = "A white square, one pixel wide.", {"model_id": "1", "version_major": 2, "version_minor": 0}
    notebook = new_notebook(
        cells=[
            new_markdown_cell(f"# A notebook\n\n{badge(ADDRESS, PATH)}\n\nIts text."),
            new_markdown_cell(TEXT.replace("# A page", "## Quotes")),
            picture_cell("plain", {"mystnb": {"image": {"alt": alt}}}, {"image/png": PNG}),
            picture_cell(
                "figure",
                {
                    "mystnb": {
                        "image": {"alt": "In a figure."},
                        "figure": {"caption": "A *caption*, $x^2$."},
                    }
                },
                {"image/png": PNG, "text/plain": "<Figure size 640x480 with 1 Axes>"},
            ),
            picture_cell(
                "explorer",
                {"mystnb": {"image": {"alt": "An explorer."}}},
                {
                    "image/png": PNG,
                    "application/vnd.jupyter.widget-view+json": widget,
                    "text/plain": "VBox",
                },
            ),
            picture_cell("sentence", {}, {"text/markdown": "We got **61 %** and $x^2$.", "text/plain": "…"}),
            picture_cell("removed", {"tags": ["remove-input"]}, {"text/plain": "code removed"}),
            picture_cell("folded", {"tags": ["hide-input"]}, {"text/plain": "code folded"}),
        ]
    )
    tidy(notebook)
    notebook.cells[4].outputs[0].data["application/vnd.jupyter.widget-view+json"] = widget
    nbformat.write(notebook, folder / "notebook.ipynb")
    answer = build(folder, "-W", "--keep-going", "-j", "2")
    assert answer.returncode == 0, answer.stderr
    return folder


@pytest.fixture(scope="module", params=["page0", "notebook"])
def quotes(book, request):
    return page(book, request.param)


def admonition(soup, name):
    return soup.find(class_=f"admonition-{name}")


def test_titles_in_order(quotes):
    titles = [title.get_text() for title in quotes.find_all(class_="admonition-title")]
    titles = [title for title in titles if "code cell" not in title]  # the theme's own, of folded cells
    assert titles == ["Predict", "Check yourself", "Exercise 3.2", "Summary", "Tip"]


def test_first_paragraph_keeps_maths_and_links(quotes):
    box = admonition(quotes, "predict")
    assert {"admonition", "attention"} <= set(box["class"])
    assert box.find(class_="math").math.get_text() == "k=3"
    assert box.a["href"] == "https://example.org/guide"
    assert box.get_text().strip().splitlines()[1] == "A 5×5 image, k=3, and a guide?"


def test_everything_in_the_quote_survives(quotes):
    box = admonition(quotes, "check-yourself")
    assert [item.get_text().strip() for item in box.find_all("li")] == ["the first", "the second"]
    assert box.find("pre").get_text().strip() == "answer = 42"
    assert box.find_all("p")[-1].get_text() == "Think first."


def test_label_alone_in_its_paragraph_leaves_no_empty_one(quotes):
    box = admonition(quotes, "summary")
    assert [paragraph.get_text() for paragraph in box.find_all("p")] == ["Summary", "only a list"]


def test_quote_inside_a_list(quotes):
    assert admonition(quotes, "tip").find_parent("li") is not None


def test_emphasis_after_the_label(quotes):
    assert admonition(quotes, "exercise").find("em").get_text() == "Count"


def test_ordinary_quotes_stay(quotes):
    left = [" ".join(quote.get_text().split()) for quote in quotes.find_all("blockquote")]
    assert left == [
        "An ordinary quote.",
        "Bold words begin this ordinary quote.",
        "The bold Note: comes later.",
    ]


def test_badge_is_left_out(book):
    soup = page(book, "notebook")
    assert "colab" not in str(soup)
    assert soup.find("p").get_text() == "Its text."


def test_pictures_carry_alt_text_and_caption(book):
    soup = page(book, "notebook")
    pictures = [image["alt"] for image in soup.find_all("img")]
    assert pictures == ["A white square, one pixel wide.", "In a figure.", "An explorer."]
    caption = soup.find("figcaption")
    assert caption.find_parent("figure").img["alt"] == "In a figure."
    assert caption.get_text().strip().startswith("A caption, x2.")


def test_explorer_has_its_live_form_and_its_still_picture(book):
    soup = page(book, "notebook")
    assert soup.find(class_="explorer-still").img["alt"] == "An explorer."
    assert "widget-view" in str(soup)


def test_markdown_that_code_writes_is_rendered(book):
    soup = page(book, "notebook")
    assert soup.find("strong", string="61 %").find_parent("p").find(class_="math") is not None


def test_code_is_removed_or_folded(book):
    soup = page(book, "notebook")
    assert soup.find(class_="tag_remove-input").find(class_="cell_input") is None
    assert soup.find(class_="tag_hide-input").find("details").find(class_="cell_input") is not None


MISTAKES = {
    "> **Perdict:** what?": "did you mean 'Predict'?",
    "> **note:** small": "did you mean 'Note'?",
    "> **Exercise:** which?": "did you mean 'Exercise'?",
    "> **Attention**: outside": "unknown label 'Attention'",
}


def test_unknown_labels_fail_the_build(tmp_path):
    (tmp_path / "page.md").write_text("# A page\n\n" + "\n\nText.\n\n".join(MISTAKES))
    answer = build(tmp_path, "-W", "--keep-going")
    assert answer.returncode != 0
    for i, message in enumerate(MISTAKES.values()):
        line = next(line for line in answer.stderr.splitlines() if message in line)
        assert f"page.md:{3 + 4 * i}: " in line


@pytest.mark.parametrize("label", [name for name in LABELS if name != "Exercise"])
def test_known_labels(label):
    assert label_name(label) == label


@pytest.mark.parametrize("label", ["Exercise", "Exercise 3", "Exercise 3.2a", "predict", "Predict 1", ""])
def test_unknown_labels(label):
    assert label_name(label) is None
