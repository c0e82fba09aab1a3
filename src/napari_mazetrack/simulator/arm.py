"""The experimenter's arm: a sleeve that comes in from outside the picture, a hand or a glove at its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_mazetrack.simulator.canvas import (
    Luma,
    Points,
    Stencil,
    Window,
    blend,
    blur,
    ellipse_points,
    enlarge,
    soft_noise,
    window_around,
)


@dataclass(frozen=True)
class ArmLook:
    """An arm; lengths are multiples of the hand's width.

    Attributes
    ----------
    hand_width_px : float
        Width of the palm.
    sleeve, skin : float
        Grey levels of sleeve and hand.
    forearm : float
        Length of bare (or gloved) arm before the sleeve begins.
    sleeve_width : float
        Width of the sleeve at its end.
    fingers : int
        Fingers to be seen; 0 for a fist.
    spread : float
        How far the fingers are spread, in radians.
    """

    hand_width_px: float = 40.0
    sleeve: float = 10.0
    skin: float = 90.0
    forearm: float = 2.0
    sleeve_width: float = 2.2
    fingers: int = 4
    spread: float = 0.6


def random_arm(rng: np.random.Generator, hand_width_px: float) -> ArmLook:
    """Return an arm of any clothing."""
    glove = rng.random() < 0.3
    cloth = rng.choice(3, p=[0.45, 0.25, 0.3])
    return ArmLook(
        hand_width_px=hand_width_px,
        sleeve=float((rng.uniform(0, 30), rng.uniform(30, 130), rng.uniform(150, 250))[cloth]),
        skin=float(rng.uniform(190, 250) if glove else rng.uniform(35, 190)),
        forearm=float(rng.uniform(0.3, 4.0)),
        sleeve_width=float(rng.uniform(1.3, 3.5)),
        fingers=int(rng.integers(0, 6)),
        spread=float(rng.uniform(0.2, 1.2)),
    )


def paint_arm(
    rng: np.random.Generator, picture: Luma, look: ArmLook, hand_xy: Points, direction_rad: float
) -> tuple[Window, Luma]:
    """Lay an arm on the picture in place and return its window and mask.

    Parameters
    ----------
    rng : numpy.random.Generator
        For fingers and folds.
    picture : float32 [H, W]
        Changed in place.
    look : ArmLook
        What it is.
    hand_xy : float64 [2]
        Tip of the hand.
    direction_rad : float
        Where the arm comes from, seen from the hand.
    """
    back = np.array([np.cos(direction_rad), np.sin(direction_rad)])
    side = np.array([-back[1], back[0]])
    w = look.hand_width_px
    palm = hand_xy + back * w * 0.9
    wrist = palm + back * w * 0.6
    cuff = wrist + back * w * look.forearm + side * rng.uniform(-0.2, 0.2) * w
    reach = _reach(picture, cuff, back)
    shoulder = cuff + back * reach + side * rng.uniform(-0.3, 0.3) * reach * 0.4
    hand = [*_fingers(rng, look, palm, back, hand_xy), _strip(palm, cuff, 0.62 * w, 0.85 * w)]
    hand.append(ellipse_points(palm, (0.62 * w, 0.5 * w), direction_rad))
    sleeve = _strip(cuff, shoulder, look.sleeve_width * w * 0.75, look.sleeve_width * w * rng.uniform(1.0, 1.8))
    everything = window_around(np.vstack([*hand, sleeve]), 4).clip((picture.shape[0], picture.shape[1]))
    if 0 in everything.shape:
        return everything, np.zeros(everything.shape, dtype=np.float32)
    mask_hand = _mask(everything, hand)
    mask_sleeve = _mask(everything, [sleeve])
    for mask, tone in ((mask_hand, look.skin), (mask_sleeve, look.sleeve)):
        round_off = blur(mask, 0.18 * w) if w < 40 else _coarse_blur(mask, 0.18 * w)
        folds = np.float32(0.06 * tone + 2) * soft_noise(rng, everything.shape, 0.4 * w)
        value = np.float32(tone) * (np.float32(0.5) + np.float32(0.5) * round_off) + folds
        blend(picture, everything, mask, value)
    return everything, np.maximum(mask_hand, mask_sleeve)


def _reach(picture: Luma, start: Points, back: Points) -> float:
    """Return how far the arm must go to leave the picture."""
    height, width = picture.shape
    far = float(np.hypot(height, width))
    steps = np.linspace(0, 1.5 * far, 60)
    x, y = start[0] + steps * back[0], start[1] + steps * back[1]
    outside = (x < 0) | (y < 0) | (x > width) | (y > height)
    return float(steps[outside][0] if outside.any() else far) + 0.3 * far


def _strip(a: Points, b: Points, width_a: float, width_b: float) -> Points:
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    across = np.array([-along[1], along[0]])
    return np.array(
        [a + across * width_a / 2, b + across * width_b / 2, b - across * width_b / 2, a - across * width_a / 2]
    )


def _fingers(rng: np.random.Generator, look: ArmLook, palm: Points, back: Points, tip: Points) -> list[Points]:
    forward = np.arctan2(*(tip - palm)[::-1])
    w = look.hand_width_px
    side = np.array([-back[1], back[0]])
    fingers = []
    for k in range(look.fingers):
        t = (k + 0.5) / look.fingers - 0.5
        angle = forward - t * look.spread * 2 + rng.normal(0, 0.1)
        root = palm - back * 0.3 * w + side * t * 0.8 * w
        end = root + np.array([np.cos(angle), np.sin(angle)]) * w * rng.uniform(0.4, 0.85)
        fingers.append(_strip(root, end, 0.24 * w, 0.18 * w))
        fingers.append(ellipse_points(end, (0.1 * w, 0.1 * w), 0.0, 12))
    return fingers


def _mask(window: Window, polygons: list[Points]) -> Luma:
    mask = Stencil(window, 2 if max(window.shape) < 500 else 1)
    for polygon in polygons:
        mask.polygon(polygon)
    return blur(mask.array(), 0.7)


def _coarse_blur(mask: Luma, sigma_px: float) -> Luma:
    small = mask[::4, ::4]
    return np.clip(enlarge(np.ascontiguousarray(blur(small, sigma_px / 4)), (mask.shape[0], mask.shape[1])), 0, 1)
