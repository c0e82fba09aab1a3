from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.maze.calibration import (
    apply_homography,
    cm_to_pixels,
    ellipse_outline,
    jacobian,
    maze_plane,
    pixels_to_cm,
)

SIZES = st.floats(50, 500)
ELLIPSES = st.builds(Ellipse, SIZES, SIZES, st.floats(100, 300), st.floats(100, 300), st.floats(-180, 180))


@given(ELLIPSES, st.floats(60, 300))
def test_the_waterline_becomes_a_circle(pool: Ellipse, diameter_cm: float) -> None:
    arena = Arena(pool, diameter_cm=diameter_cm)
    outline = pixels_to_cm(arena, ellipse_outline(pool, 50))
    np.testing.assert_allclose(np.hypot(*outline.T), diameter_cm / 2, rtol=1e-9)
    assert maze_plane(arena).radius_cm == pytest.approx(diameter_cm / 2, rel=1e-9)


@given(ELLIPSES, st.floats(0, 600), st.floats(0, 600))
def test_there_and_back(pool: Ellipse, x: float, y: float) -> None:
    arena = Arena(pool, diameter_cm=120.0)
    np.testing.assert_allclose(cm_to_pixels(arena, pixels_to_cm(arena, [x, y])), [x, y], atol=1e-6)


def test_centimetres_stay(cm_arena: Arena) -> None:
    np.testing.assert_array_equal(pixels_to_cm(cm_arena, [[12.0, 34.0]]), [[12.0, 34.0]])


def test_missing_stays_missing(px_arena: Arena) -> None:
    assert np.isnan(pixels_to_cm(px_arena, [np.nan, np.nan])).all()


def test_no_diameter_no_centimetres() -> None:
    with pytest.raises(MazetrackError, match="diameter_cm"):
        pixels_to_cm(Arena(Ellipse(1, 2, 3, 3)), [0, 0])


def test_a_tilted_camera_needs_its_homography() -> None:
    matrix = np.array([[0.2, 0.02, -60.0], [-0.01, 0.25, -50.0], [2e-4, 3e-4, 1.0]])
    circle_cm = 40 * np.stack([np.cos(t := np.linspace(0, 6.2, 300)), np.sin(t)], axis=1)
    picture = apply_homography(np.linalg.inv(matrix), circle_cm)
    middle = (picture.max(axis=0) + picture.min(axis=0)) / 2
    arena = Arena(Ellipse(*middle, 150, 150), image_to_cm=matrix)
    np.testing.assert_allclose(pixels_to_cm(arena, picture), circle_cm, atol=1e-9)


def test_the_jacobian_is_the_slope() -> None:
    matrix = np.array([[0.2, 0.02, -60.0], [-0.01, 0.25, -50.0], [2e-4, 3e-4, 1.0]])
    step = 1e-4
    numeric = [
        (apply_homography(matrix, [200 + dx, 100 + dy]) - apply_homography(matrix, [200 - dx, 100 - dy])) / (2 * step)
        for dx, dy in ((step, 0), (0, step))
    ]
    np.testing.assert_allclose(jacobian(matrix, (200, 100)), np.transpose(numeric), rtol=1e-6)


@pytest.mark.parametrize(("y_axis", "up"), [("down", [0, -1]), ("up", [0, 1])])
def test_up_is_up_on_the_screen(y_axis: str, up: list[int]) -> None:
    plane = maze_plane(Arena(Ellipse(0, 0, 50, 50), diameter_cm=100, y_axis=y_axis))  # type: ignore[arg-type]
    np.testing.assert_allclose(plane.up, up, atol=1e-12)
    np.testing.assert_allclose(plane.screen_angle_rad(up), np.pi / 2)
    np.testing.assert_allclose(plane.direction(np.pi / 2), up, atol=1e-12)


def test_a_circular_platform_keeps_its_area(px_arena: Arena) -> None:
    pool = px_arena.pool
    scale = 60.0 / np.sqrt(pool.rx * pool.ry)
    assert maze_plane(px_arena).platform(px_arena.platforms["platform"]).r == pytest.approx(30 * scale)


def test_a_turned_homography_turns_the_screen(px_arena: Arena) -> None:
    turned = np.array([[0.0, -0.22, 70.0], [0.22, 0.0, -80.0], [0.0, 0.0, 1.0]])
    plane = maze_plane(replace(px_arena, image_to_cm=turned))
    np.testing.assert_allclose(plane.right, [0, 1], atol=1e-9)
