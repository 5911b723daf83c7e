"""Scenes: boxes fit what is drawn, and the same seed draws the same."""

import hashlib

import numpy as np
import pytest

from dcv import data, scenes
from dcv.boxes import box_area, pairwise_iou
from dcv.drawn import Dice, draw_background, paint
from dcv.scenes import CLASSES, box_around, draw_scene, draw_scenes


def random_generator(seed):
    return np.random.Generator(np.random.PCG64(seed))


def test_what_comes_back():
    drawn = data.scenes(40, size=72)
    assert drawn.class_names == CLASSES
    assert drawn.images.shape == (40, 72, 72, 3)
    assert drawn.images.dtype == np.uint8
    assert len(drawn.objects) == 40
    for boxes, labels in drawn.objects:
        assert 1 <= len(labels) <= scenes.LARGEST_COUNT
        assert boxes.shape == (len(labels), 4)
        assert boxes.min() >= 0
        assert boxes.max() <= 72
        assert box_area(boxes).min() > 0
    assert set(np.concatenate([labels for _, labels in drawn.objects])) == set(range(len(CLASSES)))


@pytest.mark.parametrize("size", [64, 96])
def test_boxes_are_tight_around_the_pixels_of_each_object(size, monkeypatch):
    """Paint one object white and all else black: then a pixel says how much of it the object covers."""
    monkeypatch.setattr(scenes, "add_noise", lambda image, dice, strongest: image)
    place_things = scenes.place_things
    compared = hidden = 0
    for seed in range(40):
        _, boxes, labels, _ = draw_scene(random_generator(seed), size)
        for i in range(len(labels)):

            def in_black_and_white(*arguments, white=i):
                things = place_things(*arguments)
                return [
                    thing._replace(colour=np.full_like(thing.colour, j == white))
                    for j, thing in enumerate(things)
                ]

            with monkeypatch.context() as patch:
                patch.setattr(scenes, "place_things", in_black_and_white)
                patch.setattr(scenes, "draw_background", black)
                image, same_boxes, *_ = draw_scene(random_generator(seed), size)
            np.testing.assert_array_equal(same_boxes, boxes)
            around = np.array(box_around(image[..., 0] >= 128))
            if (pairwise_iou(boxes[i : i + 1], boxes[i + 1 :]) > 0).any():
                # Where the edge of something in front crosses, a pixel may belong to three.
                assert np.abs(around - boxes[i]).max() <= 2
                hidden += 1
            else:
                np.testing.assert_array_equal(around, boxes[i])
                compared += 1
    assert compared > 40
    assert hidden > 10


def black(dice, size):
    """Take the same random numbers as the background does, and paint nothing."""
    image, grey = draw_background(dice, size)
    return np.zeros_like(image), grey


def test_each_object_shows_at_least_its_share():
    for seed in range(30):
        dice = Dice(random_generator(seed), 1)
        _, grey = draw_background(dice, 64)
        things = scenes.place_things(dice, 64, grey)
        seen = scenes.seen_at(things, 64)
        for i, thing in enumerate(things):
            assert (seen == i).sum() >= scenes.SMALLEST_VISIBLE * (thing.coverage >= 0.5).sum()


def test_a_later_object_lies_in_front():
    front = scenes.Thing(0, np.pad(np.ones((4, 4), np.float32), 2), np.ones((8, 8, 3), np.float32))
    behind = scenes.Thing(1, np.pad(np.ones((6, 6), np.float32), 1), np.zeros((8, 8, 3), np.float32))
    seen = scenes.seen_at([behind, front], 8)
    assert seen[0, 0] == -1
    assert seen[1, 1] == 0
    assert seen[3, 3] == 1
    image = np.full((1, 8, 8, 3), 0.5, np.float32)
    for thing in (behind, front):
        image = paint(image, thing.coverage, thing.colour)
    np.testing.assert_array_equal(image[0, :, :, 0][seen == 1], 1)
    np.testing.assert_array_equal(image[0, :, :, 0][seen == 0], 0)


def test_the_same_seed_draws_the_same_on_every_machine():
    digest = hashlib.sha256()
    drawn = draw_scenes(20, seed=3)
    digest.update(drawn.images.tobytes())
    for boxes, labels in drawn.objects:
        digest.update(boxes.astype("<f8").tobytes())
        digest.update(labels.astype("<i8").tobytes())
    assert digest.hexdigest() == "984ee8cf891914607e376aefd52945404e14d21589a970a04772e0265ea2fec8"


def test_the_first_scenes_do_not_depend_on_how_many_follow():
    few, many = draw_scenes(3, seed=5), draw_scenes(6, seed=5)
    np.testing.assert_array_equal(few.images, many.images[:3])
    assert not np.array_equal(few.images, draw_scenes(3, seed=6).images)


def test_no_scenes():
    assert draw_scenes(0).images.shape == (0, 64, 64, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"count": -1}, "count of 0 or more"), ({"count": 1, "size": 40}, "at least 48")],
)
def test_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_scenes(**arguments)
