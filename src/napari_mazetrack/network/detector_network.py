"""The detector: backbone, pyramid, context and three heads per level (RetinaFace, arXiv:1905.00641).

A second look at the finest level then places the keypoints (`refinement`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.network.backbones import make_backbone
from napari_mazetrack.network.pyramid import ContextModule, FeaturePyramid
from napari_mazetrack.network.refinement import RefinementHead

#: Probability that an untrained head gives a prior, so that a million empty priors do not drown the rest.
START_PROBABILITY = 0.01
#: The finest levels also say, while training, which keypoint is in which cell (`heat_maps`).
HEAT_LEVELS = 2
#: Heads that serve training alone: a model file need not have their weights.
TRAINING_HEADS = "heat_head."


@dataclass(frozen=True)
class RawOutputs:
    """What the heads say for every prior.

    Attributes
    ----------
    class_logit : Tensor [N, P]
        Log-odds that an animal belongs to the prior.
    box : Tensor [N, P, 4]
        Encoded box.
    keypoints : Tensor [N, P, n_keypoints, 2]
        Encoded x, y, before the second look.
    refinement : Tensor [N, 3 n_keypoints, h, w]
        Maps of the second look (`refinement`), of the finest level.
    heat_logits : tuple of Tensor [N, n_keypoints, h, w]
        Log-odds that a keypoint lies in a cell, of the finest levels; empty unless asked for.
    """

    class_logit: Tensor
    box: Tensor
    keypoints: Tensor
    refinement: Tensor
    heat_logits: tuple[Tensor, ...] = ()

    def as_float32(self) -> RawOutputs:
        """Return the same numbers in FP32: losses are sums of thousands of terms."""
        return RawOutputs(
            self.class_logit.float(),
            self.box.float(),
            self.keypoints.float(),
            self.refinement.float(),
            tuple(heat.float() for heat in self.heat_logits),
        )


class DetectorNetwork(nn.Module):
    """Normalised luma [N, 1, H, W] to raw outputs for every prior."""

    def __init__(self, spec: ModelSpec, *, pretrained: bool | Path = False) -> None:
        super().__init__()
        self.n_keypoints = spec.skeleton.n_keypoints
        width = spec.fpn_channels
        self.backbone = make_backbone(spec.backbone, pretrained=pretrained)
        self.pyramid = FeaturePyramid(self.backbone.channels, width)
        n_priors = [len(sizes) for sizes in spec.priors.sizes_px]
        self.context = nn.ModuleList(ContextModule(width) for _ in n_priors)
        self.class_head = nn.ModuleList(nn.Conv2d(width, n, 1) for n in n_priors)
        self.box_head = nn.ModuleList(nn.Conv2d(width, n * 4, 1) for n in n_priors)
        self.keypoint_head = nn.ModuleList(nn.Conv2d(width, n * 2 * self.n_keypoints, 1) for n in n_priors)
        self.refinement_head = RefinementHead(width, self.n_keypoints)
        self._start_heads()
        self.heat_head = nn.ModuleList(nn.Conv2d(width, self.n_keypoints, 1) for _ in n_priors[:HEAT_LEVELS])
        for head in self.heat_head:
            _start(head)
            nn.init.constant_(_bias(head), -math.log(1 / START_PROBABILITY - 1))

    def _start_heads(self) -> None:
        for heads in (self.class_head, self.box_head, self.keypoint_head):
            for head in heads:
                _start(head)
        for head in self.class_head:
            nn.init.constant_(_bias(head), -math.log(1 / START_PROBABILITY - 1))

    def forward(self, luma: Tensor) -> RawOutputs:
        """Return the heads' outputs in the order of `compute_priors`."""
        return self._run_heads(self._compute_levels(luma))

    def forward_in_training(self, luma: Tensor) -> RawOutputs:
        """Return the same with the heat maps."""
        levels = self._compute_levels(luma)
        heat = tuple(head(level) for head, level in zip(self.heat_head, levels, strict=False))
        return replace(self._run_heads(levels), heat_logits=heat)

    def _compute_levels(self, luma: Tensor) -> list[Tensor]:
        pyramid = self.pyramid(self.backbone(luma))
        return [context(level) for context, level in zip(self.context, pyramid, strict=True)]

    def _run_heads(self, levels: list[Tensor]) -> RawOutputs:
        keypoints = _flatten(self.keypoint_head, levels, 2 * self.n_keypoints)
        return RawOutputs(
            class_logit=_flatten(self.class_head, levels, 1)[..., 0],
            box=_flatten(self.box_head, levels, 4),
            keypoints=keypoints.unflatten(2, (self.n_keypoints, 2)),
            refinement=self.refinement_head(levels[0]),
        )


def _flatten(heads: nn.ModuleList, levels: list[Tensor], n_values: int) -> Tensor:
    """Run one kind of head on every level and lay its cells out as [N, P, n_values]."""
    flat = [
        head(level).permute(0, 2, 3, 1).flatten(1).unflatten(1, (-1, n_values))
        for head, level in zip(heads, levels, strict=True)
    ]
    return torch.cat(flat, dim=1)


def _start(head: nn.Module) -> None:
    nn.init.normal_(head.get_parameter("weight"), std=0.01)
    nn.init.zeros_(_bias(head))


def _bias(head: nn.Module) -> Tensor:
    return head.get_parameter("bias")
