"""Boxes and keypoints as offsets from their priors, and back (Liu et al. 2016, SSD, doi:10.1007/978-3-319-46448-0_2).

``variances`` are SSD's offset scales: the first divides offsets of centres and keypoints (in units of the
prior's size), the second the logarithm of sizes.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

#: Limits of the logarithm of a keypoint's Laplace scale b: from 0.02 to 55 cells of the finest level.
LOG_SCALE_LIMITS = (-4.0, 4.0)
#: Standard deviation of a Laplace distribution of scale 1.
LAPLACE_SD = math.sqrt(2.0)

Array = NDArray[np.float32]


def box_xyxy_to_cxcywh(boxes: Array) -> Array:
    """Turn corners [..., 4] into centre and size [..., 4]."""
    return np.concatenate([(boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]], axis=-1)


def box_cxcywh_to_xyxy(boxes: Array) -> Array:
    """Turn centre and size [..., 4] into corners [..., 4]."""
    return np.concatenate([boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2], axis=-1)


def encode_boxes(boxes_xyxy: Array, priors: Array, variances: tuple[float, float]) -> Array:
    """Encode boxes [P, 4] (corners, positive sizes) against priors [P, 4] (centre and size). Returns [P, 4]."""
    boxes = box_xyxy_to_cxcywh(boxes_xyxy)
    centre = (boxes[..., :2] - priors[..., :2]) / (variances[0] * priors[..., 2:])
    size = np.log(boxes[..., 2:] / priors[..., 2:]) / variances[1]
    return np.concatenate([centre, size], axis=-1)


def decode_boxes(encoded: Array, priors: Array, variances: tuple[float, float]) -> Array:
    """Undo `encode_boxes`. Returns corners [P, 4]."""
    centre = priors[..., :2] + encoded[..., :2] * variances[0] * priors[..., 2:]
    size = priors[..., 2:] * np.exp(encoded[..., 2:] * variances[1])
    return box_cxcywh_to_xyxy(np.concatenate([centre, size], axis=-1))


def encode_keypoints(keypoints_xy: Array, priors: Array, variances: tuple[float, float]) -> Array:
    """Encode keypoints [P, n, 2] in pixels against priors [P, 4]. Returns [P, n, 2]."""
    return (keypoints_xy - priors[:, None, :2]) / (variances[0] * priors[:, None, 2:])


def decode_keypoints(encoded: Array, priors: Array, variances: tuple[float, float]) -> Array:
    """Undo `encode_keypoints`. Returns pixels [P, n, 2]."""
    return priors[:, None, :2] + encoded * (variances[0] * priors[:, None, 2:])
