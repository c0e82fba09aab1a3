"""The second look: maps lead points home, and learn how wrong they are."""

import math

import pytest
import torch

from napari_mazetrack.network.detector_network import RawOutputs
from napari_mazetrack.network.refinement import LONGEST_STEP, refine_points
from napari_mazetrack.network.refinement_loss import compute_refinement_loss
from napari_mazetrack.network.targets import TargetBatch

STRIDE = 8
#: These animals are one point.
AXIS = (0, 0)


def maps_towards(places, hw=(10, 12)):
    """Maps whose every cell tells the way to each keypoint's place (x, y in pixels), with log b = 0.25."""
    rows, columns = torch.meshgrid(*(torch.arange(n) * STRIDE + STRIDE / 2 - 0.5 for n in hw), indexing="ij")
    maps = []
    for x, y in places:
        maps += [(x - columns) / STRIDE, (y - rows) / STRIDE, torch.full(hw, 0.25)]
    return torch.stack(maps)[None]


def test_points_are_led_to_where_the_map_says():
    places = torch.tensor([[40.3, 31.7], [52.0, 36.5], [60.9, 44.1]])
    started = places + torch.tensor([[7.0, -5.0], [0.0, 0.0], [-11.0, 13.0]])
    for points, log_scale in refine_points(maps_towards(places.tolist()), started[None, None], STRIDE):
        torch.testing.assert_close(points[0, 0], places, atol=1e-3, rtol=0)
        torch.testing.assert_close(log_scale, torch.full((1, 1, 3), 0.25))


def test_a_step_has_an_end_and_two_go_farther():
    place, started = torch.tensor([80.0, 40.0]), torch.tensor([[[[20.0, 40.0]]]])
    steps = refine_points(maps_towards([place.tolist()]), started, STRIDE)
    reached = [float(points[0, 0, 0, 0]) for points, _ in steps]
    assert reached == pytest.approx([20 + LONGEST_STEP * STRIDE, 20 + 2 * LONGEST_STEP * STRIDE])


def make_batch(offsets_px):
    """Priors that put the one keypoint `offsets_px` beside (40, 40), and maps to be learnt."""
    n = len(offsets_px)
    offset = torch.tensor(offsets_px)[None, :, None, None].expand(-1, -1, 1, 2)
    maps = torch.zeros(1, 3, 10, 10, requires_grad=True)
    outputs = RawOutputs(torch.zeros(1, n), torch.zeros(1, n, 4), offset.contiguous(), maps)
    targets = TargetBatch(
        kind=torch.ones(1, n, dtype=torch.int8),
        box=torch.zeros(1, n, 4),
        keypoints=torch.zeros(1, n, 1, 2),
        labelled=torch.ones(1, n, 1, dtype=torch.bool),
        prior_xy=torch.full((n, 2), 40.0),
        unit_px=torch.ones(n),
        stride=STRIDE,
    )
    return outputs, targets


def test_the_map_learns_the_way():
    outputs, targets = make_batch([6.0, -6.0, 3.0])
    optimiser = torch.optim.Adam([outputs.refinement], 0.05)
    for _ in range(400):
        optimiser.zero_grad()
        compute_refinement_loss(outputs, targets, AXIS).backward()
        optimiser.step()
    started = 40 + outputs.keypoints
    points, _ = refine_points(outputs.refinement.detach(), started, STRIDE)[-1]
    assert (points - 40).abs().max() < 0.3


def test_the_best_scale_is_the_mean_distance():
    """Points too far off to be led home still teach how wrong they are."""
    outputs, targets = make_batch([32.0])  # 4 cells in x and y: farther than a step leads
    assert outputs.keypoints.norm() > LONGEST_STEP * STRIDE
    log_scale = torch.zeros((), requires_grad=True)
    optimiser = torch.optim.Adam([log_scale], 0.05)
    for _ in range(300):
        maps = torch.stack([torch.zeros(10, 10), torch.zeros(10, 10), log_scale.expand(10, 10)])[None]
        optimiser.zero_grad()
        compute_refinement_loss(
            RawOutputs(outputs.class_logit, outputs.box, outputs.keypoints, maps), targets, AXIS
        ).backward()
        optimiser.step()
    assert math.exp(log_scale.item()) == pytest.approx(4.0, rel=0.02)


def test_a_point_that_is_far_off_or_unlabelled_does_not_move_the_map():
    outputs, targets = make_batch([32.0])
    compute_refinement_loss(outputs, targets, AXIS).backward()
    assert outputs.refinement.grad[0, :2].abs().max() == 0
    outputs, targets = make_batch([6.0])
    targets.labelled[:] = False
    compute_refinement_loss(outputs, targets, AXIS).backward()
    assert outputs.refinement.grad.abs().max() == 0
