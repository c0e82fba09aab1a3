"""How far two ways of measuring the same trials agree: Bland and Altman's limits, and the intraclass correlation.

Limits of agreement: mean difference ± 1.96 SD of the differences (Bland & Altman 1986,
doi:10.1016/S0140-6736(86)90837-8), their intervals with the standard error SD √(3 / n) (1999,
doi:10.1177/096228029900800204). Intraclass correlation: absolute agreement of single values, two-way random effects,
ICC(2, 1) of Shrout & Fleiss 1979 (doi:10.1037/0033-2909.86.2.420), interval as in McGraw & Wong 1996
(doi:10.1037/1082-989X.1.1.30); with two raters it is wide, for it allows for others. Every pair of values counts as
independent; trials of one animal are not quite, so that intervals are somewhat too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.95
_LIMIT_SDS = 1.96
#: Fewer pairs than this say nothing about limits.
FEWEST_PAIRS = 3


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % interval; NaN where there is none."""

    value: float
    low: float = np.nan
    high: float = np.nan


@dataclass(frozen=True)
class Agreement:
    """Of n pairs of values: mean difference (first - second), SD of differences, limits, and the correlation."""

    n: int
    bias: Interval
    sd: float
    lower_limit: Interval
    upper_limit: Interval
    icc: Interval


def compute_agreement(first: NDArray[np.float64], second: NDArray[np.float64]) -> Agreement:
    """Return the agreement of two series of values [N], none missing, at least `FEWEST_PAIRS`."""
    difference = first - second
    n, bias, sd = len(difference), float(difference.mean()), float(difference.std(ddof=1))
    t = float(stats.t.ppf((1 + LEVEL) / 2, n - 1))

    def around(value: float, standard_error: float) -> Interval:
        return Interval(float(value), float(value - t * standard_error), float(value + t * standard_error))

    of_limit = sd * np.sqrt(3 / n)
    return Agreement(
        n=n,
        bias=around(bias, sd / np.sqrt(n)),
        sd=sd,
        lower_limit=around(bias - _LIMIT_SDS * sd, of_limit),
        upper_limit=around(bias + _LIMIT_SDS * sd, of_limit),
        icc=compute_icc(np.stack([first, second], axis=1)),
    )


def compute_icc(scores: NDArray[np.float64]) -> Interval:
    """Return ICC(2, 1) of scores [subjects, raters], none missing; NaN where nothing varies."""
    n, k = scores.shape
    of_rows = k * scores.mean(axis=1).var(ddof=1)
    of_columns = n * scores.mean(axis=0).var(ddof=1)
    rest = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()
    of_error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    total = of_rows + (k - 1) * of_error + k * (of_columns - of_error) / n
    if total <= 0:
        return Interval(np.nan)
    icc = float((of_rows - of_error) / total)
    if icc >= 1 - 1e-12:
        return Interval(1.0, 1.0, 1.0)
    a, b = k * icc / (n * (1 - icc)), 1 + k * icc * (n - 1) / (n * (1 - icc))
    freedom = (a * of_columns + b * of_error) ** 2 / (
        (a * of_columns) ** 2 / (k - 1) + (b * of_error) ** 2 / ((n - 1) * (k - 1))
    )
    f_low = stats.f.ppf((1 + LEVEL) / 2, n - 1, freedom)
    f_high = stats.f.ppf((1 + LEVEL) / 2, freedom, n - 1)
    raters = k * of_columns + (k * n - k - n) * of_error
    low = n * (of_rows - f_low * of_error) / (f_low * raters + n * of_rows)
    high = n * (f_high * of_rows - of_error) / (raters + n * f_high * of_rows)
    return Interval(icc, float(low), float(high))
