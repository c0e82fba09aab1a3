"""The timeline under the picture: speed, distance to the platform and sigma over time; a click or drag goes there.

The events of the trial are lines in it: dashed where they were found, drawn through where a person said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph
from napari.components import ViewerModel
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QVBoxLayout

from napari_mazetrack.review.event_marks import FOLLOWS_FROM_PATH, EventMark
from napari_mazetrack.review.moment import Moment
from napari_mazetrack.widgets.dock_panel import DockPanel
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.strips import Strips, strips_of

SPEED_COLOUR, DISTANCE_COLOUR, SIGMA_COLOUR = "#56b4e9", "#e69f00", "#cc79a7"
FOUND_COLOUR, SAID_COLOUR = "#999999", "#009e73"
MISSING_COLOUR, CORRECTED_COLOUR, NOW_COLOUR, MOMENT_COLOUR = "#d55e0060", "#009e7360", "#f0e442", "#d55e00"
#: More stretches than these are not drawn: a film of which so much is missing is not corrected by hand.
MAX_STRETCHES = 500
HEIGHT = 140
NO_TRACK = "The timeline stands here once the film is tracked."


class Timeline(DockPanel):
    """Shows the first animal of a session's track over time; tells `closed` when its dock is closed.

    It tells `mark_moved`, with the mark and its new time, when an event was dragged.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Follows the timeline, and the timeline follows it.
    session : Session
        Its track, arena and moments are shown.
    """

    closed = Signal()
    mark_moved = Signal(object, float)  # EventMark

    def __init__(self, viewer: ViewerModel, session: Session) -> None:
        super().__init__(viewer)
        self._viewer = viewer
        self._session = session
        self._strips: Strips | None = None
        view = pyqtgraph.GraphicsLayoutWidget()
        view.setBackground(None)
        self.setMinimumHeight(HEIGHT)
        self._plots: list[pyqtgraph.PlotItem] = []
        self._curves: list[pyqtgraph.PlotDataItem] = []
        self._now: list[pyqtgraph.InfiniteLine] = []
        self._titles: list[pyqtgraph.LabelItem] = []
        for row, colour in enumerate((SPEED_COLOUR, DISTANCE_COLOUR, SIGMA_COLOUR)):
            self._add_strip(view, row, colour)
        self._marks = pyqtgraph.ScatterPlotItem(symbol="t", size=9, brush=MOMENT_COLOUR, pen=None)
        self._plots[0].addItem(self._marks, ignoreBounds=True)
        self._stretches: list[pyqtgraph.LinearRegionItem] = []
        self._events: list[pyqtgraph.InfiniteLine] = []
        self._can_move_events = False
        view.scene().sigMouseClicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(view)
        session.events.track.connect(self._refresh)
        session.events.arena.connect(self._refresh)
        session.events.moments.connect(self._show_moments)
        session.events.found_marks.connect(self.show_events)
        session.events.said_marks.connect(self.show_events)
        viewer.dims.events.current_step.connect(self._follow_viewer)
        self._refresh()

    def _add_strip(self, view: pyqtgraph.GraphicsLayoutWidget, row: int, colour: str) -> None:
        plot = view.addPlot(row=row, col=0)
        plot.setMouseEnabled(x=True, y=False)
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.getAxis("left").setWidth(40)
        plot.getAxis("left").enableAutoSIPrefix(False)
        title = pyqtgraph.LabelItem("", color=colour, size="8pt")
        title.setParentItem(plot.vb)
        title.anchor(itemPos=(0, 0), parentPos=(0, 0), offset=(4, -4))
        self._titles.append(title)
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
        if self._plots:
            plot.setXLink(self._plots[0])
            self._plots[-1].getAxis("bottom").setStyle(showValues=False)
        now = pyqtgraph.InfiniteLine(movable=True, pen=pyqtgraph.mkPen(NOW_COLOUR, width=2))
        now.setZValue(10)
        now.sigDragged.connect(lambda line: self._go(float(line.value())))
        plot.addItem(now, ignoreBounds=True)
        self._plots.append(plot)
        self._curves.append(plot.plot(pen=colour, connect="finite"))
        self._now.append(now)

    # The session is shown.

    def _refresh(self, _value: object = None) -> None:
        track = self._session.track
        self._strips = None if track is None else strips_of(track, self._session.arena)
        self._clear_stretches()
        if self._strips is None:
            for curve in self._curves:
                curve.setData([], [])
            for title, text in zip(self._titles, (NO_TRACK, "", ""), strict=True):
                title.setText(text)
            self.show_events()
            return
        strips = self._strips
        distance = np.full(len(strips.time_s), np.nan) if strips.distance_cm is None else strips.distance_cm
        for curve, values in zip(self._curves, (strips.speed, distance, strips.sigma_px), strict=True):
            curve.setData(strips.time_s, values)
        texts = (f"speed, {strips.speed_unit}", "distance to the platform, cm", "σ of the body, px")
        for title, text in zip(self._titles, texts, strict=True):
            title.setText(text)
        self._plots[1].setVisible(strips.distance_cm is not None)
        self._show_stretches(strips.missing, MISSING_COLOUR)
        self._show_stretches(strips.corrected, CORRECTED_COLOUR)
        self._show_moments(self._session.moments)
        self.show_events()
        self._follow_viewer()

    def _show_stretches(self, stretches: np.ndarray, colour: str) -> None:
        for first, last in stretches[:MAX_STRETCHES].tolist():
            region = pyqtgraph.LinearRegionItem((first, last), movable=False, brush=colour, pen=None)
            self._plots[0].addItem(region, ignoreBounds=True)
            self._stretches.append(region)

    def _clear_stretches(self) -> None:
        for region in self._stretches:
            self._plots[0].removeItem(region)
        self._stretches = []

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
            self._plots[0].removeItem(line)
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
        self._plots[0].addItem(line, ignoreBounds=True)
        return line

    # Viewer and timeline follow each other.

    def _follow_viewer(self, _event: object = None) -> None:
        frame = int(self._viewer.dims.current_step[0])
        if self._strips is not None and 0 <= frame < len(self._strips.time_s):
            for line in self._now:
                line.setValue(float(self._strips.time_s[frame]))

    def _on_clicked(self, event: Any) -> None:  # noqa: ANN401 - pyqtgraph's event
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self._plots[0].getViewBox().mapSceneToView(event.scenePos())
        self._go(float(place.x()))

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
        self._session.events.track.disconnect(self._refresh)
        self._session.events.arena.disconnect(self._refresh)
        self._session.events.moments.disconnect(self._show_moments)
        self._session.events.found_marks.disconnect(self.show_events)
        self._session.events.said_marks.disconnect(self.show_events)
        self._viewer.dims.events.current_step.disconnect(self._follow_viewer)
        self.closed.emit()
