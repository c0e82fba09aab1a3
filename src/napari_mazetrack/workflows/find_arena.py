"""Find the arena of a film: the median of frames spread over it is the empty pool."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import refuse_existing
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.find_arena import FindSettings, FoundArena, find_arena_in_picture
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.video import Film, Timing, UnreadableFrameError, open_film

_N_FRAMES = 61
_MAX_BYTES = 160 * 2**20
_MIN_FRAMES = 3


def find_arena(
    film_path: Path,
    settings: FindSettings | None = None,
    *,
    out: Path | None = None,
    timing: Timing | None = None,
    overwrite: bool = False,
) -> Job[FoundArena]:
    """Find the arena of a film and, where `out` is given, write it.

    Raises
    ------
    MazetrackError
        The film cannot be read, shows no pool, or `out` exists.
    """
    if out is not None:
        refuse_existing(out, overwrite=overwrite)
    with open_film(film_path, timing=timing) as film:
        background = yield from compute_background(film)
    yield Progress("Looking for the pool", 0, 1)
    try:
        found = find_arena_in_picture(background, settings)
    except MazetrackError as error:
        raise MazetrackError(f"{film_path}: {error}") from error
    if out is not None:
        note = f"found by mazetrack find-arena in {film_path.name}: residual {found.residual_px:.2f} px"
        save_arena(found.arena, out, overwrite=overwrite, note=note)
    yield Progress("Looking for the pool", 1, 1)
    return found


def compute_background(film: Film) -> Job[NDArray[np.uint8]]:
    """Return the median of frames spread over a film, [H, W]: what does not move."""
    n_frames = int(min(_N_FRAMES, film.n_frames, max(_MIN_FRAMES, _MAX_BYTES // (film.height * film.width))))
    indices = np.unique(np.linspace(0, film.n_frames - 1, n_frames).round().astype(int))
    frames = []
    for done, index in enumerate(indices, start=1):
        try:
            frames.append(film.luma(int(index)))
        except UnreadableFrameError:
            continue
        yield Progress(f"Reading {film.path.name}", done, len(indices))
    if not frames:
        raise MazetrackError(f"No frame of {film.path} can be read. Check the film.")
    background: NDArray[np.uint8] = np.median(np.stack(frames), axis=0).astype(np.uint8)
    return background
