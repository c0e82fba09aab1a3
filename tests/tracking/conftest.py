"""Detections of known animals, as values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.tracking.detections import PartHeader, RawDetections

#: Head, body and tail along the animal's axis, pixels from the body.
AXIAL_PX = np.array([15.0, 0.0, -15.0])


def make_instances(
    positions: Sequence[tuple[float, float, float]], score: Sequence[float] | None = None, sigma: float = 2.0
) -> Instances:
    """Animals at (x, y, heading in radians), as a detector would give them."""
    table = np.asarray(positions, float).reshape(-1, 3)
    axis = np.stack([np.cos(table[:, 2]), np.sin(table[:, 2])], axis=1)
    points = table[:, None, :2] + AXIAL_PX[None, :, None] * axis[:, None, :]
    box = np.concatenate([points.min(axis=1) - 5, points.max(axis=1) + 5], axis=1)
    scores = np.full(len(table), 0.9) if score is None else np.asarray(score)
    order = np.argsort(-scores, kind="stable")
    return Instances(
        scores.astype(np.float32),
        box.astype(np.float32),
        points.astype(np.float32),
        np.full(points.shape[:2], sigma, np.float32),
    ).take(order)


def make_raw(frames: Sequence[Instances | None], n_slots: int = 4) -> RawDetections:
    header = PartHeader(film_id="f" * 32, model_hash="m" * 64, n_frames=len(frames), n_slots=n_slots)
    return RawDetections.from_instances(header, frames)


@pytest.fixture
def instances_at() -> Callable[..., Instances]:
    return make_instances


@pytest.fixture
def raw_from() -> Callable[..., RawDetections]:
    return make_raw


@pytest.fixture
def swim() -> Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]]:
    return make_swim


def make_swim(
    duration_s: float, rate_hz: float, speed_px_s: float = 80.0, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A wandering swim: (time_s [T], x y heading [T, 3]), its turning rate an Ornstein-Uhlenbeck process.

    Integrated at 1 kHz, so that samples at any rate are of one and the same path for one seed.
    """
    rng = np.random.default_rng(seed)
    fine = 1000
    n = int(duration_s * fine) + 1
    turn = np.zeros(n)
    kicks = rng.normal(0, 1, n) * 2.0 * np.sqrt(2 / 0.5 / fine)
    for i in range(1, n):
        turn[i] = turn[i - 1] * (1 - 1 / (0.5 * fine)) + kicks[i]
    heading = np.cumsum(turn) / fine
    x = 320 + np.cumsum(np.cos(heading)) * speed_px_s / fine
    y = 240 + np.cumsum(np.sin(heading)) * speed_px_s / fine
    rows = np.round(np.arange(0, duration_s, 1 / rate_hz) * fine).astype(int)
    return rows / fine, np.stack([x[rows], y[rows], heading[rows]], axis=1)
