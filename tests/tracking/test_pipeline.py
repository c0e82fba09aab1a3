from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.tracking.corrections import (
    AddInstance,
    DeleteInstance,
    ExchangeAnimals,
    MarkMissing,
    SetKeypoint,
    SwapHeadTail,
)
from napari_mazetrack.tracking.pipeline import TrackSettings, compute_track
from napari_mazetrack.tracking.track import Source

FPS = 30.0
HEAD, BODY, TAIL = 0, 1, 2


@pytest.fixture
def straight(instances_at, raw_from):
    """An animal that swims to the right at 60 px/s for four seconds, nose first, seen without noise."""

    def make(n=120, without=(), extra=None, fps=FPS):
        time_s = np.arange(n) / fps
        frames = []
        for i in range(n):
            animals = [] if i in without else [(100 + 60 * time_s[i], 200, 0.0)]
            scores = [0.9] * len(animals)
            for x, y, heading, score in (extra or {}).get(i, []):
                animals.append((x, y, heading))
                scores.append(score)
            frames.append(instances_at(animals, score=scores))
        return raw_from(frames), time_s

    return make


@pytest.fixture
def noisy_swim(swim, instances_at, raw_from):
    """Ten seconds of a wandering swim, seen with 2 px of noise on each point."""
    time_s, truth = swim(10, FPS)
    rng = np.random.default_rng(1)
    frames = []
    for row in truth:
        exact = instances_at([row])
        noise = rng.normal(0, 2, exact.keypoints_xy.shape).astype(np.float32)
        frames.append(replace(exact, keypoints_xy=exact.keypoints_xy + noise))
    return raw_from(frames), time_s, truth


def body(track, animal=0):
    return track.keypoints_xy[:, animal, BODY]


def expected_path(time_s):
    return np.stack([100 + 60 * time_s, np.full(len(time_s), 200.0)], axis=1)


def test_a_straight_swim_comes_out_as_it_was(straight):
    raw, time_s = straight()
    track = compute_track(raw, time_s, TrackSettings())
    np.testing.assert_allclose(body(track), expected_path(time_s), atol=0.1)
    np.testing.assert_allclose(track.keypoints_xy[:, 0, HEAD, 0] - body(track)[:, 0], 15, atol=0.1)
    assert (track.source == Source.DETECTED).all()
    assert track.animals == ("animal_1",)
    assert (track.sigma_px > 0).all()


def test_the_same_input_gives_the_same_bits(straight):
    raw, time_s = straight(without=range(20, 30))
    one, two = (compute_track(raw, time_s, TrackSettings()) for _ in range(2))
    assert one.keypoints_xy.tobytes() == two.keypoints_xy.tobytes()
    assert one.sigma_px.tobytes() == two.sigma_px.tobytes()


def test_nothing_is_found_in_an_empty_film(raw_from, instances_at):
    raw = raw_from([instances_at([]), None, instances_at([])])
    track = compute_track(raw, np.arange(3) / FPS, TrackSettings())
    assert (track.source == Source.MISSING).all()
    assert np.isnan(track.keypoints_xy).all()


def test_a_single_detection_is_a_track_of_one_frame(raw_from, instances_at):
    raw = raw_from([None, instances_at([(50, 60, 0)]), None])
    track = compute_track(raw, np.arange(3) / FPS, TrackSettings())
    assert track.source[:, 0].tolist() == [Source.MISSING, Source.DETECTED, Source.MISSING]
    np.testing.assert_allclose(body(track)[1], [50, 60], atol=1e-3)


def test_a_film_of_no_frames(raw_from):
    assert compute_track(raw_from([]), np.zeros(0), TrackSettings()).n_frames == 0


def test_short_gaps_are_bridged_and_long_ones_stay_missing(straight):
    raw, time_s = straight(n=200, without=[*range(0, 5), *range(40, 60), *range(100, 150), *range(195, 200)])
    track = compute_track(raw, time_s, TrackSettings(max_gap_s=1.0))
    source = track.source[:, 0]
    assert (source[40:60] == Source.INTERPOLATED).all()
    assert (source[100:150] == Source.MISSING).all()
    assert (source[:5] == Source.MISSING).all()
    assert (source[195:] == Source.MISSING).all()
    np.testing.assert_allclose(body(track)[40:60], expected_path(time_s)[40:60], atol=0.3)
    assert np.isnan(track.keypoints_xy[100:150]).all()
    assert np.isnan(track.raw_keypoints_xy[40:60]).all()
    assert np.isnan(track.score[40:60]).all()
    # The farther from an observation, the less is known.
    assert track.sigma_px[50, 0, BODY] > track.sigma_px[42, 0, BODY] > track.sigma_px[30, 0, BODY]


