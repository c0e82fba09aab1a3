"""What a real detector and a real swim look like."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.tracking.pipeline import TrackSettings, compute_track
from napari_mazetrack.tracking.track import Source


def length(xy):
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())


def as_instances(points, score, sigma):
    box = np.concatenate([points.min(axis=0), points.max(axis=0)])
    return Instances(
        np.array([score], np.float32),
        box[None].astype(np.float32),
        points[None].astype(np.float32),
        np.full((1, len(points)), sigma, np.float32),
    )


@pytest.fixture(scope="module")
def openfield(shared_data):
    """Head, body, tail and likelihood of a DeepLabCut network, 797 frames at 30 fps."""
    rows = list(csv.reader((shared_data / "openfield_video" / "m3v1_partDLC_resnet50.csv").open()))
    values = np.array(rows[3:], float)[:, 1:].reshape(-1, 4, 3)  # snout, ears, tail base
    points, likelihood = values[..., :2], values[..., 2].min(axis=1)
    ears = points[:, 1:3].mean(axis=1)
    body = (ears + points[:, 3]) / 2
    return np.stack([points[:, 0], body, points[:, 3]], axis=1), likelihood


def test_a_network_s_poses_of_a_walking_mouse_pass_almost_unchanged(openfield, raw_from):
    points, likelihood = openfield
    raw = raw_from([as_instances(p, s, 2.0) for p, s in zip(points, likelihood, strict=True)])
    track = compute_track(raw, np.arange(len(points)) / 30, TrackSettings())
    assert (track.source == Source.DETECTED).mean() > 0.99
    np.testing.assert_array_equal(track.raw_keypoints_xy[:, 0], raw.instances.keypoints_xy)  # no false flip
    error = np.linalg.norm(track.keypoints_xy[:, 0] - points, axis=2)
    assert np.median(error) < 1.5
    assert np.percentile(error, 99) < 8


def test_flips_planted_into_a_walking_mouse_are_found(openfield, raw_from):
    points, likelihood = openfield
    rng = np.random.default_rng(0)
    planted = rng.random(len(points)) < 0.1
    planted[300:340] = True
    hurt = points.copy()
    hurt[planted] = hurt[planted][:, ::-1]
    raw = raw_from([as_instances(p, s, 2.0) for p, s in zip(hurt, likelihood, strict=True)])
    track = compute_track(raw, np.arange(len(points)) / 30, TrackSettings())
    wrong = np.linalg.norm(track.raw_keypoints_xy[:, 0] - points, axis=2).max(axis=1) > 1
    assert wrong.mean() < 0.02


@pytest.fixture(scope="module")
def watermaze(shared_data):
    """Labelled points of a swim at 5 fps, and its pool."""
    folder = shared_data / "watermaze_video"
    with (folder / "labels.csv").open() as handle:
        rows = [row for row in csv.DictReader(handle) if row["state"] == "swim"]
    columns = [f"{name}_{axis}" for name in ("head", "body", "tail") for axis in "xy"]
    points = np.array([[float(row[c] or "nan") for c in columns] for row in rows]).reshape(-1, 3, 2)
    pool = json.loads((folder / "arena.json").read_text())["pool_ellipse_px"]
    ellipse = Ellipse(pool["cx"], pool["cy"], pool["semi_major"], pool["semi_minor"], pool["major_axis_deg"])
    return np.array([int(row["frame"]) for row in rows]), points, ellipse


@pytest.mark.parametrize("seed", range(3))
def test_a_swim_at_five_frames_a_second_seen_badly(watermaze, raw_from, seed):
    """Noise of 3 px, flips, drop-outs and reflections: path within 3 %, right way round, never out of the pool."""
    frame, points, pool = watermaze
    time_s = frame / 5.0
    rng = np.random.default_rng(seed)
    frames = []
    for point in points:
        whole = np.isfinite(point).all()
        shown = point + rng.laplace(0, 3 / np.sqrt(2), point.shape)
        shown = shown[::-1] if rng.random() < 0.08 else shown
        frames.append(as_instances(shown, rng.uniform(0.4, 0.95), 3.0) if whole and rng.random() > 0.04 else None)
    track = compute_track(raw_from(frames), time_s, TrackSettings(pool=pool))
    known = np.isfinite(track.keypoints_xy[:, 0]).all(axis=(1, 2)) & np.isfinite(points).all(axis=(1, 2))
    assert known.mean() > 0.95
    body = track.path_xy()[known]
    truth = points[known, 1]
    assert length(body) == pytest.approx(length(truth), rel=0.03)
    assert (np.linalg.norm(body - truth, axis=1) < 15).mean() > 0.97
    axis = track.keypoints_xy[known, 0, 0] - track.keypoints_xy[known, 0, 2]
    assert ((axis * (points[known, 0] - points[known, 2])).sum(axis=1) > 0).mean() > 0.97
