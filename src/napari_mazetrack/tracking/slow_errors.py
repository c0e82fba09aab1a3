"""Errors of a detector that last: what no smoothing of one film can take out.

A detector that puts the body a little too far ahead in one picture does so in the next ones too. On simulated films of
5–60 frames a second and on two real ones, the errors of a point (in units of the detector's σ) were correlated by 0.3
to 0.7 over 0.2 s and by 0.1 to 0.5 over 0.8 s. Such errors look like motion: a smoother follows them, and its posterior
does not know of them. So their variance, a fixed share of the detector's own, is added to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Share of the detector's variance, and the time over which it dies away to 1/e.
SLOW_SHARE = 0.4
SLOW_TIME_S = 1.0
#: Draws are made at this interval and are straight between: slow errors do not make a path rougher.
KNOT_S = 0.1


def compute_slow_sd(time_s: NDArray[np.float64], sigma_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation per axis of the slow error in each frame, [T] in pixels.

    Parameters
    ----------
    time_s : float64 [T]
        Time of each frame.
    sigma_px : float64 [T]
        What the detector says; NaN where it saw nothing: there the error is that of the frames around.
    """
    seen = np.flatnonzero(np.isfinite(sigma_px))
    around = np.interp(time_s, time_s[seen], sigma_px[seen])
    return np.asarray(np.sqrt(SLOW_SHARE) * around)


def draw_slow(time_s: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return `n` draws [n, T, 2] of a slow error of standard deviation 1 at the times [T]."""
    from scipy.signal import lfilter

    n_knots = int(np.ceil((time_s[-1] - time_s[0]) / KNOT_S)) + 2
    kept = np.exp(-KNOT_S / SLOW_TIME_S)
    noise = rng.standard_normal((n, 2, n_knots))
    noise[..., 1:] *= np.sqrt(1 - kept**2)
    at_knots = lfilter([1.0], [1.0, -kept], noise, axis=-1)
    knot = (time_s - time_s[0]) / KNOT_S
    before = np.minimum(knot.astype(int), n_knots - 2)
    share = knot - before
    between = (1 - share) * at_knots[..., before] + share * at_knots[..., before + 1]
    draws: NDArray[np.float64] = between.swapaxes(1, 2)
    return draws
