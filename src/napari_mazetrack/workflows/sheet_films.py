"""The films of a trials sheet that are still to be tracked, each with its arena."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import Trial, load_trials
from napari_mazetrack.workflows.trial_tracks import Places, find_source, is_film, refuse_shared_tracks


@dataclass(frozen=True)
class SheetFilm:
    """A film that a sheet names.

    Attributes
    ----------
    path : Path
        The film.
    arenas : tuple of Path
        The arenas of its trials; several where it shows several pools.
    """

    path: Path
    arenas: tuple[Path, ...] = ()

    @property
    def arena(self) -> Path | None:
        """The film's arena; None where its trials name none, or several."""
        return self.arenas[0] if len(self.arenas) == 1 else None


def films_to_track(sheet: Path, tracks: Path | None = None, *, again: bool = False) -> list[SheetFilm]:
    """Return the films of a sheet that have no track yet, in its order.

    Parameters
    ----------
    sheet : Path
        The trials sheet.
    tracks : Path or None
        Folder of the tracks, where they are not beside the films or the sheet.
    again : bool
        Those that have a track too.

    Raises
    ------
    MazetrackError
        The sheet cannot be read or names no films, or two of its films would be measured from one track.
    """
    trials = [trial for trial in load_trials(sheet) if is_film(trial)]
    if not trials:
        raise MazetrackError(
            f"{sheet} names no films. Fill in its column 'film', or add films in the Experiment panel."
        )
    places = Places(sheet, tracks)
    if not again:
        refuse_shared_tracks(trials, places)  # one of the films has no track
    of_film: dict[Path, list[Trial]] = {}
    for trial in trials:
        of_film.setdefault((sheet.parent / trial.film).resolve(), []).append(trial)
    return [
        SheetFilm(sheet.parent / of_one[0].film, _arenas(of_one, sheet.parent))
        for path, of_one in of_film.items()
        if (again or find_source(of_one[0], places) is None)
        and (path.is_file() or not all(trial.exclude for trial in of_one))
    ]


def _arenas(trials: Sequence[Trial], folder: Path) -> tuple[Path, ...]:
    arenas: dict[Path, Path] = {}
    for trial in trials:
        if trial.arena:
            arenas.setdefault((folder / trial.arena).resolve(), folder / trial.arena)
    return tuple(arenas.values())
