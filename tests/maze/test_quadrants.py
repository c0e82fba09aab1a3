from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.calibration import maze_plane, polygon_platform
from napari_mazetrack.maze.quadrants import (
    border_angle_rad,
    quadrant_label_positions,
    quadrant_of,
    quadrant_polygons,
    quadrant_roles,
)

PICTURE = Arena(Ellipse(320, 240, 200, 200), diameter_cm=100.0)


@pytest.mark.parametrize(
    ("xy", "number"), [((250, 150), 1), ((250, 300), 2), ((400, 300), 3), ((400, 150), 4), ((np.nan, 1), 0)]
)
def test_numbers_run_counter_clockwise_from_the_top_left(xy: tuple[float, float], number: int) -> None:
    plane = maze_plane(PICTURE)
    assert quadrant_of(plane.cm(xy), plane, 0.0) == number


def test_labels_stand_in_their_quadrants() -> None:
    x, y = quadrant_label_positions(PICTURE).T
    assert (np.sign(x - 320) == [-1, -1, 1, 1]).all()
    assert (np.sign(y - 240) == [-1, 1, 1, -1]).all()


def test_with_y_up_the_top_has_the_larger_y(cm_arena: Arena) -> None:
    _, y = quadrant_label_positions(cm_arena).T
    assert (np.sign(y - 100) == [1, -1, -1, 1]).all()


def test_outlines_share_the_pool_fairly(px_arena: Arena) -> None:
    plane = maze_plane(px_arena)
    areas = [np.pi * polygon_platform(plane.cm(outline)).r ** 2 for outline in quadrant_polygons(px_arena)]
    np.testing.assert_allclose(areas, np.pi * 60**2 / 4, rtol=1e-3)


@given(st.floats(-np.pi, np.pi))
def test_one_quadrant_is_centred_on_the_platform(bearing: float) -> None:
    x, y = 320 + 100 * np.cos(bearing), 240 - 100 * np.sin(bearing)
    arena = replace(PICTURE, quadrant_frame="platform", platforms={"p": Platform("circle", x, y, 10)})
    plane = maze_plane(arena)
    border = border_angle_rad(arena, plane, plane.platform(arena.platforms["p"]))
    assert abs(border) <= np.pi / 4 + 1e-9
    assert (bearing - border) % (np.pi / 2) == pytest.approx(np.pi / 4)


def test_a_platform_frame_needs_a_platform() -> None:
    with pytest.raises(MazetrackError, match="platform"):
        quadrant_polygons(replace(PICTURE, quadrant_frame="platform"))


def test_roles_are_seen_from_the_centre() -> None:
    plane = maze_plane(PICTURE)
    assert quadrant_roles(1, plane) == {"target": 1, "opposite": 3, "left": 2, "right": 4}
    mirrored = maze_plane(replace(PICTURE, mirrored=True))
    assert quadrant_roles(1, mirrored) == {"target": 1, "opposite": 3, "left": 4, "right": 2}
