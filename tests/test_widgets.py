"""Panels and pictures as Python sees them: what can be passed, read back and set, and what is stored."""

import base64
import sys
import types

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from explorers import EXPLORERS

from dcv.ops import correlate2d
from dcv.widgets import explore_convolution
from dcv.widgets.explorer import Panel, Picture, array_trait, as_gray, menu, slider

PNG = b"\x89PNG\r\n\x1a\n"
VIEW = "application/vnd.jupyter.widget-view+json"
IMAGE = np.arange(80, dtype=np.uint8).reshape(8, 10)


class Sample(Picture):
    """A picture with one trait of each kind."""

    choices = ("size", "kind_index", "area")
    image = array_trait()
    size = traitlets.Int(2, min=1).tag(sync=True)
    kind_index = traitlets.Int(0).tag(sync=True)

    @property
    def area(self):
        return self.size**2

    def draw_still(self):
        fig, ax = plt.subplots(figsize=(1, 1))
        ax.set_title(str(self.size))
        return fig


def sample_panel():
    return Panel(
        Sample(image=np.zeros((2, 3), np.float32)),
        {"size": slider(2, 1, 9), "kind_index": menu(0, ["a", "b"])},
        name="explore_sample",
        alt="a number",
    )


def test_controls_are_linked_in_the_browser():
    panel = sample_panel()
    assert all(isinstance(link, ipywidgets.widgets.widget_link.Link) for link in panel._links)
    ends = [(link.source[1], link.target[1]) for link in panel._links]
    assert ends == [("value", "size"), ("index", "kind_index")]


def test_in_colab_controls_are_linked_through_the_kernel(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    panel = sample_panel()
    size, kind = panel._controls.values()
    size.value, kind.index = 5, 1
    assert (panel.size, panel.kind_index) == (5, 1)


def test_controls_are_described_by_their_traits():
    assert [control.description for control in sample_panel()._controls.values()] == ["size", "kind"]


def test_choices_are_read_back_and_set():
    panel = sample_panel()
    assert panel.choices == {"size": 2, "kind_index": 0, "area": 4}
    panel.size = 6
    panel.kind_index = 1
    assert panel.choices == {"size": 6, "kind_index": 1, "area": 36}
    assert panel._controls["size"].value == 6
    assert panel._controls["kind_index"].index == 1
    assert set(panel.choices) <= set(dir(panel))


def test_other_attributes_are_the_box_itself():
    panel = sample_panel()
    panel.layout.width = "50%"
    assert panel.layout.width == "50%"
    with pytest.raises(AttributeError, match="Panel has no attribute 'speed'"):
        panel.speed  # noqa: B018
    with pytest.raises(traitlets.TraitError):
        panel.size = 0


def test_arrays_travel_as_bytes():
    state = Sample(image=np.array([[1, 2], [3, 4]], float)).get_state("image")["image"]
    assert (state["shape"], state["dtype"]) == ([2, 2], "float32")
    assert np.frombuffer(state["data"], np.float32).tolist() == [1, 2, 3, 4]
    state = Sample(image=np.array([[7]], np.uint8)).get_state("image")["image"]
    assert (state["dtype"], state["data"]) == ("uint8", b"\x07")


def test_a_picture_without_a_still_says_so():
    with pytest.raises(NotImplementedError, match="Bare needs a method draw_still"):
        type("Bare", (Picture,), {})().draw_still()


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_panel(name):
    before = plt.get_fignums()
    panel = EXPLORERS[name]()
    data, metadata = panel._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(PNG)
    assert data[VIEW]["model_id"] == panel.model_id
    assert data["text/plain"] == repr(panel) == repr(EXPLORERS[name]())
    assert "0x" not in repr(panel) + repr(panel.picture)
    assert len(metadata["image/png"]["alt"]) >= 20
    assert plt.get_fignums() == before
    assert set(panel.choices) == set(panel.picture.choices)
    assert data == {**panel._repr_mimebundle_()[0]}


@pytest.mark.parametrize("name", EXPLORERS)
def test_stills_repeat_exactly(name):
    first, second = (EXPLORERS[name]()._repr_mimebundle_()[0]["image/png"] for _ in range(2))
    assert first == second


def test_as_gray():
    colours = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    gray = as_gray(colours)
    assert gray.dtype == np.uint8
    assert np.abs(gray - colours @ np.array([0.299, 0.587, 0.114])).max() <= 0.5
    assert as_gray(colours / 255).dtype == np.float32
    assert as_gray(IMAGE[:, :, None]).shape == (8, 10)
    assert as_gray([[True, False]]).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros(5), "image must have the shape"),
        (np.zeros((2, 4, 4, 3)), "pass one image, channels last"),
        (np.zeros((3, 4, 4)), "channels last"),
        (np.zeros((0, 4)), "image must have the shape"),
        (np.zeros((300, 4)), "at most 256 × 256 pixels"),
        ([["a"]], "finite real numbers"),
        ([[np.nan]], "finite real numbers"),
        ([[1j]], "finite real numbers"),
    ],
)
def test_images_that_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        as_gray(image)


