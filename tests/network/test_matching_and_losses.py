"""Which prior finds which animal, and what is minimised."""

import math

import numpy as np
import pytest
import torch

from napari_mazetrack.detector.coding import decode_boxes, decode_keypoints
from napari_mazetrack.detector.priors import compute_priors
from napari_mazetrack.detector.spec import PriorSpec
from napari_mazetrack.network.detector_network import RawOutputs
from napari_mazetrack.network.losses import CLASS_LOSSES, _heading_loss, compute_losses
from napari_mazetrack.network.matching import IGNORED, NEGATIVE, POSITIVE, Truth, match_priors
from napari_mazetrack.network.targets import TargetBatch

PRIORS = compute_priors((128, 128), PriorSpec())
VARIANCES = PriorSpec().variances
AXIS = (0, 2)


def make_truth(*boxes, ignored=None, labelled=None):
    box = np.array(boxes, np.float32).reshape(-1, 4)
    points = np.stack([box[:, :2], (box[:, :2] + box[:, 2:]) / 2, box[:, 2:]], axis=1)
    n = len(box)
    return Truth(
        box,
        points.astype(np.float32),
        np.ones((n, 3), np.bool_) if labelled is None else np.array(labelled),
        np.zeros(n, np.bool_) if ignored is None else np.array(ignored),
    )


@pytest.mark.parametrize("length", [14, 24, 40, 64, 90, 120])
@pytest.mark.parametrize("shape", [(1, 1), (1, 0.35), (0.35, 1)])
def test_every_size_and_heading_has_priors_that_find_it(length, shape):
    half = np.array(shape) * length / 2
    truth = make_truth([*(63 - half), *(65 + half)])
    targets = match_priors(truth, PRIORS, VARIANCES)
    positive = targets.kind == POSITIVE
    assert 1 <= positive.sum() <= 40
    boxes = decode_boxes(targets.box[positive], PRIORS[positive], VARIANCES)
    np.testing.assert_allclose(boxes, np.repeat(truth.box_xyxy, positive.sum(), axis=0), atol=1e-2)
    points = decode_keypoints(targets.keypoints[positive], PRIORS[positive], VARIANCES)
    np.testing.assert_allclose(points, np.repeat(truth.keypoints_xy, positive.sum(), axis=0), atol=1e-2)


def test_an_empty_crop_is_all_negative():
    assert (match_priors(make_truth(), PRIORS, VARIANCES).kind == NEGATIVE).all()


def test_an_ignored_animal_is_neither_found_nor_missed():
    targets = match_priors(make_truth([40, 40, 80, 80], ignored=[True]), PRIORS, VARIANCES)
    assert not (targets.kind == POSITIVE).any()
    inside = (np.abs(PRIORS[:, :2] - 60) < 10).all(axis=1) & (PRIORS[:, 2] == 32)
    assert (targets.kind[inside] == IGNORED).all()
    assert (targets.kind == NEGATIVE).any()


def test_two_animals_keep_their_own_priors():
    truth = make_truth([10, 10, 42, 42], [90, 90, 122, 122])
    targets = match_priors(truth, PRIORS, VARIANCES)
    positive = targets.kind == POSITIVE
    boxes = decode_boxes(targets.box[positive], PRIORS[positive], VARIANCES)
    nearer = np.where(PRIORS[positive][:, 0] < 66, 0, 1)
    np.testing.assert_allclose(boxes, truth.box_xyxy[nearer], atol=1e-2)


def test_unlabelled_points_are_masked():
    truth = make_truth([40, 40, 72, 72], labelled=[[True, False, True]])
    truth.keypoints_xy[0, 1] = np.nan
    targets = match_priors(truth, PRIORS, VARIANCES)
    assert np.isfinite(targets.keypoints).all()
    assert targets.labelled[targets.kind == POSITIVE].tolist() == [[True, False, True]] * (targets.kind == 1).sum()


