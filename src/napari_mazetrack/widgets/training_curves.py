"""The curves of a training, growing epoch by epoch: its losses, and its scores on the held-out frames."""

from __future__ import annotations

from collections.abc import Mapping

import pyqtgraph
from qtpy.QtWidgets import QSizePolicy, QTabWidget, QWidget

#: Names in the reports' values, and what they are called in the legend; one colour-blind safe palette for both plots.
LOSSES = {"class": "class", "box": "box", "keypoints": "keypoints", "refinement": "second look"}
SCORES = {"oks_ap": "OKS-AP", "ap50": "AP50 of boxes", "found_fraction": "found"}
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
HEIGHT = 150


class TrainingCurves(QTabWidget):
    """Two plots over the epochs, one behind the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Mapping[str, float]] = []
        self._lines: dict[str, pyqtgraph.PlotDataItem] = {}
        self.addTab(self._make_plot(SCORES), "Held-out frames")
        self.addTab(self._make_plot(LOSSES), "Losses")
        self.widget(0).setYRange(0, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)  # a plot's wish is 640 pixels

    def _make_plot(self, names: Mapping[str, str]) -> pyqtgraph.PlotWidget:
        plot = pyqtgraph.PlotWidget(background=None)
        plot.setMinimumHeight(HEIGHT)
        plot.setLabel("bottom", "epoch")
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.addLegend(offset=(-4, 4), colCount=2, labelTextSize="8pt")
        for (name, text), colour in zip(names.items(), COLOURS, strict=False):
            pen = pyqtgraph.mkPen(colour, width=2)
            self._lines[name] = plot.plot(
                name=text, pen=pen, symbol="o", symbolSize=4, symbolBrush=colour, symbolPen=None
            )
        return plot

    def clear(self) -> None:
        """Forget all epochs."""
        self._rows = []
        for line in self._lines.values():
            line.setData([], [])

    def add_epoch(self, values: Mapping[str, float]) -> None:
        """Add the numbers of one epoch; an epoch that is done again replaces its first numbers."""
        self._rows = [row for row in self._rows if row["epoch"] < values["epoch"]] + [values]
        epochs = [row["epoch"] for row in self._rows]
        for name, line in self._lines.items():
            line.setData(epochs, [row.get(name, float("nan")) for row in self._rows])

    def n_epochs(self) -> int:
        """Return how many epochs are shown."""
        return len(self._rows)
