"""Swims along the x axis towards a platform of radius 5 at (50, 0), at 20 cm/s."""

from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.events import EndReason, EventSettings, TrialEvents, find_events, find_stays
from napari_mazetrack.maze.geometry import Disc, Polygon
from napari_mazetrack.maze.swim import Swim, make_swim, recorded_path
from napari_mazetrack.maze.trials import Trial, TrialKind

PLATFORM = Disc((50.0, 0.0), 5.0)
SPEED = 20.0
NAN = float("nan")


def swim(*legs: tuple[float, float], fps: float = 10.0) -> Swim:
    """Go to each x in turn, then stay for so many seconds; start at x = 0, 2 cm beside the middle line."""
    knots_s, knots_x = [0.0], [0.0]
    for x, stay_s in legs:
        knots_s.append(knots_s[-1] + abs(x - knots_x[-1]) / SPEED)
        knots_x.append(x)
        if stay_s:
            knots_s.append(knots_s[-1] + stay_s)
            knots_x.append(x)
    time = np.arange(0, knots_s[-1] + 1e-9, 1 / fps)
    x = np.interp(time, knots_s, knots_x)
    return make_swim(time, np.stack([x, np.full_like(x, 0.0)], axis=1))


def events(recording: Swim, kind: TrialKind = TrialKind.HIDDEN, **known: float | None) -> TrialEvents:
    trial = Trial("t", kind, **({"release_s": 0.0} | known))  # type: ignore[arg-type]
    return find_events(recording, recorded_path(recording, 1.0), trial, PLATFORM, EventSettings())


def lost(recording: Swim, after_s: float) -> Swim:
    """The same recording, with the animal out of sight after a time."""
    is_lost = (recording.time_s > after_s)[:, None]
    return make_swim(recording.time_s, np.where(is_lost, np.nan, recording.xy_cm))


TOUCH_S = 45 / SPEED
SITUATIONS = {
    "swims there and stays": (swim((50, 5)), {}, EndReason.ESCAPED, TOUCH_S),
    "recording ends on it": (swim((50, 0.5)), {}, EndReason.ESCAPED, TOUCH_S),
    "touches and goes on": (swim((50, 1), (80, 5)), {}, EndReason.FILM_ENDED, None),
    "touches, leaves, escapes later": (swim((50, 1), (80, 0), (50, 3)), {}, EndReason.ESCAPED, 6.25),
    "jumps off after the dwell time": (swim((50, 4), (80, 5)), {}, EndReason.ESCAPED, TOUCH_S),
    "never there": (swim((30, 2), (0, 3)), {}, EndReason.FILM_ENDED, None),
    "limit": (swim((30, 20)), {"limit_s": 10.0}, EndReason.LIMIT, None),
    "recording stops one sample before the limit": (swim((30, 8.4)), {"limit_s": 10.0}, EndReason.LIMIT, None),
    "guided after the limit": (swim((30, 10), (50, 20)), {"limit_s": 10.0}, EndReason.LIMIT, None),
    "on it when the limit comes": (swim((50, 20)), {"limit_s": 3.0}, EndReason.ESCAPED, TOUCH_S),
    "taken out": (swim((30, 20)), {"end_s": 5.0, "limit_s": 60.0}, EndReason.REMOVED, None),
    "gone for good": (lost(swim((30, 20)), 8.0), {"limit_s": 60.0}, EndReason.REMOVED, None),
    "gone only at the limit": (lost(swim((30, 20)), 12.0), {"limit_s": 10.0}, EndReason.LIMIT, None),
    "gone from the platform": (lost(swim((50, 20)), 8.0), {"limit_s": 60.0}, EndReason.ESCAPED, TOUCH_S),
    "lost in the last frames": (lost(swim((30, 8)), 10.0), {"limit_s": 60.0}, EndReason.FILM_ENDED, None),
    "end in the film's last frame": (swim((30, 2)), {"end_s": 3.5, "limit_s": 60.0}, EndReason.FILM_ENDED, None),
    "rounded end in the last frame": (swim((30, 2)), {"end_s": 3.46, "limit_s": 60.0}, EndReason.FILM_ENDED, None),
    "end one frame before the film's": (swim((30, 2)), {"end_s": 3.4, "limit_s": 60.0}, EndReason.REMOVED, None),
    "limit in the film's last frame": (swim((30, 2)), {"end_s": 3.5, "limit_s": 3.5}, EndReason.LIMIT, None),
    "film shorter than its end": (swim((30, 2)), {"end_s": 50.0, "limit_s": 60.0}, EndReason.FILM_ENDED, None),
}


