"""The detector looks at the pool alone where that shows a larger animal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.maze.calibration import ellipse_outline
from napari_mazetrack.tracking.region import MARGIN, Region, region_of_pool
from napari_mazetrack.tracking.settings import TrackSettings

INPUT_HW = (256, 320)
FULL_HD = (1080, 1920)


def test_a_wide_picture_is_cut_to_its_pool():
    region = region_of_pool(TrackSettings(pool=Ellipse(960, 540, 400, 300)), FULL_HD, INPUT_HW)
    assert region == Region(500, 195, 921, 691)


@pytest.mark.parametrize(
    ("settings", "film_hw"),
    [
        (TrackSettings(), FULL_HD),
        (TrackSettings(pool=Ellipse(320, 240, 220, 220)), (480, 640)),  # little to gain
        (TrackSettings(pool=Ellipse(160, 120, 40, 40)), (240, 320)),  # nothing to gain: all pixels are seen
    ],
)
def test_else_the_whole_picture_is_seen(settings, film_hw):
    assert region_of_pool(settings, film_hw, INPUT_HW) == Region(0, 0, film_hw[1], film_hw[0])


@given(
    cx=st.floats(0, 1919), cy=st.floats(0, 1079), rx=st.floats(5, 2000), ry=st.floats(5, 2000), angle=st.floats(0, 180)
)
def test_all_of_the_pool_that_the_picture_shows_is_in_the_part(cx, cy, rx, ry, angle):
    pool = Ellipse(cx, cy, rx, ry, angle)
    region = region_of_pool(TrackSettings(pool=pool), FULL_HD, INPUT_HW)
    x, y = ellipse_outline(pool, 200).T
    shown = (x >= 0) & (x <= 1919) & (y >= 0) & (y <= 1079)
    assert region.left >= 0
    assert region.top >= 0
    assert region.left + region.width <= 1920
    assert region.top + region.height <= 1080
    assert (x[shown] >= region.left).all()
    assert (x[shown] <= region.left + region.width - 1).all()
    assert (y[shown] >= region.top).all()
    assert (y[shown] <= region.top + region.height - 1).all()


def test_a_region_of_corners_is_taken_as_well():
    corners = ((700.0, 300.0), (1300.0, 300.0), (1300.0, 900.0), (700.0, 900.0))
    region = region_of_pool(TrackSettings(pool_polygon=corners), FULL_HD, INPUT_HW)
    assert (region.left, region.top) == (700 - 300 * MARGIN, 300 - 300 * MARGIN)


def test_what_is_found_in_the_part_lies_there_in_the_picture():
    picture = np.arange(12 * 20, dtype=np.uint8).reshape(12, 20)
    region = Region(7, 4, 10, 6)
    assert (region.cut(picture) == picture[4:10, 7:17]).all()
    found = Instances(
        np.ones(1, np.float32),
        np.array([[1, 2, 3, 4]], np.float32),
        np.array([[[1, 1], [2, 2], [3, 3]]], np.float32),
        np.ones((1, 3), np.float32),
    )
    there = region.in_picture(found)
    np.testing.assert_array_equal(there.box_xyxy, [[8, 6, 10, 8]])
    np.testing.assert_array_equal(there.keypoints_xy, [[[8, 5], [9, 6], [10, 7]]])
    np.testing.assert_array_equal(there.sigma_px, found.sigma_px)
