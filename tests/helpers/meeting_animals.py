"""Two animals that meet again and again, as values: at each meeting they pass each other, or turn round and part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from planted_faults import CENTRE, FPS, PX_PER_CM

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.tracking.detections import PartHeader, RawDetections

#: They meet every six seconds, and are seen as none for so long then.
MEET_EVERY_S, UNSEEN_S = 6.0, 0.3
#: True: they turn round, and whoever sees only where they were going takes one for the other.
TURNS_ROUND = (True, False, True, True, False, True)


def make_meetings(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64], RawDetections]:
    """Return the truth in pixels [T, 2 animals, 3, 2], times [T] and what the detector says, noise 1 px."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(len(TURNS_ROUND) * MEET_EVERY_S * FPS)) / FPS
    phase = np.pi * (time_s / MEET_EVERY_S + 0.5)
    side = np.ones(len(time_s))
    for i, turns_round in enumerate(TURNS_ROUND):
        side[time_s >= (i + 0.5) * MEET_EVERY_S] *= -1.0 if turns_round else 1.0
    x_cm = 25 * np.sin(phase) * side
    ahead = np.sign(np.cos(phase)) * side
    truth = np.zeros((len(time_s), 2, 3, 2))
    for animal, sign in enumerate((1.0, -1.0)):
        truth[:, animal, :, 0] = sign * (x_cm[:, None] + ahead[:, None] * [4.0, 0.0, -4.0])
        truth[:, animal, :, 1] = sign * 0.5
    truth = CENTRE + PX_PER_CM * truth
    is_seen = np.abs((time_s / MEET_EVERY_S) % 1.0 - 0.5) > UNSEEN_S / 2 / MEET_EVERY_S
    frames = []
    for points, seen in zip(truth + rng.normal(0, 1.0, truth.shape), is_seen, strict=True):
        here = rng.permutation(points)[: 2 if seen else 0].astype(np.float32)
        box = np.concatenate([here.min(axis=1) - 8, here.max(axis=1) + 8], axis=1)
        frames.append(Instances(np.full(len(here), 0.9, np.float32), box, here, np.ones(here.shape[:2], np.float32)))
    header = PartHeader("f" * 32, "m" * 64, len(time_s), n_slots=2)
    return truth, time_s, RawDetections.from_instances(header, frames)
