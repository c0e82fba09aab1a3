"""Summaries: first one value per animal and day, then, over animals, one per group and day.

Nothing is averaged over what is not there: a missing value (NaN) leaves the mean it would have been in, and the counts
say how many animals and trials each number stands on. SD and intervals are over animals, never over trials.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from napari_mazetrack.experiment.measures_frame import NUMBERS, UNITS
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.strategy_shares import UNIT, is_share, with_shares

CELL = ["group", "kind", "day", "window"]
#: With fewer animals even the whole range covers the median with less than 95 % (1 − 2 · 0.5ⁿ).
MIN_FOR_INTERVAL = 6
COLUMNS = (
    "level", "group", "animal", "kind", "day", "window", "measure", "unit", "n_animals", "n_trials", "mean", "sd",
    "median", "median_low", "median_high",
)  # fmt: skip


def animal_days(frame: pd.DataFrame, measures: Sequence[str] = NUMBERS) -> pd.DataFrame:
    """Return one row per animal, day, kind, window and measure: the mean of its trials and their number.

    Columns: `CELL`, ``animal, measure, mean, n_trials``; cells without any value are left out.
    """
    long = frame.melt([*CELL, "animal", "trial"], list(measures), "measure", "value").dropna(subset=["value"])
    grouped = long.groupby([*CELL, "animal", "measure"], dropna=False, sort=True)["value"]
    return grouped.agg(mean="mean", n_trials="count").reset_index()


def summarise(frame: pd.DataFrame, settings: AnalysisSettings, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the summary table (`COLUMNS`): level ``animal`` first, then level ``group`` (over animals).

    Without `measures` it has all of them, and the shares of the search strategies.
    """
    if measures is None:
        frame, shares = with_shares(frame)
        measures = (*NUMBERS, *shares)
    animals = animal_days(frame, measures)
    rows = [
        {**dict(zip([*CELL, "measure"], key, strict=True)), **_over_animals(cell, settings)}
        for key, cell in animals.groupby([*CELL, "measure"], dropna=False, sort=True)
    ]
    groups = pd.DataFrame(rows, columns=[c for c in COLUMNS if c not in ("level", "unit", "animal")])
    table = pd.concat([animals.assign(level="animal", n_animals=1), groups.assign(level="group", animal="")])
    table["unit"] = [UNIT if is_share(name) else UNITS[name] for name in table["measure"]]
    return table.reindex(columns=list(COLUMNS)).reset_index(drop=True)


def _over_animals(cell: pd.DataFrame, settings: AnalysisSettings) -> dict[str, float]:
    values = cell["mean"].to_numpy()
    low, high = median_interval(values, settings)
    return {
        "n_animals": len(values),
        "n_trials": int(cell["n_trials"].sum()),
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        "median": float(np.median(values)),
        "median_low": low,
        "median_high": high,
    }


def median_interval(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], settings: AnalysisSettings
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval (percentiles) of a median over animals; NaN for fewer than six."""
    if len(values) < MIN_FOR_INTERVAL:
        return np.nan, np.nan
    rng = np.random.default_rng(settings.seed)
    found = stats.bootstrap((values,), np.median, n_resamples=settings.n_bootstrap, method="percentile", rng=rng)
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
