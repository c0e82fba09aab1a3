import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_mazetrack.widgets.convert import (
    frame_xy_to_napari,
    napari_to_frame_xy,
    napari_to_xy,
    xy_to_napari,
)

coordinates = st.floats(-1e6, 1e6, allow_nan=False)
points = st.integers(0, 30).flatmap(lambda n: arrays(np.float64, (n, 2), elements=coordinates))


def test_x_becomes_the_last_column():
    assert xy_to_napari([[30.0, 10.0]]).tolist() == [[10.0, 30.0]]
    assert frame_xy_to_napari([7], [[30.0, 10.0]]).tolist() == [[7.0, 10.0, 30.0]]


@given(points)
def test_points_come_back_as_they_were(xy):
    np.testing.assert_array_equal(napari_to_xy(xy_to_napari(xy)), xy)


@given(points, st.integers(0, 100_000))
def test_points_in_frames_come_back_as_they_were(xy, first):
    frame = first + np.arange(len(xy))
    back_frame, back_xy = napari_to_frame_xy(frame_xy_to_napari(frame, xy))
    np.testing.assert_array_equal(back_frame, frame)
    np.testing.assert_array_equal(back_xy, xy)


def test_a_point_between_two_frames_counts_for_the_nearest():
    frame, _ = napari_to_frame_xy([[3.2, 0.0, 0.0], [3.8, 0.0, 0.0]])
    assert frame.tolist() == [3, 4]


@pytest.mark.parametrize("shape", [(4,), (4, 3), (2, 2, 2)])
def test_other_shapes_are_refused_with_what_came(shape):
    with pytest.raises(ValueError, match=r"expected an array \[N, 2\].*shape"):
        xy_to_napari(np.zeros(shape))


def test_missing_points_stay_missing():
    assert np.isnan(xy_to_napari([[np.nan, np.nan]])).all()
