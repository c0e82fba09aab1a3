"""The timeline's dock under the picture, which a button opens and closes."""

from __future__ import annotations

from collections.abc import Callable

import napari
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QPushButton

from napari_mazetrack.review.event_marks import EventMark
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.timeline.timeline import Timeline


class TimelineDock(QObject):
    """Opens a timeline in a viewer's window; tells `mark_moved`, with the mark and its new time, as the timeline does.

    Parameters
    ----------
    viewer : napari.Viewer
        In whose window it stands.
    session : Session
        Is shown.
    can_move : callable
        Whether events may be dragged now.
    """

    mark_moved = Signal(object, float)  # EventMark

    def __init__(self, viewer: napari.Viewer, session: Session, can_move: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._session = session
        self._can_move = can_move
        self.timeline: Timeline | None = None
        self.button = QPushButton("Timeline")
        self.button.setCheckable(True)
        self.button.toggled.connect(self._on_toggled)

    def let_events_move(self) -> None:
        """Let events be dragged where they may be now."""
        if self.timeline is not None:
            self.timeline.let_events_move(self._can_move())

    def shut_down(self) -> None:
        """Let go of the viewer."""
        if self.timeline is not None:
            self.timeline.shut_down()

    def _on_toggled(self, wanted: bool) -> None:
        if wanted and self.timeline is None:
            self.timeline = Timeline(self._viewer, self._session)
            self.timeline.closed.connect(self._on_closed)
            self.timeline.mark_moved.connect(self._on_mark_moved)
            self.let_events_move()
            self._viewer.window.add_dock_widget(self.timeline, name="Timeline", area="bottom")
        elif not wanted and self.timeline is not None:
            self._viewer.window.remove_dock_widget(self.timeline)

    def _on_closed(self) -> None:
        self.timeline = None
        self.button.setChecked(False)

    def _on_mark_moved(self, mark: EventMark, time_s: float) -> None:
        self.mark_moved.emit(mark, time_s)
        if self.timeline is not None:
            self.timeline.show_events()  # one that may not be moved goes back
