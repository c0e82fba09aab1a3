"""Which tracks of an experiment are in doubt: where the review of the window would send a person to look."""

from __future__ import annotations

import numpy as np

from napari_mazetrack.maze.calibration import jacobian
from napari_mazetrack.maze.events import TrialEvents
from napari_mazetrack.maze.measures.view import Maze
from napari_mazetrack.maze.swim import Swim
from napari_mazetrack.review.evidence import Evidence
from napari_mazetrack.review.moment import Moment
from napari_mazetrack.review.track_faults import find_gaps, find_jumps, find_outside, find_unsure
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.workflows.recording import Recording

#: A track is in doubt where more than this share of its trial is.
MOST_IN_DOUBT = 0.05


def find_doubt(recording: Recording, swim: Swim, maze: Maze, events: TrialEvents) -> str:
    """Return in words why the track of a trial is in doubt; empty where it is not.

    It is where the animal leaps, or is not seen, outside the pool, or uncertain, for more than `MOST_IN_DOUBT` of the
    trial's time.
    """
    evidence = _evidence(recording, swim, maze)
    within = (swim.time_s >= events.release_s) & (swim.time_s <= events.end_s)
    jumps = _within(find_jumps(evidence), within)
    others = _within([*find_gaps(evidence), *find_outside(evidence), *find_unsure(evidence)], within)
    is_doubtful = np.zeros(len(within), bool)
    for moment in others:
        is_doubtful[moment.first_frame : moment.last_frame + 1] = True
    share = float(is_doubtful[within].mean()) if within.any() else 0.0
    told = [f"{jumps[0].said} at {jumps[0].time_s:.1f} s"] if jumps else []
    if share > MOST_IN_DOUBT:
        worst = max(others, key=lambda moment: moment.last_frame - moment.first_frame)
        told.append(f"{share:.0%} of its time, such as from {worst.time_s:.1f} s: {worst.said}")
    return "; ".join(told)


def _within(moments: list[Moment], is_within: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[Moment]:
    return [moment for moment in moments if is_within[moment.first_frame : moment.last_frame + 1].any()]


def _evidence(recording: Recording, swim: Swim, maze: Maze) -> Evidence:
    """Gather what is known of a recording: positions alone, where its file says no more."""
    head = swim.xy_cm + (np.nan if swim.heading_cm is None else swim.heading_cm)
    seen = np.where(swim.is_missing, np.uint8(Source.MISSING), np.uint8(Source.DETECTED))
    known = recording.xy[~swim.is_missing]
    sigma = np.full(len(swim.time_s), np.nan)
    if recording.sigma is not None and len(known):
        x, y = known.mean(axis=0)
        to_cm = jacobian(maze.plane.to_cm, (float(x), float(y)))
        sigma = recording.sigma * float(np.sqrt(abs(np.linalg.det(to_cm))))
    return Evidence(
        time_s=swim.time_s,
        xy_cm=swim.xy_cm,
        head_cm=head,
        tail_cm=2 * swim.xy_cm - head,
        sigma_cm=sigma,
        raw_sigma_cm=sigma,
        source=seen if recording.source is None else np.where(swim.is_missing, seen, recording.source),
        maze=maze,
    )
