"""Looks drawn at random for training: pools, animals, bends and cameras far beyond what one laboratory has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_mazetrack.simulator.camera import Sensor
from napari_mazetrack.simulator.pool import PoolLook
from napari_mazetrack.simulator.swimmer import Bend, SwimmerLook


def random_pool_look(rng: np.random.Generator) -> PoolLook:
    """Return a pool of any colour, size and light."""
    water = float(rng.choice([rng.uniform(95, 235), rng.uniform(25, 95)], p=[0.78, 0.22]))
    contrast = float(rng.choice([0.0, rng.uniform(-8, 8), rng.uniform(-70, 70)], p=[0.35, 0.35, 0.3]))
    radius = float(rng.uniform(40, 105))
    bright = float(rng.choice([rng.uniform(15, 110), rng.uniform(90, 235)], p=[0.55, 0.45]))
    return PoolLook(
        radius_cm=radius,
        rim_height_cm=float(rng.uniform(3, 35)),
        rim_width_cm=float(rng.choice([rng.uniform(0.5, 3), rng.uniform(3, 10)], p=[0.75, 0.25])),
        water=water,
        wall=bright if rng.random() < 0.6 else water * float(rng.uniform(0.45, 1.1)),
        rim=float(rng.uniform(30, 230)),
        slope=float(rng.uniform(0, 0.22) * water),
        vignette=float(rng.uniform(-0.05, 0.35) * water),
        cloud=float(rng.choice([rng.uniform(0, 2), rng.uniform(2, 9)], p=[0.7, 0.3])),
        cloud_cm=float(rng.uniform(4, 40)),
        grain=float(rng.choice([0.0, rng.uniform(0.5, 6)], p=[0.6, 0.4])),
        glare=_random_glare(rng, radius, water),
        platform_contrast=contrast,
        n_cues=int(rng.integers(0, 9)),
        rim_line=float(rng.uniform(-60, 110)),
        dirt=int((0, rng.integers(1, 5), rng.integers(5, 25))[rng.choice(3, p=[0.6, 0.3, 0.1])]),
    )


def _random_glare(
    rng: np.random.Generator, radius: float, water: float
) -> tuple[tuple[float, float, float, float], ...]:
    n = int(rng.choice([0, 1, 2, 4], p=[0.5, 0.2, 0.2, 0.1]))
    blobs = []
    for _ in range(n):
        x, y = rng.normal(0, 0.5 * radius, 2)
        size = radius * rng.choice([rng.uniform(0.02, 0.08), rng.uniform(0.1, 0.6)])
        blobs.append((float(x), float(y), float(size), float(rng.uniform(0.1, 0.9) * (255 - water))))
    return tuple(blobs)


def random_bend(rng: np.random.Generator, is_pool: bool) -> Bend:
    """Return a random bend: mostly straight, sometimes turning hard; the tail streams, waves or curls."""
    hard = rng.random() < 0.2
    return Bend(
        body=float(rng.normal(0, 0.9 if hard else 0.22)),
        s_shape=float(rng.normal(0, 0.15 if is_pool else 0.25)),
        tail=float(rng.normal(0, 1.0)),
        tail_wave=float(abs(rng.normal(0, 0.7))),
        tail_phase=float(rng.uniform(0, 2 * np.pi)),
    )


def random_swimmer_look(rng: np.random.Generator, around: float, is_pool: bool, length_px: float) -> SwimmerLook:
    """Return an animal of any coat and build that can be told from the grey level `around` it."""
    luma = _random_coat(rng, around)
    contrast = around - luma
    wet = rng.random() < 0.45 if is_pool else False
    look = SwimmerLook(
        luma=luma,
        width=float(rng.uniform(0.27, 0.42) if is_pool else rng.uniform(0.32, 0.56)),
        profile=_random_profile(rng, is_pool),
        head_luma=float(np.clip(luma + rng.uniform(-60, 60), 0, 255)),
        head_until=float(rng.uniform(0.18, 0.45)),
        head_strength=float(rng.choice([0.0, rng.uniform(0.2, 1.0)], p=[0.65, 0.35])),
        back_light=float(rng.choice([0.0, rng.uniform(-20, 35)], p=[0.5, 0.5])),
        mottle=float(rng.uniform(0, 9)),
        ear_size=float(rng.choice([0.0, rng.uniform(0.035, 0.07)], p=[0.6, 0.4] if is_pool else [0.15, 0.85])),
        ear_luma=float(np.clip(luma + rng.choice([-1, 1]) * rng.uniform(0, 90), 0, 255)),
        tail_length=float(rng.uniform(0.5, 1.15)),
        tail_width=float(rng.uniform(0.025, 0.06) if is_pool else rng.uniform(0.04, 0.1)),
        tail_luma=float(np.clip(luma + rng.uniform(-0.1, 0.8) * contrast, 0, 255)),
        tail_alpha=_random_tail_alpha(rng, is_pool),
        tail_fade=float(rng.uniform(0, 1)),
        rump_depth=float(rng.uniform(0.2, 0.9) if wet and rng.random() < 0.5 else 0.0),
        flank_depth=float(rng.uniform(0.1, 0.7) if wet else 0.0),
        edge_px=float(rng.uniform(0.3, 0.8) + (rng.uniform(0, 0.05) * length_px if rng.random() < 0.25 else 0)),
        halo=_random_halo(rng, contrast) if is_pool else 0.0,
        halo_size=float(rng.uniform(0.06, 0.3)),
        limbs=float(rng.choice([0.0, rng.uniform(0.2, 1.0)], p=[0.7, 0.3])),
    )
    return look if rng.random() < 0.85 else replace(look, spots=random_spots(rng, luma))


def _random_coat(rng: np.random.Generator, around: float) -> float:
    """Return the coat's grey level: dark on bright water, anything that differs enough otherwise."""
    for _ in range(20):
        kind = rng.choice(3, p=[0.6, 0.2, 0.2])
        luma = float(
            (rng.choice([rng.uniform(0, 12), rng.uniform(0, 45)]), rng.uniform(40, 130), rng.uniform(130, 250))[kind]
        )
        if abs(luma - around) > rng.choice([32, 50], p=[0.2, 0.8]):
            return luma
    return 5.0 if around > 110 else 230.0


