"""One Chromium for all tests that look at pages; each gets a page of its own, with the network off.

What only these tests need is imported when they ask for it: the others start sooner without it.
"""

import os

import pytest
from chromium import OPTIONS, find_chromium
from repository import ROOT


def cannot_test(reason):
    """Fail where the tests must run, and skip loudly elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(f"NOT CHECKED: {reason}")


@pytest.fixture(scope="session")
def browser():
    """A running Chromium."""
    executable = find_chromium()
    if not executable:
        cannot_test("no Chromium on this machine, so no explorer was moved; install it or set DCV_CHROMIUM")
    if not (ROOT / "node_modules" / "axe-core").is_dir():
        cannot_test("the front-end libraries are missing, so no explorer was moved; run `make book` first")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A folder with the libraries of the book's pages."""
    from explorer_pages import copy_libraries

    folder = tmp_path_factory.mktemp("site")
    copy_libraries(folder / "_static")
    return folder


@pytest.fixture(scope="module")
def open_explorer(browser, site):
    """A function that writes the page of a panel and opens it; pages are closed after each module."""
    from explorer_pages import ExplorerPage, write_page

    contexts = []

    def open_page(panel, *, width=900, height=1000, theme="light", **options):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        path = write_page(panel, site, theme=theme)
        return ExplorerPage(page, panel.picture.front_end).open(path)

    yield open_page
    for context in contexts:
        context.close()
