"""What axe-core does not look at: each kind of page of the built book by keyboard, enlarged, and heard.

One page of each kind is opened in Chromium. As in `test_built_pages`, these are the pages of `make book` or
of the folder that DCV_HTML names. Numbers in brackets are criteria of WCAG 2.2, level A or AA.
"""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from explorer_pages import ExplorerPage
from test_built_book import HTML, needs_book

KINDS = ["index", "03_convolution", "exercises/03_convolution", "glossary", "api/arrays"]
DESKTOP = {"width": 1300, "height": 900}
SEARCH = "search.html?q=receptive+field"

# Where the focus is now: whether there is a ring around it, or around what belongs to it, and how many of its
# nine points can be seen.
FOCUSED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const isRing = (style) => parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none"
    || style.boxShadow !== "none";
  const around = [node, node.labels?.[0], node.closest("form")].filter(Boolean);
  const styles = around.map((part) => getComputedStyle(part)).concat(getComputedStyle(node, "::after"));
  const box = node.getBoundingClientRect();
  let seen = 0;
  for (const x of [0.1, 0.5, 0.9])
    for (const y of [0.1, 0.5, 0.9]) {
      const top = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
      seen += Boolean(top && (node.contains(top) || top.contains(node) || node.labels?.[0]?.contains(top)));
    }
  const name = node.ariaLabel || node.textContent.trim().slice(0, 40) || node.outerHTML.slice(0, 80);
  return { name, ring: styles.some(isRing), seen, first: node.matches(".skip-link a") };
}"""

# Targets under 24 pixels with another one so near that a circle of 24 pixels around both would overlap. Links
# in a sentence and names in code are as high as their line, which the criterion allows.
CROWDED = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
    .filter((node) => node.checkVisibility() && !node.closest("p, li, td, dd, dt, pre, .sig"));
  const boxOf = (node) => (node.labels?.[0] ?? node).getBoundingClientRect();
  const isSmall = (box) => box.width < 23.9 || box.height < 23.9;
  const found = [];
  for (const node of all) {
    const box = boxOf(node);
    if (!box.width || !isSmall(box)) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    for (const other of all) {
      if (other === node || other.contains(node) || node.contains(other)) continue;
      const near = boxOf(other);
      const aside = Math.max(near.left - x, 0, x - near.right);
      const above = Math.max(near.top - y, 0, y - near.bottom);
      if (near.width && Math.hypot(aside, above) < 12) found.push(node.outerHTML.slice(0, 100));
    }
  }
  return found;
}"""

# Text that does not fit into a place that cuts it off. Formulas hide a copy of themselves for screen readers.
CUT_OFF = """() => [...document.querySelectorAll("main *")]
  .filter((node) => node.checkVisibility() && node.clientWidth > 8)
  .filter((node) => !node.closest(".math, .said, input, .dcv-band"))
  .filter((node) => {
    const { overflowX, overflowY } = getComputedStyle(node);
    const cuts = (overflow) => overflow === "hidden" || overflow === "clip";
    return cuts(overflowX) && node.scrollWidth > node.clientWidth + 2
      || cuts(overflowY) && node.scrollHeight > node.clientHeight + 2;
  })
  .map((node) => `${node.className}: ${node.textContent.trim().slice(0, 40)}`)"""

