"""The camera above the pool: where points of the water and of the rim fall in the picture, and what a sensor adds.

World coordinates are centimetres with the origin at the pool's centre on the water, x to the right and y down as seen
from above, heights positive towards the camera.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_mazetrack.simulator.canvas import Luma, Points, blur


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks down.

    Attributes
    ----------
    projection : float64 [3, 4]
        Takes homogeneous world points (x, y, depth below the water, 1) in cm to picture pixels.
    shape : (int, int)
        Height and width of the picture in pixels.
    """

    projection: NDArray[np.float64]
    shape: tuple[int, int]

    def plane_to_image(self, height_cm: float) -> NDArray[np.float64]:
        """Return the homography [3, 3] from the plane `height_cm` above the water (cm) to the picture (px)."""
        p = self.projection
        return np.stack([p[:, 0], p[:, 1], p[:, 3] - height_cm * p[:, 2]], axis=1)

    def to_image(self, points_cm: Points, height_cm: float = 0.0) -> Points:
        """Return pixels [..., 2] of world points [..., 2] that lie `height_cm` above the water."""
        return apply_homography(self.plane_to_image(height_cm), points_cm)

    def px_per_cm(self, point_cm: Points) -> float:
        """Return the scale at a point of the water: the square root of the area of 1 cm² in pixels."""
        steps = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]) + np.asarray(point_cm)
        a, b, c = self.to_image(steps)
        u, v = b - a, c - a
        return float(np.sqrt(abs(u[0] * v[1] - u[1] * v[0])))

    def plane_coordinates(self, height_cm: float) -> tuple[Luma, Luma]:
        """Return x and y in cm, each [H, W], of the plane's point behind every pixel."""
        m = np.linalg.inv(self.plane_to_image(height_cm)).astype(np.float32)
        x = np.arange(self.shape[1], dtype=np.float32)[None, :]
        y = np.arange(self.shape[0], dtype=np.float32)[:, None]
        w = m[2, 0] * x + (m[2, 1] * y + m[2, 2])
        return (m[0, 0] * x + (m[0, 1] * y + m[0, 2])) / w, (m[1, 0] * x + (m[1, 1] * y + m[1, 2])) / w


@dataclass(frozen=True)
class CameraPlace:
    """How a camera stands over a pool.

    Attributes
    ----------
    height_cm : float
        Height above the water.
    offset_cm : (float, float)
        Its foot point, from the pool's centre.
    tilt_deg, tilt_towards_deg, roll_deg : float
        Angle of its axis from the vertical, the direction of that tilt, and the turn of the picture.
    """

    height_cm: float
    offset_cm: tuple[float, float] = (0.0, 0.0)
    tilt_deg: float = 0.0
    tilt_towards_deg: float = 0.0
    roll_deg: float = 0.0


def make_camera(place: CameraPlace, shape: tuple[int, int], px_per_cm: float, centre_px: tuple[float, float]) -> Camera:
    """Return the camera that shows the pool's centre at `centre_px` with about `px_per_cm` there."""
    a, t = np.deg2rad(place.tilt_towards_deg), np.deg2rad(place.tilt_deg)
    axis = np.array([-np.sin(a), np.cos(a), 0.0])
    rotation = _rotation(axis, t) @ _rotation(np.array([0.0, 0.0, 1.0]), np.deg2rad(place.roll_deg))
    position = np.array([place.offset_cm[0], place.offset_cm[1], -place.height_cm])
    outer = np.hstack([rotation, (-rotation @ position)[:, None]])
    focal = px_per_cm * place.height_cm
    projection = np.diag([focal, focal, 1.0]) @ outer
    x, y, w = projection @ np.array([0.0, 0.0, 0.0, 1.0])
    # Moving the principal point is cropping a larger picture: it puts the pool where it is wanted.
    shift = np.array([[1, 0, centre_px[0] - x / w], [0, 1, centre_px[1] - y / w], [0, 0, 1]])
    return Camera(projection=shift @ projection, shape=shape)


def _rotation(axis: NDArray[np.float64], angle_rad: float) -> NDArray[np.float64]:
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    rotation: NDArray[np.float64] = np.eye(3) + np.sin(angle_rad) * k + (1 - np.cos(angle_rad)) * (k @ k)
    return rotation


def apply_homography(matrix: NDArray[np.float64], points: Points) -> Points:
    """Return points [..., 2] moved by a homography [3, 3]."""
    p = np.asarray(points, dtype=np.float64)
    moved = p @ matrix[:, :2].T + matrix[:, 2]
    result: Points = moved[..., :2] / moved[..., 2:]
    return result


@dataclass(frozen=True)
class Sensor:
    """What the camera and the recorder do to a picture.

    Attributes
    ----------
    blur_px : float
        Standard deviation of the lens' blur.
    noise : float
        Standard deviation of the noise at middle grey, in grey levels.
    gain, offset, gamma : float
        Tone curve: ``255 * (value / 255) ** gamma * gain + offset``.
    jpeg_quality : int or None
        JPEG quality of the recorder, None for none.
    shrink : float
        The picture was recorded this many times smaller and enlarged again; 1 for not.
    """

    blur_px: float = 0.0
    noise: float = 1.0
    gain: float = 1.0
    offset: float = 0.0
    gamma: float = 1.0
    jpeg_quality: int | None = None
    shrink: float = 1.0


def expose(picture: Luma, sensor: Sensor, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the picture as the sensor would record it, uint8 [H, W]."""
    seen = blur(picture, sensor.blur_px)
    if sensor.gamma != 1.0:
        seen = np.float32(255.0) * np.power(np.clip(seen, 0, 255) * np.float32(1 / 255), np.float32(sensor.gamma))
    seen = seen * np.float32(sensor.gain) + np.float32(sensor.offset)
    if sensor.noise > 0:
        # Shot noise grows with light; read noise does not.
        scale = np.float32(sensor.noise) * (np.float32(0.6) + np.float32(0.4 / 128) * np.clip(seen, 0, 255))
        seen = seen + rng.standard_normal(seen.shape, dtype=np.float32) * scale
    result: NDArray[np.uint8] = np.clip(seen + np.float32(0.5), 0, 255).astype(np.uint8)
    if sensor.shrink > 1.0:
        result = _shrink_and_enlarge(result, sensor.shrink)
    return result if sensor.jpeg_quality is None else _through_jpeg(result, sensor.jpeg_quality)


def _shrink_and_enlarge(picture: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    height, width = picture.shape
    small = Image.fromarray(picture).resize((round(width / factor), round(height / factor)), Image.Resampling.BOX)
    return np.array(small.resize((width, height), Image.Resampling.BICUBIC), dtype=np.uint8)


def _through_jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    buffer.seek(0)
    return np.array(Image.open(buffer), dtype=np.uint8)
