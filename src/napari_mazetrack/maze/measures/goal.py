"""How a swim relates to the platform: crossings, zone, annulus, proximity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.events import find_stays
from napari_mazetrack.maze.geometry import Disc, Ring, Zone, cut_steps
from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.view import Goal, TrialView
from napari_mazetrack.maze.swim import Path

_NO_GOAL = "missing where the trial has no platform"
_GALLAGHER = "Gallagher et al. 1993, doi:10.1037/0735-7044.107.4.618"
_MAEI = "Maei et al. 2009, PMC2659169"
MEASURES = (
    Measure(
        "platform_crossings",
        "",
        "entries of the path into the platform's area; a re-entry counts after leaving by at least slack_cm, a start "
        "on it and the escape itself do not count",
        missing=_NO_GOAL,
    ),
    Measure("zone_time_s", "s", "time within zone_radius_cm of P", _MAEI, _NO_GOAL),
    Measure("zone_time_fraction", "", "zone time / time in all", _MAEI, _NO_GOAL),
    Measure("annulus_crossings", "", "entries into the ring |r - |CP|| <= r_p, r from the pool's centre", "", _NO_GOAL),
    Measure("annulus_time_fraction", "", "share of time in that ring", "", _NO_GOAL),
    Measure("mean_proximity_cm", "cm", "time-weighted mean of d (trapezoid), d = |position - P|", _GALLAGHER, _NO_GOAL),
    Measure("cumulative_proximity_cm_s", "cm s", "integral of d over time (trapezoid)", _GALLAGHER, _NO_GOAL),
    Measure(
        "corrected_cumulative_proximity_cm_s",
        "cm s",
        "integral of d minus that of a straight swim at the mean speed v to the platform's edge, (D² - r_p²) / (2 v); "
        "negative values are kept",
        _GALLAGHER,
        "missing without a platform, a path, or in a window that does not begin at the release",
    ),
)
#: The mirror positions and how many quarter turns (towards y) away they are; named like the quadrants.
_MIRRORS = ("left", "opposite", "right")
MIRROR_MEASURES = tuple(
    measure
    for name in _MIRRORS
    for measure in (
        Measure(f"platform_crossings_{name}", "", f"platform crossings at the {name} mirror position", _MAEI, _NO_GOAL),
        Measure(f"zone_{name}_time_s", "s", f"zone time round the {name} mirror position", _MAEI, _NO_GOAL),
    )
)
CLOSE_ENCOUNTERS = Measure(
    "close_encounters",
    "",
    "approaches to within encounter_radii × r_p of P, whether or not the platform is touched; another one counts after "
    "going away by at least slack_cm; a start there and the approach that ends in the escape do not count",
    "HVS Image, which leaves the distance to the user",
    _NO_GOAL,
)


def compute_goal(view: TrialView, goal: Goal | None) -> dict[str, float]:
    """Return crossings, zone, annulus and proximity measures with respect to a goal; nothing without one."""
    if goal is None:
        return {}
    path, maze = view.recorded, view.maze
    zone = Disc(_xy(goal.centre), view.settings.zone_radius_cm)
    cp = float(np.hypot(*(goal.centre - maze.centre)))
    ring = Ring(_xy(maze.centre), max(0.0, cp - goal.radius), cp + goal.radius)
    zone_s, annulus_s, total_s = time_in(path, zone), time_in(path, ring), path.duration_s
    return {
        "platform_crossings": count_crossings(view, goal),
        "zone_time_s": zone_s,
        "zone_time_fraction": zone_s / total_s if total_s > 0 else np.nan,
        "annulus_crossings": count_entries(path, ring),
        "annulus_time_fraction": annulus_s / total_s if total_s > 0 else np.nan,
        **compute_proximity(view, goal),
    }


def compute_mirrors(view: TrialView, goal: Goal | None) -> dict[str, float]:
    """Return crossings and zone times at the three mirror positions of a goal; nothing without one."""
    if goal is None:
        return {}
    values: dict[str, float] = {}
    # A counter-clockwise turn on the screen is one from x towards y where the frame is right-handed.
    plane = view.maze.plane
    right_handed = 1 if plane.right[0] * plane.up[1] - plane.right[1] * plane.up[0] > 0 else -1
    for quarter, name in enumerate(_MIRRORS, start=1):
        mirror = goal.turned(view.maze.centre, quarter * right_handed * plane.left_sign)
        values[f"platform_crossings_{name}"] = count_crossings(view, mirror)
        values[f"zone_{name}_time_s"] = time_in(view.recorded, Disc(_xy(mirror.centre), view.settings.zone_radius_cm))
    return values


def compute_encounters(view: TrialView, goal: Goal | None) -> dict[str, float]:
    """Return the close encounters with a goal; nothing without one."""
    if goal is None:
        return {}
    near = Disc(_xy(goal.centre), view.settings.encounter_radii * goal.radius)
    path, events = view.recorded, view.events
    first_s = path.time_s[0] if len(path.time_s) else 0.0
    stays = find_stays(path, near, view.settings.events.slack_cm)
    escape_s = events.escape_s if events.escape_s is not None else np.inf
    return {"close_encounters": sum(first_s < stay.begin_s and stay.end_s < escape_s - 1e-9 for stay in stays)}


def compute_proximity(view: TrialView, goal: Goal) -> dict[str, float]:
    """Return mean, cumulative and corrected cumulative proximity to a goal's centre."""
    path = view.recorded
    distance = np.hypot(*(path.xy_cm - goal.centre).T)
    cumulative = integrate(path, distance)
    mean_speed = view.fixed.length_cm / view.fixed.duration_s if view.fixed.duration_s > 0 else 0.0
    corrected = np.nan
    if mean_speed > 0 and view.window.begin_s == 0:
        ideal = max(0.0, distance[0] ** 2 - goal.radius**2) / (2 * mean_speed)
        corrected = cumulative - ideal
    return {
        "mean_proximity_cm": cumulative / path.duration_s if path.duration_s > 0 else np.nan,
        "cumulative_proximity_cm_s": cumulative,
        "corrected_cumulative_proximity_cm_s": corrected,
    }


def integrate(path: Path, values: NDArray[np.float64]) -> float:
    """Integrate values [N] at the positions of a path over the time of its steps (trapezoid rule)."""
    steps = path.steps
    return float(((values[steps] + values[steps + 1]) / 2 * path.step_s).sum())


def time_in(path: Path, zone: Zone) -> float:
    """Return the time of a path in a zone, its steps cut exactly at the border."""
    pieces = cut_steps(path.start, path.end, zone)
    return float((pieces.share * path.step_s[pieces.step])[zone.contains(pieces.middle)].sum())


def count_entries(path: Path, zone: Zone) -> int:
    """Return how often a path comes into a zone from outside; a start in it is no entry."""
    pieces = cut_steps(path.start, path.end, zone)
    inside = zone.contains(pieces.middle)
    return int((inside[1:] & ~inside[:-1]).sum())


def count_crossings(view: TrialView, goal: Goal) -> int:
    """Return how often the path enters a platform's area; a start on it and the trial's end do not count."""
    path = view.recorded
    stays = find_stays(path, goal.area, view.settings.events.slack_cm)
    first_s = path.time_s[0] if len(path.time_s) else 0.0
    return sum(first_s < stay.begin_s < view.events.end_s - 1e-9 for stay in stays)


def _xy(point: NDArray[np.float64]) -> tuple[float, float]:
    return float(point[0]), float(point[1])
