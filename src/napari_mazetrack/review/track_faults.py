"""Where the track itself looks wrong: gaps, jumps, positions outside the pool, high σ, head and tail exchanged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.quadrants import quadrant_of
from napari_mazetrack.review.evidence import Evidence, find_runs
from napari_mazetrack.review.moment import Moment, MomentKind, Stake
from napari_mazetrack.tracking.track import Source

#: Faster than this, body lengths a second, no rodent swims.
FASTEST_SWIM = 12.0
#: A jump shorter than this many body lengths is a detector's jitter.
SHORTEST_JUMP = 1.0
#: Two jumps within this time are one wrong stretch.
STRETCH_S = 2.0
#: A body farther outside than this share of the pool's radius is in no water.
OUTSIDE_SHARE = 0.02
#: σ above this share of the body length, and above this many times its median, is high.
SIGMA_SHARE, SIGMA_TIMES = 0.3, 3.0
#: A heading that turns this far between frames at most `TURN_WITHIN_S` apart, or that disagrees this much with a
#: swim faster than `SWIM_SPEED` body lengths a second, is doubtful.
TURN_DEG, TURN_WITHIN_S, BACKWARD_DEG, SWIM_SPEED = 110.0, 0.25, 120.0, 1.0
#: Doubtful headings within this time are one moment.
JOIN_HEADINGS_S = 0.5


def find_gaps(evidence: Evidence) -> list[Moment]:
    """Return where the animal was not detected, between its first and its last position."""
    if len(evidence.known) == 0:
        return []
    seen = np.isin(evidence.source, (Source.DETECTED, Source.CORRECTED))
    seen[: evidence.known[0]] = seen[evidence.known[-1] + 1 :] = True
    moments = []
    for first, last in find_runs(~seen):
        before, after = max(first - 1, 0), min(last + 1, len(seen) - 1)
        duration = float(evidence.time_s[after] - evidence.time_s[before])
        ends = evidence.xy_cm[[before, after]]
        way = float(np.linalg.norm(ends[1] - ends[0]))
        is_bridged = bool((evidence.source[first : last + 1] == Source.INTERPOLATED).all())
        quadrants = quadrant_of(ends, evidence.maze.plane, evidence.maze.border_rad)
        stake = Stake(
            latency_s=duration if _can_reach_goal(evidence, ends, duration) else 0.0,
            path_cm=max(evidence.typical_speed * duration - way, 0.0) if is_bridged else way,
            quadrant_s=0.0 if is_bridged and quadrants[0] == quadrants[1] else duration,
        )
        how = "bridged" if is_bridged else "left open"
        moments.append(evidence.moment(MomentKind.GAP, first, last, f"not seen for {duration:.1f} s, {how}", stake))
    return moments


def _can_reach_goal(evidence: Evidence, ends_cm: NDArray[np.float64], duration_s: float) -> bool:
    goal = evidence.maze.goal
    if goal is None:
        return False
    reach = max(evidence.typical_speed, 20.0) * duration_s
    return bool(np.nanmin(goal.area.edge_distance(ends_cm)) <= reach)


def find_jumps(evidence: Evidence) -> list[Moment]:
    """Return steps that no animal swims; two within `STRETCH_S` enclose one stretch that may be something else."""
    length = evidence.body_length_cm
    limit = np.maximum(FASTEST_SWIM * length * evidence.step_s, SHORTEST_JUMP * length)
    jumps = np.flatnonzero(evidence.step_cm > limit)
    moments: list[Moment] = []
    taken = -1
    for position, i in enumerate(jumps):
        if i <= taken:
            continue
        begin_s = evidence.time_s[evidence.known[i]]
        near = [j for j in jumps[position:] if evidence.time_s[evidence.known[j]] - begin_s <= STRETCH_S]
        taken = int(near[-1])
        first, last = int(evidence.known[i]), int(evidence.known[taken + 1])
        duration = float(evidence.time_s[last] - evidence.time_s[first])
        excess = float(evidence.step_cm[near].sum())
        stake = Stake(path_cm=excess, quadrant_s=duration, latency_s=_touched_s(evidence, first, last))
        said = f"jumps {evidence.step_cm[i]:.0f} cm, faster than it can swim"
        moments.append(evidence.moment(MomentKind.JUMP, first, last, said, stake))
    return moments


def _touched_s(evidence: Evidence, first: int, last: int) -> float:
    """Time between frames in which the platform is touched, seconds."""
    goal = evidence.maze.goal
    if goal is None:
        return 0.0
    inside = goal.area.contains(np.nan_to_num(evidence.xy_cm[first : last + 1], nan=np.inf))
    return float(evidence.time_s[last] - evidence.time_s[first]) if inside.any() else 0.0


def find_outside(evidence: Evidence) -> list[Moment]:
    """Return where the body lies outside the pool."""
    radius = np.linalg.norm(evidence.xy_cm - evidence.maze.centre, axis=1)
    outside = np.asarray(radius > (1 + OUTSIDE_SHARE) * evidence.maze.radius)
    moments = []
    for first, last in find_runs(outside, join=2):
        farthest = float(np.nanmax(radius[first : last + 1])) - evidence.maze.radius
        stake = Stake(path_cm=2 * farthest, quadrant_s=_duration(evidence, first, last))
        moments.append(evidence.moment(MomentKind.OUTSIDE, first, last, f"{farthest:.0f} cm outside the pool", stake))
    return moments


def find_unsure(evidence: Evidence) -> list[Moment]:
    """Return where the body's σ is high though it was detected."""
    sigma = evidence.sigma_cm
    if not np.isfinite(sigma).any():
        return []
    limit = max(SIGMA_SHARE * evidence.body_length_cm, SIGMA_TIMES * float(np.nanmedian(sigma)))
    moments = []
    for first, last in find_runs(np.asarray((sigma > limit) & (evidence.source == Source.DETECTED)), join=2):
        worst = float(np.nanmax(sigma[first : last + 1]))
        stake = Stake(path_cm=2 * worst, quadrant_s=0.5 * _duration(evidence, first, last))
        moments.append(evidence.moment(MomentKind.UNSURE, first, last, f"uncertain by {worst:.0f} cm", stake))
    return moments


