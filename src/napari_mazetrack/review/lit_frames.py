"""The frames that a measure comes from, for people to see on the path: those in its zone, within the trial.

Measures cut the path exactly at borders; whole frames are shown. What comes from the whole trial lights all of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.events import TrialEvents
from napari_mazetrack.maze.geometry import Disc, Polygon, Ring
from napari_mazetrack.maze.measures.settings import MeasureSettings
from napari_mazetrack.maze.measures.view import Goal
from napari_mazetrack.maze.quadrants import quadrant_of
from napari_mazetrack.review.evidence import Evidence

Flags = NDArray[np.bool_]


def find_lit_frames(measure: str, evidence: Evidence, events: TrialEvents, settings: MeasureSettings) -> Flags:
    """Return in which frames a measure is made, bool [T]; none for a measure of a place that the maze does not have."""
    time_s = evidence.time_s
    in_trial = np.isfinite(evidence.xy_cm).all(axis=1)
    in_trial &= (time_s >= events.release_s - 1e-9) & (time_s <= events.end_s + 1e-9)
    if measure.startswith("quadrant_"):
        return in_trial & _in_quadrant(measure.split("_")[1], evidence)
    for beginning, is_inside in _ZONES:
        if measure.startswith(beginning):
            return in_trial & is_inside(evidence, settings, in_trial)
    return in_trial


def _in_quadrant(name: str, evidence: Evidence) -> Flags:
    maze = evidence.maze
    roles = maze.role_quadrants(maze.goal) if maze.goal is not None else {}
    number = int(name) if name.isdigit() else roles.get(name)
    is_inside: Flags = quadrant_of(np.nan_to_num(evidence.xy_cm), maze.plane, maze.border_rad) == number
    return is_inside


def _of_goal(inside: Callable[[Evidence, Goal, MeasureSettings, Flags], Flags]) -> Callable[..., Flags]:
    """Return the test of a zone that is nowhere without a platform."""

    def test(evidence: Evidence, settings: MeasureSettings, in_trial: Flags) -> Flags:
        goal = evidence.maze.goal
        return np.zeros(len(in_trial), bool) if goal is None else inside(evidence, goal, settings, in_trial)

    return test


def _in_zone(evidence: Evidence, goal: Goal, settings: MeasureSettings, _in_trial: Flags) -> Flags:
    x, y = goal.centre.tolist()
    return np.asarray(Disc((x, y), settings.zone_radius_cm).contains(np.nan_to_num(evidence.xy_cm)))


def _in_ring(evidence: Evidence, goal: Goal, _settings: MeasureSettings, _in_trial: Flags) -> Flags:
    x, y = evidence.maze.centre.tolist()
    distance = float(np.hypot(*(goal.centre - evidence.maze.centre)))
    ring = Ring((x, y), max(0.0, distance - goal.radius), distance + goal.radius)
    return np.asarray(ring.contains(np.nan_to_num(evidence.xy_cm)))


def _on_platform(evidence: Evidence, goal: Goal, _settings: MeasureSettings, _in_trial: Flags) -> Flags:
    return np.asarray(goal.area.contains(np.nan_to_num(evidence.xy_cm)))


def _in_corridor(evidence: Evidence, goal: Goal, _settings: MeasureSettings, in_trial: Flags) -> Flags:
    if not in_trial.any():
        return in_trial
    start = evidence.xy_cm[int(np.argmax(in_trial))]
    along = goal.centre - start
    length = float(np.hypot(*along))
    if length == 0:
        return np.zeros(len(in_trial), bool)
    across = np.array([-along[1], along[0]]) / length * goal.radius
    corners = (start - across, goal.centre - across, goal.centre + across, start + across)
    strip = Polygon(tuple((float(x), float(y)) for x, y in corners))
    return np.asarray(strip.contains(np.nan_to_num(evidence.xy_cm)))


def _at_wall(evidence: Evidence, settings: MeasureSettings, _in_trial: Flags) -> Flags:
    return np.asarray(_radius(evidence) > (1 - settings.wall_width) * evidence.maze.radius)


def _in_centre(evidence: Evidence, settings: MeasureSettings, _in_trial: Flags) -> Flags:
    return np.asarray(_radius(evidence) < settings.centre_radius * evidence.maze.radius)


def _radius(evidence: Evidence) -> NDArray[np.float64]:
    radius: NDArray[np.float64] = np.hypot(*(np.nan_to_num(evidence.xy_cm) - evidence.maze.centre).T)
    return radius


#: How the names of a zone's measures begin, and which frames lie in the zone.
_ZONES: tuple[tuple[str, Callable[..., Flags]], ...] = (
    ("zone_time", _of_goal(_in_zone)),
    ("annulus_", _of_goal(_in_ring)),
    ("platform_crossings", _of_goal(_on_platform)),
    ("corridor_", _of_goal(_in_corridor)),
    ("thigmotaxis_", _at_wall),
    ("centre_fraction", _in_centre),
)
