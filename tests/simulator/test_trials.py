"""Simulated trials: what a scenario names happens, and the truth agrees with the path."""

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.simulator import SCENARIOS, Scenario, scenario_named, simulate_trial
from napari_mazetrack.simulator.pool import PoolPlatform
from napari_mazetrack.simulator.scenario import Course
from napari_mazetrack.simulator.swim import DensePath, Mode
from napari_mazetrack.simulator.truth import is_on, platform_visits, sum_up

SHORT = [scenario for scenario in SCENARIOS if scenario.shape[0] < 1080]
END_REASONS = {
    "touch_only": "limit",
    "guided": "limit",
    "limit": "limit",
    "chord": "limit",
    "probe": "limit",
    "removed": "removed",
    "film_ends": "film_ended",
}


@pytest.fixture(scope="module")
def trials():
    return {scenario.name: simulate_trial(scenario, seed=5) for scenario in SHORT}


def events(trial):
    return {event.kind: event.time_s for event in trial.truth.events}


@pytest.mark.parametrize("name", [scenario.name for scenario in SHORT])
def test_every_scenario_comes_out_as_named(trials, name):
    trial = trials[name]
    truth = trial.truth
    assert truth.end_reason == END_REASONS.get(name, "escaped")
    assert truth.end_s == pytest.approx(truth.release_s + truth.latency_s)
    assert sum(truth.quadrant_time_s) == pytest.approx(truth.latency_s, abs=0.02)
    assert sum(truth.quadrant_path_cm) == pytest.approx(truth.path_length_cm)
    kinds = [event.kind for event in truth.events]
    assert kinds.index("hand_in") < kinds.index("release") < kinds.index("hand_out")
    assert ("escape" in kinds) == (truth.end_reason == "escaped")
    assert [e.time_s for e in truth.events] == sorted(e.time_s for e in truth.events)
    swum = (trial.path.time_s >= truth.release_s) & (trial.path.time_s <= truth.end_s)
    assert np.hypot(*trial.path.xy_cm[swum].T).max() < trial.scenario.radius_cm
    assert trial.path.mode[swum][1:-1].min() >= Mode.SWIMS


def test_a_touch_is_short_and_the_escape_comes_later(trials):
    truth = trials["touch_and_leave"].truth
    touch, escape = truth.visits
    assert 0.3 <= touch.duration_s <= 1.5
    assert escape.duration_s >= 2.0
    assert truth.end_s == escape.enter_s


def test_who_jumps_off_has_escaped_before(trials):
    when = events(trials["jump_off"])
    assert when["jump_off"] - when["escape"] >= 2.0
    assert trials["jump_off"].truth.end_s == when["escape"]
    assert trials["jump_off"].frame_time_s[-1] > when["jump_off"] + 2


def test_the_guided_animal_sits_on_the_platform_after_the_limit(trials):
    trial = trials["guided"]
    when = events(trial)
    assert when["guided"] > when["end"]
    last = trial.path.xy_cm[-1:]
    assert is_on(trial.happening.platforms["platform"], last).all()
    assert not trial.truth.visits


def test_a_chord_falls_between_two_frames(trials):
    trial = trials["chord"]
    (visit,) = trial.truth.visits
    assert visit.duration_s < 1 / trial.scenario.fps
    xy = np.stack([np.interp(trial.frame_time_s, trial.path.time_s, trial.path.xy_cm[:, k]) for k in (0, 1)], axis=1)
    swims = (trial.frame_time_s > trial.truth.release_s) & (trial.frame_time_s <= trial.truth.end_s)
    assert not is_on(trial.happening.platforms["platform"], xy[swims]).any()


def test_a_reversal_names_the_former_platform_opposite(trials):
    platforms = trials["reversal"].happening.platforms
    assert platforms["former"].x == -platforms["platform"].x
    assert platforms["former"].y == -platforms["platform"].y


