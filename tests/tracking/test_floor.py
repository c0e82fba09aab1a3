"""The pattern of a floor: what stands still goes, the animal stays."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.tracking.floor import (
    BAND,
    LEAST_SEEN,
    REACH,
    FloorPattern,
    _still_picture,
    hidden_by,
    is_patterned,
)

SHAPE = (80, 100)
N_FRAMES = 15
WATER, ANIMAL = 120, 40


@pytest.fixture
def gravel() -> np.ndarray:
    return np.random.default_rng(3).integers(-40, 41, SHAPE)


def film(gravel: np.ndarray, left: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return frames of a patterned floor with a dark animal whose left edge is at `left`, and where it is."""
    is_animal = np.zeros((len(left), *SHAPE), bool)
    for frame, x in enumerate(left):
        is_animal[frame, 30:40, x : x + 12] = True
    return np.where(is_animal, ANIMAL, WATER + gravel).astype(np.uint8), is_animal


def test_what_stands_still_goes_and_the_animal_stays(gravel: np.ndarray) -> None:
    frames, is_animal = film(gravel, [5 * i for i in range(N_FRAMES)])
    pattern = FloorPattern.of_frames(frames, np.zeros_like(is_animal))
    flat = pattern.take_out(frames[6]).astype(int)
    floor = ~is_animal[6]
    assert np.std(frames[6][floor].astype(int)) > 20
    assert np.std(flat[floor]) < 8  # of the blur of a gravel so strong something is left
    assert np.mean(flat[floor]) == pytest.approx(WATER, abs=3)
    assert np.mean(flat[is_animal[6]]) < WATER - 50


def test_an_animal_that_stays_is_no_part_of_the_floor_where_it_was_seen(gravel: np.ndarray) -> None:
    frames, is_animal = film(gravel, [10] * (N_FRAMES - 4) + [70] * 4)  # most of the time at one place
    taken_for_floor = FloorPattern.of_frames(frames, np.zeros_like(is_animal))
    known = FloorPattern.of_frames(frames, is_animal)
    sits = is_animal[0]
    assert np.mean(taken_for_floor.take_out(frames[0])[sits]) > WATER - 50  # erased
    assert np.mean(known.take_out(frames[0])[sits].astype(int)) < WATER - 60
    assert np.std(known.take_out(frames[-1])[sits].astype(int)) < 8  # and its place is flat once it has left


def test_where_animals_hide_the_floor_in_nearly_all_frames_nothing_is_taken_out(gravel: np.ndarray) -> None:
    frames, is_animal = film(gravel, [10] * (N_FRAMES - LEAST_SEEN + 1) + [70] * (LEAST_SEEN - 1))
    pattern = FloorPattern.of_frames(frames, is_animal)
    flat = pattern.take_out(frames[0])
    np.testing.assert_array_equal(flat[is_animal[0]], frames[0][is_animal[0]])
    assert (flat != frames[0]).mean() > 0.5


def test_the_median_is_that_of_the_frames_that_show_a_place() -> None:
    rng = np.random.default_rng(8)
    frames = rng.integers(0, 256, (N_FRAMES, 2 * BAND + 7, 30), np.uint8)
    is_hidden = rng.random(frames.shape) < np.linspace(0, 1, 30)  # from none to all of the frames
    still, is_known = _still_picture(frames, is_hidden)
    np.testing.assert_array_equal(is_known, (~is_hidden).sum(axis=0) >= LEAST_SEEN)
    expected = np.ma.median(np.ma.array(frames, mask=is_hidden), axis=0)
    np.testing.assert_array_equal(still[is_known], expected[is_known])


def test_large_pictures_take_little_more_memory_than_their_frames() -> None:
    frames = np.zeros((N_FRAMES, 1000, 1000), np.uint8)
    is_hidden = np.ones(frames.shape, bool)
    is_hidden[LEAST_SEEN:] = False
    tracemalloc.start()
    try:
        FloorPattern.of_frames(frames, is_hidden)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * frames.nbytes


def test_tones_do_not_run_over() -> None:
    frames = np.full((N_FRAMES, *SHAPE), 250, np.uint8)
    frames[:, ::2] = 0
    pattern = FloorPattern.of_frames(frames, np.zeros(frames.shape, bool))
    dark, bright = (pattern.take_out(np.full(SHAPE, tone, np.uint8)).astype(int) for tone in (0, 255))
    assert dark[1::2].max() == 0  # nothing is darker than black …
    assert bright[::2].min() == 255  # … or brighter than white
    assert np.ptp(pattern.take_out(frames[0])[20:60, 20:80].astype(int)) < 10


def test_light_and_shade_stay() -> None:
    shade = np.tile(np.linspace(60, 180, SHAPE[1]), (SHAPE[0], 1)).astype(np.uint8)
    pattern = FloorPattern.of_frames(np.repeat(shade[None], N_FRAMES, 0), np.zeros((N_FRAMES, *SHAPE), bool))
    inner = np.s_[10:-10, 20:-20]
    np.testing.assert_allclose(pattern.take_out(shade)[inner].astype(int), shade[inner].astype(int), atol=2)


def test_gravel_is_a_pattern_and_noise_or_one_animal_are_not(gravel: np.ndarray) -> None:
    floor = np.ones(SHAPE, bool)
    plain = np.full(SHAPE, WATER, np.uint8) + np.random.default_rng(1).integers(0, 12, SHAPE).astype(np.uint8)
    with_animal = plain.copy()
    with_animal[30:40, 20:32] = ANIMAL  # a sixtieth of the floor
    assert is_patterned((WATER + gravel).astype(np.uint8), floor)
    assert not is_patterned(plain, floor)
    assert not is_patterned(with_animal, floor)
    half = floor.copy()
    half[:, 50:] = False
    patterned_elsewhere = np.where(half, WATER, WATER + gravel).astype(np.uint8)
    assert not is_patterned(patterned_elsewhere, half)
    assert not is_patterned(plain, np.zeros(SHAPE, bool))


def test_an_animal_hides_its_box_and_some_of_what_is_around_it() -> None:
    found = Instances(
        np.ones(2, np.float32),
        np.array([[20, 30, 40, 40], [90, 70, 120, 90]], np.float32),  # the second reaches out of the picture
        np.zeros((2, 3, 2), np.float32),
        np.ones((2, 3), np.float32),
    )
    is_hidden = hidden_by(found, SHAPE)
    reach = int(REACH * 20)
    assert is_hidden[30 - reach : 40 + reach, 20 - reach : 40 + reach].all()
    assert not is_hidden[: 30 - reach].any()
    assert is_hidden[-1, -1]
    assert not hidden_by(Instances.empty(3), SHAPE).any()
