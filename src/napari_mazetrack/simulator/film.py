"""Films of simulated trials: the pool is painted once; animal, waves, mirror image, hand and noise in every frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.files import atomic_path
from napari_mazetrack.simulator.arm import paint_arm, random_arm
from napari_mazetrack.simulator.camera import Sensor
from napari_mazetrack.simulator.canvas import Luma, blur
from napari_mazetrack.simulator.course import HandMove
from napari_mazetrack.simulator.pool import Background, paint_pool
from napari_mazetrack.simulator.ripples import Mirror, paint_reflection, paint_ripples
from napari_mazetrack.simulator.swim import Mode
from napari_mazetrack.simulator.swimmer import SwimmerPose, lay_swimmer, paint_swimmer
from napari_mazetrack.simulator.trial import SimulatedTrial

Repaint = Callable[[Luma], None]

NOISE_BANK = 4
MIRROR_WITHIN_CM = 16.0
HAND_WIDTH_CM = 6.0


class FilmPainter:
    """Paints the frames of a trial; frame i looks the same whenever it is painted.

    Parameters
    ----------
    trial : SimulatedTrial
        The trial.
    repaint : callable or None
        Changes the empty pool's picture, in place, before anything is painted over it.

    Attributes
    ----------
    background : Background
        The empty pool.
    """

    def __init__(self, trial: SimulatedTrial, repaint: Repaint | None = None) -> None:
        self._trial = trial
        look = trial.look
        rng = np.random.default_rng([look.room_seed, 0x66696C])
        background = paint_pool(rng, look.camera, look.pool, trial.shown_platform)
        if repaint is not None:
            repaint(background.luma)
        self.background = Background(
            luma=blur(background.luma, look.sensor.blur_px), cover=background.cover, reflector=background.reflector
        )
        self._has_mirror = bool(rng.random() < 0.7)
        self._mirror_strength = float(rng.uniform(0.1, 0.8))
        self._swimmer = replace(look.swimmer, edge_px=math.hypot(look.swimmer.edge_px, look.sensor.blur_px))
        self._arm = random_arm(rng, HAND_WIDTH_CM * look.camera.px_per_cm(np.zeros(2)))
        shape = (look.camera.shape[0] + 64, look.camera.shape[1] + 64)
        self._noise = rng.standard_normal((NOISE_BANK, *shape), dtype=np.float32) * np.float32(look.sensor.noise)
        self._table = _tone_table(look.sensor)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame `index`, uint8 [H, W]."""
        trial = self._trial
        rng = np.random.default_rng([trial.seed, 0x667261, index])
        picture = self.background.luma.copy()
        pose = trial.pose(index)
        if pose is not None:
            self._paint_animal(picture, pose, index)
        t = float(trial.frame_time_s[index])
        for move in trial.happening.hand:
            if move.start_s <= t < move.stop_s:
                self._paint_hand(picture, move, t)
        return self._record(rng, picture)

    def _paint_animal(self, picture: Luma, pose: SwimmerPose, index: int) -> None:
        t = float(self._trial.frame_time_s[index])
        mode, xy = self._trial.moment(t)
        background = self.background
        # In the hand it is above the rim, nothing hides it.
        cover = None if mode == Mode.HELD else background.cover
        look = self._swimmer
        if mode == Mode.SWIMS:
            waves = replace(self._trial.look.ripples, phase=2 * math.pi * 1.5 * t)
            paint_ripples(picture, pose, waves, background.cover)
            if self._has_mirror:
                self._paint_mirror(picture, pose, xy)
        elif mode == Mode.STANDS:
            look = replace(look, rump_depth=0.0, flank_depth=0.0)
        # The same coat in every frame: its texture comes from one stream.
        patch = paint_swimmer(pose, look, np.random.default_rng(self._trial.seed))
        lay_swimmer(picture, patch, look, pose.length_px, cover)

    def _paint_mirror(self, picture: Luma, pose: SwimmerPose, xy: NDArray[np.float64]) -> None:
        radius = self._trial.scenario.radius_cm
        distance = radius - float(np.hypot(*xy))
        if distance > MIRROR_WITHIN_CM:
            return
        camera = self._trial.look.camera
        out = xy / max(float(np.hypot(*xy)), 1e-9)
        wall, beyond = camera.to_image(np.stack([out * radius, out * (radius + 1)]))
        normal = (beyond - wall) / np.linalg.norm(beyond - wall)
        mirror = Mirror(wall, normal, self._mirror_strength, 0.7, 0.06 * pose.length_px)
        paint_reflection(
            np.random.default_rng(self._trial.seed), picture, pose, self._swimmer, mirror, self.background.reflector
        )

    def _paint_hand(self, picture: Luma, move: HandMove, t: float) -> None:
        share = (t - move.start_s) / max(move.stop_s - move.start_s, 1e-9)
        share = share * share * (3 - 2 * share)
        a, b = np.array(move.from_cm), np.array(move.to_cm)
        camera = self._trial.look.camera
        side = np.array([math.cos(move.towards_rad), math.sin(move.towards_rad)])
        # It grips from the side: the nose, which points to the wall and the arm, stays to be seen.
        aside = 0.25 * np.array([-side[1], side[0]]) + 0.15 * side
        tip_cm = a + (b - a) * share + aside * self._trial.scenario.length_cm
        tip, behind = camera.to_image(np.stack([tip_cm, tip_cm + side]), 2.0)
        direction = math.atan2(behind[1] - tip[1], behind[0] - tip[0])
        paint_arm(np.random.default_rng(self._trial.look.room_seed), picture, self._arm, tip, direction)

    def _record(self, rng: np.random.Generator, picture: Luma) -> NDArray[np.uint8]:
        height, width = picture.shape
        bank = self._noise[int(rng.integers(NOISE_BANK))]
        y, x = (int(v) for v in rng.integers(0, 64, 2))
        noisy = picture + bank[y : y + height, x : x + width]
        np.clip(noisy, 0, 255, out=noisy)
        recorded: NDArray[np.uint8] = self._table[noisy.astype(np.uint8)]
        return recorded


def _tone_table(sensor: Sensor) -> NDArray[np.uint8]:
    tones = np.arange(256, dtype=np.float64)
    curve = 255 * (tones / 255) ** sensor.gamma * sensor.gain + sensor.offset
    table: NDArray[np.uint8] = np.clip(np.round(curve), 0, 255).astype(np.uint8)
    return table


def render_film(
    trial: SimulatedTrial, path: Path, *, crf: int = 20, overwrite: bool = False, repaint: Repaint | None = None
) -> Iterator[int]:
    """Write the trial's film (H.264 in MP4), yielding the number of finished frames after each one.

    Parameters
    ----------
    trial : SimulatedTrial
        The trial.
    path : Path
        The film to be; it appears when it is whole.
    crf : int
        x264's constant rate factor: 18 good and large … 32 poor and small.
    overwrite : bool
        Replace an existing film.
    repaint : callable or None
        See `FilmPainter`.
    """
    import av

    painter = FilmPainter(trial, repaint)
    height, width = trial.scenario.shape
    rate = Fraction(trial.scenario.fps).limit_denominator(1001)
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        av.open(str(temporary), "w", format="mp4") as container,
    ):
        # One thread and plain C: the same seed gives the same bytes (x264's AVX-512 code does not).
        options = {"crf": str(crf), "preset": "veryfast", "x264-params": "asm=0"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        for index in range(trial.n_frames):
            frame = av.VideoFrame.from_ndarray(painter.frame(index), format="gray")
            container.mux(stream.encode(frame.reformat(format="yuv420p", threads=1)))
            yield index + 1
        container.mux(stream.encode())
