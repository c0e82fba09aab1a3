"""Whose turn it is to use mouse and keys over the films of a viewer: one tool's at a time.

A tool that a person switches on (correcting, drawing, moving the arena) holds the canvas until it is switched off. What
is there all the time, as the Label panel is, stands aside for it and comes back after it.
"""

from __future__ import annotations

from weakref import WeakValueDictionary

from napari.components import ViewerModel
from psygnal import Signal


class CanvasTurn:
    """Who holds the canvas of one viewer; `changed` tells when that may be another one."""

    changed = Signal()

    def __init__(self) -> None:
        self._holders: list[object] = []

    @property
    def is_held(self) -> bool:
        """Whether a tool holds the canvas."""
        return bool(self._holders)

    def hold(self, tool: object) -> None:
        """Take the canvas."""
        self._holders.append(tool)
        self.changed.emit()

    def let_go(self, tool: object) -> None:
        """Give the canvas back; harmless where the tool does not hold it."""
        if tool in self._holders:
            self._holders.remove(tool)
            self.changed.emit()


#: napari makes each panel on its own: this is where they meet. A turn lives as long as who uses it.
_TURNS: WeakValueDictionary[int, CanvasTurn] = WeakValueDictionary()


def turn_of(viewer: ViewerModel) -> CanvasTurn:
    """Return the turn of a viewer, the same one for all its panels."""
    # napari hands each panel a new proxy of its viewer, but the list that the mouse's followers are in is one.
    return _TURNS.setdefault(id(viewer.mouse_drag_callbacks), CanvasTurn())
