"""Terms are linked at their first use in a chapter, and nowhere else."""

import re

import nbformat
import pytest
from glossary_links import EVERYDAY, pattern_of
from repository import ROOT, notebook_paths
from test_quote_admonitions import build, page

GLOSSARY = """# Glossary

{.glossary}
average precision
: An area.

equivariance
: Moves along: such a map is **equivariant**, not *the same*.

filter
: Kernels.

kernel
: Weights.

mean average precision
: **mAP**: average precision, averaged.

precision
: A share.

recall
: Another share.

ReLU
: A function.

stride
: A step.
"""
CHAPTER = """# A kernel in a heading

A [kernel](https://example.org) in a link, `kernel` in code, and $kernel$ in a formula.

## What you will learn

- What a kernel is.

## Stride

<details>
<summary>Stride?</summary>

A stride in a folded answer.

</details>

Two KERNELS, and a kernel again. Recall that relu is a function, and strided is another word.

A filter at first; a [filter](glossary.md) where it is explained, and [filtered](glossary.md).

We measure average precision by the kernel. Then **recall**, precision and *Strides*.

A MAP, a map and maps; mAPs, and mean average precision. A link by hand: [equivariant](glossary.md).

Equivariance was linked before.
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    (folder / "glossary.md").write_text(GLOSSARY)
    (folder / "01_chapter.md").write_text(CHAPTER)
    (folder / "about.md").write_text("# About\n\nA kernel on a page that is no chapter.\n")
    answer = build(folder, "-W", "--keep-going")
    assert answer.returncode == 0, answer.stderr
    return folder


def test_first_uses_are_linked(book):
    links = page(book, "01_chapter").select("a:has(.glossary-link)")
    found = [(" ".join(link.get_text().split()), link["href"]) for link in links]
    assert found == [
        ("KERNELS", "glossary.html#term-kernel"),
        ("relu", "glossary.html#term-ReLU"),
        ("average precision", "glossary.html#term-average-precision"),
        ("recall", "glossary.html#term-recall"),
        ("precision", "glossary.html#term-precision"),
        ("Strides", "glossary.html#term-stride"),
        ("mAPs", "glossary.html#term-mean-average-precision"),
    ]


def test_links_by_hand_lead_to_the_entry(book):
    links = page(book, "01_chapter").select('a[href^="glossary.html"]:not(:has(.glossary-link))')
    assert [(link.get_text(), link["href"]) for link in links] == [
        ("filter", "glossary.html#term-filter"),
        ("filtered", "glossary.html"),
        ("equivariant", "glossary.html#term-equivariance"),
    ]


def test_targets_exist(book):
    glossary = page(book, "glossary")
    for link in page(book, "01_chapter").select("a:has(.glossary-link)"):
        assert glossary.find(id=link["href"].partition("#")[2]) is not None


def test_the_words_stay(book):
    text = " ".join(page(book, "01_chapter").get_text().split())
    assert (
        "Two KERNELS, and a kernel again. Recall that relu is a function, and strided is another word."
        in text
    )


def test_other_pages_are_left_alone(book):
    assert page(book, "about").select(".glossary-link") == []


def test_everyday_words_are_in_the_glossary():
    entries = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8").split("\n")
    assert set(entries) >= EVERYDAY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a pixel", ["pixel"]),
        ("Pixels and pixel-wise", ["Pixels"]),  # a compound word is another word
        ("sub-pixel, pixelated, megapixel", []),
        ("batches", ["batches"]),
        ("a heat map", ["heat map"]),
        ("IoUs, not iou", ["IoUs"]),
    ],
)
def test_forms_of_a_term(text, expected):
    pattern = pattern_of(["pixel", "batch", "heat map", "map", "IoU"], exact={"IoU"})
    assert [match.group() for match in pattern.finditer(text)] == expected


def test_links_by_hand_find_their_entries():
    """A link to the glossary whose words are no form of a term leads to the top of a long page."""
    page = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    entries = re.findall(r"(?m)^(\S.*)\n: (.+)$", page)
    forms = [form for _, definition in entries for form in re.findall(r"\*\*(.+?)\*\*", definition)]
    pattern = pattern_of([*(term for term, _ in entries), *forms], exact=forms)
    links = [
        (path.stem, words)
        for path in notebook_paths()
        for cell in nbformat.read(path, as_version=4).cells
        for words in re.findall(r"\[([^\]]+)\]\((?:\.\./)?glossary\.md\)", cell.source)
    ]
    assert links
    assert [(name, words) for name, words in links if not pattern.fullmatch(words)] == []
