"""Find the waterline in a picture of the empty pool: the innermost closed edge that is an ellipse.

Edge points vote for circles (Hough, along their gradients); the best circles are refined to ellipses through the edge
points near them; of those that are seen nearly all round, the innermost is the waterline (the wall's upper edge and the
rim lie outside it); it is measured again on the full picture along its normals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.maze.ellipse_fit import fit_ellipse, fit_ellipse_robustly, outline_with_normals, polar

#: The search runs on a picture whose longer side is this.
_SEARCH_SIDE = 400
_BIN_PX = 4.0
#: Radii searched, in shorter sides of the picture.
_RADII = (0.15, 0.95)
_N_PEAKS = 10
_N_SECTORS = 120
#: An ellipse counts where this share of the sectors in view has an edge on it …
_MIN_SUPPORT = 0.55
#: … and so much of the best one's.
_SHARE_OF_BEST = 0.7
_MIN_AXIS_RATIO = 0.6
_MIN_IN_VIEW = 0.5
_MAX_EDGES = 8_000
#: Blurs at which edges are sought in turn, until a waterline is seen this well.
_SIGMAS_PX = (1.2, 3.0, 6.0)
_GOOD_SUPPORT = 0.75
#: An edge is this much steeper than at twice the blur (a step: 2, a wide slope: 1).
_SHARPNESS = 1.15
#: Concentric edges are sought at these sizes relative to an ellipse.
_COARSE = (0.07, 0.05, 0.03, 0.02, 0.015, 0.015)
_FINE = (0.02, 0.015, 0.012, 0.012)
_RELATIVE_SIZES = np.arange(0.8, 1.2, 0.008)
_REACH = 0.25
_N_FAMILIES = 2
_N_RAYS = 720


@dataclass(frozen=True)
class Waterline:
    """A waterline that was found.

    Attributes
    ----------
    ellipse : Ellipse
        In pixels of the picture.
    residual_px : float
        Root mean square distance of the edge points that belong to it.
    support : float
        Share of its outline, as far as it is in view, on which an edge was found.
    """

    ellipse: Ellipse
    residual_px: float
    support: float


@dataclass(frozen=True)
class _Edges:
    """Edge points of the search picture: positions [N, 2], unit gradients [N, 2]."""

    xy: NDArray[np.float64]
    normal: NDArray[np.float64]
    shape: tuple[int, int]


def find_waterline(luma: NDArray[np.uint8]) -> Waterline | None:
    """Find the waterline in a picture [H, W]; None where there is no closed elliptic edge."""
    from PIL import Image

    height, width = luma.shape
    scale = min(1.0, _SEARCH_SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = np.asarray(Image.fromarray(luma).resize(size, Image.Resampling.BOX), np.float64)
    innermost, sigma_px = _search(small)
    if innermost is None:
        return None
    factor_x, factor_y = width / size[0], height / size[1]
    factor = (factor_x + factor_y) / 2
    start = replace(
        innermost,
        cx=(innermost.cx + 0.5) * factor_x - 0.5,
        cy=(innermost.cy + 0.5) * factor_y - 0.5,
        rx=innermost.rx * factor,
        ry=innermost.ry * factor,
    )
    return _refine(luma.astype(np.float64), start, max(1.0, sigma_px * factor / 2))


def _search(picture: NDArray[np.float64]) -> tuple[Ellipse | None, float]:
    """Return the innermost well-supported ellipse of the search picture, and the blur at which it is seen.

    A fine blur places edges best; a textured floor hides them until it is blurred more.
    """
    chosen: tuple[Ellipse | None, float] = (None, _SIGMAS_PX[0])
    best_support = _MIN_SUPPORT
    for sigma_px in _SIGMAS_PX:
        candidates = _candidates(_find_edges(picture, sigma_px))
        support = max((support for _, support in candidates), default=0.0)
        if support >= best_support:
            good = [ellipse for ellipse, share in candidates if share >= _SHARE_OF_BEST * support]
            best_support, chosen = support, (min(good, key=lambda ellipse: ellipse.rx * ellipse.ry), sigma_px)
        if best_support >= _GOOD_SUPPORT:
            break
    return chosen


def _find_edges(picture: NDArray[np.float64], sigma_px: float) -> _Edges:
    """Find ridges of the gradient's magnitude, the strongest `_MAX_EDGES` of those above the noise."""
    from scipy import ndimage

    gx, gy = (ndimage.gaussian_filter(picture, sigma_px, order=order) for order in ((0, 1), (1, 0)))
    magnitude = np.hypot(gx, gy)
    wider = ndimage.gaussian_gradient_magnitude(picture, 2 * sigma_px)
    unit_x, unit_y = gx / np.maximum(magnitude, 1e-9), gy / np.maximum(magnitude, 1e-9)
    rows, columns = np.indices(picture.shape, np.float64)
    neighbours = [
        ndimage.map_coordinates(magnitude, [rows + s * unit_y, columns + s * unit_x], order=1, mode="nearest")
        for s in (-1.0, 1.0)
    ]
    is_ridge = (magnitude >= neighbours[0]) & (magnitude > neighbours[1]) & (magnitude > 3 * np.median(magnitude))
    # A highlight on the water has a slope too, but a wide one, which a wider blur hardly lowers.
    is_ridge &= magnitude > _SHARPNESS * wider
    is_ridge[:3] = is_ridge[-3:] = False
    is_ridge[:, :3] = is_ridge[:, -3:] = False
    y, x = np.nonzero(is_ridge)
    strongest = np.argsort(-magnitude[y, x], kind="stable")[:_MAX_EDGES]
    y, x = y[strongest], x[strongest]
    normal = np.stack([unit_x[y, x], unit_y[y, x]], axis=1)
    return _Edges(np.stack([x, y], axis=1).astype(np.float64), normal, (picture.shape[0], picture.shape[1]))


