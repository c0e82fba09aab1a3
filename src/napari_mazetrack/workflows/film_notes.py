"""What a project keeps of one film for whoever tracks and measures it: corrections, events, arena, trial, times.

Arena and trial are kept under the film's identity, so that they are found again whatever the film is called by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack.project import Project, timing_of
from napari_mazetrack.tracking.corrections import Correction
from napari_mazetrack.workflows.correct import corrections_of, marks_of

if TYPE_CHECKING:
    from napari_mazetrack.maze.arena import Arena
    from napari_mazetrack.maze.trials import Trial
    from napari_mazetrack.review.event_marks import EventMark
    from napari_mazetrack.video import Timing


@dataclass(frozen=True)
class FilmNotes:
    """What a project knows of a film.

    Attributes
    ----------
    corrections : sequence of Correction
        In the order in which they were made.
    marks : tuple of EventMark
        What was said of the trial's events.
    arena : Arena or None
        Pool and platforms, in pixels of the film.
    trial : Trial or None
        Its kind and limit.
    timing : Timing or None
        Times in place of the film's own.
    is_known : bool
        Whether there is a project that has the film; without one, nothing is said of its corrections.
    """

    corrections: Sequence[Correction] = ()
    marks: tuple[EventMark, ...] = ()
    arena: Arena | None = None
    trial: Trial | None = None
    timing: Timing | None = None
    is_known: bool = False


def notes_of(project: Project, film_id: str) -> FilmNotes:
    """Return what an open project knows of a film; `MazetrackError` where it cannot be read."""
    film = project.films.get(film_id)
    return FilmNotes(
        corrections_of(project, film_id),
        marks_of(project, film_id),
        project.arenas.get(film_id),
        project.trials.get(film_id),
        None if film is None else timing_of(film),
        is_known=film is not None,
    )


def read_notes(path: Path, film_id: str) -> FilmNotes:
    """Return what the project at `path` knows of a film; nothing where there is no project.

    Raises
    ------
    MazetrackError
        The project cannot be read.
    """
    if not path.is_file():
        return FilmNotes()
    with Project.open(path, read_only=True) as project:
        return notes_of(project, film_id)
