"""Events of a trial: what was found, what a person says in its place, and what follows for the trial."""

from dataclasses import replace

import pytest

from napari_mazetrack.maze.events import EndReason, Stay, TrialEvents
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.review.event_marks import (
    FOUND_IN_FILM,
    EventKind,
    EventMark,
    found_marks,
    marks_by_trial,
    marks_from_plain,
    marks_to_plain,
    merged_marks,
    moved_mark,
    trial_with_marks,
    with_found_marks,
    with_mark,
)

TRIAL = Trial("t", TrialKind.HIDDEN, limit_s=60.0)
ESCAPED = TrialEvents(
    release_s=2.0,
    end_s=30.0,
    is_release_detected=True,
    is_end_detected=True,
    end_reason=EndReason.ESCAPED,
    first_contact_s=12.0,
    escape_s=30.0,
    stays=(Stay(12.0, 12.5, False), Stay(30.0, 35.0, True)),
)
RELEASE, TOUCH = EventMark(EventKind.RELEASE, 2.0), EventMark(EventKind.TOUCH, 12.0)


@pytest.mark.parametrize(
    ("changed", "end"),
    [
        ({}, [EventMark(EventKind.ESCAPE, 30.0)]),
        ({"jump_off_s": 35.0}, [EventMark(EventKind.ESCAPE, 30.0), EventMark(EventKind.JUMP_OFF, 35.0)]),
        ({"end_reason": EndReason.LIMIT, "escape_s": None, "end_s": 25.0}, [EventMark(EventKind.END, 25.0)]),
        ({"end_reason": EndReason.REMOVED, "escape_s": None, "end_s": 25.0}, [EventMark(EventKind.REMOVED, 25.0)]),
        ({"end_reason": EndReason.REMOVED, "escape_s": None, "end_s": 25.0, "is_end_detected": False}, []),
    ],
    ids=["escaped", "jumped off", "limit", "removed", "given by a person"],
)
def test_what_was_found_in_a_trial(changed, end):
    assert found_marks(replace(ESCAPED, **changed)) == (RELEASE, TOUCH, *end)


def test_what_a_person_says_stands_in_place_of_what_was_found():
    found = found_marks(ESCAPED)
    said = with_mark((), EventMark(EventKind.RELEASE, 4.5, "Ada"))
    said = with_mark(said, EventMark(EventKind.TOUCH, 12.2, "Ada"))
    said = with_mark(said, EventMark(EventKind.TOUCH, 20.0, "Ada"))
    kinds = [(mark.kind, mark.time_s) for mark in merged_marks(found, said)]
    assert kinds == [("release", 4.5), ("touch", 12.2), ("touch", 20.0), ("escape", 30.0)]


def test_a_moved_mark_is_one_mark():
    said = moved_mark((), RELEASE, 5.0, "Ada")
    assert said == (EventMark(EventKind.RELEASE, 5.0, "Ada"),)
    jump = EventMark(EventKind.JUMP_OFF, 40.0, "Ada")
    said = moved_mark(with_mark(said, jump), jump, 43.0, "Bo")
    assert said == (EventMark(EventKind.RELEASE, 5.0, "Ada"), EventMark(EventKind.JUMP_OFF, 43.0, "Bo"))


@pytest.mark.parametrize(
    ("marks", "release_s", "end_s"),
    [
        ([], None, None),
        ([("release", 3.0), ("touch", 9.0), ("escape", 20.0), ("hand_out", 4.0)], 3.0, None),
        ([("end", 50.0)], None, 50.0),
        ([("guided", 40.0), ("end", 50.0), ("removed", 55.0)], None, 40.0),
        ([("end", 70.0)], None, None),
    ],
)
def test_a_trial_begins_and_ends_where_a_person_says_so(marks, release_s, end_s):
    said = [EventMark(EventKind(kind), time_s, "Ada") for kind, time_s in marks]
    assert trial_with_marks(TRIAL, said, 70.0) == replace(TRIAL, release_s=release_s, end_s=end_s)
    given = replace(TRIAL, release_s=1.0, end_s=58.0)
    assert trial_with_marks(given, said, 70.0) == replace(given, release_s=release_s or 1.0, end_s=end_s or 58.0)


def found_at(time_s, kind=EventKind.RELEASE):
    return EventMark(kind, time_s, FOUND_IN_FILM)


def test_a_release_found_in_the_film_gives_way_to_what_a_person_said():
    """It begins a trial without a release; it replaces earlier found ones, never a person's."""
    found = trial_with_marks(TRIAL, [found_at(3.0)], 70.0)
    assert (found.release_s, found.is_release_found) == (3.0, True)
    assert not trial_with_marks(TRIAL, [replace(found_at(3.0), said_by="Ada")], 70.0).is_release_found
    given = replace(TRIAL, release_s=1.0)
    assert trial_with_marks(given, [found_at(3.0)], 70.0) == given

    hand = found_at(2.0, EventKind.HAND_IN)
    jump = EventMark(EventKind.JUMP_OFF, 40.0, "Ada")
    assert with_found_marks((found_at(2.5), jump), (hand, found_at(3.0))) == (hand, found_at(3.0), jump)
    said = (EventMark(EventKind.RELEASE, 5.0, "Ada"), jump)
    assert with_found_marks(said, (hand, found_at(3.0))) == said
    put_right = moved_mark((hand, found_at(3.0)), found_at(3.0), 3.5, "Ada")
    assert with_found_marks(put_right, (hand, found_at(3.0))) == put_right


def test_marks_come_back_from_json_and_damage_is_left_out():
    said = (EventMark(EventKind.RELEASE, 5.0, "Ada"), EventMark(EventKind.CAMERA_MOVED, 43.0, "Bo"))
    assert marks_from_plain(marks_to_plain(said)) == said
    good = marks_to_plain(said)[0]
    damaged = [
        None,
        [],
        {},
        {**good, "event": "lunch"},
        {**good, "time_s": "x"},
        {**good, "time_s": float("nan")},
        good,
    ]
    assert marks_from_plain(damaged) == said[:1]
    assert marks_from_plain({"a": 1}) == ()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "in another order"])
def test_a_mark_belongs_to_the_trial_in_whose_stretch_it_lies(order):
    trials = [replace(TRIAL, trial="a", release_s=2.0, end_s=30.0), replace(TRIAL, trial="b", release_s=50.0)]
    marks = tuple(EventMark(EventKind.RELEASE, at_s, "Ada") for at_s in (1.0, 39.0, 41.0, 90.0))
    shares = marks_by_trial([trials[i] for i in order], marks)
    assert [shares[order.index(i)] for i in (0, 1)] == [marks[:2], marks[2:]]


def test_the_only_trial_of_a_film_has_all_marks():
    marks = (EventMark(EventKind.RELEASE, 1.0, "Ada"), EventMark(EventKind.END, 99.0, "Ada"))
    assert marks_by_trial([TRIAL], marks) == [marks]
