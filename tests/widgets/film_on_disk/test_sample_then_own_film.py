"""A film of the person's own is opened after a sample, whose arena and trial are not its own."""

import pytest
from film_panel import ARENA
from napari.layers import Layer

from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.widgets.arena.arena_choice import ArenaChoice
from napari_mazetrack.widgets.films import sample_films
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
from napari_mazetrack.widgets.track.trial_choice import TrialChoice


@pytest.fixture
def sample(monkeypatch, tmp_path):
    """The first sample, whose results go nowhere."""
    monkeypatch.setattr(sample_films.Path, "home", lambda: tmp_path / "home")
    return sample_films.load_samples()[0]


@pytest.mark.parametrize("closed", [False, True])
def test_nothing_of_a_sample_holds_for_a_film_of_ones_own(open_panel, film, sample, closed):
    panel = open_panel(sample.film)
    assert panel.arena.value() == ArenaChoice(sample.arena, panel.session.arena.diameter_cm)
    assert panel.trial.value().platform == sample.trial.platform
    if closed:
        panel._viewer.layers.clear()
    panel._viewer.add_layer(Layer.create(*film_layer_from_path(film)))
    assert panel.session.film.path == film
    assert panel.session.arena is None
    assert (panel.arena.value(), panel.trial.value()) == (ArenaChoice(), TrialChoice())
    assert panel.session.said_marks == ()


def test_an_own_arena_chosen_on_a_sample_holds_for_the_next_film(open_panel, film, sample):
    save_arena(ARENA, film.with_name("arena.json"))
    panel = open_panel(sample.film)
    assert not panel._arena_control.is_for_other_films
    panel.arena.set_value(ArenaChoice(film.with_name("arena.json")))
    assert panel._arena_control.is_for_other_films
    panel._viewer.add_layer(Layer.create(*film_layer_from_path(film)))
    assert panel.session.arena == ARENA
