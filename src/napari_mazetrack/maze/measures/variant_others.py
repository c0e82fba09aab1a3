"""Measures as Pathfinder, HVS Image, ManyMaze and Gallagher's first paper compute them."""

from __future__ import annotations

import numpy as np

from napari_mazetrack.maze.measures.approach import angle_between_deg, point_at_length
from napari_mazetrack.maze.measures.samples import angles_from_start_deg, samples_of_trial
from napari_mazetrack.maze.measures.view import TrialView

_HVS_TRAVELLED = 0.2
_PATHFINDER_WALL_CM, _PATHFINDER_NARROW_WALL_CM, _PATHFINDER_CORRIDOR_DEG = 15.0, 8.0, 20.0
PATHFINDER_FORMULAS = {
    "mean_speed_cm_s": "path of the samples / trial duration",
    "corrected_cumulative_proximity_cm_s": "ideal path error: sum of d dt minus that of an ideal swim whose distance "
    "falls by v dt a step until ceil(r_p); negative becomes 0",
    "thigmotaxis_fraction": "share of samples with r >= R - 15 cm",
    "wall_band_fraction": "the same share",
    "narrow_wall_band_fraction": "share of samples with r >= R - 8 cm",
    "corridor_time_fraction": "share of samples whose line to S lies within 20 degrees of the line S to P, in either "
    "direction",
    "annulus_time_fraction": "share of samples with |r - |CP|| <= 12.5 cm",
}
HVS_FORMULAS = {
    "latency_s": "-1 where the platform is not reached (`analyse` takes the time observed)",
    "initial_heading_error_deg": "angle at S between P and the point where 0.2 of the pool's diameter is travelled",
    "path_efficiency": "inverse: path length / (D - r_p); missing if not reached",
}
MANYMAZE_FORMULAS = {
    "corrected_cumulative_proximity_cm_s": "sum of d at whole seconds to the first entry, minus the same sum of a "
    "straight swim at the mean speed to the platform's edge",
}
GALLAGHER_FORMULAS = {
    "mean_proximity_cm": "mean of the 1-s means of d (10 samples a second or the recorded ones)",
    "corrected_cumulative_proximity_cm_s": "sum of the 1-s means of d after the first D / v seconds",
}


def compute_pathfinder(view: TrialView) -> dict[str, float]:
    """Return Pathfinder's ideal path error, bands and speed (Cooke et al. 2019, F1000Research 8:1521)."""
    samples, maze = samples_of_trial(view), view.maze
    if len(samples.time_s) < 2:
        return {}
    radius = np.hypot(*(samples.xy_cm - maze.centre).T)
    length, duration = float(samples.step_cm.sum()), float(np.ptp(samples.time_s))
    values = {
        "mean_speed_cm_s": length / duration,
        "thigmotaxis_fraction": float((radius >= maze.radius - _PATHFINDER_WALL_CM).mean()),
        "wall_band_fraction": float((radius >= maze.radius - _PATHFINDER_WALL_CM).mean()),
        "narrow_wall_band_fraction": float((radius >= maze.radius - _PATHFINDER_NARROW_WALL_CM).mean()),
    }
    if maze.goal is None:
        return values
    values["annulus_time_fraction"] = float(
        (np.abs(radius - np.hypot(*(maze.goal.centre - maze.centre))) <= 12.5).mean()
    )
    if view.window.begin_s == 0:
        off_line = angles_from_start_deg(samples.xy_cm, maze.goal.centre)
        is_along = np.minimum(off_line, 180 - off_line) <= _PATHFINDER_CORRIDOR_DEG
        values["corridor_time_fraction"] = float(is_along.mean())
        distance, step_s = np.hypot(*(samples.xy_cm - maze.goal.centre).T), np.diff(samples.time_s)
        ideal = distance[0] - length / duration * np.r_[0.0, np.cumsum(step_s)]
        ideal_s = step_s * (ideal[:-1] > np.ceil(maze.goal.radius))
        error = float((distance[:-1] * step_s).sum() - (ideal[:-1] * ideal_s).sum())
        values["corrected_cumulative_proximity_cm_s"] = max(0.0, error)
    return values


def compute_hvs(view: TrialView) -> dict[str, float]:
    """Return HVS Image's latency, heading and efficiency."""
    goal, path = view.maze.goal, view.fixed
    if goal is None or not len(path.xy_cm):
        return {}
    values = {} if view.is_reached else {"latency_s": -1.0}
    if view.window.begin_s != 0:
        return values
    start, travelled = path.xy_cm[0], _HVS_TRAVELLED * 2 * view.maze.radius
    values["initial_heading_error_deg"] = np.nan
    if path.length_cm >= travelled:
        leaving = point_at_length(path, travelled)
        values["initial_heading_error_deg"] = angle_between_deg(leaving - start, goal.centre - start)
    direct = float(np.hypot(*(goal.centre - start))) - goal.radius
    is_defined = view.is_reached and view.trial.kind.has_platform and direct > 0
    return values | {"path_efficiency": path.length_cm / direct if is_defined else np.nan}


def compute_manymaze(view: TrialView) -> dict[str, float]:
    """Return ManyMaze's corrected cumulative proximity: samples of one second to the first entry."""
    goal, path, events = view.maze.goal, view.recorded, view.events
    if goal is None or view.window.begin_s != 0 or len(path.xy_cm) < 2 or path.length_cm == 0:
        return {}
    contact_s = view.end_s if events.first_contact_s is None else min(events.first_contact_s, view.end_s)
    second = np.arange(path.time_s[0], contact_s + 1e-9, 1.0)
    there = np.stack([np.interp(second, path.time_s, path.xy_cm[:, axis]) for axis in (0, 1)], axis=1)
    distance = np.hypot(*(there - goal.centre).T)
    speed = path.length_cm / path.duration_s
    ideal = distance[0] - speed * np.arange(0.0, max(0.0, distance[0] - goal.radius) / speed + 1e-9)
    return {"corrected_cumulative_proximity_cm_s": float(distance.sum() - ideal.sum())}


def compute_gallagher(view: TrialView) -> dict[str, float]:
    """Return proximity from means of one second, the first D / v seconds dropped (doi:10.1037/0735-7044.107.4.618)."""
    goal, samples = view.maze.goal, samples_of_trial(view)
    if goal is None or len(samples.time_s) < 2:
        return {}
    distance = np.hypot(*(samples.xy_cm - goal.centre).T)
    second = np.floor(samples.time_s - samples.time_s[0] + 1e-9)
    means = np.array([distance[second == s].mean() for s in np.unique(second)])
    values = {"mean_proximity_cm": float(means.mean())}
    speed = float(samples.step_cm.sum() / np.ptp(samples.time_s))
    if view.window.begin_s == 0 and speed > 0:
        values["corrected_cumulative_proximity_cm_s"] = float(means[np.unique(second) >= distance[0] / speed].sum())
    return values
