"""Whether a detector's σ keeps its word: how often the truth lies within one and two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SigmaReliability:
    """How errors compare with the σ that was said.

    Attributes
    ----------
    n : int
        Errors along x and along y of the points found.
    within_1_sd, within_2_sd : float
        Share of them up to σ and 2 σ; NaN without any. Were errors Gaussian with that σ: 0.683 and 0.954; a Laplace
        distribution, which the detector is trained on, has 0.757 and 0.941.
    """

    n: int
    within_1_sd: float
    within_2_sd: float


def compare_with_sigma(error_px: NDArray[np.float64], sigma_px: NDArray[np.float64]) -> SigmaReliability:
    """Compare errors with σ.

    Parameters
    ----------
    error_px : float64 [..., 2]
        Predicted minus labelled x and y; NaN where either is missing.
    sigma_px : float64 [...]
        Standard deviation per axis.

    Returns
    -------
    SigmaReliability
        Over all errors that are known.
    """
    ratio = np.abs(error_px) / sigma_px[..., None]
    known = ratio[np.isfinite(ratio)]
    if len(known) == 0:
        return SigmaReliability(0, float("nan"), float("nan"))
    return SigmaReliability(len(known), float((known <= 1).mean()), float((known <= 2).mean()))
