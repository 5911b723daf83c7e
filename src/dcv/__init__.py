"""Helper functions of the course *Deep Computer Vision*.

The package itself imports nothing, so that a notebook pays only for what it uses: ``from dcv.ops import
conv2d`` needs NumPy alone, while ``dcv.models`` and ``dcv.training`` load Keras.
"""


def __getattr__(name):
    """Return the version when somebody asks for it: looking it up takes longer than all the rest."""
    if name == "__version__":
        from importlib.metadata import version

        return version("deep-computer-vision")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