def test_convolution_reads_back_what_numpy_computes():
    panel = explore_convolution(IMAGE, stride=2, padding=1)
    assert (panel.filter, panel.kernel_size, panel.stride, panel.padding) == ("vertical_edges", 3, 2, 1)
    expected = correlate2d(IMAGE, panel.kernel, stride=2, padding=1)
    panel.position = 7
    assert (panel.row, panel.column) == divmod(7, expected.shape[1])
    assert panel.response == pytest.approx(expected[panel.row, panel.column])
    assert panel.picture.response_map == pytest.approx(expected)


def test_convolution_position_begins_again_after_the_last():
    panel = explore_convolution(IMAGE)
    panel.position = 6 * 8 + 1
    assert (panel.row, panel.column) == (0, 1)


def test_convolution_settings_move_the_controls():
    panel = explore_convolution(IMAGE)
    panel.filter, panel.kernel_size, panel.stride = "gaussian_blur", 5, 3
    controls = panel._controls
    assert controls["filter_index"].value == "gaussian blur"
    assert (controls["kernel_size"].value, controls["stride"].value) == (5, 3)
    assert panel.kernel.shape == (5, 5)
    assert panel.kernel.sum() == pytest.approx(1, abs=1e-6)


def test_convolution_kernel_can_be_set_and_is_forgotten_with_another_filter():
    panel = explore_convolution(IMAGE)
    panel.kernel = np.full((3, 3), 2)
    assert panel.response == pytest.approx(2 * IMAGE[:3, :3].sum())
    panel.filter = "identity"
    assert panel.kernel.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_convolution_takes_kernels_of_the_learner():
    panel = explore_convolution(IMAGE, [[-1, 1]])
    assert (panel.filter, panel.kernel.tolist()) == ("my kernel", [[-1, 1]])
    assert "kernel_size" not in panel._controls
    panel = explore_convolution(IMAGE, {"a": [[1]], "b": np.eye(2)}, filter="b")
    assert panel.kernel.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stride": 0}, "stride must be a whole number from 1 to 4, got 0"),
        ({"stride": 1.5}, "stride must be"),
        ({"padding": 4}, "padding must be a whole number from 0 to 3, got 4"),
        ({"kernel_size": 2}, r"kernel_size must be one of \[1, 3, 5, 7\], got 2"),
        ({"filter": "sobel"}, "filter must be one of identity, .*, got 'sobel'"),
        ({"kernels": {}}, "at least one"),
        ({"kernels": [1, 2]}, "my kernel must have the shape"),
        ({"kernels": {"big": np.ones((8, 8))}}, "big must have the shape .* each from 1 to 7"),
        ({"kernels": [[np.inf]]}, "finite real numbers"),
        ({"kernels": [["a"]]}, "finite real numbers"),
        ({"image": np.zeros((2, 2))}, "does not fit"),
    ],
)
def test_convolution_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_convolution(**{"image": IMAGE, **arguments})


def test_convolution_refuses_a_kernel_of_another_shape():
    panel = explore_convolution(IMAGE)
    with pytest.raises(ValueError, match=r"must have the shape \(3, 3\) of the chosen one, got \(2, 2\)"):
        panel.kernel = np.eye(2)
    with pytest.raises(traitlets.TraitError, match="kernel_size must be one of"):
        panel.kernel_size = 4
