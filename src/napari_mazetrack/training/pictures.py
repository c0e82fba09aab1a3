"""Labelled frames as pictures in memory, split into those to train on and those held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.progress import Job, Progress

#: Fewer films than this in a table, and pictures are held out instead of films.
LEAST_GROUPS = 5
MAX_BYTES = 8 * 2**30


@dataclass(frozen=True)
class TrainingPicture:
    """One labelled frame in memory.

    Attributes
    ----------
    luma : uint8 [H, W]
        Full-range luma.
    keypoints_xy : float64 [M, n_keypoints, 2]
        Points of its animals; NaN where not labelled.
    name : str
        For messages.
    """

    luma: NDArray[np.uint8]
    keypoints_xy: NDArray[np.float64]
    name: str


@dataclass(frozen=True)
class Split:
    """Frames to train on and frames held out; `by_film` says what was kept apart."""

    training: tuple[LabelledFrame, ...]
    validation: tuple[LabelledFrame, ...]
    by_film: bool


def split_frames(frames: Sequence[LabelledFrame], fraction: float, seed: int) -> Split:
    """Hold out about `fraction` of the frames: whole films where there are at least five, single frames otherwise.

    Raises
    ------
    MazetrackError
        There are not two frames with an animal.
    """
    n_animals = sum(bool(frame.instances) for frame in frames)
    if n_animals < 2:
        said = "no labelled animal" if n_animals == 0 else "a single labelled frame"
        raise MazetrackError(
            f"There is {said}; training needs two frames at least, and 50 or more to be useful. Label more frames."
        )
    groups = sorted({frame.group for frame in frames})
    by_film = len(groups) >= LEAST_GROUPS
    units = groups if by_film else list(range(len(frames)))
    n_held = min(max(1, round(fraction * len(units))), len(units) - 1)
    order = np.random.default_rng(seed).permutation(len(units))
    held = {units[i] for i in order[:n_held]}
    flags = [(frame.group if by_film else i) in held for i, frame in enumerate(frames)]
    training = tuple(f for f, out in zip(frames, flags, strict=True) if not out)
    validation = tuple(f for f, out in zip(frames, flags, strict=True) if out)
    if not any(f.instances for f in training):
        training, validation = validation, training
    return Split(training, validation, by_film)


def load_pictures(frames: Sequence[LabelledFrame], n_keypoints: int, stage: str) -> Job[list[TrainingPicture]]:
    """Read the pictures of labelled frames, single pictures and frames of films alike.

    Raises
    ------
    MazetrackError
        A picture or film cannot be read, or all of them do not fit into memory.
    """
    pictures: list[TrainingPicture] = []
    n_bytes = 0
    for (frame, luma), done in zip(_read_lumas(frames), range(1, len(frames) + 1), strict=True):
        n_bytes += luma.nbytes
        if n_bytes > MAX_BYTES:
            raise MazetrackError(
                f"The labelled pictures need more than {MAX_BYTES // 2**30} GiB of memory. Train on fewer of them."
            )
        points = [instance.keypoints_xy for instance in frame.instances]
        keypoints = np.stack(points) if points else np.zeros((0, n_keypoints, 2))
        pictures.append(TrainingPicture(luma, keypoints, frame.source.name))
        yield Progress(stage, done, len(frames))
    return pictures


def read_luma(path: Path) -> NDArray[np.uint8]:
    """Read a picture's luma.

    Raises
    ------
    MazetrackError
        It cannot be read.
    """
    try:
        with Image.open(path) as image:
            if image.mode.startswith("I"):  # 16 bits: keep the upper eight
                return (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
            return np.array(image.convert("L"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise MazetrackError(f"The picture {path} cannot be read ({error}).") from error


def _read_lumas(frames: Sequence[LabelledFrame]) -> Iterator[tuple[LabelledFrame, NDArray[np.uint8]]]:
    for source, members in groupby(frames, key=lambda frame: frame.source):
        inside = list(members)
        if inside[0].frame_index is None:
            yield from ((frame, read_luma(source)) for frame in inside)
        else:
            yield from _read_film_lumas(source, inside)


def _read_film_lumas(
    source: Path, frames: Sequence[LabelledFrame]
) -> Iterator[tuple[LabelledFrame, NDArray[np.uint8]]]:
    from napari_mazetrack.video import open_film

    with open_film(source) as film:
        for frame in frames:
            if frame.frame_index is None:
                raise MazetrackError(f"A label of {source} does not say its frame. Label it again.")
            yield frame, film.luma(frame.frame_index).copy()
