"""Chance: the share of the pool's area that each zone covers, by the measure that gives the share of time in it.

An animal that is everywhere alike often spends this share of its time there. What lies outside the pool does not count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.bands import N_RINGS, RING_RADII
from napari_mazetrack.maze.measures.quadrant_use import AREA_SHARE, NAMES
from napari_mazetrack.maze.measures.settings import MeasureSettings
from napari_mazetrack.maze.measures.view import Goal, Maze
from napari_mazetrack.maze.quadrants import ROLES

_N_LINES = 201


def chance_of_zones(
    maze: Maze, settings: MeasureSettings, start_xy: NDArray[np.float64] | None = None
) -> dict[str, float]:
    """Return the area share of the zone of each measure that is a share of time.

    Parameters
    ----------
    maze : Maze
        Pool and platforms; without a platform its zones are left out.
    settings : MeasureSettings
        Sizes of the zones.
    start_xy : float64 [2] or None
        Where the swim begins, in centimetres: the corridor's other end. None: no corridor.
    """
    shares = pool_chance(maze.radius, settings)
    names = NAMES if maze.goal is not None else [name for name in NAMES if name not in ROLES]
    shares |= {f"quadrant_{name}_time_fraction": AREA_SHARE for name in names}
    for prefix, goal in (("", maze.goal), ("former_", maze.former_goal)):
        if goal is not None:
            shares |= {f"{prefix}{name}": share for name, share in _goal_chance(maze, goal, settings).items()}
    if maze.goal is not None and start_xy is not None:
        corridor = _strip_share(maze, start_xy, maze.goal)
        shares |= dict.fromkeys(("corridor_path_fraction", "corridor_time_fraction"), corridor)
    return shares


def pool_chance(radius_cm: float, settings: MeasureSettings) -> dict[str, float]:
    """Return the shares of the zones that do not depend on a platform."""

    def outside(radius: float) -> float:
        return 1 - max(0.0, radius) ** 2

    shares = {
        "thigmotaxis_fraction": outside(1 - settings.wall_width),
        "centre_fraction": settings.centre_radius**2,
        "wall_band_fraction": outside(1 - settings.wall_band_cm / radius_cm),
        "narrow_wall_band_fraction": outside(1 - settings.narrow_wall_band_cm / radius_cm),
    }
    for divided, radii in RING_RADII.items():
        squares = np.diff(np.square([0.0, *radii]))
        shares |= {f"ring_{divided}_{ring}_fraction": float(squares[ring - 1]) for ring in range(1, N_RINGS + 1)}
    return shares


def _goal_chance(maze: Maze, goal: Goal, settings: MeasureSettings) -> dict[str, float]:
    cp = float(np.hypot(*(goal.centre - maze.centre)))
    inner, outer = (np.clip((cp + side * goal.radius) / maze.radius, 0, 1) for side in (-1, 1))
    return {
        "zone_time_fraction": _lens(cp, settings.zone_radius_cm, maze.radius) / (np.pi * maze.radius**2),
        "annulus_time_fraction": float(outer**2 - inner**2),
    }


def _lens(distance: float, a: float, b: float) -> float:
    """Return the area that two discs of radii `a` and `b` share, whose centres are so far apart."""
    if distance >= a + b:
        return 0.0
    if distance <= abs(a - b):
        return float(np.pi * min(a, b) ** 2)
    # Each disc's part is the sector up to the points where the circles meet, less its triangle.
    along_a = (distance**2 + a**2 - b**2) / (2 * distance)
    along_b = distance - along_a
    height = np.sqrt(max(0.0, a**2 - along_a**2))
    return float(a**2 * np.arccos(along_a / a) + b**2 * np.arccos(along_b / b) - distance * height)


def _strip_share(maze: Maze, start_xy: NDArray[np.float64], goal: Goal) -> float:
    """Return the area share of the strip from the start to P as wide as the platform, line by line along it."""
    along = goal.centre - start_xy
    length = float(np.hypot(*along))
    if length == 0:
        return 0.0
    along = along / length
    across = np.array([-along[1], along[0]])
    offset = np.linspace(-goal.radius, goal.radius, _N_LINES)
    from_centre = start_xy - maze.centre
    foot, beside = from_centre @ along, from_centre @ across + offset
    half = np.sqrt(np.maximum(0.0, maze.radius**2 - beside**2))
    inside = np.clip(half - foot, 0, length) - np.clip(-half - foot, 0, length)
    return float(np.trapezoid(inside, offset)) / (np.pi * maze.radius**2)
