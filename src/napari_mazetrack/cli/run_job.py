"""Run a job for a command: a progress bar on a terminal, JSON lines where asked, nothing when piped."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TextIO, TypeVar

import typer

from napari_mazetrack.cli.interrupt import raise_lost_interrupt
from napari_mazetrack.progress import Job, Progress

EXIT_FAILURE, EXIT_STOPPED = 1, 130
STOPPED = "Stopped. No file is left half-written."
Result = TypeVar("Result")


@dataclass
class OutputOptions:
    """How the program talks; set by the options before the command's name, or by a command's --json."""

    debug: bool = False
    json_progress: bool = False
    is_silent: bool = False  #: another process, which this one helps, does the talking


OUTPUT = OutputOptions()


def tell_failure(message: str) -> None:
    """Print a failure in one sentence on standard error."""
    if not OUTPUT.is_silent:
        _print_line(f"mazetrack: {message}")


def tell_result(line: str) -> None:
    """Print a line on standard output, where more work follows."""
    _print_line(line, sys.stdout)


def run_job(job: Job[Result], when_stopped: str = STOPPED) -> Result:
    """Run `job` to its end, show its progress, and return its result; Ctrl-C closes it and tells `when_stopped`."""
    show = _choose_display()
    try:
        while True:
            try:
                report = next(job)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            show(report)
            raise_lost_interrupt()
    except KeyboardInterrupt:
        job.close()
        tell_failure(when_stopped)
        raise typer.Exit(EXIT_STOPPED) from None
    finally:
        job.close()
        if isinstance(show, _bar):
            show.close()


def _choose_display() -> Callable[[Progress], None]:
    if OUTPUT.is_silent:
        return lambda _: None
    if OUTPUT.json_progress:
        return _show_json
    return _bar() if sys.stderr.isatty() else _show_messages


def _show_json(report: Progress) -> None:
    # What a kind of report adds is for windows.
    _print_line(json.dumps({one.name: getattr(report, one.name) for one in fields(Progress)}))


def _show_messages(report: Progress) -> None:
    if report.message:
        _print_line(report.message)


def _print_line(line: str, stream: TextIO | None = None) -> None:
    with contextlib.suppress(OSError):  # whoever read it has crashed or gone: the work goes on
        print(line, file=stream or sys.stderr, flush=True)


class _bar:  # noqa: N801 - used like a function
    """A rich progress bar that follows the stages of one job."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=None)
        self._stage = ""

    def __call__(self, report: Progress) -> None:
        if report.stage != self._stage:
            self._stage = report.stage
            self._bar.reset(self._task, description=report.stage, total=report.total)
        self._bar.update(self._task, completed=report.done, total=report.total)
        if report.message:
            self._bar.console.print(report.message, markup=False, highlight=False)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._bar.stop()
