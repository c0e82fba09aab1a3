"""Painted pools with fresh noise, an animal that swims, and a camera that is knocked."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from napari_mazetrack.maze.camera_moves import CameraMove, find_camera_moves, longest_steady_part
from napari_mazetrack.progress import run_to_end

N_FRAMES = 40


def film(shift_yx=(0, 0), at=N_FRAMES, back_at=N_FRAMES) -> list[NDArray[np.uint8]]:
    """A pool of 240 × 320 pixels in a room with a cue; from `at` to `back_at` the camera looks elsewhere."""
    rng = np.random.default_rng(3)
    rows, columns = np.indices((240, 320))
    pool = np.where(np.hypot(rows - 120, columns - 160) < 95, 170.0, 90.0)
    pool[20:50, 260:290] = 30.0
    frames = []
    for i in range(N_FRAMES):
        angle = 2 * np.pi * i / N_FRAMES
        picture = pool.copy()
        picture[np.hypot(rows - 120 - 60 * np.sin(angle), columns - 160 - 60 * np.cos(angle)) < 14] = 10.0
        if at <= i < back_at:
            picture = ndimage.shift(picture, shift_yx, order=1, mode="nearest")
        frames.append(np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8))
    return frames


def moves_in(frames) -> tuple[CameraMove, ...]:
    return run_to_end(find_camera_moves(frames))


@pytest.mark.parametrize("shift_yx", [(0, 3), (-5, 8), (20, -25)])
def test_a_camera_that_is_knocked_is_told_with_the_place_and_the_way(shift_yx):
    (move,) = moves_in(film(shift_yx, at=23))
    assert move.frame_index == pytest.approx(23, abs=1)
    assert move.shift_px == pytest.approx(np.hypot(*shift_yx), abs=0.6)
    assert longest_steady_part([move], N_FRAMES) == slice(0, move.frame_index)


def test_a_camera_that_comes_back_moved_twice():
    there, back = moves_in(film((6, 6), at=10, back_at=30))
    assert (there.frame_index, back.frame_index) == (pytest.approx(10, abs=1), pytest.approx(30, abs=1))
    assert longest_steady_part([there, back], N_FRAMES) == slice(there.frame_index, back.frame_index)


def test_an_animal_that_swims_is_no_move():
    assert moves_in(film()) == ()


def test_pictures_without_anything_in_them_are_no_move():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert moves_in([np.full((240, 320), 128, np.uint8)] * N_FRAMES) == ()


def test_a_light_that_goes_on_is_no_move():
    frames = film()
    brighter = [np.clip(frame * 1.25 + 8, 0, 255).astype(np.uint8) for frame in frames[20:]]
    assert moves_in(frames[:20] + brighter) == ()


@pytest.mark.parametrize("n_frames", [0, 1, 7])
def test_too_few_frames_to_compare_are_no_move(n_frames):
    assert moves_in(film((9, 9), at=3)[:n_frames]) == ()
    assert longest_steady_part([], n_frames) == slice(0, n_frames)