def find_flips(evidence: Evidence) -> list[Moment]:
    """Return where head and tail may be exchanged: a sudden turn-about, or a swim tail first."""
    axis = evidence.head_cm - evidence.tail_cm
    heading = np.arctan2(axis[:, 1], axis[:, 0])
    seen = np.flatnonzero(np.isfinite(heading) & np.isfinite(evidence.xy_cm).all(axis=1))
    doubtful = np.zeros(len(heading), bool)
    if len(seen) < 3:
        return []
    step_s = np.maximum(np.diff(evidence.time_s[seen]), 1e-6)
    turned = _angle_between(heading[seen[1:]], heading[seen[:-1]])
    sudden = (turned > np.deg2rad(TURN_DEG)) & (step_s <= TURN_WITHIN_S)
    doubtful[seen[:-1][sudden]] = doubtful[seen[1:][sudden]] = True
    move = np.gradient(evidence.xy_cm[seen], evidence.time_s[seen], axis=0)
    speed = np.linalg.norm(move, axis=1)
    backward = _angle_between(heading[seen], np.arctan2(move[:, 1], move[:, 0])) > np.deg2rad(BACKWARD_DEG)
    doubtful[seen[backward & (speed > SWIM_SPEED * evidence.body_length_cm)]] = True
    frame_s = float(np.median(step_s))
    return [
        evidence.moment(
            MomentKind.FLIP,
            first,
            last,
            "head and tail may be exchanged",
            Stake(heading_s=_duration(evidence, first, last)),
        )
        for first, last in find_runs(doubtful, join=round(JOIN_HEADINGS_S / frame_s))
    ]


def _angle_between(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    difference: NDArray[np.float64] = np.abs(np.angle(np.exp(1j * (a - b))))
    return difference


def _duration(evidence: Evidence, first: int, last: int) -> float:
    """Time that the frames stand for, to the frame after the last."""
    after = min(last + 1, len(evidence.time_s) - 1)
    return float(evidence.time_s[after] - evidence.time_s[first])
