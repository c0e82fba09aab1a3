from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.tracking.pool_mask import is_in_pool
from napari_mazetrack.tracking.settings import TrackSettings

SQUARE = ((0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0))
# A U: its notch from the top is outside.
NOTCHED = ((0.0, 0.0), (40.0, 0.0), (40.0, 60.0), (60.0, 60.0), (60.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0))


@pytest.mark.parametrize(
    ("settings", "xy", "inside"),
    [
        (TrackSettings(), (1e6, -1e6), True),
        (TrackSettings(pool=Ellipse(100, 50, 40, 20, 0), pool_margin=0), (139, 50), True),
        (TrackSettings(pool=Ellipse(100, 50, 40, 20, 0), pool_margin=0), (100, 71), False),
        (TrackSettings(pool=Ellipse(100, 50, 40, 20, 90), pool_margin=0), (100, 71), True),
        # y runs down: 45° points to the lower right of the picture.
        (TrackSettings(pool=Ellipse(0, 0, 40, 10, 45), pool_margin=0), (25, 25), True),
        (TrackSettings(pool=Ellipse(0, 0, 40, 10, 45), pool_margin=0), (25, -25), False),
        (TrackSettings(pool=Ellipse(0, 0, 100, 100), pool_margin=0.05), (104, 0), True),
        (TrackSettings(pool=Ellipse(0, 0, 100, 100), pool_margin=0.05), (106, 0), False),
        (TrackSettings(pool_polygon=SQUARE, pool_margin=0), (99, 50), True),
        (TrackSettings(pool_polygon=SQUARE, pool_margin=0), (101, 50), False),
        (TrackSettings(pool_polygon=SQUARE, pool_margin=0.05), (102, 50), True),
        (TrackSettings(pool_polygon=SQUARE, pool_margin=0.05), (104, 104), False),
        (TrackSettings(pool_polygon=NOTCHED, pool_margin=0), (50, 30), False),
        (TrackSettings(pool_polygon=NOTCHED, pool_margin=0), (50, 80), True),
        (TrackSettings(pool_polygon=NOTCHED[::-1], pool_margin=0), (20, 30), True),
    ],
)
def test_inside_and_outside(settings, xy, inside):
    assert is_in_pool(np.array([[xy]], float), settings).tolist() == [[inside]]


def test_nowhere_is_outside():
    assert not is_in_pool(np.array([[np.nan, np.nan]]), TrackSettings(pool=Ellipse(0, 0, 9, 9))).any()
