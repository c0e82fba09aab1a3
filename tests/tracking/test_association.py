from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.tracking import best_chain
from napari_mazetrack.tracking.association import associate
from napari_mazetrack.tracking.candidates import NOTHING, Candidates, find_fixtures

LENGTH = 30.0


def candidates(paths, scores, fps=30.0):
    """From paths [S, T, 2] (NaN: nothing) and their scores [S]."""
    xy = np.array(paths, float).swapaxes(0, 1)
    score = np.where(np.isfinite(xy[..., 0]), np.array(scores, float), np.nan)
    return Candidates(np.arange(len(xy)) / fps, xy, score, LENGTH)


def line(n, x=100.0, y=100.0, vx=2.0, vy=0.0):
    steps = np.arange(n)
    return np.stack([x + vx * steps, y + vy * steps], axis=1)


def only(path, frames):
    shown = np.full_like(path, np.nan)
    shown[list(frames)] = path[list(frames)]
    return shown


def test_one_animal_is_followed_whatever_slot_it_stands_in():
    n = 100
    animal, cue = line(n), line(n, 400, 300, 0)
    rng = np.random.default_rng(0)
    order = rng.random(n) < 0.5
    first = np.where(order[:, None], animal, cue)
    second = np.where(order[:, None], cue, animal)
    pair = candidates([first, second], [0.9, 0.9])
    pair.score[:] = np.where(order[:, None], [0.9, 0.5], [0.5, 0.9])
    np.testing.assert_array_equal(associate(pair, 1, {})[:, 0], np.where(order, 0, 1))


@pytest.mark.parametrize("fps", [5, 15, 30, 60])
def test_the_choice_does_not_depend_on_the_frame_rate(fps):
    """A false animal of 1.5 s is left out and one of 8 s, while the animal is gone, is taken, at any rate."""
    for duration_s, taken in ((1.5, False), (8.0, True)):
        n, first, last = int(16 * fps), int(4 * fps), int((4 + duration_s) * fps)
        away = [i for i in range(n) if not first <= i < last]
        pair = candidates(
            [only(line(n, vx=60 / fps), away), only(line(n, 600, 400, 0), range(first, last))], [0.9, 0.95], fps
        )
        slot_of = associate(pair, 1, {})[:, 0]
        assert (slot_of[(first + last) // 2] == 1) == taken
        assert slot_of[0] == 0


def test_a_cue_that_is_always_there_does_not_outshine_a_weak_animal():
    n, rng = 600, np.random.default_rng(0)
    cue = line(n, 400, 300, 0) + rng.normal(0, 0.4, (n, 2))
    animal = 200 + 80 * np.stack([np.cos(np.arange(n) / 40), np.sin(np.arange(n) / 40)], axis=1)
    seen = only(animal, np.flatnonzero(rng.random(n) < 0.6))
    pair = candidates([cue, seen], [0.8, 0.4])
    slot_of = associate(pair, 1, {})[:, 0]
    assert (slot_of == np.where(np.isfinite(seen[:, 0]), 1, NOTHING)).all()


def test_an_animal_that_rests_is_no_fixture():
    n, rng = 900, np.random.default_rng(1)
    resting = line(n, 200, 200, 0)
    resting[:100] += np.linspace(150, 0, 100)[:, None]
    resting += rng.normal(0, 0.03 * LENGTH, (n, 2))
    hand = only(line(n, 100, 300, 1.0), range(600, 690))
    pair = candidates([resting, hand], [0.7, 0.9])
    assert not find_fixtures(pair).any()
    assert (associate(pair, 1, {})[:600, 0] == 0).all()


def test_a_cue_alone_is_better_than_nothing():
    cue = candidates([line(300, 400, 300, 0)], [0.8])
    assert not find_fixtures(cue).any()


def test_a_weak_animal_alone_is_better_than_none():
    one = candidates([line(200, vx=4)], [0.3])
    assert (associate(one, 1, {}) == 0).all()


def test_frames_without_candidates_have_none():
    one = candidates([only(line(50), [*range(10), *range(30, 50)])], [0.9])
    slot_of = associate(one, 1, {})[:, 0]
    np.testing.assert_array_equal(slot_of == NOTHING, ~np.isfinite(one.xy[:, 0, 0]))


def test_an_anchor_leads_the_chain():
    n = 90
    pair = candidates([line(n, vx=0), line(n, 400, 300, 0)], [0.95, 0.6])
    assert (associate(pair, 1, {}) == 0).all()
    slot_of = associate(pair, 1, {(20, 0): (402.0, 300.0), (50, 0): (401.0, 300.0), (80, 0): (400.0, 299.0)})[:, 0]
    assert (slot_of[20:81] == 1).all()


def test_an_anchor_where_nothing_was_detected_is_no_slot():
    one = candidates([line(30)], [0.9])
    assert associate(one, 1, {(10, 0): (300.0, 400.0)})[10, 0] == NOTHING


@pytest.mark.parametrize("frame", [0, 5, 30, 55, 59])
def test_an_anchor_out_of_reach_in_a_short_film_drops_no_other_frame(frame):
    one = candidates([line(60)], [0.9])
    slot_of = associate(one, 1, {(frame, 0): (3000.0, 2000.0)})[:, 0]
    np.testing.assert_array_equal(slot_of, np.where(np.arange(60) == frame, NOTHING, 0))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), n_animals=st.integers(1, 3))
