"""Planted faults are found, the worst first; a sound track leaves little to do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.events import EndReason, EventSettings, find_events
from napari_mazetrack.maze.measures.view import Maze, maze_of_trial
from napari_mazetrack.maze.swim import Swim, recorded_path
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.review.evidence import Evidence, evidence_of, find_runs
from napari_mazetrack.review.moment import Moment, MomentKind, Stake
from napari_mazetrack.review.queue import make_queue, sum_stakes
from napari_mazetrack.review.track_faults import find_jumps
from napari_mazetrack.tracking.track import Source, Track

FPS, N_FRAMES, PX_PER_CM = 30, 60 * 30, 4.0
ARENA = Arena(Ellipse(300, 300, 240, 240), diameter_cm=120, platforms={"platform": Platform("circle", 380, 220, 24)})
TRIAL = Trial(trial="t", kind=TrialKind.HIDDEN, release_s=0.0, limit_s=60.0)


def swim(seed: int = 0) -> Track:
    """A calm swim of about 20 cm/s that winds through the pool and keeps off its wall."""
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, 2)
    angle = np.arange(N_FRAMES)[:, None] / FPS * [0.4, 0.53] + phases
    xy = 300 + 150 * np.sin(angle)
    ahead = np.cos(angle) * [0.4, 0.53]
    ahead = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    points = np.stack([xy + 16 * ahead, xy, xy - 16 * ahead], axis=1)
    points = points[:, None]
    return Track(
        time_s=np.arange(N_FRAMES) / FPS,
        animals=("animal_1",),
        score=np.full((N_FRAMES, 1), 0.9, np.float32),
        box_xyxy=np.zeros((N_FRAMES, 1, 4), np.float32),
        keypoints_xy=points,
        sigma_px=np.full((N_FRAMES, 1, 3), 1.0),
        source=np.full((N_FRAMES, 1), Source.DETECTED, np.uint8),
        raw_keypoints_xy=points.astype(np.float32),
        raw_sigma_px=np.ones((N_FRAMES, 1, 3), np.float32),
    )


def queue_of(track: Track) -> list[Moment]:
    maze = maze_of_trial(ARENA, TRIAL)
    evidence = evidence_of(track, 0, maze)
    events = events_of(evidence, maze)
    return make_queue(evidence, events, EventSettings().escape_dwell_s)


def events_of(evidence: Evidence, maze: Maze):
    recording = Swim(evidence.time_s, evidence.xy_cm)
    return find_events(recording, recorded_path(recording, 1.0), TRIAL, maze.goal.area, EventSettings())


def plant(track: Track, seed: int) -> tuple[Track, list[tuple[int, int]]]:
    """Plant twenty faults: five flips, five false stretches, five gaps, three high σ, one outside, a false start."""
    rng = np.random.default_rng(seed)
    points, sigma, source = track.keypoints_xy.copy(), track.sigma_px.copy(), track.source.copy()
    places = [(60 + 90 * i, int(rng.integers(6, 18))) for i in range(19)]
    kinds = ["flip"] * 5 + ["jump"] * 5 + ["gap"] * 5 + ["unsure"] * 3 + ["outside"]
    planted = []
    for (first, length), kind in zip(places, rng.permutation(kinds), strict=True):
        frames = slice(first, first + length)
        if kind == "flip":
            points[frames, 0] = points[frames, 0, ::-1]
        elif kind == "jump":
            points[frames, 0] = 600 - points[frames, 0]  # its mirror image across the pool
            points[frames, 0] += np.array([40.0, -30.0])
        elif kind == "gap":
            long = slice(first, first + 45)
            points[long], sigma[long], source[long] = np.nan, np.nan, Source.MISSING
        elif kind == "unsure":
            sigma[frames] = 20.0
        else:
            points[frames, 0] += 1.6 * (points[frames, 0, 1:2] - 300)
        planted.append((first, first + length - 1))
    points[:20, 0] = points[20, 0] + np.array([150.0, -180.0])
    planted.append((0, 20))
    return replace(track, keypoints_xy=points, sigma_px=sigma, source=source), planted


@pytest.mark.parametrize("seed", range(5))
def test_nineteen_of_twenty_planted_faults_stand_among_the_first_25(seed: int):
    track, planted = plant(swim(seed), seed)
    first = queue_of(track)[:25]
    assert all(moment.time_s == track.time_s[moment.first_frame] for moment in first)
    found = [
        any(moment.first_frame <= last + 2 and first_ - 2 <= moment.last_frame for moment in first)
        for first_, last in planted
    ]
    assert sum(found) >= 19


def test_a_sound_track_has_only_its_ends_and_the_maze_to_look_at():
    queue = queue_of(swim())
    assert {moment.kind for moment in queue} <= {
        MomentKind.START,
        MomentKind.END,
        MomentKind.PLATFORM,
        MomentKind.BORDER,
    }
    assert sum_stakes([m for m in queue if m.kind == MomentKind.BORDER]).quadrant_s < 3


def straight(*, passes_at_px: float) -> Track:
    """A straight swim from left to right that passes the platform's centre at a distance."""
    track = swim()
    x = np.linspace(140, 460, N_FRAMES)
    body = np.stack([x, np.full(N_FRAMES, 220 + passes_at_px)], axis=1)
    points = np.stack([body + np.array([16, 0]), body, body - np.array([16, 0])], axis=1)[:, None]
    return replace(track, keypoints_xy=points)


def test_a_near_miss_puts_the_latency_at_stake():
    (moment,) = [m for m in queue_of(straight(passes_at_px=27)) if m.kind == MomentKind.PLATFORM]
    assert moment.said == "passes the platform's edge"
    passing_s = 60 * (380 - 140) / 320
    assert moment.stake.latency_s == pytest.approx(60 - passing_s, abs=3)


