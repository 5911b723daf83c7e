"""A network with more layers than fit beside each other: pointer, keys and finger reach them all."""

import pytest
from networks import TRAINED_RESIDUAL, images_for

from dcv.widgets import explore_network

CLASSES = "Class: arrow keys choose the one that is explained"
IN_SIGHT = """() => {
  const band = document.querySelector('.dcv-band').getBoundingClientRect();
  return [...document.querySelectorAll('.dcv-layer')].flatMap((layer, i) => {
    const { left, right } = layer.getBoundingClientRect();
    return left >= band.left - 1 && right <= band.right + 1 ? [i] : [];
  });
}"""


@pytest.fixture(scope="module")
def page_of_module(open_explorer):
    model = TRAINED_RESIDUAL()
    names = [f"class {i}" for i in range(10)]
    page = open_explorer(
        explore_network(model, images_for(model, 2), names), width=390, reduced_motion="reduce"
    )
    yield page
    assert page.errors == []


@pytest.fixture
def page(page_of_module):
    page_of_module.reopen()
    return page_of_module


def is_shaded(page):
    """Return whether there is more before and after what is in sight, as the edges of the band say."""
    frame = page.page.locator(".dcv-band-frame")
    return tuple(f"dcv-more-{side}" in frame.get_attribute("class") for side in ("before", "after"))


def test_buttons_lead_to_the_layers_out_of_sight(page):
    assert page.overflow() <= 0
    assert "Layers 1 to 4 of 31" in page.page.locator(".dcv-band-ways").inner_text()
    assert page.control("Earlier layers").is_disabled()
    assert is_shaded(page) == (False, True)
    page.click("Later layers")
    assert is_shaded(page) == (True, True)
    assert 0 not in page.page.evaluate(IN_SIGHT)
    for _ in range(20):
        if page.control("Later layers").is_enabled():
            page.click("Later layers")
    assert is_shaded(page) == (True, False)
    assert 30 in page.page.evaluate(IN_SIGHT)
    assert page.axe() == []


def test_a_menu_goes_to_any_layer(page):
    page.choose("Go to layer", "stage2_block1_add")
    assert page.numbers()["layer"] == "stage2_block1_add"
    assert page.numbers()["node"] in page.page.evaluate(IN_SIGHT)
    # What is chosen elsewhere is brought into sight too.
    page.press(CLASSES, "Home")
    assert page.numbers()["layer"] == "logits"
    assert 30 in page.page.evaluate(IN_SIGHT)
    assert page.control("Go to layer").input_value() == "logits"


def test_keys_go_through_all_layers(page):
    stops = "() => [...document.querySelectorAll('.dcv-layer .dcv-mosaic')].map((node) => node.tabIndex)"
    assert sum(index == 0 for index in page.page.evaluate(stops)) == 1
    page.press("Layer stem: arrow keys choose a map, Delete switches it off", "PageUp")
    for number in range(1, 31):
        page.page.keyboard.press("PageDown")
        page.settle()
        assert page.numbers()["node"] == number
        assert number in page.page.evaluate(IN_SIGHT)
        focused = page.page.evaluate("() => document.activeElement.ariaLabel")
        assert focused.startswith(f"Layer {page.numbers()['layer']}:")
        assert page.page.evaluate(stops)[number] == 0
    page.page.keyboard.press("PageDown")  # there is no other
    assert page.numbers()["node"] == 30


def test_names_of_layers_can_be_read_whole(page):
    cut = page.page.evaluate(
        """() => [...document.querySelectorAll('.dcv-layer-name')]
          .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent)"""
    )
    assert cut == []
    tops = page.page.evaluate(
        """() => [...document.querySelectorAll('.dcv-layer .dcv-mosaic')]
          .map((node) => Math.round(node.getBoundingClientRect().top))"""
    )
    assert len(set(tops)) == 1


def test_a_finger_scrolls_the_band_and_a_tap_chooses(page):
    allowed = "(node) => getComputedStyle(node).touchAction"
    assert page.page.locator(".dcv-layer .dcv-mosaic").first.evaluate(allowed) == "manipulation"
    before = page.numbers()
    mosaic = page.page.locator(".dcv-layer .dcv-mosaic").nth(2)
    mosaic.dispatch_event("pointerdown", {"pointerType": "touch"})
    assert page.numbers() == before
    mosaic.click()
    assert page.numbers()["node"] == 2
