"""Where the track itself looks wrong: gaps, jumps, positions outside the pool, high σ, head and tail exchanged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.quadrants import quadrant_of
from napari_mazetrack.review.evidence import Evidence, find_runs
from napari_mazetrack.review.moment import Moment, MomentKind, Stake
from napari_mazetrack.tracking.track import Source

#: Faster than this, body lengths a second, no rodent swims; nor this many times as fast as it mostly does at its
#: fastest, where that is more than a burst.
FASTEST_SWIM, TIMES_ITS_SPEED, BURST = 12.0, 1.5, 3.0
#: A jump shorter than this many body lengths is a detector's jitter; it may take this long (a smoothed path bends).
SHORTEST_JUMP, JUMP_S = 1.0, 0.2
#: Two jumps within this time enclose one wrong stretch, and so do two turn-abouts.
STRETCH_S, FLIPPED_S = 4.0, 10.0
#: A body farther outside than this share of the pool's radius is in no water.
OUTSIDE_SHARE = 0.02
#: σ above this share of the body length, and above this many times its median, is high; of the detector for this long,
#: since a path through sure neighbours leaves a shorter time in no doubt.
SIGMA_SHARE, SIGMA_TIMES, UNSURE_S = 0.3, 3.0, 0.25
#: A turn-about is a heading that turns this far between two detections at most so far apart.
TURN_DEG, TURN_WITHIN_S = 110.0, 1.0
#: A swim is faster than so many body lengths a second; how far its direction may lie from the heading, tail first and
#: nose first.
SWIM_SPEED, BACKWARD_DEG, FORWARD_DEG = 1.0, 120.0, 60.0
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
            quadrant_s=duration if not is_bridged else 0.0 if quadrants[0] == quadrants[1] else duration / 2,
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
    """Return leaps that this animal does not swim; those within `STRETCH_S` enclose what may be something else."""
    moments: list[Moment] = []
    leaps = _find_leaps(evidence)
    while leaps:
        begin_s = evidence.time_s[leaps[0][0]]
        near = [leap for leap in leaps if evidence.time_s[leap[0]] - begin_s <= STRETCH_S]
        leaps = leaps[len(near) :]
        first, last = near[0][0], near[-1][1]
        stake = Stake(
            path_cm=sum(way for _, _, way in near),
            quadrant_s=float(evidence.time_s[last] - evidence.time_s[first]),
            latency_s=_touched_s(evidence, first, last),
        )
        said = f"jumps {near[0][2]:.0f} cm, faster than it swims"
        moments.append(evidence.moment(MomentKind.JUMP, first, last, said, stake))
    return moments


def _find_leaps(evidence: Evidence) -> list[tuple[int, int, float]]:
    """Return the frames before and after each leap between detections, and its length, cm."""
    seen, time_s = evidence.seen, evidence.time_s
    after = np.searchsorted(time_s[seen], time_s[seen] + JUMP_S - 1e-9)
    before = np.flatnonzero(after < len(seen))
    before, after = seen[before], seen[after[before]]
    way = np.linalg.norm(evidence.xy_cm[after] - evidence.xy_cm[before], axis=1)
    length = evidence.body_length_cm
    fastest = min(FASTEST_SWIM * length, max(TIMES_ITS_SPEED * evidence.high_speed, BURST * length))
    is_leap = np.asarray(way > np.maximum(fastest * (time_s[after] - time_s[before]), SHORTEST_JUMP * length))
    leaps = []
    for first, last in find_runs(is_leap):
        # All of a run lead over the same leap, unless it lasts longer than they do.
        begin, end = int(before[last]), int(after[first])
        if begin >= end:
            begin, end = int(before[first]), int(after[last])
        leaps.append((begin, end, float(way[first : last + 1].max())))
    return leaps


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
    """Return where the body's σ is high though it was detected: the path's, or for a while the detector's."""
    if not np.isfinite(evidence.sigma_cm).any():
        return []
    is_detected = evidence.source == Source.DETECTED
    frame_s = float(np.median(np.diff(evidence.time_s))) if len(evidence.time_s) > 1 else 0.0
    worst = np.zeros(len(is_detected))
    for sigma, least_s in ((evidence.sigma_cm, 0.0), (evidence.raw_sigma_cm, UNSURE_S)):
        limit = max(SIGMA_SHARE * evidence.body_length_cm, SIGMA_TIMES * float(np.nanmedian(sigma)))
        for first, last in find_runs(np.asarray((sigma > limit) & is_detected), join=2):
            if (last - first + 1) * frame_s >= least_s:
                stretch = slice(first, last + 1)
                worst[stretch] = np.fmax(worst[stretch], sigma[stretch])
    moments = []
    for first, last in find_runs(worst > 0):
        most = float(worst[first : last + 1].max())
        stake = Stake(path_cm=2 * most, quadrant_s=0.5 * _duration(evidence, first, last))
        moments.append(evidence.moment(MomentKind.UNSURE, first, last, f"uncertain by {most:.0f} cm", stake))
    return moments


def find_flips(evidence: Evidence) -> list[Moment]:
    """Return where head and tail may be exchanged: between two sudden turn-abouts, or in a swim tail first.

    A swim nose first is in no doubt. Bridged frames tell nothing.
    """
    axis = evidence.head_cm - evidence.tail_cm
    heading = np.arctan2(axis[:, 1], axis[:, 0])
    seen = evidence.seen[np.isfinite(heading[evidence.seen])]
    if len(seen) < 3:
        return []
    move = np.gradient(evidence.xy_cm[seen], np.maximum.accumulate(evidence.time_s[seen]), axis=0)
    off = _angle_between(heading[seen], np.arctan2(move[:, 1], move[:, 0]))
    is_swim = np.linalg.norm(move, axis=1) > SWIM_SPEED * evidence.body_length_cm
    is_doubtful = is_swim & (off > np.deg2rad(BACKWARD_DEG))
    is_clear = is_swim & (off < np.deg2rad(FORWARD_DEG))
    for first, last in _between_turns(heading[seen], evidence.time_s[seen]):
        is_doubtful[first : last + 1] |= ~is_clear[first : last + 1]
    doubtful = np.zeros(len(heading), bool)
    doubtful[seen[is_doubtful]] = True
    frame_s = float(np.median(np.diff(evidence.time_s)))
    return [
        evidence.moment(
            MomentKind.FLIP,
            first,
            last,
            "head and tail may be exchanged",
            Stake(heading_s=_duration(evidence, first, last)),
        )
        for first, last in find_runs(doubtful, join=round(JOIN_HEADINGS_S / max(frame_s, 1e-6)))
    ]


def _between_turns(heading: NDArray[np.float64], time_s: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the stretches between two sudden turn-abouts; one turn-about without a second is a stretch of its own."""
    is_turn = _angle_between(heading[1:], heading[:-1]) > np.deg2rad(TURN_DEG)
    turns = np.flatnonzero(is_turn & (np.diff(time_s) <= TURN_WITHIN_S)).tolist()
    stretches = []
    while turns:
        turn = turns.pop(0)
        if turns and time_s[turns[0]] - time_s[turn + 1] <= FLIPPED_S:
            stretches.append((turn + 1, turns.pop(0)))
        else:
            stretches.append((turn, turn + 1))
    return stretches


def _angle_between(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    difference: NDArray[np.float64] = np.abs(np.angle(np.exp(1j * (a - b))))
    return difference


def _duration(evidence: Evidence, first: int, last: int) -> float:
    """Time that the frames stand for, to the frame after the last."""
    after = min(last + 1, len(evidence.time_s) - 1)
    return float(evidence.time_s[after] - evidence.time_s[first])
