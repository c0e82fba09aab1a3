"""The losses: total = class + 2 · box + keypoints + second look + 2 · heat maps (where those are trained)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from napari_mazetrack.network.counts import Divisor, at_least_one
from napari_mazetrack.network.detector_network import RawOutputs
from napari_mazetrack.network.ends import Axis, exchange_ends, forgive_exchange
from napari_mazetrack.network.heat_maps import compute_heat_loss
from napari_mazetrack.network.matching import NEGATIVE, POSITIVE
from napari_mazetrack.network.refinement_loss import compute_refinement_loss
from napari_mazetrack.network.targets import TargetBatch

ClassLoss = Literal["focal", "hard_negatives"]
CLASS_LOSSES: tuple[ClassLoss, ...] = get_args(ClassLoss)
BOX_WEIGHT, HEAT_WEIGHT = 2.0, 2.0
#: Shares of the parts of the keypoint loss.
POSITION_WEIGHT, HEADING_WEIGHT = 2.0, 1.0
#: Offsets are in tenths of a prior; an animal's half length is about three of them.
POSITION_UNIT, POSITION_BEND = 3.0, 0.5
#: Offset units below which the length of an axis no longer sharpens the pull on its heading.
SHORTEST_AXIS = 0.5
FOCAL_ALPHA, FOCAL_GAMMA = 0.25, 2.0
#: Negatives kept for each positive by hard-negative mining, as RetinaFace does; at least this many a batch.
NEGATIVES_PER_POSITIVE, LEAST_NEGATIVES = 7, 64


@dataclass(frozen=True)
class Losses:
    """The parts of the loss, each a mean over the positive priors of the batch."""

    classes: Tensor
    box: Tensor
    keypoints: Tensor
    refinement: Tensor
    heat: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return self.classes + BOX_WEIGHT * self.box + self.keypoints + self.refinement + HEAT_WEIGHT * self.heat


def compute_losses(
    outputs: RawOutputs,
    targets: TargetBatch,
    class_loss: ClassLoss,
    axis: Axis,
    *,
    forgive: bool = True,
    divisor: Divisor = at_least_one,
) -> Losses:
    """Compare raw outputs with the targets.

    Parameters
    ----------
    outputs : RawOutputs
        From the network.
    targets : TargetBatch
        From `match_priors`.
    class_loss : {"focal", "hard_negatives"}
        Focal loss (Lin et al. 2017, arXiv:1708.02002), or cross-entropy on the positives and the hardest
        negatives (the seed's).
    axis : (int, int)
        The keypoints at the animal's front and back.
    forgive : bool
        Whether exchanged ends count less than other errors (`ends`).
    divisor : callable
        From a count to what a sum is divided by; another one where several processes share the batch.

    Returns
    -------
    Losses
        Zero box and keypoint losses where no prior is positive.
    """
    positive = targets.kind == POSITIVE
    n_positive = divisor(positive.sum())
    compute_class = _focal_loss if class_loss == "focal" else _hard_negative_loss
    box = F.smooth_l1_loss(outputs.box[positive], targets.box[positive], reduction="none").mean(dim=1)
    points = (outputs.keypoints[positive], targets.keypoints[positive], targets.labelled[positive])
    return Losses(
        classes=compute_class(outputs.class_logit, targets.kind) / n_positive,
        box=box.sum() / n_positive,
        keypoints=POSITION_WEIGHT * _position_loss(*points, axis if forgive else None, divisor)
        + HEADING_WEIGHT * _heading_loss(*points, axis, divisor),
        refinement=compute_refinement_loss(outputs, targets, axis if forgive else None, divisor),
        heat=compute_heat_loss(outputs.heat_logits, targets.heat, divisor)
        if outputs.heat_logits and targets.heat
        else torch.zeros((), device=box.device),
    )


def _focal_loss(logit: Tensor, kind: Tensor) -> Tensor:
    truth = (kind == POSITIVE).to(logit.dtype)
    entropy = F.binary_cross_entropy_with_logits(logit, truth, reduction="none")
    probability = torch.sigmoid(logit)
    miss = truth * (1 - probability) + (1 - truth) * probability
    alpha = truth * FOCAL_ALPHA + (1 - truth) * (1 - FOCAL_ALPHA)
    counts = (kind == POSITIVE) | (kind == NEGATIVE)
    return (alpha * miss**FOCAL_GAMMA * entropy * counts).sum()


def _hard_negative_loss(logit: Tensor, kind: Tensor) -> Tensor:
    positive, negative = kind == POSITIVE, kind == NEGATIVE
    wanted = max(int(positive.sum()) * NEGATIVES_PER_POSITIVE, LEAST_NEGATIVES)
    hardest = torch.topk(logit[negative], min(wanted, int(negative.sum()))).values
    return F.softplus(-logit[positive]).sum() + F.softplus(hardest).sum()


def _position_loss(predicted: Tensor, truth: Tensor, labelled: Tensor, axis: Axis | None, divisor: Divisor) -> Tensor:
    """Smooth L1 of the offsets of the labelled points [Q, n] on the scale of `POSITION_UNIT`, mean over points.

    Ends that are exchanged cost less (`ends`), unless `axis` is None.
    """

    def distance_to(places: Tensor) -> Tensor:
        return F.smooth_l1_loss(predicted, places, reduction="none", beta=POSITION_BEND).mean(dim=-1)

    distance = distance_to(truth)
    if axis is not None:
        distance = forgive_exchange(distance, distance_to(exchange_ends(truth, axis)), labelled, axis)
    return (distance * labelled).sum() / divisor(labelled.sum()) / POSITION_UNIT


def _heading_loss(
    predicted: Tensor, truth: Tensor, labelled: Tensor, axis: Axis, divisor: Divisor = at_least_one
) -> Tensor:
    """Mean of 1 − cos of the angle between the predicted and the true axis of the animal.

    Where the ends lie is learnt whichever comes first (`ends`); this tells the network to look for the difference.
    """
    front, back = axis
    found = predicted[:, front] - predicted[:, back]
    true = truth[:, front] - truth[:, back]
    known = labelled[:, front] & labelled[:, back]
    found = found / torch.sqrt((found**2).sum(dim=1, keepdim=True) + SHORTEST_AXIS**2)
    true = true / torch.sqrt((true**2).sum(dim=1, keepdim=True) + SHORTEST_AXIS**2)
    return ((1 - (found * true).sum(dim=1)) * known).sum() / divisor(known.sum())
