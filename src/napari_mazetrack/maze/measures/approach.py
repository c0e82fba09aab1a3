"""How directly the animal heads for the platform: corridor, heading, initial trajectory, efficiency."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.geometry import Disc, Polygon, cut_steps
from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.view import Goal, TrialView
from napari_mazetrack.maze.swim import Path

_FROM_START = "missing without a platform, or in a window that does not begin at the release"
_WHISHAW = "Whishaw 1985, doi:10.1037/0735-7044.99.5.979"
CORRIDOR_MEASURES = (
    Measure("corridor_path_fraction", "", "share of path in the strip S to P, width 2 r_p", _WHISHAW, _FROM_START),
    Measure("corridor_time_fraction", "", "share of time in that strip", _WHISHAW, _FROM_START),
)
MEASURES = (
    *CORRIDOR_MEASURES,
    Measure(
        "initial_heading_error_deg",
        "deg",
        "unsigned angle at S between P and the point where the path leaves the circle round S of radius "
        "heading_circle × pool diameter",
        "",
        _FROM_START + ", where D is smaller than the circle, or where it is never left",
    ),
    Measure(
        "initial_trajectory_error_cm",
        "cm",
        "|P - point at which the path first reaches the length D, or the last point before the escape|",
        "Gallagher et al. 1993, doi:10.1037/0735-7044.107.4.618",
        _FROM_START,
    ),
    Measure(
        "path_efficiency",
        "",
        "(D - r_p) / path length",
        "",
        _FROM_START + ", or where the platform was not reached",
    ),
)
TIMED_HEADING = Measure(
    "timed_heading_error_deg",
    "deg",
    "unsigned angle at S between P and the position heading_after_s after the release",
    "HVS Image",
    _FROM_START + ", where the path has a gap then, the trial is over, or the animal has not moved",
)


def compute_approach(view: TrialView) -> dict[str, float]:
    """Return the measures of a direct approach; nothing without a goal or a start."""
    goal, path = view.maze.goal, view.fixed
    if goal is None or not len(path.xy_cm) or view.window.begin_s != 0:
        return {}
    start = path.xy_cm[0]
    distance = float(np.hypot(*(goal.centre - start)))
    efficiency = np.nan
    if view.is_reached and view.trial.kind.has_platform and path.length_cm > 0:
        efficiency = max(0.0, distance - goal.radius) / path.length_cm
    return {
        **_corridor(view, goal, start),
        "initial_heading_error_deg": _heading_error(view, goal, start),
        "initial_trajectory_error_cm": float(np.hypot(*(goal.centre - point_at_length(path, distance)))),
        "path_efficiency": efficiency,
        "timed_heading_error_deg": _timed_heading_error(view, goal),
    }


def _corridor(view: TrialView, goal: Goal, start: NDArray[np.float64]) -> dict[str, float]:
    along = goal.centre - start
    length = np.hypot(*along)
    if length == 0:
        return {}
    across = np.array([-along[1], along[0]]) / length * goal.radius
    corners = (start - across, goal.centre - across, goal.centre + across, start + across)
    strip = Polygon(tuple((float(x), float(y)) for x, y in corners))
    walked = cut_steps(view.fixed.start, view.fixed.end, strip)
    timed = cut_steps(view.recorded.start, view.recorded.end, strip)
    piece_cm = walked.share * view.fixed.step_cm[walked.step]
    piece_s = timed.share * view.recorded.step_s[timed.step]
    return {
        "corridor_path_fraction": _share(piece_cm, strip.contains(walked.middle)),
        "corridor_time_fraction": _share(piece_s, strip.contains(timed.middle)),
    }


def _share(amounts: NDArray[np.float64], is_counted: NDArray[np.bool_]) -> float:
    total = float(amounts.sum())
    return float(amounts[is_counted].sum()) / total if total > 0 else np.nan


def _heading_error(view: TrialView, goal: Goal, start: NDArray[np.float64]) -> float:
    radius = view.settings.heading_circle * 2 * view.maze.radius
    circle = Disc((float(start[0]), float(start[1])), radius)
    path = view.recorded
    if np.hypot(*(goal.centre - start)) < radius:
        return np.nan
    pieces = cut_steps(path.start, path.end, circle)
    outside = np.flatnonzero(~circle.contains(pieces.middle))
    if not len(outside):
        return np.nan
    first = int(outside[0])
    step = int(pieces.step[first])
    leaving = path.start[step] + pieces.begin[first] * (path.end[step] - path.start[step])
    return angle_between_deg(leaving - start, goal.centre - start)


def _timed_heading_error(view: TrialView, goal: Goal) -> float:
    path = view.recorded
    there = path.position_at(view.events.release_s + view.settings.heading_after_s)
    if there is None or (there == path.xy_cm[0]).all():
        return np.nan
    return angle_between_deg(there - path.xy_cm[0], goal.centre - path.xy_cm[0])


def angle_between_deg(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the unsigned angle between two vectors [2] in degrees."""
    return float(np.degrees(abs(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b))))


def point_at_length(path: Path, length_cm: float) -> NDArray[np.float64]:
    """Return the point at which a path has the given length, its last point where it is shorter."""
    reached = np.r_[0.0, np.cumsum(path.step_cm)]
    if reached[-1] <= length_cm:
        return np.array(path.xy_cm[-1])
    step = int(np.searchsorted(reached, length_cm, side="right")) - 1
    share = (length_cm - reached[step]) / path.step_cm[step]
    point: NDArray[np.float64] = path.start[step] + share * (path.end[step] - path.start[step])
    return point