def test_a_wide_berth_is_no_near_miss():
    assert not [m for m in queue_of(straight(passes_at_px=60)) if m.kind == MomentKind.PLATFORM]


def test_a_stay_as_long_as_the_dwell_is_doubtful():
    track = straight(passes_at_px=0)
    points = track.keypoints_xy.copy()
    frames = np.arange(N_FRAMES)
    # Swims up to the platform, crosses it in 1.8 s, and goes on.
    x = np.interp(frames, [0, 600, 600 + 54, N_FRAMES - 1], [140, 356, 404, 500])
    points[:, 0, :, 0] = x[:, None] + np.array([16, 0, -16])
    evidence = evidence_of(replace(track, keypoints_xy=points), 0, maze_of_trial(ARENA, TRIAL))
    assert events_of(evidence, evidence.maze).end_reason == EndReason.LIMIT
    (moment,) = [m for m in queue_of(replace(track, keypoints_xy=points)) if "an escape takes" in m.said]
    assert moment.said == "stays 1.8 s on the platform; an escape takes 2 s"
    assert moment.stake.latency_s == pytest.approx(40, abs=1)


def test_one_stretch_stands_once():
    """A false stretch makes jumps, headings that turn and a place outside: one thing to look at."""
    track = swim()
    points = track.keypoints_xy.copy()
    points[300:310, 0] = points[300:310, 0, ::-1] + 400
    queue = queue_of(replace(track, keypoints_xy=points))
    here = [m for m in queue if m.first_frame <= 310 and m.last_frame >= 299 and m.kind != MomentKind.BORDER]
    assert [m.kind for m in here] == [MomentKind.JUMP]
    assert here[0].stake.heading_s >= 0
    assert "faster than it swims" in here[0].said


def test_a_drift_the_wrong_way_round_between_two_gaps_is_one_moment():
    """It never swims tail first, and no two detections next to each other turn about; only the gaps' ends do."""
    track = swim()
    points, source = track.keypoints_xy.copy(), track.source.copy()
    points[600:720] = points[600]  # rests for four seconds
    points[630:690, 0] = points[630:690, 0, ::-1]
    for gap in (slice(615, 630), slice(690, 705)):
        source[gap] = Source.INTERPOLATED
    flips = [m for m in queue_of(replace(track, keypoints_xy=points, source=source)) if m.kind == MomentKind.FLIP]
    assert [(m.first_frame, m.last_frame) for m in flips] == [(630, 689)]
    assert flips[0].stake.heading_s == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(("leap_px", "is_listed"), [(30, False), (140, True)])
def test_a_leap_in_a_gap_is_measured_by_how_this_animal_swims(leap_px: float, is_listed: bool):
    """Unseen for half a second, in which it swims 10 cm: 10 cm more are possible, 50 cm more are not."""
    track = swim()
    points, source = track.keypoints_xy.copy(), track.source.copy()
    points[400:] += leap_px
    source[385:400] = Source.INTERPOLATED
    evidence = evidence_of(replace(track, keypoints_xy=points, source=source), 0, maze_of_trial(ARENA, TRIAL))
    assert [(m.first_frame, m.last_frame) for m in find_jumps(evidence)] == ([(384, 400)] if is_listed else [])


def test_a_detector_that_is_unsure_for_a_while_is_listed_though_the_path_is_sure():
    track = swim()
    raw = track.raw_sigma_px.copy()
    raw[300], raw[900:915] = 15.0, 15.0
    unsure = [m for m in queue_of(replace(track, raw_sigma_px=raw)) if m.kind == MomentKind.UNSURE]
    assert [(m.first_frame, m.last_frame) for m in unsure] == [(900, 914)]


def test_what_happened_outside_of_the_trial_is_left_out():
    track = swim()
    points = track.keypoints_xy.copy()
    for first in (30, 900, 1500):
        points[first : first + 10, 0] = points[first : first + 10, 0, ::-1]
    evidence = evidence_of(replace(track, keypoints_xy=points), 0, maze_of_trial(ARENA, TRIAL))
    events = replace(events_of(evidence, evidence.maze), release_s=10.0, end_s=45.0)
    flips = [m for m in make_queue(evidence, events, 2.0) if m.kind == MomentKind.FLIP]
    assert [round(m.first_frame, -1) for m in flips] == [900]


def test_runs():
    flags = np.array([1, 1, 0, 1, 0, 0, 0, 1], bool)
    assert find_runs(flags) == [(0, 1), (3, 3), (7, 7)]
    assert find_runs(flags, join=1) == [(0, 3), (7, 7)]
    assert find_runs(np.zeros(3, bool)) == []


def test_latencies_exclude_each_other():
    moments = [
        Moment(MomentKind.GAP, 0, 1, 0.0, "", Stake(3.0, 10.0, 1.0)),
        Moment(MomentKind.GAP, 5, 6, 0.2, "", Stake(2.0, 5.0)),
    ]
    assert sum_stakes(moments) == Stake(3.0, 15.0, 1.0, 0.0)
    assert sum_stakes([]) == Stake()


def test_an_animal_that_was_never_seen_has_no_queue_but_no_error():
    track = swim()
    nowhere = replace(
        track,
        keypoints_xy=np.full_like(track.keypoints_xy, np.nan),
        sigma_px=np.full_like(track.sigma_px, np.nan),
        source=np.zeros_like(track.source),
    )
    evidence = evidence_of(nowhere, 0, maze_of_trial(ARENA, TRIAL))
    events = events_of(evidence_of(track, 0, evidence.maze), evidence.maze)
    assert make_queue(evidence, events, 2.0) == []
