"""How large a difference is: Hedges' g with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special, stats

from napari_mazetrack.experiment.result import Effect

Values = np.ndarray[Any, np.dtype[np.float64]]


def hedges_g(a: Values, b: Values) -> Effect:
    """Return Hedges' g of two groups of animals: (mean a − mean b) / pooled SD, corrected for small samples.

    The interval is the large-sample one, g ± 1.96 √(1/n_a + 1/n_b + g² / (2 (n_a + n_b))). Missing where a group has
    fewer than two animals or nothing varies.

    Source: Hedges 1981, doi:10.3102/10769986006002107; Hedges and Olkin 1985, chapter 5.
    """
    freedom = len(a) + len(b) - 2
    if min(len(a), len(b)) < 2:
        return Effect()
    pooled = np.sqrt((a.var(ddof=1) * (len(a) - 1) + b.var(ddof=1) * (len(b) - 1)) / freedom)
    if not pooled > 0:
        return Effect()
    small = np.exp(special.gammaln(freedom / 2) - special.gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2)
    g = float(small * (a.mean() - b.mean()) / pooled)
    half = float(stats.norm.ppf(0.975) * np.sqrt(1 / len(a) + 1 / len(b) + g**2 / (2 * (len(a) + len(b)))))
    return Effect("Hedges g", g, g - half, g + half)
