"""Latency as what it is: a time to an event that some trials never reach (censored).

The curves are Kaplan–Meier's over all trials of a group. They are tested with the score of a Cox model that is
stratified by day (the log-rank statistic): every trial gets its martingale residual within its day, an animal the sum
of its trials' residuals, and group labels are permuted over animals. The pooled hazard does not depend on the labels,
so that the residuals need not be computed anew for each relabelling.

Sources: Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; Therneau et al. 1990, doi:10.1093/biomet/77.1.147.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from napari_mazetrack.experiment.cohorts import CohortDesign
from napari_mazetrack.experiment.effect_size import Values
from napari_mazetrack.experiment.permutation import Question, compare_values
from napari_mazetrack.experiment.result import Result
from napari_mazetrack.experiment.settings import AnalysisSettings

TEST = "stratified log-rank (Cox score) by"


def latencies(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return ``group, animal, day, latency_s, reached_platform`` of the trials of a kind that have a latency."""
    is_meant = (frame["kind"] == kind) & (frame["window"] == "whole")
    columns = ["group", "animal", "day", "latency_s", "reached_platform"]
    return frame.loc[is_meant, columns].dropna(subset=["latency_s", "reached_platform"])


def kaplan_meier(trials: pd.DataFrame) -> tuple[Values, Values]:
    """Return times [K + 1] and shares [K + 1] of trials that have not reached the platform yet, from time 0 on."""
    is_reached = trials["reached_platform"].to_numpy() > 0
    time_s = trials["latency_s"].to_numpy()
    data = stats.CensoredData(uncensored=time_s[is_reached], right=time_s[~is_reached])
    curve = stats.ecdf(data).sf
    return np.r_[0.0, curve.quantiles], np.r_[1.0, curve.probabilities]


def log_rank_scores(trials: pd.DataFrame) -> pd.Series:
    """Return each animal's sum of martingale residuals, reached − expected (index ``group, animal``).

    Positive: reached the platform sooner than its day's trials do on the whole. They sum to 0.
    """
    residuals = pd.concat([_residuals(day) for _, day in trials.groupby("day", dropna=False)])
    return trials.assign(score=residuals).groupby(["group", "animal"])["score"].sum()


def _residuals(trials: pd.DataFrame) -> pd.Series:
    """Reached (0 or 1) minus the cumulative hazard (Nelson–Aalen, of all trials together) at each trial's time."""
    time_s = trials["latency_s"].to_numpy()
    is_reached = trials["reached_platform"].to_numpy() > 0
    at, n_events = np.unique(time_s[is_reached], return_counts=True)
    n_at_risk = (time_s[None, :] >= at[:, None]).sum(axis=1)
    hazard = np.r_[0.0, np.cumsum(n_events / np.maximum(n_at_risk, 1))]
    expected = hazard[np.searchsorted(at, time_s, side="right")]
    return pd.Series(is_reached - expected, index=trials.index)


def compare_latencies(
    frame: pd.DataFrame, kind: str, settings: AnalysisSettings, note: str = "", design: CohortDesign | None = None
) -> list[Result]:
    """Compare the latencies of groups; empty where no trial of the kind has one. `design`: of cohorts, if any."""
    trials = latencies(frame, kind)
    if trials.empty:
        return []
    n_reached = int(trials["reached_platform"].sum())
    told = f"{n_reached} of {len(trials)} trials reached the platform, the others are censored"
    question = Question(f"{kind}.latency_s.survival", "reached − expected", f"{told}; {note}" if note else told)
    results = compare_values(log_rank_scores(trials), question, settings, design or CohortDesign())
    return [_renamed(result) for result in results]


def _renamed(result: Result) -> Result:
    fields: dict[str, Any] = {**vars(result), "test": f"{TEST} {result.test}"}
    return Result(**fields)
