"""Which frames lie between two times."""

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.tracking.time_range import TimeRange

#: Seven frames, unevenly: 0.1 + 0.2 is not 0.3.
TIME_S = np.array([0.0, 0.1, 0.1 + 0.2, 0.7, 1.0, 1.3, 2.0])


@pytest.mark.parametrize(
    ("from_s", "to_s", "frames"),
    [
        (0.3, 1.0, (2, 5)),
        (0.31, 0.99, (3, 4)),
        (None, 0.3, (0, 3)),
        (1.0, None, (4, 7)),
        (2.0, 99.0, (6, 7)),
        (None, None, None),
        (0.0, 2.0, None),
    ],
)
def test_both_ends_are_included(from_s, to_s, frames):
    assert TimeRange(from_s, to_s).frames(TIME_S, "pool.mp4") == frames


@pytest.mark.parametrize(("from_s", "to_s"), [(2.1, None), (0.4, 0.6)])
def test_a_range_without_a_frame_is_told(from_s, to_s):
    with pytest.raises(MazetrackError, match=r"No frame of pool\.mp4 lies from .* its last one is at 2\.000 s"):
        TimeRange(from_s, to_s).frames(TIME_S, "pool.mp4")


@pytest.mark.parametrize(
    ("from_s", "to_s"), [(-1.0, None), (None, -0.1), (float("nan"), None), (None, float("inf")), (2.0, 2.0), (3.0, 2.0)]
)
def test_what_is_no_range_is_refused(from_s, to_s):
    with pytest.raises(MazetrackError):
        TimeRange(from_s, to_s)


def test_an_empty_film_has_no_range():
    with pytest.raises(MazetrackError, match="No frame"):
        TimeRange(1.0).frames(np.array([]), "empty.mp4")
