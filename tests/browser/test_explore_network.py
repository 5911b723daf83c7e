"""All that can be done to a network and its image is done, and compared with what Python computes."""

import numpy as np
import pytest
from explorer_pages import compared_enough
from explorers import network as small_panel
from skimage.io import imsave

from dcv.widgets.network import _around
from dcv.widgets.network_forward import forward
from dcv.widgets.network_graph import Network

IMAGES = "Images: arrow keys choose one, the last is your own"
COVER = "Cover a part: arrow keys move the gray square"
CANVAS = "Your image: arrow keys move the brush, space paints"
CLASSES = "Class: arrow keys choose the one that is explained"
SOURCES = "Inputs of the sum: arrow keys choose one"


def stage(layer):
    """Return the name of the maps of a layer in the overview."""
    kind = "unit" if layer in ("average", "logits") else "map"
    return f"Layer {layer}: arrow keys choose a {kind}, Delete switches it off"


# --------------------------------------------------------------- what can be done, and what is shown


@pytest.fixture(scope="module")
def panel():
    return small_panel()


@pytest.fixture(scope="module")
def page(panel, open_explorer):
    page = open_explorer(panel)
    yield page
    assert page.errors == []
    assert page.external_requests == []


@pytest.fixture(autouse=True)
def begin_anew(page):
    page.reopen()


def check(page, panel):
    """Compare everything that the page shows with what the panel computes in Python."""
    shown = page.numbers()
    picture = panel.picture
    index = shown["imageIndex"]
    with picture.hold_trait_notifications():
        picture.image_index = index
        if index == len(picture.images):
            picture.own_pixels = page.page.evaluate("() => document.querySelector('.dcv').dcv.own()")
        for name, label in (("shift_right", "shift right"), ("shift_down", "shift down"), ("noise", "noise")):
            setattr(picture, name, int(float(page.control(label).get_attribute("aria-valuenow"))))
        picture.mirror = page.control("mirror").is_checked()
        picture.cover, picture.cover_row, picture.cover_column = shown["cover"]
        picture.switched_off = shown["switchedOff"]
        picture.node, picture.channel = shown["node"], shown["channel"]
        picture.row, picture.column = shown["row"], shown["column"]
    np.testing.assert_array_equal(shown["image"], panel.image.ravel())
    np.testing.assert_allclose(shown["logits"], panel.logits, atol=1e-5)
    np.testing.assert_allclose(shown["probabilities"], list(panel.probabilities.values()), atol=1e-6)
    assert shown["value"] == pytest.approx(panel.value, abs=1e-5)
    assert shown["prediction"] == panel.prediction
    assert f"{panel.prediction}, {100 * max(shown['probabilities']):.1f} %" in page.readout()
    assert page.readout().startswith(f"{panel.layer}, ")
    page.compared(shown)
    return shown


def test_everything_that_is_done_to_the_image(page, panel):
    seen = set()
    for i, keys in enumerate([["ArrowRight"], ["ArrowLeft"] * 2, ["ArrowRight"] * 3]):
        page.press(IMAGES, "Home", *["ArrowRight"] * i)
        for control in ("shift right", "shift down", "noise", "cover"):
            page.press(control, *keys)
            seen.add(tuple(check(page, panel)["image"]))
        page.press("mirror", "Space")
        page.press(COVER, "ArrowDown", "ArrowRight")
        shown = check(page, panel)
        assert shown["cover"][0] > 0
        seen.add(tuple(shown["image"]))
    page.point(COVER, 0.2, 0.7)
    size, *middle = check(page, panel)["cover"]
    assert middle == [2, 8]
    rows, columns = (
        np.arange(length)[_around(place, size)]
        for place, length in zip(middle, panel.image.shape[:2], strict=True)
    )
    covered = f"rows {rows[0]} to {rows[-1]}, columns {columns[0]} to {columns[-1]} gray: "
    assert covered in page.readout()
    assert len(seen) >= 12


def test_one_value_of_every_layer(page, panel):
    """Its place, its arithmetic, its receptive field; for three places of each."""
    picture = panel.picture
    for node in picture.nodes:
        for share in (0.1, 0.5, 0.9):
            page.point(stage(node["name"]), share, share)
            shown = check(page, panel)
            assert shown["layer"] == node["name"]
            total = shown["equation"][-2]
            assert float(total.replace("−", "-")) == pytest.approx(shown["value"], abs=6e-3)
            if node["kind"] == "conv":
                window, kernel, products = (np.array(term) for term in shown["terms"])
                np.testing.assert_allclose(products, window * kernel, atol=1e-6)
                tensors = picture._stored
                source, channel = shown["source"], shown["channel"]
                np.testing.assert_allclose(
                    kernel, tensors[node["kernel"]][:, :, source, channel].ravel(), rtol=1e-6
                )
                parts = np.array(shown["mosaic"]).reshape(*node["shape"][:2], -1)
                total = parts.sum(axis=2) + tensors[node["bias"]][channel]
                np.testing.assert_allclose(shown["maps"][0], total.ravel(), atol=1e-5)
                assert products.sum() == pytest.approx(parts[shown["row"], shown["column"], source], abs=1e-5)
                strength = np.abs(parts[shown["row"], shown["column"]])
                assert strength[source] == pytest.approx(strength.max())
            check_receptive_field(shown, panel)


