"""Picks the frames of a film that are worth labelling, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from napari_mazetrack.widgets.window.background import Ending, Failed, Finished
from napari_mazetrack.widgets.window.command_process import CommandProcess
from napari_mazetrack.widgets.window.run_panel import RunPanel
from napari_mazetrack.workflows.pick_frames import MOST_FRAMES, PickRequest, Way

N_FRAMES = 20
WAYS = {
    Way.DIFFERENT: "most different",
    Way.EVENLY: "spread evenly",
    Way.UNSURE: "track unsure",
}


class FramePicker(QWidget):
    """How many frames, picked how; `picked` gives them once they are found.

    Parameters
    ----------
    request_of : callable
        From number and way to the request for the film that is open, or to the frames where they are known already;
        None where there is no film.
    """

    picked = Signal(object)  # list of int

    def __init__(
        self, request_of: Callable[[int, Way], PickRequest | list[int] | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._request_of = request_of
        self.n_frames = QSpinBox()
        self.n_frames.setRange(1, MOST_FRAMES)
        self.n_frames.setValue(N_FRAMES)
        self.n_frames.setToolTip("How many frames are to be labelled; never two that look the same")
        self.way = QComboBox()
        for way, text in WAYS.items():
            self.way.addItem(text, way)
        self.panel = RunPanel("Pick frames")
        self.way.setToolTip(
            "Frames that differ most from each other, frames evenly over the film, or those in which its track had to "
            "mend most"
        )
        choice = QHBoxLayout()
        choice.addWidget(self.n_frames)
        choice.addWidget(self.way, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(choice)
        layout.addWidget(self.panel)
        # Decoding, and importing scikit-learn, would keep Python's lock from the window for longer than a person
        # takes for at once.
        self._picking = CommandProcess(self, may_be_killed=True)
        self.panel.run_requested.connect(self.start)
        self.panel.cancel_requested.connect(self._on_cancel)
        self._picking.reported.connect(self.panel.show_progress)
        self._picking.ended.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        """Whether frames are being picked."""
        return self._picking.is_running

    def start(self) -> None:
        """Begin to pick frames."""
        request = self._request_of(self.n_frames.value(), self.way.currentData())
        if isinstance(request, list):
            self._tell(request)
        elif request is not None and not self.is_running:
            self.panel.set_running("Looking at the film …")
            self._picking.start(arguments_of(request))

    def stop(self) -> None:
        """Stop, and say nothing more of it: the film is another one now."""
        self._picking.discard()
        self.panel.set_idle("")

    def _on_cancel(self) -> None:
        self.panel.set_cancelling()
        self._picking.cancel()

    def _on_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            self._tell([int(frame) for frame in ending.result.split()])
        else:
            self.panel.set_idle(ending.message if isinstance(ending, Failed) else "Stopped.")

    def _tell(self, frames: list[int]) -> None:
        self.panel.set_idle(describe_picked(frames, self.n_frames.value()))
        if frames:
            self.picked.emit(frames)


def arguments_of(request: PickRequest) -> list[str]:
    """Return the command line of this request, without the program's name."""
    words = ["pick", str(request.film), "--frames", str(request.n), "--way", request.way]
    for option, path in (("--project", request.project), ("--track", request.track)):
        words += [option, str(path)] if path is not None else []
    return words


def describe_picked(frames: list[int], wanted: int) -> str:
    """Say how many frames were picked, and why not more."""
    if not frames:
        return "No frame was picked: all that were looked at are like those that are labelled."
    if len(frames) < wanted:
        return f"Picked {len(frames)} frames: no others that were looked at differ from these or from labelled ones."
    return f"Picked {len(frames)} frames."
