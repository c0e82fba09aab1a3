"""Pool and platforms follow their handles."""

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.widgets.arena.arena_handles import add_platform, handles_of, move_handle

ARENA = Arena(
    Ellipse(100, 90, 60, 50, 30),
    diameter_cm=120.0,
    platforms={
        "NE": Platform("circle", 120, 70, 6),
        "SW": Platform("polygon", 80, 110, 5, ((75, 105), (85, 105), (85, 115), (75, 115))),
    },
)
POOL, ALONG, ACROSS, NE, NE_EDGE, SW, SW_EDGE = range(7)


@pytest.mark.parametrize("row", range(7))
def test_a_handle_is_where_it_was_put(row):
    xy = handles_of(ARENA)[row] + (7, -4)
    moved = handles_of(move_handle(ARENA, row, tuple(xy)))
    if row in (NE_EDGE, SW_EDGE):  # an edge stays to the right of its platform: only its distance is taken
        centre = moved[row - 1]
        assert moved[row, 0] - centre[0] == pytest.approx(np.hypot(*(xy - centre)))
    else:
        np.testing.assert_allclose(moved[row], xy)


def test_what_is_not_moved_stays():
    moved = move_handle(ARENA, NE, (130, 60))
    assert moved.pool == ARENA.pool
    assert moved.platforms["SW"] == ARENA.platforms["SW"]
    assert moved.diameter_cm == 120
    assert move_handle(ARENA, POOL, (0, 0)).platforms == ARENA.platforms


def test_an_axis_is_turned_and_stretched():
    turned = move_handle(ARENA, ALONG, (100, 160)).pool
    assert (turned.rx, turned.ry) == pytest.approx((70, 50))
    assert abs(turned.angle_deg) == pytest.approx(90)
    stretched = move_handle(ARENA, ACROSS, (100, 160)).pool
    assert (stretched.rx, stretched.ry, stretched.angle_deg) == pytest.approx((60, 70, 0))


def test_a_polygon_moves_and_grows_as_a_whole():
    moved = move_handle(ARENA, SW, (90, 100)).platforms["SW"]
    assert moved.points == ((85, 95), (95, 95), (95, 105), (85, 105))
    grown = move_handle(ARENA, SW_EDGE, (90, 110)).platforms["SW"]
    assert grown.r == 10
    assert grown.points == ((70, 100), (90, 100), (90, 120), (70, 120))


def test_nothing_vanishes():
    assert move_handle(ARENA, ALONG, (100, 90)).pool.rx > 0
    assert move_handle(ARENA, NE_EDGE, (120, 70)).platforms["NE"].r > 0


def test_platforms_are_added_under_new_names():
    one = add_platform(Arena(Ellipse(100, 90, 60, 60), diameter_cm=120.0))
    two = add_platform(one)
    assert list(two.platforms) == ["platform", "platform_2"]
    new = one.platforms["platform"]
    assert (new.cx, new.cy, new.r) == pytest.approx((130, 90, 5))
