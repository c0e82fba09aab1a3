"""Segments of swims whose shape is known, and the classifier on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.measures import Window, measure_trial
from napari_mazetrack.maze.measures.view import Goal, Maze, maze_of_trial
from napari_mazetrack.maze.strategies.call import agreement
from napari_mazetrack.maze.strategies.segment_rules import MODEL_NAME, SegmentModel, segment_model
from napari_mazetrack.maze.strategies.segments import FEATURES, segment_features
from napari_mazetrack.maze.swim import make_swim
from napari_mazetrack.maze.trials import Trial, TrialKind

RADIUS = 100.0


def arena(scale: float = 1.0) -> Arena:
    """A pool round (0, 0) and a platform of radius 7 at (40, 0), both times `scale`."""
    platform = Platform("circle", 40.0 * scale, 0.0, 7.0 * scale)
    return Arena(Ellipse(0.0, 0.0, RADIUS * scale, RADIUS * scale), units="cm", platforms={"p": platform})


def seen(xy: np.ndarray, scale: float = 1.0) -> dict[str, np.ndarray]:
    """Return the features of a path by name, one value for each segment."""
    maze: Maze = maze_of_trial(arena(scale), Trial("t", TrialKind.HIDDEN))
    goal = maze.goal
    assert isinstance(goal, Goal)
    return dict(zip(FEATURES, segment_features(np.asarray(xy, float) * scale, maze, goal).T, strict=True))


def circle(radius: float, turns: float = 1.0, n: int = 2000) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi * turns, n)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def test_a_straight_swim_to_the_platform() -> None:
    swim = seen(np.stack([np.linspace(-60, 40, 50), np.zeros(50)], axis=1))
    expected = {
        "median_radius": 0.25, "radius_range": 0.25, "focus": 1.0, "centre_displacement": 0.1, "near_platform": 0.42,
        "eccentricity": 1.0, "longest_loop": 0.0, "trial_length": 0.0, "heading": 1.0,
    }  # fmt: skip
    for name, value in expected.items():
        assert swim[name] == pytest.approx([value], abs=0.03), name


def test_a_circle_at_the_wall() -> None:
    swim = seen(circle(90, turns=3))
    length = 2 * np.pi * 90 * 3 / RADIUS
    assert len(swim["focus"]) == int(np.ceil((length - 2.5) / 0.75)) + 1
    assert swim["median_radius"] == pytest.approx(np.full(len(swim["focus"]), 0.9), abs=1e-3)
    assert swim["radius_range"] == pytest.approx(np.zeros(len(swim["focus"])), abs=1e-3)
    assert swim["trial_length"] == pytest.approx(np.full(len(swim["focus"]), np.log(length)), abs=1e-3)
    assert not swim["longest_loop"].any()  # a segment is less than a turn


def test_a_whole_circle_has_no_focus_and_is_one_loop() -> None:
    swim = seen(circle(39, turns=1.01))
    assert swim["focus"] == pytest.approx([0.0], abs=0.03)
    assert swim["eccentricity"] == pytest.approx([0.0], abs=0.25)
    assert swim["inner_radius_variation"] == pytest.approx([0.0], abs=0.06)
    assert swim["longest_loop"] == pytest.approx([2 * np.pi * 0.39], abs=0.06)


def test_features_do_not_know_rate_rest_scale_or_direction() -> None:
    path = circle(50, turns=0.6, n=400) * np.array([1.0, 0.7])
    known = seen(path)
    still = np.insert(path, 200, np.repeat(path[200:201], 300, axis=0), axis=0)
    for name, other in {
        "coarse": seen(path[::4]),
        "resting": seen(still),
        "mouse pool": seen(path, scale=0.6),
        "mirrored": seen(path * np.array([1.0, -1.0])),
    }.items():
        for feature, values in known.items():
            assert other[feature] == pytest.approx(values, abs=0.03), (name, feature)


def test_the_mean_over_segments_decides() -> None:
    model = SegmentModel(("a", "b"), np.zeros(1), np.ones(1), np.array([[1.0], [-1.0]]), np.zeros(2))
    assert model.call(np.array([[0.0]])) == ("a", 0.5)
    called, confidence = model.call(np.array([[-2.0], [-2.0], [4.0]]))
    assert called == "b"
    assert confidence == pytest.approx((2 / (1 + np.exp(-4)) + 1 / (1 + np.exp(8))) / 3)


@pytest.mark.parametrize(
    ("path", "call", "strategies"),
    [
        (np.stack([np.linspace(-90, 40, 60), np.zeros(60)], axis=1), "direct finding", 1.0),
        (circle(93, turns=4), "thigmotaxis", 1.0),
    ],
    ids=["straight", "wall"],
)
def test_the_model_that_ships_knows_clear_cases(path: np.ndarray, call: str, strategies: float) -> None:
    swim = make_swim(np.arange(len(path)) / 25, path)
    trial = Trial("t", TrialKind.HIDDEN, release_s=0.0)
    (result,) = measure_trial(swim, arena(), trial, windows=[Window()])
    assert result.values["strategy_segments"] == call
    assert float(result.values["strategy_segments_confidence"] or 0) > 0.8
    assert result.values["strategy_agreement"] == strategies


@pytest.mark.parametrize(
    ("calls", "share"),
    [
        (["direct", "directed", "direct finding"], 1.0),
        (["random", "unknown", "incursion"], 2 / 3),
        (["random", "unknown", "scanning"], 1 / 3),
        (["chaining", "chaining", "chaining"], 1.0),
    ],
)
def test_agreement_is_the_largest_family(calls: list[str], share: float) -> None:
    assert agreement(calls) == pytest.approx(share)


def test_nothing_is_called_without_a_platform_or_a_path() -> None:
    still = make_swim(np.arange(20) / 5, np.full((20, 2), 10.0))
    (result,) = measure_trial(still, arena(), Trial("t", TrialKind.HIDDEN, release_s=0.0), windows=[Window()])
    assert result.values["strategy_segments"] is None
    assert np.isnan(float(result.values["strategy_agreement"] or 0))


def test_the_numbers_hold_no_trial_and_say_how_well_they_do() -> None:
    path = Path(__file__).parents[2] / "src" / "napari_mazetrack" / "maze" / "strategies" / MODEL_NAME
    assert path.stat().st_size < 5000
    model = segment_model()
    assert model.weights.shape == (7, len(FEATURES))
    assert (model.spread > 0).all()
