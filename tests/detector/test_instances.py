"""From candidates to instances."""

from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.detector.instances import Instances, compute_iou, instances_from_candidates

AXIS = (0, 2)


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
    np.testing.assert_allclose(instances.score, [0.9, 0.8])
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
    assert instances.score[0] == pytest.approx(0.6)
    assert instances.keypoints_xy[0, 0, 1] == pytest.approx(90 if sum(turned) < 0.6 else 110)
    assert instances.keypoints_xy[0, 1, 0] == pytest.approx(100 if sum(turned) < 0.6 else 101)


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
