"""The box of controls and picture: what it draws, says, embeds and survives."""

import base64
import os

import ipywidgets
import matplotlib.pyplot as plt
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from dcv.plots import draw_padding
from dcv.widgets import sliders

PNG = b"\x89PNG\r\n\x1a\n"


def draw_text(**values):
    """Draw what was chosen, so that another choice gives another picture."""
    fig, ax = plt.subplots(figsize=(2, 1))
    ax.set_title(str(values))
    return fig


def test_short_forms_become_the_widgets_that_they_stand_for():
    free = ipywidgets.FloatLogSlider(value=0.1, min=-3, max=0)
    box = sliders(
        draw_text,
        whole=(1, 9, 2),
        real=(0.0, 1.0),
        menu=["a", "b"],
        labelled={"one": 1, "two": 2},
        tick=True,
        free=free,
    )
    controls = box.children[0].children
    assert [type(control).__name__ for control in controls] == [
        "IntSlider", "FloatSlider", "Dropdown", "Dropdown", "Checkbox", "FloatLogSlider",
    ]  # fmt: skip
    assert (controls[0].min, controls[0].max, controls[0].step) == (1, 9, 2)
    assert controls[-1] is free
    assert box.values == {"whole": 1, "real": 0.0, "menu": "a", "labelled": 1, "tick": True, "free": 0.1}


def test_controls_start_at_the_defaults_of_the_function():
    def draw(size=4, padding="same", stride=99, other=None):
        return draw_text()

    box = sliders(draw, size=(1, 9), padding=["valid", "same"], stride=(1, 3), other=(2, 5))
    assert box.values == {"size": 4, "padding": "same", "stride": 3, "other": 2}


def test_controls_are_described_by_their_names_and_none_is_cut_off():
    box = sliders(draw_text, kernel_size=(1, 7), a_very_long_name_of_a_control=(0, 1))
    controls = box.children[0].children
    assert [control.description for control in controls] == ["kernel size", "a very long name of a control"]
    widths = {control.style.description_width for control in controls}
    assert len(widths) == 1
    assert float(widths.pop().removesuffix("em")) > 15


def test_a_description_of_the_author_is_kept():
    box = sliders(draw_text, sigma=ipywidgets.FloatSlider(description="σ in pixels"))
    assert box.children[0].children[0].description == "σ in pixels"


def test_moving_a_control_draws_again_with_the_new_value():
    asked = []

    def draw(**values):
        asked.append(values)
        return draw_text(**values)

    box = sliders(draw, size=(1, 9), kind=["a", "b"])
    size, kind = box.children[0].children
    pictures = [bytes(box.image.value)]
    size.value = 5
    pictures.append(bytes(box.image.value))
    kind.value = "b"
    pictures.append(bytes(box.image.value))
    assert asked == [{"size": 1, "kind": "a"}, {"size": 5, "kind": "a"}, {"size": 5, "kind": "b"}]
    assert box.values == {"size": 5, "kind": "b"}
    assert all(picture.startswith(PNG) for picture in pictures)
    assert len(set(pictures)) == 3


def test_no_figure_stays_open_even_if_drawing_fails():
    before = plt.get_fignums()

    def draw(size):
        plt.figure()  # forgotten
        fig = draw_text(size=size)
        if size == 3:
            raise ValueError("three is too many")
        return fig

    box = sliders(draw, size=(1, 5))
    box.children[0].children[0].value = 3
    assert plt.get_fignums() == before


def test_figures_that_were_open_before_stay_open():
    mine = plt.figure()
    sliders(draw_text, size=(1, 5))
    assert plt.fignum_exists(mine.number)


def test_an_error_is_shown_and_goes_away_and_the_last_good_picture_stays():
    box = sliders(draw_padding, size=(2, 9), kernel_size=(1, 7))
    size, kernel_size = box.children[0].children
    message, good = box.children[2], box.image.value
    kernel_size.value = 5
    assert "does not fit" in message.value
    assert box.image.value == good
    size.value = 9
    assert message.value == ""
    assert box.image.value != good


def test_other_errors_are_shown_with_their_name_and_as_text():
    def draw(size):
        if size > 1:
            raise TypeError("<b>no</b>")
        return draw_text()

    box = sliders(draw, size=(1, 2))
    box.children[0].children[0].value = 2
    assert "TypeError: &lt;b&gt;no&lt;/b&gt;" in box.children[2].value


def test_a_first_picture_that_fails_raises():
    with pytest.raises(ValueError, match="does not fit"):
        sliders(draw_padding, size=(2, 9), kernel_size=(5, 7))


def test_a_function_that_returns_no_figure_is_named_as_the_cause():
    with pytest.raises(TypeError, match="must return a matplotlib Figure, not NoneType"):
        sliders(lambda size: None, size=(1, 2))


@pytest.mark.parametrize(
    "form",
    [
        (1,),
        (1, 2, 3, 4),
        (5, 1),
        (1, 5, 0),
        ("a", "b"),
        [],
        {},
        3,
        "text",
        (True, False),
        ipywidgets.Layout(),
    ],
)
def test_forms_that_mean_nothing_are_refused(form):
    with pytest.raises(ValueError, match=r"^size must be"):
        sliders(draw_text, size=form)


def test_a_box_without_controls_is_refused():
    with pytest.raises(ValueError, match="at least one control"):
        sliders(draw_text)


def test_the_bundle_has_the_live_box_the_first_picture_and_a_stable_text():
    box = sliders(draw_text, alt="a grid of counts", size=(1, 9), kind=["a"])
    first = bytes(box.image.value)
    box.children[0].children[0].value = 5
    data, metadata = box._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == first
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == box.model_id
    assert data["text/plain"] == repr(box) == "sliders(draw_text, size, kind)"
    assert metadata == {"image/png": {"alt": "a grid of counts"}}


def test_the_picture_is_never_wider_than_the_page():
    assert sliders(draw_text, size=(1, 2)).image.layout.max_width == "100%"


def test_in_a_notebook_there_is_one_output_and_its_state_is_stored():
    code = [
        "from dcv.plots import draw_padding\nfrom dcv.widgets import sliders",
        "sliders(draw_padding, size=(5, 9), kernel_size=(1, 5))",
        "box = sliders(draw_padding, size=(5, 9), kernel_size=(1, 5))\nbox.children[0].children[0].value = 7",
        "draw_padding(5, 3);",
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in code])
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(env=environment)
    imports, shown, assigned, figure = [cell.outputs for cell in notebook.cells]
    assert imports == assigned == []
    assert len(shown) == 1
    assert set(shown[0].data) == {"image/png", "text/plain", "application/vnd.jupyter.widget-view+json"}
    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    model = shown[0].data["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert state[model]["model_name"] == "VBoxModel"
    # A plain figure is one picture; the semicolon leaves out what the function returned.
    assert [(output.output_type, set(output.data)) for output in figure] == [
        ("display_data", {"image/png", "text/plain"})
    ]
