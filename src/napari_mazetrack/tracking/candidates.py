"""Where the instances of a film are, and what each is worth: what association chooses from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite

NOTHING = -1
#: Cost of a jump to anywhere: what an animal of score 0.9 earns in about three seconds.
JUMP_COST = 12.0
#: What an instance of score 0.5 earns a second. Above zero: a weak instance is better than none.
PRESENCE_GAIN = 1.5
MIN_GAIN = 0.5
#: An instance stands for the time to its neighbours, at most this long (slow cameras).
MAX_DWELL_S = 0.25
#: A fixture is seen at one place in this share of the frames; cells that tell places apart, body lengths and least px.
FIXTURE_SHARE = 1 / 3
FIXTURE_CELL, LEAST_CELL_PX = 0.1, 1.5
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
    xy : float32 [T, S, 2]
        The instances' central keypoint, as precise as it was recorded; NaN for an empty or excluded slot.
    score : float32 [T, S]
        Their scores.
    body_length_px : float
        Typical distance from front to back.
    """

    time_s: NDArray[np.float64]
    xy: NDArray[np.float32]
    score: NDArray[np.float32]
    body_length_px: float

    def only(self, is_kept: NDArray[np.bool_]) -> Candidates:
        """Return the instances where `is_kept` [T, S]; the other slots are empty."""
        return replace(self, xy=np.where(is_kept[..., None], self.xy, np.float32(np.nan)))


def compute_gains(candidates: Candidates) -> NDArray[np.float64]:
    """Return what each instance earns, [T, S]: log-odds × the seconds it stands for; NaN for an empty slot.

    What never moves earns the least: see `find_fixtures`.
    """
    score = candidates.score.astype(np.float64).clip(0.02, 0.98)
    score /= 1 - score
    gains: NDArray[np.float64] = np.log(score, out=score)
    gains += PRESENCE_GAIN
    np.maximum(gains, MIN_GAIN, out=gains)
    gains[find_fixtures(candidates)] = MIN_GAIN
    gains *= compute_dwell_s(candidates.time_s)[:, None]
    gains[~are_finite(candidates.xy)] = np.nan
    return gains


def compute_dwell_s(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the seconds that an instance of each frame stands for, [T]."""
    steps = np.diff(time_s, append=time_s[-1:])
    dwell: NDArray[np.float64] = np.clip(np.maximum(steps, np.roll(steps, 1)), 1e-3, MAX_DWELL_S)
    return dwell


def find_fixtures(candidates: Candidates) -> NDArray[np.bool_]:
    """Tell which instances are things of the room: a cue, a drain, a mark on the wall. Returns [T, S].

    A fixture stands at one place, to a seventh of a body length, in a third of all frames, and for half of that while
    something else is seen too. An animal that rests moves more than that, or nothing else is seen beside it.
    """
    is_there = are_finite(candidates.xy)
    frame, slot = np.nonzero(is_there)
    if len(frame) == 0:
        return is_there
    n_here = is_there.sum(axis=1)
    least_beside = FIXTURE_SHARE / 2 * np.count_nonzero(n_here)
    if n_here[n_here > 1].sum() < least_beside:
        return np.zeros_like(is_there)  # so few instances have company that none can be a fixture
    xy = candidates.xy[frame, slot].astype(np.float64)
    cell_px = max(FIXTURE_CELL * candidates.body_length_px, LEAST_CELL_PX)
    cell = np.floor((xy - xy.min(axis=0)) / cell_px).astype(np.intp)
    counts = np.zeros((2, *(cell.max(axis=0) + 1)))
    np.add.at(counts, (0, *cell.T), 1)
    np.add.at(counts, (1, *cell.T), n_here[frame] > 1)
    # Neighbouring cells count too: a place may lie on a border.
    around = sliding_window_view(np.pad(counts, ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2)).sum(axis=(3, 4))
    standing, beside = around[0][tuple(cell.T)], around[1][tuple(cell.T)]
    least_standing = FIXTURE_SHARE * np.count_nonzero(n_here)
    is_fixture = np.zeros_like(is_there)
    is_fixture[frame, slot] = (standing >= least_standing) & (beside >= least_beside)
    return is_fixture


def nearest_slot(positions: NDArray[np.float32], xy: tuple[float, float], reach_px: float) -> int:
    """Return the slot of the instance [S, 2] nearest to a place; −1 where none is within reach."""
    distance = np.hypot(*(positions - np.array(xy)).T)
    distance[~(distance <= reach_px)] = np.inf
    nearest = int(np.argmin(distance))
    return nearest if np.isfinite(distance[nearest]) else NOTHING
