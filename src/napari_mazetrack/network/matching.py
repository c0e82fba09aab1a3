"""Which prior is to find which animal: the training targets of one crop, NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.coding import encode_boxes, encode_keypoints
from napari_mazetrack.detector.instances import compute_iou

POSITIVE, NEGATIVE, IGNORED = 1, 0, -1
#: Overlap of a prior with the *square* round an animal from which the prior must find it, and up to which it must
#: not. Squares, because an animal that turns changes its box's shape but not its size.
POSITIVE_OVERLAP = 0.4
NEGATIVE_OVERLAP = 0.3


@dataclass(frozen=True)
class Truth:
    """The animals in one crop.

    Attributes
    ----------
    box_xyxy : float32 [M, 4]
        Boxes in crop pixels.
    keypoints_xy : float32 [M, n_keypoints, 2]
        Points in crop pixels; anything where not labelled.
    labelled : bool [M, n_keypoints]
        Which points are labelled.
    ignored : bool [M]
        Animals that are neither to be found nor to be missed, such as one that is mostly outside.
    """

    box_xyxy: NDArray[np.float32]
    keypoints_xy: NDArray[np.float32]
    labelled: NDArray[np.bool_]
    ignored: NDArray[np.bool_]


@dataclass(frozen=True)
class Targets:
    """What each prior is trained towards.

    Attributes
    ----------
    kind : int8 [P]
        `POSITIVE`, `NEGATIVE` or `IGNORED`.
    box : float32 [P, 4]
        Encoded box; zero unless positive.
    keypoints : float32 [P, n_keypoints, 2]
        Encoded points; zero unless positive.
    labelled : bool [P, n_keypoints]
        Where `keypoints` counts.
    """

    kind: NDArray[np.int8]
    box: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    labelled: NDArray[np.bool_]


def match_priors(truth: Truth, priors: NDArray[np.float32], variances: tuple[float, float]) -> Targets:
    """Assign priors to animals.

    Parameters
    ----------
    truth : Truth
        The animals.
    priors : float32 [P, 4]
        Centre and size, pixels.
    variances : (float, float)
        Offset scales of the coding.

    Returns
    -------
    Targets
        A prior whose square overlap with an animal reaches `POSITIVE_OVERLAP`, and each animal's best prior, are
        positive; those in between, and all that touch an ignored animal, count for nothing.
    """
    n_priors, n_keypoints = len(priors), truth.keypoints_xy.shape[1]
    kind = np.zeros(n_priors, np.int8)
    box = np.zeros((n_priors, 4), np.float32)
    keypoints = np.zeros((n_priors, n_keypoints, 2), np.float32)
    labelled = np.zeros((n_priors, n_keypoints), np.bool_)
    if len(truth.box_xyxy) == 0:
        return Targets(kind, box, keypoints, labelled)
    overlap = _square_overlaps(truth.box_xyxy, priors)  # [M, P]
    kind[(overlap >= NEGATIVE_OVERLAP).any(axis=0)] = IGNORED
    kind[(overlap[truth.ignored] > 0.05).any(axis=0)] = IGNORED
    wanted = np.flatnonzero(~truth.ignored)
    if len(wanted):
        owner = wanted[np.argmax(overlap[wanted], axis=0)]  # [P]
        positive = overlap[wanted].max(axis=0) >= POSITIVE_OVERLAP
        best = np.argmax(overlap[wanted], axis=1)
        owner[best], positive[best] = wanted, True
        kind[positive] = POSITIVE
        mine, its = priors[positive], owner[positive]
        box[positive] = encode_boxes(truth.box_xyxy[its], mine, variances)
        points = np.where(truth.labelled[its][..., None], truth.keypoints_xy[its], 0)
        labelled[positive] = truth.labelled[its]
        keypoints[positive] = np.where(truth.labelled[its][..., None], encode_keypoints(points, mine, variances), 0)
    return Targets(kind, box, keypoints, labelled)


def _square_overlaps(boxes_xyxy: NDArray[np.float32], priors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Overlap [M, P] of the squares round the boxes' centres, as large as their longer side, with the priors."""
    centre = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2
    half = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).max(axis=1, keepdims=True) / 2
    squares = np.concatenate([centre - half, centre + half], axis=1)
    corners = np.concatenate([priors[:, :2] - priors[:, 2:] / 2, priors[:, :2] + priors[:, 2:] / 2], axis=1)
    return np.stack([compute_iou(square, corners) for square in squares])
