"""Where each keypoint is, cell by cell: an extra task while training, which no exported model carries.

An animal's ends look alike to an untrained network: until it tells them apart, the best point for either is the
animal's middle, where little tells it to look for the difference. A map that says of each cell "a head is here" has no
such resting place, and the features it needs are those that the keypoint heads need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from napari_mazetrack.network.counts import Divisor, at_least_one
from napari_mazetrack.network.matching import Truth

#: A cell is the place of a point within this many strides, or this share of the animal's length.
RADIUS_STRIDES, RADIUS_LENGTHS = 0.75, 0.12
#: Up to this many radii a cell counts for nothing.
UNSURE_RADII = 1.6
SHORTEST_PX = 8.0
POSITIVE_WEIGHT, NEGATIVE_WEIGHT, GAMMA = 0.75, 0.25, 2.0


@dataclass(frozen=True)
class HeatTargets:
    """Maps of one level for N crops.

    Attributes
    ----------
    is_there : Tensor float32 [N, n_keypoints, h, w]
        1 where the point is.
    counts : Tensor float32 [N, n_keypoints, h, w]
        0 where a cell counts for nothing: near a point, and in animals that are ignored.
    """

    is_there: Tensor
    counts: Tensor

    def to(self, device: torch.device) -> HeatTargets:
        """Return the maps on a device."""
        return HeatTargets(self.is_there.to(device), self.counts.to(device))


def compute_heat_targets(truths: Sequence[Truth], side_px: int, stride: int, n_keypoints: int) -> HeatTargets:
    """Draw the maps of crops of `side_px` at a level of `stride` input pixels per cell."""
    n_cells = side_px // stride
    centre = np.array([(cell + 0.5) * stride - 0.5 for cell in range(n_cells)])
    is_there = np.zeros((len(truths), n_keypoints, n_cells, n_cells), np.float32)
    counts = np.ones_like(is_there)
    for truth, there, count in zip(truths, is_there, counts, strict=True):
        for animal in range(len(truth.box_xyxy)):
            if truth.ignored[animal]:
                x0, y0, x1, y1 = truth.box_xyxy[animal]
                rows, columns = (centre >= y0) & (centre <= y1), (centre >= x0) & (centre <= x1)
                count[:, rows[:, None] & columns[None, :]] = 0
            else:
                _draw_points(truth, animal, centre, stride, (there, count))
    return HeatTargets(torch.from_numpy(is_there), torch.from_numpy(counts))


def _draw_points(
    truth: Truth,
    animal: int,
    centre: NDArray[np.float64],
    stride: int,
    maps: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> None:
    there, count = maps
    length = max(SHORTEST_PX, float((truth.box_xyxy[animal, 2:] - truth.box_xyxy[animal, :2]).max()))
    radius = max(RADIUS_STRIDES * stride, RADIUS_LENGTHS * length)
    for k in np.flatnonzero(truth.labelled[animal]):
        x, y = truth.keypoints_xy[animal, k]
        distance = np.hypot(centre[None, :] - x, centre[:, None] - y)
        there[k][distance <= radius] = 1
        count[k][(distance > radius) & (distance <= UNSURE_RADII * radius)] = 0


def compute_heat_loss(
    logits: Sequence[Tensor], targets: Sequence[HeatTargets], divisor: Divisor = at_least_one
) -> Tensor:
    """Focal loss (Lin et al. 2017, arXiv:1708.02002) of the maps, a mean over the cells in which points are."""
    total = torch.zeros((), device=logits[0].device)
    for logit, target in zip(logits, targets, strict=True):
        there = target.is_there
        entropy = F.binary_cross_entropy_with_logits(logit, there, reduction="none")
        probability = torch.sigmoid(logit)
        miss = there * (1 - probability) + (1 - there) * probability
        weight = NEGATIVE_WEIGHT + (POSITIVE_WEIGHT - NEGATIVE_WEIGHT) * there
        total = total + (weight * miss**GAMMA * entropy * target.counts).sum() / divisor(there.sum())
    return total
