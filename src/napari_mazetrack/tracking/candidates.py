"""Where the instances of a film are, and what each is worth: what association chooses from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOTHING = -1
#: Cost of a jump to anywhere: what an animal of score 0.9 earns in about three seconds.
JUMP_COST = 12.0
#: What an instance of score 0.5 earns a second. Above zero: a weak instance is better than none.
PRESENCE_GAIN = 1.5
MIN_GAIN = 0.5
#: An instance stands for the time to its neighbours, at most this long (slow cameras).
MAX_DWELL_S = 0.25
#: An instance within this many body lengths of a person's position is the animal that the person meant.
ANCHOR_REACH = 1.0
#: A person's positions: (frame, animal) → (x, y).
Anchors = Mapping[tuple[int, int], tuple[float, float]]


@dataclass(frozen=True)
class Candidates:
    """Where the instances of a film are.

    Attributes
    ----------
    time_s : float64 [T]
        Time of each frame.
    xy : float64 [T, S, 2]
        The instances' central keypoint; NaN for an empty or excluded slot.
    score : float64 [T, S]
        Their scores.
    body_length_px : float
        Typical distance from front to back.
    """

    time_s: NDArray[np.float64]
    xy: NDArray[np.float64]
    score: NDArray[np.float64]
    body_length_px: float


def compute_gains(candidates: Candidates) -> NDArray[np.float64]:
    """Return what each instance earns, [T, S]: log-odds × the seconds it stands for; NaN for an empty slot."""
    score = np.clip(candidates.score, 0.02, 0.98)
    odds = np.log(score / (1 - score))
    rate = np.maximum(odds + PRESENCE_GAIN, MIN_GAIN)
    steps = np.diff(candidates.time_s, append=candidates.time_s[-1:])
    dwell = np.clip(np.maximum(steps, np.roll(steps, 1)), 1e-3, MAX_DWELL_S)
    gains: NDArray[np.float64] = rate * dwell[:, None]
    gains[~np.isfinite(candidates.xy).all(axis=2)] = np.nan
    return gains


def nearest_slot(positions: NDArray[np.float64], xy: tuple[float, float], reach_px: float) -> int:
    """Return the slot of the instance [S, 2] nearest to a place; −1 where none is within reach."""
    distance = np.hypot(positions[:, 0] - xy[0], positions[:, 1] - xy[1])
    distance[~(distance <= reach_px)] = np.inf
    nearest = int(np.argmin(distance))
    return nearest if np.isfinite(distance[nearest]) else NOTHING
