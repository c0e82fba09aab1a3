"""What is lit on the path is what was measured: frames times their length is the measure, to a frame at each border."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted_faults import ARENA, FPS, plant_faults

from napari_mazetrack.maze.measures import Window
from napari_mazetrack.maze.measures.settings import MeasureSettings
from napari_mazetrack.maze.measures.view import maze_of_trial
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.review.evidence import evidence_of, find_runs
from napari_mazetrack.review.lit_frames import find_lit_frames
from napari_mazetrack.tracking.pipeline import compute_track
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.workflows.measure import measure_recording
from napari_mazetrack.workflows.recordings import recordings_of_track

TRIAL = Trial("t", TrialKind.HIDDEN)


@pytest.fixture(scope="module")
def measured():
    planted = plant_faults(0)
    track = compute_track(planted.detections, planted.time_s, TrackSettings(), (), {"film_width": 640})
    is_there = np.isfinite(planted.truth_xy[:, :1, 0])
    source = np.where(is_there, Source.DETECTED, Source.MISSING).astype(np.uint8)
    track = replace(track, keypoints_xy=planted.truth_xy[:, None], source=source)
    (recording,) = recordings_of_track(track, "t")
    (whole,) = measure_recording(recording, ARENA, TRIAL, (Window(),))
    return track, evidence_of(track, 0, maze_of_trial(ARENA, TRIAL)), whole


@pytest.mark.parametrize(
    "name",
    [
        *[f"quadrant_{which}_time_s" for which in (1, 2, 3, 4, "target", "opposite", "left", "right")],
        "zone_time_s",
        "annulus_time_fraction",
        "corridor_time_fraction",
        "thigmotaxis_fraction",
        "centre_fraction",
        "trial_duration_s",
    ],
)
def test_lit_frames_are_what_was_measured(measured, name):
    _, evidence, whole = measured
    lit = find_lit_frames(name, evidence, whole.events, MeasureSettings())
    expected_s = whole.values[name] * (1.0 if name.endswith("_s") else whole.values["trial_duration_s"])
    assert lit.sum() / FPS == pytest.approx(expected_s, abs=(len(find_runs(lit)) + 1) / FPS)
    assert lit.any()


def test_without_a_platform_its_zone_is_nowhere(measured):
    track, _, whole = measured
    bare = evidence_of(track, 0, maze_of_trial(replace(ARENA, platforms={}), replace(TRIAL, kind=TrialKind.PROBE)))
    for name in ("zone_time_s", "corridor_path_fraction", "platform_crossings", "quadrant_target_time_s"):
        assert not find_lit_frames(name, bare, whole.events, MeasureSettings()).any()


def test_only_the_trial_is_lit(measured):
    _, evidence, whole = measured
    lit = find_lit_frames("path_length_cm", evidence, whole.events, MeasureSettings())
    assert evidence.time_s[lit][[0, -1]] == pytest.approx([6.0, whole.events.end_s], abs=1 / FPS)
    assert len(find_runs(lit)) == 1
