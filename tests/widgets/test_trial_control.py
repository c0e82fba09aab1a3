"""The trial's form, the events that say its release, and the session follow each other."""

from dataclasses import replace

import pytest
from film_panel import ARENA
from napari.components import ViewerModel

from napari_mazetrack.maze.arena import Platform
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.review.event_marks import EventKind, EventMark
from napari_mazetrack.widgets.correct.events_panel import EventsPanel
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.track.trial_choice import TrialChoice, TrialChoiceView
from napari_mazetrack.widgets.track.trial_control import TrialControl


@pytest.fixture
def session():
    return Session(arena=replace(ARENA, platforms={**ARENA.platforms, "NE": Platform("circle", 58, 22, 4)}))


@pytest.fixture
def control(qtbot, session):
    view, events = TrialChoiceView(), EventsPanel(ViewerModel(), session, lambda: None, lambda: None)
    for widget in (view, events):
        qtbot.addWidget(widget)
    control = TrialControl(view, events, session)
    control.told = []
    for name in ("changed", "chosen", "release_said"):
        getattr(control, name).connect(lambda name=name: control.told.append(name))
    return control


def test_what_a_person_chooses_is_told_and_goes_into_the_session(control, session):
    control._view.set_value(TrialChoice(TrialKind.HIDDEN, 0.2, 60.0, "NE"))
    assert control.told == ["chosen", "changed", "release_said"]
    assert session.platform == "NE"
    assert [(mark.kind, mark.time_s) for mark in session.said_marks] == [(EventKind.RELEASE, 0.2)]


def test_a_kept_trial_is_shown_and_not_chosen_anew(control, session):
    session.said_marks = (EventMark(EventKind.RELEASE, 0.2, "Ada"),)
    control.take_kept(Trial("t", TrialKind.PROBE, limit_s=60.0))
    assert control.value() == TrialChoice(TrialKind.PROBE, 0.2, 60.0)
    control.take_kept(None)
    assert control.value() == TrialChoice(TrialKind.PROBE, 0.2, 60.0)
    assert set(control.told) == {"changed"}


def test_a_platform_counts_only_where_the_arena_has_it(control, session):
    control._view.set_value(TrialChoice(TrialKind.HIDDEN, platform="NE"))
    session.arena = ARENA
    control.follow_arena()
    assert session.platform == ""
    assert control.value().platform == "NE"
    assert control.told[-1] == "changed"
