"""What a batch of crops is trained towards, as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from napari_mazetrack.network.heat_maps import HeatTargets


@dataclass(frozen=True)
class TargetBatch:
    """`matching.Targets` of N crops, and the priors that they belong to.

    Attributes
    ----------
    kind : Tensor [N, P]
        Positive, negative or ignored.
    box : Tensor [N, P, 4]
        Encoded boxes.
    keypoints : Tensor [N, P, n_keypoints, 2]
        Encoded points.
    labelled : Tensor [N, P, n_keypoints]
        Where they count.
    prior_xy : Tensor [P, 2]
        Centres of the priors, crop pixels.
    unit_px : Tensor [P]
        Crop pixels of one unit of an encoded point.
    stride : int
        Crop pixels per cell of the finest level.
    heat : tuple of HeatTargets
        Maps of the finest levels; empty where they are not trained.
    """

    kind: Tensor
    box: Tensor
    keypoints: Tensor
    labelled: Tensor
    prior_xy: Tensor
    unit_px: Tensor
    stride: int
    heat: tuple[HeatTargets, ...] = ()

    def to(self, device: torch.device) -> TargetBatch:
        """Return the targets on a device."""
        tensors = {name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return TargetBatch(**tensors, stride=self.stride, heat=tuple(maps.to(device) for maps in self.heat))
