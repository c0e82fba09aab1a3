"""What a swimmer does to the water: rings, a wake that opens behind it, churned specks; and its image in the wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_mazetrack.simulator.canvas import Luma, Points, blend, blur, cut_out, window_around
from napari_mazetrack.simulator.swimmer import SwimmerLook, SwimmerPose, mirror_pose, paint_swimmer


@dataclass(frozen=True)
class Ripples:
    """Waves round a swimmer; lengths in body lengths, strengths in grey levels.

    Attributes
    ----------
    rings, ring_length, ring_reach : float
        Strength, wave length and reach of the rings.
    wake, wake_angle : float
        Strength and half opening angle (radians) of the V behind.
    phase : float
        Phase of the waves.
    """

    rings: float = 0.0
    ring_length: float = 0.3
    ring_reach: float = 1.2
    wake: float = 0.0
    wake_angle: float = 0.35
    phase: float = 0.0


def random_ripples(rng: np.random.Generator) -> Ripples:
    """Return calm water in half the cases, waves otherwise."""
    strong = rng.random() < 0.5
    return Ripples(
        rings=float(rng.uniform(1, 14) if strong and rng.random() < 0.7 else 0.0),
        ring_length=float(rng.uniform(0.12, 0.6)),
        ring_reach=float(rng.uniform(0.5, 2.5)),
        wake=float(rng.uniform(-16, 16) if strong and rng.random() < 0.7 else 0.0),
        wake_angle=float(rng.uniform(0.15, 0.6)),
        phase=float(rng.uniform(0, 2 * np.pi)),
    )


def paint_ripples(picture: Luma, pose: SwimmerPose, ripples: Ripples, water: Luma | None) -> None:
    """Add waves round a swimmer to the picture, in place.

    Parameters
    ----------
    picture : float32 [H, W]
        Changed in place.
    pose, ripples
        The swimmer and its waves.
    water : float32 [H, W] or None
        1 where there is no water to be seen; None for water everywhere.
    """
    if ripples.rings == 0.0 and ripples.wake == 0.0:
        return
    length = pose.length_px
    nose, base = pose.spine_xy[0], pose.spine_xy[-1]
    centre = (nose + base) / 2
    window = window_around(centre[None], length * (1.0 + max(ripples.ring_reach, 1.5))).clip(
        (picture.shape[0], picture.shape[1])
    )
    if 0 in window.shape:
        return
    x = (np.arange(window.x0, window.x1, dtype=np.float32)[None, :] - np.float32(centre[0])) / np.float32(length)
    y = (np.arange(window.y0, window.y1, dtype=np.float32)[:, None] - np.float32(centre[1])) / np.float32(length)
    ahead = ((nose - base) / max(float(np.linalg.norm(nose - base)), 1e-9)).astype(np.float32)
    u = x * ahead[0] + y * ahead[1]
    v = np.abs(y * ahead[0] - x * ahead[1])
    waves = np.zeros(window.shape, dtype=np.float32)
    if ripples.rings:
        r = np.hypot(u * np.float32(0.8), v)
        crest = np.sin(np.float32(2 * np.pi / ripples.ring_length) * r - np.float32(ripples.phase))
        waves += np.float32(ripples.rings) * crest * np.exp(-r / np.float32(0.5 * ripples.ring_reach))
    if ripples.wake:
        behind = np.maximum(np.float32(0.45) - u, 0)
        arm = (v - np.float32(0.08) - behind * np.float32(np.tan(ripples.wake_angle))) / (0.05 + 0.1 * behind)
        fade = np.clip(behind * 3, 0, 1) * np.exp(-behind / np.float32(0.8))
        waves += np.float32(ripples.wake) * np.exp(-np.minimum(arm**2, 30)) * fade
    if water is not None:
        waves *= 1 - cut_out(water, window)
    picture[window.y0 : window.y1, window.x0 : window.x1] += waves


@dataclass(frozen=True)
class Mirror:
    """A wall that mirrors the swimmer.

    Attributes
    ----------
    point_xy, normal : float64 [2]
        The nearest point of the waterline in pixels, and the unit vector from the water to the wall.
    strength : float
        0 … 1: how dark the image is.
    squeeze : float
        How much flatter it is across the wall.
    blur_px : float
        How soft it is.
    """

    point_xy: Points
    normal: Points
    strength: float
    squeeze: float
    blur_px: float


def paint_reflection(
    rng: np.random.Generator, picture: Luma, pose: SwimmerPose, look: SwimmerLook, mirror: Mirror, reflector: Luma
) -> None:
    """Add the swimmer's image in the pool's wall, in place; `reflector` is 1 on the wall."""
    image = mirror_pose(pose, mirror.point_xy, mirror.normal, mirror.squeeze)
    patch = paint_swimmer(image, look, rng)
    alpha = blur(patch.alpha, mirror.blur_px) * np.float32(mirror.strength) * cut_out(reflector, patch.window)
    blend(picture, patch.window, alpha, patch.value)
