"""Measures as EthoVision's exports have them, and distances to the platform's edge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.goal import integrate
from napari_mazetrack.maze.measures.samples import recording_end_s
from napari_mazetrack.maze.measures.view import Goal, TrialView
from napari_mazetrack.maze.swim import recorded_path

ETHOVISION_FORMULAS = {
    "reached_platform": "of the whole recording: true where a sample lies on the platform",
    "latency_s": "first sample on the platform minus release; not reached: time observed",
    "trial_duration_s": "from release, or the window's begin, to the end of the recording or the limit; an escape ends "
    "nothing",
    "path_length_cm": "distance moved: sum of the raw steps over that time, each between two successive samples; no "
    "gap is bridged",
    "mean_speed_cm_s": "that sum / time of the steps",
    "mean_proximity_cm": "mean over the samples of that time of the distance to the platform's edge, 0 on it",
    "cumulative_proximity_cm_s": "integral of that distance over the steps (trapezoid)",
}
EDGE_FORMULAS = {
    "mean_proximity_cm": "time-weighted mean of the distance to the platform's edge, 0 on it (trapezoid)",
    "cumulative_proximity_cm_s": "integral of that distance over time (trapezoid)",
    "corrected_cumulative_proximity_cm_s": "that integral minus that of a straight swim at the mean speed v to the "
    "edge, (D - r_p)² / (2 v); negative values are kept",
}


def compute_ethovision(view: TrialView) -> dict[str, float | bool]:
    """Return distance moved, first sample on the platform and distances to its edge, over the whole recording."""
    end_s = recording_end_s(view)
    window_end_s = end_s if view.window.end_s is None else min(end_s, view.events.release_s + view.window.end_s)
    path = recorded_path(view.swim, max_gap_s=0.0).clip(view.begin_s, window_end_s)
    values: dict[str, float | bool] = {
        "trial_duration_s": max(0.0, window_end_s - view.begin_s),
        "path_length_cm": path.length_cm,
        "mean_speed_cm_s": path.length_cm / path.duration_s if path.duration_s > 0 else np.nan,
    }
    goal = view.maze.goal
    if goal is None:
        return values
    outside = _outside_cm(goal, path.xy_cm)
    on_s = _first_sample_on(view, goal, end_s)
    return values | {
        "reached_platform": on_s is not None,
        "latency_s": (view.events.end_s if on_s is None else on_s) - view.events.release_s,
        "mean_proximity_cm": float(outside.mean()) if len(outside) else np.nan,
        "cumulative_proximity_cm_s": integrate(path, outside),
    }


def compute_edge(view: TrialView) -> dict[str, float]:
    """Return the proximity measures with distances to the platform's edge in place of its centre."""
    goal, path = view.maze.goal, view.recorded
    if goal is None or not len(path.xy_cm):
        return {}
    outside = _outside_cm(goal, path.xy_cm)
    cumulative = integrate(path, outside)
    values = {
        "mean_proximity_cm": cumulative / path.duration_s if path.duration_s > 0 else np.nan,
        "cumulative_proximity_cm_s": cumulative,
    }
    fixed = view.fixed
    if fixed.length_cm == 0 or view.window.begin_s != 0:
        return values
    speed = fixed.length_cm / fixed.duration_s
    return values | {"corrected_cumulative_proximity_cm_s": cumulative - float(outside[0]) ** 2 / (2 * speed)}


def _first_sample_on(view: TrialView, goal: Goal, end_s: float) -> float | None:
    """Return the film time of the first sample on the platform; a path between two samples is not seen."""
    time = view.swim.time_s
    is_seen = (time >= view.events.release_s) & (time <= end_s) & ~view.swim.is_missing
    on_s = time[is_seen][goal.area.contains(view.swim.xy_cm[is_seen])]
    return float(on_s[0]) if len(on_s) else None


def _outside_cm(goal: Goal, xy_cm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far positions [N, 2] are from the platform, 0 on it."""
    return np.maximum(0.0, goal.area.edge_distance(xy_cm))
