"""Time, path and entries in the quadrants."""

from __future__ import annotations

import numpy as np

from napari_mazetrack.maze.geometry import Lines, Pieces, cut_steps
from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.view import Maze, TrialView
from napari_mazetrack.maze.quadrants import ROLES, quadrant_of
from napari_mazetrack.maze.swim import Path

NAMES = ("1", "2", "3", "4", *ROLES)
#: Chance: the share of the pool's area that a quadrant has.
AREA_SHARE = 0.25


def _measures(name: str) -> tuple[Measure, ...]:
    which = f"quadrant {name}" if name in "1234" else f"the {name} quadrant"
    return (
        Measure(f"quadrant_{name}_time_s", "s", f"time in {which}, the path cut exactly at the borders"),
        Measure(f"quadrant_{name}_time_fraction", "", f"time in {which} / time in all (chance: {AREA_SHARE})"),
        Measure(f"quadrant_{name}_path_cm", "cm", f"length of the path in {which} (the seed's displacement in it)"),
        Measure(f"quadrant_{name}_entries", "", f"crossings of a border into {which}; the first one is no entry"),
    )


MEASURES = tuple(measure for name in NAMES for measure in _measures(name))


def compute_quadrant_use(view: TrialView) -> dict[str, float]:
    """Return time, share, path and entries of quadrants 1 to 4 and, with a goal, by role."""
    maze = view.maze
    timed, timed_numbers = _cut(view.recorded, maze)
    walked, walked_numbers = _cut(view.fixed, maze)
    piece_s = timed.share * view.recorded.step_s[timed.step]
    piece_cm = walked.share * view.fixed.step_cm[walked.step]
    total_s = float(piece_s.sum())
    entered = timed_numbers[1:][np.diff(timed_numbers) != 0]
    roles = maze.role_quadrants(maze.goal) if maze.goal is not None else {}
    values: dict[str, float] = {}
    for name, number in {**{n: int(n) for n in "1234"}, **roles}.items():
        time_s = float(piece_s[timed_numbers == number].sum())
        values[f"quadrant_{name}_time_s"] = time_s
        values[f"quadrant_{name}_time_fraction"] = time_s / total_s if total_s > 0 else np.nan
        values[f"quadrant_{name}_path_cm"] = float(piece_cm[walked_numbers == number].sum())
        values[f"quadrant_{name}_entries"] = int((entered == number).sum())
    return values


def _cut(path: Path, maze: Maze) -> tuple[Pieces, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
    """Cut a path at the two lines between the quadrants; pieces and their quadrants' numbers."""
    along = maze.plane.direction(maze.border_rad + np.array([0.0, np.pi / 2]))
    pieces = cut_steps(path.start, path.end, Lines(np.tile(maze.centre, (2, 1)), along))
    return pieces, quadrant_of(pieces.middle, maze.plane, maze.border_rad)
