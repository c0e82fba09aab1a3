"""The curves of a training, growing epoch by epoch: losses, scores and errors on the held-out frames, its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyqtgraph
from qtpy.QtCore import QSize
from qtpy.QtWidgets import QSizePolicy, QTabWidget, QWidget

from napari_mazetrack.skeleton import MOUSE

#: Names in the reports' values, and what they are called in the legend; one colour-blind safe palette for both plots.
LOSSES = {"class": "class", "box": "box", "keypoints": "keypoints", "refinement": "second look"}
PRECISION = {"precision": "precision"}
SCORES = {"oks_ap": "OKS-AP", "ap50": "AP50 of boxes", "found_fraction": "found"}
ERRORS = {f"{name}_median_px": name for name in MOUSE.keypoints}
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
HEIGHT = 190


class TrainingCurves(QTabWidget):
    """Plots one behind the other: three over the epochs, and precision over recall at the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Mapping[str, float]] = []
        self._lines: dict[str, pyqtgraph.PlotDataItem] = {}
        self.addTab(self._make_plot(SCORES, "epoch"), "Scores")
        self.addTab(self._make_plot(ERRORS, "epoch"), "Errors")
        self.addTab(self._make_plot(LOSSES, "epoch"), "Losses")
        self.addTab(self._make_plot(PRECISION, "recall"), "Precision")
        self.setTabToolTip(0, "Scores on the frames that are held out, after each epoch")
        self.setTabToolTip(1, "Median error of each point on the frames that are held out, pixels, after each epoch")
        self.setTabToolTip(3, "How many of the finds are right (overlap of boxes 0.5), over how many animals are found")
        self.widget(0).setYRange(0, 1)
        self.widget(1).setLabel("left", "pixels")
        self.widget(3).setRange(xRange=(0, 1), yRange=(0, 1.02))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def _make_plot(self, names: Mapping[str, str], below: str) -> pyqtgraph.PlotWidget:
        plot = pyqtgraph.PlotWidget(background=None)
        plot.setMinimumHeight(HEIGHT)
        plot.setLabel("bottom", below)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        if len(names) > 1:
            plot.addLegend(offset=(-4, 4), colCount=2, labelTextSize="8pt")
        else:
            plot.setLabel("left", next(iter(names.values())))
        for (name, text), colour in zip(names.items(), COLOURS, strict=False):
            pen = pyqtgraph.mkPen(colour, width=2)
            self._lines[name] = plot.plot(
                name=text, pen=pen, symbol="o", symbolSize=4, symbolBrush=colour, symbolPen=None
            )
        return plot

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wish for no more height than can be read; a plot's own wish is 640 × 480 pixels."""
        return self.minimumSizeHint()

    def clear(self) -> None:
        """Forget all epochs."""
        self._rows = []
        for line in self._lines.values():
            line.setData([], [])

    def show_precision_recall(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Show the precision–recall curve of boxes in place of an earlier one; no rows: none."""
        (line,) = (self._lines[name] for name in PRECISION)
        line.setData([row["recall"] for row in rows], [row["precision"] for row in rows])

    def add_epoch(self, values: Mapping[str, float]) -> None:
        """Add the numbers of one epoch; an epoch that is done again replaces its first numbers."""
        self._rows = [row for row in self._rows if row["epoch"] < values["epoch"]] + [values]
        for name in (*SCORES, *ERRORS, *LOSSES):
            rows = [row for row in self._rows if name in row]  # a point that was not found has no error
            self._lines[name].setData([row["epoch"] for row in rows], [row[name] for row in rows])

    def n_epochs(self) -> int:
        """Return how many epochs are shown."""
        return len(self._rows)
