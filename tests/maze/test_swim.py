from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.swim import Path, fixed_rate_path, make_swim, recorded_path

NAN = float("nan")


def straight(n: int = 11, fps: float = 10.0, speed: float = 20.0) -> Path:
    time = np.arange(n) / fps
    return recorded_path(make_swim(time, np.stack([speed * time, 0 * time], axis=1)), 1.0)


BAD = {
    "nothing": ([], [], "no samples"),
    "other lengths": ([0, 1], [[1, 1]], "positions"),
    "NaN time": ([0, NAN], [[1, 1], [2, 2]], "no time"),
    "backwards": ([0, 2, 1], [[1, 1]] * 3, "goes back in time"),
    "twice the same": ([0, 1, 1], [[1, 1]] * 3, "two samples at 1 s"),
}


@pytest.mark.parametrize(("time", "xy", "words"), BAD.values(), ids=BAD)
def test_a_bad_recording_is_told(time: list[float], xy: list[list[float]], words: str) -> None:
    with pytest.raises(MazetrackError, match=words):
        make_swim(time, xy)


def test_half_a_position_is_none() -> None:
    assert make_swim([0, 1], [[1, NAN], [2, 2]]).is_missing.tolist() == [True, False]


@pytest.mark.parametrize(("gap", "length"), [(5, 20.0), (15, 4.0)], ids=["short gap bridged", "long gap left out"])
def test_gaps(gap: int, length: float) -> None:
    time = np.arange(21) / 10
    xy = np.stack([10 * time, 0 * time], axis=1)
    xy[3 : 3 + gap] = NAN
    path = recorded_path(make_swim(time, xy), 1.0)
    assert path.length_cm == pytest.approx(length)
    assert path.duration_s == pytest.approx(length / 10)
    assert len(path.runs()) == (1 if gap == 5 else 2)


def test_slow_recordings_have_no_gaps() -> None:
    assert recorded_path(make_swim([0, 5, 10], [[0, 0], [1, 0], [2, 0]]), 1.0).is_joined.all()


@given(st.floats(0, 1), st.floats(0, 1))
def test_clip_cuts_within_steps(a: float, b: float) -> None:
    begin, end = min(a, b), max(a, b)
    part = straight().clip(begin, end)
    assert part.duration_s == pytest.approx(end - begin, abs=1e-9)
    assert part.length_cm == pytest.approx(20 * (end - begin), abs=1e-9)


def test_clip_does_not_cut_in_a_gap() -> None:
    path = Path(
        np.array([0.0, 1.0, 5.0, 6.0]), np.array([[0.0, 0], [1, 0], [5, 0], [6, 0]]), np.array([True, False, True])
    )
    part = path.clip(0.5, 3.0)
    np.testing.assert_allclose(part.time_s, [0.5, 1.0])
    assert path.clip(2.0, 3.0).duration_s == 0
    assert path.clip(7.0, 8.0).runs() == []


@pytest.mark.parametrize("fps", [5, 10, 25, 30, 50])
@pytest.mark.parametrize("radius", [10.0, 80.0])
@pytest.mark.parametrize("noise_cm", [0.0, 0.3])
def test_the_length_of_a_circle(fps: int, radius: float, noise_cm: float) -> None:
    time = np.arange(0, 40, 1 / fps)
    angle = 25 * time / radius
    xy = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    xy += np.random.default_rng(1).normal(0, noise_cm, xy.shape)
    path = fixed_rate_path(recorded_path(make_swim(time, xy), 1.0), 10.0, 0.4)
    assert path.length_cm == pytest.approx(25 * time[-1], rel=0.03)


def test_jitter_would_make_the_raw_path_too_long() -> None:
    time = np.arange(0, 40, 1 / 30)
    xy = np.stack([25 * time, 0 * time], axis=1) + np.random.default_rng(2).normal(0, 0.5, (len(time), 2))
    raw = recorded_path(make_swim(time, xy), 1.0)
    assert raw.length_cm > 1.2 * 25 * time[-1]
    assert fixed_rate_path(raw, 10.0, 0.4).length_cm == pytest.approx(25 * time[-1], rel=0.02)


def test_the_fixed_rate_keeps_gaps_and_uneven_times() -> None:
    rng = np.random.default_rng(3)
    time = np.sort(rng.uniform(0, 20, 600))
    xy = np.stack([10 * time, 5 * time], axis=1)
    xy[(time > 8) & (time < 10)] = NAN
    recorded = recorded_path(make_swim(time, xy), 1.0)
    path = fixed_rate_path(recorded, 10.0, 0.4)
    assert len(path.runs()) == 2
    assert path.duration_s == pytest.approx(recorded.duration_s)
    np.testing.assert_allclose(path.xy_cm, np.stack([10 * path.time_s, 5 * path.time_s], axis=1), atol=1e-6)


def test_a_lone_sample_is_a_run_of_its_own() -> None:
    path = recorded_path(make_swim([1.0], [[3.0, 4.0]]), 1.0)
    assert path.runs() == [slice(0, 1)]
    assert fixed_rate_path(path, 10.0, 0.4).length_cm == 0


@pytest.mark.parametrize(("fps", "gap_s"), [(30, 0.3), (60, 0.5), (100, 0.5)])
def test_a_bridged_gap_adds_nothing_to_the_path_at_a_fixed_rate(fps: int, gap_s: float) -> None:
    """At a gap's edge all samples lie on one side: a parabola through them would run off."""
    rng, time = np.random.default_rng(0), np.arange(20 * fps) / fps
    angle = 2 * np.pi * time / 15
    xy = 40 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 0.1, (len(time), 2))
    for begin_s in range(2, 20, 2):
        xy[(time >= begin_s) & (time < begin_s + gap_s)] = NAN
    fixed = fixed_rate_path(recorded_path(make_swim(time, xy), 1.0), 10.0, 0.4)
    assert fixed.length_cm == pytest.approx(40 * angle[-1], rel=0.005)
    assert (fixed.step_cm / fixed.step_s).max() < 2 * 40 * 2 * np.pi / 15
