"""What all explorers are made of: a picture that computes in the browser, and controls above it.

A `Picture` is the part that draws. Its front end is plain JavaScript: ``shared.js``, which all explorers have
in common, followed by a file of its own. What is in common travels to the browser once, in a `Common`, and
``loader.js`` joins the two there. A `Panel` puts ordinary ipywidgets above a picture and links them in the
browser. Nothing in between needs Python, so a panel goes on working in a page that has no kernel.

Only what ipywidgets 7 (in Colab) and 8 (in JupyterLab and the book) share is used here.
"""

import base64
import io
import sys
from pathlib import Path

import anywidget
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from IPython.display import display

from dcv.filters import LUMA

FOLDER = Path(__file__).parent
VIEW = "application/vnd.jupyter.widget-view+json"

LARGEST_SIDE = 256  # pixels; a larger image would make the picture follow the controls too slowly


def read_front_end(name):
    """Return the text of a file of the front end; a missing style sheet is an empty one.

    Parameters
    ----------
    name : str
        Name of a file beside this one, such as ``"pooling.js"``.

    Raises
    ------
    FileNotFoundError
        If there is no such file, unless it is a style sheet: not every explorer needs one of its own.

    Examples
    --------
    >>> read_front_end("shared.js").startswith("//")
    True
    """
    path = FOLDER / name
    return "" if path.suffix == ".css" and not path.exists() else path.read_text(encoding="utf-8")


class Common(ipywidgets.Widget):
    """What the front ends of all pictures share: a page or a notebook holds it once."""

    script = traitlets.Unicode().tag(sync=True)
    styles = traitlets.Unicode().tag(sync=True)

    _instance = None

    @classmethod
    def of_this_kernel(cls):
        """Return the one for all pictures; another one if it was closed, as by ``Widget.close_all()``."""
        if cls._instance is None or cls._instance.comm is None:
            cls._instance = cls(script=read_front_end("shared.js"), styles=read_front_end("shared.css"))
        return cls._instance

    def __repr__(self):
        return f"{type(self).__name__}()"


class Picture(anywidget.AnyWidget):
    """Base class of the pictures of all explorers.

    A subclass names its `front_end`, declares its traits with ``.tag(sync=True)``, lists in `choices` what
    the reader chooses, and draws itself for print in `draw_still`.
    """

    #: Names of the attributes that a reader can change and read back.
    choices = ()

    #: Name of the JavaScript file, and of a style sheet if the picture needs one, without suffix.
    front_end = None

    #: Names of further files that it shares with a few other pictures, read before its own.
    parts = ()

    _esm = read_front_end("loader.js")
    _common = traitlets.Instance(Common).tag(sync=True, **ipywidgets.widget_serialization)
    _script = traitlets.Unicode().tag(sync=True)
    _styles = traitlets.Unicode().tag(sync=True)

    @traitlets.default("_common")
    def _find_common(self):
        return Common.of_this_kernel()

    @traitlets.default("_script")
    def _read_script(self):
        return self.read_front_end_files(".js")

    @traitlets.default("_styles")
    def _read_styles(self):
        return self.read_front_end_files(".css")

    @classmethod
    def read_front_end_files(cls, suffix):
        """Return the text of its own files with a suffix, one after the other."""
        files = [*cls.parts, cls.front_end] if cls.front_end else []
        return "\n".join(text for name in files if (text := read_front_end(name + suffix)))

    def __repr__(self):
        # Without an address of memory, which would be another one in every run.
        return f"{type(self).__name__}()"

    def draw_still(self):
        """Return a Figure of the current state, for places where nothing moves: print, GitHub, e-mail."""
        raise NotImplementedError(f"{type(self).__name__} needs a method draw_still that returns a Figure")