def test_a_gap_is_measured_in_real_time(instances_at, raw_from):
    time_s = np.array([0.0, 0.1, 0.2, 0.3, 2.3, 2.4, 2.5])
    frames = [instances_at([(100, 100, 0)]) for _ in time_s]
    frames[4] = instances_at([])
    track = compute_track(raw_from(frames), time_s, TrackSettings(max_gap_s=1.0))
    assert track.source[4, 0] == Source.MISSING


def test_planted_flips_are_repaired(swim, instances_at, raw_from):
    time_s, truth = swim(20, 30)
    seen = truth.copy()
    flipped = [*range(0, 3), 50, 51, 120, *range(200, 260), 400, 402, 404]
    seen[flipped, 2] += np.pi
    raw = raw_from([instances_at([row]) for row in seen])
    track = compute_track(raw, time_s, TrackSettings())
    along = track.raw_keypoints_xy[:, 0, HEAD] - track.raw_keypoints_xy[:, 0, TAIL]
    right = np.cos(truth[:, 2]) * along[:, 0] + np.sin(truth[:, 2]) * along[:, 1] > 0
    assert right.all()


def test_a_still_animal_follows_the_detector_in_most_frames(instances_at, raw_from):
    rng = np.random.default_rng(3)
    heading = np.where(rng.random(90) < 0.3, np.pi, 0.0)
    raw = raw_from([instances_at([(100, 100, h)]) for h in heading])
    track = compute_track(raw, np.arange(90) / FPS, TrackSettings())
    assert (track.raw_keypoints_xy[:, 0, HEAD, 0] > 100).all()


def test_a_u_turn_is_not_a_flip(instances_at, raw_from):
    time_s = np.arange(60) / 5.0
    x = 100 + 40 * np.minimum(time_s, 12 - time_s)
    heading = np.where(time_s < 6, 0, np.pi)
    raw = raw_from([instances_at([(a, 100, h)]) for a, h in zip(x, heading, strict=True)])
    track = compute_track(raw, time_s, TrackSettings())
    forward = track.raw_keypoints_xy[:, 0, HEAD, 0] - track.raw_keypoints_xy[:, 0, TAIL, 0] > 0
    np.testing.assert_array_equal(forward, time_s < 6)


@pytest.mark.parametrize(("fps", "duration_s", "score"), [(30, 1.5, 0.97), (5, 1.0, 0.97), (60, 1.0, 0.95)])
def test_a_short_false_animal_with_a_high_score_is_not_followed(straight, fps, duration_s, score):
    first, n = int(1.5 * fps), int(duration_s * fps)
    extra = {i: [(400, 50, 0.5, score)] for i in range(first, first + n)}
    for without in ((), range(first, first + n)):
        raw, time_s = straight(n=int(5 * fps), extra=extra, without=without, fps=fps)
        track = compute_track(raw, time_s, TrackSettings(max_gap_s=2))
        np.testing.assert_allclose(body(track), expected_path(time_s), atol=2)


def test_a_reflection_beside_the_animal_is_not_followed(straight):
    extra = {i: [(100 + 2 * i + 5, 260, 0.0, 0.95)] for i in (30, 31, 50, 70, 71, 72)}
    raw, time_s = straight(extra=extra)
    np.testing.assert_allclose(body(compute_track(raw, time_s, TrackSettings())), expected_path(time_s), atol=0.5)


def test_a_hand_at_the_start_is_not_the_animal(straight):
    extra = {i: [(400, 50, 0.5, 0.95)] for i in range(40)}
    raw, time_s = straight(n=300, without=range(40), extra=extra)
    track = compute_track(raw, time_s, TrackSettings())
    assert (track.source[:40] == Source.MISSING).all()
    np.testing.assert_allclose(body(track)[40:], expected_path(time_s)[40:], atol=0.5)


def test_a_lasting_cue_with_a_lower_score_is_not_followed(straight):
    extra = {i: [(400, 50, 0.5, 0.6)] for i in range(120)}
    raw, time_s = straight(extra=extra)
    np.testing.assert_allclose(body(compute_track(raw, time_s, TrackSettings())), expected_path(time_s), atol=0.5)


def test_a_cue_on_the_wall_with_a_higher_score_is_not_followed(straight):
    extra = {i: [(400, 50, 0.5, 0.99)] for i in range(120)}
    raw, time_s = straight(extra=extra)
    np.testing.assert_allclose(body(compute_track(raw, time_s, TrackSettings())), expected_path(time_s), atol=0.5)


