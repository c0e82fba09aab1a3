"""The pool without its animal: water, wall, rim, platform, cues and surroundings, painted once per film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.simulator.camera import Camera
from napari_mazetrack.simulator.canvas import (
    Luma,
    Points,
    Stencil,
    blend,
    blur,
    cut_out,
    ellipse_points,
    enlarge,
    pixel_grid,
    soft_noise,
    window_around,
)
from napari_mazetrack.simulator.surroundings import add_hanging, add_shape, paint_surroundings, soften


@dataclass(frozen=True)
class PoolPlatform:
    """A platform in the pool's plane, in cm from its centre: a circle, or a square turned by `angle_deg`."""

    x: float
    y: float
    half_cm: float
    square: bool = False
    angle_deg: float = 0.0

    def outline_cm(self) -> Points:
        """Return its outline [P, 2]."""
        n, turn, grow = (4, np.pi / 4, np.sqrt(2.0)) if self.square else (64, 0.0, 1.0)
        axes = (self.half_cm * grow, self.half_cm * grow)
        return ellipse_points(np.array([self.x, self.y]), axes, np.deg2rad(self.angle_deg) + turn, n)


@dataclass(frozen=True)
class PoolLook:
    """How a pool looks; lengths in cm, tones in grey levels.

    Attributes
    ----------
    radius_cm, rim_height_cm, rim_width_cm : float
        The water's radius; the rim above the water and how wide it is.
    water, wall, rim : float
        Grey levels.
    slope, vignette, cloud, cloud_cm, grain : float
        Uneven light across the water; darker towards the wall; blotches, their size; fine texture.
    glare : tuple of (x_cm, y_cm, size_cm, strength)
        Reflections of lamps.
    platform_contrast : float
        Grey levels that the platform differs from the water by.
    n_cues : int
        Cues at the wall and outside.
    rim_line : float
        Strength of a bright line along the rim.
    dirt : int
        Specks that float on the water.
    n_hangings : int
        Cut-outs that hang over the rim into the pool.
    """

    radius_cm: float = 60.0
    rim_height_cm: float = 12.0
    rim_width_cm: float = 1.5
    water: float = 140.0
    wall: float = 80.0
    rim: float = 150.0
    slope: float = 20.0
    vignette: float = 20.0
    cloud: float = 3.0
    cloud_cm: float = 15.0
    grain: float = 0.0
    glare: tuple[tuple[float, float, float, float], ...] = ()
    platform_contrast: float = 0.0
    n_cues: int = 4
    rim_line: float = 40.0
    dirt: int = 0
    n_hangings: int = 0


@dataclass(frozen=True)
class Background:
    """An empty arena as the camera sees it.

    Attributes
    ----------
    luma : float32 [H, W]
        Its picture.
    cover : float32 [H, W]
        1 where something above the animal's plane hides it.
    reflector : float32 [H, W]
        1 on the pool's wall, where the animal is mirrored.
    """

    luma: Luma
    cover: Luma
    reflector: Luma


def paint_pool(rng: np.random.Generator, camera: Camera, look: PoolLook, platform: PoolPlatform | None) -> Background:
    """Paint an empty pool."""
    x, y = camera.plane_coordinates(0.0)
    radius = np.hypot(x, y)
    rim_x, rim_y = camera.plane_coordinates(look.rim_height_cm)
    rim_radius = np.hypot(rim_x, rim_y)
    scale = camera.px_per_cm(np.zeros(2))
    picture = _water(rng, look, (x, y, radius), scale)
    softness = rng.uniform(0, 1)  # drawn without a platform too, so that the rest of the pool stays the same
    if platform is not None and look.platform_contrast:
        _add_platform(picture, camera, look, platform, softness)
    for _ in range(look.dirt):
        _add_speck(rng, picture, camera, look)
    wall_alpha = np.clip((radius - look.radius_cm) * scale + 0.5, 0, 1)
    wall = _wall(rng, look, (rim_x, rim_y), (radius, rim_radius))
    picture += wall_alpha * (wall - picture)
    rim_alpha = np.clip((rim_radius - look.radius_cm) * scale + 0.5, 0, 1)
    picture += rim_alpha * (_rim(rng, look, rim_radius, (rim_x, rim_y)) - picture)
    outside_alpha = np.clip((rim_radius - look.radius_cm - look.rim_width_cm) * scale + 0.5, 0, 1)
    room = _room(rng, camera, look, rim_radius)
    picture += outside_alpha * (room - picture)
    cover = rim_alpha.astype(np.float32)
    _add_cues(rng, picture, cover, camera, look)
    _add_hangings(rng, picture, cover, camera, look)
    reflector = (wall_alpha * (1 - rim_alpha)).astype(np.float32)
    return Background(luma=picture.astype(np.float32), cover=cover, reflector=reflector)


