"""A simulated trial: a scenario and a seed give a pool, a camera, an animal, its path, the hand's, and the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.simulator.canvas import Points
from napari_mazetrack.simulator.course import PLATFORM, Attempt, Happening
from napari_mazetrack.simulator.film_look import FilmLook, random_film_look
from napari_mazetrack.simulator.pool import PoolPlatform
from napari_mazetrack.simulator.scenario import Scenario
from napari_mazetrack.simulator.swim import STEP_S, DensePath, Mode
from napari_mazetrack.simulator.swimmer import Bend, SwimmerPose, box_of, make_pose
from napari_mazetrack.simulator.truth import TrialTruth

MAX_TRIES = 100


@dataclass(frozen=True)
class SimulatedTrial:
    """A trial whose every number is known.

    Attributes
    ----------
    scenario, seed
        What it was made from.
    look : FilmLook
        Camera, pool, animal and sensor.
    happening : Happening
        The path, the hand, the platforms, the truth.
    shown_platform : PoolPlatform or None
        The one that stands in the water.
    frame_time_s : float64 [T]
        Time of each frame.
    """

    scenario: Scenario
    seed: int
    look: FilmLook
    happening: Happening
    shown_platform: PoolPlatform | None
    frame_time_s: NDArray[np.float64]

    @property
    def path(self) -> DensePath:
        """The true path."""
        return self.happening.path

    @property
    def truth(self) -> TrialTruth:
        """The answer."""
        return self.happening.truth

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return len(self.frame_time_s)

    def _index(self, time_s: float) -> int:
        return int(np.clip(np.searchsorted(self.path.time_s, time_s - 0.5 * STEP_S), 0, len(self.path.time_s) - 1))

    def pose(self, frame_index: int) -> SwimmerPose | None:
        """Return the animal's pose in a frame, or None where it is not in the pool."""
        t = self.frame_time_s[frame_index]
        i = self._index(float(t))
        if self.path.mode[i] == Mode.ABSENT:
            return None
        xy = np.array([np.interp(t, self.path.time_s, self.path.xy_cm[:, k]) for k in (0, 1)])
        heading = float(np.interp(t, self.path.time_s, self.path.heading_rad))
        return pose_in_picture(self, xy, heading, self._bend(float(t), i))

    def moment(self, time_s: float) -> tuple[Mode, Points]:
        """Return what the animal does at a time, and its position [2] in cm."""
        i = self._index(time_s)
        return Mode(self.path.mode[i]), self.path.xy_cm[i]

    def box(self, pose: SwimmerPose) -> NDArray[np.float64]:
        """Return x0, y0, x1, y1 of a pose's body, without its tail."""
        return box_of(pose, self.look.swimmer)

    def _bend(self, t: float, i: int) -> Bend:
        n = len(self.path.heading_rad)
        a, b = max(0, i - 12), min(n - 1, i + 12)
        turn = (self.path.heading_rad[b] - self.path.heading_rad[a]) / max((b - a) * STEP_S, STEP_S)
        swims = 1.0 if self.path.mode[i] == Mode.SWIMS else 0.2
        beat = 2 * math.pi * 2.5 * t
        return Bend(
            body=float(np.clip(0.16 * turn, -0.9, 0.9)),
            s_shape=swims * 0.06 * math.sin(beat),
            tail=float(np.clip(0.2 * turn, -1.2, 1.2)),
            tail_wave=swims * 0.5,
            tail_phase=beat,
        )


def pose_in_picture(trial: SimulatedTrial, xy_cm: Points, heading_rad: float, bend: Bend) -> SwimmerPose:
    """Return the pose of an animal whose middle is at `xy_cm` on the water."""
    camera = trial.look.camera
    ahead = np.array([math.cos(heading_rad), math.sin(heading_rad)])
    centre, front = camera.to_image(np.stack([xy_cm, xy_cm + ahead]))
    direction = math.atan2(front[1] - centre[1], front[0] - centre[0])
    length = trial.scenario.length_cm * camera.px_per_cm(xy_cm)
    return make_pose(centre, direction, length, bend, trial.look.swimmer.tail_length)


def simulate_trial(scenario: Scenario, seed: int, look: FilmLook | None = None) -> SimulatedTrial:
    """Return the trial that a scenario and a seed give; always the same.

    Parameters
    ----------
    scenario : Scenario
        What happens.
    seed : int
        How in particular.
    look : FilmLook or None
        How it looks (its pool must have the scenario's radius and its camera the scenario's shape); None: the seed
        says.

    Raises
    ------
    MazetrackError
        No swim fits the scenario (a pool too small for its platform, a limit shorter than the search).
    """
    rng = np.random.default_rng([seed, 0x747269])
    random_look = random_film_look(rng, scenario)
    for _ in range(MAX_TRIES):
        happening = Attempt(rng, scenario).run()
        if happening is not None:
            n = math.floor(happening.path.time_s[-1] * scenario.fps + 1e-9) + 1
            return SimulatedTrial(
                scenario=scenario,
                seed=seed,
                look=look or random_look,
                shown_platform=None if scenario.kind == TrialKind.PROBE else happening.platforms[PLATFORM],
                happening=happening,
                frame_time_s=np.arange(n) / scenario.fps,
            )
    raise MazetrackError(
        f"No swim fits the scenario '{scenario.name}' (seed {seed}). Give it a larger pool or a longer limit."
    )