@pytest.mark.parametrize(("recording", "known", "reason", "escape_s"), SITUATIONS.values(), ids=SITUATIONS)
def test_how_a_trial_ends(recording: Swim, known: dict[str, float], reason: EndReason, escape_s: float | None) -> None:
    found = events(recording, **known)
    assert found.end_reason is reason
    if escape_s is None:
        assert found.escape_s is None
    else:
        assert found.escape_s == pytest.approx(escape_s, abs=1e-6)
        assert found.end_s == found.escape_s


def test_a_later_escape_keeps_the_first_contact() -> None:
    found = events(swim((50, 1), (80, 0), (50, 3)))
    assert found.first_contact_s == pytest.approx(TOUCH_S)
    assert found.escape_s is not None
    assert found.escape_s > found.first_contact_s + 2


JUMPS = {
    "jumps off and swims on": (swim((50, 4), (80, 5)), 2.5 + 4 + 5 / SPEED),
    "stays": (swim((50, 10)), None),
    "lifted off: soon gone": (lost(swim((50, 4), (80, 5)), 7.0), None),
    "touches only": (swim((50, 1), (80, 5)), None),
}


@pytest.mark.parametrize(("recording", "jump_off_s"), JUMPS.values(), ids=JUMPS)
def test_a_jump_off_the_platform_after_an_escape(recording: Swim, jump_off_s: float | None) -> None:
    assert events(recording).jump_off_s == (None if jump_off_s is None else pytest.approx(jump_off_s))
    assert events(recording, TrialKind.PROBE).jump_off_s is None


def test_a_chord_between_two_frames_is_a_touch() -> None:
    recording = make_swim([0.0, 0.5, 1.0, 1.5], [[0, 0], [40, 0], [60, 0], [90, 0]])
    found = events(recording)
    assert found.escape_s is None
    assert found.first_contact_s == pytest.approx(0.5 + 0.25 * 0.5)


def test_a_wobble_at_the_edge_is_one_stay() -> None:
    time = np.arange(0, 4, 0.1)
    x = 45.0 + np.where(np.arange(len(time)) % 2, 0.5, -1.0)
    path = recorded_path(make_swim(time, np.stack([x, 0 * x], axis=1)), 1.0)
    assert len(find_stays(path, PLATFORM, 2.0)) == 1
    assert len(find_stays(path, PLATFORM, 0.5)) > 10


def test_lost_on_the_platform_is_still_on_it() -> None:
    recording = swim((50, 8))
    xy = recording.xy_cm.copy()
    xy[(recording.time_s > 3.0) & (recording.time_s < 8.0)] = NAN
    found = events(make_swim(recording.time_s, xy))
    assert found.end_reason is EndReason.ESCAPED
    assert found.escape_s == pytest.approx(TOUCH_S)


def test_lost_off_the_platform_is_no_contact() -> None:
    recording = swim((80, 3))
    xy = recording.xy_cm.copy()
    xy[(xy[:, 0] > 30) & (xy[:, 0] < 70)] = NAN
    assert events(make_swim(recording.time_s, xy)).first_contact_s is None


def test_a_probe_ends_with_its_window() -> None:
    found = events(swim((50, 10), (80, 30)), TrialKind.PROBE, limit_s=20.0)
    assert (found.end_reason, found.escape_s, found.end_s) == (EndReason.LIMIT, None, 20.0)
    assert found.first_contact_s == pytest.approx(TOUCH_S)


def test_release_is_detected_and_said_so() -> None:
    recording = swim((30, 5))
    xy = recording.xy_cm.copy()
    xy[:10] = NAN
    xy[5] = 0.0  # a flicker of the hand, shorter than 0.4 s
    found = events(make_swim(recording.time_s, xy), release_s=None)
    assert found.is_release_detected
    assert found.release_s == pytest.approx(1.0)


@pytest.mark.parametrize("is_found", [True, False])
def test_a_release_found_in_the_film_is_no_given_one(is_found: bool) -> None:
    assert events(swim((30, 5)), release_s=0.5, is_release_found=is_found).is_release_detected is is_found


def test_a_square_platform() -> None:
    square = Polygon(((45.0, -5.0), (55.0, -5.0), (55.0, 5.0), (45.0, 5.0)))
    recording = swim((50, 5))
    trial = Trial("t", TrialKind.HIDDEN, release_s=0.0)
    found = find_events(recording, recorded_path(recording, 1.0), trial, square, EventSettings())
    assert found.escape_s == pytest.approx(TOUCH_S)


def test_nothing_seen_is_told() -> None:
    nothing = make_swim([0, 1, 2], [[NAN, NAN]] * 3)
    with pytest.raises(MazetrackError, match="no release"):
        events(nothing, release_s=None)
    with pytest.raises(MazetrackError, match="no sample"):
        events(nothing)
    with pytest.raises(MazetrackError, match="no sample"):
        events(swim((30, 5)), release_s=100.0)
