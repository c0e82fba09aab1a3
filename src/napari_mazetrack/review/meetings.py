"""Where two animals come so near to each other that the tracker may have taken one for the other from there on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.review.evidence import Evidence, find_runs
from napari_mazetrack.review.moment import Moment, MomentKind, Stake

#: Two bodies this many body lengths apart can be exchanged.
MEET = 1.0
#: Meetings at most this far apart in time are one.
JOIN_S = 0.5


def find_meetings(animals: Sequence[Evidence], names: Sequence[str]) -> list[Moment]:
    """Return the meetings of any two animals, in the order of time.

    What happens after a meeting is told of the wrong animal where they were exchanged: at stake is the time until they
    meet again. Where an animal is not seen it is taken to be on the straight way between its positions.
    """
    return sorted(
        (
            moment
            for one, other in combinations(range(len(animals)), 2)
            for moment in _meetings_of(animals[one], animals[other], f"{names[one]} and {names[other]}")
        ),
        key=lambda moment: moment.first_frame,
    )


def _meetings_of(one: Evidence, other: Evidence, who: str) -> list[Moment]:
    if min(len(one.known), len(other.known)) == 0:
        return []
    time_s = one.time_s
    distance = np.linalg.norm(_bridged(one) - _bridged(other), axis=1)
    both = slice(max(one.known[0], other.known[0]), min(one.known[-1], other.known[-1]) + 1)
    is_near = np.zeros(len(time_s), bool)
    is_near[both] = distance[both] < MEET * max(one.body_length_cm, other.body_length_cm)
    frame_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 1.0
    runs = find_runs(is_near, join=round(JOIN_S / max(frame_s, 1e-6)))
    until = [float(time_s[first]) for first, _ in runs[1:]] + [float(time_s[-1])]
    return [
        one.moment(
            MomentKind.EXCHANGE,
            first,
            last,
            f"{who} meet and may be exchanged",
            Stake(quadrant_s=next_s - float(time_s[last])),
        )
        for (first, last), next_s in zip(runs, until, strict=True)
    ]


def _bridged(evidence: Evidence) -> NDArray[np.float64]:
    known, time_s = evidence.known, evidence.time_s
    return np.stack([np.interp(time_s, time_s[known], evidence.xy_cm[known, axis]) for axis in range(2)], axis=1)
