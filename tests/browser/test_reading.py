"""What the pages add to the text in the browser: quizzes to answer, and what the reader has finished."""

import shutil

import pytest
from explorer_pages import STYLES, ExplorerPage
from repository import ROOT

SCRIPTS = ("quiz.js", "progress.js")
HEAD = """<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{}</head>
<body><nav class="bd-sidebar-primary" aria-label="Contents"><ul>
<li class="toctree-l1"><a href="01_one.html">One</a></li>
<li class="toctree-l1"><a href="02_two.html">Two</a></li></ul></nav>
<main class="bd-content"><article class="bd-article"><h1>A page</h1>{}</article></main></body></html>"""
QUIZ = """<div class="admonition admonition-check-yourself"><p class="admonition-title">Check yourself</p>
<p>How many windows fit?</p></div>
<details><summary>5</summary><p>No: two would leave the image.</p></details>
<details><summary>3, or <em>three</em></summary><p>Right, they start at 0, 1 and 2.</p></details>
<p>Text.</p><details><summary>A hint</summary><p>It is no answer.</p></details>"""
FOLDED = """<div class="cell tag_hide-input"><details class="admonition hide above-input"><summary>
<span class="collapsed admonition-title">Solution</span>
<span class="expanded admonition-title">Hide the solution</span>
</summary><pre>1 + 1</pre></details></div>"""
CARD = """<div class="sd-card"><div class="sd-card-title">{0}</div>
<a class="sd-stretched-link" href="{0}.html">
<span>{0}</span></a></div>"""
HOME = f'<div class="sd-container-fluid">{CARD.format("01_one")}{CARD.format("02_two")}</div>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The home page, and two chapters of which the first has a quiz."""
    folder = tmp_path_factory.mktemp("pages") / "book"
    folder.mkdir()
    for name in SCRIPTS:
        shutil.copyfile(ROOT / "book" / "_static" / name, folder / name)
    head = "".join(f'<link rel="stylesheet" href="{path.as_uri()}">' for path in STYLES)
    head += "".join(f'<script defer src="{name}"></script>' for name in SCRIPTS)
    for name, body in (("01_one", QUIZ), ("02_two", FOLDED), ("index", HOME)):
        (folder / f"{name}.html").write_text(HEAD.format(head, body), encoding="utf-8")
    return folder


@pytest.fixture
def open_page(browser, folder):
    """A function that opens a page by its name, in one window with nothing stored."""
    contexts = []

    def open_page(name, **options):
        contexts.append(browser.new_context(viewport={"width": 390, "height": 844}, offline=True, **options))
        return ExplorerPage(contexts[-1].new_page()).open(folder / f"{name}.html")

    yield open_page
    for context in contexts:
        context.close()


def shown_feedback(page):
    return [
        text for text in page.page.locator(".quiz-feedback > div >> visible=true").all_inner_texts() if text
    ]


def test_every_option_answers(open_page):
    page = open_page("01_one")
    group = page.page.get_by_role("group", name="How many windows fit?")
    assert group.locator("label").all_inner_texts() == ["5", "3, or three"]
    assert shown_feedback(page) == []
    for option, feedback, mark in (("5", "No: two would", "wrong"), ("3, or three", "Right, they", "right")):
        group.get_by_label(option).check()
        assert shown_feedback(page) == []  # nothing is told before the reader asks
        page.click("Check")
        (text,) = shown_feedback(page)
        assert text.startswith(feedback)
        assert group.locator("label", has_text=option).get_attribute("data-mark") == mark
    assert page.page.get_by_role("status").inner_text().startswith("Right")
    assert page.errors == []


def test_keyboard_is_enough(open_page):
    page = open_page("01_one")
    page.page.get_by_label("5").focus()
    for key in ("ArrowDown", "Tab", "Enter"):
        page.page.keyboard.press(key)
    assert shown_feedback(page)[0].startswith("Right")


def test_asking_without_an_answer_tells_nothing(open_page):
    page = open_page("01_one")
    page.click("Check")
    assert shown_feedback(page) == []
    assert page.errors == []


def test_only_answers_become_options(open_page):
    page = open_page("01_one")
    assert page.page.locator(".quiz input").count() == 2
    assert page.page.get_by_text("A hint").is_visible()
    assert not page.page.locator("summary", has_text="three").is_visible()


def test_folded_answers_stay_without_scripts(browser, folder):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((folder / "01_one.html").as_uri())
    assert page.locator("summary", has_text="three").is_visible()
    context.close()


def test_folded_answers_stay_on_paper(open_page):
    page = open_page("01_one").page
    page.emulate_media(media="print")
    assert page.locator("summary", has_text="three").is_visible()
    assert not page.locator(".quiz").is_visible()
    assert not page.locator(".chapter-done-box").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page, theme):
    page = open_page("01_one")
    page.set_theme(theme)
    page.page.get_by_label("I have finished this chapter").check()
    for option in ("5", "three"):
        page.page.get_by_label(option).check()
        page.click("Check")
        assert page.axe() == []
    assert page.overflow() <= 0


def test_a_folded_cell_shows_one_label(open_page):
    summary = open_page("02_two").page.locator("summary")
    assert summary.inner_text().strip() == "Solution"
    summary.click()
    assert summary.inner_text().strip() == "Hide the solution"


def marked(page):
    return page.page.locator(":has(> .chapter-done-mark)").all_text_contents()


def test_finished_chapters_are_remembered(open_page, folder):
    page = open_page("01_one")
    assert marked(page) == []
    page.page.get_by_label("I have finished this chapter").check()
    assert marked(page) == ["One✓"]
    page.open(folder / "02_two.html")
    assert not page.page.get_by_label("I have finished this chapter").is_checked()
    page.open(folder / "index.html")
    assert marked(page) == ["One✓", "01_one✓"]
    assert page.page.get_by_text("You have finished 1 of 2 chapters.").is_visible()
    assert page.page.get_by_role("img", name="finished").count() == 1  # a phone folds the contents
    assert page.axe() == []
    page.open(folder / "01_one.html")
    box = page.page.get_by_label("I have finished this chapter")
    assert box.is_checked()
    box.uncheck()
    page.open(folder / "index.html")
    assert marked(page) == []
    assert page.page.get_by_text("You have finished").is_hidden()
    assert page.external_requests == []


@pytest.mark.parametrize(
    "script", ["localStorage.setItem('chapters-done', '{')", "localStorage.setItem('chapters-done', '7')"]
)
def test_spoilt_memory_is_forgotten(open_page, script):
    page = open_page("01_one")
    page.page.evaluate(script)
    page.reopen()
    page.page.get_by_label("I have finished this chapter").check()
    assert marked(page) == ["One✓"]
    assert page.errors == []


def test_nothing_appears_where_nothing_can_be_kept(open_page, folder):
    page = open_page("02_two")
    page.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    )
    page.open(folder / "01_one.html")
    assert page.page.locator(".chapter-done-box").count() == 0
    assert page.page.locator(".quiz").count() == 1
    assert page.errors == []


def test_home_page_has_no_box(open_page):
    assert open_page("index").page.locator(".chapter-done-box").count() == 0
