"""The samples that programs without a path between samples average over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.view import TrialView


@dataclass(frozen=True)
class Samples:
    """Recorded positions of a window, missing ones dropped: times [N] from the release in s, positions [N, 2] in cm."""

    time_s: NDArray[np.float64]
    xy_cm: NDArray[np.float64]

    @property
    def step_cm(self) -> NDArray[np.float64]:
        """Lengths [N - 1] of the straight lines between successive samples, however long the gap."""
        step = np.diff(self.xy_cm, axis=0)
        return np.hypot(step[:, 0], step[:, 1])


def samples_until_end(view: TrialView) -> Samples:
    """Return the samples of a window; without an end of its own it runs on behind an escape to the recording's end."""
    time, events = view.swim.time_s, view.events
    end_s = np.inf if view.window.end_s is None else events.release_s + view.window.end_s
    if view.trial.end_s is not None:
        end_s = min(end_s, view.trial.end_s)
    is_used = (time >= view.begin_s - 1e-9) & (time <= end_s + 1e-9) & ~view.swim.is_missing
    return Samples(time[is_used] - events.release_s, view.swim.xy_cm[is_used])


def recording_end_s(view: TrialView) -> float:
    """Return the film time to which a recording counts that an escape does not end: its last sample, end or limit."""
    ends = [float(view.swim.time_s[-1])]
    if view.trial.end_s is not None:
        ends.append(view.trial.end_s)
    if view.trial.limit_s is not None:
        ends.append(view.events.release_s + view.trial.limit_s)
    return min(ends)


def samples_of_trial(view: TrialView) -> Samples:
    """Return the samples of a window up to the trial's end (an escape ends it)."""
    samples = samples_until_end(view)
    is_used = samples.time_s <= view.end_s - view.events.release_s + 1e-9
    return Samples(samples.time_s[is_used], samples.xy_cm[is_used])


def angles_from_start_deg(xy_cm: NDArray[np.float64], goal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unsigned angle [N] at the first of positions [N, 2] between each and the goal; NaN where still."""
    to_each, to_goal = xy_cm - xy_cm[0], goal - xy_cm[0]
    cross = to_each[:, 0] * to_goal[1] - to_each[:, 1] * to_goal[0]
    angle = np.degrees(np.abs(np.arctan2(cross, to_each @ to_goal)))
    return np.where(np.hypot(to_each[:, 0], to_each[:, 1]) > 0, angle, np.nan)
