"""The events of a trial as marks in its film: those that were found, and those that a person set, with who said so.

A person's mark stands in place of what was found of its kind. Marks have a JSON form, in which a project keeps them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from napari_mazetrack.maze.events import EndReason, TrialEvents
from napari_mazetrack.maze.trials import Trial


class EventKind(StrEnum):
    """What can happen in a trial (``interfaces.md``)."""

    HAND_IN = "hand_in"
    RELEASE = "release"
    HAND_OUT = "hand_out"
    TOUCH = "touch"
    ESCAPE = "escape"
    JUMP_OFF = "jump_off"
    GUIDED = "guided"
    REMOVED = "removed"
    CAMERA_MOVED = "camera_moved"
    END = "end"


#: A person's mark of these kinds sets when the trial begins, or ends: what follows is no free swim.
BEGINS, ENDS = (EventKind.RELEASE,), (EventKind.GUIDED, EventKind.REMOVED, EventKind.END)
#: Who says what was found in the film's pictures and is kept as a mark: it gives way to whatever a person said.
FOUND_IN_FILM = "napari-mazetrack (found)"
#: Of these there is one in a trial; others are the same event where they lie this near to each other, seconds.
SINGLE = (EventKind.RELEASE, EventKind.ESCAPE, EventKind.REMOVED, EventKind.END)
SAME_S = 0.5
#: What follows from path and platform: it is confirmed, not moved.
FOLLOWS_FROM_PATH = (EventKind.TOUCH, EventKind.ESCAPE)


@dataclass(frozen=True)
class EventMark:
    """An event of a trial.

    Attributes
    ----------
    kind : EventKind
        What happened.
    time_s : float
        Film time.
    said_by : str
        Who said so; empty: it was found.
    """

    kind: EventKind
    time_s: float
    said_by: str = ""

    def is_same_event(self, other: EventMark) -> bool:
        """Whether two marks are of one event."""
        is_near = self.kind in SINGLE or abs(self.time_s - other.time_s) <= SAME_S
        return self.kind == other.kind and is_near


def found_marks(events: TrialEvents) -> tuple[EventMark, ...]:
    """Return what was found in a trial, in the order of time.

    Its release, touches, its escape or other end, and a jump off the platform after the escape.
    """
    touches = [
        EventMark(EventKind.TOUCH, stay.begin_s)
        for stay in events.stays
        if stay.begin_s <= events.end_s and stay.begin_s != events.escape_s
    ]
    marks = [EventMark(EventKind.RELEASE, events.release_s), *touches]
    if events.end_reason == EndReason.ESCAPED:
        marks.append(EventMark(EventKind.ESCAPE, events.end_s))
        marks += [] if events.jump_off_s is None else [EventMark(EventKind.JUMP_OFF, events.jump_off_s)]
    elif events.is_end_detected or events.end_reason == EndReason.LIMIT:
        is_removed = events.end_reason == EndReason.REMOVED
        marks.append(EventMark(EventKind.REMOVED if is_removed else EventKind.END, events.end_s))
    return tuple(marks)


def merged_marks(found: Sequence[EventMark], said: Sequence[EventMark]) -> tuple[EventMark, ...]:
    """Return a person's marks and those found ones that no person's mark replaces, in the order of time."""
    kept = [mark for mark in found if not any(mark.is_same_event(other) for other in said)]
    return tuple(sorted([*kept, *said], key=lambda mark: mark.time_s))


def with_mark(said: Sequence[EventMark], mark: EventMark) -> tuple[EventMark, ...]:
    """Return a person's marks with another one, in place of the mark of the same event."""
    return tuple(sorted([*(m for m in said if not m.is_same_event(mark)), mark], key=lambda m: m.time_s))


def moved_mark(said: Sequence[EventMark], mark: EventMark, time_s: float, by: str) -> tuple[EventMark, ...]:
    """Return a person's marks with one of them, or a found one, moved to another time."""
    return with_mark([m for m in said if m != mark], replace(mark, time_s=time_s, said_by=by))


def with_found_marks(said: Sequence[EventMark], found: Sequence[EventMark]) -> tuple[EventMark, ...]:
    """Return a trial's marks with those that were found in the film, in place of earlier found ones.

    Where a person said when the animal was released, they stay as they are: what was found is another's view of it.
    """
    if any(mark.kind == EventKind.RELEASE and mark.said_by != FOUND_IN_FILM for mark in said):
        return tuple(said)
    by_people = [mark for mark in said if mark.said_by != FOUND_IN_FILM]
    new = [mark for mark in found if not any(mark.is_same_event(other) for other in by_people)]
    return tuple(sorted([*by_people, *new], key=lambda mark: mark.time_s))


def trial_with_marks(trial: Trial, said: Sequence[EventMark], film_end_s: float) -> Trial:
    """Return a trial that begins and ends where a person's marks say so; the earliest end counts.

    Who says that the trial ends with the film, at `film_end_s`, gives no other end than the film's. A release that was
    found in the film gives way to the trial's own.
    """
    begins = [
        mark for mark in said if mark.kind in BEGINS and (trial.release_s is None or mark.said_by != FOUND_IN_FILM)
    ]
    begin = min(begins, key=lambda mark: mark.time_s, default=None)
    ends = [mark.time_s for mark in said if mark.kind in ENDS]
    ends = [end_s for end_s in ends if end_s < film_end_s]
    return replace(
        trial,
        release_s=trial.release_s if begin is None else begin.time_s,
        is_release_found=begin is not None and begin.said_by == FOUND_IN_FILM,
        end_s=min(ends) if ends else trial.end_s,
    )


def marks_by_trial(trials: Sequence[Trial], said: Sequence[EventMark]) -> list[tuple[EventMark, ...]]:
    """Return a person's marks of a film, shared among its trials: each belongs to the trial in whose stretch it lies.

    Between two trials the border is in the middle of the time between the end of one and the release of the next,
    or at that release where the end is not known; before the first and after the last one nothing ends. A trial
    without a release is the film's only one and has them all.
    """
    in_order = sorted(trials, key=lambda trial: trial.release_s or 0.0)
    borders = [_border_s(one, other) for one, other in pairwise(in_order)]
    numbers = [bisect_right(borders, mark.time_s) for mark in said]
    shares = {
        trial.trial: tuple(mark for mark, number in zip(said, numbers, strict=True) if number == i)
        for i, trial in enumerate(in_order)
    }
    return [shares[trial.trial] for trial in trials]


def _border_s(trial: Trial, following: Trial) -> float:
    release_s = following.release_s or 0.0
    return release_s if trial.end_s is None or trial.end_s > release_s else (trial.end_s + release_s) / 2


def marks_to_plain(marks: Sequence[EventMark]) -> list[dict[str, str | float]]:
    """Return marks for JSON."""
    return [{"event": str(mark.kind), "time_s": mark.time_s, "said_by": mark.said_by} for mark in marks]


def marks_from_plain(plain: object) -> tuple[EventMark, ...]:
    """Read what `marks_to_plain` gave; kinds and times that this version cannot read are left out."""
    marks = []
    for item in plain if isinstance(plain, list) else []:
        try:
            mark = EventMark(EventKind(item["event"]), float(item["time_s"]), str(item["said_by"]))
        except (ValueError, TypeError, KeyError):
            continue
        if math.isfinite(mark.time_s):
            marks.append(mark)
    return tuple(marks)
