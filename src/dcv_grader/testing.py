"""Run an exercise's tests on answers that are at hand, and learn to recognise its wrong answers."""

import hashlib
from collections import Counter

import numpy as np

from dcv_grader import checks
from dcv_grader.source import functions

#: What tests may use besides what they import and what the shared cells define.
HELPERS = {
    name: getattr(checks, name)
    for name in ("expect", "expect_array", "expect_close", "expect_equal", "expect_raises")
}


def run_code(*sources):
    """Return the names that code defines, run in order in one new namespace."""
    namespace = {"np": np, "__name__": "__main__"} | HELPERS
    for source in sources:
        exec(compile(source, "<exercise>", "exec"), namespace)
    return namespace


def generator(*parts):
    """Return random numbers that depend on all parts, and on nothing else.

    Parameters
    ----------
    *parts : str
        Such as a digest of the submission, the question and the test.
    """
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return np.random.default_rng(list(digest))


def run_tests(question, role, answers, *, shared=(), seed=""):
    """Return the results of all public or all hidden tests, as `checks.run_test` gives them.

    Parameters
    ----------
    question : Question
    role : str
        "test" or "hidden".
    answers : dict
        Functions and values by name.
    shared : list of str
        Code that runs before the tests are defined.
    seed : str
        Hidden tests draw other random numbers for each seed; public ones draw the same for everybody.
    """
    tests = run_code(*shared, getattr(question, role))
    return [
        checks.run_test(
            tests[name], answers, generator(seed, question.name, name) if role == "hidden" else None
        )
        for name in functions(getattr(question, role))
    ]


def fingerprints(question, shared=()):
    """Return by which failures of the public tests each wrong answer is recognised.

    Returns
    -------
    dict of str to str
        Digest of a failure → diagnosis. A failure that several wrong answers share is left out.
    """
    seen = {
        diagnosis: {
            result["digest"]
            for result in run_tests(question, "test", run_code(*shared, code), shared=shared)
            if result["outcome"] == "wrong"
        }
        for diagnosis, code in question.wrong.items()
    }
    counts = Counter(digest for digests in seen.values() for digest in digests)
    return {
        digest: diagnosis
        for diagnosis, digests in seen.items()
        for digest in sorted(digests)
        if counts[digest] == 1
    }
