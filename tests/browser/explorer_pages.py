"""Pages with one explorer, as the book embeds it, and hands to move its controls with.

A page is written for any panel and opened in Chromium from ``file://`` with the network off. The functions
work on what a reader sees and uses: names of controls, keys, the pointer.
"""

import html
import json
import math
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pydata_sphinx_theme
import sphinx_book_theme
from execute import stored_widgets
from ipywidgets.embed import dependency_state
from repository import ROOT
from self_contained_pages import VENDOR, VIEW, WIDGET_SCRIPTS, copy_libraries

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
THEME = (
    Path(pydata_sphinx_theme.__file__).parent
    / "theme/pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css"
)
BOOK_THEME = (
    Path(sphinx_book_theme.__file__).parent / "theme/sphinx_book_theme/static/styles/sphinx-book-theme.css"
)
STYLES = (THEME, BOOK_THEME, ROOT / "book/_static/course.css", ROOT / "book/_static/widgets.css")

# Explorer → the states, each once, in which all its numbers were those of Python.
COMPARED = defaultdict(set)
ENOUGH_STATES = 30

STATE = "application/vnd.jupyter.widget-state+json"
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>An explorer</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{styles}{scripts}
</head><body><main class="bd-content" style="padding: 1rem"><article class="bd-article"><h1>An explorer</h1>
{outputs}<script type="{state_type}">{state}</script>
</article></main></body></html>"""
OUTPUT = """<div class="cell_output docutils container">
<div class="explorer-still"><p>The still picture</p></div>
<script type="{view_type}">{view}</script></div>
"""


def write_page(panel, folder, *, theme="light"):
    """Write a page with a panel into a folder that has `copy_libraries`' files, and return its path."""
    models = {"state": dependency_state(panel, drop_defaults=False), "version_major": 2, "version_minor": 0}
    state, number = stored_widgets(models, [panel.model_id])
    path = folder / f"{panel._name}-{theme}.html"
    return write_state(state, [number[panel.model_id]], path, theme=theme)


def write_state(state, shown, path, *, theme="light"):
    """Write a page that shows models of a stored state, each in an output of its own; return its path."""
    views = [as_script({"version_major": 2, "version_minor": 0, "model_id": name}) for name in shown]
    page = PAGE.format(
        theme=theme,
        styles="".join(f'<link rel="stylesheet" href="{html.escape(path.as_uri())}">' for path in STYLES),
        scripts="".join(
            f'<script defer src="_static/{VENDOR.name}/{name}"></script>' for name in WIDGET_SCRIPTS
        ),
        outputs="".join(OUTPUT.format(view_type=VIEW, view=view) for view in views),
        state_type=STATE,
        state=as_script(state),
    )
    path.write_text(page, encoding="utf-8")
    return path


def as_script(data):
    """Return JSON that cannot end the script element that it stands in."""
    return json.dumps(data).replace("</", "<\\/")


