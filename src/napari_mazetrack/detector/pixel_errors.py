"""How far predicted points lie from labels: matching, pixel errors, PCK and flips.

A missing value (NaN) is a point that was not labelled, or an animal that was not found; it never counts as an error of
zero. What was not found is counted apart (`found_fraction`) and counts as wrong in PCK.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import Instances, compute_iou

#: Overlap from which a found box can belong to a labelled one when pixel errors are measured.
MATCH_IOU = 0.2


@dataclass(frozen=True)
class ErrorSummary:
    """Errors of one keypoint.

    Attributes
    ----------
    n : int
        Points that were labelled.
    found_fraction : float
        Share of them in animals that were found.
    mean_px, median_px, p95_px : float
        Of the points found; NaN where none was.
    mean_percent, median_percent, p95_percent : float
        The same in percent of the animal's body length.
    pck : dict of float to float
        Share of all labelled points found within that fraction of the body length.
    """

    n: int
    found_fraction: float
    mean_px: float
    median_px: float
    p95_px: float
    mean_percent: float
    median_percent: float
    p95_percent: float
    pck: dict[float, float]


def match_instances(
    instances: Instances, truth_xyxy: NDArray[np.float64], iou_threshold: float = MATCH_IOU
) -> NDArray[np.intp]:
    """Give each labelled animal the instance found for it.

    Parameters
    ----------
    instances : Instances
        Best score first.
    truth_xyxy : float [M, 4]
        Boxes of the labelled animals.
    iou_threshold : float
        Least overlap of the boxes.

    Returns
    -------
    intp [M]
        Index of the instance, -1 where none was found. Greedy by score, as COCO does: each instance takes the free
        animal that it overlaps most.
    """
    owner = np.full(len(truth_xyxy), -1, np.intp)
    if len(truth_xyxy) == 0:
        return owner
    for i, box in enumerate(instances.box_xyxy):
        iou = np.where(owner < 0, compute_iou(box, truth_xyxy.astype(np.float32)), -1)
        best = int(np.argmax(iou))
        if iou[best] >= iou_threshold:
            owner[best] = i
    return owner


def summarise_errors(
    predicted_xy: NDArray[np.float64],
    truth_xy: NDArray[np.float64],
    body_length_px: NDArray[np.float64],
    fractions: tuple[float, ...] = (0.05, 0.1, 0.2),
) -> ErrorSummary:
    """Summarise the errors of one keypoint over many animals.

    Parameters
    ----------
    predicted_xy : float64 [M, 2]
        NaN where the animal was not found.
    truth_xy : float64 [M, 2]
        NaN where not labelled.
    body_length_px : float64 [M]
        Length of each animal.
    fractions : tuple of float
        Fractions of the body length for PCK.

    Returns
    -------
    ErrorSummary
        Of the labelled points.
    """
    labelled = np.isfinite(truth_xy).all(axis=1)
    error = np.linalg.norm(predicted_xy - truth_xy, axis=1)[labelled]
    relative = error / body_length_px[labelled]
    found = np.isfinite(error)
    n = int(labelled.sum())
    return ErrorSummary(
        n=n,
        found_fraction=_share(found),
        **{f"{name}_px": value for name, value in _statistics(error[found]).items()},
        **{f"{name}_percent": 100 * value for name, value in _statistics(relative[found]).items()},
        pck={fraction: _share(found & (relative <= fraction)) for fraction in fractions},
    )


def count_flips(
    predicted_xy: NDArray[np.float64], truth_xy: NDArray[np.float64], front: int, back: int
) -> tuple[int, int]:
    """Count animals whose head and tail are taken for one another.

    An animal is flipped when its predicted axis (back to front) points against the labelled one.

    Parameters
    ----------
    predicted_xy, truth_xy : float64 [M, n_keypoints, 2]
        NaN where not found or not labelled.
    front, back : int
        Indices of the ends.

    Returns
    -------
    n_flipped, n_compared : int
        Animals with both ends known in both.
    """
    axis = predicted_xy[:, front] - predicted_xy[:, back]
    true_axis = truth_xy[:, front] - truth_xy[:, back]
    along = (axis * true_axis).sum(axis=1)
    known = np.isfinite(along)
    return int((along[known] < 0).sum()), int(known.sum())


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else float("nan")


def _statistics(values: NDArray[np.float64]) -> dict[str, float]:
    if len(values) == 0:
        return dict.fromkeys(("mean", "median", "p95"), float("nan"))
    return {
        "mean": float(values.mean()),
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
    }
