"""Garthe's rules: each class by features that only it fits, and the order in which they are asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from swims import HIDDEN, circle, line, measure

from napari_mazetrack.maze.strategies.features import StrategyFeatures
from napari_mazetrack.maze.strategies.garthe import call_garthe

#: Fits no rule: far from the goal, crooked, in the middle ring, over a small part of the pool.
NOTHING = StrategyFeatures(
    path_cm=1000.0,
    ideal_path_error=5000.0,
    heading_deg=90.0,
    direct=0.1,
    corridor=0.1,
    outside=0.9,
    centroid=0.6,
    goal=0.9,
    former_goal=np.inf,
    centre=0.62,
    annulus=0.2,
    wall=0.1,
    narrow_wall=0.1,
    garthe_wall=0.2,
    coverage=0.1,
    extent=0.3,
    n_quadrants=4,
)
#: The features of each class; distances are in pool radii, where the rules ask for diameters.
CLASSES = {
    "unknown": {},
    "direct": {"heading_deg": 24.0, "direct": 0.81},
    "focal": {"centroid": 0.49, "goal": 0.35},
    "perseverance": {"former_goal": 0.49, "centroid": 0.39, "goal": 0.61},
    "directed": {"outside": 0.44, "goal": 0.55},
    "chaining": {"annulus": 0.51, "centre": 0.66},
    "scanning": {"extent": 0.69, "garthe_wall": 0.74, "centre": 0.59},
    "thigmotaxis": {"garthe_wall": 0.81, "centre": 0.59},
    "random": {"extent": 0.36, "garthe_wall": 0.5},
}
#: Each feature a little beyond its threshold, where the class is no longer met.
BEYOND = {
    "direct": {"heading_deg": 25.0, "direct": 0.8},
    "focal": {"centroid": 0.5, "goal": 0.36},
    "perseverance": {"former_goal": 0.5, "centroid": 0.4, "goal": 0.6},
    "directed": {"outside": 0.45, "goal": 0.56},
    "chaining": {"annulus": 0.5, "centre": 0.65},
    "scanning": {"extent": 0.7, "garthe_wall": 0.75, "centre": 0.6},
    "thigmotaxis": {"garthe_wall": 0.65, "centre": 0.58},
    "random": {"extent": 0.35, "garthe_wall": 0.8},
}


@pytest.mark.parametrize("name", CLASSES)
def test_each_class(name: str) -> None:
    assert call_garthe(replace(NOTHING, **CLASSES[name])) == name


@pytest.mark.parametrize(("name", "feature"), [(name, f) for name, features in BEYOND.items() for f in features])
def test_a_class_ends_at_its_threshold(name: str, feature: str) -> None:
    features = CLASSES[name] | {feature: BEYOND[name][feature]}
    assert call_garthe(replace(NOTHING, **features)) != name


def test_the_first_rule_that_matches_wins() -> None:
    names = [name for name in CLASSES if name != "unknown"]
    everything = replace(NOTHING, **CLASSES["random"] | CLASSES["directed"] | CLASSES["direct"])
    assert call_garthe(everything) == "direct"
    assert names.index("directed") < names.index("random")
    assert call_garthe(replace(everything, direct=0.1)) == "directed"


def test_a_scale_loosens_upper_and_lower_thresholds() -> None:
    nearly = replace(NOTHING, heading_deg=27.0, direct=0.75)
    assert call_garthe(nearly) == "unknown"
    assert call_garthe(nearly, scale=1.2) == "direct"
    assert call_garthe(replace(NOTHING, **CLASSES["direct"]), scale=0.8) != "direct"


def test_swims_of_a_class() -> None:
    assert measure(line((-90, 0), (50, 0), stay_s=3))["strategy_garthe"] == "direct"
    assert measure(circle(radius=90.0), HIDDEN)["strategy_garthe"] == "thigmotaxis"
