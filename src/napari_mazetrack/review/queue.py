"""What to look at first: all moments of one animal's trial, the ones that can change most before the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from napari_mazetrack.maze.events import TrialEvents
from napari_mazetrack.review.evidence import Evidence
from napari_mazetrack.review.maze_doubts import find_border_doubts, find_ends, find_platform_doubts
from napari_mazetrack.review.moment import EXPLAINS, Moment, Stake
from napari_mazetrack.review.track_faults import find_flips, find_gaps, find_jumps, find_outside, find_unsure


def make_queue(evidence: Evidence, events: TrialEvents, dwell_s: float) -> list[Moment]:
    """Return the moments to look at, most at stake first.

    Parameters
    ----------
    evidence : Evidence
        Of one animal.
    events : TrialEvents
        Of its trial.
    dwell_s : float
        How long a stay on the platform must last to be an escape.

    Returns
    -------
    list of Moment
        A stretch that several checks find stands once, under the kind that tells most, with the largest stakes. What
        happened before the release or after the end can change nothing and is left out.
    """
    faults = _without_repetition(
        [
            *find_jumps(evidence),
            *find_outside(evidence),
            *find_gaps(evidence),
            *find_unsure(evidence),
            *find_flips(evidence),
        ]
    )
    doubts = [
        *find_ends(evidence, events),
        *find_platform_doubts(evidence, events, dwell_s),
        *find_border_doubts(evidence, events),
    ]
    first, last = np.searchsorted(evidence.time_s, [events.release_s - 1e-9, events.end_s + 1e-9])
    faults = [fault for fault in faults if fault.last_frame >= first and fault.first_frame <= last]
    return sorted([*faults, *doubts], key=lambda moment: (-moment.stake.weight, moment.first_frame))


def sum_stakes(moments: Sequence[Moment]) -> Stake:
    """Return how much the moments can still change together; latencies exclude each other, so the largest counts."""
    return Stake(
        latency_s=max((m.stake.latency_s for m in moments), default=0.0),
        path_cm=sum(m.stake.path_cm for m in moments),
        quadrant_s=sum(m.stake.quadrant_s for m in moments),
        heading_s=sum(m.stake.heading_s for m in moments),
    )


def _without_repetition(moments: Sequence[Moment]) -> list[Moment]:
    kept: list[Moment] = []
    for moment in sorted(moments, key=lambda m: EXPLAINS.index(m.kind)):
        same = next((i for i, other in enumerate(kept) if _overlap(moment, other)), None)
        if same is None:
            kept.append(moment)
        else:
            kept[same] = replace(kept[same], stake=_largest(kept[same].stake, moment.stake))
    return kept


def _overlap(a: Moment, b: Moment) -> bool:
    return a.first_frame <= b.last_frame and b.first_frame <= a.last_frame


def _largest(a: Stake, b: Stake) -> Stake:
    return Stake(
        max(a.latency_s, b.latency_s),
        max(a.path_cm, b.path_cm),
        max(a.quadrant_s, b.quadrant_s),
        max(a.heading_s, b.heading_s),
    )
