"""Looks for the pool in the film that is chosen; what is found belongs to that film, whichever is chosen then."""

from __future__ import annotations

from napari.utils.notifications import show_warning

from napari_mazetrack.maze.find_arena import FindSettings, FoundArena
from napari_mazetrack.video import Timing
from napari_mazetrack.widgets.arena.arena_control import ArenaControl
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.session import FilmRef, Session
from napari_mazetrack.widgets.track import work
from napari_mazetrack.widgets.window.background import NamedJob
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.workflows.find_arena import find_arena


class PoolFinder:
    """Makes the job that finds a pool, and takes its result.

    Parameters
    ----------
    session : Session
        Its film is the one that is chosen.
    arena : ArenaControl
        Gets the pool of that film.
    """

    def __init__(self, session: Session, arena: ArenaControl) -> None:
        self._session = session
        self._arena = arena

    def job(self, film: FilmRef, diameter_cm: float | None, timing: Timing | None) -> NamedJob:
        """Return the job that looks for a pool of this diameter; `timing` stands in place of the film's own times."""
        job = find_arena(film.path, FindSettings(diameter_cm=diameter_cm), timing=timing)
        return NamedJob(f"Finding the pool in {film.path.name}", job)

    def take(self, found: FoundArena, film: FilmRef, home: FilmProject | None) -> str:
        """Show the pool of a film, or keep it in the film's project where another is chosen now; say it in a line."""
        for warning in found.warnings:
            show_warning(warning)
        if self._session.film != film:
            with failures_shown():
                if home is not None:
                    home.keep_arena(found.arena)
            return f"The pool of {film.path.name} was found, but another film is chosen now."
        self._arena.take(found.arena)
        return work.describe_found(found)
