"""A swim of known truth, and what a detector says of it with twenty faults planted in it, as values: no film is made.

Every fault is of a kind that association, flip repair and smoothing cannot mend: either nothing else is seen meanwhile
(the animal dives, glare covers it), or the fault is the likelier story (it drifts, tail ahead).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.simulator.swim import STEP_S, Basin, DensePath, Mode, Swimmer
from napari_mazetrack.tracking.detections import PartHeader, RawDetections

FPS = 20
PX_PER_CM = 4.0
CENTRE = np.array([320.0, 260.0])
RADIUS_CM = 60.0
PLATFORM_CM = (24.0, 22.0, 5.0)
#: Head, body and tail along the animal's axis.
AXIAL_CM = np.array([4.0, 0.0, -4.0])
NOISE_PX = 1.0
#: The animal is put into the water after this; each fault has a stretch of the film to itself.
RELEASE_S, APART_S = 6.0, 8.0
#: The fault begins this long after its stretch.
FAULT_AT_S = 4.0
ARENA = Arena(
    Ellipse(*CENTRE.tolist(), RADIUS_CM * PX_PER_CM, RADIUS_CM * PX_PER_CM),
    diameter_cm=2 * RADIUS_CM,
    platforms={
        "platform": Platform(
            "circle", *(CENTRE + PX_PER_CM * np.array(PLATFORM_CM[:2])).tolist(), PLATFORM_CM[2] * PX_PER_CM
        )
    },
)
KINDS = (
    "false_start",
    *["flip"] * 5,
    *["decoy"] * 6,
    *["gap"] * 4,
    *["blurred"] * 3,
    "outside",
)


@dataclass(frozen=True)
class Fault:
    """A planted fault and its frames, both included."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True)
class Planted:
    """What was true, what the detector said, and where it was wrong.

    Attributes
    ----------
    truth_xy : float64 [T, 3, 2]
        Head, body and tail in pixels; NaN while the animal is not in the pool.
    time_s : float64 [T]
        Time of each frame.
    detections : RawDetections
        Of the same frames.
    faults : tuple of Fault
        Twenty.
    """

    truth_xy: NDArray[np.float64]
    time_s: NDArray[np.float64]
    detections: RawDetections
    faults: tuple[Fault, ...]


def plant_faults(seed: int) -> Planted:
    """Return a swim of about three minutes that ends on the platform, with twenty faults in random order."""
    rng = np.random.default_rng(seed)
    order = ["false_start", *rng.permutation(KINDS[1:]).tolist()]
    truth, time_s = _sampled(_swim(rng, order[1:]))
    seen = _Seen.of(truth, rng)
    faults = [seen.plant(kind, i, rng) for i, kind in enumerate(order)]
    return Planted(truth, time_s, seen.detections(), tuple(faults))


def _swim(rng: np.random.Generator, order: list[str]) -> DensePath:
    basin = Basin(RADIUS_CM, 5.0, avoid=(PLATFORM_CM[0], PLATFORM_CM[1], PLATFORM_CM[2] + 4))
    swimmer = Swimmer(rng, basin, (-40.0, -36.0), speed_cm_s=20.0)
    swimmer.rest(RELEASE_S, Mode.ABSENT)
    for kind in order:
        if kind == "flip":
            swimmer.search(FAULT_AT_S - 1.0)
            swimmer.drift(4.5)
            swimmer.search(APART_S - FAULT_AT_S - 3.5)
        else:
            swimmer.search(APART_S)
    swimmer.basin = Basin(RADIUS_CM, 5.0)
    swimmer.go_to(PLATFORM_CM[:2], 2.0)
    swimmer.stand(5.0, PLATFORM_CM[:2])
    return swimmer.path()


def _sampled(path: DensePath) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = slice(None, None, round(1 / FPS / STEP_S))
    body, heading = CENTRE + PX_PER_CM * path.xy_cm[rows], path.heading_rad[rows]
    ahead = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    truth = body[:, None] + PX_PER_CM * AXIAL_CM[:, None] * ahead[:, None]
    truth[path.mode[rows] == Mode.ABSENT] = np.nan
    return truth, path.time_s[rows]