class Panel(ipywidgets.VBox):
    """Controls above a picture: what every ``explore_...`` function returns.

    What the reader chose is read and set as attributes of the panel: ``panel.stride``,
    ``panel.stride = 2``; `choices` holds all of it.

    Parameters
    ----------
    picture : Picture
        The part that draws.
    controls : dict
        Trait of the picture → ipywidget that sets it. Menus are linked by their ``index``, so their trait is
        a whole number; all others by their ``value``.
    name : str
        Name of the function that made the panel, for its text form.
    alt : str
        What the still picture shows, in words.
    """

    _picture = None

    def __init__(self, picture, controls, *, name, alt):
        self._controls, self._name, self._alt = dict(controls), name, alt
        _describe(self._controls)
        row = ipywidgets.HBox(list(self._controls.values()), layout={"flex_flow": "row wrap"})
        row.add_class("dcv-controls")
        super().__init__([row, picture] if self._controls else [picture])
        self.add_class("dcv-panel")
        self._links = [
            _link((control, _linked_trait(control)), (picture, trait))
            for trait, control in self._controls.items()
        ]
        self._picture = picture
        self._first_picture = _png(picture.draw_still)

    @property
    def picture(self):
        """The picture below the controls."""
        return self._picture

    @property
    def choices(self):
        """What the reader chose: a dict name → value."""
        return {name: getattr(self.picture, name) for name in self.picture.choices}

    def __getattr__(self, name):
        # Only asked where the panel itself has no such attribute.
        if self._picture is not None and name in self._picture.choices:
            return getattr(self._picture, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name, value):
        if self._picture is None or name not in self._picture.choices:
            super().__setattr__(name, value)
            return
        setattr(self._picture, name, value)
        # In a browser the links do this; without one, nobody else would.
        for trait, control in self._controls.items():
            setattr(control, _linked_trait(control), getattr(self._picture, trait))

    def __dir__(self):
        return [*super().__dir__(), *self._picture.choices]

    def __repr__(self):
        return f"{self._name}({', '.join(self._picture.choices)})"

    def _repr_mimebundle_(self, **options):
        """Return the live panel and, for pages that cannot show it, a still picture."""
        data = {
            "text/plain": repr(self),
            "image/png": base64.b64encode(self._first_picture).decode(),
            VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.model_id},
        }
        return data, {"image/png": {"alt": self._alt}, **_colab_metadata()}

    if hasattr(ipywidgets.Widget, "_ipython_display_"):  # ipywidgets 7 would not ask for the bundle

        def _ipython_display_(self, **options):
            data, metadata = self._repr_mimebundle_()
            display(data, metadata=metadata, raw=True)


class ChosenName:
    """An attribute of a picture: the name behind the index that a menu sets.

    Parameters
    ----------
    index : str
        Name of the trait that holds the index.
    names : str
        Name of the attribute that holds all names, in the order of the menu.

    Examples
    --------
    >>> class Fruit(Picture):
    ...     fruit = ChosenName("fruit_index", "names")
    ...     fruit_index = traitlets.Int(0).tag(sync=True)
    ...     names = ("apple", "pear")
    >>> picture = Fruit(fruit_index=1)
    >>> picture.fruit
    'pear'
    >>> picture.fruit = "plum"
    Traceback (most recent call last):
    ValueError: fruit must be one of apple, pear, got 'plum'
    """

    def __init__(self, index, names):
        self.index, self.names = index, names

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, picture, owner=None):
        return self if picture is None else getattr(picture, self.names)[getattr(picture, self.index)]

    def __set__(self, picture, name):
        setattr(picture, self.index, index_of(name, getattr(picture, self.names), self.name))


class PlacePicture(Picture):
    """A picture in which the reader chooses a place that stays where it is when all else changes.

    Which position of a map lies there depends on sizes and strides: it is the one whose middle is nearest.
    A subclass says in `_middles` where the middles of all positions lie along an axis.
    """

    place = traitlets.List(traitlets.Float(), [0.0, 0.0], minlen=2, maxlen=2).tag(sync=True)

    def _middles(self, axis):
        raise NotImplementedError(f"{type(self).__name__} needs a method _middles(axis) that returns a list")

    @property
    def row(self):
        """The row of the chosen position in its map."""
        return self._nearest(0)

    @row.setter
    def row(self, row):
        self.place = [self._middle(0, row), self.place[1]]

    @property
    def column(self):
        """The column of the chosen position in its map."""
        return self._nearest(1)

    @column.setter
    def column(self, column):
        self.place = [self.place[0], self._middle(1, column)]

    def _nearest(self, axis):
        distances = [abs(middle - self.place[axis]) for middle in self._middles(axis)]
        return distances.index(min(distances))

    def _middle(self, axis, index):
        middles = self._middles(axis)
        if index not in range(len(middles)):
            name = ("row", "column")[axis]
            raise ValueError(f"{name} must be a whole number from 0 to {len(middles) - 1}, got {index!r}")
        return middles[index]


