"""Between the form of the trial, what is said of its events, and the session: kind, release, limit and platform."""

from __future__ import annotations

from dataclasses import replace

from qtpy.QtCore import QObject, QSignalBlocker, Signal

from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.widgets.correct.events_panel import EventsPanel
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.track.trial_choice import TrialChoice, TrialChoiceView


class TrialControl(QObject):
    """Lets a person choose the trial of a session's film; the release is one of its events.

    Parameters
    ----------
    view : TrialChoiceView
        The form.
    events : EventsPanel
        Says the release.
    session : Session
        Gets the trial's platform, and tells what is said of its events.
    """

    changed = Signal()  # what is measured is another trial
    chosen = Signal()  # by the person
    release_said = Signal()  # by the person, in the form, and kept nowhere yet

    def __init__(self, view: TrialChoiceView, events: EventsPanel, session: Session) -> None:
        super().__init__(view)
        self._view = view
        self._events = events
        self._session = session
        view.value_changed.connect(self._on_chosen)
        session.events.said_marks.connect(self._on_said_marks)

    def value(self) -> TrialChoice:
        """Return what is chosen."""
        return self._view.value()

    def forget(self) -> None:
        """Choose nothing."""
        self._view.set_value(TrialChoice())

    def take_kept(self, trial: Trial | None) -> None:
        """Show the trial that a film had before, where it had one; what was said of its release stays."""
        if trial is not None:
            release_s = self.value().release_s if trial.release_s is None else trial.release_s
            self._show(TrialChoice(trial.kind, release_s, trial.limit_s, trial.platform))
            self._follow_form()

    def follow_arena(self) -> None:
        """Let the trial be one of the session's arena."""
        arena = self._session.arena
        self._view.set_platforms([] if arena is None else list(arena.platforms))
        self._show_platform()
        self.changed.emit()

    def _on_chosen(self) -> None:
        said = self._session.said_marks
        self.chosen.emit()
        self._follow_form()
        if self._session.said_marks != said and not self._events.can_change():  # else the events panel has kept it
            self.release_said.emit()

    def _follow_form(self) -> None:
        """Let session and measures be those of the trial as it is shown."""
        choice = self.value()
        self._show_platform()
        if choice.has_release(self._events.said_release()):
            self.changed.emit()
        else:
            self._events.set_release(choice.release_s)

    def _on_said_marks(self, _marks: object) -> None:
        choice, release_s = self.value(), self._events.said_release()
        if not choice.has_release(release_s):
            self._show(replace(choice, release_s=release_s))
        self.changed.emit()

    def _show(self, choice: TrialChoice) -> None:
        with QSignalBlocker(self._view):  # what is shown is not kept anew
            self._view.set_value(choice)

    def _show_platform(self) -> None:
        """Let quadrants, timeline and measures be those of the trial's platform, where the arena has it."""
        arena, name = self._session.arena, self.value().platform
        self._session.platform = name if arena is not None and name in arena.platforms else ""
