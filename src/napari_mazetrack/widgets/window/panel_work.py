"""The work of a panel in the background, one job at a time, told in its run panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Signal

from napari_mazetrack.widgets.window.background import Cancelled, Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.window.notify import CRASHED
from napari_mazetrack.widgets.window.run_panel import RunPanel


class PanelWork(QObject):
    """Runs jobs, and lets whoever started one take its result.

    Parameters
    ----------
    run_panel : RunPanel
        Shows progress and how the job ended; its Cancel stops it, its Pause lets it wait.
    """

    reported = Signal(object)  # Progress
    ended = Signal(object)  # Ending, once its result is taken and told

    def __init__(self, run_panel: RunPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._panel = run_panel
        self._take_result: Callable[[Any], str] = str
        self._runner = JobRunner(self)
        self._runner.reported.connect(run_panel.show_progress)
        self._runner.reported.connect(self.reported)
        self._runner.ended.connect(self._on_ended)
        run_panel.cancel_requested.connect(self._on_cancel_requested)
        run_panel.pause_toggled.connect(self._runner.set_paused)

    @property
    def is_running(self) -> bool:
        """Whether a job is under way, or being cancelled."""
        return bool(self._runner.is_running)

    def start(self, named: NamedJob, take_result: Callable[[Any], str]) -> None:
        """Run a job; `take_result` gets what came of it and returns what is to be told."""
        self._take_result = take_result
        self._runner.start(named)
        self._panel.set_running(f"{named.name} …")

    def discard(self) -> None:
        """Stop the job and let go of it."""
        self._runner.discard()

    def _on_cancel_requested(self) -> None:
        self._runner.cancel()
        self._panel.set_cancelling()

    def _on_ended(self, ending: Ending) -> None:
        line = CRASHED
        if isinstance(ending, Finished):
            line = self._take_result(ending.result)
        elif isinstance(ending, Cancelled):
            line = "Stopped."
        elif isinstance(ending, Failed):
            line = ending.message
            show_error(ending.message)
        self._panel.set_idle(line)
        self.ended.emit(ending)
