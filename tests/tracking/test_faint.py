"""Faint instances fill gaps on the way of the animal, and do nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.tracking.association import associate
from napari_mazetrack.tracking.candidates import NOTHING, Candidates
from napari_mazetrack.tracking.corrections import DeleteInstance
from napari_mazetrack.tracking.faint import LONGEST_GAP_S
from napari_mazetrack.tracking.pipeline import TrackSettings, compute_track
from napari_mazetrack.tracking.track import Source

FPS, LENGTH, THRESHOLD = 10.0, 30.0, 0.3
SURE, FAINT = 0.9, 0.2


def swim(n):
    """A circle at two body lengths a second, [T, 2]."""
    angle = 2 * LENGTH / FPS / 100 * np.arange(n)
    return 200 + 100 * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def seen(n, gap, xy_in_gap):
    """The swim, sure but for `gap`, where faint instances stand at `xy_in_gap` [S, T, 2]."""
    xy = np.stack([swim(n), *xy_in_gap], axis=1)
    score = np.full(xy.shape[:2], FAINT)
    score[:, 0] = SURE
    is_gap = np.isin(np.arange(n), gap)
    xy[is_gap, 0] = np.nan
    xy[~is_gap, 1:] = np.nan
    score[~np.isfinite(xy[..., 0])] = np.nan
    return Candidates(np.arange(n) / FPS, xy, score, LENGTH)


def way(candidates):
    return associate(candidates, 1, {}, THRESHOLD)[:, 0]


@pytest.mark.parametrize("gap_s", [0.2, 2, 15])
def test_faint_instances_on_the_way_fill_a_gap(gap_s):
    gap = range(20, 20 + int(gap_s * FPS))
    n = gap[-1] + 21
    there = seen(n, gap, [swim(n)])
    np.testing.assert_array_equal(way(there), np.where(np.isin(np.arange(n), gap), 1, 0))


@pytest.mark.parametrize("gap_s", [0.2, 2, 15])
@pytest.mark.parametrize("lengths_away", [8, 20])
def test_a_faint_thing_elsewhere_leaves_the_gap(gap_s, lengths_away):
    gap = range(20, 20 + int(gap_s * FPS))
    n = gap[-1] + 21
    thing = np.broadcast_to(swim(n)[gap[len(gap) // 2]] + lengths_away * LENGTH, (n, 2))
    assert (way(seen(n, gap, [thing]))[list(gap)] == NOTHING).all()


def test_of_two_faint_instances_the_one_on_the_way_is_taken():
    gap = range(20, 40)
    thing = np.broadcast_to([600.0, 100.0], (60, 2))
    assert (way(seen(60, gap, [thing, swim(60)]))[20:40] == 2).all()


def test_nothing_faint_is_taken_before_the_first_and_after_the_last_sure_sighting():
    gap = [*range(10), *range(50, 60)]
    np.testing.assert_array_equal(way(seen(60, gap, [swim(60)]))[gap], NOTHING)


def test_a_very_long_gap_stays():
    gap = range(20, 20 + int((LONGEST_GAP_S + 1) * FPS))
    n = gap[-1] + 21
    assert (way(seen(n, gap, [swim(n)]))[list(gap)] == NOTHING).all()


def test_several_animals_are_told_apart_by_sure_instances_alone():
    slot_of = associate(seen(60, range(20, 40), [swim(60)]), 2, {}, THRESHOLD)
    assert not (slot_of == 1).any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_sure_instances_are_chosen_as_if_there_were_no_faint_ones(seed):
    rng = np.random.default_rng(seed)
    n = 80
    xy = np.stack([swim(n), rng.uniform(0, 400, (n, 2)), swim(n) + rng.normal(0, 40, (n, 2))], axis=1)
    score = rng.choice([SURE, 0.5, FAINT], (n, 3))
    xy[rng.random((n, 3)) < 0.3] = np.nan
    every = Candidates(np.arange(n) / FPS, xy, score, LENGTH)
    sure = replace(every, xy=np.where((score >= THRESHOLD)[..., None], xy, np.nan))
    chosen, alone = way(every), way(sure)
    np.testing.assert_array_equal(chosen[alone != NOTHING], alone[alone != NOTHING])
    filled = (chosen != NOTHING) & (alone == NOTHING)
    assert (score[filled, chosen[filled]] < THRESHOLD).all()


@pytest.fixture
def raw(instances_at, raw_from):
    """Six seconds of a swim that is faint from 2 s to 4 s; the header tells what is sure."""
    path = swim(60)
    frames = [instances_at([(*path[i], 0.0)], score=[FAINT if 20 <= i < 40 else SURE]) for i in range(60)]
    found = raw_from(frames)
    return replace(found, header=replace(found.header, settings={"score_threshold": 0.5, "sure_from_score": THRESHOLD}))


def test_a_faint_animal_is_in_the_track_with_its_score(raw):
    track = compute_track(raw, np.arange(60) / FPS, TrackSettings())
    assert (track.source == Source.DETECTED).all()
    np.testing.assert_allclose(track.score[20:40, 0], FAINT, rtol=1e-6)


def test_a_person_may_delete_a_faint_instance(raw):
    x, y = swim(60)[30]
    track = compute_track(raw, np.arange(60) / FPS, TrackSettings(), [DeleteInstance(30, float(x), float(y))])
    assert track.source[30, 0] == Source.INTERPOLATED
    assert (np.delete(track.source[:, 0], 30) == Source.DETECTED).all()


def test_a_threshold_of_the_person_holds_for_faint_instances_too(raw):
    track = compute_track(raw, np.arange(60) / FPS, TrackSettings(score_threshold=0.25))
    assert not (track.source[20:40] == Source.DETECTED).any()


def test_detections_recorded_before_there_was_a_share_are_sure_from_the_threshold_on(raw):
    older = replace(raw, header=replace(raw.header, settings={"score_threshold": THRESHOLD}))
    times = np.arange(60) / FPS
    expected, track = (compute_track(one, times, TrackSettings()) for one in (raw, older))
    np.testing.assert_array_equal(track.keypoints_xy, expected.keypoints_xy)
