"""Whether the camera moved between the films of a day that share an arena: then the arena fits only some of them.

Films that are not there, or cannot be read, are not compared; an analysis needs tracks alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.camera_moves import shift_between_films
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.video import Timing, open_film

#: Frames of a film whose median is the picture without the animal.
_N_FRAMES = 5
_NO_FILMS = (".csv", ".txt", ".tsv", ".nc", ".h5", ".hdf5", ".slp", ".mazetrack")


@dataclass(frozen=True)
class CameraShift:
    """The camera stood otherwise in one film than in the one before it.

    Attributes
    ----------
    before, film, arena : str
        Files, as the sheet names them.
    day : int or None
        The day of both.
    shift_px : float
        How far the picture moved; NaN where it has another size.
    """

    before: str
    film: str
    arena: str
    day: int | None
    shift_px: float

    def in_words(self) -> str:
        """Return what a person must know of it."""
        what = (
            "The pictures have another size in"
            if np.isnan(self.shift_px)
            else f"The camera moved by {self.shift_px:.0f} px between"
        )
        day = "" if self.day is None else f" (day {self.day})"
        return (
            f"{what} the films {self.before} and {self.film}{day}, which share the arena {self.arena}: it fits one of "
            "them at most. Find the arena of each film (mazetrack find-arena)."
        )


def find_camera_shifts(trials: Sequence[Trial], folder: Path) -> Job[tuple[CameraShift, ...]]:
    """Compare each film with the one before it of the same day and arena, in the order of the sheet.

    Parameters
    ----------
    trials : sequence of Trial
        The rows.
    folder : Path
        From which they name films.
    """
    sharing: dict[tuple[str, int | None], list[str]] = {}
    for trial in trials:
        films = sharing.setdefault((trial.arena, trial.day), [])
        is_film = trial.arena and trial.film and Path(trial.film).suffix.lower() not in _NO_FILMS
        if is_film and trial.film not in films and (folder / trial.film).is_file():
            films.append(trial.film)
    compared = {key: films for key, films in sharing.items() if len(films) > 1}
    n_films, n_done = sum(map(len, compared.values())), 0
    shifts: list[CameraShift] = []
    for (arena, day), films in compared.items():
        before: tuple[str, list[NDArray[np.uint8]]] | None = None
        for film in films:
            n_done += 1
            yield Progress("Comparing the films of a day", n_done, n_films)
            frames = _frames(folder / film)
            if not frames:
                continue
            shift_px = shift_between_films(before[1], frames) if before else 0.0
            if before and shift_px != 0:
                shifts.append(CameraShift(before[0], film, arena, day, shift_px))
            before = film, frames
    return tuple(shifts)


def _frames(path: Path) -> list[NDArray[np.uint8]]:
    """Return frames spread over a film; none where it cannot be read."""
    try:
        with open_film(path, timing=Timing(fps=1.0)) as film:
            places = np.unique(np.linspace(0, film.n_frames - 1, _N_FRAMES).round().astype(int))
            return [film.luma(int(place)) for place in places]
    except MazetrackError:
        return []
