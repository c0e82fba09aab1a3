"""The frames that a model does worst on; whoever picks one wants to see it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QListWidget, QSizePolicy, QWidget

from napari_mazetrack.training.worst_frames import WorstFrame


class WorstList(QListWidget):
    """Shows frames, worst first; `frame_requested` gives the `WorstFrame` that was clicked."""

    frame_requested = Signal(object)  # WorstFrame

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames: tuple[WorstFrame, ...] = ()
        self.setToolTip("A click goes to the frame. Where its label is wrong, put it right and train again.")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.itemClicked.connect(self._on_picked)
        self.itemActivated.connect(self._on_picked)

    def value(self) -> tuple[WorstFrame, ...]:
        """Return the frames that are shown."""
        return self._frames

    def set_value(self, frames: Sequence[WorstFrame]) -> None:
        """Show `frames` instead of what is there."""
        if tuple(frames) != self._frames:
            self._frames = tuple(frames)
            self.clear()
            self.addItems([_in_words(frame) for frame in frames])

    def _on_picked(self) -> None:
        self.frame_requested.emit(self._frames[self.currentRow()])


def _in_words(frame: WorstFrame) -> str:
    said = "missed" if frame.error is None else f"off by {100 * frame.error:.0f} % of its length"
    where = "" if frame.frame_index is None else f"frame {frame.frame_index}, "
    return f"{said}: {where}{PurePosixPath(frame.source).name}"
