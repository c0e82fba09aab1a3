"""What an evaluation adds to the scores: reliability of σ, intervals, films apart, pictures; AP against COCO's."""

from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.training.average_precision import (
    OKS_SIGMA,
    FrameSimilarity,
    average_precision,
    compute_iou_matrix,
    compute_oks_matrix,
    mean_average_precision,
    precision_recall,
)
from napari_mazetrack.training.intervals import bootstrap
from napari_mazetrack.training.scoring import ScoredFrame
from napari_mazetrack.training.sigma_reliability import compare_with_sigma
from napari_mazetrack.training.units import N_BLOCKS, find_units
from napari_mazetrack.training.worst_frames import WorstFrame, list_worst, rank_frames
from napari_mazetrack.workflows.evaluate import _name_films


def test_sigma_by_hand():
    error = np.array([[0.5, -1.5], [3.0, np.nan], [np.nan, np.nan]])
    said = compare_with_sigma(error, np.array([1.0, 1.0, 1.0]))
    assert (said.n, said.within_1_sd, said.within_2_sd) == (3, pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert np.isnan(compare_with_sigma(np.full((2, 2), np.nan), np.ones(2)).within_1_sd)


def test_an_honest_sigma_is_called_honest():
    rng = np.random.default_rng(0)
    sigma = rng.uniform(0.5, 5, 20_000)
    said = compare_with_sigma(rng.normal(size=(20_000, 2)) * sigma[:, None], sigma)
    assert said.within_1_sd == pytest.approx(0.683, abs=0.01)
    assert said.within_2_sd == pytest.approx(0.954, abs=0.01)


def test_films_are_drawn_where_there_are_five_and_blocks_of_neighbours_otherwise():
    units, name = find_units([film for film in "abcde" for _ in range(3)])
    assert (name, units) == ("film", [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11], [12, 13, 14]])
    units, name = find_units(["a"] * 40 + ["b"] * 60)
    assert (name, len(units)) == ("block", N_BLOCKS)
    assert sorted(i for unit in units for i in unit) == list(range(100))
    assert all(unit == list(range(unit[0], unit[-1] + 1)) for unit in units)
    assert len({"a" if unit[0] < 40 else "b" for unit in units if unit[0] < 40 <= unit[-1]}) == 0
    assert find_units(["a", "a"])[0] == [[0], [1]]


def test_an_interval_of_dependent_frames_is_as_wide_as_its_blocks_say():
    """Ten blocks of equal values: the mean's standard error is that of ten numbers, not of a thousand."""
    values = np.repeat(np.random.default_rng(1).normal(size=10), 100)
    units, _ = find_units(["a"] * 1000)
    low, high = run_to_end(bootstrap(units, lambda chosen: {"mean": float(values[chosen].mean())}))["mean"]
    assert low < values.mean() < high
    expected = 2 * 1.96 * values[::100].std() / np.sqrt(10)
    assert high - low == pytest.approx(expected, rel=0.25)


def test_what_is_not_defined_has_no_interval():
    low, high = run_to_end(bootstrap([[0], [1]], lambda _: {"x": float("nan")}))["x"]
    assert np.isnan(low)
    assert np.isnan(high)


def test_a_single_unit_has_no_interval():
    interval = run_to_end(bootstrap([[0, 1, 2]], lambda chosen: {"x": float(len(chosen))}))["x"]
    assert np.isnan(interval).all()


def test_films_are_called_as_people_call_them(tmp_path):
    names = [("a/pool.mp4", 3, "f1"), ("a/pool.mp4", 9, "f1"), ("b/pool.mp4", 3, "f2")]
    frames = [LabelledFrame(tmp_path / path, index, (), film, film) for path, index, film in names]
    frames.append(LabelledFrame(tmp_path / "day1" / "0.png", None, (), group=str(tmp_path / "day1")))
    assert _name_films(frames) == ["pool.mp4", "pool.mp4", "pool.mp4 (2)", "day1"]


def instances(points, scores):
    points = np.array(points, np.float32)
    low, high = points.min(axis=1) - 8, points.max(axis=1) + 8
    return Instances(
        np.array(scores, np.float32),
        np.concatenate([low, high], axis=1),
        points,
        np.ones(points.shape[:2], np.float32),
    )


def test_the_worst_come_first():
    truth = np.array([[[100.0, 50], [120, 50], [140, 50]]])
    near, far = truth + 1, truth + np.array([0, 8])
    frames = [
        ScoredFrame(instances(near, [0.9]), truth),
        ScoredFrame(instances(far, [0.9]), truth),
        ScoredFrame(instances(near, [0.2]), truth),  # below the threshold: missed
        ScoredFrame(Instances.empty(3), np.zeros((0, 3, 2))),
    ]
    ranked = rank_frames(frames, 0.5)
    assert [row[:2] for row in ranked] == [(2, 0), (1, 0), (0, 0)]
    assert ranked[0][2] == np.inf
    assert ranked[1][2] == pytest.approx(8 / 40)


