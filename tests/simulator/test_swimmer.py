"""The painted animal agrees with its keypoints."""

import numpy as np
import pytest

from napari_mazetrack.simulator.canvas import Stencil, Window, ellipse_points
from napari_mazetrack.simulator.swimmer import (
    Bend,
    SwimmerLook,
    box_of,
    lay_swimmer,
    make_pose,
    mirror_pose,
    paint_swimmer,
)

PLAIN = SwimmerLook(luma=0.0, mottle=0.0, tail_alpha=0.0, edge_px=0.3)
HEADINGS = [0.0, 0.7, np.pi / 2, 2.6, -1.9]


STRAIGHT = Bend()


def painted(look, heading, length=40.0, bend=STRAIGHT, smear=(0.0, 0.0), cover=None):
    picture = np.full((160, 200), 200.0, dtype=np.float32)
    pose = make_pose(np.array([100.0, 80.0]), heading, length, bend, look.tail_length)
    patch = paint_swimmer(pose, look, np.random.default_rng(0), smear)
    lay_swimmer(picture, patch, look, pose.length_px, cover)
    return picture, pose


def dark_pixels(picture, below=100):
    rows, columns = np.nonzero(picture < below)
    return np.stack([columns, rows], axis=1).astype(float)


@pytest.mark.parametrize("heading", HEADINGS)
def test_keypoints_lie_on_the_painted_body(heading):
    picture, pose = painted(PLAIN, heading)
    head, body, tail = pose.keypoints_xy
    ahead = np.array([np.cos(heading), np.sin(heading)])
    np.testing.assert_allclose(head, body + 20 * ahead, atol=1e-9)
    np.testing.assert_allclose(tail, body - 20 * ahead, atol=1e-9)
    dark = dark_pixels(picture)
    assert np.linalg.norm(dark.mean(axis=0) - body) < 1.5
    along = (dark - body) @ ahead
    assert along.max() == pytest.approx(20, abs=3.0)  # the nose is thin: its last pixels are pale
    assert along.min() == pytest.approx(-20, abs=2.0)


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_tail_hangs_at_the_rear(heading):
    look = SwimmerLook(luma=0.0, mottle=0.0, tail_alpha=1.0, tail_luma=0.0, tail_width=0.08)
    picture, pose = painted(look, heading)
    along = (dark_pixels(picture) - pose.keypoints_xy[1]) @ [np.cos(heading), np.sin(heading)]
    assert along.min() < -40
    assert along.max() < 21


def test_a_turning_animal_bends_its_nose_to_the_side_it_turns_to():
    _, pose = painted(PLAIN, 0.0, bend=Bend(body=1.0))
    head, body, tail = pose.keypoints_xy
    np.testing.assert_allclose(body, [100, 80])
    assert head[1] > 80
    assert tail[1] > 80  # an arc: both ends lie on its inner side
    assert pose.length_px == pytest.approx(40.0)


def test_the_box_holds_the_body_without_its_tail():
    _, pose = painted(PLAIN, 0.0)
    x0, y0, x1, y1 = box_of(pose, PLAIN)
    assert (x0, x1) == (pytest.approx(80, abs=0.5), pytest.approx(120, abs=0.5))
    assert y1 - y0 == pytest.approx(0.34 * 40, rel=0.1)


def test_motion_smears_but_does_not_shift():
    still, _ = painted(PLAIN, 0.0)
    smeared, _ = painted(PLAIN, 0.0, smear=(12.0, 0.0))
    weight = 200 - smeared
    centre = (weight * np.arange(200)).sum() / weight.sum()
    weight_still = 200 - still
    centre_still = (weight_still * np.arange(200)).sum() / weight_still.sum()
    assert centre == pytest.approx(centre_still, abs=0.6)
    assert (smeared < 190).sum() > (still < 190).sum()


def test_what_covers_the_animal_hides_it():
    picture, _ = painted(PLAIN, 0.0, cover=np.ones((160, 200), dtype=np.float32))
    np.testing.assert_array_equal(picture, 200.0)


def test_a_mirror_image_lies_behind_the_wall():
    pose = make_pose(np.array([10.0, 0.0]), 1.0, 8.0, Bend(), 0.8)
    image = mirror_pose(pose, np.array([20.0, 0.0]), np.array([1.0, 0.0]), 1.0)
    np.testing.assert_allclose(image.spine_xy[:, 0], 40 - pose.spine_xy[:, 0])
    np.testing.assert_allclose(image.spine_xy[:, 1], pose.spine_xy[:, 1])


@pytest.mark.parametrize("supersample", [2, 3, 4])
def test_a_stencil_covers_what_it_draws_without_a_shift(supersample):
    rng = np.random.default_rng(1)
    shifts, areas = [], []
    for _ in range(60):
        centre = rng.uniform(20, 25, 2)
        mask = Stencil(Window(0, 0, 45, 45), supersample)
        mask.polygon(ellipse_points(centre, (9.0, 6.0), rng.uniform(0, 3), 48))
        array = mask.array()
        rows, columns = np.nonzero(array)
        weights = array[rows, columns]
        shifts.append([np.average(columns, weights=weights), np.average(rows, weights=weights)] - centre)
        areas.append(array.sum())
    assert np.abs(np.mean(shifts, axis=0)).max() < 0.03  # a half sub-pixel would be 0.125 or more
    # Half a sub-pixel more all round is how Pillow fills a polygon.
    assert np.mean(areas) == pytest.approx(np.pi * (9 + 0.5 / supersample) * (6 + 0.5 / supersample), rel=0.03)
