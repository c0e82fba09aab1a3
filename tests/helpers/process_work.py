"""Work for other processes, which import it by this name."""

from __future__ import annotations

import os
import time
from pathlib import Path

from napari_mazetrack.errors import MazetrackError

SLOW, REFUSED, DEADLY = range(16), 33, 44


def work(item: int, *, folder: Path) -> tuple[int, int]:
    """Note that an item was begun; return it and the process that worked on it."""
    (folder / str(item)).touch()
    time.sleep(0.02 if item in SLOW else 0)
    if item == REFUSED:
        raise MazetrackError(f"{item} cannot be measured.")
    if item == DEADLY:
        os._exit(1)
    return item, os.getpid()
