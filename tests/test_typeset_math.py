"""Formulas are typeset when the book is built; a broken one is an error, not a red word on a page."""

from types import SimpleNamespace

import pytest
import typeset_math
from finished_pages import FinishedPages
from sphinx.jinja2glue import BuiltinTemplateLoader
from typeset_math import FONTS, MATHJAX, Typesetter, styles_for

needs_libraries = pytest.mark.skipif(
    not MATHJAX.is_dir(), reason="NOT CHECKED: the front-end libraries are missing; run `make book` first"
)


@pytest.fixture(scope="module")
def typesetter():
    started = Typesetter()
    yield started
    started.close()
    typeset_math.typesetter.close()


@needs_libraries
def test_formula_is_seen_and_read(typesetter):
    inline = typesetter.typeset(r"\frac{n}{2}")
    assert "<mjx-mfrac>" in inline
    assert "<mfrac><mi>n</mi><mn>2</mn></mfrac>" in inline  # what a screen reader gets
    assert 'display="block"' not in inline
    assert 'display="block"' in typesetter.typeset(r"\frac{n}{2}", display=True)


@needs_libraries
def test_extensions_are_loaded_when_asked_for(typesetter):
    assert "mjx-mtable" in typesetter.typeset(r"\begin{cases}1\\2\end{cases}\color{red}{x}")


@needs_libraries
@pytest.mark.parametrize(
    ("tex", "reason"),
    [(r"\frac{n", "Missing close brace"), (r"\nosuchthing", "Undefined control sequence"), ("x_{1", "brace")],
)
def test_broken_formula_is_refused(typesetter, tex, reason):
    with pytest.raises(ValueError, match=reason):
        typesetter.typeset(tex)
    assert "<mi>n</mi>" in typesetter.typeset("n")  # and the next one is typeset


@needs_libraries
def test_page_gets_the_rules_of_its_own_characters(typesetter):
    page = typesetter.typeset("n")
    styles = styles_for(page, "../fonts")
    assert ".mjx-c1D45B" in styles  # n
    assert ".mjx-c1D45A" not in styles  # m
    assert "FONTS" not in styles
    for name in ("MathJax_Math-Italic.woff", "MathJax_Main-Regular.woff"):
        assert f"../fonts/{name}" in styles
        assert (FONTS / name).is_file()
    assert styles.count("{") == styles.count("}") + styles.count('"{"') - styles.count('"}"')


@needs_libraries
def test_printed_page_has_its_styles_in_itself(typesetter, monkeypatch):
    page = f"<!DOCTYPE html><html><head></head><body>{typesetter.typeset('n')}</body></html>"
    monkeypatch.setattr(BuiltinTemplateLoader, "render", lambda self, template, context: page)
    templates = FinishedPages()
    templates._builder = SimpleNamespace(name="singlehtml")
    head, _, body = templates.render("page.html", {"pagename": "book/index"}).partition("</head>")
    assert ".mjx-c1D45B" in head
    assert 'url("_static/vendor/mathjax/fonts/' in head
    assert body == page.partition("</head>")[2]
