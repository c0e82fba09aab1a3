"""Training pictures on disk: PNG files and their keypoints in DeepLabCut's CSV layout."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path, refuse_existing
from napari_mazetrack.simulator.canvas import Points
from napari_mazetrack.simulator.picture import simulate_picture
from napari_mazetrack.skeleton import MOUSE, Skeleton

SCORER = "simulated"
LABELS_NAME = "CollectedData_simulated.csv"
#: Pictures of one call differ in the last digits of their seed, calls in the rest.
SEED_STEP = 1_000_000


@dataclass(frozen=True)
class LabelRow:
    """One row of a DeepLabCut table: the picture's name and its keypoints [3, 2], NaN or None for not labelled."""

    name: str
    keypoints_xy: Points | None


def write_pictures(folder: Path, n: int, seed: int, *, overwrite: bool = False) -> Iterator[int]:
    """Write n pictures and their labels to `folder`, yielding the number of finished pictures after each one.

    Raises
    ------
    MazetrackError
        The folder holds a label file already, or cannot be written to.
    """
    labels = folder / LABELS_NAME
    refuse_existing(labels, overwrite=overwrite)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MazetrackError(f"Cannot write to the folder {folder}: {error.strerror}. Choose another --out.") from error
    rows = []
    for i in range(n):
        name = f"sim{i:06d}.png"
        rows.append(LabelRow(name, write_picture(folder / name, seed * SEED_STEP + i, overwrite=overwrite)))
        yield i + 1
    write_labels(labels, rows, overwrite=overwrite)


def write_picture(path: Path, seed: int, *, overwrite: bool = False) -> Points | None:
    """Write the picture with this seed and return its keypoints [3, 2], or None where it shows no animal."""
    picture = simulate_picture(seed)
    refuse_existing(path, overwrite=overwrite)
    try:
        Image.fromarray(picture.luma).save(path, compress_level=2)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise MazetrackError(f"Could not write {path}: {error.strerror or error}. Free some space.") from error
    return picture.keypoints_xy


def write_labels(path: Path, rows: Sequence[LabelRow], *, skeleton: Skeleton = MOUSE, overwrite: bool = False) -> None:
    """Write keypoints in DeepLabCut's layout: rows scorer, bodyparts, coords; an empty cell means not labelled."""
    names = [name for name in skeleton.keypoints for _ in "xy"]
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as handle,
    ):
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["scorer"] + [SCORER] * len(names))
        writer.writerow(["bodyparts", *names])
        writer.writerow(["coords"] + ["x", "y"] * skeleton.n_keypoints)
        for row in rows:
            points = np.full((skeleton.n_keypoints, 2), np.nan) if row.keypoints_xy is None else row.keypoints_xy
            writer.writerow([row.name, *("" if np.isnan(v) else f"{v:.3f}" for v in points.ravel())])
