"""Exercises from one source, and a grader that runs what students hand in without trusting it.

From bottom to top: `checks` (expectations, and what a learner's check says; copied into every student
notebook), `source` (reads exercises), `testing` (runs tests, names mistakes), `build`, `verify`.
Nothing here imports ``dcv``: a submission has an environment of its own.
"""
