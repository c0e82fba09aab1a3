"""Pools that we paint: a disc of water in a darker or brighter wall, light that is uneven, and noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.maze.ellipse_fit import fit_ellipse, fit_ellipse_robustly, outline_with_normals, polar
from napari_mazetrack.maze.find_arena import FindSettings, compute_tilt_bound_cm, find_arena_in_picture

POOL = Ellipse(205.0, 148.0, 121.0, 115.0, 30.0)


def paint(water: float, wall: float, rim: float = 200.0, platform: float = 0.0) -> NDArray[np.uint8]:
    """Water, a wall that is 14 px wide as seen, a rim of 6 px, and the room."""
    rows, columns = np.indices((300, 400), float)
    xy = np.stack([columns.ravel(), rows.ravel()], axis=1)
    distance = polar(POOL, xy)[1].reshape(300, 400)
    levels = [(-1e9, water), (0.0, wall), (14.0, rim), (20.0, 60.0)]
    picture = np.full((300, 400), float(water))
    for edge, luma in levels[1:]:
        picture += (luma - picture) / (1 + np.exp(-(distance - edge) / 0.8))
    picture += 15 * (columns / 400 - 0.5)
    spot = np.hypot(columns - 240, rows - 110)
    picture += platform / (1 + np.exp((spot - 12) / 0.8))
    picture += np.random.default_rng(0).normal(0, 2.0, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("water", "wall"), [(180, 90), (60, 120), (120, 150)], ids=["white", "dark", "faint"])
def test_the_waterline_is_found_and_not_the_rim(water: float, wall: float) -> None:
    found = find_arena_in_picture(paint(water, wall))
    pool = found.arena.pool
    assert (pool.cx, pool.cy) == pytest.approx((POOL.cx, POOL.cy), abs=1.0)
    assert sorted((pool.rx, pool.ry)) == pytest.approx(sorted((POOL.rx, POOL.ry)), rel=0.01)
    assert found.residual_px < 1.0
    assert not found.arena.platforms


@pytest.mark.parametrize("contrast", [25.0, -12.0])
def test_a_platform_that_can_be_seen(contrast: float) -> None:
    (platform,) = find_arena_in_picture(paint(150, 80, platform=contrast)).arena.platforms.values()
    assert platform.shape == "circle"
    assert (platform.cx, platform.cy) == pytest.approx((240, 110), abs=1.5)
    assert platform.r == pytest.approx(12, rel=0.12)


@pytest.mark.parametrize("kind", ["grey", "noise", "gradient"])
def test_no_pool_is_told(kind: str) -> None:
    rng = np.random.default_rng(1)
    pictures = {
        "grey": np.full((240, 320), 128),
        "noise": rng.integers(0, 255, (240, 320)),
        "gradient": np.tile(np.linspace(0, 255, 320), (240, 1)),
    }
    with pytest.raises(MazetrackError, match="No pool"):
        find_arena_in_picture(pictures[kind].astype(np.uint8))


def test_the_bound_of_a_tilt_is_the_one_that_was_tried() -> None:
    assert compute_tilt_bound_cm(60.0, 200.0, 5.0) == pytest.approx(1.6, abs=0.05)
    assert compute_tilt_bound_cm(60.0, 200.0, 10.0) == pytest.approx(3.1, abs=0.05)


def test_a_rim_is_scaled_down_to_the_water() -> None:
    picture = paint(150, 80)
    plain = find_arena_in_picture(picture).arena.pool
    lower = find_arena_in_picture(picture, FindSettings(120.0, 10.0, 200.0)).arena.pool
    assert lower.rx / plain.rx == pytest.approx(0.95)
    assert lower.cx - 199.5 == pytest.approx(0.95 * (plain.cx - 199.5))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((-1, None, None), "above 0"),
        ((120, 10, None), "needs the camera's height"),
        ((120, 210, 200), "cannot be higher"),
        ((float("nan"), None, None), "above 0"),
        ((1.2, None, None), "pools are 10 to 1000 cm wide"),
        ((120, None, 10), "cannot see a pool of 120 cm"),
    ],
)
def test_impossible_settings_are_told(values: tuple[float | None, ...], words: str) -> None:
    with pytest.raises(MazetrackError, match=words):
        FindSettings(*values)


def test_an_ellipse_is_fitted_through_its_points() -> None:
    points, normals = outline_with_normals(POOL, 100)
    fitted = fit_ellipse(points)
    assert fitted is not None
    assert sorted((fitted.rx, fitted.ry)) == pytest.approx([115, 121])
    np.testing.assert_allclose(polar(POOL, points + 0.001 * normals)[1], 0.001, atol=1e-4)


def test_outliers_do_not_pull() -> None:
    points, normals = outline_with_normals(POOL, 200)
    rng = np.random.default_rng(0)
    points = points + rng.normal(0, 0.3, (200, 1)) * normals
    points[:50] += 15 * normals[:50]
    fitted, weight = fit_ellipse_robustly(points, POOL)
    assert (fitted.cx, fitted.cy) == pytest.approx((POOL.cx, POOL.cy), abs=0.3)
    assert (weight[:50] == 0).all()
