"""What is held out: films where there are enough, animals on both sides, nothing that was learnt from elsewhere."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.training.pictures import TrainingPicture
from napari_mazetrack.training.splits import refuse_duplicates, split_tables

ANIMAL = np.array([[1.0, 1], [3, 1], [5, 1]])
ONE_POINT = np.where([[[False], [True], [False]]], ANIMAL, np.nan)


def picture(film, index, n_animals=1):
    luma = np.full((2, 2), (int(film), index % 256), np.uint8)
    frame = LabelledFrame(Path(f"{film}.mp4"), index, (), group=film)
    return TrainingPicture(luma, np.tile(ANIMAL, (n_animals, 1, 1)), f"{film} {index}", frame)


def pictures_of(n_films, n_frames, n_animals=1):
    return [picture(str(film), i, n_animals) for film in range(n_films) for i in range(n_frames)]


def films_of(pictures):
    return {picture.frame.group for picture in pictures}


def count_animals(pictures):
    return sum(len(picture.keypoints_xy) for picture in pictures)


def test_whole_films_are_held_out_where_there_are_enough():
    (split,) = split_tables([pictures_of(10, 4)], 0.2, seed=0)
    assert split.unit == "film"
    assert len(split.validation) == 8
    assert films_of(split.training).isdisjoint(films_of(split.validation))
    (again,) = split_tables([pictures_of(10, 4)], 0.2, seed=0)
    assert [p.name for p in again.validation] == [p.name for p in split.validation]


def test_blocks_of_neighbours_are_held_out_where_there_are_few_films():
    film = pictures_of(1, 200)
    (split,) = split_tables([[film[i] for i in np.random.default_rng(0).permutation(200)]], 0.1, seed=0)
    assert split.unit == "block"
    held = [picture.frame.frame_index for picture in split.validation]
    assert held == list(range(held[0], held[0] + 20))
    assert len(split.training) == 180


def test_two_frames_can_be_split():
    (split,) = split_tables([pictures_of(1, 2)], 0.1, seed=0)
    assert (len(split.training), len(split.validation)) == (1, 1)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "pictures",
    [
        [*pictures_of(1, 2), *(picture("0", i, 0) for i in range(2, 20))],
        [*pictures_of(1, 30), *(picture(str(film), i, 0) for film in range(1, 9) for i in range(3))],
        [*pictures_of(2, 30), *(picture(str(film), i, 0) for film in range(2, 9) for i in range(3))],
    ],
    ids=["two neighbours among empty frames", "one film with animals", "two films with animals"],
)
def test_animals_are_on_both_sides_of_many_empty_frames(pictures, seed):
    (split,) = split_tables([pictures], 0.1, seed)
    assert count_animals(split.training) >= count_animals(split.validation) > 0


@pytest.mark.parametrize("seed", range(6))
def test_a_film_with_most_of_the_animals_is_trained_on(seed):
    pictures = [*pictures_of(4, 10), *(picture("4", i) for i in range(200))]
    (split,) = split_tables([pictures], 0.2, seed)
    assert "4" in films_of(split.training)
    assert len(split.validation) == 10


@pytest.mark.parametrize("seed", range(6))
def test_a_film_in_two_tables_is_on_one_side(seed):
    first, second, alone = pictures_of(10, 4), pictures_of(6, 6), pictures_of(20, 1)[10:]
    splits = split_tables([first, alone, second], 0.2, seed)
    training = films_of([p for split in splits for p in split.training])
    held = films_of([p for split in splits for p in split.validation])
    assert training.isdisjoint(held)
    assert [len(split.training) + len(split.validation) for split in splits] == [40, 10, 36]


@pytest.mark.parametrize("seed", range(6))
def test_what_the_model_to_start_from_has_seen_is_trained_on(seed):
    pictures = pictures_of(10, 4)
    known = {p.key for p in pictures if p.frame.group not in "379"}
    (split,) = split_tables([pictures], 0.2, seed, known)
    assert films_of(split.validation) < set("379")
    (split,) = split_tables([pictures], 0.2, seed, {p.key for p in pictures})
    assert len(split.validation) == 8


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (pictures_of(1, 5, 0), "no labelled animal"),
        ([], "no labelled animal"),
        (pictures_of(1, 1), "a single labelled frame"),
        ([replace(p, keypoints_xy=ONE_POINT) for p in pictures_of(1, 9)], "no animal with two labelled points"),
    ],
)
def test_too_few_labels_are_refused_in_words(pictures, message):
    with pytest.raises(MazetrackError, match=f"There is {message}; training needs two frames"):
        split_tables([pictures], 0.1, 0)


def test_a_picture_that_is_trained_on_and_held_out_is_refused():
    rng = np.random.default_rng(0)
    a, b, c = (TrainingPicture(rng.integers(0, 255, (8, 8), np.uint8), np.zeros((0, 3, 2)), name) for name in "abc")
    refuse_duplicates([a, b], [c])
    again = TrainingPicture(b.luma.copy(), b.keypoints_xy, "copy of b")
    with pytest.raises(MazetrackError, match="1 pictures stand in the labels twice, b and copy of b"):
        refuse_duplicates([a, b], [c, again])
