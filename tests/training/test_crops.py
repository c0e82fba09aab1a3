"""Views of pictures: every point stays on its pixel, boxes are made after turning, chance is seeded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.detector.spec import PriorSpec
from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.training.augmentation import LookSettings, change_look
from napari_mazetrack.training.crops import View, cut_crop, draw_view, see_animals
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.pictures import TrainingPicture


def spot_picture(x, y, size=(200, 300), radius=3):
    rows, columns = np.mgrid[: size[0], : size[1]]
    luma = np.where((rows - y) ** 2 + (columns - x) ** 2 <= radius**2, 255, 20)
    return luma.astype(np.uint8)


def centroid(crop):
    weight = np.clip(crop - 60, 0, None).astype(float)
    rows, columns = np.mgrid[: crop.shape[0], : crop.shape[1]]
    return np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()


@given(
    angle=st.floats(0, 2 * np.pi),
    scale=st.floats(0.3, 1.7),
    mirror=st.sampled_from([-1.0, 1.0]),
    place=st.tuples(st.floats(20, 75), st.floats(20, 75)),
)
def test_a_spot_is_where_its_label_says(angle, scale, mirror, place):
    picture = spot_picture(150, 100, radius=6)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag([mirror / scale, 1 / scale])
    view = View(matrix, np.array([150, 100]) - matrix @ np.array(place), 96)
    np.testing.assert_allclose(view.to_crop(np.array([150.0, 100.0])), place, atol=1e-6)
    np.testing.assert_allclose(centroid(cut_crop(picture, view)), place, atol=0.15)


def test_the_identity_view_is_the_picture():
    luma = np.random.default_rng(0).integers(0, 256, (96, 96)).astype(np.uint8)
    np.testing.assert_allclose(cut_crop(luma, View(np.eye(2), np.zeros(2), 96)), luma, atol=0.01)


@pytest.mark.parametrize(("repeat_border", "level"), [(True, 200), (False, 0)])
def test_outside_of_the_picture(repeat_border, level):
    luma = np.full((40, 40), 200, np.uint8)
    crop = cut_crop(luma, View(np.eye(2), np.array([-100.0, -100.0]), 64, repeat_border))
    np.testing.assert_allclose(crop, level, atol=0.5)


def test_turned_points_make_the_box():
    """The box of a turned animal is as tight as that of a straight one."""
    points = np.array([[[100.0, 50], [120, 50], [140, 50]]])
    turn = np.array([[0.0, -1], [1, 0]])
    truth = see_animals(points, View(turn, np.array([120, 50]) - turn @ np.array([48.0, 48.0]), 96))
    np.testing.assert_allclose(truth.box_xyxy[0], box_from_keypoints(truth.keypoints_xy[0]), atol=1e-4)
    np.testing.assert_allclose(truth.box_xyxy[0, 2:] - truth.box_xyxy[0, :2], [16, 56], atol=1e-4)


def test_head_stays_head_in_a_mirror():
    points = np.array([[[30.0, 50], [50, 50], [70, 50]]])
    truth = see_animals(points, View(np.diag([-1.0, 1.0]), np.array([95.0, 0.0]), 96))
    np.testing.assert_allclose(truth.keypoints_xy[0], [[65, 50], [45, 50], [25, 50]])


@pytest.mark.parametrize(
    ("points", "n", "ignored", "labelled"),
    [
        ([[40, 40], [50, 50], [60, 60]], 1, [False], [[True, True, True]]),
        ([[80, 40], [90, 40], [100, 40]], 1, [False], [[True, True, False]]),  # its tail is outside
        ([[90, 40], [100, 40], [110, 40]], 1, [True], [[True, False, False]]),  # most of it is outside
        ([[300, 300], [310, 300], [320, 300]], 0, [], np.zeros((0, 3))),
        ([[np.nan] * 2, [50, 50], [np.nan] * 2], 1, [True], [[False, True, False]]),  # of unknown size
        ([[np.nan] * 2] * 3, 0, [], np.zeros((0, 3))),
    ],
)
def test_what_is_seen_of_an_animal(points, n, ignored, labelled):
    truth = see_animals(np.array([points], float), View(np.eye(2), np.zeros(2), 96))
    assert len(truth.box_xyxy) == n
    assert truth.ignored.tolist() == ignored
    np.testing.assert_array_equal(truth.labelled, labelled)


def test_views_cover_every_heading_and_many_sizes():
    picture = TrainingPicture(np.zeros((240, 320), np.uint8), np.array([[[100.0, 100], [120, 100], [140, 100]]]), "")
    rng = np.random.default_rng(0)
    views = [draw_view(picture, 96, rng) for _ in range(400)]
    axes = np.array([v.to_crop(picture.keypoints_xy[0, 0]) - v.to_crop(picture.keypoints_xy[0, 2]) for v in views])
    headings = np.histogram(np.arctan2(axes[:, 1], axes[:, 0]), bins=8, range=(-np.pi, np.pi))[0]
    assert headings.min() > 20
    lengths = np.linalg.norm(axes, axis=1)
    assert lengths.min() < 18
    assert lengths.max() > 50
    assert {float(np.sign(np.linalg.det(v.matrix))) for v in views} == {-1.0, 1.0}


def test_a_crop_depends_on_its_place_alone():
    picture = TrainingPicture(spot_picture(150, 100), np.array([[[140.0, 100], [150, 100], [160, 100]]]), "")
    crops = CropSet([[picture]], PriorSpec(), seed=4)
    luma, targets = crops.batch(2, 5, (3, 64))
    again, targets_again = crops.batch(2, 5, (3, 64))
    assert luma.shape == (3, 1, 64, 64)
    assert (luma == again).all()
    assert (targets.box == targets_again.box).all()
    assert not (crops.batch(2, 6, (3, 64))[0] == luma).all()
    assert not (crops.batch(3, 5, (3, 64))[0] == luma).all()


def test_looks_change_but_leave_the_points_free():
    always = LookSettings(shading=1, distractors=1, blur=0, noise=0, jpeg=0, invert=0)
    crop = np.full((96, 96), 128, np.float32)
    points = np.array([[[48.0, 48], [np.nan, np.nan], [60, 60]]], np.float32)
    plain = LookSettings(shading=0, distractors=0, blur=0, noise=0, jpeg=0, invert=0, gamma=1, contrast=1, brightness=0)
    assert (change_look(crop, points, np.random.default_rng(0), plain) == 128).all()
    only_distractors = LookSettings(**{**vars(plain), "distractors": 1.0})
    for seed in range(30):
        changed = change_look(crop, points, np.random.default_rng(seed), only_distractors)
        assert changed[48, 48] == changed[60, 60] == 128
        assert change_look(crop, points, np.random.default_rng(seed), always).dtype == np.uint8


def test_views_without_an_animal_seek_what_might_be_taken_for_one():
    rng = np.random.default_rng(0)
    luma = np.full((400, 400), 128, np.uint8)
    luma[40:100, 300:360] = rng.integers(0, 255, (60, 60))
    picture = TrainingPicture(luma, np.zeros((0, 3, 2)), "patch")
    centres = [view.matrix @ (47.5, 47.5) + view.offset for view in (draw_view(picture, 96, rng) for _ in range(300))]
    at_patch = np.mean([abs(x - 330) < 50 and abs(y - 70) < 50 for x, y in centres])
    assert at_patch > 0.15  # a sixteenth of the picture
