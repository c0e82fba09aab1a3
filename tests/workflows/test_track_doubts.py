"""Tracks in doubt: straight swims at 20 cm/s with one thing wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.events import EndReason, TrialEvents
from napari_mazetrack.maze.measures.view import maze_of_trial
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.workflows.measure import swim_of
from napari_mazetrack.workflows.recording import Recording
from napari_mazetrack.workflows.track_doubts import find_doubt

ARENA = Arena(Ellipse(60, 60, 60, 60), diameter_cm=120, units="cm", platforms={"p": Platform("circle", 80, 80, 5)})
TIME = np.arange(0, 5, 0.1)
EVENTS = TrialEvents(0.5, 4.5, False, False, EndReason.LIMIT, None, None, ())
SWIM = Recording(
    "swim", "m1", TIME, np.stack([10 + 20 * TIME, np.full(len(TIME), 60.0)], axis=1), None, "cm", np.zeros(50, bool)
)


def doubt(recording: Recording) -> str:
    maze = maze_of_trial(ARENA, Trial("t", TrialKind.HIDDEN))
    return find_doubt(recording, swim_of(recording, ARENA), maze, EVENTS)


def with_xy(at: slice, value: float) -> Recording:
    xy = SWIM.xy.copy()
    xy[at, 1] = value
    return replace(SWIM, xy=xy)


def test_a_plain_swim_is_in_no_doubt() -> None:
    assert doubt(SWIM) == ""
    assert doubt(with_xy(slice(20, 21), np.nan)) == ""  # a single sample of forty


@pytest.mark.parametrize("reason", ["leap", "gap", "bridged", "unsure"])
def test_what_a_person_should_look_at_is_told(reason: str) -> None:
    source = np.full(50, Source.DETECTED, np.uint8)
    source[20:30] = Source.INTERPOLATED
    sigma = np.where((TIME > 2) & (TIME < 3), 9.0, 0.5)
    found = {
        "leap": (with_xy(slice(25, 40), 100.0), "jumps 40 cm, faster than it swims at"),
        "gap": (with_xy(slice(20, 30), np.nan), "24% of its time, such as from 2.0 s: not seen for"),
        "bridged": (replace(SWIM, source=source), "not seen for 1.1 s, bridged"),
        "unsure": (replace(SWIM, sigma=sigma), "uncertain by 9 cm"),
    }
    recording, words = found[reason]
    assert words in doubt(recording)


def test_what_lies_outside_the_trial_is_no_doubt() -> None:
    assert doubt(with_xy(slice(0, 4), np.nan)) == ""
    assert doubt(with_xy(slice(47, 50), 100.0)) == ""
