"""What the review of one animal's track goes by: its path in centimetres, its speed, its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.maze.calibration import jacobian
from napari_mazetrack.maze.measures.view import Maze
from napari_mazetrack.review.moment import Moment, MomentKind, Stake
from napari_mazetrack.tracking.track import Source, Track


@dataclass(frozen=True)
class Evidence:
    """One animal's track in its maze.

    Attributes
    ----------
    time_s : float64 [T]
        Time of each frame.
    xy_cm, head_cm, tail_cm : float64 [T, 2]
        Body and ends; NaN where missing.
    sigma_cm, raw_sigma_cm : float64 [T]
        Standard deviation of the body per axis: of the path, and of the detector's position; NaN where missing.
    source : uint8 [T]
        `Source` values.
    maze : Maze
        Pool, quadrants and goal.
    """

    time_s: NDArray[np.float64]
    xy_cm: NDArray[np.float64]
    head_cm: NDArray[np.float64]
    tail_cm: NDArray[np.float64]
    sigma_cm: NDArray[np.float64]
    raw_sigma_cm: NDArray[np.float64]
    source: NDArray[np.uint8]
    maze: Maze

    @cached_property
    def known(self) -> NDArray[np.intp]:
        """Frames with a position, [K]."""
        return np.flatnonzero(are_finite(self.xy_cm))

    @cached_property
    def seen(self) -> NDArray[np.intp]:
        """Frames with a position that was detected or set by a person, not bridged, [S]."""
        return self.known[np.isin(self.source[self.known], (Source.DETECTED, Source.CORRECTED))]

    @cached_property
    def speed_cm_s(self) -> NDArray[np.float64]:
        """Speed from each known frame to the next known one, [K - 1]."""
        way = np.linalg.norm(np.diff(self.xy_cm[self.known], axis=0), axis=1)
        speed: NDArray[np.float64] = way / np.maximum(np.diff(self.time_s[self.known]), 1e-6)
        return speed

    @cached_property
    def body_length_cm(self) -> float:
        """Median distance from head to tail; 8 cm where there is none."""
        lengths = np.linalg.norm(self.head_cm - self.tail_cm, axis=1)
        return float(np.nanmedian(lengths)) if np.isfinite(lengths).any() else 8.0

    @cached_property
    def typical_speed(self) -> float:
        """Median speed between known frames, cm/s."""
        return float(np.median(self.speed_cm_s)) if len(self.speed_cm_s) else 0.0

    @cached_property
    def high_speed(self) -> float:
        """The speed that it exceeds in a twentieth of its steps, cm/s."""
        return float(np.percentile(self.speed_cm_s, 95)) if len(self.speed_cm_s) else 0.0

    def moment(self, kind: MomentKind, first: int, last: int, said: str, stake: Stake) -> Moment:
        """Return a moment of this track, first and last frame included."""
        return Moment(kind, first, last, float(self.time_s[first]), said, stake)


def evidence_of(track: Track, animal: int, maze: Maze) -> Evidence:
    """Gather the evidence of one animal of a track in film pixels."""
    plane, skeleton = maze.plane, track.skeleton
    points = track.keypoints_xy[:, animal]
    body = points[:, skeleton.centre]
    known = np.flatnonzero(are_finite(body))
    middle = body[known].mean(axis=0) if len(known) else np.zeros(2)
    cm_per_px = float(np.sqrt(abs(np.linalg.det(jacobian(plane.to_cm, (float(middle[0]), float(middle[1])))))))
    return Evidence(
        time_s=track.time_s,
        xy_cm=plane.cm(body),
        head_cm=plane.cm(points[:, skeleton.front]),
        tail_cm=plane.cm(points[:, skeleton.back]),
        sigma_cm=track.sigma_px[:, animal, skeleton.centre] * cm_per_px,
        raw_sigma_cm=track.raw_sigma_px[:, animal, skeleton.centre].astype(np.float64) * cm_per_px,
        source=np.where(are_finite(body), track.source[:, animal], np.uint8(Source.MISSING)),
        maze=maze,
    )


def find_runs(flags: NDArray[np.bool_], join: int = 0) -> list[tuple[int, int]]:
    """Return first and last index (both included) of each run of True; runs with gaps up to `join` are one."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for first, end in edges.reshape(-1, 2).tolist():
        if runs and first - runs[-1][1] - 1 <= join:
            runs[-1] = (runs[-1][0], end - 1)
        else:
            runs.append((first, end - 1))
    return runs
