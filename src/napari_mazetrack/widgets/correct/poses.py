"""Poses of an animal that a person draws, copies or pastes: x, y of each keypoint; neither Qt nor napari."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.tracking.corrections import AddInstance
from napari_mazetrack.tracking.track import Track


def pose_of(track: Track, frame_index: int, animal: int) -> NDArray[np.float64] | None:
    """Return the keypoints of an animal in a frame, [n_keypoints, 2]; None where it is missing."""
    points = track.keypoints_xy[frame_index, animal]
    return points.copy() if np.isfinite(points).any() else None


def drawn_pose(track: Track, animal: int, back_xy: Sequence[float], front_xy: Sequence[float]) -> NDArray[np.float64]:
    """Return the pose of an animal that lies from `back_xy` to `front_xy`, [n_keypoints, 2].

    The other keypoints lie where they lie between the ends as a rule (the median over the track); where the animal was
    never seen whole they lie halfway.
    """
    skeleton = track.skeleton
    points = track.keypoints_xy[:, animal]
    axis = points[:, skeleton.front] - points[:, skeleton.back]
    square = np.maximum((axis**2).sum(axis=1), 1e-9)[:, None]
    offset = points - points[:, [skeleton.back]]
    along = (offset * axis[:, None]).sum(axis=2) / square
    across = (offset[..., 1] * axis[:, None, 0] - offset[..., 0] * axis[:, None, 1]) / square
    is_whole = are_finite(points, 2)
    shares = np.stack([np.full(skeleton.n_keypoints, 0.5), np.zeros(skeleton.n_keypoints)])
    if is_whole.any():
        shares = np.median(np.stack([along[is_whole], across[is_whole]]), axis=1)
    back, drawn = np.asarray(back_xy, float), np.subtract(front_xy, back_xy)
    pose: NDArray[np.float64] = back + shares[0][:, None] * drawn + shares[1][:, None] * np.array([-drawn[1], drawn[0]])
    pose[skeleton.back], pose[skeleton.front] = back_xy, front_xy
    return pose


def pose_at(track: Track, frame_index: int, animal: int, xy: Sequence[float]) -> NDArray[np.float64] | None:
    """Return an animal's pose of the frame nearest in time, with its centre at `xy`; None where it has none."""
    is_whole = are_finite(track.keypoints_xy[:, animal], 2)
    frames = np.flatnonzero(is_whole)
    if len(frames) == 0:
        return None
    nearest = frames[np.argmin(np.abs(track.time_s[frames] - track.time_s[frame_index]))]
    pose: NDArray[np.float64] = track.keypoints_xy[nearest, animal]
    return pose + (np.asarray(xy, float) - pose[track.skeleton.centre])


def instance_at(frame_index: int, animal: int, pose: NDArray[np.float64]) -> AddInstance:
    """Return the correction that puts an animal into a frame, in a pose [n_keypoints, 2]; NaN is not known."""
    points = tuple((x, y) if np.isfinite([x, y]).all() else None for x, y in pose.tolist())
    return AddInstance(frame_index, animal, points)
