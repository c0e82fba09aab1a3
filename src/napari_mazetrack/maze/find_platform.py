"""Find the platform in a picture of the empty pool: a small round or square blob that is not as bright as the water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Ellipse, Platform
from napari_mazetrack.maze.calibration import polygon_platform
from napari_mazetrack.maze.ellipse_fit import polar

#: The strip along the waterline that is not searched (reflections), in pool radii.
_WALL_STRIP = 0.07
#: Radii of platforms, in pool radii.
_RADII = (0.03, 0.2)
#: A blob differs from the water around it by at least this many noise deviations.
_MIN_CONTRAST = 5.0
_MIN_CONTRAST_LUMA = 1.5
_MIN_SOLIDITY = 0.88
_MAX_ELONGATION = 1.35
#: Share of its smallest rectangle that a blob fills: a square 1, a circle π / 4.
_SQUARE_FILL = 0.89
#: The blob's edge may be this wide at most, in its radii: a highlight has no edge.
_MAX_EDGE_WIDTH = 0.7


@dataclass(frozen=True)
class _Blob:
    """A candidate: its pixels [M, 2] as x, y, and how it stands out (contrast in noise deviations)."""

    xy: NDArray[np.float64]
    contrast: float


def find_platform(luma: NDArray[np.uint8], pool: Ellipse) -> Platform | None:
    """Find the platform inside a waterline in a picture [H, W]; None where none stands out clearly.

    A square one comes back as a polygon of four corners, others as circles.
    """
    radius = float(np.sqrt(pool.rx * pool.ry))
    flat, is_water = _flat_water(luma, pool, radius)
    noise = max(0.3, 1.4826 * float(np.median(np.abs(flat[is_water]))))
    blobs = [blob for sign in (-1, 1) for blob in _blobs(sign * flat, is_water, noise, radius)]
    if not blobs:
        return None
    best = max(blobs, key=lambda blob: blob.contrast * np.sqrt(len(blob.xy)))
    return _shape(best.xy)


def _flat_water(luma: NDArray[np.uint8], pool: Ellipse, radius: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the water's brightness less its slow changes [H, W], and which pixels are searched."""
    from scipy import ndimage

    rows, columns = np.indices(luma.shape, np.float64)
    _, distance = polar(pool, np.stack([columns.ravel(), rows.ravel()], axis=1))
    inside = distance.reshape(luma.shape)
    is_water = inside < -_WALL_STRIP * radius
    smooth = ndimage.gaussian_filter(luma.astype(np.float64), max(1.0, 0.006 * radius))
    background = smooth.copy()
    # Two rounds: the second leaves out what the first one found to stand out.
    weight = is_water.astype(np.float64)
    for _ in range(2):
        total = ndimage.gaussian_filter(weight, 0.16 * radius)
        background = ndimage.gaussian_filter(weight * smooth, 0.16 * radius) / np.maximum(total, 1e-6)
        difference = smooth - background
        spread = 1.4826 * float(np.median(np.abs(difference[is_water]))) + 0.3
        weight = (is_water & (np.abs(difference) < 2.5 * spread)).astype(np.float64)
    return np.where(is_water, smooth - background, 0.0), is_water


def _blobs(flat: NDArray[np.float64], is_water: NDArray[np.bool_], noise: float, radius: float) -> list[_Blob]:
    """Return the blobs that are brighter than the water and look like a platform."""
    from scipy import ndimage

    threshold = max(_MIN_CONTRAST_LUMA, 0.6 * _MIN_CONTRAST * noise)
    labels, n = ndimage.label(is_water & (flat > threshold))
    found = []
    low, high = (np.pi * (share * radius) ** 2 for share in _RADII)
    sizes = np.bincount(labels.ravel(), minlength=n + 1)
    for number in np.flatnonzero((sizes >= 0.5 * low) & (sizes <= 1.5 * high)):
        if number == 0:
            continue
        level = float(np.percentile(flat[labels == number], 75))
        # At half its own contrast a blob has its true size, whatever the threshold that found it.
        half, _ = ndimage.label(is_water & (flat > level / 2))
        core = np.bincount(half[labels == number]).argmax()
        region = ndimage.binary_fill_holes(half == core)
        y, x = np.nonzero(region)
        xy = np.stack([x, y], axis=1).astype(np.float64)
        if not (core and low <= len(xy) <= high and level >= _MIN_CONTRAST * noise and _is_compact(xy)):
            continue
        if _edge_width(flat, region, level) <= _MAX_EDGE_WIDTH * np.sqrt(len(xy) / np.pi):
            found.append(_Blob(xy, level / noise))
    return found


def _is_compact(xy: NDArray[np.float64]) -> bool:
    from scipy.spatial import ConvexHull, QhullError

    try:
        hull_area = float(ConvexHull(xy).volume)
    except QhullError:
        return False
    axes = np.sqrt(np.linalg.eigvalsh(np.cov(xy.T)))
    return bool(len(xy) / (hull_area + np.sqrt(len(xy))) >= _MIN_SOLIDITY and axes[1] <= _MAX_ELONGATION * axes[0])


def _edge_width(flat: NDArray[np.float64], region: NDArray[np.bool_], level: float) -> float:
    """Return the width of a region's edge in pixels: its contrast over the slope there."""
    from scipy import ndimage

    gy, gx = np.gradient(flat)
    edge = region & ~ndimage.binary_erosion(region)
    slope = float(np.median(np.hypot(gx, gy)[edge]))
    return level / max(slope, 1e-9)


def _shape(xy: NDArray[np.float64]) -> Platform:
    """Return the square or the circle that a blob's pixels [M, 2] fill."""
    area = float(len(xy))
    centre = xy.mean(axis=0)
    angles = np.deg2rad(np.arange(0, 90, 1.0))
    u = (xy - centre) @ np.stack([np.cos(angles), np.sin(angles)])
    v = (xy - centre) @ np.stack([-np.sin(angles), np.cos(angles)])
    width, height = np.ptp(u, axis=0) + 1, np.ptp(v, axis=0) + 1
    best = int((width * height).argmin())
    if area / (width[best] * height[best]) < _SQUARE_FILL:
        return Platform("circle", float(centre[0]), float(centre[1]), float(np.sqrt(area / np.pi)))
    # A square of the blob's area: its corners are rounded by water and blur.
    half = 0.5 * np.sqrt(area) * np.sqrt(np.array([width[best] / height[best], height[best] / width[best]]))
    axes = np.array([[np.cos(angles[best]), np.sin(angles[best])], [-np.sin(angles[best]), np.cos(angles[best])]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half @ axes + centre
    return polygon_platform(corners)
