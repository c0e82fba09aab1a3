"""The camera: homographies there and back, the waterline's ellipse, heights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.simulator.camera import CameraPlace, Sensor, apply_homography, expose, make_camera
from napari_mazetrack.simulator.pool import pool_ellipse

PLACE = CameraPlace(height_cm=200, offset_cm=(5, -8), tilt_deg=6, tilt_towards_deg=30, roll_deg=10)


def test_a_level_camera_over_the_centre_is_a_plain_scale():
    camera = make_camera(CameraPlace(height_cm=200), (480, 640), px_per_cm=3.0, centre_px=(320.0, 240.0))
    points = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    np.testing.assert_allclose(camera.to_image(points), [[320, 240], [350, 240], [320, 270]])
    assert camera.px_per_cm(np.zeros(2)) == pytest.approx(3.0)


def test_what_is_higher_looks_larger():
    camera = make_camera(CameraPlace(height_cm=200), (480, 640), px_per_cm=3.0, centre_px=(320.0, 240.0))
    rim = camera.to_image(np.array([60.0, 0.0]), height_cm=10.0)
    assert rim[0] - 320 == pytest.approx(180 * 200 / 190)  # 10 cm nearer of 200


@given(x=st.floats(-60, 60), y=st.floats(-60, 60), height=st.floats(0, 20))
def test_a_plane_maps_there_and_back(x, y, height):
    camera = make_camera(PLACE, (480, 640), 3.0, (300.0, 250.0))
    matrix = camera.plane_to_image(height)
    there = apply_homography(matrix, np.array([x, y]))
    np.testing.assert_allclose(apply_homography(np.linalg.inv(matrix), there), [x, y], atol=1e-8)


def test_plane_coordinates_belong_to_their_pixels():
    camera = make_camera(PLACE, (48, 64), 0.3, (30.0, 25.0))
    x, y = camera.plane_coordinates(0.0)
    seen = camera.to_image(np.array([x[7, 50], y[7, 50]], dtype=np.float64))
    np.testing.assert_allclose(seen, [50, 7], atol=1e-2)


def test_the_waterline_is_the_ellipse():
    camera = make_camera(PLACE, (480, 640), 3.0, (300.0, 250.0))
    cx, cy, rx, ry, angle = pool_ellipse(camera, 60.0)
    t = np.linspace(0, 2 * np.pi, 50)
    points = camera.to_image(60.0 * np.stack([np.cos(t), np.sin(t)], axis=1)) - [cx, cy]
    a = np.deg2rad(angle)
    u, v = points @ [np.cos(a), np.sin(a)], points @ [-np.sin(a), np.cos(a)]
    np.testing.assert_allclose((u / rx) ** 2 + (v / ry) ** 2, 1.0, atol=1e-9)
    assert rx >= ry


def test_a_sensor_keeps_shape_and_adds_its_noise():
    rng = np.random.default_rng(0)
    flat = np.full((60, 80), 128.0, dtype=np.float32)
    picture = expose(flat, Sensor(noise=4.0), rng)
    assert picture.shape == (60, 80)
    assert picture.dtype == np.uint8
    assert picture.std() == pytest.approx(4.0, rel=0.1)
    squeezed = expose(flat, Sensor(noise=4.0, jpeg_quality=40, shrink=1.5), rng)
    assert squeezed.std() < picture.std()
