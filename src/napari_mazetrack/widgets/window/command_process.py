"""A `mazetrack` command in a process of its own: a crash of one is not the other's, and the window stays free.

It tells its progress as JSON lines on standard error and is stopped through standard input (`cli.interrupt`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from qtpy.QtCore import QObject, QProcess, QTimer, Signal

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.window.background import REPORT_INTERVAL_S, Cancelled, Ending, Failed, Finished

PREFIX = "mazetrack: "
STOPPED = 130
#: A command that was asked to stop has this long to save what it has.
PATIENCE_MS = 60_000
#: … and this long when the window closes.
CLOSING_MS = 5_000
UNKNOWN = "It stopped without a word. Run the same command in a terminal to see more."


class CommandProcess(QObject):
    """Runs one command at a time; `Finished` carries what it printed.

    Parameters
    ----------
    parent : QObject or None
        Qt's parent.
    may_be_killed : bool
        The commands only print: one that is to stop is ended at once, not asked and waited for.
    """

    reported = Signal(object)  # Progress
    ended = Signal(object)  # Ending

    def __init__(self, parent: QObject | None = None, *, may_be_killed: bool = False) -> None:
        super().__init__(parent)
        self._may_be_killed = may_be_killed
        self._process: QProcess | None = None
        self._is_stopping = False
        self._said = ""
        self._half_line = b""
        self._newest: Progress | None = None  # not told yet
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(int(REPORT_INTERVAL_S * 1000))
        self._telling.timeout.connect(self._tell_newest)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._on_out_of_patience)

    @property
    def is_running(self) -> bool:
        """Whether a command is under way, or being stopped."""
        return self._process is not None

    def start(self, arguments: Sequence[str]) -> None:
        """Start ``mazetrack ARGUMENTS``; nothing else may be under way."""
        self._is_stopping, self._said, self._half_line, self._newest = False, "", b"", None
        process = QProcess(self)
        process.readyReadStandardError.connect(self._read_reports)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        options = ["-m", "napari_mazetrack.cli.main", "--json-progress", "--stop-on-input"]
        process.start(sys.executable, [*options, *arguments])

    def cancel(self) -> None:
        """Ask the command to stop; one that does not is ended."""
        if self._process is not None and not self._is_stopping:
            self._is_stopping = True
            if self._may_be_killed:
                self._process.kill()
                return
            self._process.write(b"stop\n")
            self._patience.start()

    def discard(self) -> None:
        """Stop the command and wait a little for what it saves; nothing more is told."""
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect()
            process.errorOccurred.disconnect()
            process.readyReadStandardError.disconnect()
            process.write(b"stop\n")
            if self._may_be_killed or not process.waitForFinished(CLOSING_MS):
                process.kill()
                process.waitForFinished(CLOSING_MS)

    def _on_out_of_patience(self) -> None:
        if self._process is not None and self._is_stopping:
            self._process.kill()

    def _read_reports(self) -> None:
        if self._process is None:
            return
        *lines, self._half_line = (self._half_line + bytes(self._process.readAllStandardError())).split(b"\n")
        for line in lines:
            report = _parse_report(line)
            if report is None:
                self._said = line.decode(errors="replace").strip() or self._said
                continue
            self._newest = report
            if report.message or report.values:
                self._tell_newest()
            elif not self._telling.isActive():
                self._telling.start()

    def _tell_newest(self) -> None:
        report, self._newest = self._newest, None
        if report is not None and self._process is not None:
            self.reported.emit(report)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(Failed("Python could not be started for this work."))

    def _on_finished(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        if self._process is None:
            return
        self._read_reports()
        self._tell_newest()
        printed = bytes(self._process.readAllStandardOutput()).decode(errors="replace").strip()
        crashed = status != QProcess.ExitStatus.NormalExit
        if exit_code == 0 and not crashed:
            self._end(Finished(printed))
        elif self._is_stopping and (crashed or exit_code == STOPPED):
            self._end(Cancelled())
        else:
            self._end(Failed(self._said.removeprefix(PREFIX) or UNKNOWN))

    def _end(self, ending: Ending) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
            self._patience.stop()
            self.ended.emit(ending)


def _parse_report(line: bytes) -> Progress | None:
    """Return the report in a JSON line; None for any other line."""
    try:
        plain = json.loads(line)
        return Progress(plain["stage"], plain["done"], plain["total"], plain["message"], plain["values"])
    except (ValueError, KeyError, TypeError):
        return None
