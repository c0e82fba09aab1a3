"""Reads, in the background, what already stands on the disk for the film that is chosen: its track, and its model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Signal

from napari_mazetrack.widgets.films.film_jobs import look_for_model, read_shown_track
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.session import FilmRef
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished, JobRunner, NamedJob


class FilmFollower(QObject):
    """Tells what it found in `track_read` and `model_found`; what was asked for another film before is dropped."""

    track_read = Signal(object)  # Track
    model_found = Signal(object)  # OwnModel or None

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._reading, self._looking = JobRunner(self), JobRunner(self)
        self._reading.ended.connect(self._on_read)
        self._looking.ended.connect(self._on_looked)

    @property
    def is_running(self) -> bool:
        """Whether a track is being read."""
        return bool(self._reading.is_running)

    def read_track(self, path: Path | None, home: FilmProject | None) -> None:
        """Read the track at `path`, where there is one."""
        self._reading.discard()
        if path is not None and home is not None and path.is_file():
            self._reading.start(NamedJob(f"Reading {path.name}", read_shown_track(path, home)))

    def look_for_model(self, film: FilmRef | None, projects: Sequence[Path]) -> None:
        """Look for the project that holds a film and has a model."""
        self._looking.discard()
        if film is not None:
            self._looking.start(NamedJob(f"Looking for the model of {film.path.name}", look_for_model(film, projects)))

    def discard(self) -> None:
        """Let go of whatever is being read."""
        self._reading.discard()
        self._looking.discard()

    def discard_track(self) -> None:
        """Let go of the track that is being read: a newer one comes."""
        self._reading.discard()

    def _on_read(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            self.track_read.emit(ending.result)
        elif isinstance(ending, Failed):
            show_error(ending.message)

    def _on_looked(self, ending: Ending) -> None:
        self.model_found.emit(ending.result if isinstance(ending, Finished) else None)
