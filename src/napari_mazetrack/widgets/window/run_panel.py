"""Run, Pause and Cancel, and how far the work is."""

from __future__ import annotations

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.window.pace import Pace

PAUSE, GO_ON = "Pause", "Go on"
PAUSED = "Paused: {}"


class RunPanel(QWidget):
    """Buttons, a bar and a line of text; it knows nothing of what is run.

    Parameters
    ----------
    run_text, cancel_text : str
        What stands on the buttons.
    can_pause : bool
        There is a button that lets the work wait.
    """

    run_requested = Signal()
    cancel_requested = Signal()
    pause_toggled = Signal(bool)  # whether the work shall wait

    def __init__(
        self,
        run_text: str = "Track",
        cancel_text: str = "Cancel",
        *,
        can_pause: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._pace = Pace()
        self._stage = ""
        self._note = ""
        self._can_run = False
        self._is_running = False
        self._run = QPushButton(run_text)
        self._cancel = QPushButton(cancel_text)
        self._run.clicked.connect(self._on_run_clicked)
        self._cancel.clicked.connect(self._on_cancel_clicked)
        self._pause = QPushButton(PAUSE)
        self._pause.setCheckable(True)
        self._pause.toggled.connect(self._on_pause_toggled)
        self._bar = QProgressBar()
        self._bar.setTextVisible(True)
        self._line = QLabel()
        self._line.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self._run, stretch=1)
        buttons.addWidget(self._pause)
        buttons.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(buttons)
        layout.addWidget(self._bar)
        layout.addWidget(self._line)
        if not can_pause:
            self._pause.hide()
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
        self._stage = line.removesuffix(" …")
        self._note = ""
        self._is_running = True
        self._run.setEnabled(False)
        self._cancel.setEnabled(True)
        self._pause.setEnabled(True)
        self._bar.setRange(0, 0)
        self._bar.show()
        self._line.setText(line)

    def set_cancelling(self) -> None:
        """Show that the work has been asked to stop."""
        self._cancel.setEnabled(False)
        self._end_pause()
        self._line.setText("Stopping …")

    def set_idle(self, line: str) -> None:
        """Show that nothing is under way, and how the last work ended."""
        self._is_running = False
        self._cancel.setEnabled(False)
        self._end_pause()
        self._run.setEnabled(self._can_run)
        self._bar.hide()
        self._line.setText(line)

    def show_progress(self, report: Progress) -> None:
        """Show one report of the work."""
        self._stage = report.stage
        self._pace.add(report)
        if report.total:
            self._bar.setRange(0, report.total)
            self._bar.setValue(report.done)
        else:
            self._bar.setRange(0, 0)
        self._note = report.message or self._note
        if self._cancel.isEnabled():
            said = PAUSED.format(report.stage) if self._pause.isChecked() else self._pace.line(report)
            self._line.setText("\n".join(filter(None, (said, self._note))))

    def _on_run_clicked(self) -> None:
        self.run_requested.emit()

    def _on_cancel_clicked(self) -> None:
        self.cancel_requested.emit()

    def _on_pause_toggled(self, is_paused: bool) -> None:
        self._pause.setText(GO_ON if is_paused else PAUSE)
        self._pace = Pace()  # what passes meanwhile says nothing of the speed
        if self._is_running:
            self._line.setText(PAUSED.format(self._stage) if is_paused else f"{self._stage} …")
        self.pause_toggled.emit(is_paused)

    def _end_pause(self) -> None:
        with QSignalBlocker(self._pause):
            self._pause.setChecked(False)
        self._pause.setText(PAUSE)
        self._pause.setEnabled(False)
