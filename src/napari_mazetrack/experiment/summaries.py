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
    "median", "median_low", "median_high", "sex", "cohort",
)  # fmt: skip


_OVER_ANIMALS = ("n_animals", "n_trials", "mean", "sd", "median", "median_low", "median_high")


def animal_days(frame: pd.DataFrame, measures: Sequence[str] = NUMBERS) -> pd.DataFrame:
    """Return one row per animal, day, kind, window and measure: the mean of its trials and their number.

    Columns: `CELL`, ``animal, measure, mean, n_trials``; cells without any value are left out.
    """
    long = frame.melt([*CELL, "animal", "trial"], list(measures), "measure", "value").dropna(subset=["value"])
    grouped = long.groupby([*CELL, "animal", "measure"], dropna=False, sort=True)["value"]
    return grouped.agg(mean="mean", n_trials="count").reset_index()


def summarise(frame: pd.DataFrame, settings: AnalysisSettings, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the summary table (`COLUMNS`): level ``animal`` first, then ``group``, and ``group and sex`` if need be.

    Without `measures` it has all of them, and the shares of the search strategies. Where the sheet names several
    sexes, each group stands for each of them too.
    """
    if measures is None:
        frame, shares = with_shares(frame)
        measures = (*NUMBERS, *shares)
    animals = animal_days(frame, measures)
    who = frame.drop_duplicates("animal").set_index("animal")[["sex", "cohort"]]
    animals = animals.join(who, on="animal")
    levels = [animals.assign(level="animal", n_animals=1), _over_groups(animals, [], settings).assign(level="group")]
    sexes = animals[animals["sex"] != ""]
    if sexes["sex"].nunique() > 1:
        levels.append(_over_groups(sexes, ["sex"], settings).assign(level="group and sex"))
    table = pd.concat(levels)
    table["unit"] = [UNIT if is_share(name) else UNITS[name] for name in table["measure"]]
    words = ["animal", "sex", "cohort"]
    table = table.reindex(columns=list(COLUMNS)).reset_index(drop=True)
    table[words] = table[words].fillna("")
    return table


def _over_groups(animals: pd.DataFrame, also: list[str], settings: AnalysisSettings) -> pd.DataFrame:
    """Return a row for each cell and measure, and each value of the columns `also`, over its animals."""
    keys = [*CELL, *also, "measure"]
    rows = [
        {**dict(zip(keys, key, strict=True)), **_over_animals(cell, settings)}
        for key, cell in animals.groupby(keys, dropna=False, sort=True)
    ]
    return pd.DataFrame(rows, columns=[c for c in COLUMNS if c in keys or c in _OVER_ANIMALS])


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
