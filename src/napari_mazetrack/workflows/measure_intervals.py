"""Intervals on measures: the trial is measured again on paths that are as likely as the track's own.

The draws carry the smoother's posterior and the detector's slow errors (`tracking.draws`), so that an interval says how
far the track's uncertainty moves a number. It knows nothing of a wrong arena, nor of what another animal would do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.measures import REGISTRY, TrialMeasures
from napari_mazetrack.maze.measures.registry import FORMER_MEASURES
from napari_mazetrack.progress import Job, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_mazetrack.workflows.recording import Recording

LEVEL = 0.95
COLUMNS = ("trial", "animal", "window", "measure", "unit", "value", "low", "high", "probability", "n_draws")
#: A measure that is missing in more of the draws than this has no interval.
MOST_MISSING = 0.5
#: A maximum picks what errors have raised, in the track already, and in each draw once more.
RAISED_BY_ERRORS = frozenset({"max_speed_cm_s"})
_UNITS = {measure.name: measure.unit for measure in (*REGISTRY.values(), *FORMER_MEASURES)}


def intervals_path(out: Path) -> Path:
    """Return the table of intervals that stands beside a table of measures."""
    return out.with_name(f"{out.stem}.intervals.csv")


def measure_intervals(
    recording: Recording,
    results: Sequence[TrialMeasures],
    measure: Callable[[Recording], list[TrialMeasures]],
    n_draws: int,
    seed: int,
) -> Job[list[dict[str, Any]]]:
    """Return a row of `COLUMNS` (without trial and animal) for each window and measure of a trial.

    Parameters
    ----------
    recording : Recording
        The trial's recording; without `draw` there are no rows.
    results : sequence of TrialMeasures
        What was measured on it, one for each window.
    measure : callable
        Measures a recording in the same windows.
    n_draws, seed : int
        How many paths are drawn; the same seed gives the same ones.
    """
    if recording.draw is None:
        return []
    drawn: list[list[TrialMeasures]] = []
    for xy, head_xy in zip(*recording.draw(n_draws, seed), strict=True):
        drawn.append(measure(replace(recording, xy=xy, head_xy=head_xy)))
        yield Progress("Drawing paths for the intervals", len(drawn), n_draws)
    return [row for i, result in enumerate(results) for row in _rows(result, [measures[i] for measures in drawn])]


def with_intervals(rows: Sequence[dict[str, Any]], intervals: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a trial's rows of the table of measures with ``<measure>_low`` and ``<measure>_high`` beside each value.

    Parameters
    ----------
    rows : sequence of dict
        One for each window.
    intervals : sequence of dict
        What `measure_intervals` gave for the trial.
    """
    ends: dict[str, dict[str, float]] = {row["window"]: {} for row in rows}
    for interval in intervals:
        if "low" in interval:
            name = interval["measure"]
            ends[interval["window"]] |= {f"{name}_low": interval["low"], f"{name}_high": interval["high"]}
    return [row | ends[row["window"]] for row in rows]


def interval_columns(measures: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns of the intervals that a table's rows have, in the order of its measures."""
    there = {name for row in rows for name in row}
    return [f"{name}_{end}" for name in measures for end in ("low", "high") if f"{name}_{end}" in there]


def _rows(result: TrialMeasures, drawn: Sequence[TrialMeasures]) -> list[dict[str, Any]]:
    rows = []
    for name, value in result.values.items():
        row = {"window": result.window.name, "measure": name, "unit": _UNITS.get(name, ""), "n_draws": len(drawn)}
        others = [measures.values.get(name) for measures in drawn]
        if isinstance(value, bool | np.bool_):
            rows.append(row | {"value": bool(value), "probability": float(np.mean([bool(other) for other in others]))})
        elif isinstance(value, int | float | np.number):
            values = np.array([np.nan if v is None else v for v in others], float)
            low, high = _interval(float(value), values, is_raised=name in RAISED_BY_ERRORS)
            rows.append(row | {"value": float(value), "low": low, "high": high})
    return rows


def _interval(value: float, values: NDArray[np.float64], *, is_raised: bool) -> tuple[float, float]:
    """Return the interval round a value: the spread of the draws round their median, and how far that is off.

    A drawn path is rougher than the smoothed one, and so longer in every draw; how rough the true one is nobody knows.
    So the draws do not count themselves, and their shift counts as unknown, to either side. Where errors have raised
    the track's own value (`is_raised`) as they raise the draws above it, the shift is taken off first, as a bootstrap
    estimates a bias. It ends at 0 where nothing drawn is less: no time is. How often such intervals cover the truth:
    ``benchmarks/interval_coverage.py``.
    """
    known = values[np.isfinite(values)]
    if len(known) < (1 - MOST_MISSING) * len(values):
        return np.nan, np.nan
    low, median, high = np.quantile(known, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2])
    shift = median - value
    centre = value - shift if is_raised else value
    lowest = 0.0 if min(known.min(), value) >= 0 else -np.inf
    return float(max(centre - np.hypot(median - low, shift), lowest)), float(centre + np.hypot(high - median, shift))
