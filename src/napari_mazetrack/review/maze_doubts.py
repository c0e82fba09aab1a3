"""Where the maze makes a small error of the track matter: the platform's edge, quadrant borders, start and end."""

from __future__ import annotations

import numpy as np

from napari_mazetrack.maze.events import TrialEvents
from napari_mazetrack.review.evidence import Evidence, find_runs
from napari_mazetrack.review.moment import Moment, MomentKind, Stake

#: A position is in doubt within this many σ of a border, and within so many centimetres at least.
SIGMAS = 2.0
LEAST_CM = 1.0
#: What a start or an end that was found, not given, can be off by.
EVENT_S = 1.0
#: Frames in doubt that are at most this many frames apart are one moment.
JOIN_FRAMES = 3
#: A stay on the platform within this factor of the dwell time may or may not be an escape.
DWELL_FACTOR = 1.5


def find_platform_doubts(evidence: Evidence, events: TrialEvents, dwell_s: float) -> list[Moment]:
    """Return where it is in doubt whether, or when, the animal came onto the platform.

    Before the first contact a near miss may have been the contact: all the time from there on is at stake. A stay
    about as long as the dwell time may have been the escape.
    """
    goal = evidence.maze.goal
    if goal is None:
        return []
    distance = goal.area.edge_distance(evidence.xy_cm)
    near = np.abs(distance) <= np.maximum(SIGMAS * evidence.sigma_cm, LEAST_CM)
    within = (evidence.time_s >= events.release_s) & (evidence.time_s <= events.end_s + 1e-9)
    moments = []
    for first, last in find_runs(np.asarray(near & within), join=JOIN_FRAMES):
        begin_s, duration = float(evidence.time_s[first]), float(evidence.time_s[last] - evidence.time_s[first])
        contact_s = events.first_contact_s
        is_miss = contact_s is None or evidence.time_s[last] < contact_s
        at_stake = (contact_s if contact_s is not None else events.end_s) - begin_s if is_miss else duration
        said = "passes the platform's edge" if is_miss else "comes onto or leaves the platform"
        moments.append(evidence.moment(MomentKind.PLATFORM, first, last, said, Stake(latency_s=at_stake)))
    return moments + _doubtful_stays(evidence, events, dwell_s)


def _doubtful_stays(evidence: Evidence, events: TrialEvents, dwell_s: float) -> list[Moment]:
    moments = []
    for stay in events.stays:
        length = stay.end_s - stay.begin_s
        if stay.is_last or not dwell_s / DWELL_FACTOR <= length <= dwell_s * DWELL_FACTOR:
            continue
        first, last = np.searchsorted(evidence.time_s, [stay.begin_s, stay.end_s])
        stake = Stake(latency_s=abs(events.end_s - stay.begin_s))
        said = f"stays {length:.1f} s on the platform; an escape takes {dwell_s:g} s"
        last_frame = min(int(last), len(evidence.time_s) - 1)
        moments.append(evidence.moment(MomentKind.PLATFORM, int(first), last_frame, said, stake))
    return moments


def find_border_doubts(evidence: Evidence, events: TrialEvents) -> list[Moment]:
    """Return where the animal is so near to a quadrant's border that σ decides where it is.

    On a border each side is as likely, and errors along a stretch cancel: a quarter of its time is at stake.
    """
    plane = evidence.maze.plane
    offset = evidence.xy_cm - evidence.maze.centre
    angle = plane.screen_angle_rad(offset) - evidence.maze.border_rad
    distance = np.linalg.norm(offset, axis=1) * np.abs(np.sin((angle + np.pi / 4) % (np.pi / 2) - np.pi / 4))
    near = distance <= np.maximum(SIGMAS * evidence.sigma_cm, LEAST_CM)
    within = (evidence.time_s >= events.release_s) & (evidence.time_s <= events.end_s)
    return [
        evidence.moment(
            MomentKind.BORDER,
            first,
            last,
            "on the border of two quadrants",
            Stake(quadrant_s=float(evidence.time_s[last] - evidence.time_s[first]) / 4),
        )
        for first, last in find_runs(np.asarray(near & within), join=JOIN_FRAMES)
    ]


def find_ends(evidence: Evidence, events: TrialEvents) -> list[Moment]:
    """Return the start and the end of the trial, which decide every time; more so where they were detected."""
    if len(evidence.known) == 0:
        return []
    moments = []
    for kind, at_s, is_detected in (
        (MomentKind.START, events.release_s, events.is_release_detected),
        (MomentKind.END, events.end_s, events.is_end_detected),
    ):
        frame = min(int(np.searchsorted(evidence.time_s, at_s - 1e-9)), len(evidence.time_s) - 1)
        how = "found by detection" if is_detected else "as given"
        end = f"end: {str(events.end_reason).replace('_', ' ')}"
        said = f"{'release' if kind == MomentKind.START else end}, {how}"
        stake = Stake(latency_s=EVENT_S if is_detected else EVENT_S / 4)
        moments.append(evidence.moment(kind, frame, frame, said, stake))
    return moments