def test_slots_exist_and_are_given_once(seed, n_animals):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 300, (4, 25, 2))
    xy[rng.random((4, 25)) < 0.4] = np.nan
    found = candidates(xy, rng.uniform(0.1, 0.99, 4))
    anchors = {(int(rng.integers(25)), int(rng.integers(n_animals))): (150.0, 150.0) for _ in range(2)}
    slot_of = associate(found, n_animals, anchors)
    assert slot_of.shape == (25, n_animals)
    for frame, row in enumerate(slot_of):
        given_slots = row[row != NOTHING]
        assert len(set(given_slots.tolist())) == len(given_slots)
        assert np.isfinite(found.xy[frame, given_slots]).all()


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    n_false=st.integers(0, 3),
    share_seen=st.floats(0.3, 1.0),
    speed_px=st.floats(0.0, 40.0),
    anchored=st.booleans(),
)
def test_runs_without_a_choice_give_what_frame_by_frame_gives(seed, n_false, share_seen, speed_px, anchored):
    rng = np.random.default_rng(seed)
    n = 200
    path = 300 + np.cumsum(rng.normal(0, speed_px, (n, 2)), axis=0)
    false = [np.where(rng.random((n, 1)) < 0.1, rng.uniform(0, 600, (n, 2)), np.nan) for _ in range(n_false)]
    seen = np.where(rng.random((n, 1)) < share_seen, path, np.nan)
    film = candidates([seen, *false], [0.9, *rng.uniform(0.2, 0.95, n_false)], fps=25.0)
    anchors = {(int(rng.integers(n)), 0): (300.0, 300.0)} if anchored else {}
    at_once = associate(film, 1, anchors)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best_chain._Runs, "follow", lambda *_: None)
        np.testing.assert_array_equal(associate(film, 1, anchors), at_once)


def test_two_fast_animals_that_pass_each_other_keep_their_names():
    """At 5 fps the other one is nearer to where each was; only the direction tells them apart."""
    paths = [line(21, 100, 100, 40), line(21, 920, 112, -40)]
    found = candidates(paths, [0.9, 0.9], fps=5)
    slot_of = associate(found, 2, {})
    assert (slot_of == slot_of[0]).all()


def test_three_animals_are_kept_apart():
    n = 120
    paths = [line(n, 50, 100, 2), line(n, 350, 150, -2), line(n, 200, 30, 0, 1.5)]
    rng = np.random.default_rng(1)
    shuffled = np.array(paths).swapaxes(0, 1)
    orders = [rng.permutation(3) for _ in range(n)]
    shuffled = np.stack([frame[order] for frame, order in zip(shuffled, orders, strict=True)])
    found = Candidates(np.arange(n) / 30, shuffled, np.full((n, 3), 0.9), LENGTH)
    slot_of = associate(found, 3, {})
    tracks = shuffled[np.arange(n)[:, None], slot_of]
    steps = np.linalg.norm(np.diff(tracks, axis=0), axis=2)
    assert steps.max() < 3
