"""Average precision and scores of cases worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.average_precision import (
    FrameSimilarity,
    average_precision,
    compute_iou_matrix,
    compute_oks_matrix,
    mean_average_precision,
    precision_recall,
)
from napari_mazetrack.training.scoring import ScoredFrame, choose_score_threshold, score_frames

MOUSE_POINTS = np.array([[100.0, 50], [120, 50], [140, 50]])


def frame(scores, similarity, n_truth=None):
    matrix = np.array(similarity, float).reshape(len(scores), -1 if n_truth is None else n_truth)
    return FrameSimilarity(np.array(scores, float), matrix)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([frame([0.9], [[0.8]]), frame([0.8], [[0.7]])], 1.0),
        ([frame([0.9], [[0.8]]), frame([], [], 1)], 51 / 101),  # one of two found: recalls 0 … 0.50
        # a false one first: precision 1/2 then 2/3, interpolated to 2/3 everywhere
        ([frame([0.9, 0.8], [[0.0], [0.9]]), frame([0.7], [[0.9]])], 2 / 3),
        ([frame([0.9, 0.8], [[0.9], [0.8]])], 1.0),  # the second of the same animal comes after full recall
        ([frame([0.9], [[0.4]])], 0.0),
        ([frame([], [], 1)], 0.0),
    ],
)
def test_average_precision_by_hand(frames, expected):
    assert average_precision(precision_recall(frames, 0.5)) == pytest.approx(expected)


def test_an_overlap_of_072_passes_five_of_ten_thresholds():
    assert mean_average_precision([frame([0.9], [[0.72]])]) == pytest.approx(0.5)


def test_the_best_of_two_animals_is_taken():
    curve = precision_recall([frame([0.9, 0.8], [[0.6, 0.7], [0.1, 0.65]])], 0.5)
    assert curve.recall.tolist() == [0.5, 0.5]  # the first took the second animal, the second has none left


def test_similarities_by_hand():
    iou = compute_iou_matrix(np.array([[0.0, 0, 10, 10]]), np.array([[5.0, 0, 15, 10], [20, 20, 30, 30]]))
    np.testing.assert_allclose(iou, [[1 / 3, 0]])
    truth = np.array([[[0.0, 0], [np.nan, np.nan]]])
    oks = compute_oks_matrix(np.array([[[2.0, 0], [9, 9]]]), truth, np.array([100.0]), sigma=0.1)
    np.testing.assert_allclose(oks, [[np.exp(-4 / (2 * 100 * 0.04))]])  # only the labelled point counts


def scored(points, truth, score=0.9):
    if points is None:
        return ScoredFrame(Instances.empty(3), truth)
    box = box_from_keypoints(points).astype(np.float32)[None]
    instances = Instances(
        np.array([score], np.float32), box, points[None].astype(np.float32), np.ones((1, 3), np.float32)
    )
    return ScoredFrame(instances, truth)


def test_scores_of_a_small_film():
    truth = MOUSE_POINTS[None]
    frames = [
        scored(MOUSE_POINTS, truth),
        scored(MOUSE_POINTS[::-1], truth),  # flipped
        scored(None, truth),  # missed
        scored(MOUSE_POINTS, np.zeros((0, 3, 2)), score=0.6),  # false
    ]
    scores = score_frames(frames, MOUSE, 0.5)
    assert (scores.n_frames, scores.n_animals, scores.n_false) == (4, 3, 1)
    assert scores.found_fraction == pytest.approx(2 / 3)
    assert (scores.n_flipped, scores.n_compared) == (1, 2)
    assert scores.keypoints["body"]["median_px"] == 0
    assert scores.keypoints["head"]["mean_px"] == pytest.approx(20)
    assert scores.ap50 == pytest.approx(67 / 101)
    assert score_frames(frames, MOUSE, 0.7).n_false == 0
    plain = scores.to_plain()
    assert "curve" not in plain
    assert plain["keypoints"]["body"]["pck"]["0.1"] == pytest.approx(2 / 3)


def test_an_animal_of_unknown_size_is_neither_found_nor_missed():
    unknown = np.full((1, 3, 2), np.nan)
    unknown[0, 1] = MOUSE_POINTS[1]
    scores = score_frames([scored(MOUSE_POINTS, unknown), scored(MOUSE_POINTS, MOUSE_POINTS[None])], MOUSE, 0.5)
    assert (scores.n_animals, scores.n_false, scores.ap50) == (1, 0, 1.0)


def test_nothing_anywhere_has_no_numbers_but_no_error():
    plain = score_frames([scored(None, np.zeros((0, 3, 2)))], MOUSE, 0.5).to_plain()
    assert plain["found_fraction"] is None
    assert plain["ap50"] == 0


def test_the_threshold_parts_good_from_bad():
    frames = [frame([s], [[0.9]]) for s in np.linspace(0.35, 0.9, 40)] + [frame([s], [], 0) for s in (0.1, 0.2, 0.3)]
    threshold = choose_score_threshold(precision_recall(frames, 0.5))
    assert 0.3 < threshold <= 0.36
    curve = precision_recall(frames, 0.5)
    assert choose_score_threshold(replace(curve, score=curve.score * 0.1)) == 0.2  # held inside the limits


def test_an_animal_of_unknown_size_takes_nothing_from_the_one_that_it_touches():
    one_point = np.array([[130.0, 52], [np.nan, np.nan], [np.nan, np.nan]])
    points = np.stack([MOUSE_POINTS, MOUSE_POINTS + np.array([8, 6])]).astype(np.float32)
    boxes = np.array([box_from_keypoints(p) for p in points], np.float32)
    found = Instances(np.array([0.9, 0.8], np.float32), boxes, points, np.ones((2, 3), np.float32))
    scores = score_frames([ScoredFrame(found, np.stack([MOUSE_POINTS, one_point]))], MOUSE, 0.5)
    assert (scores.n_animals, scores.found_fraction, scores.n_false) == (1, 1.0, 0)
