"""Typeset formulas while the book is built, so that pages need no script for them.

A page with MathJax loads more than a megabyte of JavaScript and typesets each formula when it is
opened, while the text jumps. Here the same MathJax runs once, in Node.js; pages hold its result,
with MathML for screen readers, and load only fonts. A formula that MathJax does not understand is
a warning, and the book is built with warnings as errors.
"""

import json
import os
import re
import subprocess
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from node_program import NODE
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

HERE = Path(__file__).resolve().parent
MATHJAX = HERE.parents[1] / "node_modules" / "mathjax" / "es5"
#: The fonts of MathJax's pages, and where they are served from, below _static.
FONTS, FONTS_ADDRESS = MATHJAX / "output" / "chtml" / "fonts" / "woff-v2", "vendor/mathjax/fonts"

RULE = re.compile(r"""([^{}]+)\{(?:[^{}"]|"(?:\\.|[^"\\])*")*\}""")
CHARACTER = re.compile(r"\.mjx-c[0-9A-F]+(?![\w-])")

logger = logging.getLogger(__name__)


class Typesetter:
    """MathJax in a process of its own, which starts with the first formula.

    Where Sphinx writes pages in several processes, each of them has one.
    """

    def __init__(self):
        self._processes = {}

    def typeset(self, tex, *, display=False):
        r"""Return the HTML of a formula.

        Parameters
        ----------
        tex : str
            Without dollar signs: ``\frac{n - k}{s}``.
        display : bool
            Whether it stands on a line of its own.

        Raises
        ------
        ValueError
            If MathJax does not understand it.
        """
        answer = self._ask(tex=tex, display=display)
        if "error" in answer:
            raise ValueError(f"expected a formula in TeX, got {tex!r}: {answer['error']}")
        return answer["html"]

    def styles(self, fonts):
        """Return the style sheet for all formulas, with the address of the folder of fonts."""
        return self._ask(styles=fonts)["html"]

    def close(self):
        """End the process; the next formula would start another one."""
        process = self._processes.pop(os.getpid(), None)
        if process is not None:
            process.stdin.close()
            process.wait()
            process.stdout.close()

    def _ask(self, **question):
        process = self._processes.get(os.getpid())
        if process is None:
            command = [NODE, HERE / "typeset_math.mjs", MATHJAX]
            process = self._processes[os.getpid()] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
            )
        print(json.dumps(question), file=process.stdin, flush=True)
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"MathJax ended with status {process.wait()} at {question}")
        return json.loads(answer)


typesetter = Typesetter()


@cache
def all_styles():
    """Return the rules for formulas: a list of pairs (selector, rule)."""
    return [(match.group(1), match.group()) for match in RULE.finditer(typesetter.styles("FONTS"))]


def styles_for(page, fonts):
    """Return those rules that a page with formulas needs.

    Parameters
    ----------
    page : str
        Its HTML.
    fonts : str
        The address of the folder of fonts, seen from the page.
    """
    used = {f".{name}" for name in re.findall(r"mjx-c[0-9A-F]+", page)}
    rules = [
        rule
        for selector, rule in all_styles()
        if not (characters := CHARACTER.findall(selector)) or used.issuperset(characters)
    ]
    return re.sub(r"\s+", " ", "".join(rules)).replace("FONTS", fonts)


def formula(text):
    r"""Return a block of maths as one formula: its paragraphs are lines of their own.

    Examples
    --------
    >>> formula("a = b")
    'a = b'
    >>> formula(r"a &= b \\ c &= d")
    '\\begin{split}a &= b \\\\ c &= d\\end{split}'
    >>> formula("a\n\nb")
    '\\begin{aligned}a\\\\b\\end{aligned}'
    """
    lines = [
        rf"\begin{{split}}{line}\end{{split}}" if r"\\" in line else line
        for line in (line.strip() for line in text.split("\n\n"))
        if line
    ]
    together = r"\\".join(lines)
    return together if len(lines) == 1 else rf"\begin{{aligned}}{together}\end{{aligned}}"


def html_of(node, tex, *, display):
    """Return a formula's HTML; one that is not understood is shown as it stands, with a warning."""
    try:
        return typesetter.typeset(tex, display=display)
    except ValueError as error:
        logger.warning(str(error), location=node)
        return escape(tex)


def visit_math(self, node):
    """Write a formula inside a sentence."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(html_of(node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self, node):
    """Write a formula on a line of its own, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    tex = node.astext() if node["nowrap"] else formula(node.astext())
    self.body.append(html_of(node, tex, display=True) + "</div>\n")
    raise nodes.SkipNode


def end(app, exception):
    """End the process with the build."""
    typesetter.close()


def setup(app):
    """Register the renderer; `_config.yml` chooses it."""
    app.add_html_math_renderer("typeset", (visit_math, None), (visit_math_block, None))
    app.connect("build-finished", end)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
