"""One trial to values: events first, then every family of measures for each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.events import TrialEvents, find_events
from napari_mazetrack.maze.measures.approach import compute_approach
from napari_mazetrack.maze.measures.bands import compute_bands
from napari_mazetrack.maze.measures.chance import chance_of_zones
from napari_mazetrack.maze.measures.exploration import compute_exploration
from napari_mazetrack.maze.measures.floating import compute_floating
from napari_mazetrack.maze.measures.goal import compute_encounters, compute_goal, compute_mirrors
from napari_mazetrack.maze.measures.path import compute_path
from napari_mazetrack.maze.measures.quadrant_use import compute_quadrant_use
from napari_mazetrack.maze.measures.roaming import compute_roaming
from napari_mazetrack.maze.measures.settings import WHOLE, MeasureSettings, Window
from napari_mazetrack.maze.measures.turning import compute_turning
from napari_mazetrack.maze.measures.variants import VARIANTS, Value, Variant
from napari_mazetrack.maze.measures.view import TrialView, maze_of_trial
from napari_mazetrack.maze.strategies.call import compute_strategies
from napari_mazetrack.maze.swim import Swim, recorded_path
from napari_mazetrack.maze.trials import Trial

_PROBE_BIN_S = 15.0
_PROBE_FIRST_S = 30.0
#: A film's rate may change; samples are left out where none comes for so many usual intervals.
_HOLE_INTERVALS = 5.0
#: What is known of a trial in a window that begins when it is over.
_OF_THE_TRIAL = ("reached_platform", "latency_s", "trial_duration_s")


@dataclass(frozen=True)
class TrialMeasures:
    """What was measured of one trial in one window.

    Attributes
    ----------
    window : Window
        The stretch.
    events : TrialEvents
        Of the whole trial.
    missing_fraction : float
        Share of the window's samples without a position.
    values : dict
        By measure; NaN or absent is missing.
    chance : dict
        By measure that is a share of time in a zone, by this package's definition: the zone's share of the pool's area.
    """

    window: Window
    events: TrialEvents
    missing_fraction: float
    values: dict[str, Value] = field(default_factory=dict)
    chance: dict[str, float] = field(default_factory=dict)


def default_windows(trial: Trial, duration_s: float) -> tuple[Window, ...]:
    """Return the windows of a trial: the whole; for a probe also 0 to 30 s and the bins of 15 s that it reaches."""
    if trial.kind.has_platform:
        return (WHOLE,)
    windows = [WHOLE, Window(0.0, _PROBE_FIRST_S)]
    n_bins = int(np.ceil(duration_s / _PROBE_BIN_S - 1e-9))
    windows += [Window(i * _PROBE_BIN_S, (i + 1) * _PROBE_BIN_S) for i in range(n_bins)]
    return tuple(windows)


def measure_trial(
    swim: Swim,
    arena: Arena,
    trial: Trial,
    settings: MeasureSettings | None = None,
    windows: Sequence[Window] | None = None,
    variant: Variant = VARIANTS["default"],
) -> list[TrialMeasures]:
    """Measure one trial.

    Parameters
    ----------
    swim : Swim
        The animal's path in the arena's centimetres (`calibration.pixels_to_cm`).
    arena : Arena
        Pool and platforms.
    trial : Trial
        Kind, platform, and what is known of release, limit and end.
    settings : MeasureSettings or None
        Every number; None for the defaults.
    windows : sequence of Window or None
        Stretches to measure; None for `default_windows`.
    variant : Variant
        Whose definitions.

    Returns
    -------
    list of TrialMeasures
        One per window.

    Raises
    ------
    MazetrackError
        The arena has no centimetres or no such platform, or the animal is not seen in the trial.
    """
    settings = settings or MeasureSettings()
    maze = maze_of_trial(arena, trial)
    path = recorded_path(swim, settings.max_gap_s)
    events = find_events(swim, path, trial, maze.goal.area if maze.goal else None, settings.events)
    released = path.clip(events.release_s, events.end_s).xy_cm
    chance = chance_of_zones(maze, settings, released[0] if len(released) else None)
    # A variant's zones may be others.
    chance = {name: share for name, share in chance.items() if name not in variant.formulas}
    results = []
    for window in windows if windows is not None else default_windows(trial, events.end_s - events.release_s):
        view = TrialView(swim, path, events, maze, trial, window, settings)
        view = TrialView(swim, path.clip(view.begin_s, view.end_s), events, maze, trial, window, settings)
        values = {**_all_measures(view), **variant.compute(view)}
        if window.begin_s > 0 and view.end_s <= view.begin_s:
            values = {name: value if name in _OF_THE_TRIAL else _missing(value) for name, value in values.items()}
        results.append(TrialMeasures(window, events, _missing_fraction(view), values, chance))
    return results


def _missing(value: Value) -> Value:
    return None if value is None or isinstance(value, str) else np.nan


def _all_measures(view: TrialView) -> dict[str, Value]:
    exploration = compute_exploration(view)
    values: dict[str, Value] = {
        **compute_path(view),
        **compute_floating(view),
        **compute_quadrant_use(view),
        **compute_goal(view, view.maze.goal),
        **compute_approach(view),
        **exploration,
        **compute_turning(view),
        **compute_encounters(view, view.maze.goal),
        **compute_bands(view),
        **compute_roaming(view),
        **compute_mirrors(view, view.maze.goal),
        **compute_strategies(view, exploration["coverage_fraction"]),
    }
    duration = float(values["trial_duration_s"] or 0.0)
    values["unobserved_s"] = max(0.0, duration - view.recorded.duration_s)
    former = compute_goal(view, view.maze.former_goal)
    return values | {f"former_{name}": value for name, value in former.items()}


def _missing_fraction(view: TrialView) -> float:
    """Return the share of a window's samples without a position; those that the recording leaves out count too."""
    time, interval_s = view.swim.time_s, view.swim.interval_s
    is_within = (time >= view.begin_s) & (time <= view.end_s)
    steps = np.diff(np.clip(time, view.begin_s, view.end_s))
    is_hole = np.diff(time) > _HOLE_INTERVALS * interval_s
    n_left_out = np.maximum(steps[is_hole] / interval_s - 1, 0).sum() if is_hole.any() else 0.0
    n_samples = is_within.sum() + n_left_out
    return float((view.swim.is_missing[is_within].sum() + n_left_out) / n_samples) if n_samples > 0 else 1.0
