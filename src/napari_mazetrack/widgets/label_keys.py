"""The keys of the Label panel: one list, which binds them and writes the help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from napari.components import ViewerModel


@dataclass(frozen=True)
class Key:
    """A key, the method of the Label panel that it calls, and what that does in words."""

    key: str
    method: str
    text: str


#: Letters that napari leaves free.
KEYS = (
    Key("N", "go_to_next", "next frame to label"),
    Key("G", "go_forward", "next labelled frame"),
    Key("Q", "go_back", "labelled frame before"),
    Key("H", "skip_keypoint", "this keypoint cannot be seen"),
    Key("K", "copy_previous", "copy from the labelled frame before"),
    Key("W", "mark_empty", "no animal in this frame"),
    Key("8", "clear_frame", "take this frame's label away"),
    Key("U", "undo", "undo"),
    Key("J", "redo", "redo"),
)


def bind_keys(viewer: ViewerModel, panel: object) -> None:
    """Bind the keys of a viewer to a panel's methods."""
    for key in KEYS:
        viewer.bind_key(key.key, _caller(getattr(panel, key.method)), overwrite=True)


def unbind_keys(viewer: ViewerModel) -> None:
    """Give the keys back."""
    for key in KEYS:
        viewer.bind_key(key.key, None, overwrite=True)


def help_text() -> str:
    """Return the keys and what they do, one a line."""
    return "\n".join(f"{key.key}   {key.text}" for key in KEYS)


def _caller(method: Callable[[], None]) -> Callable[[ViewerModel], None]:
    def call(_viewer: ViewerModel) -> None:
        method()

    return call
