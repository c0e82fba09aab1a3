"""Which labelled pictures are trained on, and which are held out to score with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.training.pictures import TrainingPicture
from napari_mazetrack.training.units import find_blocks, find_units

Pictures = Sequence[TrainingPicture]


@dataclass(frozen=True)
class Split:
    """Pictures to train on and to hold out; `unit` says what is kept apart: ``film`` or ``block`` of neighbours."""

    training: tuple[TrainingPicture, ...]
    validation: tuple[TrainingPicture, ...]
    unit: str


def in_film_order(frame: LabelledFrame) -> tuple[str, str, int]:
    """Sort labelled frames by this, and neighbours in a film are neighbours."""
    return frame.group, str(frame.source), frame.frame_index or 0


def split_tables(
    tables: Sequence[Pictures], fraction: float, seed: int, known: Collection[str] = frozenset()
) -> list[Split]:
    """Hold out about `fraction` of the pictures: whole films where there are five, blocks of neighbours otherwise.

    Animals are on both sides, and never more than half of them are held out, however unlike the films are in size.

    Parameters
    ----------
    tables : sequence of sequence of TrainingPicture
        The labelled pictures of each table; those that share films are split as one, or a film would be on both sides.
    fraction, seed : float, int
        Share of the films or blocks that is held out, and of the draw.
    known : collection of str
        `TrainingPicture.key` of what the model that is started from has seen: held out only where all else is.

    Raises
    ------
    MazetrackError
        There are not two pictures with an animal of two labelled points.
    """
    splits: dict[int, Split] = {}
    for members in _find_tables_that_share(tables):
        pool = sorted(((t, p) for t in members for p in tables[t]), key=lambda one: in_film_order(_frame(one[1])))
        held, unit = _choose_held([picture for _, picture in pool], fraction, seed, known)
        for t in members:
            mine = [(i in held, picture) for i, (owner, picture) in enumerate(pool) if owner == t]
            training, validation = (tuple(p for is_held, p in mine if is_held is side) for side in (False, True))
            splits[t] = Split(training, validation, unit)
    return [splits[t] for t in range(len(tables))]


def refuse_duplicates(training: Pictures, held_out: Pictures) -> None:
    """Refuse held-out pictures that are trained on too: their scores would mean nothing.

    Raises
    ------
    MazetrackError
        There are such pictures.
    """
    trained_on = {picture.key: picture.name for picture in training}
    twice = [(trained_on[picture.key], picture.name) for picture in held_out if picture.key in trained_on]
    if twice:
        first, second = twice[0]
        raise MazetrackError(
            f"{len(twice)} pictures stand in the labels twice, {first} and {second} first: one to train on, the other "
            "held out to score with. Keep one of each."
        )


def _frame(picture: TrainingPicture) -> LabelledFrame:
    if picture.frame is None:
        raise ValueError("a picture without its label belongs to no film")
    return picture.frame


def _find_tables_that_share(tables: Sequence[Pictures]) -> list[list[int]]:
    """Return the tables in parts; no film is in two parts."""
    parts: list[tuple[set[int], set[str]]] = []
    for t, pictures in enumerate(tables):
        members, films = {t}, {_frame(picture).group for picture in pictures}
        apart = []
        for part in parts:
            if part[1] & films:
                members, films = members | part[0], films | part[1]
            else:
                apart.append(part)
        parts = [*apart, (members, films)]
    return [sorted(members) for members, _ in parts]


def _choose_held(pictures: Pictures, fraction: float, seed: int, known: Collection[str]) -> tuple[set[int], str]:
    """Return the indices of the pictures that are held out, and what is kept apart."""
    has_animal = np.array([picture.has_animal for picture in pictures], np.bool_)
    n_animals = int(has_animal.sum())
    if n_animals < 2:
        said = "no labelled animal" if n_animals == 0 else "a single labelled frame"
        if n_animals == 0 and any(len(picture.keypoints_xy) for picture in pictures):
            said = "no animal with two labelled points"
        raise MazetrackError(
            f"There is {said}; training needs two frames at least, and 50 or more to be useful. Label more frames."
        )
    units, unit = _find_units_with_animals([_frame(picture).group for picture in pictures], has_animal)
    n_in = [int(has_animal[members].sum()) for members in units]
    order = np.random.default_rng(seed).permutation(len(units)).tolist()
    if known:
        order.sort(key=lambda i: any(pictures[j].key in known for j in units[i]))
    held = [next(i for i in order if 0 < n_in[i] <= n_animals // 2)]
    for i in order:
        is_small = n_in[i] + sum(n_in[j] for j in held) <= n_animals // 2
        if i not in held and is_small and len(held) < round(fraction * len(units)):
            held.append(i)
    return {i for chosen in held for i in units[chosen]}, unit


def _find_units_with_animals(films: Sequence[str], has_animal: NDArray[np.bool_]) -> tuple[list[list[int]], str]:
    """Return the largest units of which two have animals, so that both sides can have some."""
    frames = [[i] for i in range(len(films))]
    choices = (find_units(films), (find_blocks(films), "block"), (frames, "block"))
    return next(choice for choice in choices if sum(has_animal[members].any() for members in choice[0]) > 1)
