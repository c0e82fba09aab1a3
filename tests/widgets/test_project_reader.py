"""A project as napari opens it: which of its films and tracks are shown, and what is told of the others."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.notifications import notification_manager
from typer.testing import CliRunner

from napari_mazetrack.cli import command_view
from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import Project
from napari_mazetrack.tracking.corrections import SetKeypoint
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets import reader
from napari_mazetrack.widgets.overlay.overlays import KEYPOINTS, ROLE
from napari_mazetrack.widgets.track.track_widget import TrackWidget
from napari_mazetrack.workflows import project_films
from napari_mazetrack.workflows.correct import append_correction, load_correctable, save_corrected
from napari_mazetrack.workflows.track import TrackRequest
from napari_mazetrack.workflows.track_in_project import track_film_of_project

ARENA = Arena(Ellipse(48, 32, 30, 28), diameter_cm=100.0)


@pytest.fixture
def films(tmp_path, write_blob_film):
    return [write_blob_film(tmp_path / f"{name}.mp4", n) for name, n in (("first", 20), ("second", 21), ("third", 22))]


@pytest.fixture
def study(tmp_path, films, blob_model):
    """A project of three films, the first of which was tracked to another folder, and corrected since."""
    path = tmp_path / "study.mazetrack"
    with Project.create(path) as project:
        for film in films:
            with open_film(film) as opened:
                project.add_film(opened)
    run_to_end(track_film_of_project(TrackRequest(films[0], blob_model, out_dir=tmp_path / "tracks"), path))
    with Project.open(path) as project, open_film(films[0]) as opened:
        append_correction(project, opened.film_id, SetKeypoint(7, 0, "body", 11.0, 22.0))
    return path


@pytest.fixture
def viewer(monkeypatch):
    notification_manager.records.clear()
    viewer = ViewerModel()
    monkeypatch.setattr(reader.napari, "current_viewer", lambda: viewer)
    return viewer


def open_in(viewer, path):
    for data in reader.read(str(path)):
        if data[0] is not None:
            viewer.add_layer(Layer.create(*data))
    return [layer.name for layer in viewer.layers]


def messages():
    return [record.message for record in notification_manager.records]


def test_films_open_with_their_newest_tracks_and_the_last_one_worked_on_on_top(viewer, study):
    assert open_in(viewer, study) == ["second", "third", "first", "first path", "first keypoints"]
    points = viewer.layers["first keypoints"]
    body = (points.features["keypoint"] == "body").to_numpy() & (points.data[:, 0] == 7)
    np.testing.assert_allclose(points.data[body], [[7, 22, 11]], atol=0.5)
    assert messages() == []


def test_the_track_panel_works_on_the_project_that_was_opened(qtbot, viewer, study, tmp_path):
    open_in(viewer, study)
    panel = TrackWidget(viewer)
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: panel.session.track is not None, timeout=20_000)
    assert panel.session.film.path.name == "first.mp4"
    assert panel.out_dir.value() == tmp_path / "tracks"
    assert panel.session.track.attributes["n_corrections"] == 1
    assert panel.places.home().path == study
    panel.shut_down()


def test_films_that_are_missing_or_too_many_are_told(viewer, study, films, write_blob_film, monkeypatch):
    films[1].unlink()
    write_blob_film(films[2], 9)
    assert open_in(viewer, study) == ["first", "first path", "first keypoints"]
    assert "third.mp4 is another film" in messages()[0]
    assert messages()[1].startswith("Not shown of study.mazetrack: second.mp4, third.mp4.")
    monkeypatch.setattr(project_films.films_of_project, "__defaults__", (1,))
    viewer.layers.clear()
    open_in(viewer, study)
    assert "open the other 1 by themselves" in messages()[-1]


def test_a_project_without_any_film_to_show_is_refused(viewer, tmp_path, films):
    path = tmp_path / "empty.mazetrack"
    Project.create(path).close()
    assert open_in(viewer, path) == []
    assert "has no films yet" in messages()[0]
    with Project.open(path) as project, open_film(films[0]) as opened:
        project.add_film(opened)
    films[0].unlink()
    assert open_in(viewer, path) == []
    assert "first.mp4" in messages()[1]
    assert "mazetrack project relink" in messages()[1]


def test_the_command_takes_a_project(study, films, monkeypatch):
    opened = []
    monkeypatch.setattr(command_view, "open_napari", opened.extend)
    monkeypatch.setenv("DISPLAY", ":0")
    assert CliRunner().invoke(app, ["view", str(study)]).exit_code == 0
    assert opened == [study]
    for film in films:
        film.unlink()
    result = CliRunner().invoke(app, ["view", str(study)])
    assert isinstance(result.exception, MazetrackError)
    assert opened == [study]


def test_a_film_that_is_open_is_not_opened_again(viewer, study, films):
    open_in(viewer, films[0])
    names = open_in(viewer, study)
    assert names.count("first") == 1
    assert [layer.metadata.get(ROLE) for layer in viewer.layers].count(KEYPOINTS) == 1


@pytest.mark.parametrize("is_tracked", [True, False])
def test_a_film_that_is_open_goes_over_to_the_project(qtbot, viewer, study, films, is_tracked):
    film = films[0] if is_tracked else films[1]
    open_in(viewer, film)
    panel = TrackWidget(viewer)
    qtbot.addWidget(panel)
    open_in(viewer, study)
    panel.film.set_value(viewer.layers[film.stem])
    if is_tracked:
        qtbot.waitUntil(lambda: panel.session.track is not None, timeout=20_000)
        assert "project_path" not in viewer.layers["first path"].metadata
    assert panel.places.home().path == study
    panel._arena_control.take(ARENA)
    panel.shut_down()
    assert not film.with_suffix(".mazetrack").exists()
    with Project.open(study, read_only=True) as project, open_film(film) as opened:
        assert project.arenas.get(opened.film_id) is not None


def test_a_panel_follows_a_project_that_is_opened_after_its_film(qtbot, viewer, study, films):
    film = films[1]
    with Project.open(study) as project, open_film(film) as opened:
        project.arenas.put(opened.film_id, ARENA)
    films[0].unlink()
    films[2].unlink()
    open_in(viewer, film)
    panel = TrackWidget(viewer)
    qtbot.addWidget(panel)
    open_in(viewer, study)
    assert panel.session.arena is not None
    panel.shut_down()
    assert not film.with_suffix(".mazetrack").exists()


def test_tracks_of_another_folder_stay_the_films_once_they_are_shown(qtbot, viewer, study, films, tmp_path):
    open_in(viewer, films[0])
    open_in(viewer, tmp_path / "tracks" / "first.tracks.nc")
    panel = TrackWidget(viewer)
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: panel.session.track is not None, timeout=20_000)
    assert panel.places.folder_of(panel.session.film) == tmp_path / "tracks"
    panel.shut_down()


def test_a_track_with_another_correction_than_the_project_is_computed_anew(viewer, study, films, tmp_path):
    saved = tmp_path / "tracks" / "first.tracks.nc"
    correctable = load_correctable(saved)
    save_corrected(correctable.compute([SetKeypoint(3, 0, "body", 11.0, 22.0)]), correctable, saved)
    open_in(viewer, study)
    points = viewer.layers["first keypoints"]
    is_body = (points.features["keypoint"] == "body").to_numpy()
    places = {int(frame): (y, x) for frame, y, x in points.data[is_body]}
    np.testing.assert_allclose(places[7], (22, 11), atol=0.5)
    assert np.hypot(places[3][0] - 22, places[3][1] - 11) > 5
