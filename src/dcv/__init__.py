"""Helper functions of the course *Deep Computer Vision*.

The package itself imports nothing, so that a notebook pays only for what it uses: ``from dcv.ops import
conv2d`` needs NumPy alone, while ``dcv.models`` and ``dcv.training`` load Keras.
"""

from importlib.metadata import version

__version__ = version("deep-computer-vision")
