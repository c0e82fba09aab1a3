"""Painting on a luma picture: antialiased shapes in small patches, soft noise fields, blends.

Pictures are float32 [H, W], 0 black to 255 white; points are x, y in picture pixels, pixel centres at integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

Luma: TypeAlias = NDArray[np.float32]
Points: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels: x0 ≤ x < x1, y0 ≤ y < y1; it may reach beyond the picture."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.y1 - self.y0, self.x1 - self.x0

    def clip(self, shape: tuple[int, int]) -> Window:
        """Return the part of the window that lies in a picture of this height and width."""
        x0, y0 = min(max(self.x0, 0), shape[1]), min(max(self.y0, 0), shape[0])
        return Window(x0, y0, max(x0, min(self.x1, shape[1])), max(y0, min(self.y1, shape[0])))

    def slices_in(self, outer: Window) -> tuple[slice, slice]:
        """Return the index that cuts this window out of an array that covers `outer`."""
        return (
            slice(self.y0 - outer.y0, self.y1 - outer.y0),
            slice(self.x0 - outer.x0, self.x1 - outer.x0),
        )


def window_around(points: Points, margin: float) -> Window:
    """Return the window that holds all `points` [P, 2] and `margin` pixels more on each side."""
    low = np.floor(points.min(axis=0) - margin).astype(int)
    high = np.ceil(points.max(axis=0) + margin).astype(int) + 1
    return Window(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


class Stencil:
    """A mask that is drawn larger than it is used, so that its edges come out soft.

    Parameters
    ----------
    window : Window
        The pixels that it covers.
    supersample : int
        Sub-pixels per pixel and axis.
    """

    def __init__(self, window: Window, supersample: int = 3) -> None:
        self.window = window
        self.supersample = supersample
        height, width = window.shape
        self._image = Image.new("L", (max(1, width * supersample), max(1, height * supersample)), 0)
        self._draw = ImageDraw.Draw(self._image)

    def _to_stencil(self, points: Points) -> list[tuple[float, float]]:
        origin = np.array([self.window.x0, self.window.y0])
        # A pixel with its centre at integer x covers x − 0.5 … x + 0.5; Pillow counts from a pixel's corner.
        moved = (np.asarray(points) - origin + 0.5) * self.supersample
        return [(float(x), float(y)) for x, y in moved]

    def polygon(self, points: Points, level: float = 1.0) -> None:
        """Fill a polygon [P, 2] with `level` 0 … 1."""
        self._draw.polygon(self._to_stencil(points), fill=round(255 * level))

    def line(self, points: Points, widths: Sequence[float], level: float = 1.0) -> None:
        """Draw a polyline [P, 2] whose i-th piece is ``widths[i]`` pixels wide, with round joints."""
        dots = self._to_stencil(points)
        fill = round(255 * level)
        for a, b, width in zip(dots[:-1], dots[1:], widths, strict=False):
            thick = max(1.0, width * self.supersample)
            self._draw.line([a, b], fill=fill, width=round(thick))
            if thick > 3:
                r = thick / 2
                self._draw.ellipse([b[0] - r, b[1] - r, b[0] + r, b[1] + r], fill=fill)

    def array(self) -> Luma:
        """Return the finished mask, float32 0 … 1, in the window's shape."""
        small = self._image.reduce(self.supersample) if self.supersample > 1 else self._image
        return np.asarray(small, dtype=np.float32) * np.float32(1 / 255)


def ellipse_points(centre: Points, axes: tuple[float, float], angle_rad: float, n: int = 32) -> Points:
    """Return n points [n, 2] on an ellipse."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    x, y = axes[0] * np.cos(t), axes[1] * np.sin(t)
    return np.stack([centre[0] + c * x - s * y, centre[1] + s * x + c * y], axis=1)


def blend(picture: Luma, window: Window, alpha: Luma, value: Luma | float) -> None:
    """Lay `value` over the picture with weight `alpha` (both in the window's shape), in place."""
    inside = window.clip((picture.shape[0], picture.shape[1]))
    cut = inside.slices_in(window)
    there = (slice(inside.y0, inside.y1), slice(inside.x0, inside.x1))
    a = alpha[cut]
    v = value[cut] if isinstance(value, np.ndarray) else np.float32(value)
    picture[there] += a * (v - picture[there])


def cut_out(picture: Luma, window: Window, outside: float = 0.0) -> Luma:
    """Return a copy of the picture's pixels in `window`, `outside` where it reaches beyond the picture."""
    result = np.full(window.shape, outside, dtype=np.float32)
    inside = window.clip((picture.shape[0], picture.shape[1]))
    result[inside.slices_in(window)] = picture[inside.y0 : inside.y1, inside.x0 : inside.x1]
    return result


def enlarge(small: Luma, shape: tuple[int, int]) -> Luma:
    """Return a smooth enlargement of a small field to height and width `shape`."""
    image = Image.fromarray(small)
    half = (shape[1] // 3 + 1, shape[0] // 3 + 1)
    if small.shape[0] * 2 < half[1] and small.shape[1] * 2 < half[0]:
        image = image.resize(half, Image.Resampling.BICUBIC)
    # From here on the field is smooth at the scale of a pixel: the cheaper filter shows no facets.
    return np.array(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR), dtype=np.float32)


def soft_noise(rng: np.random.Generator, shape: tuple[int, int], cell_px: float) -> Luma:
    """Return a smooth random field of about unit standard deviation with blobs of about `cell_px` pixels."""
    rows, columns = (max(2, round(n / cell_px) + 1) for n in shape)
    small = rng.standard_normal((rows, columns), dtype=np.float32)
    return enlarge(small, shape)


def blur(picture: Luma, sigma_px: float) -> Luma:
    """Return the picture blurred by a Gaussian; unchanged below a sigma that would show."""
    if sigma_px < 0.2:
        return picture
    blurred: Luma = gaussian_filter(picture, sigma_px, truncate=2.5, mode="nearest")
    return blurred


def pixel_grid(shape: tuple[int, int]) -> tuple[Luma, Luma]:
    """Return x [1, W] and y [H, 1] of every pixel, ready for broadcasting."""
    x = np.arange(shape[1], dtype=np.float32)[None, :]
    y = np.arange(shape[0], dtype=np.float32)[:, None]
    return x, y
