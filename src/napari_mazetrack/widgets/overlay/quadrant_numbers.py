"""In which quadrants an animal is, and the colours that stand for them; neither Qt nor napari."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.quadrants import quadrants_at

#: Colours of the quadrants 1 to 4 (Okabe and Ito 2008), and of what is in none.
QUADRANT_COLOURS: dict[int | None, str] = {
    None: "#999999", 0: "#999999", 1: "#e69f00", 2: "#009e73", 3: "#cc79a7", 4: "#0072b2",
}  # fmt: skip


def quadrants_along(arena: Arena | None, xy: NDArray[np.float64], platform: str = "") -> NDArray[np.int64]:
    """Return the quadrants (1 to 4) of x, y [N, 2] in film pixels; 0 where none is known."""
    if arena is not None and arena.units == "px" and arena.y_axis == "down":
        try:
            return quadrants_at(arena, xy, platform)
        except MazetrackError:
            pass  # its quadrants need a platform that there is not: drawing the arena tells so
    return np.zeros(len(xy), np.int64)
