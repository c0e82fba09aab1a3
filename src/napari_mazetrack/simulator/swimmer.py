"""The animal: its shape, its coat, how deep it lies in the water, and how all that is painted.

The outline follows a bent spine from the nose (s = 0) to the tail's base (s = 1). Only honest cues tell the front
from the rear: the nose is pointed, the tail hangs at the rear, ears and a differently coloured head where there are
any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.simulator.canvas import (
    Luma,
    Points,
    Stencil,
    Window,
    blend,
    blur,
    cut_out,
    ellipse_points,
    soft_noise,
    window_around,
)

#: Where along the spine the half widths of a `SwimmerLook` are given.
PROFILE_AT = np.array([0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.87, 0.96, 1.0])
EARS_AT = 0.2
N_SPINE = 33
N_TAIL = 17


@dataclass(frozen=True)
class SwimmerPose:
    """Where an animal lies in the picture.

    Attributes
    ----------
    spine_xy : float64 [N_SPINE, 2]
        From the nose tip to the tail's base, evenly spaced, in pixels.
    tail_xy : float64 [N_TAIL, 2]
        From the tail's base to its tip.
    """

    spine_xy: Points
    tail_xy: Points

    @property
    def keypoints_xy(self) -> Points:
        """Head (nose tip), body (middle of the spine) and tail (its base), [3, 2]."""
        return self.spine_xy[[0, (N_SPINE - 1) // 2, N_SPINE - 1]]

    @property
    def length_px(self) -> float:
        """Length of the spine."""
        return float(np.linalg.norm(np.diff(self.spine_xy, axis=0), axis=1).sum())


@dataclass(frozen=True)
class Bend:
    """How an animal bends: all angles in radians.

    Attributes
    ----------
    body : float
        The nose looks this far to the left of the tail's base (signed; a plain arc).
    s_shape : float
        A bend of the front against that of the rear.
    tail, tail_wave, tail_phase : float
        The tail's arc, the amplitude of a wave that runs down it, and the wave's phase.
    """

    body: float = 0.0
    s_shape: float = 0.0
    tail: float = 0.0
    tail_wave: float = 0.0
    tail_phase: float = 0.0


@dataclass(frozen=True)
class SwimmerLook:
    """What an animal looks like; lengths are fractions of its length from nose to tail's base.

    Attributes
    ----------
    luma : float
        Grey level of the coat.
    width : float
        Its greatest width.
    profile : tuple of float
        Half widths at `PROFILE_AT` relative to half the greatest width.
    head_luma, head_until, head_strength : float
        Another coat from the nose to `head_until` of the spine (a hooded rat), 0 … 1 strong.
    spots : tuple of (along, across, size, luma)
        Patches of another coat.
    back_light : float
        A lighter (or darker) streak along the wet back, in grey levels.
    mottle : float
        Standard deviation of the coat's texture, in grey levels.
    ear_size, ear_luma : float
        Radius of the ears; 0 for none to be seen.
    tail_length, tail_width, tail_luma, tail_alpha, tail_fade : float
        The tail; alpha 0 hides it; it pales towards its tip by `tail_fade` (0 … 1) as it sinks.
    rump_depth : float
        0 … 1: how much of the rear lies under the water, seen faintly.
    flank_depth : float
        0 … 1: how transparent the flanks under water look.
    edge_px : float
        Blur of the outline in pixels.
    halo, halo_size : float
        Grey levels that the water around is darker or brighter by, and how far.
    limbs : float
        Alpha of paddling limbs beside the body; 0 hides them.
    """

    luma: float = 10.0
    width: float = 0.34
    profile: tuple[float, ...] = (0.0, 0.27, 0.55, 0.86, 1.0, 0.92, 0.6, 0.35, 0.12)
    head_luma: float = 10.0
    head_until: float = 0.3
    head_strength: float = 0.0
    spots: tuple[tuple[float, float, float, float], ...] = ()
    back_light: float = 0.0
    mottle: float = 2.0
    ear_size: float = 0.0
    ear_luma: float = 60.0
    tail_length: float = 0.9
    tail_width: float = 0.05
    tail_luma: float = 70.0
    tail_alpha: float = 0.5
    tail_fade: float = 0.3
    rump_depth: float = 0.0
    flank_depth: float = 0.0
    edge_px: float = 0.5
    halo: float = 0.0
    halo_size: float = 0.2
    limbs: float = 0.0


def make_pose(body_xy: Points, heading_rad: float, length_px: float, bend: Bend, tail_length: float) -> SwimmerPose:
    """Return the pose with the middle of the spine at `body_xy` and the nose towards `heading_rad`."""
    s = (np.arange(N_SPINE - 1) + 0.5) / (N_SPINE - 1)
    angle = heading_rad + bend.body * (0.5 - s) + bend.s_shape * np.sin(2 * np.pi * s)
    step = -length_px / (N_SPINE - 1) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    spine = np.vstack([np.zeros(2), np.cumsum(step, axis=0)])
    spine += np.asarray(body_xy) - spine[(N_SPINE - 1) // 2]
    q = (np.arange(N_TAIL - 1) + 0.5) / (N_TAIL - 1)
    wave = bend.tail_wave * q * np.sin(2 * np.pi * q - bend.tail_phase)
    tail_angle = angle[-1] - bend.tail * q + wave
    tail_step = -length_px * tail_length / (N_TAIL - 1) * np.stack([np.cos(tail_angle), np.sin(tail_angle)], axis=1)
    tail = np.vstack([spine[-1], spine[-1] + np.cumsum(tail_step, axis=0)])
    return SwimmerPose(spine_xy=spine, tail_xy=tail)


def mirror_pose(pose: SwimmerPose, point: Points, normal: Points, squeeze: float) -> SwimmerPose:
    """Return the pose mirrored at the line through `point` with unit `normal`, squeezed across it."""

    def mirrored(points: Points) -> Points:
        distance = (points - point) @ normal
        return points - np.outer(distance * (1 + squeeze), normal)

    return SwimmerPose(spine_xy=mirrored(pose.spine_xy), tail_xy=mirrored(pose.tail_xy))


@dataclass(frozen=True)
class SwimmerPatch:
    """A painted animal: coat and opacity of the pixels of a window, before it is laid on a picture."""

    window: Window
    value: Luma
    alpha: Luma
    body: Luma  # the whole body's outline, whatever lies under water


def normals(line: Points) -> Points:
    """Return unit normals [P, 2] of a polyline [P, 2], to the right of its direction on the screen."""
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    return np.stack([-along[:, 1], along[:, 0]], axis=1)


def outline(pose: SwimmerPose, look: SwimmerLook, scale: float = 1.0) -> tuple[Points, Points]:
    """Return the two sides of the body [N_SPINE, 2] each, from nose to tail's base, `scale` times as wide."""
    s = np.linspace(0, 1, N_SPINE)
    half = 0.5 * look.width * pose.length_px * scale * np.interp(s, PROFILE_AT, look.profile)
    smooth = np.convolve(np.pad(half, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    smooth[0] = half[0]
    across = normals(pose.spine_xy) * smooth[:, None]
    return pose.spine_xy + across, pose.spine_xy - across


def paint_swimmer(
    pose: SwimmerPose, look: SwimmerLook, rng: np.random.Generator, smear_px: tuple[float, float] = (0.0, 0.0)
) -> SwimmerPatch:
    """Paint an animal.

    Parameters
    ----------
    pose, look
        Where and what it is.
    rng : numpy.random.Generator
        For the coat's texture.
    smear_px : (float, float)
        How far it moves while the shutter is open.
    """
    length = pose.length_px
    smear = float(np.hypot(*smear_px))
    margin = 3 * look.edge_px + smear + 0.35 * length + 3
    window = window_around(np.vstack([pose.spine_xy, pose.tail_xy]), margin)
    supersample = 4 if length < 50 else 3 if length < 100 else 2
    value, body = _coat(pose, look, window, supersample)
    if look.mottle > 0:
        value = value + np.float32(look.mottle) * soft_noise(rng, window.shape, max(1.5, length * 0.05))
    alpha = blur(_opacity(pose, look, window, supersample), look.edge_px)
    if look.limbs > 0:
        alpha = np.maximum(alpha, np.float32(look.limbs) * blur(_limbs(pose, look, window, rng), 0.5 + look.edge_px))
    tail = np.float32(look.tail_alpha) * blur(_tail(pose, look, window, supersample), 0.3 + 0.6 * look.edge_px)
    total: Luma = (alpha + tail * (1 - alpha)).astype(np.float32)
    light = alpha * value + tail * (1 - alpha) * np.float32(look.tail_luma)
    mixed: Luma = (light / np.maximum(total, np.float32(1e-4))).astype(np.float32)
    if smear > 0.7:
        mixed, total = _smear(mixed, total, smear_px)
    return SwimmerPatch(window=window, value=mixed, alpha=total, body=body)


def _coat(pose: SwimmerPose, look: SwimmerLook, window: Window, supersample: int) -> tuple[Luma, Luma]:
    """Return the coat's grey levels and the mask of the whole body, both in the window's shape."""
    body = Stencil(window, supersample)
    left, right = outline(pose, look)
    body.polygon(np.vstack([left, right[::-1]]))
    mask = body.array()
    value = np.full(window.shape, look.luma, dtype=np.float32)
    length = pose.length_px
    across = normals(pose.spine_xy)
    for along, side, size, luma in look.spots:
        i = round(along * (N_SPINE - 1))
        centre = pose.spine_xy[i] + across[i] * side * look.width * length / 2
        _dab(value, window, ellipse_points(centre, (size * length, size * length * 0.7), side * 3), luma)
    if look.head_strength > 0:
        n = max(3, round(look.head_until * N_SPINE))
        wide_left, wide_right = outline(pose, look, 1.3)
        _dab(value, window, np.vstack([wide_left[:n], wide_right[:n][::-1]]), look.head_luma, look.head_strength)
    if look.back_light:
        streak = Stencil(window, 2)
        streak.line(pose.spine_xy[4:-3], [look.width * length * 0.25] * N_SPINE)
        value += np.float32(look.back_light) * blur(streak.array(), 0.06 * length)
    if look.ear_size > 0:
        for ear in _ears(pose, look):
            _dab(value, window, ear, look.ear_luma)
    return value, mask


def _ears(pose: SwimmerPose, look: SwimmerLook) -> list[Points]:
    """Return the outlines of both ears: they stand out a little at the back of the head."""
    length = pose.length_px
    half = 0.5 * look.width * length * np.interp(EARS_AT, PROFILE_AT, look.profile)
    i = round(EARS_AT * (N_SPINE - 1))
    across, along = normals(pose.spine_xy)[i], pose.spine_xy[i + 1] - pose.spine_xy[i - 1]
    axes = (look.ear_size * length, 0.75 * look.ear_size * length)
    turn = float(np.arctan2(along[1], along[0]))
    return [ellipse_points(pose.spine_xy[i] + side * across * half * 0.95, axes, turn + side, 14) for side in (-1, 1)]


def _dab(value: Luma, window: Window, polygon: Points, luma: float, strength: float = 1.0) -> None:
    mask = Stencil(window, 2)
    mask.polygon(polygon)
    alpha = blur(mask.array(), 0.6) * np.float32(strength)
    value += alpha * (np.float32(luma) - value)


def _opacity(pose: SwimmerPose, look: SwimmerLook, window: Window, supersample: int) -> Luma:
    """Return how much of the animal is seen: all of what is above the water, faintly what is under it."""
    mask = Stencil(window, supersample)
    left, right = outline(pose, look)
    mask.polygon(np.vstack([left, right[::-1]]), 1 - look.flank_depth)
    if look.flank_depth > 0:
        inner_left, inner_right = outline(pose, look, 1 - 0.45 * look.flank_depth)
        mask.polygon(np.vstack([inner_left, inner_right[::-1]]), 1.0)
    alpha = mask.array()
    if look.ear_size > 0:
        ears = Stencil(window, supersample)
        for ear in _ears(pose, look):
            ears.polygon(ear)
        alpha = np.maximum(alpha, ears.array())
    if look.rump_depth > 0:
        alpha = alpha * _fade_to_rear(pose, window, look.rump_depth)
    return alpha


def _fade_to_rear(pose: SwimmerPose, window: Window, depth: float) -> Luma:
    nose, base = pose.spine_xy[0], pose.spine_xy[-1]
    axis = base - nose
    x = np.arange(window.x0, window.x1)[None, :] - nose[0]
    y = np.arange(window.y0, window.y1)[:, None] - nose[1]
    s = (x * axis[0] + y * axis[1]) / max(float(axis @ axis), 1e-9)
    fade: Luma = (1 - depth * np.clip((s - 0.35) / 0.55, 0, 1)).astype(np.float32)
    return fade


def _limbs(pose: SwimmerPose, look: SwimmerLook, window: Window, rng: np.random.Generator) -> Luma:
    mask = Stencil(window, 2)
    across = normals(pose.spine_xy)
    length = pose.length_px
    for along in (0.3, 0.78):
        i = round(along * (N_SPINE - 1))
        for side in (-1, 1):
            reach = rng.uniform(0.45, 0.75) * look.width * length
            slant = (pose.spine_xy[-1] - pose.spine_xy[0]) / length * rng.uniform(-0.08, 0.1) * length
            foot = pose.spine_xy[i] + side * across[i] * reach + slant
            mask.line(np.stack([pose.spine_xy[i], foot]), [0.07 * length])
    return mask.array()


def _tail(pose: SwimmerPose, look: SwimmerLook, window: Window, supersample: int) -> Luma:
    if look.tail_alpha <= 0:
        return np.zeros(window.shape, dtype=np.float32)
    mask = Stencil(window, supersample)
    share = np.linspace(0.0, 1.0, N_TAIL - 1)
    thickness = look.tail_width * pose.length_px * (1 - 0.65 * share)
    # From the tip to the base, so that the stronger piece lies on top.
    for k in range(N_TAIL - 2, -1, -1):
        mask.line(pose.tail_xy[k : k + 2], [float(thickness[k])], float(1 - look.tail_fade * share[k]))
    # Thinner than a sub-pixel line can be: paler instead.
    thin = min(1.0, look.tail_width * pose.length_px * supersample)
    return mask.array() * np.float32(thin)


def _smear(value: Luma, alpha: Luma, smear_px: tuple[float, float]) -> tuple[Luma, Luma]:
    n = int(np.clip(np.ceil(np.hypot(*smear_px)), 2, 9))
    covered = np.zeros_like(alpha)
    light = np.zeros_like(alpha)
    for t in np.linspace(-0.5, 0.5, n):
        shift = (round(t * smear_px[1]), round(t * smear_px[0]))
        moved = np.roll(alpha, shift, axis=(0, 1))
        covered += moved
        light += moved * np.roll(value, shift, axis=(0, 1))
    return (light / np.maximum(covered, np.float32(1e-4))).astype(np.float32), (covered / n).astype(np.float32)


def lay_swimmer(picture: Luma, patch: SwimmerPatch, look: SwimmerLook, length_px: float, cover: Luma | None) -> None:
    """Lay a painted animal with its halo on the picture, in place.

    Parameters
    ----------
    picture : float32 [H, W]
        Changed in place.
    patch, look, length_px
        The animal.
    cover : float32 [H, W] or None
        1 where something above the water hides the animal (rim, cues, outside).
    """
    seen = np.ones(patch.window.shape, dtype=np.float32)
    if cover is not None:
        seen = 1 - cut_out(cover, patch.window)
    if look.halo:
        glow = blur(patch.body, look.halo_size * length_px)
        background = cut_out(picture, patch.window)
        blend(picture, patch.window, seen * np.minimum(1, 1.6 * glow), background + np.float32(look.halo))
    blend(picture, patch.window, patch.alpha * seen, patch.value)


def box_of(pose: SwimmerPose, look: SwimmerLook) -> NDArray[np.float64]:
    """Return x0, y0, x1, y1 of the body's outline, without the tail."""
    sides = np.vstack(outline(pose, look))
    return np.concatenate([sides.min(axis=0), sides.max(axis=0)])
