"""A track: one or more animals over a whole film."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.skeleton import MOUSE, Skeleton

#: Attributes of the track of a part of a film.
FIRST_TRACKED, LAST_TRACKED = "first_tracked_frame", "last_tracked_frame"


class Source(IntEnum):
    """Where an animal's position in a frame comes from; the names in lower case stand in the files."""

    MISSING = 0
    DETECTED = 1
    INTERPOLATED = 2
    CORRECTED = 3


@dataclass(frozen=True)
class Track:
    """Final (smoothed) positions of the animals of a film, in film pixels, y down.

    A missing position is NaN, and then its source is ``MISSING``; nothing is ever at (0, 0) for want of data.

    Attributes
    ----------
    time_s : float64 [T]
        Time of each frame since the film's first, from its own time stamps.
    animals : tuple of str
        Names, A of them.
    score : float32 [T, A]
        Detection score; NaN where nothing was detected.
    box_xyxy : float32 [T, A, 4]
        Boxes; NaN where there is none.
    keypoints_xy : float64 [T, A, n_keypoints, 2]
        Smoothed x, y.
    sigma_px : float64 [T, A, n_keypoints]
        Posterior standard deviation per axis.
    source : uint8 [T, A]
        `Source` values.
    raw_keypoints_xy, raw_sigma_px : float32 [T, A, n_keypoints, 2], float32 [T, A, n_keypoints]
        What the detector said, after association and flip repair, before smoothing; NaN where nothing.
    skeleton : Skeleton
        Names of the keypoint axis.
    attributes : dict
        ``film_id``, ``film_name``, ``film_width``, ``film_height``, ``model_hash``, ``model_name``,
        ``precision``, ``backend``, ``settings`` (JSON text), ``version``, ``warnings`` …: plain text and numbers.
        Where a part of the film was tracked, ``first_tracked_frame`` and ``last_tracked_frame``.
    """

    time_s: NDArray[np.float64]
    animals: tuple[str, ...]
    score: NDArray[np.float32]
    box_xyxy: NDArray[np.float32]
    keypoints_xy: NDArray[np.float64]
    sigma_px: NDArray[np.float64]
    source: NDArray[np.uint8]
    raw_keypoints_xy: NDArray[np.float32]
    raw_sigma_px: NDArray[np.float32]
    skeleton: Skeleton = MOUSE
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return len(self.time_s)

    @property
    def tracked_frames(self) -> range:
        """The frames that were tracked, or hold what a person put there; all where no range was asked for."""
        first = int(self.attributes.get(FIRST_TRACKED, 0))
        last = int(self.attributes.get(LAST_TRACKED, self.n_frames - 1))
        known = np.flatnonzero((self.source != Source.MISSING).any(axis=1)).tolist() or [first]
        return range(max(0, min(first, known[0])), min(self.n_frames, max(last, known[-1]) + 1))

    def path_xy(self, animal: int = 0) -> NDArray[np.float64]:
        """Return the path of one animal's central keypoint, [T, 2] in pixels; NaN where missing."""
        path: NDArray[np.float64] = self.keypoints_xy[:, animal, self.skeleton.centre]
        return path
