"""The project of one film in the Track panel: what it keeps is read when the film is chosen, and put in edit by edit.

It lies beside the film's track, unless the film was opened from another project. It is open for each change only, and
shared with other panels that have it open (`open_projects`); neither Qt nor napari.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.project import Project, RunRecord
from napari_mazetrack.review.event_marks import EventMark
from napari_mazetrack.video import Timing, open_film
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.session import FilmRef
from napari_mazetrack.workflows.correct import marks_of, put_marks
from napari_mazetrack.workflows.film_notes import FilmNotes, read_notes


@dataclass(frozen=True)
class FilmProject:
    """Where a film's project lies, or will.

    Attributes
    ----------
    path : Path
        The project; it need not be there.
    film : FilmRef
        The film.
    timing : Timing or None
        Times in place of the film's own.
    """

    path: Path
    film: FilmRef
    timing: Timing | None = None

    @property
    def is_there(self) -> bool:
        """Whether the project has been made."""
        return self.path.is_file()

    def read(self) -> FilmNotes:
        """Return what it knows of the film, nothing where it is not there; `MazetrackError` where it is damaged."""
        return read_notes(self.path, self.film.film_id)

    def keep_arena(self, arena: Arena) -> None:
        """Keep an arena as one revision, in a project that is made where it is not there yet.

        Raises
        ------
        MazetrackError
            The project cannot be changed.
        """
        with self._open() as project, project.edit(f"Arena of {self.film.path.name}"):
            project.arenas.put(self.film.film_id, arena)

    def drop_arena(self) -> None:
        """Keep no arena any more; otherwise as `keep_arena`."""
        with self._open() as project, project.edit(f"No arena of {self.film.path.name}"):
            project.arenas.delete(self.film.film_id)

    def keep_trial(self, kind: TrialKind, limit_s: float | None, platform: str) -> None:
        """Keep a trial's kind, limit and platform as one revision; otherwise as `keep_arena`."""
        with self._open() as project, project.edit(f"Trial of {self.film.path.name}: {kind}"):
            kept = project.trials.get(self.film.film_id) or Trial(self.film.film_id, kind, self.film.path.name)
            project.trials.put(replace(kept, kind=kind, limit_s=limit_s, platform=platform))

    def keep_marks(self, marks: Sequence[EventMark]) -> None:
        """Keep what is said of the trial's events, as one revision where it is another; otherwise as `keep_arena`."""
        with self._open() as project:
            if tuple(marks) != marks_of(project, self.film.film_id):
                put_marks(project, self.film.film_id, marks, f"Events of the trial of {self.film.path.name}")

    def note_run(self, run: RunRecord) -> None:
        """Note that the film was tracked; otherwise as `keep_arena`."""
        with self._open() as project, project.edit(f"Track {self.film.path.name}"):
            project.runs.put(run)

    @contextmanager
    def _open(self) -> Iterator[Project]:
        """Give the project, which knows the film then."""
        project = OPEN_PROJECTS.open(self.path, new=not self.is_there)
        try:
            if project.films.get(self.film.film_id) is None or self.timing is not None:
                with open_film(self.film.path, timing=self.timing) as film:
                    project.add_film(film)
            yield project
        finally:
            OPEN_PROJECTS.close(project)
