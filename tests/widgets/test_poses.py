"""Poses that are drawn, copied and moved."""

from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.tracking.corrections import AddInstance
from napari_mazetrack.widgets.correct.poses import drawn_pose, instance_at, pose_at, pose_of


def test_a_drawn_pose_has_the_animals_proportions(make_track):
    track = make_track()
    points = track.keypoints_xy.copy()
    points[:, 0, 1] = points[:, 0, 2] + [2.5, 1.0]  # the body a quarter of the way ahead, a tenth to the right
    pose = drawn_pose(replace(track, keypoints_xy=points), 0, (50, 60), (50, 100))
    np.testing.assert_allclose(pose, [[50, 100], [46, 70], [50, 60]], atol=1e-9)


def test_the_middle_of_an_animal_that_was_never_whole_is_halfway(make_track):
    track = make_track(missing=range(20))
    pose = drawn_pose(track, 0, (50, 60), (50, 100))
    np.testing.assert_array_equal(pose, [[50, 100], [50, 80], [50, 60]])
    assert pose_at(track, 3, 0, (1, 2)) is None
    assert pose_of(track, 3, 0) is None


def test_what_is_not_known_of_a_pose_is_not_put():
    pose = np.array([[50.0, 100], [np.nan, np.nan], [50, 60]])
    assert instance_at(3, 0, pose) == AddInstance(3, 0, ((50.0, 100.0), None, (50.0, 60.0)))


@pytest.mark.parametrize(("frame", "nearest"), [(6, 4), (9, 10)])
def test_a_click_moves_the_pose_of_the_nearest_frame(make_track, frame, nearest):
    track = make_track(missing=range(5, 10))
    points = track.keypoints_xy.copy()
    points[10:] = points[10:, :, ::-1]
    track = replace(track, keypoints_xy=points)
    pose = pose_at(track, frame, 0, (30, 40))
    ahead = 5 if nearest < 10 else -5
    np.testing.assert_allclose(pose, [[30 + ahead, 40], [30, 40], [30 - ahead, 40]])
    np.testing.assert_array_equal(pose_of(track, nearest, 0), points[nearest, 0])
