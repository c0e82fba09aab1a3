"""From candidates to instances."""

from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.detector.instances import Instances, compute_iou, instances_from_candidates

AXIS = (0, 2)
#: What is expected of `candidate`'s points: a² = (2 · 0.1 · 20)² against σ of 1, 1.5 and 2.
LIKENESS = (16 / 17 + 16 / 18.25 + 16 / 20) / 3


def candidate(score: float, x: float, y: float, size: float = 20.0) -> list[float]:
    half = size / 2
    points = [x, y - half, 1.0, x, y, 1.5, x, y + half, 2.0]
    return [score, x - half, y - half, x + half, y + half, *points]


def table(*rows: list[float]) -> np.ndarray:
    return np.asarray(rows, np.float32)


def test_iou_of_known_boxes():
    box = np.asarray([0, 0, 10, 10], np.float32)
    others = np.asarray([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [0, 0, 0, 0]], np.float32)
    np.testing.assert_allclose(compute_iou(box, others), [1, 1 / 3, 0, 0], atol=1e-6)


def test_overlapping_candidates_become_one_instance_at_their_weighted_mean():
    instances = instances_from_candidates(
        table(candidate(0.9, 100, 100), candidate(0.3, 101, 100), candidate(0.8, 200, 50)),
        axis=AXIS,
        score_threshold=0.2,
    )
    assert len(instances) == 2
    np.testing.assert_allclose(instances.score, [0.9 * LIKENESS**0.5, 0.8 * LIKENESS**0.5], rtol=1e-6)
    np.testing.assert_allclose(instances.keypoints_xy[0, 1], [100.25, 100], atol=1e-4)
    np.testing.assert_allclose(instances.keypoints_xy[1, 1], [200, 50])
    np.testing.assert_allclose(instances.sigma_px[0], [1.0, 1.5, 2.0], atol=1e-6)


@pytest.mark.parametrize("turned", [(0.3, 0.2), (0.5, 0.6)], ids=["a weaker part", "most of the score"])
def test_candidates_that_disagree_which_end_is_the_front_are_not_averaged(turned):
    """The heads of candidates that head down lie at y = 90, of those that head up at y = 110."""
    rows = [candidate(0.6, 100, 100), *(candidate(score, 101, 100) for score in turned)]
    for row in rows[1:]:
        row[5:7], row[11:13] = row[11:13], row[5:7]
    instances = instances_from_candidates(table(*rows), axis=AXIS, score_threshold=0.2)
    assert len(instances) == 1
    assert instances.score[0] == pytest.approx(0.6 * LIKENESS**0.5)
    assert instances.keypoints_xy[0, 0, 1] == pytest.approx(90 if sum(turned) < 0.6 else 110)
    assert instances.keypoints_xy[0, 1, 0] == pytest.approx(100 if sum(turned) < 0.6 else 101)


def test_a_candidate_that_sees_the_ends_comes_before_one_that_does_not():
    """A prior in the animal's middle has the best score, a tail that lies on the body, and says so."""
    unsure = candidate(0.95, 100, 100)
    unsure[4], unsure[12], unsure[13] = 102, 101, 12.0
    instances = instances_from_candidates(table(unsure, candidate(0.8, 100, 100)), axis=AXIS, score_threshold=0.2)
    assert len(instances) == 1
    np.testing.assert_allclose(instances.keypoints_xy[0, 2], [100, 110], atol=0.3)
    assert instances.score[0] == pytest.approx(0.8 * LIKENESS**0.5)


def test_each_point_is_that_of_the_candidates_that_are_sure_of_it():
    first, second = candidate(0.6, 100, 100), candidate(0.6, 102, 100)
    first[7], second[13] = 10.0, 20.0  # the σ of the first one's head and of the second one's tail
    instances = instances_from_candidates(table(first, second), axis=AXIS, score_threshold=0.2)
    head_x, body_x, tail_x = instances.keypoints_xy[0, :, 0]
    assert head_x == pytest.approx(102, abs=0.05)
    assert 100.5 < body_x < 101.5
    assert tail_x == pytest.approx(100, abs=0.05)


def test_a_candidate_that_is_sure_of_nothing_is_dropped():
    row = candidate(0.9, 100, 100)
    row[7] = row[10] = row[13] = 40.0
    assert len(instances_from_candidates(table(row), axis=AXIS, score_threshold=0.2)) == 0


def test_candidates_below_the_threshold_and_broken_ones_are_dropped():
    broken = candidate(0.99, 10, 10)
    broken[5] = np.nan
    instances = instances_from_candidates(table(candidate(0.1, 50, 50), broken), axis=AXIS, score_threshold=0.2)
    assert len(instances) == 0
    assert instances.keypoints_xy.shape == (0, 3, 2)


def test_equal_scores_always_give_the_same_order():
    rows = table(candidate(0.5, 30, 30), candidate(0.5, 90, 90))
    instances = instances_from_candidates(rows, axis=AXIS, score_threshold=0.2)
    np.testing.assert_allclose(instances.keypoints_xy[:, 1], [[30, 30], [90, 90]])


def test_no_more_than_the_allowed_instances():
    rows = table(*(candidate(0.9, 50 + 40 * i, 50) for i in range(6)))
    assert len(instances_from_candidates(rows, axis=AXIS, score_threshold=0.2, max_instances=4)) == 4


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_scaling_back_to_film_pixels_undoes_the_letterbox(scale):
    film = instances_from_candidates(table(candidate(0.9, 100, 100)), axis=AXIS, score_threshold=0.2)
    offset = 0.5 * scale - 0.5
    model = Instances(
        film.score, film.box_xyxy * scale + offset, film.keypoints_xy * scale + offset, film.sigma_px * scale
    )
    back = model.scaled(scale, (offset, offset))
    np.testing.assert_allclose(back.keypoints_xy, film.keypoints_xy, atol=1e-4)
    np.testing.assert_allclose(back.box_xyxy, film.box_xyxy, atol=1e-4)
    np.testing.assert_allclose(back.sigma_px, film.sigma_px, atol=1e-6)
