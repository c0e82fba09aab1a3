"""Run and Cancel, and how far the work is."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.pace import Pace


class RunPanel(QWidget):
    """Two buttons, a bar and a line of text; it knows nothing of what is run."""

    run_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, run_text: str = "Track", cancel_text: str = "Cancel", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pace = Pace()
        self._note = ""
        self._can_run = False
        self._is_running = False
        self._run = QPushButton(run_text)
        self._cancel = QPushButton(cancel_text)
        self._run.clicked.connect(self._on_run_clicked)
        self._cancel.clicked.connect(self._on_cancel_clicked)
        self._bar = QProgressBar()
        self._bar.setTextVisible(True)
        self._line = QLabel()
        self._line.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self._run, stretch=1)
        buttons.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(buttons)
        layout.addWidget(self._bar)
        layout.addWidget(self._line)
        self.set_idle("")

    @property
    def line(self) -> str:
        """What it says."""
        return self._line.text()

    def set_can_run(self, can_run: bool) -> None:
        """Let the work be begun once nothing is under way, or not."""
        self._can_run = can_run
        self._run.setEnabled(can_run and not self._is_running)

    def set_running(self, line: str) -> None:
        """Show that work has begun."""
        self._pace = Pace()
        self._note = ""
        self._is_running = True
        self._run.setEnabled(False)
        self._cancel.setEnabled(True)
        self._bar.setRange(0, 0)
        self._bar.show()
        self._line.setText(line)

    def set_cancelling(self) -> None:
        """Show that the work has been asked to stop."""
        self._cancel.setEnabled(False)
        self._line.setText("Stopping …")

    def set_idle(self, line: str) -> None:
        """Show that nothing is under way, and how the last work ended."""
        self._is_running = False
        self._cancel.setEnabled(False)
        self._run.setEnabled(self._can_run)
        self._bar.hide()
        self._line.setText(line)

    def show_progress(self, report: Progress) -> None:
        """Show one report of the work."""
        self._pace.add(report)
        if report.total:
            self._bar.setRange(0, report.total)
            self._bar.setValue(report.done)
        else:
            self._bar.setRange(0, 0)
        self._note = report.message or self._note
        if self._cancel.isEnabled():
            self._line.setText("\n".join(filter(None, (self._pace.line(report), self._note))))

    def _on_run_clicked(self) -> None:
        self.run_requested.emit()

    def _on_cancel_clicked(self) -> None:
        self.cancel_requested.emit()
