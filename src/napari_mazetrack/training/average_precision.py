"""Average precision of boxes and of keypoints, as COCO defines them, in plain NumPy.

Precision is interpolated at 101 recalls and, for "50–95", averaged over the thresholds 0.50, 0.55, …, 0.95
(Lin et al. 2014, doi:10.1007/978-3-319-10602-1_48). The similarity of keypoints is OKS = mean over labelled points of
``exp(-d² / (2 s² k²))`` with s² the area of the labelled box and k = 2 σ; σ is the same for every point and stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
#: σ of OKS: as loose as COCO's hips and shoulders, and as strict as half of that.
OKS_SIGMA, OKS_SIGMA_STRICT = 0.1, 0.05


@dataclass(frozen=True)
class FrameSimilarity:
    """Predictions of one frame held against its labels.

    Attributes
    ----------
    score : float [M]
        Of the predictions.
    similarity : float [M, G]
        IoU or OKS of each prediction with each labelled animal.
    """

    score: NDArray[np.float64]
    similarity: NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Precision and recall [D] after each prediction, best score first, with those scores [D]."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    score: NDArray[np.float64]

    def to_plain(self) -> list[dict[str, float]]:
        """Return rows of score, recall and precision for JSON, at most 101 of them, evenly chosen."""
        rows = np.unique(np.linspace(0, max(len(self.score) - 1, 0), 101).astype(int))[: len(self.score)]
        return [
            {name: round(float(getattr(self, name)[i]), 4) for name in ("score", "recall", "precision")} for i in rows
        ]


def compute_iou_matrix(predicted_xyxy: NDArray[np.float64], truth_xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of boxes [M, 4] with boxes [G, 4]. Returns [M, G]."""
    a, b = predicted_xyxy[:, None], truth_xyxy[None]
    overlap = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None).prod(axis=2)
    areas = (a[..., 2:] - a[..., :2]).prod(axis=2) + (b[..., 2:] - b[..., :2]).prod(axis=2)
    iou: NDArray[np.float64] = overlap / np.maximum(areas - overlap, 1e-12)
    return iou


def compute_oks_matrix(
    predicted_xy: NDArray[np.float64],
    truth_xy: NDArray[np.float64],
    area_px2: NDArray[np.float64],
    sigma: float = OKS_SIGMA,
) -> NDArray[np.float64]:
    """Object keypoint similarity of poses [M, n, 2] with labels [G, n, 2] (NaN = not labelled). Returns [M, G]."""
    squared = ((predicted_xy[:, None] - truth_xy[None]) ** 2).sum(axis=3)  # [M, G, n]
    likeness = np.exp(-squared / (2 * area_px2[None, :, None] * (2 * sigma) ** 2))
    labelled: NDArray[np.bool_] = np.isfinite(truth_xy).all(axis=2)  # type: ignore[assignment]  # [G, n]
    counted = np.where(labelled[None], likeness, 0).sum(axis=2)
    oks: NDArray[np.float64] = counted / np.maximum(labelled.sum(axis=1), 1)
    return oks


def precision_recall(frames: Sequence[FrameSimilarity], threshold: float) -> Curve:
    """Return the precision–recall curve at one threshold of similarity.

    In each frame the predictions, best score first, take the free animal that they are most similar to, if that
    reaches the threshold.
    """
    scores, hits, n_truth = [np.zeros(0)], [np.zeros(0, np.bool_)], 0
    for frame in frames:
        order = np.argsort(-frame.score, kind="stable")
        free = np.ones(frame.similarity.shape[1], np.bool_)
        hit = np.zeros(len(order), np.bool_)
        for rank, i in enumerate(order):
            if not free.any():
                break
            likeness = np.where(free, frame.similarity[i], -1)
            best = int(np.argmax(likeness))
            hit[rank] = likeness[best] >= threshold
            free[best] &= not hit[rank]
        scores.append(frame.score[order])
        hits.append(hit)
        n_truth += len(free)
    score, hit = np.concatenate(scores), np.concatenate(hits)
    order = np.argsort(-score, kind="stable")
    n_hits = np.cumsum(hit[order])
    return Curve(n_hits / np.arange(1, len(order) + 1), n_hits / max(n_truth, 1), score[order])


def average_precision(curve: Curve) -> float:
    """Mean of the interpolated precision at 101 recalls; 0 where a recall is never reached."""
    if len(curve.recall) == 0:
        return 0.0
    envelope = np.maximum.accumulate(curve.precision[::-1])[::-1]
    positions = np.searchsorted(curve.recall, RECALLS, side="left")
    reached = positions < len(envelope)
    return float(np.where(reached, envelope[np.minimum(positions, len(envelope) - 1)], 0).mean())


def mean_average_precision(frames: Sequence[FrameSimilarity]) -> float:
    """Return AP50–95: the mean of `average_precision` over `THRESHOLDS`."""
    return float(np.mean([average_precision(precision_recall(frames, t)) for t in THRESHOLDS]))