# The spacing that readers may choose by criterion 1.4.12.
SPACED = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }
"""


@pytest.fixture(scope="module")
def page(request, browser):
    context = browser.new_context(viewport=DESKTOP, offline=True, reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield ExplorerPage(opened).open(HTML / "book" / f"{request.param}.html")
    context.close()


each_kind = pytest.mark.parametrize("page", KINDS, indirect=True, scope="module")


def focused_in_order(page, key, most=600):
    """Return what gets the focus when a key is pressed again and again, until it leaves the page."""
    found = []
    for _ in range(most):
        page.page.keyboard.press(key)
        focused = page.page.evaluate(FOCUSED)
        if focused is None:
            return found
        for _ in range(20):
            if focused["seen"]:
                break
            page.page.wait_for_timeout(50)  # it may still be on its way
            focused = page.page.evaluate(FOCUSED)
        found.append(focused)
    raise AssertionError(f"the focus never leaves the page; it was last on {found[-3:]}")  # (2.1.2)


@needs_book
@each_kind
def test_focus_is_seen_and_goes_on(page):
    for key in ("Tab", "Shift+Tab"):
        found = focused_in_order(page, key)
        assert len(found) > 20
        assert [at["name"] for at in found if not at["ring"]] == []  # (2.4.7)
        assert [at["name"] for at in found if not at["seen"]] == []  # (2.4.11): no header lies on it
        if key == "Tab":
            assert found[0]["first"]  # (2.4.1)


@needs_book
@each_kind
def test_skip_link_leads_to_the_text(page):
    page.page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0) }")
    page.page.locator(".skip-link a").focus()
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("() => document.activeElement.closest('main') !== null")


@needs_book
@each_kind
def test_targets_are_large_or_apart(page):
    assert page.page.evaluate(CROWDED) == []  # (2.5.8)


@needs_book
@each_kind
def test_nothing_is_lost_when_enlarged_or_spaced(page):
    page.page.set_viewport_size({"width": 320, "height": 640})  # a window of 1280 pixels at 400 %
    page.settle()
    assert page.overflow() <= 0  # (1.4.10)
    assert page.page.evaluate(CUT_OFF) == []
    page.page.set_viewport_size(DESKTOP)
    spacing = page.page.add_style_tag(content=SPACED)
    page.settle()
    assert page.overflow() <= 0  # (1.4.12)
    assert page.page.evaluate(CUT_OFF) == []
    spacing.evaluate("(style) => style.remove()")


@needs_book
@each_kind
def test_nothing_moves_where_motion_is_unwelcome(page):
    assert page.page.evaluate("() => document.documentElement.lang") == "en"  # (3.1.1)
    slow = """() => [...document.querySelectorAll("*")].filter((node) => {
      const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(node);
      return Math.max(...`${transitionDuration}, ${animationDuration}`.split(",").map(parseFloat)) > 0.001
        || scrollBehavior === "smooth";
    }).map((node) => node.outerHTML.slice(0, 80))"""
    assert page.page.evaluate(slow) == []


@needs_book
@pytest.mark.parametrize("page", ["glossary"], indirect=True, scope="module")
def test_paper_is_light(page):
    page.set_theme("dark")
    theme = (
        """(event) => { dispatchEvent(new Event(event)); return document.documentElement.dataset.theme }"""
    )
    assert page.page.evaluate(theme, "beforeprint") == "light"
    assert page.page.evaluate(theme, "afterprint") == "dark"
    page.set_theme("light")


@pytest.fixture(scope="module")
def address():
    """The address of the book, served from this machine."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def served(browser, address):
    context = browser.new_context(viewport=DESKTOP)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield ExplorerPage(context.new_page()), address
    context.close()


@needs_book
def test_search_shows_the_text_and_says_how_much_it_found(served):
    page, address = served
    page.page.goto(f"{address}/{SEARCH}")
    context = page.page.locator("#search-results li .context").first
    context.wait_for()
    assert "receptive field" in context.inner_text().lower()
    summary = page.page.locator(".search-summary", has_text="found")
    summary.wait_for()
    assert page.page.get_by_role("status").inner_text() == summary.inner_text()  # (4.1.3)
    assert page.errors == []


@needs_book
def test_copying_is_said(served):
    page, address = served
    page.page.goto(f"{address}/book/exercises/03_convolution.html")
    button = page.page.locator(".copybtn").first
    button.focus()
    page.page.keyboard.press("Enter")
    page.page.get_by_role("status").filter(has_text="Copied!").wait_for()  # (4.1.3)


@needs_book
def test_tips_go_away_and_the_focus_comes_back(served):
    page, address = served
    page.page.goto(f"{address}/book/glossary.html")
    toggle, tip = page.page.locator(".primary-toggle:visible"), page.page.locator(".tooltip.show")

    def shows_tip():
        page.page.mouse.move(9, 400)
        toggle.hover()
        page.page.wait_for_timeout(500)
        return tip.count() > 0

    page.wait_until(shows_tip, "no tip")  # what makes them is loaded after the first move
    page.page.keyboard.press("Escape")
    tip.first.wait_for(state="detached")  # (1.4.13)
    page.page.set_viewport_size({"width": 390, "height": 800})
    toggle.click()
    page.page.locator("dialog#pst-primary-sidebar-modal[open]").wait_for()
    page.page.keyboard.press("Escape")
    page.page.wait_for_function("() => document.activeElement.matches('.primary-toggle')")  # (2.4.3)