def test_a_probe_shows_no_platform(trials):
    assert trials["probe"].shown_platform is None
    assert "platform" in trials["probe"].happening.platforms


def test_an_animal_floats_and_one_follows_the_wall(trials):
    def speeds(trial):
        return np.linalg.norm(np.diff(trial.path.xy_cm[trial.path.mode == Mode.SWIMS], axis=0), axis=1) * 120

    assert (speeds(trials["floating"]) < 5).sum() / 120 > 2.5  # seconds
    circling = trials["circling"]
    outside = np.hypot(*circling.path.xy_cm[circling.path.mode == Mode.SWIMS].T) > 0.8 * circling.scenario.radius_cm
    assert outside.mean() > 0.4


def test_a_removed_animal_is_gone(trials):
    trial = trials["removed"]
    assert trial.pose(trial.n_frames - 1) is None
    assert trial.pose(0) is None
    assert trial.pose(int((trial.truth.release_s + 1) * trial.scenario.fps)) is not None


@pytest.mark.parametrize("fps", [5.0, 29.97, 60.0])
def test_one_seed_one_trial_and_frames_keep_their_times(fps):
    scenario = Scenario("x", course=Course.FILM_ENDS, fps=fps, search_s=3)
    first, second = simulate_trial(scenario, 3), simulate_trial(scenario, 3)
    np.testing.assert_array_equal(first.path.xy_cm, second.path.xy_cm)
    assert first.truth == second.truth
    assert first.look.swimmer == second.look.swimmer
    np.testing.assert_allclose(np.diff(first.frame_time_s), 1 / fps)
    assert (simulate_trial(scenario, 4).path.xy_cm[-1] != first.path.xy_cm[-1]).all()


def test_the_body_keypoint_is_the_path_seen_by_the_camera(trials):
    trial = trials["escape"]
    index = int((trial.truth.release_s + 4) * trial.scenario.fps)
    xy = [np.interp(trial.frame_time_s[index], trial.path.time_s, trial.path.xy_cm[:, k]) for k in (0, 1)]
    np.testing.assert_allclose(trial.pose(index).keypoints_xy[1], trial.look.camera.to_image(np.array(xy)), atol=1e-6)


def test_what_cannot_be_is_told():
    with pytest.raises(MazetrackError, match="larger pool"):
        simulate_trial(Scenario("late", search_s=2, limit_s=1), 0)


def straight_path():
    time = np.arange(0, 4.001, 0.01)
    xy = np.stack([-20 + 10 * time, np.full_like(time, -5.0)], axis=1)
    return DensePath(time, xy, np.zeros_like(time), np.full(len(time), Mode.SWIMS, dtype=np.int8))


def test_sums_of_a_straight_path_are_arithmetic():
    length, times, paths = sum_up(straight_path(), 0.0, 4.0)
    assert length == pytest.approx(40.0)
    assert times == pytest.approx((2.0, 0.0, 0.0, 2.0), abs=0.011)  # top left, then top right
    assert paths == pytest.approx((20.0, 0.0, 0.0, 20.0), abs=0.11)


@pytest.mark.parametrize(
    ("platform", "seconds"),
    [
        (PoolPlatform(0, -5, 5.0), 1.0),
        (PoolPlatform(0, -1, 5.0), 0.6),  # a chord: 2 · √(5² − 4²)
        (PoolPlatform(0, -5, 5.0, square=True, angle_deg=45), np.sqrt(2.0)),
        (PoolPlatform(0, 5, 5.0), None),
    ],
    ids=["middle", "chord", "diamond", "missed"],
)
def test_visits_of_a_straight_path(platform, seconds):
    visits = platform_visits(straight_path(), platform, 0.0, 4.0)
    assert [v.duration_s for v in visits] == ([] if seconds is None else [pytest.approx(seconds, abs=0.021)])


def test_names_are_unique_and_found():
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert scenario_named("chord").course == Course.CHORD
