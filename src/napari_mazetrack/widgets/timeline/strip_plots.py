"""The strips of the timeline: three curves over time, and a band coloured by quadrant; a click or drag goes there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from qtpy.QtCore import Qt, Signal

from napari_mazetrack.widgets.overlay.quadrant_numbers import QUADRANT_COLOURS
from napari_mazetrack.widgets.timeline.strips import Strips

SPEED_COLOUR, DISTANCE_COLOUR, SIGMA_COLOUR, OTHER_COLOUR = "#56b4e9", "#e69f00", "#cc79a7", "#999999"
MISSING_COLOUR, CORRECTED_COLOUR, NOW_COLOUR = "#d55e0060", "#009e7360", "#f0e442"
#: More stretches than these are not drawn: a film of which so much is missing is not corrected by hand.
MAX_STRETCHES = 500
#: Widths of the numbers and of the titles, heights of a number and of the strip of quadrants, in screen pixels.
NUMBERS_WIDTH, TITLES_WIDTH, NUMBER_HEIGHT, QUADRANTS_HEIGHT = 40, 100, 16, 14
QUADRANTS, SPEED, DISTANCE, SIGMA = range(4)


class SparseAxis(pyqtgraph.AxisItem):
    """An axis with only as many numbers as can stand over each other."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N802, N803 - pyqtgraph's names
        """Return the distance of the numbers, a round one, and where they begin."""
        least = abs(maxVal - minVal) / max(1.0, size / NUMBER_HEIGHT)
        if least == 0 or not np.isfinite(least):
            return [(1.0, 0.0)]
        power = 10.0 ** np.floor(np.log10(least))
        return [(next(float(n * power) for n in (1, 2, 5, 10) if n * power >= least), 0.0)]


class StripPlots(pyqtgraph.GraphicsLayoutWidget):
    """Draws `Strips`; tells `time_chosen` with a time when a person clicks, or drags the line of the current frame."""

    time_chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setBackground(None)
        self.ci.layout.setSpacing(6)
        self.ci.layout.setContentsMargins(4, 2, 4, 2)
        self.plots: list[pyqtgraph.PlotItem] = []
        self.titles: list[pyqtgraph.LabelItem] = []
        self.now: list[pyqtgraph.InfiniteLine] = []
        colours = (OTHER_COLOUR, SPEED_COLOUR, DISTANCE_COLOUR, SIGMA_COLOUR)
        for row, colour in enumerate(colours):
            self._add_strip(row, colour)
        for row in (QUADRANTS, DISTANCE, SIGMA):
            self.plots[row].setXLink(self.plots[SPEED])
        curves = (SPEED, DISTANCE, SIGMA)
        self.curves = [self.plots[row].plot(pen=colours[row], connect="finite") for row in curves]
        self.bars = pyqtgraph.BarGraphItem(x0=[], x1=[], y0=0, y1=1, pen=None)
        self.plots[QUADRANTS].addItem(self.bars, ignoreBounds=True)
        self._make_low(self.plots[QUADRANTS])
        self._shown: Strips | None = None
        self.stretches: list[pyqtgraph.LinearRegionItem] = []
        self.scene().sigMouseClicked.connect(self._on_clicked)

    def _add_strip(self, row: int, colour: str) -> None:
        plot = self.addPlot(row=row, col=0, axisItems={"left": SparseAxis("left")})
        plot.setMouseEnabled(x=True, y=False)
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.getAxis("left").setWidth(NUMBERS_WIDTH)
        plot.getAxis("left").enableAutoSIPrefix(False)
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
        plot.getAxis("bottom").setStyle(showValues=row == SIGMA)
        title = self.addLabel("", row=row, col=1, color=colour, size="8pt", justify="left")
        title.setFixedWidth(TITLES_WIDTH)
        now = pyqtgraph.InfiniteLine(movable=True, pen=pyqtgraph.mkPen(NOW_COLOUR, width=2))
        now.setZValue(10)
        now.sigDragged.connect(lambda line: self.time_chosen.emit(float(line.value())))
        plot.addItem(now, ignoreBounds=True)
        self.plots.append(plot)
        self.titles.append(title)
        self.now.append(now)

    def _make_low(self, plot: pyqtgraph.PlotItem) -> None:
        plot.setFixedHeight(QUADRANTS_HEIGHT)
        plot.hideAxis("bottom")
        plot.setYRange(0, 1, padding=0)
        plot.getAxis("left").setTicks([])
        plot.getAxis("left").setPen(None)
        self.titles[QUADRANTS].setFixedHeight(QUADRANTS_HEIGHT)

    def show_strips(self, strips: Strips) -> None:
        """Draw the strips in place of those before."""
        distance = np.full(len(strips.time_s), np.nan) if strips.distance_cm is None else strips.distance_cm
        for curve, values in zip(self.curves, (strips.speed, distance, strips.sigma_px), strict=True):
            curve.setData(strips.time_s, values)
        for row, is_shown in ((DISTANCE, strips.distance_cm is not None), (QUADRANTS, len(strips.quadrants) > 0)):
            self.plots[row].setVisible(is_shown)
            self.titles[row].setVisible(is_shown)
        digits = " ".join(f'<span style="color: {QUADRANT_COLOURS[n]}">{n}</span>' for n in (1, 2, 3, 4))
        texts = (f"quadrant {digits}", f"speed<br>{strips.speed_unit}", "to platform<br>cm", "σ of body<br>px")
        for title, text in zip(self.titles, texts, strict=True):
            title.setText(text)
        before, self._shown = self._shown, strips
        if before is None or not np.array_equal(before.quadrants, strips.quadrants):
            self._show_quadrants(strips.quadrants)
        for region in self.stretches:
            self.plots[SPEED].removeItem(region)
        self.stretches = []
        self._add_stretches(strips.missing, MISSING_COLOUR)
        self._add_stretches(strips.corrected, CORRECTED_COLOUR)
        self.scene().prepareForPaint()  # else the axes follow while the strips are drawn, and all is drawn once more

    def _show_quadrants(self, stretches: NDArray[np.float64]) -> None:
        """Draw from when to when the animal is in which quadrant, [n, 3]."""
        from_s, to_s, number = stretches.T
        of_number = {n: pyqtgraph.mkBrush(colour) for n, colour in QUADRANT_COLOURS.items()}
        self.bars.setOpts(x0=from_s, x1=to_s, brushes=[of_number[n] for n in number.astype(int).tolist()])

    def _add_stretches(self, stretches: NDArray[np.float64], colour: str) -> None:
        for first, last in stretches[:MAX_STRETCHES].tolist():
            region = pyqtgraph.LinearRegionItem((first, last), movable=False, brush=colour, pen=None)
            self.plots[SPEED].addItem(region, ignoreBounds=True)
            self.stretches.append(region)

    def show_now(self, time_s: float) -> None:
        """Put the line of the current frame at a time."""
        for line in self.now:
            line.setValue(time_s)

    def _on_clicked(self, event: Any) -> None:  # noqa: ANN401 - pyqtgraph's event
        if event.button() == Qt.MouseButton.LeftButton:
            place = self.plots[SPEED].getViewBox().mapSceneToView(event.scenePos())
            self.time_chosen.emit(float(place.x()))
