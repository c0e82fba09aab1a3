"""The four quadrants of a pool: their numbers, their roles, and their outlines on the picture.

Two lines through the pool's centre make the quadrants. They carry the seed paper's numbers, counter-clockwise on the
screen: 1 top left, 2 bottom left, 3 bottom right, 4 top right. In the frame ``image`` the lines are the picture's
vertical and horizontal; in the frame ``platform`` they are turned by at most 45° so that one quadrant is centred on
the platform, and the numbers turn with them. ``quadrant_angle_deg`` turns them further, counter-clockwise. The
quadrant that holds the platform is the target, the next ones are named as seen from the pool's centre by someone who
looks at the platform from above: left, opposite, right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Platform
from napari_mazetrack.maze.calibration import MazePlane, maze_plane

#: Roles of the quadrants, relative to the platform.
ROLES = ("target", "opposite", "left", "right")
_N_ARC = 91
_LABEL_RADIUS = 0.62
_QUARTER = np.pi / 2


def border_angle_rad(arena: Arena, plane: MazePlane, platform_cm: Platform | None) -> float:
    """Return the screen angle at which quadrant 4 begins (quadrant N begins N quarter turns later, modulo four).

    Parameters
    ----------
    arena : Arena
        Gives frame and angle.
    plane : MazePlane
        Of that arena.
    platform_cm : Platform or None
        In centimetres; needed in the frame ``platform``.

    Raises
    ------
    MazetrackError
        The frame is ``platform`` and there is none.
    """
    angle = float(np.deg2rad(arena.quadrant_angle_deg))
    if arena.quadrant_frame == "image":
        return angle
    if platform_cm is None:
        raise MazetrackError(
            "The arena's quadrants are centred on the platform, but no platform is named. Name one, or set the "
            "quadrants' frame to image."
        )
    bearing = float(plane.screen_angle_rad(np.array([platform_cm.cx, platform_cm.cy]) - plane.centre_cm))
    turn = (bearing - _QUARTER / 2 + np.pi / 4) % _QUARTER - np.pi / 4
    return angle + turn


def quadrant_of(xy_cm: ArrayLike, plane: MazePlane, border_rad: float) -> NDArray[np.int64]:
    """Return the number (1 to 4) of the quadrant of points [..., 2] in the plane; 0 where a point is missing."""
    points = np.asarray(xy_cm, np.float64)
    angle = plane.screen_angle_rad(points - plane.centre_cm) - border_rad
    missing = ~np.isfinite(angle)
    step = np.floor(np.where(missing, 0, angle) / _QUARTER).astype(np.int64) % 4
    return np.where(missing, 0, np.where(step == 0, 4, step))


def quadrants_at(arena: Arena, xy: ArrayLike, platform: str = "") -> NDArray[np.int64]:
    """Return the number (1 to 4) of the quadrant of points [..., 2] in the arena's coordinates; 0 where one is missing.

    The arena needs no diameter; `platform` is as for `quadrant_polygons`.

    Raises
    ------
    MazetrackError
        The quadrants are centred on the platform and there is none.
    """
    plane, border = _plane_and_border(arena, platform)
    return quadrant_of(plane.cm(xy), plane, border)


def quadrant_start_rad(number: int, border_rad: float) -> float:
    """Return the screen angle at which a quadrant begins; it ends a quarter turn further, counter-clockwise."""
    return border_rad + (number % 4) * _QUARTER


def quadrant_roles(target: int, plane: MazePlane) -> dict[str, int]:
    """Return the numbers of the quadrants by role, where `target` is the number of the target."""

    def turned(steps: int) -> int:
        return (target - 1 + steps * plane.left_sign) % 4 + 1

    return {"target": target, "opposite": turned(2), "left": turned(1), "right": turned(-1)}


def quadrant_polygons(arena: Arena, platform: str = "") -> list[NDArray[np.float64]]:
    """Return the outlines of the quadrants 1 to 4 in the arena's coordinates (film pixels), for drawing.

    Parameters
    ----------
    arena : Arena
        In pixels or centimetres; needs no diameter.
    platform : str
        The platform that the frame ``platform`` is centred on; empty: the first one.

    Returns
    -------
    list of float64 [P, 2]
        Four polygons: the pool's centre, then the arc.
    """
    plane, border = _plane_and_border(arena, platform)
    outlines = []
    for number in (1, 2, 3, 4):
        start = quadrant_start_rad(number, border)
        arc = plane.direction(np.linspace(start, start + _QUARTER, _N_ARC)) * plane.radius_cm
        outlines.append(plane.source(plane.centre_cm + np.vstack([np.zeros(2), arc])))
    return outlines


def quadrant_label_positions(arena: Arena, platform: str = "") -> NDArray[np.float64]:
    """Return where the numbers 1 to 4 are to be drawn, [4, 2] in the arena's coordinates."""
    plane, border = _plane_and_border(arena, platform)
    middles = np.array([quadrant_start_rad(number, border) + _QUARTER / 2 for number in (1, 2, 3, 4)])
    return plane.source(plane.centre_cm + _LABEL_RADIUS * plane.radius_cm * plane.direction(middles))


def _plane_and_border(arena: Arena, platform: str) -> tuple[MazePlane, float]:
    plane = maze_plane(arena, need_cm=False)
    chosen = arena.platforms.get(platform) if platform else next(iter(arena.platforms.values()), None)
    return plane, border_angle_rad(arena, plane, plane.platform(chosen) if chosen else None)