def check_receptive_field(shown, panel):
    """Pixels outside change nothing; the rows and columns at its border change something."""
    picture = panel.picture
    top, left = shown["field"]["row"], shown["field"]["column"]
    bottom, right = top + shown["field"]["height"], left + shown["field"]["width"]
    image = panel.image.astype(np.float32) / 255
    noise = np.random.default_rng(0).random(image.shape, np.float32)
    outside = noise.copy()
    outside[top:bottom, left:right] = image[top:bottom, left:right]
    changed = [outside]
    for rows, columns in (
        (slice(top, top + 1), slice(left, right)),
        (slice(bottom - 1, bottom), slice(left, right)),
        (slice(top, bottom), slice(left, left + 1)),
        (slice(top, bottom), slice(right - 1, right)),
    ):
        border = image.copy()
        border[rows, columns] = noise[rows, columns]
        changed.append(border)
    node = shown["node"]
    # Without activations and with averages instead of maxima, so that no value hides what it depends on.
    network = Network(
        [
            {**part, "activation": {"name": "linear"}}
            if "activation" in part
            else {**part, "mode": "average"}
            if part["kind"] == "pool"
            else part
            for part in picture._network.nodes
        ],
        picture._network.tensors,
    )
    place = (shown["row"], shown["column"], shown["channel"])
    outputs = forward(network, np.stack([image, *changed]))[node]
    values = outputs.reshape(6, *picture._shape)[(slice(None), *place)]
    assert values[1] == pytest.approx(values[0], abs=1e-6)
    assert np.abs(values[2:] - values[0]).min() > 1e-7


def test_pixels_of_a_layer_are_reached_by_keys(page, panel):
    page.press(stage("first"), "End")
    assert check(page, panel)["channel"] == 5
    place = "Place in After ReLU: arrow keys move it"
    page.press(place, "Home")
    assert (check(page, panel)["row"], page.numbers()["column"]) == (0, 0)
    page.press(place, "ArrowDown", "ArrowRight", "ArrowRight")
    assert (check(page, panel)["row"], page.numbers()["column"]) == (1, 2)
    page.point(place, 0.95, 0.05)
    assert (check(page, panel)["row"], page.numbers()["column"]) == (9, 0)
    page.press(SOURCES, "End")
    assert page.numbers()["source"] == 2
    assert "first" not in page.readout().split("comes from ")[1]
    assert "input, blue" in page.readout()


def test_a_pooled_pixel_shows_its_window(page, panel):
    page.point(stage("pool"), 0.1, 0.5)
    shown = check(page, panel)
    window = np.array(shown["terms"][0])
    before = panel.picture.outputs[shown["node"] - 1][..., shown["channel"]]
    row, column = 2 * shown["row"], 2 * shown["column"]
    np.testing.assert_allclose(window, before[row : row + 2, column : column + 2].ravel(), atol=1e-5)
    assert window.max() == pytest.approx(shown["value"])
    # A click on the map before it chooses the window that holds the place.
    page.point("Place in sum, map {}: arrow keys move it".format(shown["channel"]), 0.5, 0.99)
    assert page.numbers()["column"] == 4


def test_switching_off(page, panel):
    page.point(stage("second"), 0.3, 0.5)
    before = check(page, panel)
    page.click("Switch this map off")
    off = check(page, panel)
    assert off["switchedOff"] == [[before["node"], before["channel"]]]
    assert off["value"] == 0
    assert off["logits"] != before["logits"]
    assert off["before"] == pytest.approx(before["probabilities"])
    assert "1 switched off" in page.readout()
    page.press(stage("first"), "Home", "Delete", "ArrowDown", "Delete")
    assert len(check(page, panel)["switchedOff"]) == 3
    page.press(stage("first"), "Delete")
    assert len(check(page, panel)["switchedOff"]) == 2
    page.click("Switch all on (2 off)")
    assert check(page, panel)["logits"] == pytest.approx(before["logits"])


