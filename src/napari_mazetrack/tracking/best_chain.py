"""The way of one animal: the best chain of instances over the whole film, by dynamic programming.

A chain earns, for each instance, its score's log-odds times the time that it stands for, and pays for movement (kinetic
energy in body lengths, so the same at any frame rate) up to the cost of a jump. A false animal that lasts for less than
a few seconds (a hand, a reflection, a cue) therefore cannot pay for the way there and back, however high its score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.tracking.candidates import (
    ANCHOR_REACH,
    JUMP_COST,
    NOTHING,
    Candidates,
    nearest_slot,
)

#: Cost of a swim at one body length a second, per second, in log-odds of the score × seconds; above the speed of a
#: fast swim it grows with the fourth power, so that leaving out frames does not make a leap affordable.
MOVEMENT_COST = 0.02
FAST_SWIM = 6.0
#: Jitter of the detector that is no movement, body lengths.
JITTER = 0.3
#: Chains that are followed at once; those that a jump from the best one would beat are dropped anyway.
MAX_CHAINS = 32
SMALL_STEP = 0.5  # body lengths
#: A person's position earns so much that every chain passes through it.
ANCHOR_GAIN = 100.0


@dataclass(frozen=True, slots=True)
class _Link:
    """The end of a chain: cost so far, where and when it was last seen, in which slot, and what came before.

    A link may stand for a run of frames, from `first_frame` on, each with a single instance.
    """

    cost: float
    frame: int
    time_s: float
    x: float
    y: float
    slot: int
    before: _Link | None
    first_frame: int


def find_best_chain(
    candidates: Candidates, gains: NDArray[np.float64], anchors: Mapping[int, tuple[float, float]]
) -> NDArray[np.intp]:
    """Return the animal's slot in each frame, [T]; −1 where it has none.

    Parameters
    ----------
    candidates : Candidates
        The instances.
    gains : float64 [T, S]
        What each earns (`compute_gains`); NaN for an empty slot.
    anchors : mapping
        Places x, y that the chain passes through, by frame. To begin or end at one costs as much as a jump: else a
        person who moves one point far in a short film would lose all that was seen before or after it.
    """
    length = candidates.body_length_px
    is_there = np.isfinite(gains)
    is_occupied = np.asarray(is_there.any(axis=1))
    is_occupied[list(anchors)] = True
    frames = np.flatnonzero(is_occupied)
    runs = _Runs.of(candidates, gains, frames, anchors)
    chains: list[_Link] = []
    k = 0
    while k < len(frames):
        run = runs.follow(chains[0], k) if len(chains) == 1 else None
        if run is not None:
            chains, k = [run[0]], run[1]
            continue
        frame = int(frames[k])
        begin_cost = 0.0
        if frame in anchors:
            ends = [_anchor_end(candidates, frame, anchors[frame], length)]
            begin_cost = JUMP_COST if chains else 0.0
        else:
            slots = np.flatnonzero(is_there[frame]).tolist()
            ends = [(slot, *candidates.xy[frame, slot].tolist(), float(gains[frame, slot])) for slot in slots]
        time_s = float(candidates.time_s[frame])
        extended = [_extended(chains, frame, time_s, end, length, begin_cost) for end in ends]
        chains = _pruned(chains, extended, length)
        k += 1

    def total(chain: _Link) -> float:
        is_cut = chain.frame in anchors and chain.frame < frames[-1]
        return chain.cost + (JUMP_COST if is_cut else 0.0)

    link = min(chains, key=total) if chains else None
    slot_of = np.full(len(candidates.time_s), NOTHING, np.intp)
    while link is not None:
        slot_of[link.first_frame : link.frame + 1] = runs.slot[link.first_frame : link.frame + 1]
        slot_of[link.frame] = link.slot
        link = link.before
    return slot_of


@dataclass(frozen=True)
class _Runs:
    """Where the search has no choice: one chain, one instance a frame, each a small step that earns more than it costs.

    Most of a film is like that, and is followed all at once, to the same chain as frame by frame.

    Attributes
    ----------
    frames : intp [K]
        The occupied frames.
    slot : intp [T]
        The single instance of each frame; −1 where there is none, or a choice.
    xy : float64 [T, 2]
        Where it is.
    time_s : float64 [T]
    movement, net : float64 [K]
        Cost of the step to each occupied frame from the one before, alone and less what its instance earns.
    end : intp [K]
        One past the last occupied frame that can be reached from this one without a choice.
    """

    frames: NDArray[np.intp]
    slot: NDArray[np.intp]
    xy: NDArray[np.float64]
    time_s: NDArray[np.float64]
    movement: NDArray[np.float64]
    net: NDArray[np.float64]
    end: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        candidates: Candidates,
        gains: NDArray[np.float64],
        frames: NDArray[np.intp],
        anchors: Mapping[int, tuple[float, float]],
    ) -> _Runs:
        is_there = np.isfinite(gains)
        slot = np.where(is_there.sum(axis=1) == 1, is_there.argmax(axis=1), NOTHING)
        slot[list(anchors)] = NOTHING
        rows = np.arange(len(slot))
        xy, gain = candidates.xy[rows, slot].astype(np.float64), gains[rows, slot]
        square_px = (np.diff(xy[frames], axis=0, prepend=np.nan) ** 2).sum(axis=1)
        step_s = np.maximum(np.diff(candidates.time_s[frames], prepend=np.nan), 1e-3)
        movement = _movement_cost(square_px, step_s, candidates.body_length_px)
        is_single = slot[frames] != NOTHING
        is_easy = is_single & np.roll(is_single, 1) & (square_px < (SMALL_STEP * candidates.body_length_px) ** 2)
        is_easy &= movement < gain[frames]
        hard = np.append(np.flatnonzero(~is_easy), len(frames))
        end = hard[np.cumsum(~is_easy) - ~is_easy]
        return cls(frames, slot, xy, candidates.time_s, movement, movement - gain[frames], end)

    def follow(self, chain: _Link, k: int) -> tuple[_Link, int] | None:
        """Return the chain prolonged from the k-th occupied frame on, and where that ends; None at a choice."""
        end = int(self.end[k])
        if end == k or chain.frame != self.frames[k - 1]:
            return None
        cost = chain.cost + np.concatenate([[0.0], np.cumsum(self.net[k:end])])
        if not (cost[:-1] + self.movement[k:end] < 0).all():
            return None
        last = int(self.frames[end - 1])
        x, y = self.xy[last].tolist()
        return (
            _Link(
                float(cost[-1]), last, float(self.time_s[last]), x, y, int(self.slot[last]), chain, int(self.frames[k])
            ),
            end,
        )


def _movement_cost(square_px: NDArray[np.float64], step_s: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """Return the cost of a step by its squared length and its time."""
    square = np.maximum(square_px / length**2 - JITTER**2, 0.0) / step_s**2
    cost: NDArray[np.float64] = MOVEMENT_COST * square * step_s * (1 + square / FAST_SWIM**2)
    return cost


def _anchor_end(
    candidates: Candidates, frame: int, xy: tuple[float, float], length: float
) -> tuple[int, float, float, float]:
    return nearest_slot(candidates.xy[frame], xy, ANCHOR_REACH * length), *xy, ANCHOR_GAIN


def _extended(
    chains: list[_Link],
    frame: int,
    time_s: float,
    end: tuple[int, float, float, float],
    length: float,
    begin_cost: float,
) -> _Link:
    """Return the cheapest chain that ends with the instance `end`: (slot, x, y, gain); it may begin there."""
    slot, x, y, gain = end
    best, best_cost = None, begin_cost
    for chain in chains:
        step_s = max(time_s - chain.time_s, 1e-3)
        square = max(((x - chain.x) ** 2 + (y - chain.y) ** 2) / length**2 - JITTER**2, 0.0) / step_s**2
        movement = MOVEMENT_COST * square * step_s * (1 + square / FAST_SWIM**2)
        cost = chain.cost + min(movement, JUMP_COST)
        if cost < best_cost:
            best, best_cost = chain, cost
    return _Link(best_cost - gain, frame, time_s, x, y, slot, best, frame)


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
