"""What happened in a trial: release, touch, escape, end. All times are film times in seconds.

A *stay* is a stretch of the path on the platform, cut exactly at its border; leaving it by less than the slack, or
being lost between two positions on it, does not end a stay. The *escape* is the first stay that lasts the dwell time,
or a shorter one during which the recording ends; a shorter stay is only a *touch*. An animal that is gone for good
before the film ends was *removed*: it cannot leave the pool by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.geometry import Disc, Polygon, cut_steps
from napari_mazetrack.maze.limits import between
from napari_mazetrack.maze.swim import Path, Swim
from napari_mazetrack.maze.trials import Trial


class EndReason(StrEnum):
    """Why a trial ended."""

    ESCAPED = "escaped"
    LIMIT = "limit"
    FILM_ENDED = "film_ended"
    REMOVED = "removed"


@dataclass(frozen=True)
class EventSettings:
    """What counts as what.

    Attributes
    ----------
    escape_dwell_s : float
        A stay on the platform of at least this long is an escape.
    slack_cm : float
        The platform is left only where the animal gets this far away from its edge.
    presence_s : float
        A release is detected where the animal is present this long.
    absence_s : float
        The animal was removed where it is not seen for this long at the film's end.
    """

    escape_dwell_s: float = field(default=2.0, metadata=between(0, 60))
    slack_cm: float = field(default=2.0, metadata=between(0, 50))
    presence_s: float = field(default=0.4, metadata=between(0, 10))
    absence_s: float = field(default=1.0, metadata=between(0, 60))


@dataclass(frozen=True)
class Stay:
    """A stretch of time on the platform: from when to when, and whether the path ends within it."""

    begin_s: float
    end_s: float
    is_last: bool


@dataclass(frozen=True)
class TrialEvents:
    """When a trial began and ended, and why.

    Attributes
    ----------
    release_s, end_s : float
        Film times between which the trial is measured.
    is_release_detected, is_end_detected : bool
        The release, or the end of the recording, was not given but found.
    end_reason : EndReason
        Why it ended.
    first_contact_s, escape_s : float or None
        Film time of the first entry into the platform's area, and of the start of the escape's stay.
    stays : tuple of Stay
        All stays from the release to the end of the recording.
    jump_off_s : float or None
        Film time at which it left the platform again after its escape, and was seen for `absence_s` after that: who is
        lifted off is soon gone.
    """

    release_s: float
    end_s: float
    is_release_detected: bool
    is_end_detected: bool
    end_reason: EndReason
    first_contact_s: float | None
    escape_s: float | None
    stays: tuple[Stay, ...]
    jump_off_s: float | None = None


def find_events(
    swim: Swim, path: Path, trial: Trial, goal: Disc | Polygon | None, settings: EventSettings
) -> TrialEvents:
    """Find the events of a trial.

    Parameters
    ----------
    swim : Swim
        The recording.
    path : Path
        Its recorded path.
    trial : Trial
        Kind, limit, and release and end where they are known.
    goal : Disc, Polygon or None
        The platform (in a probe: the former one, which ends nothing).
    settings : EventSettings
        What counts as what.

    Raises
    ------
    MazetrackError
        The animal is nowhere present in the trial's time.
    """
    release_s = trial.release_s if trial.release_s is not None else _detect_release(swim, trial, settings)
    film_end_s = float(swim.time_s[-1])
    record_end_s = _record_end(path, trial, film_end_s, settings)
    _check_presence(path, trial, release_s, record_end_s)
    limit_end_s = np.inf if trial.limit_s is None else release_s + trial.limit_s
    whole = path.clip(release_s, record_end_s)
    stays = find_stays(whole, goal, settings.slack_cm) if goal is not None else ()
    within = [stay for stay in stays if stay.begin_s <= limit_end_s]
    escape = next((s for s in within if s.is_last or s.end_s - s.begin_s >= settings.escape_dwell_s), None)
    contact_s = within[0].begin_s if within else None
    if escape is not None and trial.kind.has_platform:
        end_s, reason = escape.begin_s, EndReason.ESCAPED
    else:
        # The last sample stands for the interval that follows it: 450 samples at 5 Hz are 90 s.
        is_limit = record_end_s + swim.interval_s >= limit_end_s - 1e-6
        end_s = min(limit_end_s, record_end_s)
        # An end in the last frame, perhaps of a rounded time, is the film's.
        is_removed = film_end_s - record_end_s > swim.interval_s / 2
        reason = EndReason.LIMIT if is_limit else EndReason.REMOVED if is_removed else EndReason.FILM_ENDED
    return TrialEvents(
        release_s=release_s,
        end_s=end_s,
        is_release_detected=trial.release_s is None or trial.is_release_found,
        is_end_detected=trial.end_s is None,
        end_reason=reason,
        first_contact_s=contact_s,
        escape_s=escape.begin_s if escape is not None and trial.kind.has_platform else None,
        stays=stays,
        jump_off_s=_jump_off(escape, whole, settings) if trial.kind.has_platform else None,
    )


def _jump_off(escape: Stay | None, path: Path, settings: EventSettings) -> float | None:
    if escape is None or escape.is_last or path.time_s[-1] - escape.end_s < settings.absence_s:
        return None
    return escape.end_s


def find_stays(path: Path, goal: Disc | Polygon, slack_cm: float) -> tuple[Stay, ...]:
    """Return the stays of a path on a platform, in order."""
    stays: list[list[float]] = []
    for begin_s, end_s in _visits(path, goal):
        if stays and not _has_left(path, goal, stays[-1][1], begin_s, slack_cm):
            stays[-1][1] = end_s
        else:
            stays.append([begin_s, end_s])
    last_s = path.time_s[-1] if len(path.time_s) else np.nan
    return tuple(Stay(float(a), float(b), bool(b >= last_s - 1e-9)) for a, b in stays)


def _visits(path: Path, goal: Disc | Polygon) -> NDArray[np.float64]:
    """Return begin and end [V, 2] of the stretches of a path inside; a position that no step touches has no length."""
    pieces = cut_steps(path.start, path.end, goal)
    step_begin, step_s = path.time_s[path.steps[pieces.step]], path.step_s[pieces.step]
    times = np.stack([step_begin + pieces.begin * step_s, step_begin + pieces.end * step_s], axis=1)
    is_inside = goal.contains(pieces.middle)
    lone = [run.start for run in path.runs() if run.stop - run.start == 1]
    if lone:
        times = np.concatenate([times, np.repeat(path.time_s[lone, None], 2, axis=1)])
        is_inside = np.concatenate([is_inside, goal.contains(path.xy_cm[lone])])
        order = np.argsort(times[:, 0], kind="stable")
        times, is_inside = times[order], is_inside[order]
    edges = np.diff(is_inside.astype(np.int8), prepend=0, append=0)
    return np.stack([times[edges[:-1] == 1, 0], times[edges[1:] == -1, 1]], axis=1)


def _has_left(path: Path, goal: Disc | Polygon, from_s: float, to_s: float, slack_cm: float) -> bool:
    """Tell whether the path gets `slack_cm` away between two times (the farthest point of a step is its end)."""
    first, last = np.searchsorted(path.time_s, [from_s, to_s], side="right")
    return bool((goal.edge_distance(path.xy_cm[first:last]) >= slack_cm).any())


def _record_end(path: Path, trial: Trial, film_end_s: float, settings: EventSettings) -> float:
    """Return until when the trial is recorded: the given end, or where the animal was last seen, or the film's end."""
    if trial.end_s is not None:
        return min(film_end_s, trial.end_s)
    last_seen_s = float(path.time_s[-1]) if len(path.time_s) else film_end_s
    return last_seen_s if film_end_s - last_seen_s >= settings.absence_s else film_end_s


def _detect_release(swim: Swim, trial: Trial, settings: EventSettings) -> float:
    """Return the first time from which the animal is present for long enough."""
    edges = np.flatnonzero(np.diff(np.r_[True, swim.is_missing, True].astype(np.int8)))
    begins, ends = edges[::2], edges[1::2] - 1
    for begin, end in zip(begins, ends, strict=True):
        if swim.time_s[end] + swim.interval_s - swim.time_s[begin] >= settings.presence_s:
            return float(swim.time_s[begin])
    raise MazetrackError(
        f"Trial '{trial.trial}': the animal is nowhere seen for {settings.presence_s:g} s, so no release can be found. "
        "Give release_s, or check the track."
    )


def _check_presence(path: Path, trial: Trial, release_s: float, end_s: float) -> None:
    if not ((path.time_s >= release_s) & (path.time_s <= end_s)).any():
        raise MazetrackError(
            f"Trial '{trial.trial}' has no sample with a position between its release at {release_s:g} s and its end "
            f"at {end_s:g} s. Check release_s and end_s, or leave the trial out."
        )
