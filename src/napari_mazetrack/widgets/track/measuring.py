"""Keeps the measures of a session in step with its track, its arena and what was said of the trial."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.review.event_marks import trial_with_marks
from napari_mazetrack.widgets.measure_rows import MeasureRow
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.track import work
from napari_mazetrack.widgets.track.trial_choice import TrialChoice
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.window.notify import CRASHED

WHICH_PLATFORM = "The arena has several platforms: choose the trial's, below its kind."
NO_MEASURES = "The measures stand here once the film is tracked, its arena is known and the trial's kind is chosen."


class Measuring(QObject):
    """Measures a session's track in the background, always the newest; says in `hinted` what is missing.

    Parameters
    ----------
    session : Session
        Gets measures, moments and found events.
    trial : callable
        What a person chose of the trial.
    """

    hinted = Signal(str)
    ended = Signal(object)  # Ending

    def __init__(self, session: Session, trial: Callable[[], TrialChoice], parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._trial = trial
        self.measured: work.Measured | None = None
        self._runner = JobRunner(self)
        self._runner.ended.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        """Whether the measures are behind the track."""
        return bool(self._runner.is_running)

    def measure(self, _changed: object = None) -> None:
        """Begin anew with the session as it is now."""
        session, choice = self._session, self._trial()
        self._runner.discard()
        self.measured = None
        session.measures, session.moments = (), ()
        if session.film is None or session.track is None or session.arena is None or choice.kind is None:
            session.found_marks = ()
            self.hinted.emit(NO_MEASURES)
            return
        if len(session.arena.platforms) > 1 and not session.platform:
            session.found_marks = ()
            self.hinted.emit(WHICH_PLATFORM)
            return
        self.hinted.emit("Measuring …")
        trial = Trial(session.film.path.stem, choice.kind, limit_s=choice.limit_s, platform=session.platform)
        trial = trial_with_marks(trial, session.said_marks, float(session.track.time_s[-1]))
        self._runner.start(NamedJob("Measuring", work.measure_track(session.track, session.arena, trial)))

    def places_of(self, row: MeasureRow | None) -> NDArray[np.float64] | None:
        """Return where the animal was in the frames that a number comes from, [F, 2]; None where there is no number."""
        track = self._session.track
        if row is None or track is None or self.measured is None:
            return None
        animal = track.animals.index(row.animal) if row.animal else 0
        places: NDArray[np.float64] = track.path_xy(animal)[self.measured.find_lit_frames(row)]
        return places

    def discard(self) -> None:
        """Let go of what is being measured."""
        self._runner.discard()

    def _on_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            self.measured = ending.result
            self._session.measures, self._session.moments = ending.result.rows, ending.result.moments
            self._session.found_marks = ending.result.marks
            self.hinted.emit("")
        else:
            self.hinted.emit(ending.message if isinstance(ending, Failed) else CRASHED)
        self.ended.emit(ending)
