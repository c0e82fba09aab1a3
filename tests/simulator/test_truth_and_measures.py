"""The maze room's measures of true tracks agree with the simulator's own arithmetic: two ways to the same numbers."""

import pytest

from napari_mazetrack.maze.calibration import pixels_to_cm
from napari_mazetrack.maze.measures.measure import measure_trial
from napari_mazetrack.maze.swim import make_swim
from napari_mazetrack.simulator import SCENARIOS, scenario_named, simulate_trial, true_arena, true_track
from napari_mazetrack.simulator.trial_files import trial_row

QUICK = ["touch_and_leave", "jump_off", "guided", "chord", "removed", "film_ends"]


def check(name, seed):
    trial = simulate_trial(scenario_named(name), seed)
    arena, track, truth = true_arena(trial), true_track(trial), trial.truth
    swim = make_swim(track.time_s, pixels_to_cm(arena, track.path_xy()))
    whole = measure_trial(swim, arena, trial_row(trial, name))[0]
    assert str(whole.events.end_reason) == truth.end_reason
    if trial.scenario.kind.has_platform:
        assert whole.values["latency_s"] == pytest.approx(truth.latency_s, abs=1 / trial.scenario.fps)
    assert whole.values["path_length_cm"] == pytest.approx(
        truth.path_length_cm, rel=0.02
    )  # 5 frames a second cut corners
    for i, seconds in enumerate(truth.quadrant_time_s):
        assert whole.values[f"quadrant_{i + 1}_time_s"] == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize("name", QUICK)
def test_measures_of_a_true_track_are_the_truth(name):
    check(name, 50)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_measures_of_every_scenario_are_the_truth(name, seed):
    check(name, 100 + seed)
