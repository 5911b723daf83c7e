"""The zip to read offline, unpacked and used as a reader would: from files, with the network off."""

import zipfile

import offline
import pytest
from explorer_pages import ExplorerPage
from test_built_book import HTML, IS_BUILT, needs_book

CHAPTER = "book/04_padding_stride.html"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The unpacked book."""
    if not IS_BUILT:
        pytest.fail(f"no book in {HTML}")
    target = tmp_path_factory.mktemp("zip") / "book.zip"
    assert offline.pack(HTML, target) < offline.LARGEST
    with zipfile.ZipFile(target) as file:
        file.extractall(target.parent)
    return target.parent / offline.DISTRIBUTION


@pytest.fixture
def reader(browser):
    context = browser.new_context(viewport={"width": 1300, "height": 1000}, offline=True)
    opened = ExplorerPage(context.new_page())
    opened.page.set_default_timeout(60_000)
    yield opened
    assert opened.external_requests == []
    context.close()


@needs_book
def test_search_finds_pages(folder, reader):
    page = reader.page
    page.goto((folder / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("dilation")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=dilation")
    results = page.locator("#search-results li a")
    results.first.wait_for()
    found = results.first.inner_text()
    results.first.click()
    page.wait_for_url("**/book/*.html*")
    assert found.split(" ")[0] in page.title() + page.locator("article").inner_text()


@needs_book
def test_chapter_is_read_and_left(folder, reader):
    page = reader.open(folder / CHAPTER).page
    # A quiz answers.
    quiz = page.locator("form.quiz").first
    quiz.locator("label").first.click()
    quiz.get_by_role("button", name="Check").click()
    assert quiz.locator(".quiz-feedback > :visible").count() == 1
    # A fold opens.
    fold = page.locator("article details:not(.quiz-source)").first
    fold.scroll_into_view_if_needed()
    fold.locator("summary").click()
    assert fold.evaluate("(fold) => fold.open")
    # An explorer moves.
    explorer = page.locator(".dcv-panel").first
    handle = explorer.locator(".noUi-handle").first
    before = explorer.locator(".dcv-readout").inner_text()
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "(text) => document.querySelector('.dcv-panel .dcv-readout').innerText !== text", arg=before
    )
    # And the chapter leads to the next one.
    title = page.locator(".right-next .prev-next-title").inner_text()
    page.locator(".right-next").click()
    page.wait_for_load_state()
    assert page.locator("article h1").first.inner_text().startswith(title)
    assert reader.errors == []
