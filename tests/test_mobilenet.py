"""MobileNet is found, fetched whole or not at all, and refused with ways out."""

import hashlib
import json
import os
import time

import numpy as np
import pytest

from dcv import mobilenet_files, models
from dcv.mobilenet_files import FILES, WeightsUnavailableError, obtain

NAME = "imagenet_class_index.json"
CONTENT = b'{"0": ["n1", "grey_whale"], "1": ["n2", "tabby"]}'


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home of Keras, with downloads allowed, for a file of which we know the checksum."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("DCV_OFFLINE", raising=False)
    monkeypatch.setitem(FILES, NAME, ("https://example.org/", hashlib.sha256(CONTENT).hexdigest()))
    return tmp_path


def answer_with(monkeypatch, content):
    """Let the network deliver this, or raise it; return the addresses that are asked for."""
    asked = []

    def download(url, target):
        asked.append(url)
        if isinstance(content, Exception):
            target.write_bytes(CONTENT[:5])  # as a connection that breaks off leaves it
            raise content
        target.write_bytes(content)

    monkeypatch.setattr(mobilenet_files, "download", download)
    return asked


def left_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_fetches_once_and_keeps(home, monkeypatch):
    asked = answer_with(monkeypatch, CONTENT)
    assert obtain(NAME) == obtain(NAME) == home / "models" / NAME
    assert asked == [f"https://example.org/{NAME}"]
    assert left_in(home) == [f"models/{NAME}"]
    assert models.imagenet_class_names() == ["grey whale", "tabby"]


@pytest.mark.parametrize("content", [b"<html>Please log in</html>", OSError("broke off")])
def test_leaves_nothing_of_a_download_that_fails(home, monkeypatch, content):
    answer_with(monkeypatch, content)
    with pytest.raises(WeightsUnavailableError, match="KERAS_HOME"):
        obtain(NAME)
    assert left_in(home) == []


def test_offline_asks_nobody(home, monkeypatch):
    asked = answer_with(monkeypatch, CONTENT)
    monkeypatch.setenv("DCV_OFFLINE", "1")
    start = time.monotonic()
    with pytest.raises(WeightsUnavailableError) as failure:
        models.load_mobilenet()
    assert time.monotonic() - start < 2
    assert asked == []
    assert left_in(home) == []
    for words in ("DCV_OFFLINE is set", "no such file", "mobilenet_2_5_224_tf.h5", str(home / "models")):
        assert words in str(failure.value)


def test_damaged_file_is_named_and_replaced(home, monkeypatch):
    (home / "models").mkdir()
    (home / "models" / NAME).write_bytes(CONTENT[:20])
    monkeypatch.setenv("DCV_OFFLINE", "1")
    with pytest.raises(WeightsUnavailableError, match="damaged"):
        obtain(NAME)
    monkeypatch.setenv("DCV_OFFLINE", "0")
    answer_with(monkeypatch, CONTENT)
    assert json.loads(obtain(NAME).read_text())["1"][1] == "tabby"


def test_folder_that_cannot_be_written(home, monkeypatch):
    answer_with(monkeypatch, CONTENT)
    (home / "models").write_text("a file where the folder should be")
    with pytest.raises(WeightsUnavailableError, match="Ways out"):
        obtain(NAME)


def test_size_must_leave_something():
    with pytest.raises(ValueError, match=r"at least 32 pixels.*got 16"):
        models.load_mobilenet(16)


@pytest.fixture
def weights_at_hand():
    """Skip, loudly, where the real weights are not there; nothing is downloaded for a test."""
    if not os.environ.get("KERAS_HOME"):
        pytest.skip("NOT CHECKED: KERAS_HOME is not set, so MobileNet was not run")
    try:
        for name in FILES:
            obtain(name)
    except WeightsUnavailableError:
        pytest.skip("NOT CHECKED: the weights of MobileNet are not in KERAS_HOME")


def test_network_is_the_published_one(weights_at_hand):
    names = models.imagenet_class_names()
    assert (len(names), names[0], names[281]) == (1000, "tench", "tabby")
    probabilities = models.load_mobilenet()(np.zeros((1, 224, 224, 3), np.float32)).numpy()
    assert probabilities.shape == (1, 1000)
    assert probabilities.sum() == pytest.approx(1, abs=1e-4)


def test_features_at_another_size(weights_at_hand):
    features = models.load_mobilenet(96, include_top=False)(np.zeros((2, 96, 96, 3), np.float32)).numpy()
    assert features.shape == (2, 256)
    assert features.min() >= 0
    assert features.max() <= 6
