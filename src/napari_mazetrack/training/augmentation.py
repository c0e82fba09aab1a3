"""What may happen to the light and the grain of a crop: tone, shading, glare, distractors, blur, noise, compression."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

#: Distractors keep this far from every labelled point, pixels.
CLEARANCE_PX = 6.0


@dataclass(frozen=True)
class LookSettings:
    """How often (probability) and how much each change happens.

    Attributes
    ----------
    invert : float
        Dark becomes light: white mice on dark water.
    gamma, contrast : float
        Largest factor either way.
    brightness : float
        Largest shift, grey levels.
    shading : float
        Probability of uneven light.
    glare : float
        Probability of bright reflections of lamps.
    distractors : float
        Probability of dark or light spots and bars that are no animals.
    blur, noise, jpeg : float
        Probabilities.
    noise_sd : float
        Largest standard deviation, grey levels.
    """

    invert: float = 0.12
    gamma: float = 1.8
    contrast: float = 1.5
    brightness: float = 40.0
    shading: float = 0.4
    glare: float = 0.15
    distractors: float = 0.35
    blur: float = 0.25
    noise: float = 0.35
    noise_sd: float = 12.0
    jpeg: float = 0.25


def change_look(
    crop: NDArray[np.float32],
    keypoints_xy: NDArray[np.float32],
    rng: np.random.Generator,
    settings: LookSettings,
) -> NDArray[np.uint8]:
    """Change the look of a crop.

    Parameters
    ----------
    crop : float32 [S, S]
        Luma, 0–255.
    keypoints_xy : float32 [M, n, 2]
        Labelled points, which distractors leave free; NaN where not labelled.
    rng : numpy Generator
        Source of all chance.
    settings : LookSettings
        What may happen.

    Returns
    -------
    uint8 [S, S]
        The changed crop.
    """
    image = Image.fromarray(np.clip(crop + 0.5, 0, 255).astype(np.uint8))
    if rng.random() < settings.distractors:
        _draw_distractors(image, keypoints_xy, rng)
    if rng.random() < settings.blur:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.4, 1.6))))
    luma = _tone_curve(rng, settings)[np.asarray(image)]
    if rng.random() < settings.shading:
        luma = luma * _shading(luma.shape[0], rng)
    if rng.random() < settings.glare:
        luma = luma + _glare(luma.shape[0], rng)
    if rng.random() < settings.noise:
        luma = luma + rng.standard_normal(luma.shape, np.float32) * np.float32(rng.uniform(1, settings.noise_sd))
    changed = np.clip(luma + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < settings.jpeg:
        changed = _compress(changed, int(rng.integers(25, 90)))
    return changed


def _tone_curve(rng: np.random.Generator, settings: LookSettings) -> NDArray[np.float32]:
    """Return the new level of each of the 256 grey levels."""
    level = np.linspace(0, 1, 256)
    if rng.random() < settings.invert:
        level = 1 - level
    level = level ** np.exp(rng.uniform(-1, 1) * np.log(settings.gamma))
    contrast = np.exp(rng.uniform(-1, 1) * np.log(settings.contrast))
    pivot = rng.uniform(0.2, 0.8)
    shift = rng.uniform(-1, 1) * settings.brightness
    curve: NDArray[np.float32] = (((level - pivot) * contrast + pivot) * 255 + shift).astype(np.float32)
    return curve


def _shading(size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a smooth factor [size, size] round 1."""
    coarse = np.exp(rng.uniform(-0.45, 0.45, (3, 3))).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC))


def _glare(size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the light [size, size] of one to three soft spots, grey levels."""
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    light = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.uniform(0, size, 2)
        width, height = size * np.exp(rng.uniform(np.log(0.02), np.log(0.2), 2))
        light += rng.uniform(40, 220) * np.exp(-(((columns - x) / width) ** 2 + ((rows - y) / height) ** 2) / 2)
    return light


def _draw_distractors(image: Image.Image, keypoints_xy: NDArray[np.float32], rng: np.random.Generator) -> None:
    points = keypoints_xy[np.isfinite(keypoints_xy).all(axis=2)]
    size = image.size[0]
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 5))):
        centre = rng.uniform(0, size, 2)
        half = np.exp(rng.uniform(np.log(2), np.log(22), 2))
        if len(points) and ((np.abs(points - centre) - half).max(axis=1) < CLEARANCE_PX).any():
            continue
        corners = [*(centre - half), *(centre + half)]
        level = int(rng.choice([rng.integers(0, 50), rng.integers(0, 256)]))
        if rng.random() < 0.5:
            pen.rectangle(corners, fill=level)
        else:
            pen.line(corners, fill=level, width=int(rng.integers(1, 5)))


def _compress(luma: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(luma).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))