@pytest.mark.parametrize(
    "pool",
    [{"pool": Ellipse(200, 200, 180, 120, 0)}, {"pool_polygon": ((0, 100), (380, 100), (380, 300), (0, 300))}],
    ids=["ellipse", "polygon"],
)
def test_what_lies_outside_the_pool_is_no_candidate(straight, pool):
    extra = {i: [(400 + 40 * np.sin(i / 12), 50, 0.5, 0.99)] for i in range(120)}  # a curtain that moves
    raw, time_s = straight(extra=extra, without=range(50, 60))
    track = compute_track(raw, time_s, TrackSettings(**pool))
    np.testing.assert_allclose(body(track), expected_path(time_s), atol=0.5)
    assert body(compute_track(raw, time_s, TrackSettings()))[5, 0] > 300  # without it the curtain wins


def test_a_bridge_does_not_leave_the_pool(instances_at, raw_from):
    """An animal swims to the wall, is lost there for 0.9 s, and comes back."""
    time_s = np.arange(120) / FPS
    x = 200 + 90 - 100 * np.abs(time_s - 2)
    rng = np.random.default_rng(0)
    frames = [
        instances_at([(a + rng.normal(0, 1), 200 + rng.normal(0, 1), 0 if t < 2 else np.pi)])
        for a, t in zip(x, time_s, strict=True)
    ]
    frames[47:74] = [instances_at([])] * 27
    pool = Ellipse(200, 200, 52, 52)
    free = compute_track(raw_from(frames), time_s, TrackSettings())
    assert body(free)[60, 0] > 256  # it swings out
    track = compute_track(raw_from(frames), time_s, TrackSettings(pool=pool))
    assert (track.source[47:74] == Source.INTERPOLATED).all()
    assert np.nanmax(np.hypot(*(body(track) - 200).T)) <= 52 * 1.031


def test_the_score_threshold_drops_weak_instances(straight):
    raw, time_s = straight()
    track = compute_track(raw, time_s, TrackSettings(score_threshold=0.95))
    assert (track.source == Source.MISSING).all()


def test_smoothing_off_gives_the_detector_and_still_bridges(swim, instances_at, raw_from):
    time_s, truth = swim(5, 30)
    truth[:, :2] += np.random.default_rng(0).normal(0, 2, (len(truth), 2))
    frames = [instances_at([row]) for row in truth]
    frames[70] = instances_at([])
    track = compute_track(raw_from(frames), time_s, TrackSettings(smoothing=False))
    seen = np.arange(len(truth)) != 70
    np.testing.assert_allclose(body(track)[seen], truth[seen, :2], atol=1e-3)
    assert track.source[70, 0] == Source.INTERPOLATED
    assert np.linalg.norm(body(track)[70] - truth[70, :2]) < 5


def test_two_animals_that_cross_keep_their_names(instances_at, raw_from):
    time_s = np.arange(150) / FPS
    one = np.stack([100 + 60 * time_s, 200 + 0 * time_s, 0 * time_s], axis=1)
    two = np.stack([400 - 60 * time_s, 210 + 0 * time_s, np.pi + 0 * time_s], axis=1)
    rng = np.random.default_rng(0)
    frames = [instances_at([one[i], two[i]], score=[0.9, 0.9 + 0.05 * rng.standard_normal()]) for i in range(150)]
    frames[80] = instances_at([two[80]])
    track = compute_track(raw_from(frames), time_s, TrackSettings(n_animals=2))
    first = 0 if body(track, 0)[0, 0] < 250 else 1
    np.testing.assert_allclose(body(track, first), one[:, :2], atol=1)
    np.testing.assert_allclose(body(track, 1 - first), two[:, :2], atol=1)
    assert track.source[80, first] == Source.INTERPOLATED


def test_a_set_keypoint_is_where_the_person_put_it(noisy_swim):
    raw, time_s, truth = noisy_swim
    x, y = truth[60, :2] + (5, -3)
    track = compute_track(raw, time_s, TrackSettings(), [SetKeypoint(60, 0, "body", x, y)])
    np.testing.assert_allclose(body(track)[60], [x, y], atol=0.5)
    assert track.source[60, 0] == Source.CORRECTED
    assert (np.delete(track.source[:, 0], 60) == Source.DETECTED).all()
    np.testing.assert_array_equal(track.raw_keypoints_xy[60, 0], raw.instances.keypoints_xy[60])  # the detector's word


def test_an_added_instance_holds_in_a_gap_and_leads_the_chain(straight):
    extra = {i: [(400, 50, 0.5, 0.97)] for i in range(70, 170)}
    raw, time_s = straight(n=260, without=range(70, 170), extra=extra)
    assert np.linalg.norm(body(compute_track(raw, time_s, TrackSettings()))[120] - (400, 50)) < 5
    x = 100 + 60 * time_s[120]
    added = AddInstance(120, 0, ((x + 15, 200.0), (x, 200.0), None))
    track = compute_track(raw, time_s, TrackSettings(), [added])
    np.testing.assert_allclose(body(track)[120], [x, 200], atol=0.6)
    assert track.source[120, 0] == Source.CORRECTED
    assert not (np.abs(body(track)[:, 1] - 50) < 50).any()
    assert np.isnan(track.keypoints_xy[120, 0, TAIL]).all()


