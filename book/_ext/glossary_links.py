"""Link the first use of each glossary term in a chapter to its entry in the glossary.

Chapters are plain Markdown, because that is all that Colab shows, so they carry no roles. When the
book is built, this looks through a chapter's prose in reading order and links each term where it
comes up first, whatever its case, in singular or plural. Of terms that begin at the same place the
longest counts: "average precision" is not "precision".

Words in bold in a definition are other forms of its term: an adjective, an abbreviation, a special
case. They count as the term itself. One with capital letters is found as it is written only, since
mAP is not a map.

Where the text links a term to the glossary by hand, that is the place, and the link leads to the
term's entry rather than to the page. Left alone are headings, links, code, maths, captions, what
code printed, folded answers, and the list of what the reader will learn, which comes before
anything is explained.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

CHAPTER = re.compile(r"(?:book/)?(?:\d\d|appendix)_\w+")
OBJECTIVES = "What you will learn"

#: Words of everyday language, too: linked only where the chapter marks them, as in **recall**.
EVERYDAY = frozenset(
    {"box", "depth", "frozen", "head", "label", "operations", "prior", "recall", "response"}
)

UNTOUCHED = (
    nodes.title,
    nodes.reference,
    addnodes.pending_xref,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.caption,
    nodes.footnote_reference,
    nodes.comment,
)


def pattern_of(terms, exact=()):
    """Return a regular expression that finds terms; its group is a term without a plural's s.

    Parameters
    ----------
    terms : iterable of str
    exact : container of str
        Those of the terms whose capital letters matter.

    Examples
    --------
    >>> pattern_of(["map", "box", "heat map"]).findall("Heat maps, boxes")
    ['Heat map', 'box']
    >>> pattern_of(["box", "mAP"], exact={"mAP"}).findall("Two mAPs and a map in boxes")
    ['mAP', 'box']
    """
    longest_first = sorted(terms, key=lambda term: (-len(term), term))
    forms = "|".join(
        f"(?-i:{re.escape(term)})" if term in exact else re.escape(term) for term in longest_first
    )
    return re.compile(rf"(?<![\w-])({forms})(?:s|es)?(?![\w-])", re.IGNORECASE)


class GlossaryLinks(SphinxPostTransform):
    """Put a reference around the first use of each term."""

    default_priority = 8  # just before MyST and Sphinx resolve references

    def run(self, **options):
        """Change the tree of a chapter in place."""
        if not CHAPTER.fullmatch(self.env.docname):
            return
        objects = self.env.get_domain("std").objects
        pages = {name: page for (kind, name), (page, _) in objects.items() if kind == "term"}
        if not pages:
            return
        forms = self.forms(set(pages.values()))
        terms = {word.lower(): term for word, term in forms.items()}
        terms |= {name.lower(): name for name in pages}
        pattern = pattern_of([*pages, *forms], {form for form in forms if form != form.lower()})
        seen = self.aim(pattern, terms)
        for text in list(prose(self.document)):
            self.link(text, pattern, terms, seen)

    def forms(self, pages):
        """Return the other forms of all terms that these pages explain: a dict form → term."""
        return {
            form.astext(): item[0].astext()
            for page in pages
            for entries in self.env.get_doctree(page).findall(nodes.definition_list)
            if "glossary" in entries["classes"]
            for item in entries
            for form in item.findall(nodes.strong)
        }

    def aim(self, pattern, terms):
        """Let links to the glossary lead to the entry of their words; return the terms."""
        aimed = set()
        for link in self.document.findall(addnodes.pending_xref):
            match = pattern.fullmatch(link.astext())
            if match and link.get("reftarget", "").rpartition("/")[2] == "glossary":
                term = terms[match.group(1).lower()]
                link.attributes.update(refdomain="std", reftype="term", reftarget=term)
                aimed.add(term)
        return aimed

    def link(self, text, pattern, terms, seen):
        """Replace a text by its pieces, with a reference for each term that was not seen before."""
        string, pieces, end = text.astext(), [], 0
        marked = isinstance(text.parent, nodes.strong | nodes.emphasis)
        for match in pattern.finditer(string):
            term = terms[match.group(1).lower()]
            if term in seen or (term in EVERYDAY and not marked):
                continue
            seen.add(term)
            pieces += [nodes.Text(string[end : match.start()]), self.reference(term, match.group())]
            end = match.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(string[end:])])

    def reference(self, term, words):
        """Return a reference to a term's entry, which Sphinx resolves next."""
        xref = addnodes.pending_xref(
            words,
            nodes.inline(words, words, classes=["glossary-link"]),
            refdomain="std",
            reftype="term",
            reftarget=term,
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )
        xref.source, xref.line = self.document["source"], None
        return xref


def prose(document):
    """Yield the texts of a page in which a term may be linked, in reading order."""
    folded = 0  # how many <details> are open
    for node in document.findall():
        if isinstance(node, nodes.raw):
            html = node.astext()
            folded += html.count("<details") - html.count("</details")
        elif isinstance(node, nodes.Text) and not folded and is_prose(node):
            yield node


def is_prose(text):
    """Return whether no part of the page around a text keeps it from being linked."""
    node = text.parent
    while node is not None:
        if isinstance(node, UNTOUCHED) or node.get("nb_element") == "cell_code":
            return False
        if isinstance(node, nodes.section) and node[0].astext() == OBJECTIVES:
            return False
        node = node.parent
    return True


def setup(app):
    """Register the transform with Sphinx."""
    app.add_post_transform(GlossaryLinks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
