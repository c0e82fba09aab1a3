"""Physical situations in the pool of ``helpers/swims.py``: radius 100 cm, platform of radius 10 at (50, 0)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from swims import ARENA, HIDDEN, POOL, PROBE, circle, line, measure

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.measures import REGISTRY, MeasureSettings, Window, measure_trial
from napari_mazetrack.maze.measures.registry import FORMER_MEASURES
from napari_mazetrack.maze.swim import make_swim
from napari_mazetrack.maze.trials import Trial, TrialKind


def test_a_straight_swim_to_the_platform() -> None:
    values = measure(line((-90, 0), (50, 0), stay_s=5))
    expected = {
        "reached_platform": True,
        "latency_s": 130 / 20,
        "trial_duration_s": 6.5,
        "path_length_cm": 130,
        "mean_speed_cm_s": 20,
        "median_speed_cm_s": 20,
        "max_speed_cm_s": 20,
        "swim_speed_cm_s": 20,
        "displacement_cm": 130,
        "path_efficiency": 1,
        "initial_heading_error_deg": 0,
        "initial_trajectory_error_cm": 10,
        "corridor_path_fraction": 1,
        "corridor_time_fraction": 1,
        "floating_time_s": 0,
        "total_turn_deg": 0,
        "platform_crossings": 0,
        "zone_time_s": 0.5,
        "mean_proximity_cm": (140 + 10) / 2,
        "cumulative_proximity_cm_s": 75 * 6.5,
        "corrected_cumulative_proximity_cm_s": 0,
        "unobserved_s": 0,
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-6)


def test_a_straight_swim_along_the_x_axis_crosses_opposite_and_target() -> None:
    values = measure(line((-90, 1), (90, 1)))
    for role, share in {"target": 0.5, "opposite": 0.5, "left": 0, "right": 0}.items():
        assert values[f"quadrant_{role}_time_fraction"] == pytest.approx(share, abs=0.02)
    assert values["quadrant_target_entries"] == 1
    assert values["quadrant_opposite_entries"] == 0
    assert values["quadrant_target_path_cm"] + values["quadrant_opposite_path_cm"] == pytest.approx(180, abs=2.1)


def test_once_round_the_pool() -> None:
    values = measure(circle(), PROBE)
    for name in ("1", "2", "3", "4", "target", "opposite", "left", "right"):
        assert values[f"quadrant_{name}_time_fraction"] == pytest.approx(0.25, abs=1e-3)
        assert values[f"quadrant_{name}_path_cm"] == pytest.approx(np.pi * 37.5, rel=3e-3)
        assert values[f"quadrant_{name}_entries"] == 1
    assert values["thigmotaxis_fraction"] == pytest.approx(0, abs=0.02)
    assert values["centre_fraction"] == 0
    assert values["total_turn_deg"] == pytest.approx(360, abs=10)
    assert (values["turns_left"], values["turns_right"]) == (1, 0)


def test_turning_is_the_animals_own() -> None:
    down, mirrored = replace(ARENA, y_axis="down"), replace(ARENA, mirrored=True)
    clockwise = circle(sign=-1)
    assert measure(clockwise)["turns_right"] == 1
    assert measure(clockwise, arena=down)["turns_left"] == 1
    assert measure(clockwise, arena=mirrored)["turns_left"] == 1
    assert measure(clockwise, arena=replace(down, mirrored=True))["turns_right"] == 1


def test_left_of_the_platform_is_left_of_who_looks_at_it() -> None:
    north = line((-10, 70), (10, 70), (-10, 70))
    assert measure(north)["quadrant_left_time_fraction"] == pytest.approx(1)
    assert measure(north, arena=replace(ARENA, y_axis="down"))["quadrant_right_time_fraction"] == pytest.approx(1)
    near = line((-19, 60), (19, 60))
    assert measure(near)["zone_left_time_s"] > 1
    assert measure(near, arena=replace(ARENA, y_axis="down"))["zone_right_time_s"] > 1


def test_the_wall() -> None:
    values = measure(circle(radius=90.0))
    assert values["thigmotaxis_fraction"] == pytest.approx(1)
    assert values["coverage_fraction"] < 0.5


def test_half_the_time_at_the_wall_is_cut_exactly() -> None:
    values = measure(line((60, 0.0), (100, 0.0), fps=1.0), replace(HIDDEN, platform="old"))
    assert values["thigmotaxis_fraction"] == pytest.approx(0.5)


def test_crossings_of_a_probe() -> None:
    values = measure(line((0, 0), (80, 0), (0, 0), (39, 0), (41, 0), (39, 0), (41, 0), (0, 0)), PROBE)
    assert values["platform_crossings"] == 3  # there, back, and once although it wobbles over the edge
    assert values["reached_platform"]
    assert values["latency_s"] == pytest.approx(2.0)


def test_a_start_on_the_platform_is_no_crossing() -> None:
    assert measure(line((50, 0), (90, 0)), PROBE)["platform_crossings"] == 0


def test_crossings_at_the_mirror_positions() -> None:
    values = measure(line((-90, 0), (90, 0)), PROBE)
    assert [values[f"platform_crossings{where}"] for where in ("", "_opposite", "_left", "_right")] == [1, 1, 0, 0]


def test_the_annulus() -> None:
    values = measure(circle(radius=50.0), PROBE)
    assert values["annulus_time_fraction"] == pytest.approx(1)
    crossing = measure(line((0, 0), (90, 0)), PROBE)
    assert crossing["annulus_crossings"] == 1
    assert crossing["annulus_time_fraction"] == pytest.approx(20 / 90, abs=0.01)


def test_heading_is_read_on_the_circle() -> None:
    start, speed = np.array([-90.0, 0.0]), 20.0
    corner = start + 40 * np.array([np.cos(np.radians(30)), np.sin(np.radians(30))])
    values = measure(line(tuple(start), tuple(corner), (50, 0), speed=speed, stay_s=3))
    assert values["initial_heading_error_deg"] == pytest.approx(30, abs=0.5)
    assert values["path_efficiency"] == pytest.approx(130 / values["path_length_cm"])


def test_too_near_for_a_heading() -> None:
    assert np.isnan(measure(line((20, 0), (-90, 0)))["initial_heading_error_deg"])


def test_floating() -> None:
    swim = line((-90, 0), (0, 0), fps=30.0)
    stay = np.arange(1, 151) / 30
    xy = np.vstack([swim.xy_cm, np.tile([0.0, 0.0], (150, 1)), np.stack([20 * stay, 0 * stay], axis=1)])
    values = measure(make_swim(np.arange(len(xy)) / 30, xy + np.random.default_rng(0).normal(0, 0.1, xy.shape)), PROBE)
    assert values["floating_time_s"] == pytest.approx(5.0, abs=0.4)
    assert values["floating_bouts"] == 1
    assert values["swim_speed_cm_s"] == pytest.approx(20, rel=0.05)


def test_entropy_of_known_positions() -> None:
    rng = np.random.default_rng(0)
    xy = rng.normal((50, 0), (6, 3), (20_000, 2))
    values = measure(make_swim(np.arange(len(xy)) / 25, xy), PROBE)
    assert values["spatial_entropy"] == pytest.approx(np.log(36 + 9) + np.log(6 * 3), abs=0.05)
    assert np.isnan(measure(line((-90, 0), (90, 0)), PROBE)["spatial_entropy"])


def test_coverage_counts_cells_between_samples() -> None:
    assert measure(line((-99, 5), (99, 5), fps=20 / 198), PROBE)["coverage_fraction"] == pytest.approx(0.10)


def test_heads_turn_too() -> None:
    swim = line((-90, 0), (0, 0))
    angle = np.linspace(0, np.pi, len(swim.time_s))
    turning = replace(swim, heading_cm=np.stack([np.cos(angle), np.sin(angle)], axis=1))
    assert measure(turning)["head_turn_deg"] == pytest.approx(180)
    assert "head_turn_deg" not in measure(swim)


def test_missing_samples_are_no_positions() -> None:
    swim = line((-90, 5), (90, 5))
    xy = swim.xy_cm.copy()
    xy[20:60] = np.nan
    result = measure_trial(make_swim(swim.time_s, xy), ARENA, HIDDEN)[0]
    assert result.missing_fraction == pytest.approx(40 / 91)
    assert result.values["path_length_cm"] == pytest.approx(180 - 82)
    assert result.values["unobserved_s"] == pytest.approx(4.1)


def test_one_sample() -> None:
    values = measure(make_swim([0.0], [[10.0, 10.0]]))
    assert values["path_length_cm"] == 0
    assert np.isnan(values["mean_speed_cm_s"])
    assert values["reached_platform"] is False


def test_windows_of_a_probe() -> None:
    results = measure_trial(circle(turns=2), ARENA, PROBE)
    assert [r.window.name for r in results] == ["whole", "0:30", "0:15", "15:30", "30:45", "45:60"]
    paths = [r.values["path_length_cm"] for r in results]
    assert paths[0] == pytest.approx(sum(paths[2:]), rel=1e-3)  # type: ignore[arg-type]
    assert paths[1] == pytest.approx(600, rel=2e-3)


def test_a_reversal_has_an_old_platform_too() -> None:
    reversal = Trial("t", TrialKind.REVERSAL, platform="east", former_platform="old", release_s=0.0)
    values = measure(line((-90, 0), (50, 0), stay_s=3), reversal)
    assert values["reached_platform"]
    assert values["former_platform_crossings"] == 1
    assert values["former_zone_time_s"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (replace(HIDDEN, platform="west"), "east, old"),
        (replace(HIDDEN, platform=""), "several"),
        (replace(HIDDEN, former_platform="north"), "north"),
    ],
)
def test_a_wrong_platform_is_told(trial: Trial, words: str) -> None:
    with pytest.raises(MazetrackError, match=words):
        measure(line((-90, 0), (90, 0)), trial)


def test_a_hidden_trial_needs_a_platform_and_a_probe_does_not() -> None:
    bare = Arena(POOL, units="cm")
    with pytest.raises(MazetrackError, match="no platform"):
        measure(line((-90, 0), (90, 0)), replace(HIDDEN, platform=""), bare)
    values = measure(line((-90, 0), (90, 0)), replace(PROBE, platform=""), bare)
    assert np.isnan(values["latency_s"])
    assert "platform_crossings" not in values


def test_every_value_is_registered_and_every_measure_described() -> None:
    reversal = Trial("t", TrialKind.REVERSAL, platform="east", former_platform="old", release_s=0.0)
    swim = line((-90, 0), (50, 0), stay_s=3)
    values = measure(replace(swim, heading_cm=np.ones_like(swim.xy_cm)), reversal)
    known = set(REGISTRY) | {m.name for m in FORMER_MEASURES}
    assert set(values) <= known
    assert set(REGISTRY) == set(values) - {m.name for m in FORMER_MEASURES}
    assert all(m.formula and m.missing for m in REGISTRY.values())
    units = {"_s": "s", "_cm": "cm", "_cm_s": ("cm/s", "cm s"), "_deg": "deg", "_deg_s": "deg/s"}
    for name, m in REGISTRY.items():
        ending = max((e for e in units if name.endswith(e)), key=len, default="")
        assert m.unit in units.get(ending, "")


def test_the_columns_stand_in_the_promised_order() -> None:
    per_quadrant = [
        f"quadrant_{q}_{what}"
        for q in ("1", "2", "3", "4", "target", "opposite", "left", "right")
        for what in ("time_s", "time_fraction", "path_cm", "entries")
    ]
    promised = [
        "reached_platform", "latency_s", "trial_duration_s", "path_length_cm", "mean_speed_cm_s", "median_speed_cm_s",
        "max_speed_cm_s", "swim_speed_cm_s", "displacement_cm", *per_quadrant, "platform_crossings", "zone_time_s",
        "zone_time_fraction", "annulus_crossings", "annulus_time_fraction", "mean_proximity_cm",
        "cumulative_proximity_cm_s", "corrected_cumulative_proximity_cm_s", "corridor_path_fraction",
        "corridor_time_fraction", "initial_heading_error_deg", "initial_trajectory_error_cm", "path_efficiency",
        "thigmotaxis_fraction", "centre_fraction", "coverage_fraction", "spatial_entropy", "floating_time_s",
        "floating_bouts", "total_turn_deg", "mean_angular_speed_deg_s", "turns_left", "turns_right", "strategy",
        "strategy_confidence",
    ]  # fmt: skip
    assert list(REGISTRY)[: len(promised)] == promised


@pytest.mark.parametrize("text", ["", "30", "30:", "a:b", "30:30", "-5:10", "nan:3"])
def test_a_bad_window_is_told(text: str) -> None:
    with pytest.raises(MazetrackError, match="0:30"):
        Window.parse(text)


def test_windows_are_named_as_they_are_typed() -> None:
    assert [Window.parse(text).name for text in ("whole", "0:30", "2.5:7")] == ["whole", "0:30", "2.5:7"]


def test_settings_change_what_they_say() -> None:
    swim = line((-90, 0), (50, 0), (-50, 40))
    short = MeasureSettings(events=replace(MeasureSettings().events, escape_dwell_s=0.2))
    assert measure_trial(swim, ARENA, HIDDEN, short)[0].values["reached_platform"]


def test_samples_that_the_recording_leaves_out_are_missing_too() -> None:
    """A table whose empty rows were taken out says the same; a camera that slows down leaves nothing out."""
    time = np.arange(0, 20, 0.05)
    x = np.linspace(-80, 80, len(time))
    lost = (time >= 5) & (time < 12)
    emptied = make_swim(time, np.stack([np.where(lost, np.nan, x), 0 * x], axis=1))
    dropped = make_swim(time[~lost], np.stack([x, 0 * x], axis=1)[~lost])
    slower = make_swim(np.r_[time[:200], time[200::2]], np.stack([np.r_[x[:200], x[200::2]], 0 * time[:300]], axis=1))
    missing = [measure_trial(swim, ARENA, PROBE)[0].missing_fraction for swim in (emptied, dropped, slower)]
    assert missing == pytest.approx([0.35, 0.35, 0.0], abs=0.005)
    over = measure_trial(dropped, ARENA, replace(PROBE, end_s=10.0))[0]
    assert over.missing_fraction == pytest.approx(0.5, abs=0.02)


def test_nothing_is_said_of_a_window_that_begins_when_the_trial_is_over() -> None:
    swim = line((-90, 0), (50, 0), stay_s=30)  # escapes after 6.5 s
    (result,) = measure_trial(swim, ARENA, HIDDEN, windows=[Window(20, 40)])
    told = {name: value for name, value in result.values.items() if value is not None and value == value}
    assert told == {"reached_platform": True, "latency_s": pytest.approx(6.5), "trial_duration_s": 0.0}
