"""Instances: the animals found in one frame, and how candidates become them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Columns of a candidate before its keypoints: score, x0, y0, x1, y1.
N_BOX_COLUMNS = 5
#: κ of the likeness that a candidate's points are expected to have (`expect_likeness`).
LIKENESS_KAPPA = 0.1
#: No candidate is surer than this of a point.
SMALLEST_SIGMA_PX = 0.3


@dataclass(frozen=True)
class Instances:
    """The animals found in one frame, best score first.

    Attributes
    ----------
    score : float32 [M]
        Score of the box, 0 to 1.
    box_xyxy : float32 [M, 4]
        Left, top, right, bottom in pixels.
    keypoints_xy : float32 [M, n_keypoints, 2]
        x, y in pixels, y down.
    sigma_px : float32 [M, n_keypoints]
        Standard deviation per axis, pixels.
    """

    score: NDArray[np.float32]
    box_xyxy: NDArray[np.float32]
    keypoints_xy: NDArray[np.float32]
    sigma_px: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.score)

    @classmethod
    def empty(cls, n_keypoints: int) -> Instances:
        """Return no instances at all."""
        return cls(
            np.zeros(0, np.float32),
            np.zeros((0, 4), np.float32),
            np.zeros((0, n_keypoints, 2), np.float32),
            np.zeros((0, n_keypoints), np.float32),
        )

    def take(self, indices: NDArray[np.intp]) -> Instances:
        """Return the instances at `indices`, in that order."""
        return Instances(
            self.score[indices], self.box_xyxy[indices], self.keypoints_xy[indices], self.sigma_px[indices]
        )

    def scaled(self, scale: float, offset_xy: tuple[float, float] = (0.0, 0.0)) -> Instances:
        """Map model-input pixels to film pixels: ``(x - offset) / scale`` (see `letterbox`)."""
        offset = np.asarray(offset_xy, np.float32)
        return Instances(
            self.score,
            (self.box_xyxy - np.tile(offset, 2)) / np.float32(scale),
            (self.keypoints_xy - offset) / np.float32(scale),
            self.sigma_px / np.float32(scale),
        )


def compute_iou(box_xyxy: NDArray[np.floating], boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float32]:
    """Intersection over union of one box [4] with boxes [M, 4]; 0 where both are empty. Returns [M]."""
    left, top, right, bottom = box_xyxy
    lefts, tops, rights, bottoms = boxes_xyxy.T
    width = np.minimum(right, rights) - np.maximum(left, lefts)
    height = np.minimum(bottom, bottoms) - np.maximum(top, tops)
    intersection = np.maximum(width, 0) * np.maximum(height, 0)
    union = (right - left) * (bottom - top) + (rights - lefts) * (bottoms - tops) - intersection
    iou: NDArray[np.float32] = np.where(union > 0, intersection / np.maximum(union, 1e-12), 0).astype(np.float32)
    return iou


def instances_from_candidates(
    candidates: NDArray[np.float32],
    *,
    axis: tuple[int, int],
    score_threshold: float,
    iou_threshold: float = 0.3,
    max_instances: int = 8,
    average_iou: float = 0.6,
) -> Instances:
    """Turn the candidates of one frame into instances by NMS with averaging.

    A candidate counts by its score times how good its points are expected to be (`expect_likeness`): the best score
    alone is often that of a prior in the animal's middle which does not see its ends. The best candidate is taken and
    those that overlap it by more than `iou_threshold` are suppressed. Its box and keypoints are the mean of those of
    them that overlap it by more than `average_iou` (weighted box fusion halves the jitter of single candidates) and
    head the same way: where candidates disagree which end is the front, those that count more are right, since a mean
    of both would put the ends into the middle. Each keypoint's mean is weighted by 1 / σ² too.
    Ties are broken by position, so that the same candidates always give the same instances.

    Parameters
    ----------
    candidates : float32 [K, 5 + 3 * n_keypoints]
        Score, box xyxy, then x, y, sigma of each keypoint; model-input pixels.
    axis : (int, int)
        The keypoints at the animal's front and back.
    score_threshold : float
        Instances below it are dropped.
    iou_threshold : float
        Overlap above which two candidates are the same animal.
    max_instances : int
        The most instances to return.
    average_iou : float
        Overlap above which a suppressed candidate joins the mean.

    Returns
    -------
    Instances
        Best score first, in the same pixels as the candidates. The score is the best candidate's, times the square root
        of the likeness expected of it: the whole of it would leave out too many animals of which an end is hidden.
    """
    n_keypoints = (candidates.shape[1] - N_BOX_COLUMNS) // 3
    strong = candidates[candidates[:, 0] >= score_threshold]
    rows = strong[np.isfinite(strong).all(axis=1)].astype(np.float64)
    likeness = expect_likeness(rows)
    score, rows[:, 0] = rows[:, 0] * np.sqrt(likeness), rows[:, 0] * likeness
    is_enough = (score >= score_threshold) & (score > 0)
    best_first = np.argsort(-rows[is_enough, 0], kind="stable")
    score, rows = score[is_enough][best_first], rows[is_enough][best_first]
    kept: list[NDArray[np.float64]] = []
    while len(rows) and len(kept) < max_instances:
        iou = compute_iou(rows[0, 1:5], rows[:, 1:5])
        iou[0] = 1.0
        mean = _average(_heading_alike(rows[iou > average_iou], axis))
        mean[0] = score[0]
        kept.append(mean)
        is_another = iou <= iou_threshold
        score, rows = score[is_another], rows[is_another]
    if not kept:
        return Instances.empty(n_keypoints)
    kept.sort(key=lambda row: -row[0])
    table = np.stack(kept).astype(np.float32)
    points = table[:, N_BOX_COLUMNS:].reshape(len(table), n_keypoints, 3)
    return Instances(table[:, 0], table[:, 1:5], points[..., :2].copy(), points[..., 2].copy())


def expect_likeness(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the likeness to the truth that the points of candidates [M, columns] are expected to have, [M].

    The likeness is COCO's object keypoint similarity, exp(-d² / 2 a²) with a = 2 κ √area. If the error d has the
    standard deviation σ along x and along y, its mean is a² / (a² + σ²).
    """
    area = np.prod(np.clip(rows[:, 3:5] - rows[:, 1:3], 0, None), axis=1)
    spread = (2 * LIKENESS_KAPPA) ** 2 * area[:, None]
    variance = np.maximum(rows[:, N_BOX_COLUMNS + 2 :: 3], SMALLEST_SIGMA_PX) ** 2
    likeness: NDArray[np.float64] = (spread / (spread + variance)).mean(axis=1)
    return likeness


def _average(members: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of candidates [M, columns], of each keypoint by its own weights."""
    weight = members[:, 0]
    points = members[:, N_BOX_COLUMNS:].reshape(len(members), -1, 3)
    sure = weight[:, None] / np.maximum(points[..., 2], SMALLEST_SIGMA_PX) ** 2
    mean_points = (sure[..., None] * points).sum(axis=0) / sure.sum(axis=0)[:, None]
    mean_box = weight @ members[:, 1:N_BOX_COLUMNS] / weight.sum()
    return np.concatenate([weight[:1], mean_box, mean_points.ravel()])


def _heading_alike(members: NDArray[np.float64], axis: tuple[int, int]) -> NDArray[np.float64]:
    """Return those candidates [M, columns] that agree with more than half of the score which end is the front."""
    front, back = (members[:, N_BOX_COLUMNS + 3 * k : N_BOX_COLUMNS + 3 * k + 2] for k in axis)
    is_as_first = (front - back) @ (front[0] - back[0]) >= 0
    score = members[:, 0]
    is_kept = is_as_first if score[is_as_first].sum() >= score.sum() / 2 else ~is_as_first
    kept: NDArray[np.float64] = members[is_kept]
    return kept
