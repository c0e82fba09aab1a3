"""Which positions lie in the pool."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.tracking.settings import TrackSettings


def is_in_pool(xy: NDArray[np.floating], settings: TrackSettings) -> NDArray[np.bool_]:
    """Tell which positions [..., 2] lie in the pool of `settings` or within its margin; all where it names none."""
    if settings.pool is not None:
        return _is_in_ellipse(xy, settings.pool, settings.pool_margin)
    if settings.pool_polygon:
        return _is_in_polygon(xy, np.array(settings.pool_polygon), settings.pool_margin)
    return np.ones(xy.shape[:-1], bool)


def _is_in_ellipse(xy: NDArray[np.floating], pool: Ellipse, margin: float) -> NDArray[np.bool_]:
    angle = np.deg2rad(pool.angle_deg)
    x, y = xy[..., 0] - pool.cx, xy[..., 1] - pool.cy
    along = np.cos(angle) * x + np.sin(angle) * y
    across = np.cos(angle) * y - np.sin(angle) * x
    inside: NDArray[np.bool_] = np.hypot(along / pool.rx, across / pool.ry) <= 1 + margin
    return inside


def _is_in_polygon(xy: NDArray[np.floating], corners: NDArray[np.float64], margin: float) -> NDArray[np.bool_]:
    """By counting crossings of a ray to the right, and the distance to the nearest edge."""
    x, y = xy[..., 0], xy[..., 1]
    inside = np.zeros(x.shape, bool)
    distance = np.full(x.shape, np.inf)
    area = 0.0
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        area += (x0 * y1 - x1 * y0) / 2
        dx, dy = x1 - x0, y1 - y0
        if dy != 0:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / dy * dx)
        share = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
        distance = np.minimum(distance, np.hypot(x - x0 - share * dx, y - y0 - share * dy))
    radius = np.sqrt(abs(area) / np.pi)
    near: NDArray[np.bool_] = inside | (distance <= margin * radius)
    return near
