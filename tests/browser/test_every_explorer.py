"""What holds for each explorer: it works offline, by keyboard and by mouse, on a phone and in the dark."""

import re
from functools import partial
from pathlib import Path

import pytest
from explorer_pages import ExplorerPage, write_page
from explorers import EXPLORERS
from self_contained_pages import LIBRARIES

from dcv import widgets

# Where a slider is dragged to, as a share of its track: one of the two is not where it stands.
SHARES = (0.05, 0.6)
OTHER_KEYS = ["Home", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowRight"]


@pytest.fixture(scope="module", params=EXPLORERS)
def panel(request):
    return EXPLORERS[request.param]()


@pytest.fixture(scope="module")
def page(panel, open_explorer):
    page = open_explorer(panel)
    yield page
    # After everything that the tests of this page did.
    assert page.errors == []
    assert page.external_requests == []


def test_every_explorer_is_compared_with_python():
    """Each has a file of tests, which ends by counting the states that it compared."""
    files = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_explore_*.py")]
    counted = {name for text in files for name in re.findall(r'\bcompared_enough\("(\w+)"\)', text)}
    assert counted == {
        name.removeprefix("explore_") for name in widgets.__all__ if name.startswith("explore_")
    }


def test_opens_offline_without_complaint(page):
    assert page.errors == []
    assert page.external_requests == []
    assert any(url.endswith(LIBRARIES.as_posix()) for url in page.requests)
    assert page.page.locator(".dcv").count() == 1


def test_still_picture_gives_way(page):
    assert not page.page.locator(".explorer-still").is_visible()


def test_every_control_has_a_name_of_its_own(page, panel):
    names = page.control_names()
    assert all(name and name.strip() for name in names)
    assert len(set(names)) == len(names)
    descriptions = [control.description for control in panel._controls.values()]
    assert set(descriptions) <= set(names)


def reacts(page, kind, actions):
    """Return whether actions on a control change both the picture and the read-out.

    A field need not change the read-out: it may lie outside the window that this is about. Nor need a tick
    box, which says by itself what it is now.
    """
    look, readout = page.look(), page.readout()
    is_seen, is_said = False, kind in ("field", "tick box")
    for action in actions:
        action()
        is_seen = is_seen or page.look() != look
        is_said = is_said or page.readout() != readout
        if is_seen and is_said:
            return True
    return False


def silent_controls(page, actions_on):
    """Return the names of all controls that do not react to the actions that a function lists for them."""
    page.reopen()
    silent = []
    for name, kind in page.kinds().items():
        if name not in page.control_names():  # what was done to others may have taken this one away
            page.reopen()
        actions = actions_on(page, name, kind)
        if not actions or reacts(page, kind, actions):
            continue
        # What was done to other controls may leave this one nothing to do: dilation of a 1 × 1 kernel.
        page.reopen()
        if not reacts(page, kind, actions):
            silent.append(name)
    return silent


def keys_on(page, name, kind):
    keys = {"field": ["ArrowUp"], "tick box": ["Space", "Space"], "button": []}.get(kind, OTHER_KEYS)
    return [partial(page.press, name, key) for key in keys]


def mouse_on(page, name, kind):
    if kind == "slider":
        return [partial(page.drag, name, share) for share in SHARES]
    if kind == "picture":
        return [partial(page.point, name, share, share) for share in SHARES]
    if kind == "tick box":
        return [partial(page.click, name)] * 2
    if kind == "field":
        return [partial(page.click, name), partial(page.type, "7")]
    if kind == "menu":
        return [partial(page.choose_number, name, i) for i in [*range(page.count_options(name)), 0]]
    return []


def test_every_control_reacts_to_the_keyboard(page):
    assert silent_controls(page, keys_on) == []


def test_every_control_reacts_to_the_mouse(page):
    assert silent_controls(page, mouse_on) == []


def presses_with_enter(page, name):
    page.press(name, "Enter")


@pytest.mark.parametrize("press", [ExplorerPage.click, presses_with_enter], ids=["mouse", "keyboard"])
def test_buttons_do_something(page, press):
    page.reopen()
    for name, kind in page.kinds().items():
        if kind == "button" and name in page.control_names():
            look = page.look()
            press(page, name)
            page.wait_until(lambda look=look: page.look() != look, name)
            # A button that plays has a new name by now, and stops when it is pressed again.
            for playing in page.page.get_by_role("button", name="Pause").all():
                playing.click()


def test_the_readout_speaks(page):
    readout = page.page.locator(".dcv-readout")
    assert readout.get_attribute("aria-live") == "polite"
    assert any(character.isdigit() for character in page.readout())
    for canvas in page.page.locator(".dcv canvas").all():
        assert canvas.get_attribute("role") == "img"
        assert len(canvas.get_attribute("aria-label")) > 10


def test_axe_finds_nothing(page):
    page.set_theme("light")
    assert page.axe() == []
    page.set_theme("dark")  # which changes colours alone
    assert page.axe(rules=["color-contrast"]) == []


def test_dark_theme_is_dark(page):
    colours = []
    for theme in ("light", "dark"):
        page.set_theme(theme)
        colours.append(
            page.page.evaluate("() => getComputedStyle(document.querySelector('.dcv-readout')).color")
        )
        paper = page.page.evaluate(
            "() => getComputedStyle(document.querySelector('.widget-subarea')).backgroundColor"
        )
        assert paper == "rgba(0, 0, 0, 0)"
    assert colours[0] != colours[1]


def test_fits_on_a_phone(page):
    page.page.set_viewport_size({"width": 390, "height": 844})
    page.settle()
    assert page.overflow() <= 0
    too_wide = page.page.evaluate(
        """() => [...document.querySelectorAll('.dcv-panel *')].filter((node) => {
          const { right, left } = node.getBoundingClientRect();
          const canScroll = node.parentElement.closest('.dcv-scroll, .dcv-band');
          return right > left && right > window.innerWidth + 1 && !canScroll;
        }).map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert too_wide == []
    page.page.set_viewport_size({"width": 900, "height": 1000})


def test_reduced_motion_stops_animation(page):
    page.page.emulate_media(reduced_motion="reduce")
    page.wait_until(lambda: not any("Play" in name for name in page.control_names()), "something can play")
    for name in page.control_names():
        if "Next step" in name:
            page.click(name)
            look = page.look()
            page.page.wait_for_timeout(600)
            assert page.look() == look
    page.page.emulate_media(reduced_motion="no-preference")


def test_without_scripts_the_still_picture_is_there(browser, site):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(write_page(EXPLORERS["convolution"](), site).as_uri())
    assert page.locator(".explorer-still").is_visible()
    context.close()
