"""What a measure sees: the swim of one trial and window, the maze, and the goal, all in centimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Platform
from napari_mazetrack.maze.calibration import MazePlane, maze_plane
from napari_mazetrack.maze.events import TrialEvents
from napari_mazetrack.maze.geometry import Disc, Polygon, rotated
from napari_mazetrack.maze.measures.settings import MeasureSettings, Window
from napari_mazetrack.maze.quadrants import border_angle_rad, quadrant_of, quadrant_roles
from napari_mazetrack.maze.swim import Path, Swim, fixed_rate_path
from napari_mazetrack.maze.trials import Trial


@dataclass(frozen=True)
class Goal:
    """A platform in centimetres: its area, centre P [2], and radius r_p (of the circle of equal area)."""

    area: Disc | Polygon
    centre: NDArray[np.float64]
    radius: float

    def turned(self, pool_centre: NDArray[np.float64], quarter_turns: int) -> Goal:
        """Return the goal at a mirror position: turned about the pool's centre."""
        angle = quarter_turns * np.pi / 2
        centre = rotated(self.centre, pool_centre, angle)
        if isinstance(self.area, Disc):
            return replace(self, area=Disc((float(centre[0]), float(centre[1])), self.area.radius), centre=centre)
        corners = rotated(np.array(self.area.points), pool_centre, angle)
        return replace(self, area=Polygon(tuple((float(x), float(y)) for x, y in corners)), centre=centre)


def goal_from_platform(platform: Platform) -> Goal:
    """Return the goal of a platform in centimetres."""
    centre = np.array([platform.cx, platform.cy])
    area = Polygon(platform.points) if platform.shape == "polygon" else Disc((platform.cx, platform.cy), platform.r)
    return Goal(area, centre, platform.r)


@dataclass(frozen=True)
class Maze:
    """Pool, quadrants and goals of a trial.

    Attributes
    ----------
    plane : MazePlane
        Pool and screen directions, centimetres.
    border_rad : float
        Screen angle at which quadrant 4 begins.
    goal, former_goal : Goal or None
        The trial's platform (in a probe: the former one), and in a reversal the old one.
    """

    plane: MazePlane
    border_rad: float
    goal: Goal | None
    former_goal: Goal | None = None

    @property
    def centre(self) -> NDArray[np.float64]:
        """Centre C of the pool, [2]."""
        return self.plane.centre_cm

    @property
    def radius(self) -> float:
        """Radius R of the pool."""
        return self.plane.radius_cm

    def role_quadrants(self, goal: Goal) -> dict[str, int]:
        """Return the numbers of the target, opposite, left and right quadrants of a goal."""
        return quadrant_roles(int(quadrant_of(goal.centre, self.plane, self.border_rad)), self.plane)


def maze_of_trial(arena: Arena, trial: Trial) -> Maze:
    """Return the maze of a trial.

    Raises
    ------
    MazetrackError
        The trial names a platform that the arena does not have, or names none where there are several.
    """
    plane = maze_plane(arena)
    name = trial.platform
    if not trial.kind.has_platform and not name:
        name = trial.former_platform
    platform = _platform_named(arena, name, trial)
    former = None
    if trial.kind.has_platform and trial.former_platform:
        former = _platform_named(arena, trial.former_platform, trial)
    in_cm = plane.platform(platform) if platform else None
    return Maze(
        plane=plane,
        border_rad=border_angle_rad(arena, plane, in_cm),
        goal=goal_from_platform(in_cm) if in_cm else None,
        former_goal=goal_from_platform(plane.platform(former)) if former else None,
    )


def _platform_named(arena: Arena, name: str, trial: Trial) -> Platform | None:
    if name and name not in arena.platforms:
        names = ", ".join(arena.platforms) or "none"
        raise MazetrackError(
            f"Trial '{trial.trial}' names the platform '{name}', but its arena has: {names}. Correct the name."
        )
    if not name and len(arena.platforms) > 1:
        raise MazetrackError(
            f"Trial '{trial.trial}' names no platform, and its arena has several: {', '.join(arena.platforms)}. "
            "Fill in the column platform."
        )
    if not name and not arena.platforms and trial.kind.has_platform:
        raise MazetrackError(
            f"Trial '{trial.trial}' is of the kind {trial.kind}, but its arena has no platform. "
            "Add the platform in napari (Track panel, Add platform, Save) or in the arena file."
        )
    return arena.platforms[name] if name else next(iter(arena.platforms.values()), None)


@dataclass(frozen=True)
class TrialView:
    """One trial in one window.

    Attributes
    ----------
    swim : Swim
        The whole recording.
    recorded : Path
        Recorded positions of the window: for times and integrals.
    events : TrialEvents
        Of the whole trial.
    maze : Maze
        Pool and goals.
    trial : Trial
        What was known beforehand.
    window : Window
        The stretch that is measured.
    settings : MeasureSettings
        Every number.
    """

    swim: Swim
    recorded: Path
    events: TrialEvents
    maze: Maze
    trial: Trial
    window: Window
    settings: MeasureSettings

    @cached_property
    def fixed(self) -> Path:
        """The window's path at the fixed rate: for path, speed and turning."""
        return fixed_rate_path(self.recorded, self.settings.rate_hz, self.settings.smoothing_window_s)

    @property
    def begin_s(self) -> float:
        """Film time at which the window begins."""
        return self.events.release_s + self.window.begin_s

    @property
    def end_s(self) -> float:
        """Film time at which the window, or the trial in it, ends."""
        end = self.events.end_s
        return end if self.window.end_s is None else min(end, self.events.release_s + self.window.end_s)

    @property
    def is_reached(self) -> bool:
        """The platform was reached: by an escape, or in a probe by touching its former area."""
        if self.trial.kind.has_platform:
            return self.events.escape_s is not None
        return self.events.first_contact_s is not None
