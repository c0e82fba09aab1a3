"""Floating, and the speed without it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.view import TrialView

SWIM_SPEED = Measure("swim_speed_cm_s", "cm/s", "mean speed without floating", "", "missing where all is floating")
MEASURES = (
    Measure(
        "floating_time_s",
        "s",
        "time slower than floating_speed_cm_s for at least floating_min_s (speed of each step of the fixed-rate path: "
        "displacement over the speed_window_s round it), not on the platform, nor while held: the trial begins "
        "with the release",
    ),
    Measure("floating_bouts", "", "number of such stretches"),
)
FLOATING_SHARE = Measure("floating_fraction", "", "floating time / time of the steps", "", "missing without a step")


def compute_floating(view: TrialView) -> dict[str, float]:
    """Return floating time and bouts, and the mean speed without them."""
    path = view.fixed
    is_floating, n_bouts = _floating_steps(view)
    floating_s = float(path.step_s[is_floating].sum())
    swim_s = path.duration_s - floating_s
    swim_cm = float(path.step_cm[~is_floating].sum())
    return {
        "swim_speed_cm_s": swim_cm / swim_s if swim_s > 1e-9 else np.nan,
        "floating_time_s": floating_s,
        "floating_bouts": n_bouts,
        "floating_fraction": floating_s / path.duration_s if path.duration_s > 0 else np.nan,
    }


def _floating_steps(view: TrialView) -> tuple[NDArray[np.bool_], int]:
    """Tell for each joined step whether it belongs to a bout, and count the bouts."""
    path, settings = view.fixed, view.settings
    floating, n_bouts = [], 0
    for run in path.runs():
        time, xy = path.time_s[run], path.xy_cm[run]
        if len(time) < 2:
            continue
        middle = (time[:-1] + time[1:]) / 2
        half = max(settings.speed_window_s, float(np.median(np.diff(time)))) / 2
        begin, end = np.clip(middle - half, time[0], time[-1]), np.clip(middle + half, time[0], time[-1])
        moved = [np.interp(end, time, xy[:, axis]) - np.interp(begin, time, xy[:, axis]) for axis in (0, 1)]
        is_slow = np.hypot(*moved) / (end - begin) < settings.floating_speed_cm_s
        if view.maze.goal is not None and view.trial.kind.has_platform:
            is_slow &= ~view.maze.goal.area.contains((xy[:-1] + xy[1:]) / 2)
        kept, n = _long_stretches(is_slow, np.diff(time), settings.floating_min_s)
        floating.append(kept)
        n_bouts += n
    return (np.concatenate(floating) if floating else np.zeros(0, np.bool_)), n_bouts


def _long_stretches(
    is_slow: NDArray[np.bool_], step_s: NDArray[np.float64], min_s: float
) -> tuple[NDArray[np.bool_], int]:
    edges = np.flatnonzero(np.diff(np.r_[False, is_slow, False].astype(np.int8)))
    kept, n = np.zeros(len(is_slow), np.bool_), 0
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if step_s[begin:end].sum() >= min_s - 1e-9:
            kept[begin:end] = True
            n += 1
    return kept, n