def test_evidence_is_the_class_activation_map(page, panel):
    for label in range(3):
        page.press(CLASSES, "Home", *["ArrowDown"] * label)
        shown = check(page, panel)
        assert shown["explained"] == panel.picture.class_names[label]
        assert (shown["layer"], shown["channel"]) == ("logits", label)
        maps = panel.picture.outputs[[n["name"] for n in panel.picture.nodes].index("pool")]
        weights = panel.picture._stored[panel.picture.nodes[-1]["kernel"]][:, label]
        expected = maps @ weights / maps[..., 0].size
        np.testing.assert_allclose(shown["evidence"]["map"], expected.ravel(), atol=1e-5)
        assert shown["evidence"]["rest"] == pytest.approx(
            panel.picture._stored[panel.picture.nodes[-1]["bias"]][label], abs=1e-5
        )
        table = page.page.locator(".dcv-choice table:has-text('Softmax') tbody tr").all_inner_texts()
        cells = [row.split("\t") for row in table[:3]]
        assert [row[0] for row in cells] == panel.picture.class_names
        for row, probability in zip(cells, shown["probabilities"], strict=True):
            assert row[4] == f"{100 * probability:.1f} %"
    page.page.get_by_text("cup", exact=True).first.click()
    page.settle()
    assert page.numbers()["explained"] == "cup"


def test_an_image_of_the_readers_own(page, panel, tmp_path):
    page.click("Draw or load your own image")
    assert set(check(page, panel)["image"]) == {128}
    page.choose("Colour of the brush", "red")
    page.point(CANVAS, 0.3, 0.6)
    assert check(page, panel)["image"].count(200) == 4
    page.choose("Colour of the brush", "black")
    page.press(CANVAS, "Home", "Space", "ArrowDown", "ArrowDown", "Space")
    assert check(page, panel)["image"].count(0) == 24
    assert "Your own image, brush at row 2, column 0" in page.readout()
    page.click("Clear")
    assert set(check(page, panel)["image"]) == {128}
    own = np.random.default_rng(0).integers(0, 256, (12, 12, 3)).astype(np.uint8)
    imsave(tmp_path / "own.png", own, check_contrast=False)
    page.control("Load an image from a file").set_input_files(tmp_path / "own.png")
    page.page.wait_for_function("() => document.querySelector('.dcv').dcv.own().length > 0")
    page.settle()
    np.testing.assert_array_equal(check(page, panel)["image"], own.ravel())
    (tmp_path / "own.txt").write_text("no picture")
    page.control("Load an image from a file").set_input_files(tmp_path / "own.txt")
    page.page.get_by_text("own.txt is not a picture").wait_for()
    np.testing.assert_array_equal(check(page, panel)["image"], own.ravel())
    assert page.axe() == []


def test_hovering_shows_where_a_map_comes_from(page):
    page.point(stage("logits"), 0.5, 0.5, click=False)
    edges = page.page.locator(".dcv-edge")
    assert edges.count() == 6
    assert page.page.locator(".dcv-way").count() == 1
    page.page.mouse.move(1, 1)
    page.settle()
    assert edges.count() == 3


def test_a_network_that_fits_needs_no_way_to_other_layers(page):
    assert not page.page.locator(".dcv-band-ways").is_visible()


def test_hovering_over_a_large_map_shows_the_arithmetic_there(page, panel):
    page.point(stage("second"), 0.3, 0.5)
    chosen = check(page, panel)
    place = "Place in Sum + bias: arrow keys move it"
    page.point(place, 0.05, 0.95, click=False)
    over = page.numbers()
    assert (over["row"], over["column"]) == (0, 9)
    assert over["value"] == pytest.approx(
        panel.picture.outputs[over["node"]][0, 9, over["channel"]], abs=1e-5
    )
    assert over["terms"] != chosen["terms"]
    page.press(place, "ArrowDown")  # from the chosen place, though the pointer is elsewhere
    moved = check(page, panel)
    assert (moved["row"], moved["column"]) == (chosen["row"] + 1, chosen["column"])
    page.point(place, 0.05, 0.05, click=False)
    page.page.mouse.move(1, 1)
    page.settle()
    assert (check(page, panel)["row"], page.numbers()["column"]) == (moved["row"], moved["column"])


def test_axe_finds_nothing_in_any_view(page):
    for layer in ("second", "pool", "sum", "norm", "average", "logits"):
        page.point(stage(layer), 0.2, 0.5)
        assert page.axe() == [], layer
    page.press(stage("logits"), "Delete")
    page.set_theme("dark")
    assert page.axe() == []
    page.set_theme("light")


def test_enough_states():
    compared_enough("network")
