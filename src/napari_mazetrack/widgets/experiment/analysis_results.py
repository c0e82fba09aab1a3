"""What an analysis left behind: its figures one at a time, and the way to its report."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt, QUrl
from qtpy.QtGui import QDesktopServices, QPixmap, QResizeEvent
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.exclusions import RULES
from napari_mazetrack.maze.tables import read_table

REPORT, MEASURES, FIGURES = "report.html", "measures.csv", "figures"
LEAST_HEIGHT = 160


class AnalysisResults(QWidget):
    """Shows the figures of a folder of results."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._picture = QPixmap()
        self.figure = QComboBox()
        self.report_button = QPushButton("Open the report")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.view = QLabel()
        self.view.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.view.setMinimumHeight(LEAST_HEIGHT)
        self.view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        top = QHBoxLayout()
        top.addWidget(self.figure, stretch=1)
        top.addWidget(self.report_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.said)
        layout.addLayout(top)
        layout.addWidget(self.view, stretch=1)
        self.figure.currentIndexChanged.connect(self._show_figure)
        self.report_button.clicked.connect(self._on_report_clicked)

    @property
    def has_any(self) -> bool:
        """Whether there are results to show."""
        return self._folder is not None

    def set_folder(self, folder: Path | None) -> None:
        """Show the results in a folder; nothing where there are none."""
        there = folder is not None and (folder / REPORT).is_file()
        self._folder = folder if there else None
        pictures = sorted((folder / FIGURES).glob("*.png")) if there and folder is not None else []
        self.figure.blockSignals(True)
        self.figure.clear()
        for picture in pictures:
            self.figure.addItem(picture.stem.replace("_", " "), picture)
        self.figure.blockSignals(False)
        self.said.clear()
        self._show_figure()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the figure as large as there is room."""
        super().resizeEvent(event)
        self._fit()

    def _show_figure(self) -> None:
        path = self.figure.currentData()
        self._picture = QPixmap(str(path)) if path else QPixmap()
        self._fit()

    def _fit(self) -> None:
        if self._picture.isNull():
            self.view.clear()
            return
        ratio = self.view.devicePixelRatioF()
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        fitted = self._picture.scaled(self.view.size() * ratio, keep, smooth)
        fitted.setDevicePixelRatio(ratio)
        self.view.setPixmap(fitted)

    def _on_report_clicked(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder / REPORT)))


def flagged_trials(folder: Path) -> dict[str, str]:
    """Return why the analysis in a folder left trials out, in words by trial; empty where there is none to read."""
    try:
        _, rows = read_table(folder / MEASURES, "table of measures")
    except MazetrackError:
        return {}
    rules = {row.get("trial", ""): row.get("exclusion_rules", "").split() for row in rows}
    return {trial: "; ".join(RULES.get(rule, rule) for rule in broken) for trial, broken in rules.items() if broken}
