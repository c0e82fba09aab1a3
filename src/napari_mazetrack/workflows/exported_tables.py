"""Tracks as other programs export them: EthoVision, ANY-maze, or any table with times, x and y.

What is known of their layouts: EthoVision writes a block of lines about the trial ("Number of header lines:"), then the
names of the columns, then their units; it comes in UTF-8, UTF-16 or a Windows code page, with commas or semicolons, and
with decimal commas in many countries; "-" is a missing value. ANY-maze writes a clock (h:mm:ss.mmm) or seconds, and no
units. HVS Image's files are not documented in public; from its lists of x and y come times where the rate is given.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.tables import plain_cell
from napari_mazetrack.workflows.recording import Recording, Units, film_stem

#: The names of the columns stand within so many lines.
_HEADER_LINES = 200
_TIME_NAMES = ("time", "t", "trial time", "recording time")
#: Frames are counted from 0; those without an animal may be left out.
_FRAME_NAMES = ("frame", "frame index", "frame number", "frame no")
_X_NAMES = ("x", "x center", "x centre", "center position x", "centre position x")
_HEAD_X_NAMES = ("x nose", "head position x", "head x", "x head")
_MISSING = ("", "-", "na", "nan", "n/a", "#n/a")
#: Units of positions: what they become here, and the factor.
_LENGTHS: dict[str, tuple[Units, float]] = {
    "": ("", 1.0),
    "px": ("px", 1.0),
    "pixel": ("px", 1.0),
    "pixels": ("px", 1.0),
    "mm": ("cm", 0.1),
    "cm": ("cm", 1.0),
    "m": ("cm", 100.0),
}
_SECONDS = ("", "s", "sec", "seconds")
_UNIT_IN_NAME = re.compile(r"^(.*?)(?:[ _]?[(\[](px|pixels?|mm|cm|m|s|sec|seconds)[)\]]|_(px|mm|cm|s))$")


@dataclass(frozen=True)
class _Column:
    """A column: where it stands, what it is called, and its unit where the file tells."""

    place: int
    name: str
    unit: str


@dataclass(frozen=True)
class _Layout:
    """Where a table begins and which of its columns are read: its clock, if it has one; x and y; x and y of the head.

    A clock is a column of times, or of frames where there are no times.
    """

    line: int
    delimiter: str
    clock: _Column | None
    counts_frames: bool
    points: tuple[_Column, ...]


def read_exported_table(path: Path, lines: Sequence[str], fps: float | None) -> Recording:
    """Return the recording of a table with times, x and y.

    Parameters
    ----------
    path, lines
        The file, for its name, and its lines.
    fps : float or None
        Samples a second of a table without times; of the frames, where it counts them.

    Raises
    ------
    MazetrackError
        No line names such columns, or one of them twice; no times and no rate; a unit that is not known; a cell that
        is no number.
    """
    layout = _find_layout(path, lines)
    columns = (*([layout.clock] if layout.clock else []), *layout.points)
    n_before = layout.line + 1
    rows = [row for row in csv.reader(lines[n_before:], delimiter=layout.delimiter) if any(map(str.strip, row))]
    if rows and _is_line_of_units(rows[0], columns):
        columns = tuple(_Column(c.place, c.name, _cell(rows[0], c).strip().lower() or c.unit) for c in columns)
        rows, n_before = rows[1:], n_before + 1
    try:
        table = [[float(row[column.place] or "nan") for column in columns] for row in rows]
        values = _finite(np.array(table).reshape(-1, len(columns)))
    except (ValueError, IndexError):  # decimal commas, clock times, words, short rows
        has_commas = layout.delimiter != ","
        texts = [[_plain_number(_cell(row, column), has_commas) for column in columns] for row in rows]
        values = numbers_of(path, texts, n_before, len(columns))
    if fps is None and (layout.clock is None or layout.counts_frames):
        raise MazetrackError(
            f"{path} has positions but no times. Give its samples a second: --fps (HVS Image: often 10)."
        )
    clock = values[:, 0] if layout.clock else np.arange(len(values), dtype=np.float64)
    time_s = clock if layout.clock and not layout.counts_frames else clock / (fps or 1.0)
    units, factor = _units(path, columns, has_clock=layout.clock is not None)
    points = values[:, -len(layout.points) :] * factor
    head = points[:, 2:] if points.shape[1] > 2 else None
    return Recording(film_stem(path), "", time_s, points[:, :2], head, units, np.zeros(len(values), np.bool_))


def _find_layout(path: Path, lines: Sequence[str]) -> _Layout:
    for number, line in enumerate(lines[:_HEADER_LINES]):
        delimiter = max((",", ";", "\t"), key=line.count)
        columns = [_column(i, cell) for i, cell in enumerate(next(csv.reader([line], delimiter=delimiter), []))]
        names = [column.name for column in columns]
        centre, head = _pair(names, _X_NAMES), _pair(names, _HEAD_X_NAMES)
        if not centre:
            continue
        twice = [name for name in centre + head if names.count(name) > 1]
        if twice:
            raise MazetrackError(
                f"{path} has the column '{twice[0]}' more than once, perhaps several swims side by side. Export each "
                "swim into a file of its own."
            )
        clock = next((name for name in (*_TIME_NAMES, *_FRAME_NAMES) if name in names), None)
        return _Layout(
            number,
            delimiter,
            None if clock is None else columns[names.index(clock)],
            clock in _FRAME_NAMES,
            tuple(columns[names.index(name)] for name in centre + head),
        )
    raise MazetrackError(
        f"{path} is no track that can be read: no line names the columns time_s, x and y. Name a track that "
        "`track` wrote, a DeepLabCut table, an export of EthoVision or ANY-maze, or a CSV with those columns."
    )


def _column(place: int, cell: str) -> _Column:
    """Return a column from the cell that names it: 'X center', 'x_cm', 'Centre position X (mm)'."""
    text = plain_cell(cell).strip('"').lower()
    match = _UNIT_IN_NAME.match(text)
    name, unit = (match[1], match[2] or match[3]) if match else (text, "")
    return _Column(place, name.replace("_", " ").strip(), unit)


def _pair(names: Sequence[str], x_names: Sequence[str]) -> list[str]:
    """Return the first of the names that is there with its y, and the y's name; nothing where none is."""
    found = [name for name in x_names if name in names and _y_name(name) in names]
    return [found[0], _y_name(found[0])] if found else []


