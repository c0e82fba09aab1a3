"""Times that a person gives where a recorder wrote wrong ones, or none."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError

Times: TypeAlias = NDArray[np.float64]
_MAX_TIMES_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Timing:
    """Where a film's times come from instead of its own time stamps; exactly one of the three is given.

    Attributes
    ----------
    fps : float or None
        Frames a second: time_s = frame_index / fps.
    times : Path or None
        A text file with the time of each frame in seconds, one a line (or a CSV with a column ``time_s``).
        The first frame's time becomes 0.
    duration_s : float or None
        True length of the recording, from the first frame's beginning to the last one's end: the film's own
        times are stretched to it.
    """

    fps: float | None = None
    times: Path | None = None
    duration_s: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.fps, self.times, self.duration_s) if value is not None]
        if len(given) != 1:
            raise MazetrackError("Give exactly one of --fps, --times and --duration-s to correct a film's times.")
        for name, value in (("--fps", self.fps), ("--duration-s", self.duration_s)):
            if value is not None and not (math.isfinite(value) and value > 0):
                raise MazetrackError(f"{name} must be a number above 0, got {value}.")

    def describe(self) -> str:
        """Return the correction in words for a record, such as ``fps=25.0``."""
        if self.fps is not None:
            return f"fps={self.fps}"
        return f"times={self.times}" if self.times is not None else f"duration_s={self.duration_s}"

    def correct(self, time_s: Times, film_name: str) -> Times:
        """Return the corrected times of a film whose own are `time_s` (float64 [T], from 0, increasing).

        Raises
        ------
        MazetrackError
            The times file is missing, unreadable, of another length, or not increasing; or one frame alone has
            no length to stretch.
        """
        n = len(time_s)
        if self.fps is not None:
            return np.arange(n) / self.fps
        if self.duration_s is not None:
            return stretch(time_s, self.duration_s, film_name)
        times = time_s if self.times is None else _load_times(Path(self.times))
        if len(times) != n:
            raise MazetrackError(
                f"{self.times} has {len(times)} times, but {film_name} has {n} frames. Give one time for each frame."
            )
        return times


def stretch(time_s: Times, duration_s: float, film_name: str) -> Times:
    """Scale the times so that the film lasts `duration_s`; the last frame lasts as long as the median one."""
    if len(time_s) < 2:
        raise MazetrackError(f"{film_name} has one frame: a duration says nothing about it. Leave --duration-s out.")
    own = time_s[-1] + float(np.median(np.diff(time_s)))
    stretched: Times = time_s * (duration_s / own)
    return stretched


def _load_times(path: Path) -> Times:
    try:
        if path.stat().st_size > _MAX_TIMES_BYTES:
            raise MazetrackError(f"{path} is too large for a list of times. Give a text file with one time a line.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MazetrackError(f"The times file {path} cannot be read. Give a text file with one time a line.") from error
    column = 0
    try:
        rows = [row for row in csv.reader(text.splitlines()) if any(cell.strip() for cell in row)]
        if rows and "time_s" in (header := [cell.strip() for cell in rows[0]]):
            column, rows = header.index("time_s"), rows[1:]
        times = np.array([float(row[column]) for row in rows], np.float64)
    except (ValueError, IndexError, csv.Error) as error:
        raise MazetrackError(
            f"{path} holds something that is no time. Give one time in seconds a line, or a CSV with a column time_s."
        ) from error
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise MazetrackError(f"The times in {path} must increase from frame to frame. Check the file.")
    return times - times[:1]
