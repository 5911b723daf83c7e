"""Leave the Colab badge out of the book.

A notebook carries the badge for readers on GitHub. In the book the launch button does the same, and
the badge's picture would be the one thing on the page that is fetched from another host.
"""

from docutils import nodes
from sphinx.transforms import SphinxTransform

BADGE = "colab-badge.svg"


class ColabBadges(SphinxTransform):
    """Remove each link whose picture is the Colab badge, with its paragraph if left empty."""

    # Before Sphinx takes stock of the pages' images.
    default_priority = 400

    def apply(self):
        """Change the page's tree in place."""
        for image in list(self.document.findall(nodes.image)):
            if not image["uri"].endswith(BADGE):
                continue
            badge = image.parent if isinstance(image.parent, nodes.reference) else image
            paragraph = badge.parent
            paragraph.remove(badge)
            if isinstance(paragraph, nodes.paragraph) and not paragraph.astext().strip():
                paragraph.parent.remove(paragraph)


def setup(app):
    """Register the transform with Sphinx."""
    app.add_transform(ColabBadges)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
