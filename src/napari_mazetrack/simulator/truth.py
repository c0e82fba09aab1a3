"""What really happened in a simulated trial, by plain arithmetic on the dense path.

Nothing here uses the maze room's measures: the numbers are an independent check of them. Positions are centimetres
from the pool's centre, y down; quadrants are the picture's: 1 top left, 2 bottom left, 3 bottom right, 4 top right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.simulator.canvas import Points
from napari_mazetrack.simulator.pool import PoolPlatform
from napari_mazetrack.simulator.swim import DensePath

ESCAPE_DWELL_S = 2.0


@dataclass(frozen=True)
class Event:
    """Something that happened: ``hand_in, release, hand_out, touch, escape, jump_off, guided, removed, end``."""

    kind: str
    time_s: float


@dataclass(frozen=True)
class Visit:
    """A stay of the body's middle on the platform, seconds of film time."""

    enter_s: float
    leave_s: float

    @property
    def duration_s(self) -> float:
        """How long it lasted."""
        return self.leave_s - self.enter_s


@dataclass(frozen=True)
class TrialTruth:
    """The answer to a simulated trial.

    Attributes
    ----------
    events : tuple of Event
        In order of time.
    end_reason : str
        ``escaped``, ``limit``, ``film_ended`` or ``removed``.
    release_s, end_s : float
        Film time of the release and of the trial's end.
    latency_s : float
        Release to escape; where it did not escape, the time observed.
    path_length_cm : float
        Length of the path of the body's middle from release to end.
    quadrant_time_s, quadrant_path_cm : tuple of 4 floats
        Time and path in quadrants 1 … 4.
    visits : tuple of Visit
        Stays on the platform's place between release and the last frame.
    """

    events: tuple[Event, ...]
    end_reason: str
    release_s: float
    end_s: float
    latency_s: float
    path_length_cm: float
    quadrant_time_s: tuple[float, ...]
    quadrant_path_cm: tuple[float, ...]
    visits: tuple[Visit, ...]


def platform_visits(path: DensePath, platform: PoolPlatform, start_s: float, stop_s: float) -> tuple[Visit, ...]:
    """Return the stays of the body's middle on the platform between two times."""
    inside = is_on(platform, path.xy_cm) & (path.time_s >= start_s) & (path.time_s <= stop_s)
    change = np.diff(inside.astype(np.int8), prepend=0, append=0)
    enters, leaves = np.flatnonzero(change == 1), np.flatnonzero(change == -1) - 1
    return tuple(Visit(float(path.time_s[a]), float(path.time_s[b])) for a, b in zip(enters, leaves, strict=True))


def is_on(platform: PoolPlatform, xy_cm: Points) -> NDArray[np.bool_]:
    """Say for each point [N, 2] whether it lies on the platform."""
    dx, dy = xy_cm[:, 0] - platform.x, xy_cm[:, 1] - platform.y
    if not platform.square:
        inside: NDArray[np.bool_] = np.hypot(dx, dy) <= platform.half_cm
        return inside
    a = np.deg2rad(platform.angle_deg)
    u, v = np.cos(a) * dx + np.sin(a) * dy, np.cos(a) * dy - np.sin(a) * dx
    within: NDArray[np.bool_] = np.maximum(np.abs(u), np.abs(v)) <= platform.half_cm
    return within


def sum_up(path: DensePath, start_s: float, stop_s: float) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    """Return path length, and time and path in quadrants 1 … 4, between two times."""
    keep = (path.time_s >= start_s) & (path.time_s <= stop_s)
    xy, time = path.xy_cm[keep], path.time_s[keep]
    steps = np.linalg.norm(np.diff(xy, axis=0), axis=1)
    middle = (xy[1:] + xy[:-1]) / 2
    # Top left, bottom left, bottom right, top right; y points down.
    quadrant = np.where(middle[:, 0] < 0, np.where(middle[:, 1] < 0, 0, 1), np.where(middle[:, 1] < 0, 3, 2))
    times = np.bincount(quadrant, weights=np.diff(time), minlength=4)
    paths = np.bincount(quadrant, weights=steps, minlength=4)
    return float(steps.sum()), tuple(float(t) for t in times), tuple(float(p) for p in paths)


def escape_of(visits: tuple[Visit, ...], last_s: float, film_ends_on_platform: bool) -> Visit | None:
    """Return the first stay of at least `ESCAPE_DWELL_S`, or one during which the film ends."""
    for visit in visits:
        if visit.duration_s >= ESCAPE_DWELL_S or (film_ends_on_platform and visit.leave_s >= last_s - 1e-6):
            return visit
    return None
