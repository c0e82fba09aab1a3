"""Writes a corrected track to its files in the background: one write at a time, always the newest track."""

from __future__ import annotations

from pathlib import Path

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Signal

from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.widgets.window.background import Ending, Failed, JobRunner, NamedJob
from napari_mazetrack.workflows.correct import Correctable, save_corrected


class TrackSaver(QObject):
    """Lets the files of a track follow its corrections; tells `changed` when it begins or ends to write."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = JobRunner(self)
        self._runner.ended.connect(self._on_saved)
        self._unsaved: tuple[Track, Correctable, Path] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the files are behind the track."""
        return bool(self._runner.is_running)

    def save(self, track: Track, correctable: Correctable, path: Path) -> None:
        """Write a track over the ``.nc`` at `path` and the ``.csv`` beside it, now or after the write under way."""
        self._unsaved = track, correctable, path
        self._save()

    def _save(self) -> None:
        if self._unsaved is not None and not self._runner.is_running:
            job, self._unsaved = self._unsaved, None
            self._runner.start(NamedJob("Saving the track", _save(*job)))
        self.changed.emit()

    def _on_saved(self, ending: Ending) -> None:
        if isinstance(ending, Failed):
            show_error(f"The corrections are in the project, but the track was not saved: {ending.message}")
        self._save()


def _save(track: Track, correctable: Correctable, path: Path) -> Job[None]:
    yield Progress(f"Saving {path.name}", 0)
    save_corrected(track, correctable, path)