def _y_name(x_name: str) -> str:
    return re.sub(r"\bx\b", "y", x_name)


def _cell(row: Sequence[str], column: _Column) -> str:
    return row[column.place] if column.place < len(row) else ""


def _is_line_of_units(row: Sequence[str], columns: Sequence[_Column]) -> bool:
    """Tell whether a line under the names holds their units: words where numbers would stand."""
    cells = [_cell(row, column).strip().lower() for column in columns]
    return bool(cells[-1]) and all(cell in _LENGTHS or cell.isalpha() for cell in cells) and "nan" not in cells


def _units(path: Path, columns: Sequence[_Column], *, has_clock: bool) -> tuple[Units, float]:
    """Return the units of the positions and the factor to them."""
    if has_clock and columns[0].unit not in _SECONDS:
        raise MazetrackError(f"{path} has its times in '{columns[0].unit}'. Export them in seconds.")
    units = {column.unit for column in columns[has_clock:]}
    unknown = sorted(units - set(_LENGTHS))
    if unknown or len(units) > 1:
        raise MazetrackError(
            f"{path} has its positions in '{(unknown or sorted(units))[0]}', which cannot be read. Export them all in "
            "pixels or in centimetres."
        )
    return _LENGTHS[units.pop()]


def _plain_number(cell: str, has_commas: bool) -> str:
    """Return a cell with a decimal point, a clock time (h:mm:ss.f) in seconds; the cell itself where it is neither."""
    text = cell.strip().replace(",", ".") if has_commas else cell.strip()
    parts = text.split(":")
    if not 2 <= len(parts) <= 3:
        return text
    try:
        return repr(sum(float(part) * 60**power for power, part in enumerate(reversed(parts))))
    except ValueError:
        return cell


def numbers_of(path: Path, rows: Sequence[Sequence[str]], n_before: int, n_columns: int) -> NDArray[np.float64]:
    """Return cells as numbers [rows, n_columns]; empty ones and what stands for a missing value are NaN.

    Raises
    ------
    MazetrackError
        A cell is no number; the sentence names its line (`n_before` lines stand before the rows).
    """
    table = np.full((len(rows), n_columns), np.nan)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row[:n_columns]):
            try:
                table[i, j] = float(cell)
            except ValueError:
                if cell.strip().lower() not in _MISSING:
                    raise MazetrackError(
                        f"Line {n_before + i + 1} of {path} has '{cell[:40]}' where a number is expected. Correct it."
                    ) from None
    return _finite(table)


def _finite(table: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(table), table, np.nan)
