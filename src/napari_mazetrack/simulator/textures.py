"""Patterns on a pool's floor or on its water: what a detector must look past."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from napari_mazetrack.simulator.camera import Camera
from napari_mazetrack.simulator.canvas import Luma, Stencil, blend, blur, enlarge, soft_noise, window_around

#: The mosaic is made at a fraction of the picture's size.
COARSE = 2


def add_texture(rng: np.random.Generator, luma: Luma, camera: Camera, radius_cm: float) -> None:
    """Lay one kind of pattern over the water, in place: a mosaic, stripes, marble or threads."""
    x, y = camera.plane_coordinates(0.0)
    is_water = (np.hypot(x, y) < radius_cm).astype(np.float32)
    pattern = _PATTERNS[int(rng.integers(len(_PATTERNS)))](rng, camera, radius_cm)
    softness = float(rng.choice([0.0, rng.uniform(0.3, 2.0)]))
    luma += is_water * blur(pattern, softness)


def _strength(rng: np.random.Generator) -> np.float32:
    """Grey levels of a pattern: mostly faint, sometimes as strong as an animal."""
    return np.float32(rng.choice([rng.uniform(4, 12), rng.uniform(12, 30)], p=[0.6, 0.4]))


def _mosaic(rng: np.random.Generator, camera: Camera, radius_cm: float) -> Luma:
    """Cells of random outline and tone, as of flagstones."""
    from scipy.spatial import cKDTree

    side = rng.uniform(3, 20)
    n = int(np.clip((2.4 * radius_cm / side) ** 2, 20, 4000))
    seeds = rng.uniform(-1.2 * radius_cm, 1.2 * radius_cm, (n, 2))
    x, y = (field[::COARSE, ::COARSE] for field in camera.plane_coordinates(0.0))
    _, cell = cKDTree(seeds).query(np.stack([x.ravel(), y.ravel()], axis=1))
    tones = (_strength(rng) * rng.normal(0, 1, n)).astype(np.float32)
    return enlarge(tones[cell].reshape(x.shape), camera.shape)


def _stripes(rng: np.random.Generator, camera: Camera, radius_cm: float) -> Luma:
    """Parallel bands, soft or sharp, as of a curtain or of light through blinds."""
    x, y = camera.plane_coordinates(0.0)
    turn, wave = rng.uniform(0, np.pi), rng.uniform(2, 0.6 * radius_cm)
    phase = 2 * np.pi * (np.cos(turn) * x + np.sin(turn) * y) / wave + rng.uniform(0, 2 * np.pi)
    bands = np.clip(np.sin(phase) * rng.uniform(1, 4), -1, 1)
    stripes: Luma = (_strength(rng) * bands).astype(np.float32)
    return stripes


def _marble(rng: np.random.Generator, camera: Camera, radius_cm: float) -> Luma:
    """Blotches of all sizes, each half as strong as those twice as large."""
    scale = float(camera.px_per_cm(np.zeros(2)))
    largest = rng.uniform(4, 0.5 * radius_cm)
    layers = [soft_noise(rng, camera.shape, max(2.0, largest * scale / 2**k)) / 2**k for k in range(4)]
    marble: Luma = (_strength(rng) * np.sum(layers, axis=0)).astype(np.float32)
    return marble


def _threads(rng: np.random.Generator, camera: Camera, radius_cm: float) -> Luma:
    """Thin bent lines, as of seams, scratches and cables."""
    pattern = np.zeros(camera.shape, np.float32)
    scale = float(camera.px_per_cm(np.zeros(2)))
    tone = float(rng.choice([-1, 1]) * rng.uniform(15, 120))
    for _ in range(int(rng.integers(1, 12))):
        ends = rng.uniform(-1.1 * radius_cm, 1.1 * radius_cm, (2, 2))
        bend = ends.mean(axis=0) + rng.normal(0, 0.3 * radius_cm, 2)
        t = np.linspace(0, 1, 40)[:, None]
        line = camera.to_image((1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * bend + t**2 * ends[1])
        width = float(np.clip(rng.uniform(0.15, 1.0) * scale, 1.0, 8.0))
        window = window_around(line, 4)
        mask = Stencil(window, 2)
        mask.line(line, [width] * len(line))
        blend(pattern, window, mask.array(), tone)
    return pattern


_PATTERNS: tuple[Callable[[np.random.Generator, Camera, float], Luma], ...] = (
    _mosaic,
    _stripes,
    _marble,
    _threads,
)
