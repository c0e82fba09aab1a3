"""The strategy of a swim by each way of telling it, how firmly each stands, and how far they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from napari_mazetrack.maze.measures.samples import samples_of_trial
from napari_mazetrack.maze.measures.view import TrialView
from napari_mazetrack.maze.strategies.features import StrategyFeatures, compute_features
from napari_mazetrack.maze.strategies.garthe import call_garthe
from napari_mazetrack.maze.strategies.pathfinder import call_pathfinder
from napari_mazetrack.maze.strategies.segment_rules import segment_model
from napari_mazetrack.maze.strategies.segments import segment_features

_SCALES = (0.8, 0.9, 1.0, 1.1, 1.2)
_FEWEST_SAMPLES = 3
Rules = Callable[[StrategyFeatures, float], str]
RULE_SETS: dict[str, Rules] = {"strategy": call_pathfinder, "strategy_garthe": call_garthe}
SEGMENTS = "strategy_segments"
#: Classes of the three ways that mean much the same; any other class is a family of its own.
FAMILIES = {
    "heads for the platform": (
        "direct", "directed", "indirect", "direct finding", "approaching target", "self-orienting",
    ),
    "searches near the platform": ("focal", "target scanning"),
    "searches the middle": ("scanning",),
    "keeps to the wall": ("thigmotaxis",),
    "swims anywhere": ("random", "incursion"),
}  # fmt: skip
_FAMILY = {name: family for family, names in FAMILIES.items() for name in names}


def compute_strategies(view: TrialView, coverage: float) -> dict[str, float | str | None]:
    """Return each call and its confidence, and their agreement; None and NaN where nothing can be called.

    Parameters
    ----------
    view : TrialView
        The trial and window.
    coverage : float
        Its `coverage_fraction`.
    """
    goal, samples = view.maze.goal, samples_of_trial(view)
    if goal is None or not _can_be_called(view, len(samples.time_s)) or np.allclose(samples.xy_cm, samples.xy_cm[0]):
        names = (*RULE_SETS, SEGMENTS)
        nothing: dict[str, float | str | None] = dict.fromkeys(names)
        return nothing | {f"{name}_confidence": np.nan for name in names} | {"strategy_agreement": np.nan}
    features = compute_features(view, samples, goal, coverage)
    values: dict[str, float | str | None] = {}
    for name, rules in RULE_SETS.items():
        values[name] = rules(features, 1.0)
        values[f"{name}_confidence"] = float(np.mean([rules(features, scale) == values[name] for scale in _SCALES]))
    called, confidence = segment_model().call(segment_features(samples.xy_cm, view.maze, goal))
    values |= {SEGMENTS: called, f"{SEGMENTS}_confidence": confidence}
    calls = [str(values[name]) for name in (*RULE_SETS, SEGMENTS)]
    return values | {"strategy_agreement": agreement(calls)}


def agreement(calls: list[str]) -> float:
    """Return the share of calls in the family that most of them belong to."""
    return Counter(map(family_of, calls)).most_common(1)[0][1] / len(calls)


def family_of(call: str) -> str:
    """Return the family of a class; itself where it has none."""
    return _FAMILY.get(call, call)


def _can_be_called(view: TrialView, n_samples: int) -> bool:
    return view.window.begin_s == 0 and n_samples >= _FEWEST_SAMPLES