def index_of(name, names, what):
    """Return the place of a name among others.

    Parameters
    ----------
    name : str
        The name.
    names : sequence of str
        All that there are.
    what : str
        What the name stands for, for the message.

    Raises
    ------
    ValueError
        If `name` is not among `names`.

    Examples
    --------
    >>> index_of("min", ["max", "min"], "mode")
    1
    """
    if name not in names:
        raise ValueError(f"{what} must be one of {', '.join(names)}, got {name!r}")
    return names.index(name)


def array_trait():
    """Return a trait for an array, which travels to the browser as bytes; ``readGrid`` of shared.js reads it.

    Examples
    --------
    >>> class Pixels(Picture):
    ...     image = array_trait()
    >>> Pixels(image=np.zeros((4, 6), np.uint8)).image.shape
    (4, 6)
    """
    return traitlets.Instance(np.ndarray).tag(sync=True, to_json=_array_to_json)


def as_gray(image):
    """Return an image as an array that an explorer can compute with.

    Parameters
    ----------
    image : array_like
        (height, width), (height, width, 1) or (height, width, 3), at most 256 pixels a side. Colours become
        gray by their luma weights.

    Returns
    -------
    ndarray
        (height, width), uint8 if `image` is uint8, else float32.

    Raises
    ------
    ValueError
        If the shape or the size is another, or a value is not a finite real number.

    Examples
    --------
    >>> as_gray(np.full((2, 2, 3), 200, np.uint8))
    array([[200, 200],
           [200, 200]], dtype=uint8)
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim not in (2, 3) or image.size == 0 or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(
            "image must have the shape (height, width), (height, width, 1) or (height, width, 3),"
            f" got {image.shape}: pass one image, channels last"
        )
    if max(image.shape[:2]) > LARGEST_SIDE:
        raise ValueError(
            f"image must have at most {LARGEST_SIDE} × {LARGEST_SIDE} pixels, got {image.shape[:2]}:"
            " take a part of it, image[:256, :256], or every second pixel, image[::2, ::2]"
        )
    if image.dtype.kind not in "buif" or not np.isfinite(image).all():
        raise ValueError(f"image must hold finite real numbers, got dtype {image.dtype}")
    is_bytes = image.dtype == np.uint8
    if image.ndim == 3:
        image = image @ np.array(LUMA)
    return np.rint(image).astype(np.uint8) if is_bytes else image.astype(np.float32)


def slider(value, low, high, *, step=1):
    """Return a slider of whole numbers, or of real ones if `step` is real, as all explorers use it."""
    kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return kind(value=value, min=low, max=high, step=step)


def menu(index, options):
    """Return a menu that starts at the option with the number `index`."""
    return ipywidgets.Dropdown(options=list(options), index=index)


def _array_to_json(array, widget):
    """Return what the browser gets: shape, type and the numbers as bytes."""
    if array is None:
        return None
    kind = "uint8" if array.dtype == np.uint8 else "float32"
    return {"shape": list(array.shape), "dtype": kind, "data": np.ascontiguousarray(array, kind).tobytes()}


def _linked_trait(control):
    """Return the trait by which a control is linked: the value of a menu never reaches the browser."""
    return "index" if control.has_trait("index") else "value"


def _link(control, picture):
    """Link two (widget, trait) pairs in the browser; in Colab through the kernel, as `jslink` fails there."""
    link = ipywidgets.link if "google.colab" in sys.modules else ipywidgets.jslink
    return link(control, picture)


def _describe(controls):
    """Name each control after its trait, with room for the longest name."""
    for trait, control in controls.items():
        control.description = control.description or trait.removesuffix("_index").replace("_", " ")
    # The text of a tick box stands behind it, so it takes no room from the others.
    others = [control for control in controls.values() if not isinstance(control, ipywidgets.Checkbox)]
    width = 0.55 * max((len(control.description) for control in others), default=0) + 1
    for control in others:
        if control.style.has_trait("description_width"):
            control.style.description_width = f"{width:.1f}em"


def _png(draw):
    """Return the PNG of the figure that a function draws, which is closed: else it would show twice."""
    open_before, file = set(plt.get_fignums()), io.BytesIO()
    try:
        figure = draw()
        figure.savefig(file, format="png", dpi=figure.dpi)
    finally:
        for number in set(plt.get_fignums()) - open_before:
            plt.close(number)
    return file.getvalue()


def _colab_metadata():
    """Return where Colab finds the widget manager that knows anywidget; empty anywhere else."""
    output = sys.modules.get("google.colab.output")
    url = getattr(getattr(output, "_widgets", None), "_installed_url", None)
    return {VIEW: {"colab": {"custom_widget_manager": {"url": url}}}} if url else {}
