"""What the rules of a search strategy ask about, over the samples of a trial, missing ones dropped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.samples import Samples, angles_from_start_deg
from napari_mazetrack.maze.measures.view import Goal, TrialView

_RULE_RADIUS_CM = 90.0
_CORRIDOR_DEG, _OUTSIDE_DEG, _DIRECT_DEG, _GARTHE_WALL = 20.0, 22.5, 15.0, 0.8
_WALL_CM, _NARROW_WALL_CM, _ANNULUS_CM = 15.0, 8.0, 12.5


@dataclass(frozen=True)
class StrategyFeatures:
    """Features of one swim; lengths in pool radii, angles in degrees, shares 0 to 1, path and error as said.

    Attributes
    ----------
    path_cm, ideal_path_error : float
        Path and ideal path error, scaled to Pathfinder's pool of 90 cm radius (cm, cm s).
    heading_deg : float
        Mean angle between the next step and the direction to the goal.
    direct : float
        Share of steps that head for the goal within 15 degrees.
    corridor, outside : float
        Share of steps within 20 degrees of the goal's direction; of samples more than 22.5 degrees off the line S to P.
    centroid, goal, former_goal, centre : float
        Mean distance to the path's centroid, the goal, the former goal (infinite without one), and the pool's centre.
    annulus, wall, narrow_wall, garthe_wall : float
        Share of samples within 12.5 cm of the goal's ring, within 15 and 8 cm of the wall (scaled), and beyond 0.8 R.
    coverage, extent : float
        Visited cells of a 10 × 10 grid; area of the ellipse in the path's bounding box over the pool's.
    n_quadrants : int
        Quadrants (platform-centred) that hold a sample.
    """

    path_cm: float
    ideal_path_error: float
    heading_deg: float
    direct: float
    corridor: float
    outside: float
    centroid: float
    goal: float
    former_goal: float
    centre: float
    annulus: float
    wall: float
    narrow_wall: float
    garthe_wall: float
    coverage: float
    extent: float
    n_quadrants: int


def compute_features(view: TrialView, samples: Samples, goal: Goal, coverage: float) -> StrategyFeatures:
    """Return the features of at least three samples that do not all lie on one spot."""
    maze, xy = view.maze, samples.xy_cm
    scale = maze.radius / _RULE_RADIUS_CM
    radius = np.hypot(*(xy - maze.centre).T) / maze.radius
    distance = np.hypot(*(xy - goal.centre).T)
    heading = _headings_deg(xy, goal.centre)
    off_line = angles_from_start_deg(xy, goal.centre)
    ring = np.hypot(*(goal.centre - maze.centre)) / maze.radius
    former = view.maze.former_goal
    return StrategyFeatures(
        path_cm=float(samples.step_cm.sum()) / scale,
        ideal_path_error=_ideal_path_error(samples, distance, goal.radius) / scale,
        heading_deg=float(np.nanmean(heading)),
        direct=float((heading < _DIRECT_DEG).sum() / np.isfinite(heading).sum()),
        corridor=float((heading <= _CORRIDOR_DEG).sum() / np.isfinite(heading).sum()),
        outside=float((off_line > _OUTSIDE_DEG).sum() / np.isfinite(off_line).sum()),
        centroid=float(np.hypot(*(xy - xy.mean(axis=0)).T).mean()) / maze.radius,
        goal=float(distance.mean()) / maze.radius,
        former_goal=np.inf if former is None else float(np.hypot(*(xy - former.centre).T).mean()) / maze.radius,
        centre=float(radius.mean()),
        annulus=float((np.abs(radius - ring) <= _ANNULUS_CM / _RULE_RADIUS_CM).mean()),
        wall=float((radius >= 1 - _WALL_CM / _RULE_RADIUS_CM).mean()),
        narrow_wall=float((radius >= 1 - _NARROW_WALL_CM / _RULE_RADIUS_CM).mean()),
        garthe_wall=float((radius > _GARTHE_WALL).mean()),
        coverage=coverage,
        extent=float(np.prod(np.ptp(xy, axis=0))) / (2 * maze.radius) ** 2,
        n_quadrants=len(np.unique(_quadrants(xy - maze.centre, goal.centre - maze.centre))),
    )


def _headings_deg(xy: NDArray[np.float64], goal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unsigned angle [N - 1] between each step and the direction to the goal; NaN where still."""
    step, aim = np.diff(xy, axis=0), goal - xy[:-1]
    cross = step[:, 0] * aim[:, 1] - step[:, 1] * aim[:, 0]
    angle = np.degrees(np.abs(np.arctan2(cross, (step * aim).sum(axis=1))))
    return np.where(np.hypot(step[:, 0], step[:, 1]) > 0, angle, np.nan)


def _ideal_path_error(samples: Samples, distance: NDArray[np.float64], goal_radius: float) -> float:
    step_s = np.diff(samples.time_s)
    speed = samples.step_cm.sum() / step_s.sum()
    swum = (distance[:-1] + distance[1:]) / 2 @ step_s
    ideal = max(0.0, distance[0] ** 2 - goal_radius**2) / (2 * speed)
    return max(0.0, float(swum - ideal))


def _quadrants(ray: NDArray[np.float64], aim: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the quarter turns [N] from the goal's direction to that of vectors [N, 2]."""
    cross = aim[0] * ray[:, 1] - aim[1] * ray[:, 0]
    quarter: NDArray[np.int64] = np.round(np.arctan2(cross, ray @ aim) / (np.pi / 2)).astype(np.int64) % 4
    return quarter
