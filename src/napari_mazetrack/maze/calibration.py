"""From the film's coordinates to centimetres in the plane of the water.

An ellipse alone gives an affine map: the one without rotation that takes the waterline to a circle. A tilted camera
needs a homography (``image_to_cm``). The centimetre frame of an arena in pixels has its origin at the pool's centre
(or is the homography's own); the frame of an arena in centimetres is the arena's own (identity).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform

_N_OUTLINE = 720


@dataclass(frozen=True)
class MazePlane:
    """The plane of the water of one arena.

    Attributes
    ----------
    to_cm, to_source : float64 [3, 3]
        Homography from the arena's coordinates to centimetres, and back.
    centre_cm : float64 [2]
        Centre of the pool.
    radius_cm : float
        Radius of the pool.
    right, up : float64 [2]
        Unit vectors in the plane that point to the right and up on the screen.
    left_sign : int
        +1 where a counter-clockwise turn on the screen is a turn to the animal's left seen from above; -1 where the
        film is mirrored.
    """

    to_cm: NDArray[np.float64]
    to_source: NDArray[np.float64]
    centre_cm: NDArray[np.float64]
    radius_cm: float
    right: NDArray[np.float64]
    up: NDArray[np.float64]
    left_sign: int

    def cm(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Map x, y [..., 2] of the arena's coordinates to centimetres."""
        return apply_homography(self.to_cm, xy)

    def source(self, xy_cm: ArrayLike) -> NDArray[np.float64]:
        """Map centimetres [..., 2] to the arena's coordinates."""
        return apply_homography(self.to_source, xy_cm)

    def screen_angle_rad(self, vector_cm: ArrayLike) -> NDArray[np.float64]:
        """Direction of vectors [..., 2] in the plane, counter-clockwise from the right as seen on the screen."""
        vector = np.asarray(vector_cm, np.float64)
        angle: NDArray[np.float64] = np.arctan2(vector @ self.up, vector @ self.right)
        return angle

    def direction(self, screen_angle_rad: ArrayLike) -> NDArray[np.float64]:
        """Return unit vectors [..., 2] in the plane for directions on the screen; inverse of `screen_angle_rad`."""
        angle = np.asarray(screen_angle_rad, np.float64)[..., None]
        vector: NDArray[np.float64] = np.cos(angle) * self.right + np.sin(angle) * self.up
        return vector

    def platform(self, platform: Platform) -> Platform:
        """Return a platform in centimetres: a circle stays one (of equal area), a polygon's corners are mapped."""
        if platform.shape == "polygon":
            return polygon_platform(self.cm(np.array(platform.points)))
        centre = self.cm([platform.cx, platform.cy])
        scale = np.sqrt(abs(np.linalg.det(jacobian(self.to_cm, (platform.cx, platform.cy)))))
        return Platform("circle", float(centre[0]), float(centre[1]), float(platform.r * scale))


def maze_plane(arena: Arena, *, need_cm: bool = True) -> MazePlane:
    """Return the plane of the water of an arena.

    Parameters
    ----------
    arena : Arena
        In pixels or centimetres.
    need_cm : bool
        False lets an arena in pixels without a diameter pass: then the "centimetres" are pixels of the mean radius,
        good for drawing only.

    Raises
    ------
    MazetrackError
        The arena has no diameter, though centimetres are needed.
    """
    to_cm = _source_to_cm(arena, need_cm=need_cm)
    pool = _pool_in_cm(arena, to_cm)
    to_source: NDArray[np.float64] = np.linalg.inv(to_cm).astype(np.float64)
    centre_source = apply_homography(to_source, [pool.cx, pool.cy])
    rotation = _nearest_orthogonal(jacobian(to_cm, (float(centre_source[0]), float(centre_source[1]))))
    up = rotation[:, 1] if arena.y_axis == "up" else -rotation[:, 1]
    return MazePlane(
        to_cm=to_cm,
        to_source=to_source,
        centre_cm=np.array([pool.cx, pool.cy]),
        radius_cm=pool.r,
        right=rotation[:, 0],
        up=up,
        left_sign=-1 if arena.mirrored else 1,
    )


def pixels_to_cm(arena: Arena, xy: ArrayLike) -> NDArray[np.float64]:
    """Map positions [..., 2] of the arena's coordinates to centimetres; the identity for an arena in centimetres.

    Raises
    ------
    MazetrackError
        The arena has no diameter.
    """
    return maze_plane(arena).cm(xy)


