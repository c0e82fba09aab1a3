"""Which instance of each frame is which animal.

One animal: the best chain of sure instances over the whole film (`best_chain`), its gaps filled with faint ones.
Several animals: the Hungarian assignment from frame to frame, on positions predicted from the last ones.
Frames without an instance, and frames that could not be read, are −1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.tracking.best_chain import find_best_chain
from napari_mazetrack.tracking.candidates import (
    ANCHOR_REACH,
    JUMP_COST,
    NOTHING,
    Anchors,
    Candidates,
    compute_gains,
    nearest_slot,
)
from napari_mazetrack.tracking.faint import fill_gaps

#: Prediction of several animals: the last velocity counts for this long, and this is how far one may swim.
PREDICTION_S = 0.3
MAX_BODY_LENGTHS_S = 12.0


def associate(
    candidates: Candidates, n_animals: int, anchors: Anchors, sure_from_score: float = 0.0
) -> NDArray[np.intp]:
    """Return the slot of each animal in each frame, [T, A]; −1 where it has none.

    Instances below `sure_from_score` are faint: they fill gaps of a single animal, and nothing else.
    """
    is_faint = candidates.score < sure_from_score
    sure = candidates.only(~is_faint)
    if n_animals > 1:
        return _assign_frames(sure, n_animals, anchors)
    single = {frame: xy for (frame, _), xy in anchors.items()}
    slot_of = find_best_chain(sure, compute_gains(sure), single)
    way = sure.xy[np.arange(len(slot_of)), slot_of].astype(np.float64)
    way[slot_of == NOTHING] = np.nan
    for frame, xy in single.items():
        way[frame] = xy
    return fill_gaps(candidates.only(is_faint), way, slot_of)[:, None]


class _Swimmers:
    """Where each of several animals was last, and where it should be next."""

    def __init__(self, n_animals: int, length: float) -> None:
        self.length = length
        self.xy = np.full((n_animals, 2), np.nan)
        self.velocity = np.zeros((n_animals, 2))
        self.time_s = np.full(n_animals, -np.inf)

    def costs(self, xy: NDArray[np.float64], gain: NDArray[np.float64], time_s: float) -> NDArray[np.float64]:
        """Return the cost of each animal being each instance, [A, M]; those out of reach cost a jump."""
        since = np.minimum(time_s - self.time_s, 1e6)[:, None]
        known = np.where(np.isfinite(self.xy), self.xy, 0.0)
        predicted = known + self.velocity * np.minimum(since, PREDICTION_S)
        distance = np.linalg.norm(predicted[:, None] - xy, axis=2) / self.length
        reach = 1 + MAX_BODY_LENGTHS_S * since
        cost: NDArray[np.float64] = np.minimum((distance / reach) ** 2, 1.0) * JUMP_COST - gain
        # An animal that was never seen takes what the others leave.
        cost[~are_finite(self.xy)] = JUMP_COST * 0.5 - gain
        return cost

    def move(self, animal: int, xy: NDArray[np.float64], time_s: float) -> None:
        step = time_s - self.time_s[animal]
        if 0 < step <= PREDICTION_S:
            self.velocity[animal] = 0.5 * self.velocity[animal] + 0.5 * (xy - self.xy[animal]) / step
        else:
            self.velocity[animal] = 0.0
        self.xy[animal], self.time_s[animal] = xy, time_s


def _assign_frames(candidates: Candidates, n_animals: int, anchors: Anchors) -> NDArray[np.intp]:
    from scipy.optimize import linear_sum_assignment

    slot_of = np.full((len(candidates.time_s), n_animals), NOTHING, np.intp)
    swimmers = _Swimmers(n_animals, candidates.body_length_px)
    gains = compute_gains(candidates)
    for frame, time_s in enumerate(candidates.time_s.tolist()):
        free = np.flatnonzero(np.isfinite(gains[frame]))
        animals = np.arange(n_animals)
        for animal in [a for f, a in anchors if f == frame]:
            slot = nearest_slot(candidates.xy[frame], anchors[frame, animal], ANCHOR_REACH * swimmers.length)
            slot_of[frame, animal] = slot
            free, animals = free[free != slot], animals[animals != animal]
            swimmers.move(animal, np.array(anchors[frame, animal]), time_s)
        cost = swimmers.costs(candidates.xy[frame, free], gains[frame, free], time_s)[animals]
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] + gains[frame, free[column]] < JUMP_COST:
                slot_of[frame, animals[row]] = free[column]
                swimmers.move(int(animals[row]), candidates.xy[frame, free[column]], time_s)
    return slot_of
