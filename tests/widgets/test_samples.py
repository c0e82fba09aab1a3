"""The sample films as layers, and what is known of them."""

from pathlib import Path

import pytest
from napari.layers import Layer

from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.resources import sample_data_folder
from napari_mazetrack.widgets import samples
from napari_mazetrack.widgets.films import sample_films
from napari_mazetrack.widgets.films.film_layer import film_of_layer


@pytest.mark.parametrize("open_sample", [samples.open_hidden, samples.open_probe])
def test_a_sample_opens_with_its_arena(open_sample):
    layers = [Layer.create(*data) for data in open_sample()]
    film, *arena = layers
    assert [layer.metadata["mazetrack_role"] for layer in arena] == ["quadrants", "pool", "platform"]
    assert sample_films.sample_of_film(film_of_layer(film).path).arena.is_file()


def test_results_of_a_sample_do_not_go_into_the_installation():
    film = sample_films.load_samples()[0].film
    assert sample_data_folder().resolve() not in sample_films.default_out_dir(film).resolve().parents
    assert sample_films.default_out_dir(film) != sample_data_folder()
    assert sample_films.default_out_dir(Path("films/mine.mp4")) == Path("films")


def test_without_samples_other_films_are_still_tracked(monkeypatch, tmp_path):
    monkeypatch.setattr(sample_films, "sample_data_folder", lambda: tmp_path)
    assert sample_films.sample_of_film(Path("films/mine.mp4")) is None


def test_the_samples_are_a_hidden_and_a_probe_trial():
    assert {sample.trial.kind for sample in sample_films.load_samples()} >= {TrialKind.HIDDEN, TrialKind.PROBE}
