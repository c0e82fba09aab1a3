"""The box of an animal follows its points, with the same margin at every heading."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.labels.boxes import MARGIN_FRACTION, body_length, box_from_keypoints

ANIMAL = np.array([[-50.0, 0], [0, 0], [50, 0]])


def test_a_lying_animal_gets_a_fifth_of_its_length_on_every_side():
    np.testing.assert_allclose(box_from_keypoints(ANIMAL + 200), [130, 180, 270, 220])


@given(angle=st.floats(0, 2 * np.pi), dx=st.floats(-1000, 1000))
def test_every_point_keeps_its_margin_when_the_animal_turns(angle, dx):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = ANIMAL @ turn.T + dx
    box = box_from_keypoints(points)
    margin = MARGIN_FRACTION * 100
    np.testing.assert_allclose(points.min(axis=0) - box[:2], margin, atol=1e-6)
    np.testing.assert_allclose(box[2:] - points.max(axis=0), margin, atol=1e-6)


@pytest.mark.parametrize("points", [[[1, 2], [np.nan] * 2, [np.nan] * 2], [[np.nan] * 2] * 3, [[4, 4]] * 3])
def test_too_few_points_give_no_size(points):
    assert box_from_keypoints(np.array(points, float)) is None


def test_missing_point_does_not_change_the_length_of_the_others():
    points = ANIMAL.copy()
    points[1] = np.nan
    assert body_length(points) == 100
