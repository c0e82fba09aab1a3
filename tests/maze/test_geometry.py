from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.maze.geometry import Circles, Disc, Grid, Lines, Polygon, Ring, Zone, cut_steps, rotated

SQUARE = Polygon(((-10.0, -10.0), (10.0, -10.0), (10.0, 10.0), (-10.0, 10.0)))
ARROW = Polygon(((0.0, 12.0), (-10.0, -10.0), (0.0, -3.0), (10.0, -10.0)))
ZONES: dict[str, Zone] = {
    "disc": Disc((3.0, -2.0), 8.0),
    "ring": Ring((0.0, 0.0), 5.0, 9.0),
    "square": SQUARE,
    "arrow": ARROW,
}
POINT = st.tuples(st.floats(-30, 30), st.floats(-30, 30))


def inside_share(zone: Zone, start: tuple[float, float], end: tuple[float, float]) -> float:
    pieces = cut_steps(np.array([start]), np.array([end]), zone)
    return float(pieces.share[zone.contains(pieces.middle)].sum())


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
@settings(max_examples=40)
@given(start=POINT, end=POINT)
def test_the_share_inside_is_that_of_many_points(
    zone: Zone, start: tuple[float, float], end: tuple[float, float]
) -> None:
    u = (np.arange(1000) + 0.5) / 1000
    points = np.array(start) + u[:, None] * (np.array(end) - start)
    assert inside_share(zone, start, end) == pytest.approx(zone.contains(points).mean(), abs=6e-3)


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
@settings(max_examples=40)
@given(points=st.lists(POINT, min_size=2, max_size=12))
def test_pieces_cover_each_step_once(zone: Zone, points: list[tuple[float, float]]) -> None:
    xy = np.array(points)
    pieces = cut_steps(xy[:-1], xy[1:], zone)
    np.testing.assert_allclose(np.bincount(pieces.step, pieces.share, minlength=len(xy) - 1), 1.0)


@pytest.mark.parametrize(
    ("zone", "start", "end", "share"),
    [
        (Disc((0, 0), 5), (-10, 0), (10, 0), 0.5),
        (Disc((0, 0), 5), (-10, 3), (10, 3), 0.4),
        (Disc((0, 0), 5), (-10, 6), (10, 6), 0.0),
        (Disc((0, 0), 5), (1, 1), (1, 1), 1.0),
        (SQUARE, (-20, 0), (20, 0), 0.5),
        (SQUARE, (-20, -20), (20, 20), 0.5),
        (SQUARE, (0, 0), (0, 20), 0.5),
        (Ring((0, 0), 5, 9), (-10, 0), (10, 0), 0.4),
    ],
)
def test_exact_cuts(zone: Zone, start: tuple[float, float], end: tuple[float, float], share: float) -> None:
    assert inside_share(zone, start, end) == pytest.approx(share)


def test_a_line_cuts_once() -> None:
    line = Lines(np.array([[0.0, 0.0]]), np.array([[0.0, 2.0]]))
    pieces = cut_steps(np.array([[-1.0, 5.0], [1.0, 0.0]]), np.array([[3.0, 5.0], [1.0, 9.0]]), line)
    np.testing.assert_allclose(pieces.share, [0.25, 0.75, 1.0])


@given(points=st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-30, 30)), min_size=2, max_size=6))
def test_a_grid_cuts_where_its_inner_lines_do(points: list[tuple[int, int]]) -> None:
    """Beyond the outermost of them nothing is cut, however far a step goes."""
    xy, at = np.array(points, np.float64), np.array([-5.0, 0.0, 5.0])
    through = np.concatenate([np.stack([at, at * 0], axis=1), np.stack([at * 0, at], axis=1)])
    lines = Lines(through, np.repeat([[0.0, 1.0], [1.0, 0.0]], 3, axis=0))
    by_grid = cut_steps(xy[:-1], xy[1:], Grid((-10.0, -10.0), 5.0, 4))
    by_lines = cut_steps(xy[:-1], xy[1:], lines)
    np.testing.assert_array_equal(by_grid.step, by_lines.step)
    np.testing.assert_allclose(by_grid.begin, by_lines.begin, atol=1e-12)


def test_circles_of_one_centre_cut_like_discs() -> None:
    start, end = np.array([[-10.0, 3.0], [0.0, 0.0]]), np.array([[10.0, 3.0], [0.0, 4.0]])
    together = cut_steps(start, end, Circles((0.0, 0.0), (5.0, 3.5)))
    apart = cut_steps(start, end, Disc((0.0, 0.0), 5.0), Disc((0.0, 0.0), 3.5))
    assert len(together.step) == 7
    np.testing.assert_array_equal(together.middle, apart.middle)


@given(POINT)
def test_polygon_distance_of_a_square(xy: tuple[float, float]) -> None:
    x, y = abs(xy[0]) - 10, abs(xy[1]) - 10
    expected = np.hypot(max(x, 0), max(y, 0)) + min(max(x, y), 0)
    assert SQUARE.edge_distance(np.array(xy)) == pytest.approx(expected, abs=1e-9)


def test_missing_lies_nowhere() -> None:
    nowhere = np.array([[np.nan, np.nan]])
    assert not any(zone.contains(nowhere).any() for zone in ZONES.values())


def test_rotation_goes_from_x_to_y() -> None:
    np.testing.assert_allclose(rotated(np.array([3.0, 1.0]), np.array([1.0, 1.0]), np.pi / 2), [1, 3], atol=1e-12)
