"""The part of a film that is tracked, in seconds of the film's time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError

#: Time stamps are sums of rounded numbers.
ROUNDING_S = 5e-7


@dataclass(frozen=True)
class TimeRange:
    """From when to when a film is tracked, both included.

    Attributes
    ----------
    from_s, to_s : float or None
        Seconds of the film's time; None: from its beginning, to its end.

    Raises
    ------
    MazetrackError
        A time is negative or no number, or the end is not behind the beginning.
    """

    from_s: float | None = None
    to_s: float | None = None

    def __post_init__(self) -> None:
        for value in (self.from_s, self.to_s):
            if value is not None and (not math.isfinite(value) or value < 0):
                raise MazetrackError(f"A film is tracked between two times in seconds of the film, not {value:g}.")
        if self.from_s is not None and self.to_s is not None and self.to_s <= self.from_s:
            raise MazetrackError(
                f"The end of what is tracked must be later than its beginning, got {self.from_s:g} to {self.to_s:g} s."
            )

    def frames(self, time_s: NDArray[np.float64], film_name: str) -> tuple[int, int] | None:
        """Return the first frame and the one after the last; None where these are all.

        Raises
        ------
        MazetrackError
            No frame of the film lies in the range.
        """
        first, end = 0, len(time_s)
        if self.from_s is not None:
            first = int(np.searchsorted(time_s, self.from_s - ROUNDING_S, "left"))
        if self.to_s is not None:
            end = int(np.searchsorted(time_s, self.to_s + ROUNDING_S, "right"))
        if first >= end:
            last_s = float(time_s[-1]) if len(time_s) else 0.0
            raise MazetrackError(
                f"No frame of {film_name} lies {self.in_words()}: its last one is at {last_s:.3f} s. "
                "Choose another range."
            )
        return None if (first, end) == (0, len(time_s)) else (first, end)

    def in_words(self) -> str:
        """Return such as "from 10 s to 70 s"."""
        begin = "the beginning" if self.from_s is None else f"{self.from_s:g} s"
        return f"from {begin} to " + ("the end" if self.to_s is None else f"{self.to_s:g} s")
