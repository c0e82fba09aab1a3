"""The loss of the second look at the keypoints."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from napari_mazetrack.network.counts import Divisor, at_least_one
from napari_mazetrack.network.detector_network import RawOutputs
from napari_mazetrack.network.ends import Axis, are_exchanged, exchange_ends
from napari_mazetrack.network.matching import POSITIVE
from napari_mazetrack.network.refinement import LONGEST_STEP, refine_points
from napari_mazetrack.network.targets import TargetBatch

#: Priors of a crop that are looked at: the best scored of the positive ones, as inference would take them.
PRIORS_A_CROP = 24
#: Cells; smooth L1 bends here.
BEND = 0.25
POSITION_WEIGHT, SCALE_WEIGHT = 2.0, 0.3


def compute_refinement_loss(
    outputs: RawOutputs, targets: TargetBatch, axis: Axis | None, divisor: Divisor = at_least_one
) -> Tensor:
    """Mean over the labelled points and the steps of position and scale loss.

    The second look says where the ends are, the priors which is which: ends that were exchanged (`axis`: front and
    back; None: never exchanged) are led to the places where they are. A point that the prior put farther away than a
    step can lead does not move the map, but its scale learns how wrong it is.

    The scale loss is the negative log-likelihood of a Laplace distribution with the distance held constant: a
    likelihood that also moves the points pulls least at those that are farthest off.
    """
    index, counts = _choose_priors(outputs, targets)
    started, truth = (_to_pixels(values, index, targets) for values in (outputs.keypoints, targets.keypoints))
    labelled = targets.labelled.gather(1, index[..., None].expand(-1, -1, targets.labelled.shape[2]))
    labelled = labelled & counts[..., None]
    total = torch.zeros((), device=truth.device)
    near_enough = LONGEST_STEP * targets.stride
    for points, log_scale in refine_points(outputs.refinement, started, targets.stride):
        places = truth if axis is None else _nearest_places(points.detach(), truth, labelled, axis)
        within = labelled & ((started - places).norm(dim=-1) < near_enough)
        error = (points - places) / targets.stride
        position = F.smooth_l1_loss(error, torch.zeros_like(error), reduction="none", beta=BEND).mean(dim=-1)
        distance = error.detach().abs().mean(dim=-1)
        scale = distance * torch.exp(-log_scale) + log_scale + math.log(2)
        total = total + POSITION_WEIGHT * _mean(position, within, divisor)
        total = total + SCALE_WEIGHT * _mean(scale, labelled, divisor)
        started = points.detach()
    return total


def _nearest_places(points: Tensor, truth: Tensor, labelled: Tensor, axis: Axis) -> Tensor:
    """Return the truth [N, K, n, 2], with exchanged ends where the points are nearer to it so."""
    exchanged = exchange_ends(truth, axis)
    own, other = ((points - places).norm(dim=-1) for places in (truth, exchanged))
    return torch.where(are_exchanged(own, other, labelled, axis)[..., None], exchanged, truth)


def _choose_priors(outputs: RawOutputs, targets: TargetBatch) -> tuple[Tensor, Tensor]:
    """Return indices [N, K] of each crop's best scored positive priors, and which of them are positive at all."""
    score = torch.where(targets.kind == POSITIVE, outputs.class_logit.detach(), -math.inf)
    best = score.topk(min(PRIORS_A_CROP, score.shape[1]), dim=1)
    return best.indices, torch.isfinite(best.values)


def _to_pixels(encoded: Tensor, index: Tensor, targets: TargetBatch) -> Tensor:
    """Decode the chosen priors' points [N, P, n, 2] to crop pixels [N, K, n, 2]."""
    chosen = encoded.gather(1, index[..., None, None].expand(-1, -1, *encoded.shape[2:]))
    unit = targets.unit_px[index][..., None, None]
    return targets.prior_xy[index][:, :, None] + chosen.detach() * unit


def _mean(values: Tensor, where: Tensor, divisor: Divisor) -> Tensor:
    return (values * where).sum() / divisor(where.sum())
