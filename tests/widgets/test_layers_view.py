"""A session shown in a viewer without a screen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.utils.notifications import notification_manager

from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.widgets.film_layer import FILM_ID, FILM_PATH
from napari_mazetrack.widgets.layers_view import LayersView
from napari_mazetrack.widgets.overlays import track_layers
from napari_mazetrack.widgets.session import FilmRef, Session

POOL = FilmRef(Path("pool.mp4"), "id1")


def film_image(film):
    metadata = {FILM_PATH: str(film.path), FILM_ID: film.film_id}
    return Image(np.zeros((20, 240, 320), np.uint8), name=film.path.stem, metadata=metadata)


@pytest.fixture
def shown():
    viewer, session = ViewerModel(), Session()
    viewer.add_layer(film_image(POOL))
    view = LayersView(viewer, session)
    session.set_film(POOL)
    return viewer, session, view


def names(viewer):
    return [layer.name for layer in viewer.layers]


def test_track_and_arena_appear_above_their_film(shown, make_track, arena):
    viewer, session, _ = shown
    session.track = make_track()
    session.arena = arena
    assert names(viewer) == [
        "pool", "pool quadrants", "pool pool", "pool platform", "pool path", "pool keypoints",
    ]  # fmt: skip


def test_a_new_track_replaces_the_old_one_and_nothing_else(shown, make_track, arena):
    viewer, session, _ = shown
    session.arena = arena
    session.track = make_track(10)
    mine = viewer.add_points(np.zeros((1, 3)), name="my points")
    session.track = make_track(20)
    assert sorted(names(viewer)).count("pool keypoints") == 1
    assert len(viewer.layers["pool keypoints"].data) == 60
    assert mine in viewer.layers


def test_what_a_person_chose_in_the_controls_stays(shown, make_track, arena):
    viewer, session, _ = shown
    session.track = make_track()
    session.arena = arena
    layers = {layer.metadata.get("mazetrack_role"): layer for layer in viewer.layers}
    layers["path"].color_by, layers["path"].tail_length = "speed_px_s", 7
    layers["keypoints"].visible = layers["quadrants"].visible = False
    session.track = make_track(n_frames=15)
    session.arena = replace(arena, diameter_cm=100.0)
    again = {layer.metadata.get("mazetrack_role"): layer for layer in viewer.layers}
    assert again["path"] is not layers["path"]
    assert (again["path"].color_by, again["path"].tail_length) == ("speed_px_s", 7)
    assert not again["keypoints"].visible
    assert not again["quadrants"].visible
    assert again["pool"].visible


def test_a_correction_moves_the_points_that_are_there(shown, make_track):
    viewer, session, _ = shown
    track = make_track()
    session.track = track
    layers = list(viewer.layers)
    viewer.layers["pool path"].color_by = "speed_px_s"
    moved, source = track.keypoints_xy.copy(), track.source.copy()
    moved[7, 0, 1] += (3, 4)
    source[7, 0] = Source.CORRECTED
    corrected = replace(track, keypoints_xy=moved, source=source)
    for shown_now in (corrected, track, corrected):
        session.track = shown_now
        assert list(viewer.layers) == layers
        for role in ("keypoints", "path"):
            layer = viewer.layers[f"pool {role}"]
            values, arguments, kind = next(
                one for one in track_layers(shown_now, "pool", "id1") if role in one[1]["name"]
            )
            fresh = Layer.create(values, arguments, kind)
            np.testing.assert_array_equal(layer.data, fresh.data)
            for name in fresh.features:
                np.testing.assert_array_equal(layer.features[name], fresh.features[name])
        points = viewer.layers["pool keypoints"]
        row = int(np.flatnonzero(points.data[:, 0] == 7)[1])
        np.testing.assert_array_equal(points.data[row, 1:], shown_now.keypoints_xy[7, 0, 1, ::-1])
        ring = points.border_color[row][:3].tolist()
        assert ring == ([1, 1, 1] if shown_now is corrected else [0, 0, 0])
        assert viewer.layers["pool path"].color_by == "speed_px_s"


def test_a_correction_that_takes_a_point_away_makes_the_layer_anew(shown, make_track):
    viewer, session, _ = shown
    session.track = make_track()
    session.track = make_track(missing=[4])
    assert len(viewer.layers["pool keypoints"].data) == 57
    assert names(viewer) == ["pool", "pool path", "pool keypoints"]


def test_a_new_arena_leaves_the_order_as_it_was(shown, make_track, arena):
    viewer, session, _ = shown
    session.arena = arena
    session.track = make_track()
    before = names(viewer)
    session.arena = Arena(pool=Ellipse(150, 110, 90, 90), platforms=arena.platforms)
    assert names(viewer) == before


def test_the_film_stays_selected(shown, make_track, arena):
    viewer, session, _ = shown
    viewer.layers.selection = {viewer.layers["pool"]}
    session.track = make_track()
    session.arena = arena
    assert viewer.layers.selection.active is viewer.layers["pool"]


def test_another_film_empties_the_session_but_leaves_the_layers(shown, make_track, arena):
    viewer, session, _ = shown
    session.arena, session.track = arena, make_track()
    before = names(viewer)
    session.set_film(FilmRef(Path("other.mp4"), "id2"))
    assert (session.track, session.arena, session.measures) == (None, None, ())
    assert names(viewer) == before


def test_an_arena_that_cannot_be_drawn_is_told_and_changes_nothing(shown):
    viewer, session, _ = shown
    notification_manager.records.clear()
    session.arena = Arena(Ellipse(0, 0, 60, 60), units="cm")
    assert names(viewer) == ["pool"]
    assert "Find the pool" in notification_manager.records[0].message


def test_a_closed_view_no_longer_listens(shown, make_track):
    viewer, session, view = shown
    view.close()
    session.track = make_track()
    assert names(viewer) == ["pool"]
