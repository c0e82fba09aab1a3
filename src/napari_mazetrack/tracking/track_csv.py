"""Tracks as CSV: one row per frame and animal, in film pixels, the same bytes for the same track."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.skeleton import MOUSE, Skeleton
from napari_mazetrack.tracking.track import Source, Track

FIRST_COLUMNS = ("frame_index", "time_s", "animal", "score", "box_x0", "box_y0", "box_x1", "box_y1")
LAST_COLUMN = "source"
#: Decimal places: positions to a thousandth of a pixel, time to a microsecond.
PLACES_PX, PLACES_TIME, PLACES_SCORE = 3, 6, 4
MAX_BYTES = 1 << 30
#: Frames that are put into words at once.
_BLOCK = 1024
MAX_ROWS = 4_000_000
MAX_ANIMALS = 64
MAX_KEYPOINTS = 64
#: Names that a spreadsheet cannot take for a formula.
_ANIMAL_NAME = re.compile(r"[^\s=+\-@,\"'][^\r\n\t,\"]{0,63}")
_SOURCES = {source.name.lower(): source for source in Source}


def csv_columns(skeleton: Skeleton) -> list[str]:
    """Return the names of the columns in order."""
    points = [f"{name}_{what}" for name in skeleton.keypoints for what in ("x", "y", "sigma_px")]
    return [*FIRST_COLUMNS, *points, LAST_COLUMN]


def save_track_csv(track: Track, path: Path, *, overwrite: bool = False) -> None:
    """Write a track, sorted by frame, then animal; what is missing is an empty cell.

    Raises
    ------
    MazetrackError
        The file exists and may not be overwritten, or it cannot be written.
    """
    _check_names(track.animals)
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as handle,
    ):
        handle.write(",".join(csv_columns(track.skeleton)) + "\n")
        handle.writelines(_rows(track))


def _check_names(animals: tuple[str, ...]) -> None:
    for name in animals:
        if not _ANIMAL_NAME.fullmatch(name):
            raise MazetrackError(
                f"The animal's name {name!r} cannot stand in a table. Use letters, digits, - and _, and begin with "
                "a letter or digit."
            )


def _rows(track: Track) -> Iterator[str]:
    names = [Source(value).name.lower() for value in range(len(Source))]
    for first in range(0, track.n_frames, _BLOCK):
        numbers = _numbers(track, slice(first, first + _BLOCK))
        for frame, of_animals in enumerate(numbers, start=first):
            time_s = f"{track.time_s[frame]:.{PLACES_TIME}f}"
            for animal, (name, values) in enumerate(zip(track.animals, of_animals, strict=True)):
                cells = ",".join(_cell(value, PLACES_PX) for value in values)
                score = _cell(float(track.score[frame, animal]), PLACES_SCORE)
                yield f"{frame},{time_s},{name},{score},{cells},{names[track.source[frame, animal]]}\n"


def _numbers(track: Track, frames: slice) -> list[list[list[float]]]:
    """Return the box, and x, y and σ of each keypoint, of each animal in each of some frames."""
    points = np.concatenate([track.keypoints_xy[frames], track.sigma_px[frames, ..., None]], axis=3)
    boxes = track.box_xyxy[frames].astype(np.float64)
    numbers: list[list[list[float]]] = np.concatenate([boxes, points.reshape(*points.shape[:2], -1)], axis=2).tolist()
    return numbers


def _cell(value: float, places: int) -> str:
    if value != value:  # NaN
        return ""
    text = f"{value:.{places}f}"
    return text[1:] if float(text) == 0 and text[0] == "-" else text


def load_track_csv(path: Path) -> Track:
    """Read a track that `save_track_csv` wrote; raises `MazetrackError` where it is anything else."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MazetrackError(
                f"{path} is larger than {MAX_BYTES >> 30} GiB: no track of ours is. Name another file."
            )
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return _read(handle, path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MazetrackError(f"{path} cannot be read as a table ({error}). Name a track that `track` wrote.") from error


def _read(handle: TextIO, path: Path) -> Track:
    reader = csv.reader(handle, strict=True)
    skeleton = _skeleton_of(next(reader, []), path)
    n_columns = len(csv_columns(skeleton))
    animals: dict[str, int] = {}
    numbers = array("d")
    sources: list[int] = []
    for row in reader:
        place = f"line {reader.line_num} of {path}"
        if len(row) != n_columns:
            raise MazetrackError(f"Expected {n_columns} cells in {place}, found {len(row)}. Export the track again.")
        if len(sources) >= MAX_ROWS:
            raise MazetrackError(f"{path} has more than {MAX_ROWS} rows. Cut it into parts.")
        animal = animals.setdefault(row[2], len(animals))
        if animal >= MAX_ANIMALS:
            raise MazetrackError(f"{path} names more than {MAX_ANIMALS} animals. Export the track again.")
        if row[-1] not in _SOURCES:
            raise MazetrackError(f"Expected {', '.join(_SOURCES)} as the source in {place}, found {row[-1]!r}.")
        sources.append(_SOURCES[row[-1]])
        numbers.extend(_number(cell, place) for cell in (*row[:2], str(animal), *row[3:-1]))
    _check_names(tuple(animals))
    table = np.frombuffer(numbers).reshape(len(sources), n_columns - 1)
    return _from_table(table, np.array(sources, np.uint8), tuple(animals), skeleton, path)


def _skeleton_of(header: list[str], path: Path) -> Skeleton:
    first, last = len(FIRST_COLUMNS), len(header) - 1
    keypoints = tuple(name.removesuffix("_x") for name in header[first:last:3])
    skeleton = MOUSE
    if keypoints != MOUSE.keypoints and 0 < len(keypoints) <= MAX_KEYPOINTS:
        try:
            n = len(keypoints)
            edges = tuple((i, i + 1) for i in range(n - 1))
            skeleton = Skeleton(keypoints, edges, front=0, centre=n // 2, back=n - 1)
        except ValueError as error:
            raise MazetrackError(f"{path} is not a track of ours ({error}). Name one that `track` wrote.") from error
    if header != csv_columns(skeleton):
        raise MazetrackError(
            f"{path} is not a track of ours: expected the columns {', '.join(FIRST_COLUMNS)}, …, {LAST_COLUMN}, found "
            f"{', '.join(header)[:200] or 'nothing'}. Name one that `track` wrote."
        )
    return skeleton


def _number(cell: str, place: str) -> float:
    if cell == "":
        return float("nan")
    try:
        value = float(cell)
    except ValueError:
        value = float("inf")
    if not np.isfinite(value) or "_" in cell:
        raise MazetrackError(f"Expected a number in {place}, found {cell[:50]!r}. Export the track again.")
    return value


def _from_table(
    table: NDArray[np.float64],
    source: NDArray[np.uint8],
    animals: tuple[str, ...],
    skeleton: Skeleton,
    path: Path,
) -> Track:
    n_animals = len(animals)
    if n_animals == 0:
        raise MazetrackError(f"{path} has no rows. Track the film again.")
    n_frames = len(table) // n_animals
    frames, animal = np.divmod(np.arange(len(table)), n_animals)
    if len(table) % n_animals or (table[:, 0] != frames).any() or (table[:, 2] != animal).any():
        raise MazetrackError(
            f"{path} must have one row for each frame from 0 on and each animal, in order. Export the track again."
        )
    table = table.reshape(n_frames, n_animals, -1)
    time_s = table[:, 0, 1].copy()
    if not np.isfinite(time_s).all() or (table[:, :, 1] != time_s[:, None]).any() or (np.diff(time_s) < 0).any():
        raise MazetrackError(f"The times in {path} are missing or run backward. Export the track again.")
    points = table[:, :, len(FIRST_COLUMNS) :].reshape(n_frames, n_animals, skeleton.n_keypoints, 3)
    nothing = np.full(points.shape, np.nan, np.float32)
    return Track(
        time_s=time_s,
        animals=animals,
        score=table[:, :, 3].astype(np.float32),
        box_xyxy=table[:, :, 4:8].astype(np.float32),
        keypoints_xy=points[..., :2].copy(),
        sigma_px=points[..., 2].copy(),
        source=source.reshape(n_frames, n_animals),
        raw_keypoints_xy=nothing[..., :2],
        raw_sigma_px=nothing[..., 2],
        skeleton=skeleton,
    )
