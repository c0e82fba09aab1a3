"""What the timeline draws."""

from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Platform
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.widgets.timeline.strips import strips_of


def test_speed_is_in_pixels_without_an_arena(make_track):
    strips = strips_of(make_track(), None)
    np.testing.assert_allclose(strips.speed, 30.0)  # a pixel a frame, 30 frames a second
    assert strips.speed_unit == "px/s"
    assert strips.distance_cm is None


def test_an_arena_gives_centimetres_and_the_way_to_the_platform(make_track, arena):
    strips = strips_of(make_track(), arena)
    np.testing.assert_allclose(strips.speed, 30.0 * 0.6, rtol=1e-6)  # 200 px are 120 cm
    assert strips.speed_unit == "cm/s"
    # In frame 0 the body is at (100, 80), the platform at (120, 160); 180 px of height are 120 cm too.
    assert strips.distance_cm[0] == pytest.approx(np.hypot(20 * 0.6, 80 * 120 / 180), rel=1e-3)


def test_the_way_is_to_the_platform_of_the_trial(make_track, arena):
    other = replace(arena, platforms={**arena.platforms, "NE": Platform("circle", 100.0, 80.0, 8.0)})
    assert strips_of(make_track(), other, platform="NE").distance_cm[0] == pytest.approx(0)
    first = strips_of(make_track(), arena).distance_cm
    for name in ("", "SW", "one that the arena does not have"):
        np.testing.assert_array_equal(strips_of(make_track(), other, platform=name).distance_cm, first)


def test_quadrants_are_stretches_of_time(make_track, arena):
    track = make_track(n_frames=100, n_animals=2, missing=(10, 11))  # the pool's centre is at (160, 120)
    # From (100, 80) to the right: in quadrant 1 until x = 160, missing twice, then in 4.
    np.testing.assert_allclose(
        strips_of(track, arena).quadrants * [30, 30, 1], [[-0.5, 9.5, 1], [11.5, 59.5, 1], [59.5, 99.5, 4]], atol=1.001
    )
    assert set(strips_of(track, replace(arena, quadrant_angle_deg=90.0)).quadrants[:, 2]) == {4, 3}
    assert strips_of(track, None).quadrants.shape == (0, 3)
    centred = replace(arena, quadrant_frame="platform", platforms={})
    assert strips_of(track, centred).quadrants.shape == (0, 3)


def test_stretches_reach_half_a_frame_beyond_their_frames(make_track):
    track = make_track(missing=(3, 4, 9))
    track.source[12:14] = Source.CORRECTED
    strips = strips_of(track, None)
    np.testing.assert_allclose(strips.missing * 30, [[2.5, 4.5], [8.5, 9.5]])
    np.testing.assert_allclose(strips.corrected * 30, [[11.5, 13.5]])
    assert np.isnan(strips.speed[[3, 4, 9]]).all()


def test_a_film_of_one_frame_has_no_speed(make_track):
    strips = strips_of(make_track(n_frames=1), None)
    assert np.isnan(strips.speed).all()