class ExplorerPage:
    """An open page, what it asked for, and what it complained about."""

    def __init__(self, page, explorer=None):
        self.page, self.explorer = page, explorer
        self.requests, self.errors = [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)

    def _note(self, message):
        if message.type == "error":
            self.errors.append(f"{message.type}: {message.text}")

    def open(self, path):
        """Open a page and wait until its explorers, if it has any, have been drawn."""
        self.page.goto(path.as_uri())
        self.read_to_the_end()
        return self

    def reopen(self):
        """Load the page anew, with everything as it was stored."""
        self.page.reload()
        self.read_to_the_end()

    def read_to_the_end(self):
        """Go to each explorer of the page, as they are drawn when they come near the window, and back."""
        self.page.mouse.move(9, 9, steps=2)  # nothing starts before a reader does something
        self.page.mouse.move(1, 1)
        for script in self.page.locator(f'script[type="{VIEW}"]').all():
            place = script.locator("xpath=..")
            place.evaluate("(place) => place.scrollIntoView()")
            place.locator(".dcv-readout:not(:empty)").wait_for(state="attached")
        self.page.evaluate("() => window.scrollTo(0, 0)")
        self.settle()

    def readouts(self):
        """Return what all explorers of the page say, in order."""
        return self.page.locator(".dcv-readout").all_inner_texts()

    @property
    def external_requests(self):
        """Addresses that a page without internet could not load."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]

    def settle(self):
        """Wait until what was changed is painted: this frame's callbacks, then its layout, have run."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def numbers(self):
        """Return the numbers that the front end shows now."""
        # As one text: playwright takes half a second for some thousands of numbers.
        text = self.page.evaluate("() => JSON.stringify(document.querySelector('.dcv').dcv.numbers())")
        return json.loads(text)

    def compared(self, numbers):
        """Count a state whose numbers have been compared with Python's."""
        COMPARED[self.explorer].add(json.dumps(numbers, sort_keys=True))

    def readout(self):
        """Return the text that a screen reader would say."""
        return self.page.locator(".dcv-readout").inner_text()

    def control(self, name):
        """Return the control with an accessible name: slider, menu, tick box, button, field or picture."""
        found = self.page.get_by_label(name, exact=True).or_(
            self.page.get_by_role("button", name=name, exact=True)
        )
        return found.first

    def control_names(self):
        """Return the names of all controls in the order in which Tab reaches them."""
        return [name for name, _ in self._controls()]

    def kinds(self):
        """Return the kind of each control that is there now: a dict name → kind.

        A kind is "slider", "menu", "tick box", "field", "button" or "picture". Fields come first, because a
        slider or a menu may change how many there are.
        """
        return dict(sorted(self._controls(), key=lambda control: control[1] != "field"))

    def _controls(self):
        return self.page.evaluate(
            """() => {
              const kinds = ':is(.noUi-handle, select, input, button, [tabindex="0"])';
              const kindOf = (node) => {
                if (node.matches('.noUi-handle, [role="slider"], [type="range"]')) return 'slider';
                if (node.matches('select')) return 'menu';
                if (node.matches('[type="checkbox"]')) return 'tick box';
                if (node.matches('button, [type="radio"]')) return 'button';
                return node.matches('input') ? 'field' : 'picture';
              };
              const nameOf = (node) => node.ariaLabel || node.labels?.[0]?.textContent || node.textContent;
              return [...document.querySelectorAll('.dcv-panel ' + kinds)]
                .filter((node) => node.offsetParent !== null && !node.disabled)
                .map((node) => [nameOf(node), kindOf(node)]);
            }"""
        )

    def press(self, name, *keys):
        """Focus a control and press keys."""
        self.press_on(self.control(name), *keys)

    def press_on(self, node, *keys):
        """Focus an element and press keys."""
        node.focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def choose(self, name, option):
        """Choose an option of a menu by its label."""
        self.control(name).select_option(label=option)
        self.settle()

    def choose_number(self, name, i):
        """Choose an option of a menu by its place."""
        self.control(name).select_option(index=i)
        self.settle()

    def count_options(self, name):
        """Return how many options a menu has."""
        return self.control(name).locator("option").count()

    def click(self, name):
        """Click a control in its middle."""
        self.control(name).click()
        self.settle()

    def fill(self, name, value):
        """Type a value into a field."""
        self.control(name).fill(str(value))
        self.settle()

    def type(self, text):
        """Type into what has the focus."""
        self.page.keyboard.type(text)
        self.settle()

    def wait_until(self, holds, message):
        """Wait until a function returns True; fail with a message if it does not."""
        for _ in range(50):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(message)

    def drag(self, name, share):
        """Drag a slider's handle to a share of its track, from 0 to 1, with the mouse."""
        handle = self.control(name)
        handle.scroll_into_view_if_needed()
        track = handle.locator("xpath=ancestor::*[contains(@class, 'noUi-target')]").bounding_box()
        box = handle.bounding_box()
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.down()
        y = track["y"] + track["height"] / 2
        self.page.mouse.move(track["x"] + share * track["width"], y, steps=4)
        self.page.mouse.up()
        self.settle()

    def point(self, name, row_share, column_share, *, click=True):
        """Move the mouse to a place of a picture, given as shares of its height and width, and click."""
        stage = self.control(name)
        stage.scroll_into_view_if_needed()
        box = stage.bounding_box()
        place = (box["x"] + column_share * box["width"], box["y"] + row_share * box["height"])
        self.page.mouse.move(*place)
        if click:
            self.page.mouse.click(*place)
        self.settle()

    def pixels(self):
        """Return a number for each canvas that changes with its pixels."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.dcv canvas')].map((canvas) => {
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              return new Uint32Array(data.buffer).reduce((hash, pixel) => (hash * 31 + pixel) | 0, 7);
            })"""
        )

    def cells(self, picture, height, width):
        """Return the colours that a picture has in its cells: (height, width, 3), from 0 to 255.

        Pictures have numbers in the order of the page. A cell is looked at near its corner, away from the
        lines around it and from the number in it.
        """
        colours = self.page.evaluate(
            """([picture, height, width]) => {
              const canvas = document.querySelectorAll('.dcv canvas')[picture];
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              const at = (cell, count, length) => Math.floor(((cell + 0.25) / count) * length);
              const colours = [];
              for (let row = 0; row < height; row++)
                for (let column = 0; column < width; column++) {
                  const y = at(row, height, canvas.height);
                  const start = 4 * (y * canvas.width + at(column, width, canvas.width));
                  colours.push([...data.slice(start, start + 3)]);
                }
              return JSON.stringify(colours);
            }""",
            [picture, height, width],
        )
        return np.reshape(json.loads(colours), (height, width, 3))

    def look(self):
        """Return everything that a reader can see but the read-out: pixels, windows, text."""
        parts = self.page.evaluate(
            """() => [...document.querySelector('.dcv').children]
              .filter((part) => !part.matches('.dcv-readout'))
              .map((part) => {
                const overlays = [...part.querySelectorAll('svg')].map((svg) => svg.innerHTML);
                return [part.innerText, overlays];
              })"""
        )
        return [self.pixels(), parts]

    def set_theme(self, theme):
        """Change the theme as the book's switch does."""
        # Buttons change their colours slowly: what is looked at next is the end of it.
        self.page.add_style_tag(content="* { transition: none !important }")
        self.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        self.settle()

    def overflow(self):
        """Return by how many pixels the page is wider than the window."""
        return self.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")

    def axe(self, selector="html", *, rules=None):
        """Return a sentence for each violation of all rules, or of some, in a part of the page."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(axe_source())
        options = {"resultTypes": ["violations"], "preload": False, **({"runOnly": rules} if rules else {})}
        found = self.page.evaluate("([selector, options]) => axe.run(selector, options)", [selector, options])
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]


def compared_enough(explorer):
    """Fail unless enough states of an explorer were compared before: the last test of its file."""
    count = len(COMPARED[explorer])
    print(f"{explorer}: {count} different states compared")
    assert count >= ENOUGH_STATES, f"{count} states compared, {ENOUGH_STATES} wanted; run the whole file"


@cache
def axe_source():
    return AXE.read_text(encoding="utf-8")


def difference(actual, expected):
    """Return the largest difference of two nested lists of numbers; infinite if their shapes differ."""
    if isinstance(expected, int | float):
        return abs(actual - expected)
    if len(actual) != len(expected):
        return math.inf
    return max((difference(a, b) for a, b in zip(actual, expected, strict=True)), default=0.0)


__all__ = ["ExplorerPage", "compared_enough", "copy_libraries", "difference", "write_page", "write_state"]
