"""Labelled frames as pictures in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha1
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.progress import Job, Progress

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

    @property
    def has_animal(self) -> bool:
        """Whether an animal has two labelled points: with fewer it has no size, and is neither learnt nor scored."""
        return any(box_from_keypoints(points) is not None for points in self.keypoints_xy)


def digest_pictures(pictures: Sequence[TrainingPicture]) -> str:
    """Return what tells whether these are the very same pictures with the very same labels."""
    digest = sha1(usedforsecurity=False)
    for picture in pictures:
        digest.update(picture.key.encode() + np.ascontiguousarray(picture.keypoints_xy, "<f8").tobytes())
    return digest.hexdigest()


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
