"""The one place where a job (a generator of `Progress`) becomes a napari worker.

A job ends in one of four ways, which are kept apart: `Finished`, `Failed` (a `MazetrackError`, told in one
sentence), `Cancelled` (the person asked for it), `Crashed` (a bug: napari shows its traceback). Reports and
ends of a job that has been superseded or discarded carry an old generation number and are dropped.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, TypeAlias

from napari.qt.threading import WorkerBase, WorkerBaseSignals, create_worker
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QObject, Signal

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress

#: The window is told at most this often; a report with a message is never held back.
REPORT_INTERVAL_S = 0.05


@dataclass(frozen=True)
class Finished:
    """The job ran to its end."""

    result: Any


@dataclass(frozen=True)
class Failed:
    """The job met something that the person can act on."""

    message: str


@dataclass(frozen=True)
class Cancelled:
    """The job was stopped because it was asked to."""


@dataclass(frozen=True)
class Crashed:
    """The job raised something that it should not have; napari shows the traceback."""


Ending: TypeAlias = Finished | Failed | Cancelled | Crashed


@dataclass(frozen=True)
class NamedJob:
    """A job with the name that napari shows while it runs."""

    name: str
    job: Job[Any]

    def __str__(self) -> str:
        return self.name


class _JobSignals(WorkerBaseSignals):
    reported = Signal(int, object)  # generation, Progress
    ended = Signal(int, object)  # generation, Ending


class _JobWorker(WorkerBase):
    """Drives one job in a thread of Qt's pool, and always closes it there."""

    def __init__(self, named: NamedJob, generation: int) -> None:
        super().__init__(SignalsClass=_JobSignals)
        self._job = named.job
        self._generation = generation
        self._may_go = threading.Event()
        self._may_go.set()

    def work(self) -> None:
        """Run the job; called by napari in the worker's thread."""
        ending: Ending = Crashed()
        try:
            ending = self._drive()
        except MazetrackError as error:
            ending = Failed(str(error))
        finally:
            self._job.close()
            self.ended.emit(self._generation, ending)

    def set_paused(self, is_paused: bool) -> None:
        """Leave the job where it is after its present step, or go on with it."""
        if is_paused:
            self._may_go.clear()
        else:
            self._may_go.set()

    def quit(self) -> None:
        """Ask the job to stop, paused or not."""
        super().quit()
        self._may_go.set()

    def _drive(self) -> Ending:
        reported_at = -REPORT_INTERVAL_S
        while self._may_go.wait() and not self.abort_requested:
            try:
                report: Progress = next(self._job)
            except StopIteration as stop:
                return Finished(stop.value)
            now = time.monotonic()
            if report.message or now - reported_at >= REPORT_INTERVAL_S:
                reported_at = now
                self.reported.emit(self._generation, report)
        return Cancelled()


class JobRunner(QObject):
    """Runs jobs in the background, one at a time: starting another one supersedes the first."""

    reported = Signal(object)  # Progress
    ended = Signal(object)  # Ending

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._generation = 0
        self._worker: _JobWorker | None = None

    @property
    def is_running(self) -> bool:
        """Whether a job is under way, or being cancelled."""
        return self._worker is not None

    def start(self, named: NamedJob) -> None:
        """Run a job; one that is still under way is cancelled, and what it still says is dropped."""
        self.discard()
        worker = create_worker(
            named,
            generation=self._generation,
            _worker_class=_JobWorker,
            _ignore_errors=True,
            _start_thread=False,
        )
        worker.reported.connect(self._on_worker_reported)
        worker.ended.connect(self._on_worker_ended)
        worker.errored.connect(_tell_crash)
        self._worker = worker
        worker.start()

    def cancel(self) -> None:
        """Ask the job to stop; `ended` tells when it has."""
        if self._worker is not None:
            self._worker.quit()

    def set_paused(self, is_paused: bool) -> None:
        """Leave the job where it is, with all that it holds, or go on with it; a paused one can be cancelled."""
        if self._worker is not None:
            self._worker.set_paused(is_paused)

    def discard(self) -> None:
        """Cancel the job and drop whatever it still says."""
        self.cancel()
        self._worker = None
        self._generation += 1

    def _on_worker_reported(self, generation: int, report: Progress) -> None:
        if generation == self._generation:
            self.reported.emit(report)

    def _on_worker_ended(self, generation: int, ending: Ending) -> None:
        if generation == self._generation:
            self._worker = None
            self.ended.emit(ending)


def _tell_crash(error: Exception) -> None:
    notification_manager.receive_error(type(error), error, error.__traceback__)
