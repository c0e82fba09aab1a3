from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.tracking.flips import find_flips

LENGTH = 30.0


def seen(heading):
    return LENGTH * np.stack([np.cos(heading), np.sin(heading)], axis=1)


@pytest.mark.parametrize("fps", [5, 15, 30, 60])
def test_flips_of_a_wandering_swimmer_are_found(swim, fps):
    time_s, truth = swim(60, fps, seed=5)
    rng = np.random.default_rng(0)
    planted = rng.random(len(time_s)) < 0.1
    planted[int(4 * fps) : int(9 * fps)] = True  # a whole stretch
    heading = truth[:, 2] + rng.normal(0, 0.15, len(time_s)) + np.pi * planted
    centre = truth[:, :2] + rng.normal(0, 1, (len(time_s), 2))
    found = find_flips(time_s, seen(heading), centre, LENGTH)
    assert (found == planted).mean() > (0.97 if fps == 5 else 0.995)


def test_a_swimmer_that_is_seen_backward_all_along_is_turned_round(swim):
    time_s, truth = swim(20, 30)
    found = find_flips(time_s, seen(truth[:, 2] + np.pi), truth[:, :2], LENGTH)
    assert found.all()


def test_drifting_slowly_backward_is_no_flip():
    time_s = np.arange(300) / 30
    centre = np.stack([100 - 3 * time_s, np.full(300, 100.0)], axis=1)  # a tenth of a body length a second
    assert not find_flips(time_s, seen(np.zeros(300)), centre, LENGTH).any()


def test_missing_points_are_passed_over(swim):
    time_s, truth = swim(10, 30)
    axis = seen(truth[:, 2])
    axis[40:60] = np.nan
    axis[70:75] *= -1
    found = find_flips(time_s, axis, truth[:, :2], LENGTH)
    np.testing.assert_array_equal(np.flatnonzero(found), np.arange(70, 75))
    assert not find_flips(time_s, np.full_like(axis, np.nan), truth[:, :2], LENGTH).any()


@settings(deadline=None, max_examples=40)
@given(angle=st.floats(0, 6.3), scale=st.floats(0.2, 5), seed=st.integers(0, 1000))
def test_turning_and_scaling_the_picture_changes_nothing(angle, scale, seed):
    rng = np.random.default_rng(seed)
    time_s = np.cumsum(rng.uniform(0.02, 0.2, 30))
    heading = np.cumsum(rng.normal(0, 0.5, 30)) + np.pi * (rng.random(30) < 0.3)
    centre = np.cumsum(rng.normal(0, 5, (30, 2)), axis=0)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    before = find_flips(time_s, seen(heading), centre, LENGTH)
    after = find_flips(time_s, seen(heading) @ turn.T, centre @ turn.T, LENGTH * scale)
    np.testing.assert_array_equal(before, after)
