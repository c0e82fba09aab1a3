from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.tracking.corrections import SetKeypoint
from napari_mazetrack.tracking.draws import draw_paths
from napari_mazetrack.tracking.pipeline import TrackSettings, compute_track


@pytest.fixture
def track(swim, instances_at, raw_from):
    time_s, truth = swim(10, 30)
    truth[:, :2] += np.random.default_rng(0).normal(0, 2, (len(truth), 2))
    frames = [instances_at([row]) for row in truth]
    frames[100:150] = [None] * 50
    return compute_track(raw_from(frames), time_s, TrackSettings(), [SetKeypoint(60, 0, "body", *(truth[60, :2] + 4))])


def test_draws_lie_round_the_track_as_far_as_its_sigma_says(track):
    draws = draw_paths(track, 400, seed=3)
    assert draws.shape == (400, track.n_frames, 2)
    known = np.isfinite(track.path_xy()).all(axis=1)
    assert np.isnan(draws[:, ~known]).all()
    spread = draws.std(axis=0).mean(axis=1)[known]
    expected = track.sigma_px[known, 0, track.skeleton.centre]
    assert np.median(spread / expected) == pytest.approx(1, abs=0.1)
    np.testing.assert_array_equal(draws, draw_paths(track, 400, seed=3))


def test_a_track_without_raw_positions_cannot_be_drawn(track):
    blank = replace(
        track,
        raw_keypoints_xy=track.raw_keypoints_xy * np.nan,
        source=np.minimum(track.source, 2).astype(np.uint8),
    )
    with pytest.raises(ValueError, match="no raw positions"):
        draw_paths(blank, 2, seed=0)
