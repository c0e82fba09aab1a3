"""Measures as the R package Rtrack 1.0.7 computes them: over samples, to the end of the recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.roaming import roaming_entropy
from napari_mazetrack.maze.measures.samples import Samples, angles_from_start_deg, samples_until_end
from napari_mazetrack.maze.measures.view import Goal, TrialView

_WALL, _N_CORNERS, _DIRECT_DEG, _CORRIDOR_DEG = 0.8, 100, 15.0, 20.0
FORMULAS = {
    "reached_platform": "true where a sample lies on the platform",
    "latency_s": "first sample on the platform minus release; not reached: time of the samples",
    "trial_duration_s": "last sample minus first, an escape ends nothing",
    "path_length_cm": "sum of the steps between all samples, missing ones dropped",
    "mean_speed_cm_s": "mean of the steps' speeds",
    "median_speed_cm_s": "median of the steps' speeds",
    "quadrant_target_time_fraction": "share of samples within 45 degrees of the goal's direction from C",
    "platform_crossings": "ceil(changes between on and off the platform / 2)",
    "mean_proximity_cm": "mean over samples of the distance to P",
    "mean_centroid_distance_cm": "mean over samples of the distance to the centroid, which counts the first twice",
    "initial_heading_error_deg": "mean unsigned angle at S between P and the samples i with path(i + 1) < D",
    "initial_trajectory_error_cm": "|P - last sample i with path(i + 1) < D|",
    "path_efficiency": "share of those samples within 15 degrees of P as seen from S",
    "thigmotaxis_fraction": "share of samples between the regular 100-gons of radius 0.8 R and R",
    "total_turn_deg": "sum of |differences| of the steps' directions from -180 to 180 degrees, not wrapped: a turn "
    "over that border counts as nearly 360 (as its published code has it; what 1.0.7 gave is on another scale)",
    "mean_angular_speed_deg_s": "that sum / time of the samples",
    "corridor_time_fraction": "share of samples in the triangle from S to P with 20 degrees to either side",
    "roaming_entropy": "over all samples (1.0.7 takes a few more grid points for the pool: within 0.01)",
    "coverage_fraction": "area by the shoelace formula of the closed path / pi R²",
}


def compute_rtrack(view: TrialView) -> dict[str, float | bool]:
    """Return the measures that Rtrack defines otherwise; nothing for fewer than two samples."""
    samples = samples_until_end(view)
    if len(samples.time_s) < 2:
        return {}
    maze, xy = view.maze, samples.xy_cm
    speed = samples.step_cm / np.diff(samples.time_s)
    is_at_wall = _in_polygon(xy - maze.centre, maze.radius) & ~_in_polygon(xy - maze.centre, _WALL * maze.radius)
    ring = np.vstack([xy, xy[:1]])
    direction = np.arctan2(*np.diff(xy, axis=0).T[::-1])
    turned_deg = float(np.degrees(np.abs(np.diff(direction)).sum()))
    duration_s = float(np.ptp(samples.time_s))
    values: dict[str, float | bool] = {
        "total_turn_deg": turned_deg,
        "mean_angular_speed_deg_s": turned_deg / duration_s,
        "roaming_entropy": roaming_entropy(xy, maze),
        "trial_duration_s": duration_s,
        "path_length_cm": float(samples.step_cm.sum()),
        "mean_speed_cm_s": float(speed.mean()),
        "median_speed_cm_s": float(np.median(speed)),
        "mean_centroid_distance_cm": float(np.hypot(*(xy - ring.mean(axis=0)).T).mean()),
        "thigmotaxis_fraction": float(is_at_wall.mean()),
        "coverage_fraction": _ring_area(ring) / (np.pi * maze.radius**2),
    }
    return values if maze.goal is None else values | _goal_values(view, samples, maze.goal)


def _goal_values(view: TrialView, samples: Samples, goal: Goal) -> dict[str, float | bool]:
    xy, centre = samples.xy_cm, view.maze.centre
    is_on = goal.area.contains(xy)
    distance = np.hypot(*(xy - goal.centre).T)
    ray, aim = xy - centre, goal.centre - centre
    cross = ray[:, 0] * aim[1] - ray[:, 1] * aim[0]
    values: dict[str, float | bool] = {
        "reached_platform": bool(is_on.any()),
        "latency_s": float(samples.time_s[is_on][0] if is_on.any() else samples.time_s[-1]),
        "quadrant_target_time_fraction": float((np.abs(cross) <= ray @ aim).mean()),
        "platform_crossings": int(np.ceil((is_on[1:] != is_on[:-1]).sum() / 2)),
        "mean_proximity_cm": float(distance.mean()),
    }
    if view.window.begin_s == 0:
        values["corridor_time_fraction"] = _corridor_share(xy, goal)
    n_initial = int((np.cumsum(samples.step_cm) < distance[0]).sum())
    if view.window.begin_s != 0 or n_initial < 2:
        return values
    angle = angles_from_start_deg(xy[:n_initial], goal.centre)
    return values | {
        "initial_heading_error_deg": float(np.nanmean(angle)) if np.isfinite(angle).any() else np.nan,
        "initial_trajectory_error_cm": float(distance[n_initial - 1]),
        "path_efficiency": float((angle < _DIRECT_DEG).mean()),
    }


def _corridor_share(xy: NDArray[np.float64], goal: Goal) -> float:
    """Return the share of samples that are within 20 degrees of P as seen from S, and no farther along than P."""
    to_goal = goal.centre - xy[0]
    with np.errstate(invalid="ignore"):  # a start on P itself
        along = (xy - xy[0]) @ to_goal / (to_goal @ to_goal)
    angle = np.nan_to_num(angles_from_start_deg(xy, goal.centre), nan=0.0)
    return float(((angle <= _CORRIDOR_DEG) & (along <= 1)).mean())


def _in_polygon(from_centre: NDArray[np.float64], radius: float) -> NDArray[np.bool_]:
    """Tell which vectors [N, 2] lie in the regular polygon that stands for a circle (a corner on the x axis)."""
    sector = 2 * np.pi / _N_CORNERS
    angle = np.arctan2(from_centre[:, 1], from_centre[:, 0]) % sector - sector / 2
    inside: NDArray[np.bool_] = np.hypot(*from_centre.T) * np.cos(angle) <= radius * np.cos(sector / 2)
    return inside


def _ring_area(ring: NDArray[np.float64]) -> float:
    x, y = (ring - ring[0]).T
    return abs(float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())) / 2
