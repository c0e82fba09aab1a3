"""Known points tell how a camera is tilted, and wrong ones are told."""

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.maze.calibration import apply_homography, pixels_to_cm
from napari_mazetrack.maze.ellipse_fit import fit_ellipse
from napari_mazetrack.maze.known_points import KnownPoints, calibrate, load_known_points

RADIUS_CM = 60.0
#: What a camera 200 cm above the water shows when it is tilted by 12 degrees.
TILT = np.radians(12)
TO_IMAGE = np.array([[600.0, 0, 320], [0, 600, 240], [0, 0, 1]]) @ np.array(
    [[1, 0, 0], [0, np.cos(TILT), 10], [0, np.sin(TILT), 200]]
)
PLACES_CM = np.array([[60.0, 0], [0, 60], [-60, 0], [0, -60], [30, 30], [-20, 10]])


def points(n=6, off=()):
    xy = apply_homography(TO_IMAGE, PLACES_CM[:n])
    for i, shift in off:
        xy[i] += shift
    return KnownPoints(xy, PLACES_CM[:n])


@pytest.fixture
def arena():
    around = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    rim = apply_homography(TO_IMAGE, RADIUS_CM * np.stack([np.cos(around), np.sin(around)], axis=1))
    return Arena(fit_ellipse(rim))


@pytest.mark.parametrize("n", [4, 6])
def test_positions_are_exact_where_an_ellipse_alone_errs_by_centimetres(arena, n):
    swim_cm = np.random.default_rng(0).uniform(-40, 40, (200, 2))
    seen = apply_homography(TO_IMAGE, swim_cm)
    calibrated = calibrate(arena, points(n))
    np.testing.assert_allclose(pixels_to_cm(calibrated.arena, seen), swim_cm, atol=1e-6)
    assert calibrated.residual_cm < 1e-6
    assert calibrated.arena.diameter_cm == pytest.approx(2 * RADIUS_CM, rel=1e-3)
    steps = np.diff(swim_cm, axis=0)
    by_ellipse = np.diff(pixels_to_cm(Arena(arena.pool, diameter_cm=2 * RADIUS_CM), seen), axis=0)
    assert np.abs(np.hypot(*by_ellipse.T) - np.hypot(*steps.T)).max() > 2


def test_small_errors_are_averaged_and_told(arena):
    rng = np.random.default_rng(1)
    calibrated = calibrate(arena, points(off=[(i, rng.normal(0, 0.5, 2)) for i in range(6)]))
    assert 0.02 < calibrated.residual_cm < 0.4


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (points(3), "3 known points are given"),
        (points(off=[(4, (60, 0))]), "do not fit together: point 5"),
        (KnownPoints(np.arange(12.0).reshape(6, 2), PLACES_CM), "on one line"),
        (KnownPoints(np.repeat(points(2).xy, 3, axis=0), PLACES_CM), "on one line"),
        (KnownPoints(points().xy, PLACES_CM[[0, 2, 1, 3, 4, 5]]), "do not fit|No camera"),
    ],
    ids=["three", "one is wrong", "a line", "two places", "exchanged"],
)
def test_points_that_tell_nothing_or_contradict_are_refused(arena, known, message):
    with pytest.raises(MazetrackError, match=message):
        calibrate(arena, known)


def test_a_diameter_that_contradicts_the_points_is_told(arena):
    with pytest.raises(MazetrackError, match=r"is 120\.0 cm wide, but 150 cm"):
        calibrate(Arena(arena.pool, diameter_cm=150.0), points())


def test_a_table_of_points(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("name;x;y;x_cm;y_cm\nnorth;100;20,5;0;60\n\nsouth;100;220;0;-60\n")
    known = load_known_points(path)
    np.testing.assert_array_equal(known.xy, [[100, 20.5], [100, 220]])
    np.testing.assert_array_equal(known.cm, [[0, 60], [0, -60]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y,x_cm\n1,2,3\n", "no column y_cm"),
        ("x,y,x_cm,y_cm\n1,2,three,4\n", "x_cm on line 2 .* is 'three'"),
        ("x,y,x_cm,y_cm\n1,2,nan,4\n", "which is no length"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, text, message):
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(MazetrackError, match=message):
        load_known_points(path)


def test_an_arena_is_kept_but_for_the_calibration(arena):
    mirrored = Arena(arena.pool, mirrored=True, starts={"N": (1.0, 2.0)})
    calibrated = calibrate(mirrored, points()).arena
    assert (calibrated.pool, calibrated.mirrored, calibrated.starts) == (arena.pool, True, {"N": (1.0, 2.0)})
    assert isinstance(calibrated.pool, Ellipse)