def _water(rng: np.random.Generator, look: PoolLook, plane: tuple[Luma, Luma, Luma], scale: float) -> Luma:
    shape = (plane[0].shape[0], plane[0].shape[1])
    x, y, radius = (field[::2, ::2] for field in plane)  # light changes slowly: half the size will do
    a = rng.uniform(0, 2 * np.pi)
    slope = np.float32(look.slope / look.radius_cm)
    picture = look.water + slope * (np.float32(np.cos(a)) * x + np.float32(np.sin(a)) * y)
    picture -= np.float32(look.vignette) * (np.minimum(radius / np.float32(look.radius_cm), 1.2) ** 3)
    if look.cloud > 0:
        picture += np.float32(look.cloud) * soft_noise(rng, picture.shape, max(2.0, look.cloud_cm * scale / 2))
    for gx, gy, size, strength in look.glare:
        d2 = ((x - np.float32(gx)) ** 2 + (y - np.float32(gy)) ** 2) / np.float32(size**2)
        picture += np.float32(strength) * np.exp(-(np.minimum(d2, 30) ** np.float32(rng.uniform(0.7, 2.0))))
    result = enlarge(np.ascontiguousarray(picture, dtype=np.float32), shape)
    if look.grain > 0:
        result += np.float32(look.grain) * soft_noise(rng, shape, rng.uniform(2, 8))
    return result


def _add_platform(picture: Luma, camera: Camera, look: PoolLook, platform: PoolPlatform, softness: float) -> None:
    outline = camera.to_image(platform.outline_cm())
    window = window_around(outline, 8)
    mask = Stencil(window, 2)
    mask.polygon(outline)
    size = float(np.ptp(outline[:, 0]))
    alpha = blur(mask.array(), 0.5 + softness * max(0.3, 0.06 * size - 0.5))
    blend(picture, window, alpha, cut_out(picture, window) + np.float32(look.platform_contrast))


def _add_speck(rng: np.random.Generator, picture: Luma, camera: Camera, look: PoolLook) -> None:
    r, a = look.radius_cm * np.sqrt(rng.uniform(0, 1)), rng.uniform(0, 2 * np.pi)
    centre = camera.to_image(np.array([r * np.cos(a), r * np.sin(a)]))
    size = rng.uniform(0.2, 1.2) * camera.px_per_cm(np.zeros(2))
    points = ellipse_points(centre, (max(0.7, size), max(0.6, size * rng.uniform(0.4, 1))), rng.uniform(0, 3), 12)
    window = window_around(points, 3)
    mask = Stencil(window, 3)
    mask.polygon(points)
    tone = rng.choice([rng.uniform(0, 60), rng.uniform(180, 255)], p=[0.7, 0.3])
    blend(picture, window, blur(mask.array(), rng.uniform(0.3, 1)) * np.float32(rng.uniform(0.3, 1)), float(tone))


def _around(rng: np.random.Generator, plane: tuple[Luma, Luma], strength: float) -> Luma:
    """Return a smooth random function of the azimuth."""
    coarse = 4
    angle = np.arctan2(plane[1][::coarse, ::coarse], plane[0][::coarse, ::coarse])
    table = np.zeros(256)
    t = np.linspace(-np.pi, np.pi, 256, endpoint=False)
    for k in range(1, 7):
        table += rng.normal() / np.sqrt(k) * np.cos(k * t + rng.uniform(0, 6.3))
    index = ((angle + np.float32(np.pi)) * np.float32(256 / (2 * np.pi))).astype(np.int32) % 256
    around: Luma = (strength * table).astype(np.float32)[index]
    return enlarge(around, (plane[0].shape[0], plane[0].shape[1]))


def _wall(rng: np.random.Generator, look: PoolLook, rim_plane: tuple[Luma, Luma], radii: tuple[Luma, Luma]) -> Luma:
    # 0 at the waterline, 1 at the rim: a point of the wall lies between the two circles.
    below = np.maximum(radii[0] - look.radius_cm, 0)
    above = np.maximum(look.radius_cm - radii[1], 0)
    up = below / np.maximum(below + above, np.float32(1e-3))
    wall = look.wall + np.float32(rng.uniform(-35, 45)) * (up - np.float32(0.3))
    wall += _around(rng, rim_plane, rng.uniform(2, 14))
    if rng.random() < 0.5:  # a wet line along the water
        wall += np.float32(rng.uniform(-40, 30)) * np.exp(-up / np.float32(0.15))
    result: Luma = wall.astype(np.float32)
    return result


