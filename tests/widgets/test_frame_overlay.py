"""What follows the current frame, on a viewer without a screen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_mazetrack.review.event_marks import EventKind, EventMark
from napari_mazetrack.widgets.films.film_layer import FILM_ID, FILM_PATH
from napari_mazetrack.widgets.overlay.frame_marks import N_SIDES, frame_lines, line_colours
from napari_mazetrack.widgets.overlay.layers_view import LayersView
from napari_mazetrack.widgets.overlay.overlays import NOW, PATH, ROLE, SCALE, STARTS
from napari_mazetrack.widgets.overlay_choice import OverlayChoice, PathColour
from napari_mazetrack.widgets.session import FilmRef, Session

POOL = FilmRef(Path("pool.mp4"), "id1")
ALL = OverlayChoice(heading=True, box=True, sigma=True)


@pytest.fixture
def shown(make_track):
    viewer, session = ViewerModel(), Session()
    viewer.add_layer(
        Image(np.zeros((20, 240, 320), np.uint8), name="pool", metadata={FILM_PATH: "pool.mp4", FILM_ID: "id1"})
    )
    view = LayersView(viewer, session)
    session.set_film(POOL)
    session.track = make_track(missing=(7,))
    viewer.dims.set_point(0, 5)
    yield viewer, session, view
    view.close()


def of_role(viewer, role):
    return next((layer for layer in viewer.layers if layer.metadata.get(ROLE) == role), None)


def test_the_arrow_points_where_the_head_does(make_track):
    arrow = frame_lines(make_track(n_animals=2), 3, OverlayChoice(heading=True))
    assert arrow.shape == (6, 2, 2)
    np.testing.assert_allclose(arrow[0], [[108, 80], [113, 80]])  # the head is 5 px in front of the body
    np.testing.assert_allclose(arrow[1:3, 0], [[113, 80]] * 2)
    assert (arrow[1:3, 1, 0] < 113).all()
    np.testing.assert_allclose(arrow[3, :, 1], 120)


def test_the_box_and_the_circles_lie_where_the_track_says(make_track):
    track = make_track()
    track.box_xyxy[3, 0] = (90, 70, 120, 95)
    track.sigma_px[3, 0] = (1, 2, 3)
    box = frame_lines(track, 3, OverlayChoice(box=True))
    np.testing.assert_allclose([box.min(axis=(0, 1)), box.max(axis=(0, 1))], [[90, 70], [120, 95]])
    circles = frame_lines(track, 3, OverlayChoice(sigma=True)).reshape(3, N_SIDES, 2, 2)
    radius = np.linalg.norm(circles - track.keypoints_xy[3, 0][:, None, None], axis=-1)
    np.testing.assert_allclose(radius, np.broadcast_to([[[2]], [[4]], [[6]]], radius.shape))


def test_every_frame_has_as_many_lines(make_track):
    track = make_track(n_animals=2, missing=(4,))
    track.box_xyxy[6] = np.nan
    counts = {len(frame_lines(track, frame, ALL)) for frame in range(20)}
    assert counts == {len(line_colours(track, ALL))}
    assert not frame_lines(track, 4, replace(ALL, box=False)).any()


def test_lines_follow_the_frame_in_one_layer(shown):
    viewer, session, _ = shown
    assert of_role(viewer, NOW) is None
    session.overlays = OverlayChoice(heading=True)
    layer = of_role(viewer, NOW)
    np.testing.assert_allclose(layer.data[0], [[80, 110], [0, 5]])
    viewer.dims.set_point(0, 9)
    assert of_role(viewer, NOW) is layer
    np.testing.assert_allclose(layer.data[0], [[80, 114], [0, 5]])
    viewer.dims.set_point(0, 7)
    assert not layer.data.any()
    assert not layer.editable
    session.track = replace(session.track, keypoints_xy=session.track.keypoints_xy + 1)
    viewer.dims.set_point(0, 9)
    assert of_role(viewer, NOW) is layer
    np.testing.assert_allclose(layer.data[0], [[81, 115], [0, 5]])
    session.overlays = OverlayChoice()
    assert of_role(viewer, NOW) is None


def test_lines_leave_with_their_film(shown):
    viewer, session, _ = shown
    session.overlays = ALL
    session.set_film(FilmRef(Path("other.mp4"), "id2"))
    assert of_role(viewer, NOW) is None


def test_lines_that_were_deleted_by_hand_are_shown_again(shown):
    viewer, session, view = shown
    session.overlays = ALL
    viewer.layers.remove(of_role(viewer, NOW))
    viewer.dims.set_point(0, 6)
    assert of_role(viewer, NOW) is None
    view.show_again()
    assert of_role(viewer, NOW) is not None


def test_a_tail_is_as_long_as_the_films_own_times_say(shown, make_track):
    viewer, session, _ = shown
    path = of_role(viewer, PATH)
    assert (path.tail_length, path.head_length) == (20, 20)
    track = make_track()
    session.track = replace(track, time_s=np.where(np.arange(20) < 10, np.arange(20), 5 + np.arange(20) / 2))
    session.overlays = OverlayChoice(tail_s=3.0)
    lengths = {}
    for frame in (1, 8, 19):
        viewer.dims.set_point(0, frame)
        path = of_role(viewer, PATH)
        lengths[frame] = (path.tail_length, path.head_length)
    assert lengths == {1: (1, 0), 8: (3, 0), 19: (6, 0)}
    session.overlays = OverlayChoice()
    assert (path.tail_length, path.head_length) == (20, 20)


def test_the_time_is_in_the_picture_while_it_is_wanted(shown):
    viewer, session, _ = shown
    text = viewer.canvas.overlays.text
    text.text = "mine"
    session.overlays = OverlayChoice(time=True)
    assert (text.visible, text.text) == (True, "0.17 s of the film")
    session.found_marks = (EventMark(EventKind.RELEASE, 0.5),)
    assert text.text == "0.33 s before release"
    viewer.dims.set_point(0, 18)
    assert text.text == "0.10 s after release"
    session.overlays = OverlayChoice()
    assert (text.visible, text.text) == (False, "mine")
    session.overlays = OverlayChoice(time=True)
    session.set_film(None)
    assert (text.visible, text.text) == (False, "mine")


def test_the_path_is_coloured_by_what_is_chosen(shown, arena):
    viewer, session, view = shown
    path = of_role(viewer, PATH)
    session.arena = replace(arena, pool=replace(arena.pool, cx=109.5))
    for colour, feature in (("speed", "speed_px_s"), ("σ", "sigma_px"), ("quadrant", "quadrant"), ("time", "time_s")):
        session.overlays = OverlayChoice(PathColour(colour))
        assert path.color_by == feature
    session.overlays = OverlayChoice(PathColour.QUADRANT)
    assert path.features["quadrant"].tolist() == [1] * 9 + [4] * 10  # without frame 7
    colours = np.unique(path.track_colors, axis=0)
    assert len(colours) == 2
    session.arena = replace(session.arena, quadrant_angle_deg=90.0)
    assert set(path.features["quadrant"]) == {4, 3}
    assert len(np.unique(path.track_colors, axis=0)) == 2
    viewer.layers.remove(path)
    view.show_again()
    assert of_role(viewer, PATH).color_by == "quadrant"


def test_several_animals_have_a_colour_each(shown, make_track):
    viewer, session, _ = shown
    session.track = make_track(n_animals=2)
    assert of_role(viewer, PATH).color_by == "time_s"  # as it was before
    session.overlays = OverlayChoice(PathColour.SPEED)
    session.overlays = OverlayChoice()
    assert of_role(viewer, PATH).color_by == "animal"


def test_starts_and_scale_are_shown_as_chosen(shown, arena):
    viewer, session, _ = shown
    session.arena = arena
    assert of_role(viewer, STARTS) is None
    session.arena = replace(arena, starts={"N": (160.0, 35.0), "E": (255.0, 120.0)})
    starts = of_role(viewer, STARTS)
    np.testing.assert_allclose(starts.data, [[35, 160], [120, 255]])
    assert starts.text.values.tolist() == ["N", "E"]
    session.overlays = OverlayChoice(starts=False, scale=True)
    assert of_role(viewer, STARTS) is None
    bar = of_role(viewer, SCALE)
    assert bar.text.values.tolist() == ["20 cm"]
    np.testing.assert_allclose(np.ptp(bar.data[0], axis=0), [0, 20 / 0.6])  # the pool's 200 px are 120 cm
    session.arena = replace(arena, diameter_cm=None)
    assert of_role(viewer, SCALE) is None
