"""Films and tracks as napari opens them, on a viewer without a screen."""

from dataclasses import replace
from unittest.mock import create_autospec

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.utils.notifications import notification_manager
from npe2 import PluginManager

from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.widgets import reader
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path, film_of_layer, find_film_layer

PLUGIN = "napari-mazetrack"


@pytest.fixture
def notifications():
    notification_manager.records.clear()
    yield notification_manager.records
    notification_manager.records.clear()


@pytest.fixture
def viewer(monkeypatch):
    viewer = ViewerModel()
    monkeypatch.setattr(reader.napari, "current_viewer", lambda: viewer)
    return viewer


def add(viewer, layers):
    return [viewer.add_layer(Layer.create(*data)) for data in layers if data[0] is not None]


def test_a_film_is_a_lazy_layer_of_exact_frames(make_film, viewer):
    path = make_film()
    (layer,) = add(viewer, reader.read(str(path)))
    assert isinstance(layer, Image)
    assert layer.data.shape[:3] == (12, 48, 64)
    assert layer.axis_labels[:3] == ("frame", "y", "x")
    for i in (0, 11, 5):
        assert np.asarray(layer.data[i]).mean() == pytest.approx(10 * i, abs=3)
    viewer.dims.set_point(0, 7)
    assert np.mean(layer.get_value((7, 20, 30), world=True)) == pytest.approx(70, abs=3)


def test_a_layer_knows_its_film(make_film):
    path = make_film()
    layer = Layer.create(*film_layer_from_path(path))
    film = film_of_layer(layer)
    assert film.path == path
    assert find_film_layer([Image(np.zeros((3, 3))), layer], film.film_id) is layer
    assert find_film_layer([layer], "another film") is None


@pytest.mark.parametrize(
    ("name", "content"),
    [("note.mp4", b"this is a text"), ("list.mp4", b"ffconcat version 1.0\nfile other.mp4\n"), ("empty.avi", b"")],
    ids=["text", "ffconcat", "empty"],
)
def test_what_is_no_film_is_told_in_a_sentence(tmp_path, viewer, notifications, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert reader.read(str(path)) == [(None,)]
    (told,) = notifications
    assert told.severity.value == "error"
    assert name in told.message
    assert "Traceback" not in told.message


def test_a_damaged_film_does_not_keep_the_others_from_opening(make_film, tmp_path, viewer, notifications):
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    layers = add(viewer, reader.read([str(tmp_path / "bad.mp4"), str(make_film("good.mp4"))]))
    assert [layer.name for layer in layers] == ["good"]
    assert len(notifications) == 1


@pytest.fixture
def tracks_of(monkeypatch, make_track):
    """Let every tracks file hold a track of the film with this identity."""

    def give(film_id, film_name="pool.mp4", n_frames=12):
        track = replace(
            make_track(n_frames), attributes={"film_id": film_id, "film_name": film_name, "film_height": 48}
        )
        monkeypatch.setattr(reader, "load_track", create_autospec(load_track, return_value=track))

    return give


def test_tracks_are_drawn_on_their_film_when_it_is_open(make_film, tmp_path, viewer, tracks_of):
    (film,) = add(viewer, reader.read(str(make_film())))
    tracks_of(film_of_layer(film).film_id)
    add(viewer, reader.read(str(tmp_path / "pool.tracks.nc")))
    assert [layer.name for layer in viewer.layers] == ["pool", "pool path", "pool keypoints"]


def test_tracks_bring_their_film_along_when_it_lies_beside_them(make_film, tmp_path, viewer, tracks_of):
    film_id = film_of_layer(Layer.create(*film_layer_from_path(make_film()))).film_id
    tracks_of(film_id)
    add(viewer, reader.read(str(tmp_path / "pool.tracks.nc")))
    assert [layer.name for layer in viewer.layers] == ["pool", "pool path", "pool keypoints"]


@pytest.mark.parametrize(
    ("film_id", "film_name", "told"),
    [
        ("another", "pool.mp4", "made from another film than the pool.mp4"),
        ("another", "elsewhere.mp4", "neither open nor beside it"),
        ("another", "../pool.mp4", "made from another film"),
        ("", "pool.mp4", "does not say which film"),
    ],
    ids=["another film", "no film", "a name that leaves the folder", "no identity"],
)
def test_tracks_without_their_film_say_what_to_do(
    make_film, tmp_path, viewer, tracks_of, notifications, film_id, film_name, told
):
    make_film()
    tracks_of(film_id, film_name)
    assert reader.read(str(tmp_path / "pool.tracks.nc")) == [(None,)]
    assert told in notifications[0].message
    assert "Open" in notifications[0].message


def test_a_table_of_tracks_goes_with_the_open_film_of_its_name_and_length(
    make_film, tmp_path, viewer, tracks_of, notifications
):
    add(viewer, reader.read(str(make_film())))
    tracks_of("", n_frames=12)
    assert len(reader.read(str(tmp_path / "pool.tracks.csv"))) == 2
    tracks_of("", n_frames=13)
    assert reader.read(str(tmp_path / "pool.tracks.csv")) == [(None,)]
    assert "13 frames" in notifications[0].message


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("Pool.MP4", True),
        ("a.b.m4v", True),
        ("day1.tracks.nc", True),
        ("day1.tracks.csv", True),
        ("study.mazetrack", True),
        ("table.csv", False),
        ("stack.tif", False),
        ("model.nc", False),
    ],
)
def test_the_manifest_takes_films_and_our_tracks_only(name, is_ours):
    manager = PluginManager()
    manager.discover()
    readers = manager.iter_compatible_readers([name])
    assert (PLUGIN in {one.plugin_name for one in readers}) == is_ours
