"""The scores of a model on labelled frames: AP, OKS-AP, pixel errors, PCK, flips, reliability of σ.

An animal with fewer than two labelled points has no size; it is neither to be found nor to be missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.detector.pixel_errors import count_flips, match_instances, summarise_errors
from napari_mazetrack.labels.boxes import body_length, box_from_keypoints
from napari_mazetrack.skeleton import Skeleton
from napari_mazetrack.training.average_precision import (
    OKS_SIGMA,
    OKS_SIGMA_STRICT,
    Curve,
    FrameSimilarity,
    average_precision,
    compute_iou_matrix,
    compute_oks_matrix,
    mean_average_precision,
    precision_recall,
)
from napari_mazetrack.training.sigma_reliability import compare_with_sigma

#: Below this score nothing is looked at, not even for average precision.
LOWEST_SCORE = 0.05
#: The score threshold is chosen between these.
THRESHOLD_LIMITS = (0.2, 0.6)


@dataclass(frozen=True)
class ScoredFrame:
    """What was found in a labelled frame, in its pixels.

    Attributes
    ----------
    instances : Instances
        Everything above `LOWEST_SCORE`.
    keypoints_xy : float64 [G, n_keypoints, 2]
        Labelled animals.
    """

    instances: Instances
    keypoints_xy: NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores of a model on a set of frames.

    Attributes
    ----------
    n_frames, n_animals : int
        Size of the set.
    ap50, ap50_95 : float
        Of boxes.
    oks_ap, oks_ap_strict : float
        AP50–95 of keypoints with σ = 0.1 and σ = 0.05 for every point.
    score_threshold : float
        Above which an instance counts in everything below.
    found_fraction : float
        Share of the labelled animals that were found (box overlap ≥ 0.2).
    n_false : int
        Instances above the threshold that belong to no labelled animal.
    n_flipped, n_compared : int
        Animals with head and tail exchanged, of those with both ends known.
    keypoints : dict
        `ErrorSummary` of each keypoint as plain values.
    sigma : dict
        `SigmaReliability` of each keypoint, and of all of them (``"all"``), as plain values.
    curve : Curve
        Precision–recall of boxes at overlap 0.5.
    """

    n_frames: int
    n_animals: int
    ap50: float
    ap50_95: float
    oks_ap: float
    oks_ap_strict: float
    score_threshold: float
    found_fraction: float
    n_false: int
    n_flipped: int
    n_compared: int
    keypoints: dict[str, dict[str, Any]]
    sigma: dict[str, dict[str, Any]]
    curve: Curve

    @property
    def flipped_fraction(self) -> float:
        """Share of the animals with both ends known in which these are exchanged; NaN without any."""
        return self.n_flipped / self.n_compared if self.n_compared else float("nan")

    def to_plain(self) -> dict[str, Any]:
        """Return the scores without the curve, for JSON; what is not defined is None."""
        plain = {name: value for name, value in asdict(self).items() if name != "curve"}
        return _without_nan(plain)


