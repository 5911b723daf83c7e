"""Points, neighbours and votes in the browser are those of NumPy."""

import numpy as np
import pytest
from explorer_pages import compared_enough

from dcv.data import load_shapes10
from dcv.widgets import explore_features

DATA = load_shapes10(100, 10)
CHOSEN = np.flatnonzero(DATA.train_labels < 3)
IMAGES, LABELS, NAMES = DATA.train_images[CHOSEN], DATA.train_labels[CHOSEN], DATA.class_names[:3]
RNG = np.random.default_rng(0)
FEATURES = {
    "pixels": IMAGES.reshape(len(IMAGES), -1) / 255,
    "hints": RNG.normal(size=(len(IMAGES), 6)) + 2 * np.eye(6)[LABELS],
}
PLANE = "Choose an image: arrow keys go to the next point in that direction"


@pytest.fixture(scope="module")
def page(open_explorer):
    page = open_explorer(explore_features(FEATURES, IMAGES, LABELS, NAMES))
    yield page
    assert page.errors == []


def components(name):
    """The plane by another way than the code's: eigenvectors of the covariance."""
    centred = FEATURES[name] - FEATURES[name].mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return centred @ vectors[:, :-3:-1]


PLANES = {name: components(name) for name in FEATURES}


def vote(name, number, count):
    """The numbers and distances of the nearest, and the label that most of them have."""
    distances = np.linalg.norm(FEATURES[name] - FEATURES[name][number], axis=1)
    distances[number] = np.inf
    order = np.argsort(distances, kind="stable")[:count]
    labels = LABELS[order].tolist()
    return order.tolist(), distances[order].tolist(), max(labels, key=labels.count)


def check(page, name, count):
    """Compare what is shown with NumPy."""
    shown = page.numbers()
    number = shown["number"]
    numbers, distances, label = vote(name, number, count)
    assert shown["others"] == numbers
    assert shown["distances"] == pytest.approx(distances, rel=1e-6)  # they travel as float32
    assert shown["vote"] == NAMES[label]
    right = [vote(name, i, count)[2] == LABELS[i] for i in range(len(LABELS))]
    assert abs(shown["accuracy"] - np.mean(right)) <= 1e-6
    assert np.abs(shown["point"]) == pytest.approx(np.abs(PLANES[name][number]), rel=1e-6, abs=1e-6)
    assert f"Image {number}, {NAMES[LABELS[number]]}" in page.readout()
    assert f"{100 * np.mean(right):.1f} %" in page.readout()
    page.compared(shown)
    return shown


# 2 · 4 · 5 states
@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("count", [1, 3, 6, 9])
def test_votes(page, name, count):
    page.choose("features", name)
    page.press("neighbours", "Home", *["ArrowRight"] * (count - 1))
    page.press("image number", "Home")
    for _ in range(5):
        check(page, name, count)
        page.press("image number", *["ArrowRight"] * 5)
    assert page.page.locator(".dcv-features-small:not([hidden])").count() == count
    assert page.page.locator(".dcv-features-link").count() == count


def test_open_markers_are_wrong_votes(page):
    page.choose("features", "pixels")
    page.press("neighbours", "Home")
    wrong = sum(vote("pixels", i, 1)[2] != label for i, label in enumerate(LABELS))
    assert page.page.locator(".dcv-features-chart .dcv-features-open").count() == wrong


def test_arrow_keys_follow_the_plane(page):
    page.choose("features", "hints")
    page.press(PLANE, "Home")
    points = []
    for _ in range(6):
        points.append(check(page, "hints", 1)["point"][0])
        page.press(PLANE, "ArrowRight")
    assert points == sorted(points)
    page.press(PLANE, "ArrowUp")
    lower = page.numbers()["point"][1]
    page.press(PLANE, "ArrowUp")
    assert page.numbers()["point"][1] >= lower


def test_a_click_chooses_the_nearest_point(page):
    markers = page.page.locator(".dcv-features-chart path[transform]")
    for i in (3, 17, 25):
        box = markers.nth(i).bounding_box()
        page.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.settle()
        place = np.array([PLANES["hints"][page.numbers()["number"]], PLANES["hints"][i]])
        assert np.ptp(place, axis=0).max() < 0.15 * np.ptp(PLANES["hints"])


def test_pictures_are_the_images(page):
    page.press("image number", "Home", "ArrowRight")
    found = page.page.evaluate(
        """() => {
          const canvas = document.querySelector('.dcv-features-image canvas');
          const context = canvas.getContext('2d');
          const at = (i, length) => Math.floor(((i + 0.4) / 32) * length);
          return Array.from({ length: 32 }, (_, i) =>
            [...context.getImageData(at(i, canvas.width), at(i, canvas.height), 1, 1).data].slice(0, 3));
        }"""
    )
    diagonal = IMAGES[1][np.arange(32), np.arange(32)]
    assert np.abs(np.array(found) - diagonal).max() <= 1


def test_two_gray_images(open_explorer):
    panel = explore_features({"a": [[0.0], [1.0]]}, IMAGES[:2, ..., 0], [0, 1], ["cat", "dog"], neighbours=1)
    page = open_explorer(panel)
    assert "neighbours" not in page.control_names()
    assert page.numbers()["others"] == [1]
    assert page.errors == []


def test_enough_states():
    compared_enough("features")
