"""How a window tells a failure: one sentence in a notification, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from napari.utils.notifications import show_error

from napari_mazetrack.errors import MazetrackError

#: Where a bug shows itself: napari's own notification has the details.
CRASHED = "Something went wrong inside MazeTrack; the notification shows what."


@contextmanager
def failures_shown() -> Iterator[None]:
    """Show a `MazetrackError` of the block as a notification and go on after it; bugs are not hidden."""
    try:
        yield
    except MazetrackError as error:
        show_error(str(error))