def score_frames(frames: Sequence[ScoredFrame], skeleton: Skeleton, score_threshold: float) -> Scores:
    """Score what was found against the labels."""
    pairs = [_drop_unknown(frame) for frame in frames]
    boxes = [_similarity(i, compute_iou_matrix(_f64(i.box_xyxy), t.box_xyxy)) for i, t in pairs]
    areas = [(t.box_xyxy[:, 2:] - t.box_xyxy[:, :2]).prod(axis=1) for _, t in pairs]
    oks_ap, oks_ap_strict = (
        mean_average_precision(
            [
                _similarity(i, compute_oks_matrix(_f64(i.keypoints_xy), t.keypoints_xy, area, sigma))
                for (i, t), area in zip(pairs, areas, strict=True)
            ]
        )
        for sigma in (OKS_SIGMA, OKS_SIGMA_STRICT)
    )
    curve = precision_recall(boxes, 0.5)
    counted = [(i.take(np.flatnonzero(i.score >= score_threshold)), t) for i, t in pairs]
    owners = [match_instances(i, t.box_xyxy) for i, t in counted]
    matched = [_matched_points(i, owner, skeleton.n_keypoints) for (i, _), owner in zip(counted, owners, strict=True)]
    predicted, sigma_px = (np.concatenate(parts) for parts in zip(*matched, strict=True))
    truth = np.concatenate([t.keypoints_xy for _, t in counted])
    lengths = np.array([body_length(points) for points in truth])
    n_flipped, n_compared = count_flips(predicted, truth, skeleton.front, skeleton.back)
    owner = np.concatenate(owners)
    return Scores(
        n_frames=len(frames),
        n_animals=len(truth),
        ap50=average_precision(curve),
        ap50_95=mean_average_precision(boxes),
        oks_ap=oks_ap,
        oks_ap_strict=oks_ap_strict,
        score_threshold=score_threshold,
        found_fraction=float((owner >= 0).mean()) if len(owner) else float("nan"),
        n_false=sum(len(i) for i, _ in counted) - int((owner >= 0).sum()),
        n_flipped=n_flipped,
        n_compared=n_compared,
        keypoints={
            name: asdict(summarise_errors(predicted[:, k], truth[:, k], lengths))
            for k, name in enumerate(skeleton.keypoints)
        },
        sigma={
            "all": asdict(compare_with_sigma(predicted - truth, sigma_px)),
            **{
                name: asdict(compare_with_sigma(predicted[:, k] - truth[:, k], sigma_px[:, k]))
                for k, name in enumerate(skeleton.keypoints)
            },
        },
        curve=curve,
    )


def choose_score_threshold(curve: Curve) -> float:
    """Choose the threshold with the best F1 on held-out frames; of equally good ones the lowest.

    Films differ more from each other than frames of one set, and scores are lower on them: so among thresholds within
    half a percent of the best F1 the lowest is taken, inside `THRESHOLD_LIMITS`.
    """
    if len(curve.score) == 0:
        return THRESHOLD_LIMITS[0]
    f1 = 2 * curve.precision * curve.recall / np.maximum(curve.precision + curve.recall, 1e-12)
    good = curve.score[f1 >= f1.max() - 0.005]
    return float(np.round(np.clip(good.min(), *THRESHOLD_LIMITS), 3))


@dataclass(frozen=True)
class _Truth:
    keypoints_xy: NDArray[np.float64]
    box_xyxy: NDArray[np.float64]


def _drop_unknown(frame: ScoredFrame) -> tuple[Instances, _Truth]:
    """Leave out animals of unknown size, and the instances that hold their points and are no other animal's."""
    boxes = [box_from_keypoints(points) for points in frame.keypoints_xy]
    known = np.array([box is not None for box in boxes], np.bool_)
    box = np.array([b for b in boxes if b is not None], np.float64).reshape(-1, 4)
    instances = frame.instances
    is_left_out = np.zeros(len(instances), np.bool_)
    for points in frame.keypoints_xy[~known]:
        seen = points[np.isfinite(points).all(axis=1)]
        low, high = instances.box_xyxy[:, None, :2], instances.box_xyxy[:, None, 2:]
        is_left_out |= ((seen >= low) & (seen <= high)).all(axis=2).any(axis=1)
    owner = match_instances(instances, box)
    is_left_out[owner[owner >= 0]] = False
    return instances.take(np.flatnonzero(~is_left_out)), _Truth(frame.keypoints_xy[known], box)


def _f64(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return values.astype(np.float64)


def _similarity(instances: Instances, matrix: NDArray[np.float64]) -> FrameSimilarity:
    return FrameSimilarity(instances.score.astype(np.float64), matrix)


def _matched_points(
    instances: Instances, owner: NDArray[np.intp], n_keypoints: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points [G, n, 2] and σ [G, n] found for each labelled animal; NaN where it was missed."""
    points = np.full((len(owner), n_keypoints, 2), np.nan)
    sigma_px = np.full((len(owner), n_keypoints), np.nan)
    points[owner >= 0] = instances.keypoints_xy[owner[owner >= 0]]
    sigma_px[owner >= 0] = instances.sigma_px[owner[owner >= 0]]
    return points, sigma_px


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {str(key): _without_nan(item) for key, item in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value
