"""Link what a chapter's code uses of dcv to its description in the reference of the package.

A chapter imports by name, and no name gets another meaning, so its imports tell what a name in its
code is. That needs neither the code to be run nor Keras to be imported. Names that follow a module,
as in ``models.freeze``, are linked too; names of arguments, as in ``relu=…``, are not.

The import statements are where the keyboard finds the links; those further down are for the mouse,
or else a chapter would have a hundred more stops on the way through it.

Sphinx's autodoc writes the reference itself; the fields of named tuples are kept out of it.
"""

import ast
import re
from typing import NamedTuple

import nbformat

PACKAGE = "dcv"
# What Python makes of the fields of named tuples.
FIELD = type(NamedTuple("Pair", [("first", int)]).first)
NAME = r'<span class="n">(\w+)</span>'
AFTER_MODULE = re.compile(rf'{NAME}<span class="o">\.</span>{NAME}')
ALONE = re.compile(rf'(?<!<span class="o">\.</span>){NAME}(?!<span class="o">=</span>)')
CODE = re.compile(r'(<div class="highlight-i?python3?\b.*?</pre>)', re.DOTALL)


def imported_names(sources):
    """Return what the names that cells import from the package stand for.

    Parameters
    ----------
    sources : iterable of str
        Code; what is not plain Python, such as ``%pip``, imports nothing of the package.

    Returns
    -------
    dict
        Name in the code → full name.

    Examples
    --------
    >>> imported_names(["import numpy as np", "from dcv import ops", "from dcv.ops import relu"])
    {'ops': 'dcv.ops', 'relu': 'dcv.ops.relu'}
    """
    names = {}
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def linked(html, names, addresses):
    """Return the HTML of a page in which names in code are links.

    Parameters
    ----------
    html : str
        As Sphinx writes it, with code coloured by Pygments.
    names : dict
        Name in the code → full name.
    addresses : dict
        Full name → address of its description; other names stay as they are.
    """

    def link(name, full, before=""):
        address = addresses.get(full)
        if address is None:
            return None
        stop = "" if in_import else ' tabindex="-1"'
        return (
            f'{before}<a class="code-link" href="{address}"{stop}><span class="n">{name}</span></a>'
        )

    def after_module(match):
        module, name = match.groups()
        before = f'<span class="n">{module}</span><span class="o">.</span>'
        return link(name, f"{names.get(module)}.{name}", before) or match.group()

    def alone(match):
        return link(match.group(1), names.get(match.group(1))) or match.group()

    parts = CODE.split(html)
    for i in range(1, len(parts), 2):
        in_import = 'class="kn">import' in parts[i]
        parts[i] = ALONE.sub(alone, AFTER_MODULE.sub(after_module, parts[i]))
    return "".join(parts)


def link_code(app, name, template, context, doctree):
    """Put the links into the text of a page that comes from a notebook."""
    path = app.env.doc2path(name) if name in app.env.found_docs else ""
    if doctree is None or not path.endswith(".ipynb") or app.builder.format != "html":
        return
    cells = nbformat.read(path, as_version=4).cells
    names = imported_names(cell.source for cell in cells if cell.cell_type == "code")
    if names:
        objects = app.env.get_domain("py").objects
        addresses = {
            full: f"{context['pathto'](entry.docname)}#{entry.node_id}"
            for full, entry in objects.items()
        }
        context["body"] = linked(context["body"], names, addresses)


def skip_field(app, what, name, obj, skip, options):
    """Leave out of the reference that a named tuple's field is "alias for field number 0".

    The docstring of the tuple says what its fields hold.
    """
    return isinstance(obj, FIELD) or None


def setup(app):
    """Register with Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")  # it knows the event below
    app.connect("html-page-context", link_code)
    app.connect("autodoc-skip-member", skip_field)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