def test_swap_delete_and_missing(straight):
    raw, time_s = straight()
    corrections = [
        SwapHeadTail(10, 12, 0),
        DeleteInstance(40, 180.0, 202.0),
        DeleteInstance(41, 400.0, 400.0),
        MarkMissing(80, 85, 0),
    ]
    track = compute_track(raw, time_s, TrackSettings(), corrections)
    ahead = track.raw_keypoints_xy[:, 0, HEAD, 0] > track.raw_keypoints_xy[:, 0, BODY, 0]
    assert not ahead[10:13].any()
    assert ahead[[9, 13]].all()
    assert track.source[40, 0] == Source.INTERPOLATED
    assert track.source[41, 0] == Source.DETECTED  # nothing is near that place
    assert (track.source[80:86, 0] == Source.MISSING).all()
    assert np.isnan(track.keypoints_xy[80:86]).all()


def test_exchanged_animals_take_their_corrections_along(instances_at, raw_from):
    time_s = np.arange(60) / FPS
    raw = raw_from([instances_at([(100, 100, 0), (300, 100, 0)]) for _ in time_s])
    settings = TrackSettings(n_animals=2)
    before = compute_track(raw, time_s, settings)
    exchange = ExchangeAnimals(30, 0, 1)
    after = compute_track(raw, time_s, settings, [exchange])
    np.testing.assert_allclose(after.raw_keypoints_xy[30:, 0], before.raw_keypoints_xy[30:, 1])
    np.testing.assert_allclose(after.raw_keypoints_xy[:30], before.raw_keypoints_xy[:30])
    x, y = body(before, 0)[45]
    move = SetKeypoint(45, 0, "body", x + 3, y)
    first = compute_track(raw, time_s, settings, [move, exchange])
    assert first.source[45].tolist() == [Source.DETECTED, Source.CORRECTED]
    x, y = body(after, 0)[45]
    then = compute_track(raw, time_s, settings, [exchange, SetKeypoint(45, 0, "body", x + 3, y)])
    assert then.source[45].tolist() == [Source.CORRECTED, Source.DETECTED]
    np.testing.assert_allclose(body(then, 0)[45], [x + 3, y], atol=0.8)


@pytest.mark.parametrize(
    "correction",
    [
        SetKeypoint(120, 0, "body", 1, 1),
        SetKeypoint(5, 1, "body", 1, 1),
        SetKeypoint(5, 0, "ear", 1, 1),
        AddInstance(5, 0, ((1.0, 1.0),)),
        SwapHeadTail(9, 5, 0),
        MarkMissing(0, 120, 0),
        ExchangeAnimals(0, 0, 1),
        DeleteInstance(-1, 0, 0),
    ],
    ids=lambda c: type(c).__name__,
)
def test_a_correction_that_does_not_fit_is_refused(straight, correction):
    raw, time_s = straight()
    with pytest.raises(MazetrackError, match="does not fit"):
        compute_track(raw, time_s, TrackSettings(), [correction])


def test_time_stamps_must_fit(straight):
    raw, time_s = straight()
    for wrong in (time_s[:-1], time_s[::-1], np.full(120, np.nan)):
        with pytest.raises(ValueError, match="time stamps"):
            compute_track(raw, wrong, TrackSettings())


def test_the_track_says_where_it_comes_from(straight):
    raw, time_s = straight()
    settings = TrackSettings(max_gap_s=0.5, pool=Ellipse(200, 200, 300, 300, 10))
    track = compute_track(raw, time_s, settings, attributes={"backend": "openvino"})
    assert track.attributes["film_id"] == raw.header.film_id
    assert track.attributes["backend"] == "openvino"
    assert TrackSettings.from_json(track.attributes["settings"]) == settings


@pytest.mark.parametrize("bad", ["", "{}", "[]", '{"pool": 3}', TrackSettings().to_json().replace("1.0", "-1.0")])
def test_damaged_settings_are_refused(bad):
    with pytest.raises(MazetrackError):
        TrackSettings.from_json(bad)


@pytest.mark.parametrize(
    "values",
    [
        {"n_animals": 0},
        {"max_gap_s": float("nan")},
        {"score_threshold": 2},
        {"pool_polygon": ((0.0, 0.0), (1.0, 1.0))},
        {"pool": Ellipse(0, 0, 1, 1), "pool_polygon": ((0, 0), (1, 0), (1, 1))},
    ],
)
def test_settings_out_of_range_are_refused(values):
    with pytest.raises(MazetrackError):
        TrackSettings(**values)
