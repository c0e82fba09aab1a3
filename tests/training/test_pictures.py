"""Frames held out, pictures read, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledFrame, LabelledInstance
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.training.pictures import (
    TrainingPicture,
    load_pictures,
    refuse_duplicates,
    split_frames,
)

ANIMAL = LabelledInstance(np.ones((3, 2)), np.full(3, 2, np.uint8))


def frames_of(tmp_path, films, per_film, instances=(ANIMAL,)):
    return [
        LabelledFrame(tmp_path / f"{film}_{i}.png", None, instances, group=f"film{film}")
        for film in range(films)
        for i in range(per_film)
    ]


def test_whole_films_are_held_out_where_there_are_enough(tmp_path):
    split = split_frames(frames_of(tmp_path, 10, 4), 0.2, seed=0)
    assert split.unit == "film"
    assert len(split.validation) == 8
    assert {f.group for f in split.training}.isdisjoint({f.group for f in split.validation})
    assert split == split_frames(frames_of(tmp_path, 10, 4), 0.2, seed=0)


def test_blocks_of_neighbours_are_held_out_where_there_are_few_films(tmp_path):
    films = [LabelledFrame(tmp_path / "a.mp4", i, (ANIMAL,), group="a") for i in range(200)]
    shuffled = [films[i] for i in np.random.default_rng(0).permutation(200)]
    split = split_frames(shuffled, 0.1, seed=0)
    assert split.unit == "block"
    held = [frame.frame_index for frame in split.validation]
    assert held == list(range(held[0], held[0] + 20))
    assert len(split.training) == 180


def test_two_frames_can_be_split(tmp_path):
    split = split_frames(frames_of(tmp_path, 1, 2), 0.1, seed=0)
    assert (len(split.training), len(split.validation)) == (1, 1)


@pytest.mark.parametrize(
    ("n", "instances", "message"),
    [(5, (), "no labelled animal"), (0, (), "no labelled animal"), (1, (ANIMAL,), "a single labelled frame")],
)
def test_too_few_labels_are_refused_in_words(tmp_path, n, instances, message):
    with pytest.raises(MazetrackError, match=f"There is {message}; training needs two frames"):
        split_frames(frames_of(tmp_path, 1, n, instances), 0.1, 0)


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


def test_a_picture_that_is_trained_on_and_held_out_is_refused():
    rng = np.random.default_rng(0)
    a, b, c = (TrainingPicture(rng.integers(0, 255, (8, 8), np.uint8), np.zeros((0, 3, 2)), name) for name in "abc")
    refuse_duplicates([a, b], [c])
    again = TrainingPicture(b.luma.copy(), b.keypoints_xy, "copy of b")
    with pytest.raises(MazetrackError, match="1 pictures stand in the labels twice, b and copy of b"):
        refuse_duplicates([a, b], [c, again])
