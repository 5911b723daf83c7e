"""Expectations fail when they should, and say it so that a learner understands."""

import numpy as np
import pytest

from dcv_grader.checks import (
    Unmet,
    describe,
    expect,
    expect_array,
    expect_close,
    expect_equal,
    expect_raises,
    run_test,
)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (3, 3),
        (np.int64(3), 3),
        ((3, 4), (3, 4)),
        (2.5, 2.5),
        ("same", "same"),
        (None, None),
        (np.array([1, 2]), np.array([1, 2])),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_equal(got, want):
    expect_equal(got, want)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (4, 3),
        (3.0, 3),
        (True, 1),
        (None, 0),
        ([3, 4], (3, 4)),
        ("3", 3),
        (2.5000001, 2.5),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1, 2]), np.array([[1, 2]])),
        (np.array([1.0, 2.0]), np.array([1, 2])),
        (np.array([1, 2]), [1, 2]),
        (..., 3),
    ],
)
def test_unequal(got, want):
    with pytest.raises(Unmet):
        expect_equal(got, want)


def test_close():
    expect_close(0.1 + 0.2, 0.3)
    expect_close([1, 2], [1.0, 2.0])
    expect_close(np.float32(1e-9), 0)
    expect_close([np.nan], [np.nan])


@pytest.mark.parametrize("got", [0.31, None, "0.3", [0.3], [[0.3], [0.3, 0.3]], np.nan])
def test_not_close(got):
    with pytest.raises(Unmet):
        expect_close(got, 0.3)


def test_shape_is_named_first():
    with pytest.raises(Unmet, match=r"expected the shape \(2, 2\), got the shape \(4,\)"):
        expect_close(np.zeros(4), np.zeros((2, 2)))


def test_array():
    expect_array(np.zeros((2, 3)), shape=(2, 3), dtype=float)
    expect_array(np.zeros(3, np.uint8))


@pytest.mark.parametrize("got", [[0.0, 0.0], np.zeros(2, np.float32), np.zeros((2, 1)), None])
def test_not_the_array(got):
    with pytest.raises(Unmet, match=r"an array of shape \(2,\) with dtype float64"):
        expect_array(got, shape=(2,), dtype=float)


def answer(value):
    if value < 0:
        raise ValueError("negative")
    if value > 100:
        raise NotImplementedError
    return value


def outcome(test):
    return run_test(test, {"answer": answer})


def test_raises():
    assert outcome(lambda answer: expect_raises(ValueError, answer, -1))["outcome"] == "right"
    assert outcome(lambda answer: expect_raises(Exception, answer, -1))["outcome"] == "right"
    wrong = outcome(lambda answer: expect_raises(TypeError, answer, -1))
    assert (wrong["expected"], wrong["got"]) == ("a TypeError", "ValueError: negative")
    wrong = outcome(lambda answer: expect_raises(ValueError, answer, 1))
    assert wrong["got"] == "no error, but 1"


def test_outcomes():
    assert outcome(lambda answer: expect_equal(answer(3), 3))["outcome"] == "right"
    assert outcome(lambda answer: expect_equal(answer(3), 4))["outcome"] == "wrong"
    assert outcome(lambda answer: expect_equal(answer(101), 4))["outcome"] == "not attempted"
    assert outcome(lambda other: expect_equal(other(3), 4))["outcome"] == "not attempted"
    assert run_test(lambda kernel: None, {"kernel": ...})["outcome"] == "not attempted"
    error = outcome(lambda answer: expect_equal(answer(-1), 4))
    assert error["got"] == "the error ValueError: negative"
    stumbled = outcome(lambda answer: expect(answer(3).shape == (3,), "a vector"))
    assert "AttributeError" in stumbled["got"]


def test_description():
    def test_small(answer):
        """A small array."""
        expect_close(answer(np.eye(2)[0]), 1 + np.eye(2))

    result = run_test(test_small, {"answer": lambda x: np.eye(2)})
    assert describe(result).splitlines() == [
        "✘ A small array.",
        "    call      answer([1., 0.])",
        "    expected  [[2., 1.],",
        "               [1., 2.]]",
        "    got       [[1., 0.],",
        "               [0., 1.]]",
    ]


def test_digest_forgives_rounding():
    def digest(value):
        return run_test(lambda answer: expect_equal(answer(1), 5), {"answer": lambda x: value}).get("digest")

    assert digest(0.3) == digest(0.1 + 0.2) == digest(np.float64(0.3))
    assert len({digest(value) for value in (0.3, 0.31, 3, [0.3], np.array([0.3]), None, "0.3")}) == 7
    assert digest(-0.0) == digest(0.0)


def test_large_values_are_shortened():
    wrong = run_test(lambda answer: expect_equal(answer(), 0), {"answer": lambda: np.zeros((9, 9))})
    assert wrong["got"] == "an array of shape (9, 9), float64, from 0 to 0"
    wrong = run_test(lambda answer: expect_equal(answer(), 0), {"answer": object})
    assert wrong["got"] == "an object of class object"
