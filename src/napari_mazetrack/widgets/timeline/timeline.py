"""The timeline under the picture: speed, distance to the platform, sigma and quadrant over time; a click goes there.

The events of the trial are lines in it: dashed where they were found, drawn through where a person said so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph
from napari.components import ViewerModel
from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel

from napari_mazetrack.review.event_marks import FOLLOWS_FROM_PATH, EventMark
from napari_mazetrack.review.moment import Moment
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.timeline.strip_plots import SPEED, StripPlots
from napari_mazetrack.widgets.timeline.strips import Strips, strips_of
from napari_mazetrack.widgets.window.dock_panel import DockPanel

FOUND_COLOUR, SAID_COLOUR, MOMENT_COLOUR = "#999999", "#009e73", "#d55e00"
HEIGHT = 165
NO_TRACK = "The timeline stands here once the film is tracked."


class Timeline(DockPanel):
    """Shows an animal of a session's track over time; tells `closed` when its dock is closed.

    It tells `mark_moved`, with the mark and its new time, when an event was dragged.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Follows the timeline, and the timeline follows it.
    session : Session
        Its track, arena and moments are shown, of the animal that it names.
    """

    closed = Signal()
    mark_moved = Signal(object, float)  # EventMark

    def __init__(self, viewer: ViewerModel, session: Session) -> None:
        super().__init__(viewer)
        self._viewer = viewer
        self._session = session
        self._strips: Strips | None = None
        self.setMinimumHeight(HEIGHT)
        self.strips = StripPlots()
        self.message = QLabel(NO_TRACK)
        self.animal = QComboBox()
        self.animal.setToolTip("Which animal is shown")
        self._plot = self.strips.plots[SPEED]
        self._marks = pyqtgraph.ScatterPlotItem(symbol="t", size=9, brush=MOMENT_COLOUR, pen=None)
        self._plot.addItem(self._marks, ignoreBounds=True)
        self._events: list[pyqtgraph.InfiniteLine] = []
        self._can_move_events = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.message)
        layout.addWidget(self.strips, stretch=1)
        layout.addWidget(self.animal, alignment=Qt.AlignmentFlag.AlignTop)
        self.strips.time_chosen.connect(self._go)
        self.animal.currentIndexChanged.connect(self._on_animal_chosen)
        events = session.events
        self._signals = [
            *((signal, self._refresh) for signal in (events.track, events.arena, events.platform, events.animal)),
            (events.moments, self._show_moments),
            (events.found_marks, self.show_events),
            (events.said_marks, self.show_events),
        ]
        for signal, method in self._signals:
            signal.connect(method)
        viewer.dims.events.current_step.connect(self._follow_viewer)
        self._refresh()

    # The session is shown.

    def _refresh(self, _value: object = None) -> None:
        track, session = self._session.track, self._session
        animals = () if track is None else track.animals
        animal = session.animal if session.animal < len(animals) else 0
        self._strips = None if track is None else strips_of(track, session.arena, animal, session.platform)
        self.message.setVisible(self._strips is None)
        self.strips.setVisible(self._strips is not None)
        with QSignalBlocker(self.animal):
            if [self.animal.itemText(i) for i in range(self.animal.count())] != list(animals):
                self.animal.clear()
                self.animal.addItems(list(animals))
            self.animal.setCurrentIndex(animal if animals else -1)
        self.animal.setVisible(len(animals) > 1)
        if self._strips is not None:
            self.strips.show_strips(self._strips)
            self._show_moments(session.moments)
            self._follow_viewer()
        self.show_events()

    def _on_animal_chosen(self, index: int) -> None:
        self._session.animal = max(index, 0)

    def _show_moments(self, moments: Sequence[Moment]) -> None:
        times = [moment.time_s for moment in moments]
        self._marks.setData(times, np.zeros(len(times)))

    def let_events_move(self, can_move: bool) -> None:
        """Let events be dragged, or not."""
        if can_move != self._can_move_events:
            self._can_move_events = can_move
            self.show_events()

    def show_events(self, _value: object = None) -> None:
        """Show the events of the trial where they are known to be now."""
        for line in self._events:
            self._plot.removeItem(line)
        marks = self._session.marks if self._strips is not None else ()
        self._events = [self._event_line(mark, (0.85, 0.45)[i % 2]) for i, mark in enumerate(marks)]

    def _event_line(self, mark: EventMark, label_at: float) -> pyqtgraph.InfiniteLine:
        colour = SAID_COLOUR if mark.said_by else FOUND_COLOUR
        style = Qt.PenStyle.SolidLine if mark.said_by else Qt.PenStyle.DashLine
        line = pyqtgraph.InfiniteLine(
            mark.time_s,
            movable=self._can_move_events and mark.kind not in FOLLOWS_FROM_PATH,
            pen=pyqtgraph.mkPen(colour, width=2, style=style),
            label=str(mark.kind).replace("_", " "),
            labelOpts={"position": label_at, "color": colour, "movable": False},
        )
        line.sigPositionChangeFinished.connect(lambda moved: self.mark_moved.emit(mark, float(moved.value())))
        self._plot.addItem(line, ignoreBounds=True)
        return line

    # Viewer and timeline follow each other.

    def _follow_viewer(self, _event: object = None) -> None:
        frame = int(self._viewer.dims.current_step[0])
        if self._strips is not None and 0 <= frame < len(self._strips.time_s):
            self.strips.show_now(float(self._strips.time_s[frame]))

    def _go(self, time_s: float) -> None:
        """Go to the frame that is nearest in time."""
        if self._strips is None or len(self._strips.time_s) == 0:
            return
        times = self._strips.time_s
        after = int(np.clip(np.searchsorted(times, time_s), 1, max(len(times) - 1, 1)))
        nearest = after if len(times) > 1 and times[after] - time_s < time_s - times[after - 1] else after - 1
        self._viewer.dims.set_point(0, nearest)
        self._follow_viewer()

    # The window around it.

    def release(self) -> None:
        """Stop following viewer and session."""
        for signal, method in self._signals:
            signal.disconnect(method)
        self._viewer.dims.events.current_step.disconnect(self._follow_viewer)
        self.closed.emit()
