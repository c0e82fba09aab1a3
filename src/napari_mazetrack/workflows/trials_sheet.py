"""The trials sheet of an experiment while a person fills it in: every change is in its file when the call returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from os import path as os_path
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import Trial, TrialKind, cells_of_trial, load_trials, save_trials, trial_of_cells
from napari_mazetrack.workflows.file_names import match_names
from napari_mazetrack.workflows.recording import film_stem
from napari_mazetrack.workflows.trial_tracks import find_track

READY = "ready"
ARENA_ENDING = ".arena.json"


class TrialsSheet:
    """A ``trials.csv`` that is being edited.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    MazetrackError
        It cannot be read as a trials sheet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._trials = load_trials(path)
        self._before: list[tuple[Trial, ...]] = []
        self._stamp = _stamp_of(path)

    @classmethod
    def create(cls, path: Path, films: Sequence[Path], *, names: str = "", overwrite: bool = False) -> TrialsSheet:
        """Make a sheet with a row for each film, filled in from its name where that matches the pattern `names`.

        Raises
        ------
        MazetrackError
            There is no film, the pattern is none (`file_names`), or the file exists and may not be replaced.
        """
        if not films:
            raise MazetrackError("A trials sheet needs at least one film. Choose the films of the experiment.")
        save_trials(_rows_of(films, path.parent, (), names), path, overwrite=overwrite)
        return cls(path)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The rows, in the file's order."""
        return self._trials

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._before)

    def set_cell(self, row: int, column: str, text: str) -> None:
        """Change one cell.

        Raises
        ------
        MazetrackError
            The text does not fit the column, the trial's name stands already, or the file was changed meanwhile.
        """
        cells = cells_of_trial(self._trials[row]) | {column: text.strip()}
        trial = trial_of_cells(cells, f"Trial '{self._trials[row].trial}'")
        if any(other.trial == trial.trial for i, other in enumerate(self._trials) if i != row):
            raise MazetrackError(f"There is a trial '{trial.trial}' already. Give each trial a name of its own.")
        if trial != self._trials[row]:
            self._replace((*self._trials[:row], trial, *self._trials[row + 1 :]))

    def add_films(self, films: Sequence[Path], *, names: str = "") -> int:
        """Add a row for each film that has none yet, as `create`, and return how many; raises as `set_cell`."""
        known = {_absolute(self.path.parent / trial.film) for trial in self._trials if trial.film}
        new = [film for film in films if _absolute(film) not in known]
        if new:
            taken = [trial.trial for trial in self._trials]
            self._replace((*self._trials, *_rows_of(new, self.path.parent, taken, names)))
        return len(new)

    def remove(self, rows: Iterable[int]) -> None:
        """Take rows out of the sheet, but for the last one; the films stay. Raises as `set_cell`."""
        gone = set(rows)
        kept = tuple(trial for i, trial in enumerate(self._trials) if i not in gone)
        if not kept:
            raise MazetrackError(
                "A trials sheet keeps at least one row. Add the right films first, or delete the file."
            )
        if len(kept) < len(self._trials):
            self._replace(kept)

    def undo(self) -> None:
        """Take the last change back; raises as `set_cell`."""
        if self._before:
            self._save(self._before[-1])
            self._trials = self._before.pop()

    def state_of(self, row: int, tracks: Path | None = None) -> str:
        """Return `READY`, or what a trial lacks before it can be measured, in a few words."""
        trial = self._trials[row]
        if trial.exclude:
            return f"left out: {trial.exclude_reason or 'no reason given'}"
        checks: tuple[tuple[bool, str], ...] = (
            (not trial.film, "no film"),
            (find_track(trial, self.path, tracks) is None, "not tracked yet"),
            (self._shares_track(trial, tracks), "another film's track"),
            (not trial.arena, "no arena"),
            (not (self.path.parent / trial.arena).is_file(), "arena not found"),
            (not trial.animal, "no animal"),
            (trial.day is None and trial.kind in (TrialKind.HIDDEN, TrialKind.REVERSAL), "no day"),
        )
        return next((said for is_so, said in checks if is_so), READY)

    def _shares_track(self, trial: Trial, tracks: Path | None) -> bool:
        """Return whether a film of the same name in another folder would be measured from the same track."""
        film = self.path.parent / trial.film
        track = find_track(trial, self.path, tracks)
        others = (t for t in self._trials if t.film != trial.film and film_stem(Path(t.film)) == film_stem(film))
        return track != film and any(
            _absolute(self.path.parent / other.film) != _absolute(film)
            and self.path.parent / other.film != track
            and find_track(other, self.path, tracks) == track
            for other in others
        )

    def _replace(self, trials: tuple[Trial, ...]) -> None:
        self._save(trials)
        self._before.append(self._trials)
        self._trials = trials

    def _save(self, trials: tuple[Trial, ...]) -> None:
        if _stamp_of(self.path) != self._stamp:
            raise MazetrackError(
                f"{self.path.name} was changed by another program meanwhile. Open it again, then repeat your change."
            )
        save_trials(trials, self.path, overwrite=True)
        self._stamp = _stamp_of(self.path)


def _rows_of(films: Sequence[Path], folder: Path, taken_names: Sequence[str], names: str) -> list[Trial]:
    """Return a row for each film: hidden platform unless its name says more, its arena where that lies beside it."""
    taken = set(taken_names)
    rows: list[Trial] = []
    for match in match_names(films, names):
        film = match.film
        name = _free_name(film.stem, taken.__contains__)
        taken.add(name)
        cells = {"trial": name, "kind": TrialKind.HIDDEN.value, "film": _relative(film, folder), **match.cells}
        row = trial_of_cells(cells, f"The film {film.name}")
        arena = film.with_name(film.stem + ARENA_ENDING)
        rows.append(replace(row, arena=_relative(arena, folder)) if arena.is_file() else row)
    return rows


def _free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    number = 1
    free = name
    while is_taken(free):
        number += 1
        free = f"{name} ({number})"
    return free


def _absolute(path: Path) -> Path:
    return Path(os_path.normpath(path.absolute()))


def _relative(path: Path, folder: Path) -> str:
    """Return a path as it stands in a sheet: from the sheet's folder, but on another drive whole."""
    try:
        return Path(os_path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.absolute().as_posix()


def _stamp_of(path: Path) -> tuple[int, int] | None:
    """Return what changes when another program writes a file; None where it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
