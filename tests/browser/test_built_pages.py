"""Each page of the built book in Chromium, from ``file://`` with the network off, as a reader sees it.

Pages are found, not listed, so that a new chapter is looked at too. As in `test_built_book`, they are
those of `make book` or of the folder that DCV_HTML names; where there are none, this is skipped unless
DCV_REQUIRE_BOOK is 1.
"""

import pytest
from built_book import pages, parsed
from explorer_pages import VIEW, ExplorerPage
from test_built_book import HTML, IS_BUILT, needs_book

PAGES = pages(HTML) if IS_BUILT else []
WITH_EXPLORERS = [path for path in PAGES if parsed(path).find("script", type=VIEW)]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1300, "height": 1000}


def has_explorers(path):
    return parsed(path).find("script", type=VIEW) is not None


# Loaded once; the tests only look, at another theme or another width.
@pytest.fixture(scope="module")
def page(request, browser):
    context = browser.new_context(viewport=DESKTOP, offline=True)
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield ExplorerPage(opened).open(request.param)
    context.close()


def on(paths):
    """Run a test on the pages of the book at some paths."""
    return pytest.mark.parametrize(
        "page", paths, indirect=True, scope="module", ids=lambda path: path.relative_to(HTML).as_posix()
    )


@needs_book
def test_pages_with_explorers_are_found():
    assert IS_BUILT, f"no book in {HTML}"
    assert WITH_EXPLORERS


@needs_book
@on(PAGES)
def test_opens_without_complaint_or_other_host(page):
    assert page.errors == []
    assert page.external_requests == []


@needs_book
@on(WITH_EXPLORERS)
def test_axe_finds_nothing(page):
    assert page.axe(".bd-article") == []
    page.set_theme("dark")  # which changes colours alone
    assert page.axe(".bd-article", rules=["color-contrast"]) == []
    page.set_theme("light")


@needs_book
@on(PAGES)
def test_fits_on_a_phone(page):
    page.page.set_viewport_size(PHONE)
    page.settle()
    assert page.overflow() <= 0
    page.page.set_viewport_size(DESKTOP)


@needs_book
def test_search_finds_pages_without_a_network(browser):
    context = browser.new_context(viewport=DESKTOP, offline=True)
    page = ExplorerPage(context.new_page())
    page.page.goto(f"{(HTML / 'search.html').as_uri()}?q=receptive+field")
    # Results come one after the other; this waits for the chapter's.
    page.page.locator("#search-results li a", has_text="Pool, and see further").first.click()
    page.page.wait_for_url("**/book/05_pooling.html*")
    assert page.errors == []
    assert page.external_requests == []
    context.close()
