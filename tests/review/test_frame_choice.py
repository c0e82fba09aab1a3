"""Which frames are worth labelling: unlike each other, or doubtful."""

import numpy as np
import pytest

from napari_mazetrack.review.frame_choice import (
    choose_unlike,
    compute_doubt_px,
    make_thumbnail,
    order_by_difference,
    order_by_doubt,
)
from napari_mazetrack.tracking.track import Source, Track


def room_with_animal(x, y, noise=0.0):
    """A grey room of 240 × 320 with a dark square of 20 px."""
    rng = np.random.default_rng(round(1000 * noise) + x + y)
    luma = 150 + noise * rng.standard_normal((240, 320))
    luma[y - 10 : y + 10, x - 10 : x + 10] = 30
    return np.clip(luma, 0, 255).astype(np.uint8)


def test_a_thumbnail_is_the_mean_of_blocks():
    luma = np.zeros((240, 320), np.uint8)
    luma[:5, :5] = 250
    thumbnail = make_thumbnail(luma)
    assert thumbnail.shape == (48, 64)
    assert thumbnail[0, 0] == 250
    assert thumbnail.sum() == 250
    assert make_thumbnail(np.zeros((7, 1000), np.uint8)).shape == (1, 62)  # never an empty one


def test_frames_that_look_alike_are_taken_once_and_never_when_labelled():
    places = {0: (50, 50), 1: (50, 50), 2: (200, 100), 3: (203, 100), 4: (50, 50), 5: (260, 200)}
    thumbnails = {frame: make_thumbnail(room_with_animal(*place, noise=2)) for frame, place in places.items()}
    assert choose_unlike([1, 0, 2, 4, 3, 5, 99], thumbnails, 6) == [1, 2, 3, 5]
    assert choose_unlike([1, 0, 2, 4, 3, 5], thumbnails, 2) == [1, 2]
    assert choose_unlike([1, 0, 2, 4, 3, 5], thumbnails, 6, [thumbnails[5], thumbnails[0]]) == [2, 3]


def test_one_frame_of_each_kind_comes_first():
    kinds = [(50, 50)] * 12 + [(200, 100)] * 3 + [(260, 200)] * 2 + [(120, 180)]
    thumbnails = {10 * i: make_thumbnail(room_with_animal(*place, noise=1)) for i, place in enumerate(kinds)}
    order = order_by_difference(thumbnails, 4)
    assert sorted(order) == sorted(thumbnails)
    assert {kinds[frame // 10] for frame in order[:4]} == set(kinds)
    assert order == order_by_difference(thumbnails, 4)  # the same film, the same frames
    assert order_by_difference({}, 4) == []
    assert len(order_by_difference(dict(list(thumbnails.items())[:2]), 4)) == 2


@pytest.fixture
def track():
    n = 40
    points = np.zeros((n, 1, 3, 2))
    points[:, 0, :, 0] = np.arange(n)[:, None] + [10.0, 0.0, -10.0]
    raw = points.astype(np.float32)
    raw[12, 0, 0] += 30  # a jump of the head
    sigma = np.full((n, 1, 3), 1.0, np.float32)
    sigma[25, 0, 2] = 9.0
    source = np.full((n, 1), Source.DETECTED, np.uint8)
    for frame, said in ((0, Source.MISSING), (31, Source.INTERPOLATED)):
        raw[frame], sigma[frame], source[frame] = np.nan, np.nan, said
    return Track(
        np.arange(n) / 10,
        ("a",),
        np.ones((n, 1), np.float32),
        np.zeros((n, 1, 4), np.float32),
        points,
        np.ones((n, 1, 3)),
        source,
        raw,
        sigma,
    )


def test_doubt_is_what_the_track_had_to_mend(track):
    doubt = compute_doubt_px(track)
    assert doubt[12] == pytest.approx(np.hypot(30, 30) + 1)
    assert doubt[25] == pytest.approx(9)
    assert doubt[31] == pytest.approx(20)  # missing between two: its length
    assert doubt[0] == 0  # before it was there
    assert doubt[5] == pytest.approx(1)


def test_doubtful_frames_come_first_and_apart(track):
    order = order_by_doubt(compute_doubt_px(track), track.time_s, 0.5, 6)
    assert order[:3] == [12, 31, 25]
    assert np.diff(sorted(order)).min() >= 5
    assert 0 not in order_by_doubt(compute_doubt_px(track), track.time_s, 0.0, 100)
