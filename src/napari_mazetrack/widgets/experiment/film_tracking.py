"""Tracks the films of a trials sheet in a process of its own, and says in words how that goes."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QObject, Signal

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished
from napari_mazetrack.widgets.window.command_process import CommandProcess

BLIND_FAILURE = "Not all films could be tracked: their rows still say so."


class FilmTracking(QObject):
    """Runs ``mazetrack track --trials``.

    Attributes
    ----------
    is_blind : bool
        No film is named, since names may tell the group.
    """

    reported = Signal(object)  # Progress
    ended = Signal(str)  # how, in words

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_blind = False
        self._process = CommandProcess(self)
        self._process.reported.connect(self._on_reported)
        self._process.ended.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        """Whether films are being tracked, or that is being stopped."""
        return self._process.is_running

    def start(self, sheet: Path, folder: Path | None) -> None:
        """Track the films of a sheet that have no track yet, beside them or into a folder."""
        self._process.start(["track", "--trials", str(sheet), *(["--out", str(folder)] if folder else [])])

    def cancel(self) -> None:
        """Stop in the middle of a film; the next time it goes on from there."""
        self._process.cancel()

    def discard(self) -> None:
        """Stop for good; nothing more is told."""
        self._process.discard()

    def _on_reported(self, report: Progress) -> None:
        if self.is_blind:
            which, colon, _ = report.stage.partition(": ")
            report = Progress(which if colon else "Tracking", report.done, report.total)
        self.reported.emit(report)

    def _on_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            n = sum(line.startswith("{") for line in ending.result.splitlines())
            self.ended.emit(f"Films tracked: {n}." if n else "All films are tracked.")
        elif isinstance(ending, Failed):
            self.ended.emit(BLIND_FAILURE if self.is_blind else ending.message)
        else:
            self.ended.emit("Stopped. The next time it goes on from there.")
