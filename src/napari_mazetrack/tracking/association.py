"""Which instance of each frame is which animal.

One animal: the best chain of instances over the whole film, by dynamic programming. A chain earns, for each instance,
its score's log-odds times the time that it stands for, and pays for movement (kinetic energy in body
lengths, so the same at any frame rate) up to the cost of a jump. A false animal that lasts for less than
a few seconds (a hand, a reflection, a cue) therefore cannot pay for the way there and back, however high its score.
Several animals: the Hungarian assignment from frame to frame, on positions predicted from the last ones.
Frames without an instance, and frames that could not be read, are −1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOTHING = -1
#: Cost of a swim at one body length a second, per second, in log-odds of the score × seconds; above the speed of a
#: fast swim it grows with the fourth power, so that leaving out frames does not make a leap affordable.
MOVEMENT_COST = 0.02
FAST_SWIM = 6.0
#: Jitter of the detector that is no movement, body lengths.
JITTER = 0.3
#: Cost of a jump to anywhere: what an animal of score 0.9 earns in about three seconds.
JUMP_COST = 12.0
#: What an instance of score 0.5 earns a second. Above zero: a weak instance is better than none.
PRESENCE_GAIN = 1.5
MIN_GAIN = 0.5
#: An instance stands for the time to its neighbours, at most this long (slow cameras).
MAX_DWELL_S = 0.25
#: Chains that are followed at once; those that a jump from the best one would beat are dropped anyway.
MAX_CHAINS = 32
SMALL_STEP = 0.5  # body lengths
#: Prediction of several animals: the last velocity counts for this long, and this is how far one may swim.
PREDICTION_S = 0.3
MAX_BODY_LENGTHS_S = 12.0
#: A person's position earns so much that every chain passes through it.
ANCHOR_GAIN = 100.0
#: An instance within this many body lengths of a person's position is the animal that the person meant.
ANCHOR_REACH = 1.0


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


#: A person's positions: (frame, animal) → (x, y).
Anchors = Mapping[tuple[int, int], tuple[float, float]]


def associate(candidates: Candidates, n_animals: int, anchors: Anchors) -> NDArray[np.intp]:
    """Return the slot of each animal in each frame, [T, A]; −1 where it has none."""
    if n_animals == 1:
        single = {frame: xy for (frame, _), xy in anchors.items()}
        return _best_chain(candidates, single)[:, None]
    return _assign_frames(candidates, n_animals, anchors)


@dataclass(frozen=True, slots=True)
class _Link:
    """The end of a chain: cost so far, where and when it was last seen, in which slot, and what came before."""

    cost: float
    frame: int
    time_s: float
    x: float
    y: float
    slot: int
    before: _Link | None


def _best_chain(candidates: Candidates, anchors: Mapping[int, tuple[float, float]]) -> NDArray[np.intp]:
    length = candidates.body_length_px
    gains = _compute_gains(candidates)
    chains: list[_Link] = []
    is_occupied = np.asarray(np.isfinite(gains).any(axis=1))
    is_occupied[list(anchors)] = True
    for frame in np.flatnonzero(is_occupied).tolist():
        if frame in anchors:
            ends = [_anchor_end(candidates, frame, anchors[frame], length)]
        else:
            slots = np.flatnonzero(np.isfinite(gains[frame])).tolist()
            ends = [(slot, *candidates.xy[frame, slot].tolist(), float(gains[frame, slot])) for slot in slots]
        time_s = float(candidates.time_s[frame])
        extended = [_extended(chains, frame, time_s, end, length) for end in ends]
        chains = _pruned(chains, extended, length)
    slot_of = np.full(len(candidates.time_s), NOTHING, np.intp)
    link = min(chains, key=lambda chain: chain.cost) if chains else None
    while link is not None:
        slot_of[link.frame] = link.slot
        link = link.before
    return slot_of


def _compute_gains(candidates: Candidates) -> NDArray[np.float64]:
    """Return what each instance earns, [T, S]; NaN for an empty slot."""
    score = np.clip(candidates.score, 0.02, 0.98)
    odds = np.log(score / (1 - score))
    rate = np.maximum(odds + PRESENCE_GAIN, MIN_GAIN)
    steps = np.diff(candidates.time_s, append=candidates.time_s[-1:])
    dwell = np.clip(np.maximum(steps, np.roll(steps, 1)), 1e-3, MAX_DWELL_S)
    gains: NDArray[np.float64] = rate * dwell[:, None]
    gains[~np.isfinite(candidates.xy).all(axis=2)] = np.nan
    return gains


def _anchor_end(
    candidates: Candidates, frame: int, xy: tuple[float, float], length: float
) -> tuple[int, float, float, float]:
    return _nearest_slot(candidates.xy[frame], xy, ANCHOR_REACH * length), *xy, ANCHOR_GAIN


def _nearest_slot(positions: NDArray[np.float64], xy: tuple[float, float], reach_px: float) -> int:
    distance = np.hypot(positions[:, 0] - xy[0], positions[:, 1] - xy[1])
    distance[~(distance <= reach_px)] = np.inf
    nearest = int(np.argmin(distance))
    return nearest if np.isfinite(distance[nearest]) else NOTHING


def _extended(
    chains: list[_Link], frame: int, time_s: float, end: tuple[int, float, float, float], length: float
) -> _Link:
    """Return the cheapest chain that ends with the instance `end`: (slot, x, y, gain); it may begin there."""
    slot, x, y, gain = end
    best, best_cost = None, 0.0
    for chain in chains:
        step_s = max(time_s - chain.time_s, 1e-3)
        square = max(((x - chain.x) ** 2 + (y - chain.y) ** 2) / length**2 - JITTER**2, 0.0) / step_s**2
        movement = MOVEMENT_COST * square * step_s * (1 + square / FAST_SWIM**2)
        cost = chain.cost + min(movement, JUMP_COST)
        if cost < best_cost:
            best, best_cost = chain, cost
    return _Link(best_cost - gain, frame, time_s, x, y, slot, best)


def _pruned(chains: list[_Link], extended: list[_Link], length: float) -> list[_Link]:
    """Drop the chains that no future can need.

    Those that a jump from the best one beats (exact, since nothing costs more than a jump), and those that were just
    extended by so small a step that going on from the step is as good.
    """
    passed = {
        id(link.before)
        for link in extended
        if link.before is not None
        and link.cost < link.before.cost
        and (link.x - link.before.x) ** 2 + (link.y - link.before.y) ** 2 < (SMALL_STEP * length) ** 2
    }
    kept = [chain for chain in chains if id(chain) not in passed] + extended
    limit = min(chain.cost for chain in kept) + JUMP_COST
    kept = [chain for chain in kept if chain.cost < limit]
    if len(kept) > MAX_CHAINS:
        kept = sorted(kept, key=lambda chain: chain.cost)[:MAX_CHAINS]
    return kept


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
        cost[~np.isfinite(self.xy).all(axis=1)] = JUMP_COST * 0.5 - gain
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
    gains = _compute_gains(candidates)
    for frame, time_s in enumerate(candidates.time_s.tolist()):
        free = np.flatnonzero(np.isfinite(gains[frame]))
        animals = np.arange(n_animals)
        for animal in [a for f, a in anchors if f == frame]:
            slot = _nearest_slot(candidates.xy[frame], anchors[frame, animal], ANCHOR_REACH * swimmers.length)
            slot_of[frame, animal] = slot
            free, animals = free[free != slot], animals[animals != animal]
            swimmers.move(animal, np.array(anchors[frame, animal]), time_s)
        cost = swimmers.costs(candidates.xy[frame, free], gains[frame, free], time_s)[animals]
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] + gains[frame, free[column]] < JUMP_COST:
                slot_of[frame, animals[row]] = free[column]
                swimmers.move(int(animals[row]), candidates.xy[frame, free[column]], time_s)
    return slot_of
