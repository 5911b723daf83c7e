"""Each network that ships has a card, and its numbers are those of the record."""

import json

import model_cards
import numpy as np
import pytest


def test_the_page_is_in_step():
    assert model_cards.PAGE.read_text(encoding="utf-8") == model_cards.page(), (
        "run `python tools/model_cards.py`"
    )


def test_every_network_has_a_card():
    assert set(model_cards.CARDS) == {path.stem for path in model_cards.WEIGHTS.glob("*.npz")}


@pytest.fixture
def folder(tmp_path):
    """A folder with one stored network."""
    record = {
        "name": "grid_detector",
        "date": "2026-01-02",
        "versions": {"keras": "3.13.2"},
        "machine": "CPU only",
        "data": {"name": "scenes", "sha256": "0123456789abcdef0123"},
        "settings": {"train_scenes": 3000, "seeds": [0, 1]},
        "runs": [{"test": {"map50": 0.75, "loss": 9.0}}, {"test": {"map50": 0.5, "loss": 9.0}}],
    }
    (tmp_path / "grid_detector.json").write_text(json.dumps(record))
    np.savez(tmp_path / "grid_detector.npz", kernel=np.zeros((3, 4)), bias=np.zeros(4))
    return tmp_path


def test_numbers_come_from_record_and_weights(folder):
    text = model_cards.page(folder)
    assert "| On test data: map50 | 0.625 (mean of 2 seeds, from 0.500 to 0.750) |" in text
    assert "| Settings | train scenes 3,000, seeds 0/1 |" in text
    assert "| Numbers stored | 16, in" in text
    assert "loss" not in text


def test_unknown_network_has_no_card(folder):
    for suffix in ("json", "npz"):
        (folder / f"grid_detector.{suffix}").rename(folder / f"another.{suffix}")
    with pytest.raises(ValueError, match="another"):
        model_cards.page(folder)
