"""Labelled frames as pictures in memory, split into those to train on and those held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha1
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.training.units import find_units

MAX_BYTES = 8 * 2**30
#: A labelled point may lie this far outside of its picture, pixels: people click on the border.
BORDER_PX = 1.0


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
    frame : LabelledFrame or None
        The label that it comes from.
    """

    luma: NDArray[np.uint8]
    keypoints_xy: NDArray[np.float64]
    name: str
    frame: LabelledFrame | None = None

    @property
    def key(self) -> str:
        """Twelve digits by which the very same picture is known again."""
        content = f"{self.luma.shape} ".encode() + self.luma.tobytes()
        return sha1(content, usedforsecurity=False).hexdigest()[:12]


@dataclass(frozen=True)
class Split:
    """Frames to train on and frames held out; `unit` says what was kept apart: ``film`` or ``block`` of neighbours."""

    training: tuple[LabelledFrame, ...]
    validation: tuple[LabelledFrame, ...]
    unit: str


def split_frames(frames: Sequence[LabelledFrame], fraction: float, seed: int) -> Split:
    """Hold out about `fraction` of the frames: whole films where there are five, blocks of neighbours otherwise.

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
    ordered = sorted(frames, key=lambda frame: (frame.group, str(frame.source), frame.frame_index or 0))
    units, unit = find_units([frame.group for frame in ordered])
    n_held = min(max(1, round(fraction * len(units))), len(units) - 1)
    order = np.random.default_rng(seed).permutation(len(units))
    held = {i for chosen in order[:n_held] for i in units[chosen]}
    training = tuple(frame for i, frame in enumerate(ordered) if i not in held)
    validation = tuple(frame for i, frame in enumerate(ordered) if i in held)
    if not any(f.instances for f in training):
        training, validation = validation, training
    return Split(training, validation, unit)


def load_pictures(frames: Sequence[LabelledFrame], n_keypoints: int, stage: str) -> Job[list[TrainingPicture]]:
    """Read the pictures of labelled frames, single pictures and frames of films alike.

    Raises
    ------
    MazetrackError
        A picture or film cannot be read, all of them do not fit into memory, or labels lie outside of their pictures.
    """
    pictures: list[TrainingPicture] = []
    outside: list[str] = []
    n_bytes = 0
    for (frame, luma), done in zip(_read_lumas(frames), range(1, len(frames) + 1), strict=True):
        n_bytes += luma.nbytes
        if n_bytes > MAX_BYTES:
            raise MazetrackError(
                f"The labelled pictures need more than {MAX_BYTES // 2**30} GiB of memory. Train on fewer of them."
            )
        points = [instance.keypoints_xy for instance in frame.instances]
        keypoints = np.stack(points) if points else np.zeros((0, n_keypoints, 2))
        pictures.append(TrainingPicture(luma, keypoints, frame.source.name, frame))
        if _has_points_outside(keypoints, luma):
            outside.append(_name(frame))
        yield Progress(stage, done, len(frames))
    if outside:
        raise MazetrackError(
            f"{len(outside)} of {len(frames)} labelled frames have points outside of their picture, the first is "
            f"{outside[0]}. Are the labels of other pictures, or of another size? Correct or delete them."
        )
    return pictures


def refuse_duplicates(training: Sequence[TrainingPicture], held_out: Sequence[TrainingPicture]) -> None:
    """Refuse held-out pictures that are trained on too: their scores would mean nothing.

    Raises
    ------
    MazetrackError
        There are such pictures.
    """
    known = {picture.key: picture.name for picture in training}
    twice = [(known[picture.key], picture.name) for picture in held_out if picture.key in known]
    if twice:
        first, second = twice[0]
        raise MazetrackError(
            f"{len(twice)} pictures stand in the labels twice, {first} and {second} first: one to train on, the other "
            "held out to score with. Keep one of each."
        )


def _has_points_outside(keypoints_xy: NDArray[np.float64], luma: NDArray[np.uint8]) -> bool:
    last_xy = np.array(luma.shape[::-1]) - 1
    return bool(((keypoints_xy < -BORDER_PX) | (keypoints_xy > last_xy + BORDER_PX)).any())


def _name(frame: LabelledFrame) -> str:
    return frame.source.name if frame.frame_index is None else f"frame {frame.frame_index} of {frame.source.name}"


def _read_lumas(frames: Sequence[LabelledFrame]) -> Iterator[tuple[LabelledFrame, NDArray[np.uint8]]]:
    from napari_mazetrack.video import open_film

    for source, members in groupby(frames, key=lambda frame: frame.source):
        with open_film(source) as film:
            for frame in members:
                if frame.frame_index is None and film.n_frames > 1:
                    raise MazetrackError(f"A label of {source} does not say its frame. Label it again.")
                yield frame, film.luma(frame.frame_index or 0).copy()
