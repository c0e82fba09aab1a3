"""From four or more points, known both in the film and in the plane of the water, to a homography.

A tilted camera shows a round pool as an ellipse whose centre is not the pool's: no waterline tells that, known points
do (Hartley & Zisserman 2004, §4.1, doi:10.1017/CBO9780511811685).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.calibration import apply_homography, maze_plane
from napari_mazetrack.maze.tables import read_table

COLUMNS = ("x", "y", "x_cm", "y_cm")
FEWEST, MOST = 4, 50
#: A point may lie so far from where the other points say, in pool diameters.
_LARGEST_RESIDUAL = 0.02
#: Three points are on one line where their triangle is smaller than this share of what all points span.
_SMALLEST_TRIANGLE = 1e-3


@dataclass(frozen=True)
class KnownPoints:
    """Points at the height of the water.

    Attributes
    ----------
    xy : float64 [P, 2]
        In the film, pixels.
    cm : float64 [P, 2]
        In the plane of the water, centimetres; any origin, either direction of y.
    """

    xy: NDArray[np.float64]
    cm: NDArray[np.float64]


@dataclass(frozen=True)
class Calibrated:
    """An arena with its homography, and the root mean square distance of the points from it, centimetres."""

    arena: Arena
    residual_cm: float


def load_known_points(path: Path) -> KnownPoints:
    """Read a table with the columns x, y (pixels) and x_cm, y_cm; other columns, such as names, are left.

    Raises
    ------
    MazetrackError
        It cannot be read, lacks a column, or a cell is no number.
    """
    columns, rows = read_table(path, "table of known points")
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise MazetrackError(
            f"{path} has no column {missing[0]}. A table of known points has x, y (pixels in the film) and x_cm, y_cm "
            "(centimetres in the plane of the water)."
        )
    numbers = [
        [_number(row, name, f"line {i + 2} of {path}") for name in COLUMNS]
        for i, row in enumerate(rows)
        if any(row.values())
    ]
    values = np.array(numbers, np.float64).reshape(-1, len(COLUMNS))
    return KnownPoints(values[:, :2], values[:, 2:])


def calibrate(arena: Arena, points: KnownPoints) -> Calibrated:
    """Give an arena in pixels the homography of known points, and the diameter that follows from it.

    Raises
    ------
    MazetrackError
        There are fewer than four, three of four are on one line, a point does not fit the others, or the diameter that
        was given contradicts them.
    """
    from skimage.transform import ProjectiveTransform

    if not FEWEST <= len(points.xy) <= MOST:
        raise MazetrackError(f"{len(points.xy)} known points are given; a tilted camera needs {FEWEST} to {MOST}.")
    if not (_span_a_plane(points.xy) and _span_a_plane(points.cm)):
        raise MazetrackError("The known points lie (nearly) on one line. Take some that are spread over the pool.")
    transform = ProjectiveTransform.from_estimate(points.xy, points.cm)
    if not transform:
        raise MazetrackError("No camera shows the known points where they are said to be. Check their table.")
    matrix = np.asarray(transform.params, np.float64)
    calibrated = replace(arena, image_to_cm=matrix, diameter_cm=None)
    diameter = 2 * maze_plane(calibrated).radius_cm
    off = np.hypot(*(apply_homography(matrix, points.xy) - points.cm).T)
    worst = int(off.argmax())
    if off[worst] > _LARGEST_RESIDUAL * diameter:
        raise MazetrackError(
            f"The known points do not fit together: point {worst + 1} lies {off[worst]:.1f} cm from where the others "
            "say. Check that point, and that all of them are at the height of the water."
        )
    if arena.diameter_cm is not None and abs(diameter - arena.diameter_cm) > 0.05 * arena.diameter_cm:
        raise MazetrackError(
            f"By the known points the pool is {diameter:.1f} cm wide, but {arena.diameter_cm:g} cm are given. "
            "Correct one of them."
        )
    return Calibrated(replace(calibrated, diameter_cm=diameter), float(np.sqrt((off**2).mean())))


def _span_a_plane(points: NDArray[np.float64]) -> bool:
    """Whether four of the points are there of which no three are on one line."""
    from itertools import combinations

    extent = np.ptp(points, axis=0).max()
    smallest = _SMALLEST_TRIANGLE * extent**2

    def area(i: int, j: int, k: int) -> float:
        (ax, ay), (bx, by) = points[j] - points[i], points[k] - points[i]
        return float(abs(ax * by - ay * bx) / 2)

    return any(
        all(area(*three) > smallest for three in combinations(four, 3)) for four in combinations(range(len(points)), 4)
    )


def _number(row: Mapping[str, str], name: str, where: str) -> float:
    try:
        value = float(row[name].replace(",", "."))
    except ValueError:
        value = np.nan
    if not np.isfinite(value) or abs(value) > 1e6:
        raise MazetrackError(f"{name} on {where} is {row[name]!r}, which is no length. Correct it.")
    return value
