"""The strategy of a swim by each set of rules, and how firmly it stands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from napari_mazetrack.maze.measures.samples import samples_of_trial
from napari_mazetrack.maze.measures.view import TrialView
from napari_mazetrack.maze.strategies.features import StrategyFeatures, compute_features
from napari_mazetrack.maze.strategies.garthe import call_garthe
from napari_mazetrack.maze.strategies.pathfinder import call_pathfinder

_SCALES = (0.8, 0.9, 1.0, 1.1, 1.2)
_FEWEST_SAMPLES = 3
Rules = Callable[[StrategyFeatures, float], str]
RULE_SETS: dict[str, Rules] = {"strategy": call_pathfinder, "strategy_garthe": call_garthe}


def compute_strategies(view: TrialView, coverage: float) -> dict[str, float | str | None]:
    """Return the call and its confidence by each set of rules; None and NaN where nothing can be called.

    Parameters
    ----------
    view : TrialView
        The trial and window.
    coverage : float
        Its `coverage_fraction`.
    """
    features = _features(view, coverage)
    values: dict[str, float | str | None] = {}
    for name, rules in RULE_SETS.items():
        values[name] = None if features is None else rules(features, 1.0)
        calls = [] if features is None else [rules(features, scale) for scale in _SCALES]
        values[f"{name}_confidence"] = float(np.mean([call == values[name] for call in calls])) if calls else np.nan
    return values


def _features(view: TrialView, coverage: float) -> StrategyFeatures | None:
    goal, samples = view.maze.goal, samples_of_trial(view)
    if goal is None or view.window.begin_s != 0 or len(samples.time_s) < _FEWEST_SAMPLES:
        return None
    if np.allclose(samples.xy_cm, samples.xy_cm[0]):
        return None
    return compute_features(view, samples, goal, coverage)
