"""DeepLabCut's tables of an analysed film as recordings."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.workflows.exported_tables import numbers_of
from napari_mazetrack.workflows.recording import Recording, film_stem

#: A DeepLabCut point below this likelihood is missing.
MIN_LIKELIHOOD = 0.6
#: Names of the point whose path is measured, in tables that have several.
BODY_NAMES = ("body", "centre", "center", "mouse_center", "body_center", "body_centre", "spine2", "midbody")


def read_deeplabcut(path: Path, lines: Sequence[str], fps: float | None, point: str | None) -> list[Recording]:
    """Return one recording for each animal of a DeepLabCut table.

    Parameters
    ----------
    path, lines
        The file, for its name, and its lines.
    fps : float or None
        Frames a second; the table has no times.
    point : str or None
        The point whose path is measured; None: the first of `BODY_NAMES` that is there.

    Raises
    ------
    MazetrackError
        No rate, no such point, a damaged table.
    """
    if fps is None:
        raise MazetrackError(
            f"{path} is a DeepLabCut table, which has no times. Give the film's frames a second: --fps."
        )
    rows = list(csv.reader(lines))
    header = {row[0]: row for row in rows[:4] if row and row[0] in ("individuals", "bodyparts", "coords")}
    if not {"bodyparts", "coords"} <= set(header):
        raise MazetrackError(f"{path} begins like a DeepLabCut table but has no bodyparts and coords. Export it again.")
    n_header = 1 + len(header)
    individuals = header.get("individuals", [""] * len(header["coords"]))
    columns = {
        (individuals[i], header["bodyparts"][i], header["coords"][i]): i for i in range(1, len(header["coords"]))
    }
    values = numbers_of(path, rows[n_header:], n_header, len(header["coords"]))
    names = sorted({name for _, name, _ in columns})
    body = point or next((name for name in BODY_NAMES if name in names), None)
    if body is None or body not in names:
        raise MazetrackError(
            f"{path} has the points {', '.join(names)}. Say which one's path is to be measured: --point NAME."
        )
    recordings = []
    for animal in sorted({animal for animal, _, _ in columns}):
        xy, head = (_point(values, columns, animal, name) for name in (body, "head"))
        time_s = values[:, 0] / fps
        nothing = np.zeros(len(time_s), np.bool_)
        recordings.append(Recording(film_stem(path).split("DLC")[0], animal, time_s, _known(xy), head, "px", nothing))
    return recordings


def _known(xy: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.zeros((0, 2)) if xy is None else xy


def _point(
    values: NDArray[np.float64], columns: dict[tuple[str, str, str], int], animal: str, name: str
) -> NDArray[np.float64] | None:
    if (animal, name, "x") not in columns or (animal, name, "y") not in columns:
        return None
    xy = np.stack([values[:, columns[animal, name, axis]] for axis in "xy"], axis=1)
    if (animal, name, "likelihood") in columns:
        xy[~(values[:, columns[animal, name, "likelihood"]] >= MIN_LIKELIHOOD)] = np.nan
    return xy
