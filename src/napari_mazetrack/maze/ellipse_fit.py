"""Robust ellipses through edge points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Ellipse

_MIN_POINTS = 12
#: Tukey's biweight reaches zero at this many robust standard deviations.
_TUKEY = 4.685


def fit_ellipse(xy: NDArray[np.float64], weight: NDArray[np.float64] | None = None) -> Ellipse | None:
    """Fit an ellipse to points [N, 2] by weighted direct least squares; None where no ellipse fits.

    Numerically stable direct fit of Halir & Flusser 1998 ("Numerically stable direct least squares fitting of
    ellipses").
    """
    if len(xy) < _MIN_POINTS:
        return None
    root = np.ones(len(xy)) if weight is None else np.sqrt(weight)
    origin = xy.mean(axis=0)
    scale = float(np.abs(xy - origin).max()) or 1.0
    x, y = ((xy - origin) / scale).T
    quadratic = np.stack([x * x, x * y, y * y], axis=1) * root[:, None]
    linear = np.stack([x, y, np.ones_like(x)], axis=1) * root[:, None]
    s1, s2, s3 = quadratic.T @ quadratic, quadratic.T @ linear, linear.T @ linear
    if np.linalg.cond(s3) > 1e12:
        return None
    t = -np.linalg.solve(s3, s2.T)
    reduced = s1 + s2 @ t
    constrained = np.stack([reduced[2] / 2, -reduced[1], reduced[0] / 2])
    values, vectors = np.linalg.eig(constrained)
    condition = 4 * vectors[0] * vectors[2] - vectors[1] ** 2
    good = np.flatnonzero((np.abs(values.imag) < 1e-12) & (condition.real > 0))
    if not len(good):
        return None
    first = vectors[:, good[0]].real
    return _ellipse_of_conic(np.r_[first, t @ first], origin, scale)


def _ellipse_of_conic(conic: NDArray[np.float64], origin: NDArray[np.float64], scale: float) -> Ellipse | None:
    a, b, c, d, e, f = conic
    matrix = np.array([[a, b / 2], [b / 2, c]])
    centre = np.linalg.solve(matrix, [-d / 2, -e / 2])
    level = -(f + (d * centre[0] + e * centre[1]) / 2)
    values, vectors = np.linalg.eigh(matrix)
    if not np.all(level / values > 0):
        return None
    rx, ry = np.sqrt(level / values) * scale
    cx, cy = centre * scale + origin
    angle = np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0])) % 180
    return Ellipse(float(cx), float(cy), float(rx), float(ry), float(angle))


def polar(ellipse: Ellipse, xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for points [N, 2] the angle on the ellipse (radians) and the distance from it along the centre's ray.

    The distance is in pixels, positive outside.
    """
    angle = np.deg2rad(ellipse.angle_deg)
    offset = xy - np.array([ellipse.cx, ellipse.cy])
    u = offset @ np.array([np.cos(angle), np.sin(angle)])
    v = offset @ np.array([-np.sin(angle), np.cos(angle)])
    level = np.hypot(u / ellipse.rx, v / ellipse.ry)
    distance = np.hypot(u, v) * (1 - 1 / np.maximum(level, 1e-9))
    return np.arctan2(v / ellipse.ry, u / ellipse.rx), distance


def outline_with_normals(ellipse: Ellipse, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return n points on the ellipse and their outward unit normals, both [n, 2]."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    angle = np.deg2rad(ellipse.angle_deg)
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = np.stack([ellipse.rx * np.cos(t), ellipse.ry * np.sin(t)], axis=1) @ axes
    normals = np.stack([np.cos(t) / ellipse.rx, np.sin(t) / ellipse.ry], axis=1) @ axes
    normals /= np.hypot(*normals.T)[:, None]
    return points + np.array([ellipse.cx, ellipse.cy]), normals


def fit_ellipse_robustly(
    xy: NDArray[np.float64], start: Ellipse, min_scale_px: float = 0.3, n_rounds: int = 12
) -> tuple[Ellipse, NDArray[np.float64]]:
    """Fit an ellipse by reweighting (Tukey's biweight) from a first guess.

    Returns
    -------
    Ellipse
        The fit; `start` where none is possible.
    float64 [N]
        Final weights, 0 for outliers.
    """
    ellipse = start
    weight = np.ones(len(xy))
    for _ in range(n_rounds):
        _, distance = polar(ellipse, xy)
        spread = max(min_scale_px, 1.4826 * float(np.median(np.abs(distance))))
        weight = np.clip(1 - (distance / (_TUKEY * spread)) ** 2, 0, None) ** 2
        fitted = fit_ellipse(xy[weight > 0], weight[weight > 0])
        if fitted is None:
            break
        ellipse = fitted
    return ellipse, weight
