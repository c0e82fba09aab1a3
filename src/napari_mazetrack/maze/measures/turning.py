"""Turning: changes of the direction of swimming, left and right as the animal sees it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.view import TrialView
from napari_mazetrack.maze.swim import Path, fixed_rate_path

_NO_HEAD = "missing without head positions; gaps longer than max_gap_s are left out"
MEASURES = (
    Measure(
        "total_turn_deg",
        "deg",
        "sum of |wrapped change of direction| at vertices of the fixed-rate path at least turn_step_cm apart",
    ),
    Measure("mean_angular_speed_deg_s", "deg/s", "total turn / time", missing="missing without a step"),
    Measure(
        "turns_left",
        "",
        "runs of changes to the animal's left, seen from above, that sum to at least turn_threshold_deg",
    ),
    Measure("turns_right", "", "the same to its right"),
)
HEAD_MEASURES = (
    Measure(
        "head_turn_deg",
        "deg",
        "sum of |wrapped change of the direction from body to head| between recorded samples of the window",
        "",
        _NO_HEAD,
    ),
)
HEAD_TURNS = (
    Measure(
        "head_turns_left",
        "",
        "runs of changes of the direction from body to head, smoothed at the fixed rate, to the animal's left that sum "
        "to at least turn_threshold_deg",
        "",
        _NO_HEAD,
    ),
    Measure("head_turns_right", "", "the same to its right", "", _NO_HEAD),
)


def compute_turning(view: TrialView) -> dict[str, float]:
    """Return total turn, mean angular speed, and turns to either side."""
    changes = [_direction_changes(view, run) for run in view.fixed.runs()]
    total = float(sum(np.abs(change).sum() for change in changes))
    sums = np.concatenate([_run_sums(change) for change in changes]) if changes else np.zeros(0)
    threshold = np.radians(view.settings.turn_threshold_deg)
    duration_s = view.fixed.duration_s
    return {
        "total_turn_deg": float(np.degrees(total)),
        "mean_angular_speed_deg_s": float(np.degrees(total)) / duration_s if duration_s > 0 else np.nan,
        "turns_left": int((sums >= threshold - 1e-9).sum()),
        "turns_right": int((sums <= -threshold + 1e-9).sum()),
        **_head_turn(view),
    }


def _direction_changes(view: TrialView, run: slice) -> NDArray[np.float64]:
    """Return the wrapped changes of direction along one run, positive to the animal's left."""
    vertices = _spaced(view.fixed.xy_cm[run], view.settings.turn_step_cm)
    direction = view.maze.plane.screen_angle_rad(np.diff(vertices, axis=0)) * view.maze.plane.left_sign
    return wrap_rad(np.diff(direction))


def _spaced(xy: NDArray[np.float64], step_cm: float) -> NDArray[np.float64]:
    """Keep the first position, and then each one that is at least `step_cm` from the last one kept."""
    first, *others = xy.tolist()
    kept = [first]
    for point in others:
        if math.dist(point, kept[-1]) >= step_cm:
            kept.append(point)
    return np.array(kept)


def _run_sums(changes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum successive changes of one sign."""
    if not len(changes):
        return np.zeros(0)
    begins = np.flatnonzero(np.r_[True, np.sign(changes[1:]) != np.sign(changes[:-1])])
    sums: NDArray[np.float64] = np.add.reduceat(changes, begins)
    return sums


def _head_turn(view: TrialView) -> dict[str, float]:
    heading = view.swim.heading_cm
    if heading is None:
        return {}
    time = view.swim.time_s
    is_used = (time >= view.begin_s) & (time <= view.end_s) & np.isfinite(heading).all(axis=1)
    direction, used_s = view.maze.plane.screen_angle_rad(heading[is_used]), time[is_used]
    if len(used_s) < 2:
        return {}
    longest = max(view.settings.max_gap_s, 1.5 * view.swim.interval_s)
    is_joined = np.diff(used_s) <= longest
    changes = wrap_rad(np.diff(direction))[is_joined]
    pointing = Path(used_s, np.stack([np.cos(direction), np.sin(direction)], axis=1), is_joined)
    sums = _head_sums(view, pointing)
    threshold = np.radians(view.settings.turn_threshold_deg) - 1e-9
    return {
        "head_turn_deg": float(np.degrees(np.abs(changes).sum())),
        "head_turns_left": int((sums >= threshold).sum()),
        "head_turns_right": int((sums <= -threshold).sum()),
    }


def _head_sums(view: TrialView, pointing: Path) -> NDArray[np.float64]:
    """Sum runs of changes of where the head points, positive to the animal's left.

    Parameters
    ----------
    view : TrialView
        Gives the fixed rate.
    pointing : Path
        Unit vectors from body to head, on the screen, in place of positions: smoothed as these are.
    """
    smooth = fixed_rate_path(pointing, view.settings.rate_hz, view.settings.smoothing_window_s)
    direction = np.arctan2(smooth.xy_cm[:, 1], smooth.xy_cm[:, 0]) * view.maze.plane.left_sign
    return np.concatenate([_run_sums(wrap_rad(np.diff(direction[run]))) for run in smooth.runs()])


def wrap_rad(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Wrap angles to -π … π."""
    wrapped: NDArray[np.float64] = (angle + np.pi) % (2 * np.pi) - np.pi
    return wrapped
