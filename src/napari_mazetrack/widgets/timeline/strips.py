"""What the timeline draws, as arrays over time; neither Qt nor napari."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.calibration import maze_plane, pixels_to_cm
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.widgets.overlay.quadrant_numbers import quadrants_along


@dataclass(frozen=True)
class Strips:
    """One animal over the film; NaN where it is missing.

    Attributes
    ----------
    time_s : float64 [T]
        Time of each frame.
    speed : float64 [T]
        Speed of the body, in `speed_unit`.
    speed_unit : {"cm/s", "px/s"}
        Centimetres where the arena gives them.
    distance_cm : float64 [T] or None
        To the middle of the platform; None without one, or without centimetres.
    sigma_px : float64 [T]
        Standard deviation of the body per axis.
    missing, corrected : float64 [n, 2]
        Stretches of time, from and to, in which the animal is missing, or was put right by a person.
    quadrants : float64 [n, 3]
        Stretches of time, from and to, and the number of the quadrant in which the animal is meanwhile.
    """

    time_s: NDArray[np.float64]
    speed: NDArray[np.float64]
    speed_unit: str
    distance_cm: NDArray[np.float64] | None
    sigma_px: NDArray[np.float64]
    missing: NDArray[np.float64]
    corrected: NDArray[np.float64]
    quadrants: NDArray[np.float64]


def strips_of(track: Track, arena: Arena | None, animal: int = 0, platform: str = "") -> Strips:
    """Compute what the timeline shows of an animal; an arena's first platform counts where none of it is named."""
    in_cm = arena if arena is not None and arena.diameter_cm is not None else None
    xy = track.path_xy(animal)
    if in_cm is not None:
        xy = pixels_to_cm(in_cm, xy)
    time_s, source = track.time_s, track.source[:, animal]
    quadrant = quadrants_along(arena, track.path_xy(animal), platform)
    speed = np.full(len(time_s), np.nan)
    if len(time_s) > 1:
        with np.errstate(divide="ignore", invalid="ignore"):  # two frames of the same time
            speed = np.hypot(*np.gradient(xy, time_s, axis=0).T)
    return Strips(
        time_s=time_s,
        speed=speed,
        speed_unit="px/s" if in_cm is None else "cm/s",
        distance_cm=None if in_cm is None else _distance(in_cm, xy, platform),
        sigma_px=track.sigma_px[:, animal, track.skeleton.centre],
        missing=_stretches(source == Source.MISSING, time_s),
        corrected=_stretches(source == Source.CORRECTED, time_s),
        quadrants=_quadrant_stretches(quadrant, time_s),
    )


def _distance(arena: Arena, xy_cm: NDArray[np.float64], name: str) -> NDArray[np.float64] | None:
    platform = arena.platforms.get(name) or next(iter(arena.platforms.values()), None)
    if platform is None:
        return None
    middle = np.mean(platform.points, axis=0) if platform.shape == "polygon" else (platform.cx, platform.cy)
    distance: NDArray[np.float64] = np.hypot(*(xy_cm - maze_plane(arena).cm(middle)).T)
    return distance


def _quadrant_stretches(quadrant: NDArray[np.int64], time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return from when to when an animal is in which quadrant, [n, 3]; not where it is in none, 0."""
    begins = np.flatnonzero(np.diff(quadrant, prepend=0) != 0)
    ends = np.append(begins[1:], len(quadrant)) - 1
    number = quadrant[begins]
    is_in_one = number > 0
    return np.column_stack([_from_to(begins[is_in_one], ends[is_in_one], time_s), number[is_in_one]])


def _stretches(is_on: NDArray[np.bool_], time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the times from and to which a flag is on, each reaching half a frame beyond its frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_on, [False]]).astype(np.int8)))
    return _from_to(edges[::2], edges[1::2] - 1, time_s)


def _from_to(first: NDArray[np.intp], last: NDArray[np.intp], time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the times from half a frame before each first frame to half a frame after each last one, [n, 2]."""
    half = 0.5 * float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.5
    return np.stack([time_s[first] - half, time_s[last] + half], axis=1).reshape(-1, 2)
