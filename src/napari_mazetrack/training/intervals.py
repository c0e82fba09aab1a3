"""Bootstrap intervals of scores: independent units (`units`) are drawn again, not single frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from napari_mazetrack.progress import Job, Progress

N_RESAMPLES = 200
LEVEL = 0.95


def bootstrap(
    units: Sequence[Sequence[int]], score: Callable[[list[int]], dict[str, float]], seed: int = 0
) -> Job[dict[str, tuple[float, float]]]:
    """Draw units with replacement and score them; return the 95 % intervals.

    Parameters
    ----------
    units : sequence of sequence of int
        Of `find_units`.
    score : callable
        Numbers by name, of the frames with these indices; NaN where a number is not defined.
    seed : int
        Of the draws.

    Returns
    -------
    dict of str to (float, float)
        Low and high by name: percentiles of the draws in which the number is defined; NaN where it is in none, and of
        a single unit, which does not say how units vary.
    """
    rng = np.random.default_rng(seed)
    draws: list[dict[str, float]] = []
    for n_done in range(N_RESAMPLES):
        chosen = rng.integers(len(units), size=len(units))
        draws.append(score([i for unit in chosen for i in units[unit]]))
        yield Progress("Drawing frames again for the intervals", n_done + 1, N_RESAMPLES)
    tail = 50 * (1 - LEVEL)
    intervals = {}
    for name in draws[0]:
        values = np.array([draw[name] for draw in draws])
        known = values[np.isfinite(values)]
        can_tell = len(known) > 0 and len(units) > 1
        low, high = np.percentile(known, [tail, 100 - tail]) if can_tell else (np.nan, np.nan)
        intervals[name] = (float(low), float(high))
    return intervals
