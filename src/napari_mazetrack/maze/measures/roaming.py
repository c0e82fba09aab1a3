"""Roaming entropy: how evenly the positions are spread over the pool."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.samples import samples_of_trial
from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.view import Maze, TrialView

#: Points of the grid along each side of the pool's square; the kernel's bandwidth is 1 / N_GRID of the pool's radius.
N_GRID = 50
_STEP = 2 / (N_GRID - 1)
MEASURES = (
    Measure(
        "roaming_entropy",
        "",
        f"-Σ p ln p / ln n, p the kernel density of the samples at the n points of a {N_GRID} × {N_GRID} grid over the "
        f"pool's square that lie in the pool, scaled to a sum of 1; Gaussian kernel with a bandwidth of R / {N_GRID}; "
        "0: all on one point, 1: everywhere alike",
        "Freund et al. 2013, doi:10.1126/science.1235294; kernel and grid as in Rtrack",
        "missing where no sample lies in the pool; missing samples are left out",
    ),
)


def compute_roaming(view: TrialView) -> dict[str, float]:
    """Return the roaming entropy of the samples of a view."""
    return {"roaming_entropy": roaming_entropy(samples_of_trial(view).xy_cm, view.maze)}


def roaming_entropy(xy_cm: NDArray[np.float64], maze: Maze) -> float:
    """Return the roaming entropy of positions [N, 2]; NaN where none lies in the pool."""
    smoothing, is_in_pool = _kernel_and_pool()
    density = (smoothing @ _shared_counts((xy_cm - maze.centre) / maze.radius) @ smoothing)[is_in_pool]
    total = density.sum()
    if total <= 0:
        return np.nan
    p = density / total
    p = p[p > 0]
    return float(max(0.0, -(p * np.log(p)).sum()) / np.log(np.count_nonzero(is_in_pool)))


def _shared_counts(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many positions [N, 2] (in pool radii) belong to each grid point; the four round it share each."""
    at = (xy + 1) / _STEP
    at = at[((at >= 0) & (at < N_GRID - 1)).all(axis=1)]
    corner = np.floor(at).astype(np.int64)
    along = at - corner
    first = corner @ (N_GRID, 1)
    counts = np.zeros(N_GRID**2)
    for right in (0, 1):
        for up in (0, 1):
            weight = np.abs(1 - right - along[:, 0]) * np.abs(1 - up - along[:, 1])
            counts += np.bincount(first + right * N_GRID + up, weight, N_GRID**2)
    return counts.reshape(N_GRID, N_GRID)


@lru_cache(maxsize=1)
def _kernel_and_pool() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the matrix [G, G] that smooths along one side of the grid, and which points [G, G] lie in the pool."""
    point = np.linspace(-1, 1, N_GRID)
    distance = (point[:, None] - point) * N_GRID
    return np.exp(-(distance**2) / 2), np.hypot(point[:, None], point) <= 1
