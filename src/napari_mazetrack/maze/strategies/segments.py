"""A swim cut into overlapping segments, and what each of them looks like (Gehring et al. 2015, doi:10.1038/srep14562).

The path is walked in equal steps, so that neither the sampling rate nor a rest changes anything; every length is in
pool radii, so that a pool of any size gives the same numbers. Ellipses are those of the path's second moments (the
original takes the smallest one round the path).
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.view import Goal, Maze

#: Length of a segment and of a step along the path, in pool radii; share of a segment that the next one has too.
SEGMENT_RADII, STEP_RADII, OVERLAP = 2.5, 0.05, 0.7
#: "Near the platform": within so many of its radii.
NEAR_RADII = 6.0
#: The path closes a loop where it comes this near, in steps, to where it was so many steps ago.
_CLOSED, _FEWEST_STEPS = 0.9, 5
FEATURES = (
    "median_radius",
    "radius_range",
    "focus",
    "centre_displacement",
    "inner_radius_variation",
    "near_platform",
    "eccentricity",
    "longest_loop",
    "trial_length",
    "heading",
)


def segment_features(xy_cm: NDArray[np.float64], maze: Maze, goal: Goal) -> NDArray[np.float64]:
    """Return the features of the segments of a path.

    Parameters
    ----------
    xy_cm : float64 [N, 2]
        Positions in order, none missing, not all on one spot.
    maze, goal : Maze, Goal
        The pool and the platform.

    Returns
    -------
    float64 [segments, features]
        In the order of `FEATURES`: median and interquartile range of the distance r / R to the pool's centre; focus,
        1 - (area of the ellipse) / (area of a circle with the segment's length as its perimeter); distance of the
        segment's middle to the pool's centre / R; interquartile range / median of the distance to that middle; share
        of the path within `NEAR_RADII` of the platform; eccentricity of the ellipse; longest closed loop / R;
        logarithm of the whole trial's path / R; mean cosine of the angle between step and direction to the platform.
    """
    points, length = _equal_steps((xy_cm - maze.centre) / maze.radius)
    begins, n_points = _cut(len(points))
    segments = points[begins[:, None] + np.arange(n_points)]  # [S, n, 2]
    step = length / (len(points) - 1)
    aim = (goal.centre - maze.centre) / maze.radius
    radius = np.hypot(segments[..., 0], segments[..., 1])
    middle = segments.mean(axis=1)
    inner = np.hypot(*np.moveaxis(segments - middle[:, None], -1, 0))
    long_axis, short_axis = _ellipse_axes(segments - middle[:, None])
    perimeter = step * (segments.shape[1] - 1)
    inner_median, inner_range = _median_and_range(inner)
    columns = (
        *_median_and_range(radius),
        1 - 4 * np.pi * (np.pi * long_axis * short_axis) / perimeter**2,
        np.hypot(middle[:, 0], middle[:, 1]),
        inner_range / np.maximum(inner_median, 1e-9),
        (np.hypot(*np.moveaxis(segments - aim, -1, 0)) <= NEAR_RADII * goal.radius / maze.radius).mean(axis=1),
        np.sqrt(1 - (short_axis / np.maximum(long_axis, 1e-9)) ** 2),
        _longest_loop(points, begins, n_points, step),
        np.full(len(segments), np.log(length)),
        _heading(segments, aim),
    )
    return np.stack(columns, axis=1)


def _equal_steps(xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return points [n, 2] at equal distances along a path, at least three, and its length."""
    reached = np.r_[0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
    is_further = np.r_[True, np.diff(reached) > 0]
    reached, xy = reached[is_further], xy[is_further]
    n_steps = max(2, round(float(reached[-1]) / STEP_RADII))
    along = np.linspace(0.0, reached[-1], n_steps + 1)
    return np.stack([np.interp(along, reached, xy[:, axis]) for axis in (0, 1)], axis=1), float(reached[-1])


def _cut(n_path: int) -> tuple[NDArray[np.int64], int]:
    """Return where the segments of a path of `n_path` points begin [S], and how many points each has.

    A short path is one segment; the last one ends where the path does.
    """
    n_steps = round(SEGMENT_RADII / STEP_RADII)
    last = n_path - 1 - n_steps
    if last <= 0:
        return np.zeros(1, np.int64), n_path
    return np.append(np.arange(0, last, round(n_steps * (1 - OVERLAP))), last), n_steps + 1


def _median_and_range(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return median [S] and interquartile range [S] of values [S, n]."""
    low, median, high = np.percentile(values, (25, 50, 75), axis=1)
    return median, high - low


def _ellipse_axes(offset: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return half axes [S], long and short, of the ellipses whose outline has the moments of offsets [S, n, 2]."""
    moments = np.einsum("sni,snj->sij", offset, offset) / offset.shape[1]
    short, long = np.sqrt(2 * np.maximum(np.linalg.eigvalsh(moments), 0)).T
    return long, short


def _longest_loop(
    points: NDArray[np.float64], begins: NDArray[np.int64], n_points: int, step: float
) -> NDArray[np.float64]:
    """Return for each segment [S] the longest stretch of it after which the path comes back to where it was."""
    lags = np.arange(_FEWEST_STEPS, n_points)
    later = sliding_window_view(np.pad(points, ((0, n_points), (0, 0)), constant_values=np.nan), n_points, axis=0)
    x, y = later[: len(points), :, _FEWEST_STEPS:].swapaxes(0, 1)  # each [N, lags]
    is_closed = np.hypot(x - points[:, :1], y - points[:, 1:]) < _CLOSED * step
    from_begin = np.arange(n_points)
    is_within = from_begin[:, None] + lags < n_points
    has_loop = (is_closed[begins[:, None] + from_begin] & is_within).any(axis=1)  # [S, lags]
    loops: NDArray[np.float64] = np.where(has_loop, lags, 0).max(axis=1, initial=0) * step
    return loops


def _heading(segments: NDArray[np.float64], aim: NDArray[np.float64]) -> NDArray[np.float64]:
    step, to_goal = np.diff(segments, axis=1), aim - segments[:, :-1]
    angle = np.arctan2(step[..., 1], step[..., 0]) - np.arctan2(to_goal[..., 1], to_goal[..., 0])
    mean: NDArray[np.float64] = np.cos(angle).mean(axis=1)
    return mean
