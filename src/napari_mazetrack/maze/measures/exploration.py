"""How the animal uses the pool: coverage, entropy, centroid (wall and centre: `bands`)."""

from __future__ import annotations

import numpy as np

from napari_mazetrack.maze.geometry import Grid, cut_steps
from napari_mazetrack.maze.measures.goal import integrate
from napari_mazetrack.maze.measures.samples import recording_end_s
from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.view import TrialView

MEASURES = (
    Measure(
        "coverage_fraction", "", "share of the grid_cells × grid_cells cells over the pool's square that are visited"
    ),
    Measure(
        "spatial_entropy",
        "",
        "ln(mean of d²) + ½ ln det Σ, Σ the population covariance of the positions in cm, over the samples to the end "
        "of the recording (an escape ends nothing) or the limit, as published values have it",
        "Maei et al. 2009, doi:10.3389/neuro.07.033.2009",
        "missing without a platform, or where the positions lie on a line; missing samples are left out",
    ),
)
CENTROID_DISTANCE = Measure(
    "mean_centroid_distance_cm",
    "cm",
    "time-weighted mean distance to the path's time-weighted centroid",
    missing="missing without a step",
)


def compute_exploration(view: TrialView) -> dict[str, float]:
    """Return coverage, entropy and distance to the centroid of a view."""
    return {
        "coverage_fraction": compute_coverage(view),
        "spatial_entropy": _entropy(view),
        "mean_centroid_distance_cm": _centroid_distance(view),
    }


def compute_coverage(view: TrialView) -> float:
    """Share of the grid's cells that the path goes through (cut exactly at the grid's lines)."""
    path, maze, n = view.recorded, view.maze, view.settings.grid_cells
    low, cell = maze.centre - maze.radius, 2 * maze.radius / n
    pieces = cut_steps(path.start, path.end, Grid((float(low[0]), float(low[1])), cell, n))
    points = np.vstack([pieces.middle, path.xy_cm])
    index = np.floor((points - low) / cell).astype(np.int64)
    is_inside = ((index >= 0) & (index < n)).all(axis=1)
    return len(np.unique(index[is_inside] @ (n, 1))) / n**2


def _entropy(view: TrialView) -> float:
    goal, time = view.maze.goal, view.swim.time_s
    end_s = recording_end_s(view)
    if view.window.end_s is not None:
        end_s = min(end_s, view.events.release_s + view.window.end_s)
    xy = view.swim.xy_cm[(time >= view.begin_s - 1e-9) & (time <= end_s + 1e-9) & ~view.swim.is_missing]
    if goal is None or len(xy) < 2:
        return np.nan
    mean_square = float(((xy - goal.centre) ** 2).sum(axis=1).mean())
    covariance = np.cov(xy.T, bias=True)
    determinant = float(np.linalg.det(covariance))
    if determinant <= 1e-9 * covariance.max() ** 2 or mean_square <= 0:
        return np.nan
    return float(np.log(mean_square) + 0.5 * np.log(determinant))


def _centroid_distance(view: TrialView) -> float:
    path = view.recorded
    if path.duration_s <= 0:
        return np.nan
    centroid = np.array([integrate(path, path.xy_cm[:, axis]) for axis in (0, 1)]) / path.duration_s
    return integrate(path, np.hypot(*(path.xy_cm - centroid).T)) / path.duration_s
