"""Recordings of animals from anyone's files: ours, DeepLabCut's, EthoVision's, or any table with times, x and y."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.tables import plain_cell, read_text
from napari_mazetrack.tracking.draws import draw_paths
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.tracking.track_files import load_track

PROJECT_ENDING = ".mazetrack"
TRACK_ENDINGS = (".tracks.nc", ".tracks.csv", ".truth.csv")
#: A DeepLabCut point below this likelihood is missing.
MIN_LIKELIHOOD = 0.6
#: Names of the point whose path is measured, in tables that have several.
BODY_NAMES = ("body", "centre", "center", "mouse_center", "body_center", "body_centre", "spine2", "midbody")
_TIME_NAMES = ("time_s", "time", "t", "trial time", "recording time")
_X_NAMES: dict[str, Literal["px", "cm", ""]] = {"x": "", "x_px": "px", "x_cm": "cm", "x center": "", "x centre": ""}
_HEADER_LINES = 100
_MISSING = ("", "-", "na", "nan")


#: Paths [n, T, 2] of an animal's central point and of its head.
Draws: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Recording:
    """What is known of one animal in one film.

    Attributes
    ----------
    stem : str
        Name of the film without its ending.
    animal : str
        Its name in the file; empty where the file has none.
    time_s : float64 [T]
        Film times.
    xy, head_xy : float64 [T, 2]
        Central point and head in the arena's coordinates, NaN where missing; no head: None.
    units : {"px", "cm", ""}
        Units of the positions; empty where the file does not say.
    is_corrected : bool [T]
        Samples that a person put right.
    film_hw : (int, int) or None
        Size of the film where it is known.
    model : str
        The detector's name and hash; empty where unknown.
    draw : callable or None
        From a number and a seed to so many paths of central point and head, [n, T, 2] each, that are as likely as
        these (`tracking.draws`); None where the file does not tell how sure it is.
    """

    stem: str
    animal: str
    time_s: NDArray[np.float64]
    xy: NDArray[np.float64]
    head_xy: NDArray[np.float64] | None
    units: Literal["px", "cm", ""]
    is_corrected: NDArray[np.bool_]
    film_hw: tuple[int, int] | None = None
    model: str = ""
    draw: Callable[[int, int], Draws] | None = None


def load_recordings(path: Path, *, fps: float | None = None, point: str | None = None) -> list[Recording]:
    """Read a track file; one recording for each animal in it.

    Parameters
    ----------
    path : Path
        A project (its films' tracks, with its corrections), our ``.nc`` or ``.csv``, a DeepLabCut table, an EthoVision
        export, or any CSV with ``time_s, x, y``.
    fps : float or None
        Frames a second: for DeepLabCut's tables, which have no times.
    point : str or None
        The point whose path is measured, in tables that have several.

    Raises
    ------
    MazetrackError
        The file is none of these, or damaged.
    """
    if path.suffix.lower() == PROJECT_ENDING:
        from napari_mazetrack.workflows.correct import tracks_of_project

        return [recording for track in tracks_of_project(path) for recording in recordings_of_track(track, path.stem)]
    if path.suffix.lower() != ".csv" and path.suffix.lower() != ".txt":
        return recordings_of_track(load_track(path), film_stem(path))
    lines = read_text(path, "track file").splitlines()
    first = lines[0] if lines else ""
    if first.startswith("frame_index,time_s,animal"):
        return recordings_of_track(load_track(path), film_stem(path))
    if first.startswith("scorer"):
        return _deeplabcut(path, lines, fps, point)
    return [_table(path, lines)]


def film_stem(path: Path) -> str:
    """Return the film's name without its ending, from the name of the film or of a track of it."""
    for ending in TRACK_ENDINGS:
        if path.name.lower().endswith(ending):
            return path.name[: -len(ending)]
    return path.stem


def recordings_of_track(track: Track, stem: str) -> list[Recording]:
    """Return one recording for each animal of a track."""
    attributes = track.attributes
    size = (int(attributes.get("film_height") or 0), int(attributes.get("film_width") or 0))
    name = str(attributes.get("film_name") or "")
    model = " ".join(str(attributes[key])[:12] for key in ("model_name", "model_hash") if attributes.get(key))
    return [
        Recording(
            stem=Path(name).stem if name else stem,
            animal=animal,
            time_s=track.time_s,
            xy=track.path_xy(i),
            head_xy=track.keypoints_xy[:, i, track.skeleton.front],
            units="px",
            is_corrected=track.source[:, i] == Source.CORRECTED,
            film_hw=size if min(size) > 0 else None,
            model=model,
            draw=_drawing(track, i),
        )
        for i, animal in enumerate(track.animals)
    ]


def _drawing(track: Track, animal: int) -> Callable[[int, int], Draws] | None:
    ends = [track.skeleton.centre, track.skeleton.front]
    if not np.isfinite(track.raw_keypoints_xy[:, animal, ends]).any(axis=(0, 2)).all():
        return None

    def draw(n: int, seed: int) -> Draws:
        body, head = (
            draw_paths(track, n, seed=2 * seed + i, animal=animal, keypoint=point) for i, point in enumerate(ends)
        )
        return body, head

    return draw


def _deeplabcut(path: Path, lines: Sequence[str], fps: float | None, point: str | None) -> list[Recording]:
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
    values = _numbers(path, rows[n_header:], n_header, len(header["coords"]))
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


@dataclass(frozen=True)
class _Header:
    """The line that names the columns: its number, the delimiter, and where time, x and y stand."""

    line: int
    delimiter: str
    columns: tuple[int, int, int]
    x_name: str


def _find_header(path: Path, lines: Sequence[str]) -> _Header:
    for number, line in enumerate(lines[:_HEADER_LINES]):
        delimiter = max((",", ";", "\t"), key=line.count)
        names = [plain_cell(name).strip('"').lower() for name in line.split(delimiter)]
        times = [name for name in _TIME_NAMES if name in names]
        axes = [name for name in _X_NAMES if name in names and name.replace("x", "y", 1) in names]
        if times and axes:
            columns = (names.index(times[0]), names.index(axes[0]), names.index(axes[0].replace("x", "y", 1)))
            return _Header(number, delimiter, columns, axes[0])
    raise MazetrackError(
        f"{path} is no track that can be read: no line names the columns time_s, x and y. Name a track that "
        "`track` wrote, a DeepLabCut table, or a CSV with those columns."
    )


def _table(path: Path, lines: Sequence[str]) -> Recording:
    """Read a table with a time, an x and a y column; EthoVision's lines before the header are passed over."""
    header = _find_header(path, lines)
    n_before = header.line + 1
    rows = list(csv.reader(lines[n_before:], delimiter=header.delimiter))
    if rows and not _is_number(rows[0][header.columns[0]] if len(rows[0]) > header.columns[0] else ""):
        rows, n_before = rows[1:], n_before + 1  # EthoVision's line of units
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    picked = [[row[i] if i < len(row) else "" for i in header.columns] for row in filled]
    values = _numbers(path, picked, n_before, 3)
    units: Literal["px", "cm", ""] = _X_NAMES[header.x_name]
    nothing = np.zeros(len(values), np.bool_)
    return Recording(film_stem(path), "", values[:, 0], values[:, 1:], None, units, nothing)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(path: Path, rows: Sequence[Sequence[str]], n_before: int, n_columns: int) -> NDArray[np.float64]:
    """Return cells as numbers [rows, n_columns]; empty ones are NaN."""
    table = np.full((len(rows), n_columns), np.nan)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row[:n_columns]):
            text = cell.strip().lower()
            if text in _MISSING:
                continue
            try:
                table[i, j] = float(text)
            except ValueError:
                raise MazetrackError(
                    f"Line {n_before + i + 1} of {path} has '{cell[:40]}' where a number is expected. Correct it."
                ) from None
    table[~np.isfinite(table)] = np.nan
    return table
