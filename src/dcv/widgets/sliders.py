"""Controls above one picture that a Python function draws."""

import base64
import html
import inspect
import io

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import display


def sliders(draw, /, *, alt=None, **controls):
    """Return controls above the picture that a function draws of their values; moving one draws it again.

    Parameters
    ----------
    draw : function
        Takes the values of the controls by name and returns a matplotlib Figure. If it raises an error, the
        message is shown under the picture, and the last good picture stays.
    alt : str, optional
        What the first picture shows, in words, for readers who cannot see it.
    **controls
        One for each argument of `draw`. ``(low, high)`` or ``(low, high, step)`` becomes a slider, of whole
        numbers if all are whole; a list or a dict {label: value} a menu; True or False a tick box. Any
        ipywidget with a ``value`` is taken as it is. Sliders start at the default of the argument if it has
        one, else at their lowest value; menus at the default or at their first entry.

    Returns
    -------
    Explorer
        An ipywidgets box with ``values``, a dict of the current choices, and ``image``, the picture's widget.

    Raises
    ------
    ValueError
        If there is no control or one of another form, or whatever `draw` raises for the first picture.

    Examples
    --------
    >>> from dcv.plots import draw_padding
    >>> explorer = sliders(draw_padding, size=(5, 12), kernel_size=(1, 5, 2), padding=["valid", "same"])
    >>> explorer.values
    {'size': 5, 'kernel_size': 1, 'padding': 'valid'}
    """
    return Explorer(draw, alt=alt, **controls)


class Explorer(ipywidgets.VBox):
    """What `sliders` returns: the controls, the picture, and a line for messages."""

    def __init__(self, draw, /, *, alt=None, **controls):
        if not controls:
            raise ValueError("expected at least one control, such as kernel_size=(1, 7, 2)")
        self._draw, self._alt = draw, alt
        self._controls = {name: _control(name, form, draw) for name, form in controls.items()}
        _align(self._controls)
        # A first picture that fails is a mistake in the notebook, so that error is not caught.
        self._first_picture = self._picture()
        self.image = ipywidgets.Image(
            value=self._first_picture, format="png", layout={"max_width": "100%", "align_self": "flex-start"}
        )
        if alt and self.image.has_trait("tooltip"):  # ipywidgets 8; pictures of version 7 cannot have a name
            self.image.tooltip = alt
        self._message = ipywidgets.HTML()
        row = ipywidgets.HBox(list(self._controls.values()), layout={"flex_flow": "row wrap"})
        super().__init__([row, self.image, self._message])
        for control in self._controls.values():
            control.observe(self._redraw, "value")

    @property
    def values(self):
        """The current choices: a dict name → value."""
        return {name: control.value for name, control in self._controls.items()}

    def _picture(self):
        """Return the PNG of the figure for the current choices."""
        open_before = set(plt.get_fignums())
        try:
            figure, file = self._draw(**self.values), io.BytesIO()
            if not hasattr(figure, "savefig"):
                raise TypeError(f"the function must return a matplotlib Figure, not {type(figure).__name__}")
            figure.savefig(file, format="png", dpi=figure.dpi)
            return file.getvalue()
        finally:
            # A figure left open would appear a second time, below the cell.
            for number in set(plt.get_fignums()) - open_before:
                plt.close(number)

    def _redraw(self, change):
        try:
            self.image.value = self._picture()
            self._message.value = ""
        except Exception as error:  # in a callback, anything that is not shown here is never seen
            text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            self._message.value = f'<span role="alert">{html.escape(text)}</span>'

    def __repr__(self):
        # Stable, as nbval compares it: no memory address, no values that have one.
        name = getattr(self._draw, "__name__", type(self._draw).__name__)
        return f"sliders({', '.join([name, *self._controls])})"

    def _repr_mimebundle_(self, **kwargs):
        """Return the live box and, for pages that cannot show it, the first picture."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        data = {
            "text/plain": repr(self),
            "image/png": base64.b64encode(self._first_picture).decode(),
            "application/vnd.jupyter.widget-view+json": view,
        }
        return data, {"image/png": {"alt": self._alt}} if self._alt else {}

    if hasattr(ipywidgets.Widget, "_ipython_display_"):  # ipywidgets 7 would not ask for the bundle

        def _ipython_display_(self, **kwargs):
            data, metadata = self._repr_mimebundle_()
            display(data, metadata=metadata, raw=True)


def _control(name, form, draw):
    """Return the ipywidget that a form such as (1, 7, 2) stands for."""
    if isinstance(form, ipywidgets.Widget) and form.has_trait("value"):
        return form
    default = _default(draw, name)
    if isinstance(form, bool):
        return ipywidgets.Checkbox(value=form, indent=False)
    if isinstance(form, tuple) and len(form) in (2, 3) and all(_is_number(number) for number in form):
        low, high, step = form if len(form) == 3 else (*form, None)
        if low >= high or (step is not None and step <= 0):
            raise ValueError(
                f"{name} must be (low, high) or (low, high, step) with low < high and step > 0, got {form}"
            )
        start = min(max(default, low), high) if _is_number(default) else low
        if all(isinstance(number, int) for number in form):
            return ipywidgets.IntSlider(value=start, min=low, max=high, step=step or 1)
        return ipywidgets.FloatSlider(value=start, min=low, max=high, step=step or (high - low) / 20)
    if isinstance(form, list | dict) and len(form):
        options = list(form.items()) if isinstance(form, dict) else form
        menu = ipywidgets.Dropdown(options=options)
        if isinstance(default, str | int | float) and default in (
            form.values() if isinstance(form, dict) else form
        ):
            menu.value = default
        return menu
    raise ValueError(
        f"{name} must be (low, high), (low, high, step), a list or dict of choices, True, False"
        f" or an ipywidget with a value, got {form!r}"
    )


def _align(controls):
    """Describe each control by its name, with room for the longest of them."""
    for name, control in controls.items():
        control.description = control.description or name.replace("_", " ")
    width = 0.6 * max(len(control.description) for control in controls.values()) + 1
    for control in controls.values():
        if not isinstance(control, ipywidgets.Checkbox):
            control.style.description_width = f"{width:.1f}em"


def _default(draw, name):
    """Return the default that a function gives to an argument, or None."""
    parameter = inspect.signature(draw).parameters.get(name)
    return None if parameter is None or parameter.default is parameter.empty else parameter.default


def _is_number(value):
    """Return whether a value is a real number and not True or False."""
    return isinstance(value, int | float) and not isinstance(value, bool)
