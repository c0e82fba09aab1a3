"""Ends that cannot be told apart are put at the ends; those that can be are told apart."""

import pytest
import torch

from napari_mazetrack.network.ends import OWN_SHARE, are_exchanged, exchange_ends, forgive_exchange
from napari_mazetrack.network.losses import _position_loss
from napari_mazetrack.network.refinement_loss import _nearest_places

AXIS = (0, 2)
TRUTH = torch.tensor([[[12.0, 0.0], [0.0, 0.0], [-12.0, 0.0]]])
ALL = torch.ones(1, 3, dtype=torch.bool)


def one(count):
    return count.clamp(min=1)


def distances(points):
    return [(points - places).norm(dim=-1) for places in (TRUTH, exchange_ends(TRUTH, AXIS))]


def test_exchanging_twice_is_nothing():
    points = torch.arange(12.0).reshape(2, 3, 2)
    assert exchange_ends(points, AXIS)[0].tolist() == [[4, 5], [2, 3], [0, 1]]
    torch.testing.assert_close(exchange_ends(exchange_ends(points, AXIS), AXIS), points)


@pytest.mark.parametrize(("head_x", "exchanged"), [(12.0, False), (1.0, False), (-1.0, True), (-12.0, True)])
def test_whoever_is_nearer_so_is_exchanged(head_x, exchanged):
    points = torch.tensor([[[head_x, 0.0], [0.0, 0.0], [-head_x, 0.0]]])
    assert are_exchanged(*distances(points), ALL, AXIS).item() is exchanged
    own, other = distances(points)
    cost = forgive_exchange(own, other, ALL, AXIS)
    expected = OWN_SHARE * own + (1 - OWN_SHARE) * other if exchanged else own
    torch.testing.assert_close(cost, expected)


def test_an_animal_without_both_ends_is_not_exchanged():
    points = exchange_ends(TRUTH, AXIS)
    for missing in AXIS:
        labelled = ALL.clone()
        labelled[0, missing] = False
        assert not are_exchanged(*distances(points), labelled, AXIS).any()


@pytest.mark.parametrize(
    ("share_as_labelled", "started_head_x", "head_x"),
    [
        pytest.param(0.5, 0.3, 12, id="cannot be told apart: at an end, not in the middle"),
        pytest.param(0.5, -0.3, -12, id="cannot be told apart: at the other end"),
        pytest.param(1.0, -12.0, 12, id="can be told apart: comes home from the wrong end"),
    ],
)
def test_where_the_ends_are_put(share_as_labelled, started_head_x, head_x):
    """The same picture again and again, with the animal as labelled or the other way round."""
    points = torch.tensor([[[started_head_x, 0.1], [0.2, 0.0], [-started_head_x, 0.2]]], requires_grad=True)
    optimiser = torch.optim.Adam([points], 0.1)
    for _ in range(800):
        optimiser.zero_grad()
        for truth, share in ((TRUTH, share_as_labelled), (exchange_ends(TRUTH, AXIS), 1 - share_as_labelled)):
            (share * _position_loss(points, truth, ALL, AXIS, one)).backward()
        optimiser.step()
    assert points[0, :, 0].tolist() == pytest.approx([head_x, 0, -head_x], abs=0.5)


def test_the_second_look_leads_exchanged_ends_to_where_they_are():
    turned = exchange_ends(TRUTH, AXIS)
    torch.testing.assert_close(_nearest_places(turned + 0.5, TRUTH, ALL, AXIS), turned)
    torch.testing.assert_close(_nearest_places(TRUTH + 0.5, TRUTH, ALL, AXIS), TRUTH)