def _candidates(edges: _Edges) -> list[tuple[Ellipse, float]]:
    """Return ellipses that the edges support, with their support."""
    found: list[tuple[Ellipse, float]] = []
    for polarity in (-1, 1):
        for circle in _circles(edges, polarity):
            ellipse = _ellipse_near(edges, circle, polarity, _COARSE)
            if ellipse is not None:
                found.append((ellipse, _support(edges, ellipse, polarity)))
    strongest = sorted(found, key=lambda pair: -pair[1])[:_N_FAMILIES]
    families = [ellipse for ellipse, support in strongest if support > 0]
    return found + [
        pair for ellipse in families for polarity in (-1, 1) for pair in _concentric(edges, ellipse, polarity)
    ]


def _concentric(edges: _Edges, ellipse: Ellipse, polarity: int) -> list[tuple[Ellipse, float]]:
    """Return the ellipses of about the same centre: waterline, upper edge of the wall, rim."""
    _, distance = polar(ellipse, edges.xy)
    is_near = np.abs(distance) < _REACH * max(ellipse.rx, ellipse.ry)
    edges = _Edges(edges.xy[is_near], edges.normal[is_near], edges.shape)
    scaled = [replace(ellipse, rx=ellipse.rx * size, ry=ellipse.ry * size) for size in _RELATIVE_SIZES]
    support = np.array([_support(edges, guess, polarity) for guess in scaled])
    padded = np.r_[0.0, support, 0.0]
    is_peak = (support > 0) & (support >= padded[:-2]) & (support >= padded[2:])
    fits = [_ellipse_near(edges, scaled[i], polarity, _FINE) for i in np.flatnonzero(is_peak)]
    return [(fit, _support(edges, fit, polarity)) for fit in fits if fit is not None]


def _circles(edges: _Edges, polarity: int) -> list[Ellipse]:
    """Let every edge point vote for the circles that it is tangent to; return the strongest ones.

    `polarity` is 1 for circles that are brighter outside, -1 for those that are darker.
    """
    from scipy import ndimage

    height, width = edges.shape
    short = min(height, width)
    radii = np.arange(_RADII[0] * short, _RADII[1] * short, _BIN_PX)
    n_x, n_y = int(width / _BIN_PX) + 1, int(height / _BIN_PX) + 1
    votes = np.zeros((len(radii), n_y, n_x))
    for i, radius in enumerate(radii):
        centre = ((edges.xy - polarity * radius * edges.normal) / _BIN_PX).round().astype(np.int64)
        inside = ((centre >= 0) & (centre < [n_x, n_y])).all(axis=1)
        flat = centre[inside, 1] * n_x + centre[inside, 0]
        votes[i] = np.bincount(flat, minlength=n_x * n_y).reshape(n_y, n_x) / radius
    votes = ndimage.uniform_filter(votes, 3, mode="constant")
    is_peak = votes == ndimage.maximum_filter(votes, 5)
    flat = np.flatnonzero(is_peak)
    top = flat[np.argsort(-votes.ravel()[flat], kind="stable")[:_N_PEAKS]]
    index = np.stack(np.unravel_index(top, votes.shape), axis=1)
    return [Ellipse(float(x * _BIN_PX), float(y * _BIN_PX), float(radii[r]), float(radii[r])) for r, y, x in index]


