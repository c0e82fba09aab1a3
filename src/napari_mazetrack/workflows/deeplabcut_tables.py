"""DeepLabCut's tables of an analysed film, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.workflows.exported_tables import numbers_of
from napari_mazetrack.workflows.predicted_points import PredictedPoints
from napari_mazetrack.workflows.recording import film_stem

#: A DeepLabCut point below this likelihood is missing.
MIN_LIKELIHOOD = 0.6


def read_deeplabcut(path: Path, lines: Sequence[str]) -> PredictedPoints:
    """Return the points of a DeepLabCut table, given its lines; `MazetrackError` where it is damaged."""
    rows = list(csv.reader(lines))
    header = {row[0]: row for row in rows[:4] if row and row[0] in ("individuals", "bodyparts", "coords")}
    if not {"bodyparts", "coords"} <= set(header):
        raise MazetrackError(f"{path} begins like a DeepLabCut table but has no bodyparts and coords. Export it again.")
    n_header, n_columns = 1 + len(header), len(header["coords"])
    values = numbers_of(path, rows[n_header:], n_header, n_columns)
    individuals = header.get("individuals", [""] * n_columns)
    columns = list(zip(individuals, header["bodyparts"], header["coords"], strict=False))[1:]
    return points_of_table(path, values[:, 0], columns, values[:, 1:])


def points_of_table(
    path: Path, frame_index: NDArray[np.float64], columns: Sequence[tuple[str, str, str]], values: NDArray[np.float64]
) -> PredictedPoints:
    """Return the points of a table whose columns are named by animal, point and x, y or likelihood.

    Parameters
    ----------
    path : Path
        The file, for the film's name.
    frame_index : float64 [T]
        Frame of each row.
    columns : sequence of (str, str, str)
        Name of each column.
    values : float64 [T, columns]
        The cells.
    """
    place = {column: i for i, column in enumerate(columns)}
    animals = tuple(sorted({animal for animal, _, _ in columns}))
    points = tuple(sorted({point for _, point, _ in columns}))
    xy = np.full((len(values), len(animals), len(points), 2), np.nan)
    for a, k in np.ndindex(len(animals), len(points)):
        x, y, likelihood = (place.get((animals[a], points[k], coord)) for coord in ("x", "y", "likelihood"))
        if x is None or y is None:
            continue
        xy[:, a, k] = values[:, [x, y]]
        if likelihood is not None:
            xy[~(values[:, likelihood] >= MIN_LIKELIHOOD), a, k] = np.nan
    return PredictedPoints(_film_of(film_stem(path)), frame_index, animals, points, xy)


def _film_of(stem: str) -> str:
    """Return the film's name from a table's, which is that and the scorer; a scorer begins with DLC, a film may too."""
    cut = stem.find("DLC", 1)
    return stem if cut < 0 else stem[:cut]