def _rim(rng: np.random.Generator, look: PoolLook, rim_radius: Luma, plane: tuple[Luma, Luma]) -> Luma:
    position = (rim_radius - look.radius_cm) / max(look.rim_width_cm, 0.05)
    centre, width = rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.4)
    rim = look.rim + np.float32(look.rim_line) * np.exp(-(((position - centre) / width) ** 2))
    rim = rim + _around(rng, plane, rng.uniform(2, 25))
    result: Luma = rim.astype(np.float32)
    return result


def _room(rng: np.random.Generator, camera: Camera, look: PoolLook, rim_radius: Luma) -> Luma:
    centre = camera.to_image(np.zeros(2))
    room = paint_surroundings(rng, camera.shape, (float(centre[0]), float(centre[1])))
    if rng.random() < 0.6:  # shadow of the pool's outer wall
        out = (rim_radius - look.radius_cm - look.rim_width_cm) / np.float32(look.radius_cm * rng.uniform(0.05, 0.4))
        room *= 1 - np.float32(rng.uniform(0.2, 0.95)) * np.exp(-np.maximum(out, 0))
    if rng.random() < 0.5:
        soften(room, rng.uniform(0.5, 2.5))
    return room


def _add_cues(rng: np.random.Generator, picture: Luma, cover: Luma, camera: Camera, look: PoolLook) -> None:
    for _ in range(look.n_cues):
        a = rng.uniform(0, 2 * np.pi)
        out = look.radius_cm * rng.choice([rng.uniform(0.98, 1.08), rng.uniform(1.05, 1.6)], p=[0.35, 0.65])
        centre = camera.to_image(np.array([np.cos(a), np.sin(a)]) * out, look.rim_height_cm)
        size = rng.uniform(0.04, 0.17) * look.radius_cm * camera.px_per_cm(np.zeros(2))
        _cover_with(cover, add_shape(rng, picture, centre, size, (rng.uniform(0.2, 1.0), a)))


def _add_hangings(rng: np.random.Generator, picture: Luma, cover: Luma, camera: Camera, look: PoolLook) -> None:
    for _ in range(look.n_hangings):
        a = rng.uniform(0, 2 * np.pi)
        out = np.array([np.cos(a), np.sin(a)])
        centre = camera.to_image(out * look.radius_cm * rng.uniform(0.86, 1.04), look.rim_height_cm)
        rim = camera.to_image(out * (look.radius_cm + look.rim_width_cm), look.rim_height_cm)
        size = rng.uniform(0.05, 0.18) * look.radius_cm * camera.px_per_cm(np.zeros(2))
        _cover_with(cover, add_hanging(rng, picture, centre, rim, size))


def _cover_with(cover: Luma, outline: Points) -> None:
    window = window_around(outline, 2)
    mask = Stencil(window, 2)
    mask.polygon(outline)
    blend(cover, window, mask.array(), 1.0)


def pool_ellipse(camera: Camera, radius_cm: float) -> tuple[float, float, float, float, float]:
    """Return the waterline's centre, half axes (larger first) in px and the angle of the first in degrees.

    A circle seen by a camera is exactly an ellipse: the conic of the circle is carried over by the homography.
    """
    back = np.linalg.inv(camera.plane_to_image(0.0))
    conic: NDArray[np.float64] = back.T @ np.diag([1.0, 1.0, -(radius_cm**2)]) @ back
    quadratic, linear = conic[:2, :2], conic[:2, 2]
    centre = -np.linalg.solve(quadratic, linear)
    level = -(conic[2, 2] + linear @ centre)
    values, vectors = np.linalg.eigh(quadratic / level)
    major = vectors[:, 0]  # the smaller eigenvalue belongs to the longer axis
    angle = np.degrees(np.arctan2(major[1], major[0]))
    axes = 1 / np.sqrt(values)
    return float(centre[0]), float(centre[1]), float(axes[0]), float(axes[1]), float((angle + 90) % 180 - 90)


def radial_light(rng: np.random.Generator, shape: tuple[int, int], strength: float) -> Luma:
    """Return a factor [H, W] of uneven light over the whole picture, about 1."""
    small = (shape[0] // 8 + 2, shape[1] // 8 + 2)
    x, y = pixel_grid(small)
    cx, cy = rng.uniform(0.2, 0.8) * small[1], rng.uniform(0.2, 0.8) * small[0]
    far = ((x - cx) ** 2 + (y - cy) ** 2) / np.float32(max(small) ** 2)
    return enlarge((1 - np.float32(strength) * far).astype(np.float32), shape)
