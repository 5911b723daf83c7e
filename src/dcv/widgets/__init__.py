"""Things to play with: controls above a picture.

`sliders` puts ordinary ipywidgets controls above the picture that a Python function draws. It uses only what
ipywidgets 7 (in Colab) and 8 (in JupyterLab and the book) share.
"""

from dcv.widgets.sliders import sliders

__all__ = ["sliders"]
