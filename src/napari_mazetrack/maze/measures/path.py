"""Time, path and speed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.settings import Measure, MeasureSettings
from napari_mazetrack.maze.measures.view import TrialView
from napari_mazetrack.maze.swim import Path

MEASURES = (
    Measure(
        "reached_platform",
        "",
        "of the whole trial: true where it has an escape; in a probe: where the path enters the former platform's area",
    ),
    Measure(
        "latency_s",
        "s",
        "of the whole trial: start of the first stay on the platform of at least escape_dwell_s, or of a shorter "
        "one during which the recording ends, minus release; not reached: the time observed (censored). "
        "Probe: first entry into the former platform's area",
    ),
    Measure("trial_duration_s", "s", "from release, or the window's begin, to the earliest of escape, limit and end"),
    Measure("path_length_cm", "cm", "sum of the steps at the fixed rate"),
    Measure("mean_speed_cm_s", "cm/s", "path length / time of the steps", missing="missing without a step"),
    Measure("median_speed_cm_s", "cm/s", "median of the steps' speeds", missing="missing without a step"),
    Measure(
        "max_speed_cm_s",
        "cm/s",
        "percentile max_speed_percentile of the speeds over windows of speed_window_s",
        missing="missing without a step",
    ),
)
DISPLACEMENT = Measure(
    "displacement_cm", "cm", "|last position - first position|", missing="missing without a position"
)


def compute_path(view: TrialView) -> dict[str, float | bool]:
    """Return latency, duration, path length, speeds and displacement of a view."""
    events, fixed = view.events, view.fixed
    reached_s = events.escape_s if view.trial.kind.has_platform else events.first_contact_s
    latency_end_s = events.end_s if reached_s is None else reached_s
    return {
        "reached_platform": np.nan if view.maze.goal is None else view.is_reached,
        "latency_s": np.nan if view.maze.goal is None else latency_end_s - events.release_s,
        "trial_duration_s": max(0.0, view.end_s - view.begin_s),
        "path_length_cm": fixed.length_cm,
        "mean_speed_cm_s": fixed.length_cm / fixed.duration_s if fixed.duration_s > 0 else np.nan,
        "median_speed_cm_s": float(np.median(fixed.step_cm / fixed.step_s)) if len(fixed.steps) else np.nan,
        "max_speed_cm_s": compute_max_speed(fixed, view.settings),
        "displacement_cm": compute_displacement(view.recorded),
    }


def compute_displacement(path: Path) -> float:
    """Return |last - first| of a path in cm; NaN without a position."""
    return float(np.hypot(*(path.xy_cm[-1] - path.xy_cm[0]))) if len(path.xy_cm) else np.nan


def compute_max_speed(path: Path, settings: MeasureSettings) -> float:
    """Return a high percentile of the speeds over short windows in cm/s; NaN without a step."""
    speeds = [_window_speeds(path, run, settings.speed_window_s) for run in path.runs() if run.stop - run.start > 1]
    return float(np.percentile(np.concatenate(speeds), settings.max_speed_percentile)) if speeds else np.nan


def _window_speeds(path: Path, run: slice, window_s: float) -> NDArray[np.float64]:
    """Return the speed over each window of `window_s` that begins at a position of a run (one window if shorter)."""
    time, xy = path.time_s[run], path.xy_cm[run]
    length = np.r_[0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
    begin = time[time <= time[-1] - window_s + 1e-9]
    if not len(begin):
        return np.array([length[-1] / (time[-1] - time[0])])
    speeds: NDArray[np.float64] = (np.interp(begin + window_s, time, length) - length[: len(begin)]) / window_s
    return speeds
