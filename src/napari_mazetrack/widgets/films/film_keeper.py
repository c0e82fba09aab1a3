"""Keeps arena, trial and events of the film that is chosen in its project, each change of them one revision.

Neither Qt nor napari. What is kept already is not written again: what was read can be shown without an edit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.arena_files import arena_to_json
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.project import Project
from napari_mazetrack.review.event_marks import EventMark
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.workflows.film_notes import FilmNotes


class FilmKeeper:
    """Follows one film's project after the other."""

    def __init__(self) -> None:
        self._home: FilmProject | None = None
        self._kept = FilmNotes()

    def follows(self, home: FilmProject | None) -> bool:
        """Whether what comes from now on is kept in this project."""
        return (self._home and self._home.path) == (home and home.path)

    @property
    def kept(self) -> FilmNotes:
        """What the project keeps, as far as this keeper has read or put it there."""
        return self._kept

    def follow(self, home: FilmProject | None) -> FilmNotes:
        """Read what a film's project keeps, and keep what comes from now on there.

        Raises
        ------
        MazetrackError
            The project cannot be read; nothing is kept then.
        """
        self._home, self._kept = None, FilmNotes()
        if home is not None:
            self._kept = home.read()
            self._home = home
        return self._kept

    def keep_arena(self, arena: Arena | None, *, make: bool) -> None:
        """Keep an arena where it is a new one; `make` the project where it is not there.

        Raises
        ------
        MazetrackError
            The project cannot be changed.
        """
        if arena is None or self._home is None or _is_same_arena(arena, self._kept.arena):
            return
        if make or self._home.is_there:
            self._home.keep_arena(arena)
            self._kept = replace(self._kept, arena=arena)

    def drop_arena(self) -> None:
        """Keep no arena any more; otherwise as `keep_arena`."""
        if self._home is not None and self._home.is_there and self._kept.arena is not None:
            self._home.drop_arena()
            self._kept = replace(self._kept, arena=None)

    def keep_trial(
        self, kind: TrialKind | None, limit_s: float | None, platform: str, arena: Arena | None, *, make: bool
    ) -> None:
        """Keep a trial's kind, limit and platform where they are new ones; otherwise as `keep_arena`.

        A platform that the film's arena does not have is another film's, and not kept.
        """
        if kind is None or self._home is None:
            return
        if platform not in self._platforms(arena):
            platform = ""
        trial = Trial(self._home.film.film_id, kind, limit_s=limit_s, platform=platform)
        if not _is_same_trial(trial, self._kept.trial) and (make or self._home.is_there):
            self._home.keep_trial(kind, limit_s, platform)
            self._kept = replace(self._kept, trial=trial)

    def _platforms(self, arena: Arena | None) -> Collection[str]:
        """Return the names that a trial's platform may have; without an arena the one that is kept may be right."""
        if arena is not None:
            return arena.platforms
        return () if self._kept.trial is None else (self._kept.trial.platform,)

    def keep_marks(self, marks: Sequence[EventMark], *, make: bool) -> None:
        """Keep what is said of the trial's events; otherwise as `keep_arena`."""
        if self._home is not None and (make or self._home.is_there):
            self._home.keep_marks(marks)

    def look_again(self, project: Project) -> tuple[FilmNotes, bool]:
        """Return arena and trial where an undo or a redo in the film's open project has brought others.

        The second value says whether it has taken the arena away.
        """
        if self._home is None or project.path != self._home.path.resolve():
            return FilmNotes(), False
        arena, trial = project.arenas.get(self._home.film.film_id), project.trials.get(self._home.film.film_id)
        before, self._kept = self._kept, replace(self._kept, arena=arena, trial=trial)
        new = FilmNotes(
            arena=None if _is_same_arena(arena, before.arena) else arena,
            trial=None if _is_same_trial(trial, before.trial) else trial,
        )
        return new, arena is None and before.arena is not None


def _is_same_arena(one: Arena | None, other: Arena | None) -> bool:
    """Compare by content: an arena holds arrays, whose == is no answer."""
    return (one and arena_to_json(one)) == (other and arena_to_json(other))


def _is_same_trial(one: Trial | None, other: Trial | None) -> bool:
    return (one and (one.kind, one.limit_s, one.platform)) == (other and (other.kind, other.limit_s, other.platform))
