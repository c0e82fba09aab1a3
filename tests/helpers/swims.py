"""Swims that are easy to reckon with: pool of radius 100 cm round (0, 0), y up, platform of radius 10 at (50, 0)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.measures import VARIANTS, Window, measure_trial
from napari_mazetrack.maze.swim import Swim, make_swim
from napari_mazetrack.maze.trials import Trial, TrialKind

POOL = Ellipse(0.0, 0.0, 100.0, 100.0)
ARENA = Arena(
    POOL,
    units="cm",
    y_axis="up",
    platforms={"east": Platform("circle", 50.0, 0.0, 10.0), "old": Platform("circle", -50.0, 0.0, 10.0)},
    quadrant_frame="platform",
)
HIDDEN = Trial("t", TrialKind.HIDDEN, platform="east", release_s=0.0)
PROBE = replace(HIDDEN, kind=TrialKind.PROBE)


def line(*points: tuple[float, float], speed: float = 20.0, fps: float = 10.0, stay_s: float = 0.0) -> Swim:
    """Swim straight from point to point, then stay."""
    knots = np.array(points, float)
    knots_s = np.r_[0.0, np.cumsum(np.hypot(*np.diff(knots, axis=0).T)) / speed]
    time = np.arange(0, knots_s[-1] + stay_s + 1e-9, 1 / fps)
    return make_swim(time, np.stack([np.interp(time, knots_s, knots[:, axis]) for axis in (0, 1)], axis=1))


def circle(radius: float = 75.0, turns: float = 1.0, speed: float = 20.0, sign: int = 1, fps: float = 25.0) -> Swim:
    time = np.linspace(0, turns * 2 * np.pi * radius / speed, round(turns * 2 * np.pi * radius / speed * fps) + 1)
    angle = speed * time / radius
    return make_swim(time, radius * np.stack([np.cos(angle), sign * np.sin(angle)], axis=1))


def measure(swim: Swim, trial: Trial = HIDDEN, arena: Arena = ARENA, variant: str = "default") -> dict[str, float]:
    return measure_trial(swim, arena, trial, windows=[Window()], variant=VARIANTS[variant])[0].values  # type: ignore[return-value]
