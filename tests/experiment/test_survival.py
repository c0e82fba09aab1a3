"""Censored latencies: curves and scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.survival import compare_latencies, kaplan_meier, log_rank_scores


def trials(times: list[float], reached: list[int], groups: str, day: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": list(groups),
            "animal": [f"{g}{i}" for i, g in enumerate(groups)],
            "day": day,
            "latency_s": times,
            "reached_platform": np.array(reached, float),
        }
    )


def test_the_curve_falls_where_trials_reach_and_not_where_they_are_censored():
    time_s, share = kaplan_meier(trials([10, 20, 20, 60], [1, 1, 0, 0], "aaaa"))
    np.testing.assert_allclose(time_s[:3], [0, 10, 20])
    np.testing.assert_allclose(share[:3], [1, 0.75, 0.5])
    assert share[-1] == 0.5


def test_a_groups_score_is_the_log_rank_numerator():
    rng = np.random.default_rng(5)
    time_s = np.minimum(rng.exponential(30, 16), 60)
    frame = trials(list(time_s), list((time_s < 60).astype(int)), "a" * 8 + "b" * 8)
    scores = log_rank_scores(frame)
    assert scores.sum() == pytest.approx(0, abs=1e-9)
    samples = [
        stats.CensoredData(
            uncensored=part.loc[part.reached_platform > 0, "latency_s"],
            right=part.loc[part.reached_platform == 0, "latency_s"],
        )
        for _, part in frame.groupby("group")
    ]
    expected = stats.logrank(*samples)
    n_risk = [((time_s >= t).sum(), (time_s[:8] >= t).sum()) for t in time_s[time_s < 60]]
    variance = sum(k / n * (1 - k / n) for n, k in n_risk)
    assert abs(scores["a"].sum()) / np.sqrt(variance) == pytest.approx(abs(expected.statistic), rel=1e-6)


def test_days_are_strata():
    """Each day's residuals sum to 0: that day 2 is quicker for all tells nothing about the groups."""
    first, second = trials([50, 55], [1, 1], "ab"), trials([5, 6], [1, 1], "ab", day=2)
    both = log_rank_scores(pd.concat([first, second], ignore_index=True))
    np.testing.assert_allclose(both, log_rank_scores(first) + log_rank_scores(second))


def test_slow_groups_are_found_and_censoring_is_told(table):
    (result,) = compare_latencies(table(shift=3.0), "hidden", AnalysisSettings())
    assert result.p < 0.001
    assert result.statistic > 0  # the first group reached more than expected
    assert "are censored" in result.note
    assert result.test.startswith("stratified log-rank")
