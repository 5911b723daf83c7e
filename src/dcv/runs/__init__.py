"""The recorded runs: training that takes too long for a notebook, made once and stored in dcv/weights.

Each module has a function ``record_…(folder, **settings)`` that makes one run again; ``python -m dcv.runs``
(in the repository: ``make runs``) calls them and says how far each result lies from the stored one. Reading
a record does not load Keras.
"""

from dcv.runs.record import load_run

__all__ = ["load_run"]
