"""A swim ready to be drawn: in pool radii from the pool's centre, the way it looks on the screen.

So the swims of different cameras and pools can be drawn into one figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.events import TrialEvents
from napari_mazetrack.maze.geometry import Disc
from napari_mazetrack.maze.measures.view import Goal, Maze, maze_of_trial
from napari_mazetrack.maze.swim import Swim, recorded_path
from napari_mazetrack.maze.trials import Trial

_N_OUTLINE = 48


@dataclass(frozen=True)
class DrawnSwim:
    """One trial from release to end.

    Attributes
    ----------
    trial : Trial
        Who, when, what.
    time_s : float64 [T]
        From release.
    xy : float64 [T, 2]
        Pool radii from the pool's centre, x right and y up as on the screen; NaN in a gap that is left out.
    goal_outline : float64 [P, 2] or None
        The platform (in a probe: where it was), in the same coordinates.
    border_rad : float
        Direction of a border between quadrants, counter-clockwise from the right.
    """

    trial: Trial
    time_s: NDArray[np.float64]
    xy: NDArray[np.float64]
    goal_outline: NDArray[np.float64] | None
    border_rad: float


def drawn_swim(swim: Swim, arena: Arena, trial: Trial, events: TrialEvents, max_gap_s: float) -> DrawnSwim:
    """Return a swim in centimetres as one to be drawn; raises as `maze_of_trial`.

    Gaps longer than `max_gap_s` are left out, as measures leave them out.
    """
    maze = maze_of_trial(arena, trial)
    path = recorded_path(swim, max_gap_s).clip(events.release_s, events.end_s)
    breaks = np.flatnonzero(~path.is_joined) + 1
    return DrawnSwim(
        trial=trial,
        time_s=np.insert(path.time_s, breaks, path.time_s[breaks]) - events.release_s,
        xy=on_screen(maze, np.insert(path.xy_cm, breaks, np.nan, axis=0)),
        goal_outline=on_screen(maze, _outline_cm(maze.goal)) if maze.goal is not None else None,
        border_rad=maze.border_rad,
    )


def on_screen(maze: Maze, xy_cm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positions [..., 2] in pool radii from the pool's centre, x right and y up as on the screen."""
    from_centre = xy_cm - maze.centre
    return np.stack([from_centre @ maze.plane.right, from_centre @ maze.plane.up], axis=-1) / maze.radius


def _outline_cm(goal: Goal) -> NDArray[np.float64]:
    if not isinstance(goal.area, Disc):
        return np.array(goal.area.points)
    turn = np.linspace(0, 2 * np.pi, _N_OUTLINE, endpoint=False)
    return goal.centre + goal.radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