@dataclass
class _Seen:
    """The best instance of each frame as the detector gives it, [T, …]; NaN where it finds none."""

    truth: NDArray[np.float64]
    xy: NDArray[np.float64]
    sigma: NDArray[np.float64]
    score: NDArray[np.float64]

    @classmethod
    def of(cls, truth: NDArray[np.float64], rng: np.random.Generator) -> _Seen:
        noise = rng.normal(0, NOISE_PX, truth.shape)
        return cls(truth, truth + noise, np.full(truth.shape[:2], NOISE_PX), np.full(len(truth), 0.9))

    def plant(self, kind: str, i: int, rng: np.random.Generator) -> Fault:
        """Plant the i-th fault and return where it is."""
        begin = round((RELEASE_S + APART_S * (i - 1) + FAULT_AT_S) * FPS)
        first, n = begin + int(rng.integers(0, 10)), 0
        if kind == "false_start":  # a hand with the animal over the water, before it is let go
            first, n = 10, 85
            self._find(slice(first, first + n), self.truth[round(RELEASE_S * FPS)] + [-30.0, 40.0], rng)
        elif kind == "flip":  # glare, then the wrong way round for a drifting animal, then glare
            n = int(rng.integers(30, 44))
            self._lose(slice(first - 14, first))
            self._lose(slice(first + n, first + n + 14))
            self.xy[first : first + n] = self.xy[first : first + n, ::-1]
        elif kind == "decoy":  # the animal dives, and something else is taken for it
            n = int(rng.integers(18, 30))
            self._lose(slice(first - 6, first + n + 6))
            place = self.truth[first + n // 2]
            self._find(slice(first, first + n), place + self._aside(place[1], 80.0, rng), rng)
        elif kind == "gap":
            n = int(rng.integers(24, 40))
            self._lose(slice(first, first + n))
        elif kind == "blurred":  # found beside where it is, and unsure
            n = int(rng.integers(18, 28))
            stretch = slice(first, first + n)
            bump = np.sin(np.pi * (np.arange(n) + 1) / (n + 1))[:, None, None]
            self.xy[stretch] += bump * self._aside(self.truth[first + n // 2, 1], 36.0, rng)
            self.sigma[stretch] = 14.0
        elif kind == "outside":  # its reflection on the wall
            n = int(rng.integers(24, 30))
            self._lose(slice(first - 6, first + n + 6))
            middle = self.truth[first + n // 2]
            out = middle[1] - CENTRE
            place = middle + out / np.linalg.norm(out) * (1.12 * RADIUS_CM * PX_PER_CM) - out
            self._find(slice(first, first + n), place, rng)
        return Fault(kind, first, first + n - 1)

    def _lose(self, frames: slice) -> None:
        self.xy[frames], self.sigma[frames], self.score[frames] = np.nan, np.nan, np.nan

    def _find(self, frames: slice, xy: NDArray[np.float64], rng: np.random.Generator) -> None:
        n = frames.stop - frames.start
        self.xy[frames] = xy + rng.normal(0, NOISE_PX, (n, *xy.shape))
        self.sigma[frames], self.score[frames] = NOISE_PX, 0.8

    @staticmethod
    def _aside(body: NDArray[np.float64], px: float, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return a step of so many pixels that leads towards the pool's middle, within 60 degrees."""
        inward = CENTRE - body
        angle = np.arctan2(inward[1], inward[0]) + rng.uniform(-1.0, 1.0)
        return px * np.array([np.cos(angle), np.sin(angle)])

    def detections(self) -> RawDetections:
        """Return what was seen: one animal a frame, or none."""
        n_frames = len(self.xy)
        is_seen = np.isfinite(self.score)
        xy = self.xy[is_seen].astype(np.float32)
        box = np.concatenate([self.xy.min(axis=1) - 8, self.xy.max(axis=1) + 8], axis=1)
        return RawDetections(
            header=PartHeader("f" * 32, "m" * 64, n_frames, n_slots=2),
            n_recorded=n_frames,
            count=is_seen.astype(np.int16),
            instances=Instances(
                self.score[is_seen].astype(np.float32),
                box[is_seen].astype(np.float32),
                xy,
                self.sigma[is_seen].astype(np.float32),
            ),
        )
