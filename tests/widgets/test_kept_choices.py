"""What is chosen for a film goes into its project and comes from there, without a Track panel round it."""

from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from film_panel import ARENA

from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.project import Project
from napari_mazetrack.review.event_marks import EventKind, EventMark
from napari_mazetrack.widgets.arena.arena_control import ArenaControl
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path, film_of_layer
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.films.frame_rate import FrameRateView
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.track.kept_choices import KeptChoices
from napari_mazetrack.widgets.track.trial_choice import TrialChoice
from napari_mazetrack.widgets.track.trial_control import TrialControl

RELEASE = EventMark(EventKind.RELEASE, 0.2, "Ada")


@pytest.fixture
def home(tmp_path, write_blob_film):
    film = write_blob_film(tmp_path / "pool.mp4", 10)
    layer = SimpleNamespace(metadata=film_layer_from_path(film)[1]["metadata"])
    return FilmProject(film.with_suffix(".mazetrack"), film_of_layer(layer))


@pytest.fixture
def make_choices():
    """Make choices that are kept, between controls that only note what they are given."""

    def make(*, is_of_a_file=False, is_missing=False):
        arena, trial = Mock(ArenaControl, is_of_a_file=is_of_a_file), Mock(TrialControl)
        trial.value.return_value = TrialChoice(TrialKind.HIDDEN, None, 60.0, "SW")
        session = Session(arena=ARENA, said_marks=(RELEASE,))
        rate = Mock(FrameRateView, is_missing=is_missing)
        return SimpleNamespace(kept=KeptChoices(session, rate, arena, trial), session=session, arena=arena, trial=trial)

    return make


def keep(choices):
    for one in (choices.kept.keep_trial, choices.kept.keep_release, choices.kept.keep_arena):
        one()


def test_what_is_kept_is_taken_again(make_choices, home):
    choices = make_choices()
    choices.kept.follow(home)
    choices.kept.keep_all()
    later = make_choices()
    later.session.said_marks = ()
    later.kept.take(home, None)
    (trial,) = later.trial.take_kept.call_args.args
    assert (trial.kind, trial.limit_s, trial.platform) == (TrialKind.HIDDEN, 60.0, "SW")
    (arena,) = later.arena.take_kept.call_args.args
    assert arena.pool == ARENA.pool
    assert later.session.said_marks == (RELEASE,)


@pytest.mark.parametrize("why", [{"is_of_a_file": True}, {"is_missing": True}])
def test_no_project_is_made_for_an_arena_file_or_a_film_without_times(make_choices, home, why):
    choices = make_choices(**why)
    choices.kept.follow(home)
    keep(choices)
    assert not home.is_there


def test_nothing_is_kept_once_no_project_is_followed(make_choices, home):
    choices = make_choices()
    choices.kept.follow(home)
    choices.kept.follow(None)
    keep(choices)
    choices.kept.keep_all()
    assert not home.is_there


def test_an_undo_brings_the_arena_before_and_then_none(make_choices, home):
    choices = make_choices()
    choices.kept.follow(home)
    choices.kept.keep_arena()
    choices.session.arena = replace(ARENA, diameter_cm=150.0)
    choices.kept.keep_arena()
    with Project.open(home.path) as project:
        project.undo()
        choices.kept.take_again(project)
        (arena,) = choices.arena.take_kept.call_args.args
        assert arena.diameter_cm == ARENA.diameter_cm
        assert not choices.arena.take_away.called
        project.undo()
        choices.kept.take_again(project)
    assert choices.arena.take_away.called
