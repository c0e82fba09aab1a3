"""Frames held out, pictures read, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledFrame, LabelledInstance
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.training.pictures import load_pictures

ANIMAL = LabelledInstance(np.ones((3, 2)), np.full(3, 2, np.uint8))


def test_frames_of_a_film_are_read_from_it(shared_data):
    film = shared_data / "watermaze_video" / "watermaze.mp4"
    frames = [LabelledFrame(film, i, (ANIMAL,), group="film") for i in (3, 40)]
    first, second = run_to_end(load_pictures(frames, 3, ""))
    assert first.luma.shape == (720, 720)
    assert first.keypoints_xy.shape == (1, 3, 2)
    assert (first.luma != second.luma).any()


def test_points_outside_of_their_picture_are_refused(tmp_path):
    Image.new("L", (40, 30)).save(tmp_path / "a.png")
    Image.new("L", (40, 30)).save(tmp_path / "b.png")

    def frame(name, x):
        animal = LabelledInstance(np.array([[x, 5], [np.nan, np.nan], [9, 9]]), np.full(3, 2, np.uint8))
        return LabelledFrame(tmp_path / name, None, (animal,))

    assert len(run_to_end(load_pictures([frame("a.png", 39.9), frame("b.png", -0.6)], 3, ""))) == 2
    with pytest.raises(MazetrackError, match=r"1 of 2 labelled frames have points outside .* b\.png"):
        run_to_end(load_pictures([frame("a.png", 39), frame("b.png", 41)], 3, ""))
