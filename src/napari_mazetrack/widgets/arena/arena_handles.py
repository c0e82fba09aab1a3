"""The points by which a person moves pool and platforms; neither Qt nor napari."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform

#: Nothing becomes smaller than this many pixels.
LEAST_RADIUS_PX = 2.0
#: Radius of a platform that is new: 5 cm where the pool's diameter is known, else this share of the pool's radius.
NEW_PLATFORM_CM, NEW_PLATFORM_SHARE = 5.0, 0.08
#: Radius of a pool that is to be marked by hand, as a share of the picture's shorter side.
FIRST_POOL_SHARE = 0.4
_N_POOL = 3  # its centre and the ends of its two half axes


def handles_of(arena: Arena) -> NDArray[np.float64]:
    """Return x, y of the handles, [H, 2]: pool (centre, both half axes), then each platform (centre, edge)."""
    pool = arena.pool
    along, across = _axes(pool.angle_deg)
    centre = np.array([pool.cx, pool.cy])
    handles = [centre, centre + pool.rx * along, centre + pool.ry * across]
    for platform in arena.platforms.values():
        handles += [np.array([platform.cx, platform.cy]), np.array([platform.cx + platform.r, platform.cy])]
    return np.array(handles)


def move_handle(arena: Arena, row: int, xy: tuple[float, float]) -> Arena:
    """Return the arena with one handle, a row of `handles_of`, put at x, y."""
    if row < _N_POOL:
        return replace(arena, pool=_moved_pool(arena, row, np.asarray(xy, float)))
    which, part = divmod(row - _N_POOL, 2)
    name, platform = list(arena.platforms.items())[which]
    moved = _placed(platform, xy) if part == 0 else _resized(platform, np.asarray(xy, float))
    return replace(arena, platforms={**arena.platforms, name: moved})


def arena_to_mark(film_hw: tuple[int, int], diameter_cm: float | None) -> Arena:
    """Return an arena in the middle of a picture [H, W], from which a person drags the pool to where it is."""
    height, width = film_hw
    radius = FIRST_POOL_SHARE * min(film_hw)
    return Arena(Ellipse((width - 1) / 2, (height - 1) / 2, radius, radius), diameter_cm=diameter_cm)


def add_platform(arena: Arena) -> Arena:
    """Return the arena with one more round platform, halfway between the pool's centre and its right edge."""
    pool, n = arena.pool, len(arena.platforms)
    mean_radius = (pool.rx + pool.ry) / 2
    share = NEW_PLATFORM_SHARE if arena.diameter_cm is None else 2 * NEW_PLATFORM_CM / arena.diameter_cm
    names = ("platform", *(f"platform_{i}" for i in range(2, n + 3)))
    name = next(name for name in names if name not in arena.platforms)
    new = Platform("circle", pool.cx + pool.rx / 2, pool.cy, max(share * mean_radius, LEAST_RADIUS_PX))
    return replace(arena, platforms={**arena.platforms, name: new})


def _axes(angle_deg: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    c, s = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    return np.array([c, s]), np.array([-s, c])


def _moved_pool(arena: Arena, row: int, xy: NDArray[np.float64]) -> Ellipse:
    pool = arena.pool
    if row == 0:
        return replace(pool, cx=float(xy[0]), cy=float(xy[1]))
    out = xy - (pool.cx, pool.cy)
    radius = max(float(np.hypot(*out)), LEAST_RADIUS_PX)
    angle = float(np.rad2deg(np.arctan2(out[1], out[0]))) - (0 if row == 1 else 90)
    angle = (angle + 90) % 180 - 90
    return replace(pool, rx=radius, angle_deg=angle) if row == 1 else replace(pool, ry=radius, angle_deg=angle)


def _placed(platform: Platform, xy: tuple[float, float]) -> Platform:
    dx, dy = xy[0] - platform.cx, xy[1] - platform.cy
    points = tuple((x + dx, y + dy) for x, y in platform.points)
    return replace(platform, cx=float(xy[0]), cy=float(xy[1]), points=points)


def _resized(platform: Platform, xy: NDArray[np.float64]) -> Platform:
    centre = np.array([platform.cx, platform.cy])
    radius = max(float(np.hypot(*(xy - centre))), LEAST_RADIUS_PX)
    grow = radius / platform.r
    points = tuple((float(x), float(y)) for x, y in centre + grow * (np.reshape(platform.points, (-1, 2)) - centre))
    return replace(platform, r=radius, points=points)
