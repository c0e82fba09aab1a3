"""Maps of where each keypoint is."""

import numpy as np
import pytest

from napari_mazetrack.network.heat_maps import compute_heat_loss, compute_heat_targets
from napari_mazetrack.network.matching import Truth


def make_truth(*points, ignored=False):
    xy = np.array([points], np.float32)
    box = np.concatenate([xy.min(axis=1), xy.max(axis=1)], axis=1)
    return Truth(box, xy, np.isfinite(xy).all(axis=2), np.array([ignored]))


def test_the_cell_under_a_point_is_its_place_and_no_other_points():
    maps = compute_heat_targets([make_truth((11.5, 11.5), (27.5, 27.5), (43.5, 43.5))], 64, 8, 3)
    assert maps.is_there.shape == (1, 3, 8, 8)
    for k, cell in enumerate((1, 3, 5)):
        assert maps.is_there[0, k].nonzero().tolist() == [[cell, cell]]
    assert maps.counts[0, 0, 1, 2] == 0  # next to the head: neither
    assert maps.counts[0, 0, 5, 5] == 1  # the tail is no head


def test_an_ignored_animal_counts_for_nothing():
    maps = compute_heat_targets([make_truth((8, 8), (20, 20), (30, 30), ignored=True)], 64, 8, 3)
    assert not maps.is_there.any()
    assert (maps.counts[0, :, 1:3, 1:3] == 0).all()
    assert (maps.counts[0, :, 5:, 5:] == 1).all()


@pytest.mark.parametrize("swapped", [False, True])
def test_taking_the_tail_for_the_head_costs(swapped):
    truth = make_truth((11.5, 11.5), (27.5, 27.5), (43.5, 43.5))
    maps = compute_heat_targets([truth], 64, 8, 3)
    right = compute_heat_loss([8 * maps.is_there - 4], [maps])
    said = 8 * (maps.is_there[:, [2, 1, 0]] if swapped else maps.is_there) - 4
    loss = compute_heat_loss([said], [maps])
    assert bool(loss > 10 * right) == swapped