def cm_to_pixels(arena: Arena, xy_cm: ArrayLike) -> NDArray[np.float64]:
    """Inverse of `pixels_to_cm`."""
    return maze_plane(arena).source(xy_cm)


def ellipse_to_circle(pool: Ellipse, diameter_cm: float) -> NDArray[np.float64]:
    """Affine map [3, 3] without rotation that takes an ellipse to a circle of `diameter_cm` round the origin."""
    angle = np.deg2rad(pool.angle_deg)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = axes @ np.diag([diameter_cm / 2 / pool.rx, diameter_cm / 2 / pool.ry]) @ axes.T
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = -linear @ np.array([pool.cx, pool.cy])
    return matrix


def ellipse_outline(pool: Ellipse, n_points: int) -> NDArray[np.float64]:
    """Return points [n_points, 2] on an ellipse."""
    t = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    angle = np.deg2rad(pool.angle_deg)
    along, across = pool.rx * np.cos(t), pool.ry * np.sin(t)
    x = pool.cx + along * np.cos(angle) - across * np.sin(angle)
    y = pool.cy + along * np.sin(angle) + across * np.cos(angle)
    return np.stack([x, y], axis=1)


def polygon_platform(points: NDArray[np.float64]) -> Platform:
    """Return a polygon [P, 2] as a platform with its centroid and the radius of the circle of equal area."""
    origin = points[0]  # relative to a corner: large coordinates would cost digits
    x, y = (points - origin).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    if area == 0:
        cx, cy = np.mean(points, axis=0)
    else:
        cx = origin[0] + ((x + np.roll(x, -1)) * cross).sum() / (6 * area)
        cy = origin[1] + ((y + np.roll(y, -1)) * cross).sum() / (6 * area)
    corners = tuple((float(px), float(py)) for px, py in points)
    return Platform("polygon", float(cx), float(cy), float(np.sqrt(abs(area) / np.pi)), corners)


def apply_homography(matrix: NDArray[np.float64], xy: ArrayLike) -> NDArray[np.float64]:
    """Map points [..., 2] by a homography [3, 3]; NaN stays NaN."""
    points = np.asarray(xy, np.float64)
    mapped = points @ matrix[:2, :2].T + matrix[:2, 2]
    scale = points @ matrix[2, :2] + matrix[2, 2]
    result: NDArray[np.float64] = mapped / scale[..., None]
    return result


def jacobian(matrix: NDArray[np.float64], xy: tuple[float, float]) -> NDArray[np.float64]:
    """Return the derivative [2, 2] of a homography [3, 3] at a point."""
    scale = matrix[2, :2] @ np.asarray(xy) + matrix[2, 2]
    mapped = apply_homography(matrix, xy)
    derivative: NDArray[np.float64] = (matrix[:2, :2] - np.outer(mapped, matrix[2, :2])) / scale
    return derivative


def _source_to_cm(arena: Arena, *, need_cm: bool) -> NDArray[np.float64]:
    if arena.units == "cm":
        return np.eye(3)
    if arena.image_to_cm is not None:
        return np.asarray(arena.image_to_cm, np.float64)
    if arena.diameter_cm is None and need_cm:
        raise MazetrackError(
            "The arena has no diameter_cm, so nothing can be given in centimetres. Measure the pool at the waterline "
            "and give its diameter, in the arena file or as Diameter in the Track panel."
        )
    diameter = arena.diameter_cm if arena.diameter_cm is not None else arena.pool.rx + arena.pool.ry
    return ellipse_to_circle(arena.pool, diameter)


def _pool_in_cm(arena: Arena, to_cm: NDArray[np.float64]) -> Platform:
    """Return the pool's circle: exact under an affine map, the circle of equal area under a homography."""
    if arena.image_to_cm is not None:
        return polygon_platform(apply_homography(to_cm, ellipse_outline(arena.pool, _N_OUTLINE)))
    centre = apply_homography(to_cm, [arena.pool.cx, arena.pool.cy])
    radius = np.sqrt(arena.pool.rx * arena.pool.ry * abs(np.linalg.det(to_cm[:2, :2])))
    return Platform("circle", float(centre[0]), float(centre[1]), float(radius))


def _nearest_orthogonal(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    u, _, vh = np.linalg.svd(matrix)
    nearest: NDArray[np.float64] = u @ vh
    return nearest
