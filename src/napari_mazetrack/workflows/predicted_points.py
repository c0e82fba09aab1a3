"""Points that another program's model predicted, frame by frame, and the recordings that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.workflows.recording import Recording

#: Names of the point whose path is measured, in files that have several; small and capital letters count alike.
BODY_NAMES = ("body", "centre", "center", "mouse_center", "body_center", "body_centre", "spine2", "midbody")
HEAD_NAME = "head"


@dataclass(frozen=True)
class PredictedPoints:
    """What a model found of the animals of one film.

    Attributes
    ----------
    stem : str
        Name of the film without its ending.
    frame_index : float64 [T]
        Frame of each row.
    animals : tuple of str
        Names, A of them; an empty name where the file has none.
    points : tuple of str
        Names, K of them.
    xy : float64 [T, A, K, 2]
        Pixels, y down; NaN where missing.
    """

    stem: str
    frame_index: NDArray[np.float64]
    animals: tuple[str, ...]
    points: tuple[str, ...]
    xy: NDArray[np.float64]


def need_rate(path: Path, fps: float | None, what: str) -> float:
    """Return the rate; `MazetrackError` where none is given for a file that has no times."""
    if fps is None:
        raise MazetrackError(f"{path} is {what}, which has no times. Give the film's frames a second: --fps.")
    return fps


def recordings_of_points(path: Path, found: PredictedPoints, fps: float, point: str | None) -> list[Recording]:
    """Return one recording for each animal.

    Parameters
    ----------
    path : Path
        The file, for its name.
    found : PredictedPoints
        What it holds.
    fps : float
        Frames a second.
    point : str or None
        The point whose path is measured; None: the first of `BODY_NAMES` that is there.

    Raises
    ------
    MazetrackError
        There is no such point.
    """
    body = _body(path, found.points, point)
    head = _place(found.points, HEAD_NAME)
    time_s = found.frame_index / fps
    nothing = np.zeros(len(time_s), np.bool_)
    return [
        Recording(
            found.stem, animal, time_s, found.xy[:, i, body], None if head is None else found.xy[:, i, head],
            "px", nothing,
        )
        for i, animal in enumerate(found.animals)
    ]  # fmt: skip


def _body(path: Path, points: Sequence[str], point: str | None) -> int:
    wanted = BODY_NAMES if point is None else (point,)
    places = (_place(points, name) for name in wanted)
    body = next((place for place in places if place is not None), None)
    if body is None:
        raise MazetrackError(
            f"{path} has the points {', '.join(points)}. Say which one's path is to be measured: --point NAME."
        )
    return body


def _place(points: Sequence[str], name: str) -> int | None:
    """Return where a point stands: the one of exactly this name, or else of these letters."""
    if name in points:
        return points.index(name)
    lower = [one.lower() for one in points]
    return lower.index(name.lower()) if name.lower() in lower else None