def _random_profile(rng: np.random.Generator, is_pool: bool) -> tuple[float, ...]:
    leaf = np.array([0.0, 0.27, 0.55, 0.86, 1.0, 0.92, 0.6, 0.35, 0.12])
    pear = np.array([0.02, 0.22, 0.48, 0.68, 0.9, 1.0, 0.82, 0.45, 0.15])
    neck = np.array([0.03, 0.3, 0.62, 0.6, 0.92, 1.0, 0.85, 0.5, 0.2])
    blunt = np.array([0.0, 0.3, 0.6, 0.85, 1.0, 1.0, 0.85, 0.6, 0.3])
    spindle = np.array([0.02, 0.3, 0.58, 0.9, 1.0, 0.95, 0.72, 0.5, 0.22])
    weights = rng.dirichlet([1.2, 0.6, 0.35, 0.6, 0.9] if is_pool else [0.3, 1.2, 1.2, 0.6, 0.2])
    profile = weights @ np.stack([leaf, pear, neck, blunt, spindle])
    profile[1:-1] *= rng.uniform(0.92, 1.08, len(profile) - 2)
    return tuple(float(w) for w in np.clip(profile, 0.0, 1.05))


def _random_tail_alpha(rng: np.random.Generator, is_pool: bool) -> float:
    if not is_pool:
        return float(rng.uniform(0.5, 1.0))
    return float(rng.choice([0.0, rng.uniform(0.08, 0.35), rng.uniform(0.3, 0.9)], p=[0.12, 0.4, 0.48]))


def _random_halo(rng: np.random.Generator, contrast: float) -> float:
    return float(rng.choice([0.0, -0.4 * contrast * rng.uniform(0.05, 0.9), rng.uniform(-10, 15)], p=[0.35, 0.5, 0.15]))


def random_spots(rng: np.random.Generator, luma: float) -> tuple[tuple[float, float, float, float], ...]:
    """Return patches of another coat, as `SwimmerLook.spots`."""
    tone = float(np.clip(luma + rng.choice([-1, 1]) * rng.uniform(40, 160), 0, 255))
    n = int(rng.integers(1, 6))
    return tuple(
        (float(rng.uniform(0.1, 0.95)), float(rng.uniform(-0.9, 0.9)), float(rng.uniform(0.04, 0.16)), tone)
        for _ in range(n)
    )


def random_sensor(rng: np.random.Generator) -> Sensor:
    """Return a camera and recorder between good and poor."""
    return Sensor(
        blur_px=float(rng.choice([0.0, rng.uniform(0.3, 0.8), rng.uniform(0.8, 1.8)], p=[0.35, 0.45, 0.2])),
        noise=float(rng.choice([rng.uniform(0, 2), rng.uniform(2, 9)], p=[0.75, 0.25])),
        gain=float(rng.uniform(0.75, 1.15)),
        offset=float(rng.uniform(-15, 25)),
        gamma=float(np.exp(rng.normal(0, 0.18))),
        jpeg_quality=int(rng.integers(30, 96)) if rng.random() < 0.75 else None,
        shrink=float(rng.uniform(1.1, 1.8)) if rng.random() < 0.12 else 1.0,
    )
