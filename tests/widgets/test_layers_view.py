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
from napari_mazetrack.widgets.films.film_layer import FILM_ID, FILM_PATH
from napari_mazetrack.widgets.overlay.layers_view import LayersView
from napari_mazetrack.widgets.overlay.track_overlays import track_layers
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
            if role == "path":
                np.testing.assert_array_equal(layer._view_data, fresh._view_data)  # what napari draws
                layer.color_by = fresh.color_by = "speed_px_s"
                np.testing.assert_allclose(layer.track_colors, fresh.track_colors)
            else:
                np.testing.assert_allclose(layer.face_color, fresh.face_color)
                np.testing.assert_allclose(layer.border_color, fresh.border_color)
        points = viewer.layers["pool keypoints"]
        row = int(np.flatnonzero(points.data[:, 0] == 7)[1])
        np.testing.assert_array_equal(points.data[row, 1:], shown_now.keypoints_xy[7, 0, 1, ::-1])
        ring = points.border_color[row][:3].tolist()
        assert ring == ([1, 1, 1] if shown_now is corrected else [0, 0, 0])
        assert viewer.layers["pool path"].color_by == "speed_px_s"


def test_a_correction_of_one_of_several_animals_finds_its_points(shown, make_track):
    viewer, session, _ = shown
    track = make_track(n_animals=2, missing=(3, 11))
    session.track = track
    layers = list(viewer.layers)
    moved, source = track.keypoints_xy.copy(), track.source.copy()
    moved[15, 1] += (3, 4)
    source[15, 1], source[5, 0] = Source.CORRECTED, Source.INTERPOLATED
    session.track = corrected = replace(track, keypoints_xy=moved, source=source)
    assert list(viewer.layers) == layers
    for made, role in zip(track_layers(corrected, "pool", "id1"), ("path", "keypoints"), strict=True):
        layer, fresh = viewer.layers[f"pool {role}"], Layer.create(*made)
        np.testing.assert_array_equal(layer.data, fresh.data)
        for name in fresh.features:
            np.testing.assert_array_equal(layer.features[name], fresh.features[name])
    np.testing.assert_allclose(viewer.layers["pool keypoints"].border_color, fresh.border_color)
    np.testing.assert_allclose(viewer.layers["pool keypoints"].face_color, fresh.face_color)


def test_another_track_of_another_length_is_shown_anew(shown, make_track):
    viewer, session, _ = shown
    for n_frames, n_animals in ((20, 1), (30, 1), (30, 2)):
        session.track = make_track(n_frames, n_animals)
        assert len(viewer.layers["pool keypoints"].data) == 3 * n_frames * n_animals
        assert len(viewer.layers["pool path"].data) == n_frames * n_animals


def test_napari_cannot_change_what_is_shown(shown, make_track, arena):
    viewer, session, view = shown
    session.arena, session.track = arena, make_track()
    view.show_handles(np.zeros((3, 2)))
    overlays = list(viewer.layers)[1:]
    assert len(overlays) == 6
    session.arena = replace(arena, diameter_cm=100.0)
    assert not any(layer.editable for layer in list(viewer.layers)[1:])
    assert viewer.layers["pool"].editable


def test_layers_that_were_there_before_are_locked_too(make_track):
    viewer = ViewerModel()
    points = viewer.add_layer(Layer.create(*track_layers(make_track(), "pool", "id1")[1]))
    view = LayersView(viewer, Session())
    assert not points.editable
    view.close()


@pytest.mark.parametrize("removed", ["path", "keypoints", "quadrants", "pool", "platform"])
def test_what_was_deleted_by_hand_is_shown_again(shown, make_track, arena, removed):
    viewer, session, view = shown
    track = make_track()
    session.track, session.arena = track, arena
    before = sorted(names(viewer))
    viewer.layers.remove(f"pool {removed}")
    view.show_again()
    assert sorted(names(viewer)) == before
    viewer.layers.remove(f"pool {removed}")
    session.track, session.arena = replace(track), replace(arena)
    assert sorted(names(viewer)) == before


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


def test_an_arena_that_is_taken_away_is_no_longer_drawn(shown, make_track, arena):
    viewer, session, _ = shown
    session.track = make_track()
    session.overlays = replace(session.overlays, starts=True, scale=True)
    session.arena = replace(arena, starts={"N": (160.0, 40.0)})
    assert {"pool pool", "pool starts", "pool scale"} <= set(names(viewer))
    session.arena = None
    assert names(viewer) == ["pool", "pool path", "pool keypoints"]
    assert not viewer.layers["pool path"].features["quadrant"].any()


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
