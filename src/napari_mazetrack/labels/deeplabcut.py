"""DeepLabCut's ``CollectedData_*.csv`` as labelled frames, and back.

Three header rows (scorer, bodyparts, coords), then one picture a row: its path in the first column, or split over
the first three (``labeled-data, film, picture``). An empty cell is a point that was not labelled; a row without any
point is a frame without an animal; one that only has points which are not wanted is left out. Numbers are written as
pandas writes them for DeepLabCut: the shortest text that reads back as the same number.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.labels.file_contents import FileContents, LoadedLabels
from napari_mazetrack.labels.labelled import LabelledFrame, LabelledInstance
from napari_mazetrack.labels.table_pictures import (
    FORMULA_SIGNS,
    find_picture,
    picture_name,
    refuse_points_outside,
)
from napari_mazetrack.skeleton import MOUSE, Skeleton

HEADER = ("scorer", "bodyparts", "coords")


SCORER = "mazetrack"


def look_into_deeplabcut_csv(path: Path) -> FileContents:
    """Return the body parts and the scorer of a DeepLabCut table; `MazetrackError` where it is none."""
    rows = _read_rows(path)
    parts = [cell.strip() for cell in rows[1][1:]]
    scorers = [cell.strip() for cell in rows[0][1:]]
    return FileContents(
        tuple(dict.fromkeys(part for part in parts if part)), next((scorer for scorer in scorers if scorer), "")
    )


def load_deeplabcut_csv(
    path: Path | str, skeleton: Skeleton = MOUSE, rename: Mapping[str, str] | None = None
) -> list[LabelledFrame]:
    """Load labelled pictures from a DeepLabCut table; `load_deeplabcut_labels` says what is left out, too."""
    return load_deeplabcut_labels(path, skeleton, rename).frames


def load_deeplabcut_labels(
    path: Path | str, skeleton: Skeleton = MOUSE, rename: Mapping[str, str] | None = None
) -> LoadedLabels:
    """Load labelled pictures from a DeepLabCut table.

    Parameters
    ----------
    path : Path or str
        The table; its pictures lie beside it or in a folder that their names give.
    skeleton : Skeleton
        The keypoints wanted; other body parts of the table are left out.
    rename : mapping of str to str, optional
        Body part of the table to keypoint, ``{"snout": "head"}``.

    Returns
    -------
    LoadedLabels
        The ``group`` of a frame is the folder of the picture.

    Raises
    ------
    MazetrackError
        The table cannot be read or is no DeepLabCut table, a keypoint is missing from it, a picture is missing or
        cannot be read, a cell is no number, a point lies outside its picture, or no row has points to take.
    """
    path = Path(path)
    rows = _read_rows(path)
    n_index, columns = _read_header(path, rows, skeleton, rename or {})
    frames, n_others = [], 0
    for number, row in enumerate(rows[3:], start=4):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{path}, row {number}"
        picture = find_picture(path, [cell for cell in row[:n_index] if cell], where)
        keypoints = np.array([[_read_cell(row, c, where) for c in pair] for pair in columns], np.float64)
        keypoints[np.isnan(keypoints).any(axis=1)] = np.nan
        refuse_points_outside(keypoints, picture, where)
        frame = _labelled_frame(picture, keypoints)
        if not frame.instances and any(cell.strip() for cell in row[n_index:]):
            n_others += 1
        else:
            frames.append(frame)
    if not frames:
        why = "has none of our points in any row" if n_others else "names no picture"
        raise MazetrackError(f"{path} {why}. Label some frames first.")
    left_out = f"Rows are left out ({n_others}): they only have points that the project has not, so they are not empty."
    return LoadedLabels(frames, (left_out,) if n_others else ())


def save_deeplabcut_csv(
    frames: Sequence[LabelledFrame],
    path: Path | str,
    *,
    skeleton: Skeleton = MOUSE,
    scorer: str = SCORER,
    overwrite: bool = False,
) -> None:
    """Save labelled pictures as a DeepLabCut table; pictures below its folder are named relative to it.

    Parameters
    ----------
    frames : sequence of LabelledFrame
        Pictures with one animal at most; whether a point is hidden is not written.
    path : Path or str
        The table.
    skeleton : Skeleton
        Names of the body parts.
    scorer : str
        Who labelled.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    MazetrackError
        A frame has more than one animal or belongs to a film, which this table cannot say; or `path` exists.
    """
    path, scorer = Path(path), scorer.lstrip(FORMULA_SIGNS) or SCORER
    for frame in frames:
        if len(frame.instances) > 1 or frame.frame_index is not None:
            raise MazetrackError(
                f"A DeepLabCut table holds one animal in single pictures; {frame.source.name} is more than that. "
                "Export as COCO or SLEAP instead."
            )
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as handle,
    ):
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["scorer", *[scorer] * (2 * skeleton.n_keypoints)])
        writer.writerow(["bodyparts", *[name for name in skeleton.keypoints for _ in "xy"]])
        writer.writerow(["coords", *["x", "y"] * skeleton.n_keypoints])
        for frame in frames:
            writer.writerow([picture_name(frame.source, path.parent), *_cells(frame, skeleton)])


def _read_rows(path: Path) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            rows = list(csv.reader(handle))
    except FileNotFoundError as error:
        raise MazetrackError(f"The label table {path} does not exist.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MazetrackError(f"{path} cannot be read as a CSV table ({error}).") from error
    first = [row[0].strip().lower() if row else "" for row in rows[:3]]
    if len(rows) > 1 and rows[1] and rows[1][0].strip().lower() == "individuals":
        raise MazetrackError(
            f"{path} is a multi-animal DeepLabCut table, which cannot be read yet. Export one animal at a time."
        )
    if tuple(first) != HEADER:
        raise MazetrackError(
            f"{path} is no DeepLabCut table: its first three rows must begin with {', '.join(HEADER)}; "
            f"they begin with {', '.join(repr(cell) for cell in first) or 'nothing'}."
        )
    return rows


def _read_header(
    path: Path, rows: list[list[str]], skeleton: Skeleton, rename: Mapping[str, str]
) -> tuple[int, list[tuple[int, int]]]:
    """Return how many columns name the picture, and the x and y column of each keypoint."""
    parts, coords = [c.strip() for c in rows[1]], [c.strip().lower() for c in rows[2]]
    columns = {
        (rename.get(part, part), coord): i for i, (part, coord) in enumerate(zip(parts, coords, strict=False)) if i
    }
    found = sorted({part for i, part in enumerate(parts) if i and part})
    unknown = [name for name in rename if name not in found]
    missing = [k for k in skeleton.keypoints if (k, "x") not in columns or (k, "y") not in columns]
    if missing or unknown:
        wrong = f"has no body part {', '.join(unknown)}" if unknown else f"has no {', '.join(missing)}"
        raise MazetrackError(
            f"{path} {wrong}: its body parts are {', '.join(found)}. "
            f"Name what corresponds with --map, such as --map {found[0] if found else 'snout'}=head."
        )
    pairs = [(columns[k, "x"], columns[k, "y"]) for k in skeleton.keypoints]
    return next(i for i, part in enumerate(parts) if i and part), pairs


def _read_cell(row: list[str], column: int, where: str) -> float:
    text = row[column].strip() if column < len(row) else ""
    try:
        value = float(text) if text else math.nan
    except ValueError as error:
        raise MazetrackError(f"{where}: {text!r} is no coordinate. Correct the cell or empty it.") from error
    if math.isinf(value):
        raise MazetrackError(f"{where}: a coordinate is infinite. Correct the cell or empty it.")
    return value


def _labelled_frame(picture: Path, keypoints: NDArray[np.float64]) -> LabelledFrame:
    labelled = np.isfinite(keypoints).all(axis=1)
    instance = LabelledInstance(keypoints, np.where(labelled, 2, 0).astype(np.uint8))
    return LabelledFrame(picture, None, (instance,) if labelled.any() else (), group=str(picture.parent))


def _cells(frame: LabelledFrame, skeleton: Skeleton) -> list[str]:
    if not frame.instances:
        return [""] * (2 * skeleton.n_keypoints)
    instance = frame.instances[0]
    return [
        repr(value) if seen and math.isfinite(value) else ""
        for point, seen in zip(instance.keypoints_xy.tolist(), instance.visibility, strict=True)
        for value in point
    ]
