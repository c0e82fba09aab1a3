"""Find the arena of a film: the median of frames spread over it is the empty pool.

If the camera moved, the frames are those of the longest part in which it stood still, and the person is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import refuse_existing
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.camera_moves import CameraMove, find_camera_moves, longest_steady_part
from napari_mazetrack.maze.find_arena import FindSettings, FoundArena, find_arena_in_picture
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.video import Film, Timing, UnreadableFrameError, open_film

_N_FRAMES = 61
_MAX_BYTES = 160 * 2**20
_MIN_FRAMES = 3


@dataclass(frozen=True)
class Background:
    """What does not move in a film.

    Attributes
    ----------
    luma : uint8 [H, W]
        The median of frames spread over the longest part in which the camera stood still.
    warnings : tuple of str
        Sentences for the person, where the camera moved.
    """

    luma: NDArray[np.uint8]
    warnings: tuple[str, ...]


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
        found = find_arena_in_picture(background.luma, settings)
    except MazetrackError as error:
        raise MazetrackError(f"{film_path}: {error}") from error
    if out is not None:
        note = f"found by mazetrack find-arena in {film_path.name}: residual {found.residual_px:.2f} px"
        save_arena(found.arena, out, overwrite=overwrite, note=note)
    yield Progress("Looking for the pool", 1, 1)
    return replace(found, warnings=background.warnings)


def compute_background(film: Film) -> Job[Background]:
    """Return what does not move in a film."""
    n_frames = int(min(_N_FRAMES, film.n_frames, max(_MIN_FRAMES, _MAX_BYTES // (film.height * film.width))))
    indices = np.unique(np.linspace(0, film.n_frames - 1, n_frames).round().astype(int))
    frames, times_s = [], []
    for done, index in enumerate(indices, start=1):
        try:
            frames.append(film.luma(int(index)))
            times_s.append(float(film.time_s[index]))
        except UnreadableFrameError:
            continue
        yield Progress(f"Reading {film.path.name}", done, len(indices))
    if not frames:
        raise MazetrackError(f"No frame of {film.path} can be read. Check the film.")
    moves = yield from find_camera_moves(frames)
    steady = longest_steady_part(moves, len(frames))
    background: NDArray[np.uint8] = np.median(np.stack(frames[steady]), axis=0).astype(np.uint8)
    return Background(background, _tell_moves(moves, times_s, steady))


def _tell_moves(moves: Sequence[CameraMove], times_s: Sequence[float], steady: slice) -> tuple[str, ...]:
    if not moves:
        return ()
    said = ", ".join(f"by {move.shift_px:.0f} px near {times_s[move.frame_index]:.1f} s" for move in moves)
    begin_s, end_s = times_s[steady.start], times_s[steady.stop - 1]
    return (
        f"The camera moved while it filmed: {said}. The arena fits the film from {begin_s:.1f} to {end_s:.1f} s; "
        "positions outside of that time are wrong by so much. Cut the film there and find each part's arena.",
    )
