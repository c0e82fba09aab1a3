"""What is independent among labelled frames: films, or blocks of neighbouring frames where there are few films.

Neighbouring frames are nearly one frame. A score on frames whose neighbours were learnt from flatters; an interval
that draws single frames again is far too narrow (Künsch 1989, doi:10.1214/aos/1176347265).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Fewer films than this, and blocks are taken.
LEAST_FILMS = 5
N_BLOCKS = 10


def find_units(films: Sequence[str]) -> tuple[list[list[int]], str]:
    """Split frames into independent units.

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
    by_film = _by_film(films)
    if len(by_film) >= LEAST_FILMS:
        return by_film, "film"
    return find_blocks(films), "block"


def find_blocks(films: Sequence[str]) -> list[list[int]]:
    """Split each film's frames into blocks of neighbours, `N_BLOCKS` or a few more in all; see `find_units`."""
    by_film = _by_film(films)
    n_blocks = -(-N_BLOCKS // max(len(by_film), 1))
    return [part.tolist() for frames in by_film for part in np.array_split(frames, min(n_blocks, len(frames)))]


def _by_film(films: Sequence[str]) -> list[list[int]]:
    return [[i for i, film in enumerate(films) if film == name] for name in dict.fromkeys(films)]
