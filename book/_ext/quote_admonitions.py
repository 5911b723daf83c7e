"""Turn labelled block quotes into admonitions when the book is built.

Notebooks are plain Markdown, because that is all that Colab shows. There,

    > **Predict:** How many windows cover a corner?

is a quote that begins with a bold word. In the book it becomes an admonition with the title
"Predict" and the class ``admonition-predict``. Quotes that do not begin with bold text ending in a
colon stay quotes. A label that is not in `LABELS` is most likely misspelt, so it is a warning, and
the book is built with warnings as errors.
"""

import difflib
import re

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

# Each label with the theme's class that lends it a colour and an icon.
LABELS = {
    "Note": "note",
    "Tip": "tip",
    "Warning": "warning",
    "What you will learn": "note",
    "Predict": "attention",
    "Check yourself": "hint",
    "Try it": "tip",
    "Exercise": "important",
    "Summary": "seealso",
    "Further reading": "seealso",
}
NUMBERED = "Exercise"  # the one label that carries a number: Exercise 3.2


def label_name(text):
    """Return the key of `LABELS` that a label stands for, or None if it is not a known label.

    Parameters
    ----------
    text : str
        The label without its colon.

    Examples
    --------
    >>> label_name("Exercise 3.2")
    'Exercise'
    >>> label_name("Exercise") is None  # without its number
    True
    """
    if re.fullmatch(rf"{NUMBERED} \d+\.\d+", text):
        return NUMBERED
    return text if text in LABELS and text != NUMBERED else None


class QuoteAdmonitions(SphinxTransform):
    """Replace each labelled block quote of a page by an admonition."""

    default_priority = 400

    def apply(self):
        """Change the page's tree in place."""
        for quote in list(self.document.findall(nodes.block_quote)):
            label = take_label(quote)
            if label is None:
                continue
            name = label_name(label)
            if name is None:
                logger.warning(
                    "unknown label %r in a block quote%s", label, suggestion(label), location=quote
                )
                name = "Note"
            css_class = "admonition-" + nodes.make_id(name)
            title, classes = nodes.title(label, label), [LABELS[name], css_class]
            admonition = nodes.admonition(quote.rawsource, title, *quote.children, classes=classes)
            admonition.source, admonition.line = quote.source, quote.line
            quote.replace_self(admonition)


def take_label(quote):
    """Cut the label off a block quote; return it without its colon, or None if there is none."""
    if not quote.children or not isinstance(quote[0], nodes.paragraph):
        return None
    paragraph = quote[0]
    # myst-parser puts an empty text before strong emphasis that opens a paragraph.
    start = next((child for child in paragraph.children if child.astext().strip()), None)
    if not isinstance(start, nodes.strong):
        return None
    label = start.astext().strip()
    after = start.next_node(siblings=True, descend=False)
    colon_outside = isinstance(after, nodes.Text) and after.astext().startswith(":")
    if not (label.endswith(":") or colon_outside):
        return None
    del paragraph[: paragraph.index(start) + 1]
    if paragraph.children and isinstance(paragraph[0], nodes.Text):
        rest = paragraph[0].astext()
        paragraph[0] = nodes.Text(rest.removeprefix(":" if colon_outside else "").lstrip())
    if not paragraph.astext().strip() and not any(paragraph.findall(nodes.image)):
        quote.remove(paragraph)
    return label.removesuffix(":").strip()


def suggestion(label):
    """Return a phrase that names the known label nearest to a misspelt one."""
    # "Exercise 3.2" is compared without its number.
    near = difflib.get_close_matches(label.rstrip("0123456789. "), LABELS, n=1)
    known = "known are " + ", ".join(LABELS) + f" (with a number: {NUMBERED} 3.2)"
    return f": did you mean {near[0]!r}? ({known})" if near else f": {known}"


def setup(app):
    """Register the transform with Sphinx."""
    app.add_transform(QuoteAdmonitions)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
