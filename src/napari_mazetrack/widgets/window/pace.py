"""How fast a job goes and how long it will still take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from napari_mazetrack.progress import Progress

#: The speed is that of the last seconds, so that a slow start does not spoil the estimate.
WINDOW_S = 5.0


class Pace:
    """Turns reports of one job into a line such as ``120 of 900 frames · 85 fps · 9 s left``.

    Parameters
    ----------
    clock : callable
        Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, report: Progress) -> None:
        """Take in one report; a new stage starts anew."""
        now = self._clock()
        if report.stage != self._stage:
            self._stage = report.stage
            self._seen.clear()
        self._seen.append((now, report.done))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()

    @property
    def units_per_s(self) -> float | None:
        """Units a second over the last seconds; None before that is known."""
        if len(self._seen) < 2:
            return None
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s and last > first else None

    def seconds_left(self, report: Progress) -> float | None:
        """Seconds until the stage of `report` is done; None where that cannot be told."""
        speed = self.units_per_s
        if report.total is None or speed is None:
            return None
        return max(0, report.total - report.done) / speed

    def line(self, report: Progress) -> str:
        """Return the report in one line, with speed and time left where they are known."""
        parts = [report.stage]
        if report.total:
            parts.append(f"{report.done} of {report.total}")
        if (speed := self.units_per_s) is not None:
            parts.append(f"{speed:.0f} fps" if speed >= 10 else f"{speed:.1f} fps")
        if (left := self.seconds_left(report)) is not None:
            parts.append(f"{format_duration(left)} left")
        return " · ".join(parts)


def format_duration(seconds: float) -> str:
    """Return a duration as people say it: ``8 s``, ``2 min 05 s``, ``1 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
