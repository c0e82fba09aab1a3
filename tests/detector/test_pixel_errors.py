"""Pixel errors of situations whose numbers are known by hand."""

import numpy as np
import pytest

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.detector.pixel_errors import count_flips, match_instances, summarise_errors


def instances_at(*boxes):
    n = len(boxes)
    score = np.linspace(0.9, 0.5, n).astype(np.float32)
    return Instances(score, np.array(boxes, np.float32), np.zeros((n, 3, 2), np.float32), np.ones((n, 3), np.float32))


def test_each_animal_gets_the_best_free_instance():
    found = instances_at([0, 0, 10, 10], [1, 0, 11, 10], [100, 100, 110, 110])
    truth = np.array([[100.0, 100, 112, 110], [0, 0, 10, 10], [300, 300, 310, 310]])
    assert match_instances(found, truth).tolist() == [2, 0, -1]


def test_nothing_found_and_nothing_labelled():
    assert match_instances(Instances.empty(3), np.array([[0.0, 0, 5, 5]])).tolist() == [-1]
    assert match_instances(instances_at([0, 0, 5, 5]), np.zeros((0, 4))).tolist() == []


def test_errors_by_hand():
    truth = np.array([[0.0, 0], [0, 0], [0, 0], [0, 0], [np.nan, np.nan]])
    found = np.array([[3.0, 4], [0, 1], [0, 0], [np.nan, np.nan], [7, 7]])
    lengths = np.array([50.0, 10, 100, 50, 50])
    errors = summarise_errors(found, truth, lengths, fractions=(0.05, 0.1))
    assert errors.n == 4
    assert errors.found_fraction == 0.75
    assert errors.mean_px == pytest.approx(2.0)
    assert errors.median_px == pytest.approx(1.0)
    assert errors.median_percent == pytest.approx(10.0)
    assert errors.pck == {0.05: 0.25, 0.1: 0.75}  # a missed animal is wrong at every fraction


def test_no_labels_give_no_numbers():
    errors = summarise_errors(np.zeros((2, 2)), np.full((2, 2), np.nan), np.ones(2))
    assert errors.n == 0
    assert np.isnan([errors.mean_px, errors.found_fraction, errors.pck[0.1]]).all()


def test_flips_are_axes_that_point_the_other_way():
    truth = np.array([[[10.0, 0], [5, 0], [0, 0]]] * 4)
    found = truth.copy()
    found[1] = found[1, ::-1]  # exchanged
    found[2] = np.nan  # not found
    found[3, 0], found[3, 2] = [5, 9], [4, -9]  # turned by less than a right angle
    assert count_flips(found, truth, 0, 2) == (1, 3)
