"""A swim: one animal's path in centimetres over time, and the pieces of it that measures are made of.

A missing sample is NaN and never a position. A gap of up to `max_gap_s` is bridged by a straight step; a longer one is
left out of every sum. The path is straight between samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_mazetrack.errors import MazetrackError

#: A step is no gap where it is at most this many usual sampling intervals long.
_USUAL_STEPS = 1.5
#: The film's rate counts as the fixed rate where it lies this little above it.
_RATE_TOLERANCE = 1.05


@dataclass(frozen=True)
class Swim:
    """What was recorded of one animal.

    Attributes
    ----------
    time_s : float64 [T]
        Recorded times, increasing.
    xy_cm : float64 [T, 2]
        Positions of its central point in the arena's centimetre frame; both NaN where missing (`make_swim` sees to it).
    heading_cm : float64 [T, 2] or None
        Vectors from body to head; NaN where missing.
    """

    time_s: NDArray[np.float64]
    xy_cm: NDArray[np.float64]
    heading_cm: NDArray[np.float64] | None = None

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        """True [T] where there is no position."""
        return np.isnan(self.xy_cm[:, 0])

    @property
    def interval_s(self) -> float:
        """The usual sampling interval; 0 for a single sample."""
        return float(np.median(np.diff(self.time_s))) if len(self.time_s) > 1 else 0.0


def make_swim(
    time_s: ArrayLike, xy_cm: ArrayLike, heading_cm: ArrayLike | None = None, what: str = "The track"
) -> Swim:
    """Check and return a swim.

    Raises
    ------
    MazetrackError
        No sample, times that are missing or do not increase, or positions that do not belong to them; the sentence
        begins with `what`.
    """
    time = np.asarray(time_s, np.float64)
    xy = np.array(xy_cm, np.float64).reshape(-1, 2)
    if len(time) == 0:
        raise MazetrackError(f"{what} has no samples. Track the film again, or check the file.")
    if len(time) != len(xy):
        raise MazetrackError(f"{what} has {len(time)} times but {len(xy)} positions. Check the file.")
    bad = np.flatnonzero(~np.isfinite(time))
    if len(bad):
        raise MazetrackError(f"{what} has no time in sample {bad[0]}. Give every sample its time.")
    backward = np.flatnonzero(np.diff(time) <= 0)
    if len(backward):
        i = int(backward[0])
        if time[i] == time[i + 1]:
            raise MazetrackError(
                f"{what} has two samples at {time[i]:g} s (samples {i} and {i + 1}). Take one of them out, or correct "
                "the time stamps."
            )
        raise MazetrackError(
            f"{what} goes back in time: sample {i} is at {time[i]:g} s and sample {i + 1} at {time[i + 1]:g} s. "
            "Sort the samples, or correct the time stamps."
        )
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    heading = None if heading_cm is None else np.asarray(heading_cm, np.float64)
    return Swim(time, xy, heading)


@dataclass(frozen=True)
class Path:
    """Positions that are there, and which of them are joined by a straight step.

    Attributes
    ----------
    time_s : float64 [N]
        Increasing.
    xy_cm : float64 [N, 2]
        Finite.
    is_joined : bool [N - 1]
        False where the step between two positions is a gap that is left out (empty for N < 2).

    What is derived from these is computed once: every measure asks for it again.
    """

    time_s: NDArray[np.float64]
    xy_cm: NDArray[np.float64]
    is_joined: NDArray[np.bool_]

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """Indices of the positions at which joined steps begin."""
        return np.flatnonzero(self.is_joined)

    @cached_property
    def start(self) -> NDArray[np.float64]:
        """Where the joined steps begin, [S, 2]."""
        return self.xy_cm[self.steps]

    @cached_property
    def end(self) -> NDArray[np.float64]:
        """Where the joined steps end, [S, 2]."""
        return self.xy_cm[self.steps + 1]

    @cached_property
    def step_s(self) -> NDArray[np.float64]:
        """Durations [S] of the joined steps."""
        return np.diff(self.time_s)[self.steps] if len(self.time_s) > 1 else np.zeros(0)

    @cached_property
    def step_cm(self) -> NDArray[np.float64]:
        """Lengths [S] of the joined steps."""
        step = self.end - self.start
        return np.hypot(step[:, 0], step[:, 1])

    @cached_property
    def duration_s(self) -> float:
        """Time that the joined steps take."""
        return float(self.step_s.sum())

    @cached_property
    def length_cm(self) -> float:
        """Length of the joined steps."""
        return float(self.step_cm.sum())

    def runs(self) -> list[slice]:
        """Return the stretches of positions that are joined, in order."""
        if not len(self.time_s):
            return []
        breaks = np.flatnonzero(~self.is_joined) + 1
        edges = [0, *(int(i) for i in breaks), len(self.time_s)]
        return [slice(a, b) for a, b in pairwise(edges)]

    def position_at(self, time_s: float) -> NDArray[np.float64] | None:
        """Return the position [2] on the path at a time, None in a gap or outside."""
        i = int(np.searchsorted(self.time_s, time_s, side="right")) - 1
        if i < 0 or i >= len(self.time_s):
            return None
        if self.time_s[i] == time_s:
            return np.array(self.xy_cm[i])
        if i + 1 == len(self.time_s) or not self.is_joined[i]:
            return None
        share = (time_s - self.time_s[i]) / (self.time_s[i + 1] - self.time_s[i])
        return np.array(self.xy_cm[i] + share * (self.xy_cm[i + 1] - self.xy_cm[i]))

    def clip(self, begin_s: float, end_s: float) -> Path:
        """Return the part of the path from `begin_s` to `end_s`, cut exactly within a step."""
        inner = (self.time_s > begin_s) & (self.time_s < end_s)
        first, last = self.position_at(begin_s), self.position_at(end_s)
        time, xy = self.time_s[inner], self.xy_cm[inner]
        if first is not None:
            time, xy = np.r_[begin_s, time], np.vstack([first, xy])
        if last is not None and end_s > begin_s:
            time, xy = np.r_[time, end_s], np.vstack([xy, last])
        if len(time) < 2:
            return Path(time, xy, np.zeros(0, np.bool_))
        middle = (time[:-1] + time[1:]) / 2
        step = np.clip(np.searchsorted(self.time_s, middle, side="right") - 1, 0, len(self.is_joined) - 1)
        return Path(time, xy, self.is_joined[step])


def recorded_path(swim: Swim, max_gap_s: float) -> Path:
    """Return the path of the recorded samples; gaps of up to `max_gap_s` are bridged."""
    is_there = ~swim.is_missing
    time = swim.time_s[is_there]
    longest = max(max_gap_s, _USUAL_STEPS * swim.interval_s)
    return Path(time, swim.xy_cm[is_there], np.diff(time) <= longest + 1e-9)


def fixed_rate_path(path: Path, rate_hz: float, window_s: float) -> Path:
    """Return the path at a fixed rate, each position from a local parabola through the samples around it.

    Length, speed and turning depend on the sampling rate and on jitter; at one rate they can be compared. A path that
    is sampled at that rate or slower is returned as it is.

    Parameters
    ----------
    path : Path
        Recorded positions.
    rate_hz : float
        Positions a second.
    window_s : float
        Width of the window of each local parabola (weighted least squares, tricube weights, real times).
    """
    if len(path.time_s) < 2 or 1 / np.median(np.diff(path.time_s)) <= rate_hz * _RATE_TOLERANCE:
        return path
    times, positions, joined = [], [], []
    for run in path.runs():
        time, xy = path.time_s[run], path.xy_cm[run]
        n_steps = max(1, round(float(time[-1] - time[0]) * rate_hz))
        grid = np.linspace(time[0], time[-1], n_steps + 1) if len(time) > 1 else time
        times.append(grid)
        positions.append(_local_parabola(time, xy, grid, window_s))
        joined.append(np.r_[np.ones(len(grid) - 1, np.bool_), False])
    return Path(np.concatenate(times), np.concatenate(positions), np.concatenate(joined)[:-1])


def _local_parabola(
    time: NDArray[np.float64], xy: NDArray[np.float64], grid: NDArray[np.float64], window_s: float
) -> NDArray[np.float64]:
    """Weighted least-squares parabola round each grid time; its value there.

    A straight line between two samples where there are fewer than 4, or none on one side.
    """
    straight = np.stack([np.interp(grid, time, xy[:, axis]) for axis in (0, 1)], axis=1)
    first = np.searchsorted(time, grid - window_s / 2)
    last = np.searchsorted(time, grid + window_s / 2, side="right")
    width = int((last - first).max())
    if width < 4:
        return straight
    index = first[:, None] + np.arange(width)
    is_used = index < last[:, None]
    index = np.minimum(index, len(time) - 1)
    offset = (time[index] - grid[:, None]) / (window_s / 2)
    weight = np.where(is_used, np.clip(1 - np.abs(offset) ** 3, 0, None) ** 3, 0.0)
    weighted = np.cumprod(np.stack([weight, *[offset] * 4], axis=1), axis=1)  # [grid, power of the offset, sample]
    moments = weighted.sum(axis=2)
    normal = moments[:, np.add.outer(np.arange(3), np.arange(3))]
    right = weighted[:, :3] @ xy[index]
    has_weight = weight > 1e-6
    # Where all samples lie on one side, as at a gap's edge, the parabola would guess and not smooth.
    is_between = (has_weight & (offset <= 0)).any(axis=1) & (has_weight & (offset >= 0)).any(axis=1)
    is_solvable = is_between & (has_weight.sum(axis=1) >= 4)
    solution = np.linalg.solve(normal[is_solvable], right[is_solvable])
    straight[is_solvable] = solution[:, 0]
    return straight