def test_the_worst_frames_say_where_they_are(tmp_path):
    truth = np.array([[[100.0, 50], [120, 50], [140, 50]]])
    far = truth + np.array([0, 8])
    scored = [ScoredFrame(instances(far, [0.9]), truth), ScoredFrame(Instances.empty(3), truth)]
    labels = [LabelledFrame(tmp_path / "pool.mp4", 7, (), "f1"), LabelledFrame(tmp_path / "a.png", None, ())]
    worst = list_worst(scored, labels, 0.5)
    assert worst == [
        WorstFrame((tmp_path / "a.png").as_posix(), None, "", None),
        WorstFrame((tmp_path / "pool.mp4").as_posix(), 7, "f1", pytest.approx(0.2)),
    ]
    assert [WorstFrame.from_plain(frame.to_plain()) for frame in worst] == worst
    assert list_worst(scored, [labels[0], None], 0.5) == worst[1:]
    assert (
        list_worst(
            [ScoredFrame(instances(np.concatenate([far, far]), [0.9, 0.8]), np.concatenate([truth] * 2))],
            labels[:1],
            0.5,
        )
        == worst[1:]
    )  # two animals, one frame


def test_a_long_curve_is_thinned_out_evenly():
    curve = precision_recall([FrameSimilarity(np.linspace(1, 0, 1000), np.eye(1000))], 0.5)
    rows = curve.to_plain()
    assert len(rows) == 101
    assert rows[0] == {"score": 1.0, "recall": 0.001, "precision": 1.0}
    assert rows[-1]["recall"] == 1.0
    assert precision_recall([], 0.5).to_plain() == []


def draw_frames(seed):
    """Return frames of labelled animals with what a middling detector says of them."""
    rng = np.random.default_rng(seed)
    frames = []
    for _ in range(30):
        centres = rng.uniform(40, 400, (rng.integers(0, 3), 2))
        axes = [[np.cos(a), np.sin(a)] for a in rng.uniform(0, 6.3, len(centres))]
        truth = np.array([[c + np.array(a) * 20, c, c - np.array(a) * 20] for c, a in zip(centres, axes, strict=True)])
        truth = truth.reshape(-1, 3, 2)
        found = [t + rng.normal(0, rng.uniform(1, 9), (3, 2)) for t in truth if rng.random() < 0.9]
        found += [rng.uniform(40, 400, 2) + np.array([[20.0, 0], [0, 0], [-20, 0]]) for _ in range(rng.integers(0, 2))]
        frames.append((truth, np.array(found).reshape(-1, 3, 2), rng.random(len(found))))
    return frames


def box_of(points):
    return np.concatenate([points.min(axis=1) - 8, points.max(axis=1) + 8], axis=1)


@pytest.mark.parametrize("kind", ["bbox", "keypoints"])
def test_average_precision_is_cocos(kind):
    """The maintained evaluator of COCO gives the same numbers."""
    from faster_coco_eval import COCO, COCOeval_faster

    images, annotations, results, frames = [], [], [], []
    for i, (truth, found, scores) in enumerate(draw_frames(4)):
        images.append({"id": i, "width": 640, "height": 480})
        boxes = box_of(truth) if len(truth) else np.zeros((0, 4))
        found_boxes = box_of(found) if len(found) else np.zeros((0, 4))
        area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        for points, box, size in zip(truth, boxes, area, strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": i,
                    "category_id": 1,
                    "bbox": [*box[:2], *(box[2:] - box[:2])],
                    "area": float(size),
                    "iscrowd": 0,
                    "keypoints": [v for x, y in points for v in (x, y, 2)],
                    "num_keypoints": 3,
                }
            )
        for points, box, score in zip(found, found_boxes, scores, strict=True):
            results.append(
                {
                    "image_id": i,
                    "category_id": 1,
                    "bbox": [*box[:2], *(box[2:] - box[:2])],
                    "area": float((box[2:] - box[:2]).prod()),
                    "keypoints": [v for x, y in points for v in (x, y, 2)],
                    "score": float(score),
                }
            )
        matrix = compute_iou_matrix(found_boxes, boxes) if kind == "bbox" else compute_oks_matrix(found, truth, area)
        frames.append(FrameSimilarity(scores, matrix.reshape(len(found), len(truth))))
    category = {"id": 1, "name": "mouse", "keypoints": ["head", "body", "tail"], "skeleton": []}
    truth_set = COCO({"images": images, "annotations": annotations, "categories": [category], "info": {}})
    evaluator = COCOeval_faster(
        truth_set, truth_set.loadRes(results), kind, kpt_oks_sigmas=[OKS_SIGMA] * 3, print_function=lambda *_: None
    )
    evaluator.params.areaRng, evaluator.params.areaRngLbl = [[0, 1e10]], ["all"]
    evaluator.params.maxDets = [20]
    evaluator.evaluate()
    evaluator.accumulate()
    precision = np.asarray(evaluator.eval["precision"])[:, :, 0, 0, -1]  # [thresholds, recalls]
    assert mean_average_precision(frames) == pytest.approx(precision.mean(), abs=1e-6)
    assert average_precision(precision_recall(frames, 0.5)) == pytest.approx(precision[0].mean(), abs=1e-6)