def make_batch(kind, offset=0.0, logit=0.0):
    """Outputs that are off by `offset` everywhere, in units and cells of 8 px; maps lead nowhere, with b = 1 cell."""
    kind = torch.tensor([kind], dtype=torch.int8)
    n = kind.shape[1]
    outputs = RawOutputs(
        class_logit=torch.full((1, n), logit),
        box=torch.full((1, n, 4), offset),
        keypoints=torch.full((1, n, 3, 2), offset).requires_grad_(),
        refinement=torch.zeros(1, 9, 4, 4).requires_grad_(),
    )
    targets = TargetBatch(
        kind,
        torch.zeros(1, n, 4),
        torch.zeros(1, n, 3, 2),
        torch.ones(1, n, 3, dtype=torch.bool),
        prior_xy=torch.full((n, 2), 15.5),
        unit_px=torch.full((n,), 8.0),
        stride=8,
    )
    return outputs, targets


@pytest.mark.parametrize("class_loss", CLASS_LOSSES)
def test_losses_by_hand(class_loss):
    outputs, targets = make_batch([POSITIVE, NEGATIVE, IGNORED, NEGATIVE], offset=2.0)
    losses = compute_losses(outputs, targets, class_loss, AXIS)
    entropy = math.log(2)
    expected = {"focal": 0.25 * (0.25 + 2 * 0.75) * entropy, "hard_negatives": 3 * entropy}[class_loss]
    assert losses.classes.item() == pytest.approx(expected, rel=1e-5)
    assert losses.box.item() == pytest.approx(1.5)  # smooth L1 of 2
    position = (2 - 0.25) / 3  # smooth L1 of 2 that bends at 0.5, in units of 3
    heading = 1  # 1 - cos of an axis without length
    assert losses.keypoints.item() == pytest.approx(2 * position + heading, rel=1e-5)
    second_look = 2 * (2 - 0.125) + 0.3 * (2 + math.log(2))  # smooth L1 that bends at 0.25; |d| / b + log 2b with b = 1
    assert losses.refinement.item() == pytest.approx(2 * second_look, rel=1e-5)  # twice, as nothing was gained
    parts = losses.classes + 2 * losses.box + losses.keypoints + losses.refinement
    assert losses.total.item() == pytest.approx(parts.item())


@pytest.mark.parametrize("class_loss", CLASS_LOSSES)
def test_a_batch_without_animals_has_finite_losses_and_gradients(class_loss):
    outputs, targets = make_batch([NEGATIVE] * 4)
    losses = compute_losses(outputs, targets, class_loss, AXIS)
    losses.total.backward()
    assert torch.isfinite(losses.total)
    assert losses.box.item() == losses.keypoints.item() == losses.refinement.item() == 0


@pytest.mark.parametrize(("turn_deg", "expected"), [(0, 0), (90, 1), (180, 2)])
def test_a_wrong_heading_costs_up_to_two(turn_deg, expected):
    turn = np.deg2rad(turn_deg)
    true = torch.zeros(1, 1, 3, 2)
    true[0, 0, 0, 0], true[0, 0, 2, 0] = 500.0, -500.0
    ends = torch.tensor([[math.cos(turn), math.sin(turn)], [0, 0], [-math.cos(turn), -math.sin(turn)]]) * 500
    labelled = torch.ones(1, 1, 3, dtype=torch.bool)
    assert _heading_loss(ends[None], true[0], labelled[0], AXIS).item() == pytest.approx(expected, abs=1e-5)
    labelled[0, 0, 2] = False
    assert _heading_loss(ends[None], true[0], labelled[0], AXIS).item() == 0


def test_a_point_that_is_not_labelled_does_not_pull():
    outputs, targets = make_batch([POSITIVE], offset=2.0)
    targets.labelled[0, 0, 1] = False
    compute_losses(outputs, targets, "focal", AXIS).keypoints.backward()
    gradient = outputs.keypoints.grad[0, 0].abs().sum(dim=1)
    assert gradient[1] == 0
    assert (gradient[[0, 2]] > 0).all()