def _ellipse_near(edges: _Edges, start: Ellipse, polarity: int, tolerances: tuple[float, ...]) -> Ellipse | None:
    """Refine an ellipse to the one through the edge points near it; tolerances in mean radii, ever nearer."""
    ellipse = start
    radius = float(np.sqrt(start.rx * start.ry))
    for tolerance in tolerances:
        near = edges.xy[_is_on(edges, ellipse, polarity, max(1.5, tolerance * radius))]
        fitted = fit_ellipse(near)
        if fitted is None:
            return None
        long, short = max(fitted.rx, fitted.ry), min(fitted.rx, fitted.ry)
        if short < _MIN_AXIS_RATIO * long or not 0.7 < np.sqrt(long * short) / radius < 1.4:
            return None
        ellipse = fitted
    return ellipse


def _is_on(edges: _Edges, ellipse: Ellipse, polarity: int, tolerance_px: float) -> NDArray[np.bool_]:
    """Tell which edge points lie near an ellipse, run along it, and are brighter on the side that `polarity` says."""
    t, distance = polar(ellipse, edges.xy)
    angle = np.deg2rad(ellipse.angle_deg)
    normal = np.stack([np.cos(t) / ellipse.rx, np.sin(t) / ellipse.ry], axis=1)
    normal /= np.hypot(*normal.T)[:, None]
    outward = normal @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    is_along = polarity * (outward * edges.normal).sum(axis=1) > 0.93
    is_on: NDArray[np.bool_] = is_along & (np.abs(distance) <= tolerance_px)
    return is_on


def _support(edges: _Edges, ellipse: Ellipse, polarity: int) -> float:
    """Share of the sectors in view that have an edge point on the ellipse; 0 where too little is in view."""
    height, width = edges.shape
    outline, _ = outline_with_normals(ellipse, _N_SECTORS)
    in_view = ((outline >= 3) & (outline < [width - 3, height - 3])).all(axis=1)
    if in_view.mean() < _MIN_IN_VIEW:
        return 0.0
    t, _ = polar(ellipse, edges.xy[_is_on(edges, ellipse, polarity, 1.5)])
    sector = (np.round(t / (2 * np.pi) * _N_SECTORS).astype(np.int64)) % _N_SECTORS
    is_seen = np.zeros(_N_SECTORS, np.bool_)
    is_seen[sector] = True
    return float((is_seen & in_view).sum() / in_view.sum())


def _refine(luma: NDArray[np.float64], start: Ellipse, sigma_px: float) -> Waterline | None:
    """Measure the edge along the ellipse's normals on the full picture and fit again, ever nearer."""
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(luma, sigma_px)
    ellipse = start
    mean_radius = float(np.sqrt(start.rx * start.ry))
    for reach in (0.02, 0.012, 0.012):
        points, in_view = _edge_points(smooth, ellipse, max(3.0, reach * mean_radius))
        if len(points) < _N_RAYS * 0.2:
            return None
        ellipse, weight = fit_ellipse_robustly(points, ellipse)
    _, distance = polar(ellipse, points)
    is_used = weight > 0
    residual = float(np.sqrt(np.mean(distance[is_used] ** 2)))
    return Waterline(ellipse, residual, float(is_used.sum() / max(1, in_view)))


def _edge_points(picture: NDArray[np.float64], ellipse: Ellipse, reach_px: float) -> tuple[NDArray[np.float64], int]:
    """Return the strongest edge near the ellipse on each of its normals, to a fraction of a pixel."""
    from scipy import ndimage

    height, width = picture.shape
    outline, normal = outline_with_normals(ellipse, _N_RAYS)
    in_view = ((outline >= 2) & (outline < [width - 2, height - 2])).all(axis=1)
    outline, normal = outline[in_view], normal[in_view]
    step = 0.5
    offset = np.arange(-reach_px - step, reach_px + 1.5 * step, step)
    sample = outline[:, None] + offset[:, None] * normal[:, None]
    profile = ndimage.map_coordinates(picture, [sample[..., 1], sample[..., 0]], order=1, mode="nearest")
    slope = np.abs(np.gradient(profile, step, axis=1))
    # Near the first guess first: the rim's own edge must not pull.
    slope *= np.exp(-0.5 * (offset / reach_px) ** 2)
    peak = slope[:, 1:-1].argmax(axis=1) + 1
    rows = np.arange(len(peak))
    before, at, after = slope[rows, peak - 1], slope[rows, peak], slope[rows, peak + 1]
    curvature = before - 2 * at + after
    shift = np.where(np.abs(curvature) > 1e-9, 0.5 * (before - after) / np.where(curvature == 0, 1, curvature), 0.0)
    position = offset[peak] + np.clip(shift, -1, 1) * step
    is_clear = at > 0.15 * np.median(at)
    points: NDArray[np.float64] = (outline + position[:, None] * normal)[is_clear]
    return points, int(in_view.sum())
