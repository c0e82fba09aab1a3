"""Bootstrap intervals of scores: films are drawn again, or blocks of neighbouring frames where there are few films.

Neighbouring frames are nearly one frame: an interval that draws single frames is far too narrow (Künsch 1989,
doi:10.1214/aos/1176347265).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from napari_mazetrack.progress import Job, Progress

#: Fewer films than this, and blocks are drawn.
LEAST_FILMS = 5
N_BLOCKS = 10
N_RESAMPLES = 200
LEVEL = 0.95


def find_units(films: Sequence[str]) -> tuple[list[list[int]], str]:
    """Split frames into what is drawn again.

    Parameters
    ----------
    films : sequence of str
        The film of each frame, in the frames' order.

    Returns
    -------
    units : list of list of int
        Indices of the frames of each film, or of each block of neighbouring frames of a film.
    name : str
        ``"film"`` or ``"block"``.
    """
    by_film = [[i for i, film in enumerate(films) if film == name] for name in dict.fromkeys(films)]
    if len(by_film) >= LEAST_FILMS:
        return by_film, "film"
    n_blocks = -(-N_BLOCKS // max(len(by_film), 1))
    blocks = [part.tolist() for frames in by_film for part in np.array_split(frames, min(n_blocks, len(frames)))]
    return blocks, "block"


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
        Low and high by name: percentiles of the draws in which the number is defined; NaN where it is in none.
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
        low, high = np.percentile(known, [tail, 100 - tail]) if len(known) else (np.nan, np.nan)
        intervals[name] = (float(low), float(high))
    return intervals
