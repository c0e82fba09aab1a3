"""Tracks and arenas as layers, on a viewer without a screen."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.colormaps.standardize_color import transform_color

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.widgets.convert import napari_to_frame_xy, napari_to_xy
from napari_mazetrack.widgets.overlay.overlays import OTHER_PLATFORM_COLOUR, PLATFORM_COLOUR, arena_layers
from napari_mazetrack.widgets.overlay.track_overlays import MAX_PATH, keypoints_layer, path_layer, track_layers


def test_all_keypoints_are_one_layer_at_their_places(make_track):
    track = make_track(n_frames=20, missing=(3, 4))
    points = Layer.create(*keypoints_layer(track, "pool", "id"))
    assert len(points.data) == 18 * 3
    frame, xy = napari_to_frame_xy(points.data)
    for name in MOUSE.keypoints:
        chosen = (points.features["keypoint"] == name).to_numpy()
        np.testing.assert_array_equal(xy[chosen], track.keypoints_xy[frame[chosen], 0, MOUSE.index(name)])
    assert not {3, 4} & set(frame)
    assert set(points.features["animal"]) == {"animal_0"}
    assert set(points.features["source"]) == {"detected"}


def test_keypoints_differ_in_colour_and_in_shape(make_track):
    points = Layer.create(*keypoints_layer(make_track(), "pool", "id"))
    keypoint = points.features["keypoint"].to_numpy()
    looks = {(name, str(points.symbol[i]), tuple(points.face_color[i])) for i, name in enumerate(keypoint)}
    assert len(looks) == len({colour for _, _, colour in looks}) == len({symbol for _, symbol, _ in looks}) == 3


def test_interpolated_points_are_hollow_and_corrected_ones_have_a_ring(make_track):
    track = make_track(n_frames=6)
    track.source[2], track.source[4] = Source.INTERPOLATED, Source.CORRECTED
    points = Layer.create(*keypoints_layer(track, "pool", "id"))
    frame, _ = napari_to_frame_xy(points.data)
    np.testing.assert_array_equal(points.face_color[:, 3], np.where(frame == 2, 0, 1))
    np.testing.assert_array_equal((points.border_color == 1).all(axis=1), frame == 4)
    np.testing.assert_allclose(points.border_color[frame == 2][:, :3], points.face_color[frame == 2][:, :3])


def test_a_path_can_be_coloured_by_speed_and_sigma(make_track):
    track = make_track(n_frames=20, missing=(3, 5))
    track.sigma_px[10:] = 4.0
    tracks = Layer.create(*path_layer(track, "pool", "id"))
    assert set(tracks.properties) >= {"time_s", "animal", "speed_px_s", "sigma_px"}
    speed = tracks.properties["speed_px_s"]
    assert speed[0] == pytest.approx(30)  # a pixel a frame, 30 frames a second
    assert speed[3] == 0  # frame 4 stands alone
    assert tracks.properties["sigma_px"][-1] == 4
    tracks.color_by = "sigma_px"


def test_no_line_is_drawn_across_a_gap(make_track):
    tracks = Layer.create(*path_layer(make_track(n_frames=20, missing=(3, 4, 11)), "pool", "id"))
    stretches = [tracks.data[tracks.data[:, 0] == i, 1] for i in np.unique(tracks.data[:, 0])]
    assert [(s[0], s[-1]) for s in stretches] == [(0, 2), (5, 10), (12, 19)]


def test_the_path_of_a_long_film_is_thinned_but_keeps_its_ends(make_track):
    track = make_track(n_frames=35_000, missing=(17_001, 17_003))
    tracks = Layer.create(*path_layer(track, "pool", "id"))
    assert len(tracks.data) <= MAX_PATH + 6
    stretches = [tracks.data[tracks.data[:, 0] == i, 1] for i in np.unique(tracks.data[:, 0])]
    assert [(s[0], s[-1]) for s in stretches] == [(0, 17_000), (17_002, 17_002), (17_004, 34_999)]
    frames = tracks.data[:, 1].astype(int)
    np.testing.assert_array_equal(tracks.data[:, :1:-1], track.path_xy()[frames])
    assert np.diff(frames).max() == 4
    speed = tracks.properties["speed_px_s"]
    np.testing.assert_allclose(speed[frames != 17_002], 30)


def test_each_animal_has_its_own_path(make_track):
    tracks = Layer.create(*path_layer(make_track(n_animals=2), "pool", "id"))
    assert np.unique(tracks.data[:, 0]).tolist() == [0, 1]
    assert np.unique(tracks.data[tracks.data[:, 0] == 1, 2]).tolist() == [120]


def test_a_track_without_any_position_adds_nothing(make_track):
    assert track_layers(make_track(missing=range(20)), "pool", "id") == []


def test_the_arena_is_still_and_its_quadrants_are_numbered(arena):
    layers = {layer.metadata["mazetrack_role"]: layer for layer in _layers(arena)}
    assert set(layers) == {"quadrants", "pool", "platform"}
    assert all(layer.ndim == 2 for layer in layers.values())
    quadrants = layers["quadrants"]
    assert quadrants.text.values.tolist() == ["1", "2", "3", "4"]
    centres = [napari_to_xy(outline).mean(axis=0) - (160, 120) for outline in quadrants.data]
    # 1 top left, 2 bottom left, 3 bottom right, 4 top right; y down
    assert [tuple(np.sign(centre)) for centre in centres] == [(-1, -1), (-1, 1), (1, 1), (1, -1)]


def test_pool_and_platform_lie_where_the_arena_says(arena):
    layers = {layer.metadata["mazetrack_role"]: layer for layer in _layers(arena)}
    pool = napari_to_xy(layers["pool"].data[0])
    np.testing.assert_allclose([pool.min(axis=0), pool.max(axis=0)], [[60, 30], [260, 210]], atol=0.1)
    platform = napari_to_xy(layers["platform"].data[0])
    np.testing.assert_allclose(np.hypot(*(platform - (120, 160)).T), 8.0, rtol=1e-5)


def test_a_polygon_platform_keeps_its_corners():
    corners = ((100.0, 100.0), (120.0, 100.0), (110.0, 120.0))
    arena = Arena(Ellipse(160, 120, 100, 90), platforms={"A": Platform("polygon", 110, 107, 8, corners)})
    platform = next(layer for layer in _layers(arena) if layer.metadata["mazetrack_role"] == "platform")
    np.testing.assert_array_equal(napari_to_xy(platform.data[0]), corners)


def test_the_trials_platform_stands_out_among_several():
    platforms = {"SW": Platform("circle", 120, 160, 8), "NE": Platform("circle", 200, 80, 8)}
    arena = Arena(Ellipse(160, 120, 100, 90), platforms=platforms)
    data = next(d for d in arena_layers(arena, "pool", "id", "NE") if d[1]["metadata"]["mazetrack_role"] == "platform")
    layer = Layer.create(*data)
    assert list(layer.text.values) == ["SW", "NE"]
    assert layer.edge_color[1].tolist() == transform_color(PLATFORM_COLOUR)[0].tolist()
    assert layer.edge_color[0].tolist() == transform_color(OTHER_PLATFORM_COLOUR)[0].tolist()


@pytest.mark.parametrize("wrong", [{"units": "cm"}, {"y_axis": "up"}], ids=["centimetres", "y up"])
def test_an_arena_that_is_not_in_film_pixels_is_not_drawn(wrong):
    with pytest.raises(MazetrackError, match=r"film's pixels.*Find the pool"):
        arena_layers(Arena(Ellipse(0, 0, 60, 60), **wrong), "pool", "id")


def test_film_sized_layers_of_all_kinds_go_together(make_track, arena):
    viewer = ViewerModel()
    viewer.add_image(np.zeros((20, 240, 320), np.uint8), axis_labels=("frame", "y", "x"))
    for data in [*track_layers(make_track(), "pool", "id"), *arena_layers(arena, "pool", "id")]:
        viewer.add_layer(Layer.create(*data))
    assert viewer.dims.ndim == 3
    assert viewer.dims.axis_labels == ("frame", "y", "x")
    assert viewer.dims.nsteps == (20, 240, 320)


def _layers(arena):
    return [Layer.create(*data) for data in arena_layers(arena, "pool", "id")]
