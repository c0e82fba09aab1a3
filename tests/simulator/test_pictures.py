"""Single training pictures and their table."""

import csv

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.simulator import textures
from napari_mazetrack.simulator.camera import CameraPlace, make_camera
from napari_mazetrack.simulator.picture import simulate_picture
from napari_mazetrack.simulator.picture_files import LABELS_NAME, SEED_STEP, LabelRow, write_labels, write_pictures
from napari_mazetrack.simulator.pool import PoolLook, paint_pool


@pytest.fixture(scope="module")
def pictures():
    return [simulate_picture(seed) for seed in range(60)]


def test_one_seed_one_picture(pictures):
    again = simulate_picture(7)
    np.testing.assert_array_equal(again.luma, pictures[7].luma)
    np.testing.assert_array_equal(again.keypoints_xy, pictures[7].keypoints_xy)
    assert simulate_picture(8).luma.shape != again.luma.shape or (simulate_picture(8).luma != again.luma).any()


def test_pictures_are_of_many_sizes_and_kinds(pictures):
    assert {p.luma.dtype for p in pictures} == {np.dtype(np.uint8)}
    assert len({p.luma.shape for p in pictures}) >= 6
    empty = sum(p.keypoints_xy is None for p in pictures)
    assert 1 <= empty <= 14
    assert 0.6 < np.mean([p.is_pool for p in pictures]) < 0.95


def test_points_lie_in_their_picture_and_spread_like_an_animal(pictures):
    lengths, headings = [], []
    for picture in pictures:
        if picture.keypoints_xy is None:
            continue
        points = picture.keypoints_xy
        height, width = picture.luma.shape
        seen = points[np.isfinite(points).all(axis=1)]
        assert ((seen > -0.5) & (seen < [width - 0.5, height - 0.5])).all()
        if len(seen) == 3:
            head, _, tail = points
            lengths.append(np.hypot(*(head - tail)))
            headings.append(np.arctan2(*(head - tail)[::-1]))
    assert len(lengths) > 35
    assert min(lengths) > 8
    assert max(lengths) <= 200
    assert abs(np.exp(1j * np.array(headings)).mean()) < 0.35  # every direction


def test_an_animal_differs_from_what_is_around_it(pictures):
    """Grey levels along the spine differ from those a body length aside, in nearly every picture."""
    told_apart = []
    for picture in pictures:
        points = picture.keypoints_xy
        if points is None or not np.isfinite(points).all():
            continue
        head, body, tail = points
        spine = body + np.linspace(-0.25, 0.25, 9)[:, None] * (head - tail)
        x, y = np.round(spine).astype(int).T
        inside = picture.luma[y, x].astype(float).mean()
        reach = max(6, round(np.hypot(*(head - tail))))
        x0, y0 = np.round(body).astype(int)
        around = picture.luma[max(0, y0 - reach) : y0 + reach, max(0, x0 - reach) : x0 + reach]
        told_apart.append(abs(inside - np.median(around)) > 10)
    assert np.mean(told_apart) > 0.85


def test_the_table_reads_back(tmp_path):
    assert list(write_pictures(tmp_path, 4, seed=3)) == [1, 2, 3, 4]
    rows = list(csv.reader((tmp_path / LABELS_NAME).open()))
    assert rows[1] == ["bodyparts", "head", "head", "body", "body", "tail", "tail"]
    assert rows[2] == ["coords", "x", "y", "x", "y", "x", "y"]
    for i, row in enumerate(rows[3:]):
        expected = simulate_picture(3 * SEED_STEP + i)
        with Image.open(tmp_path / row[0]) as image:
            np.testing.assert_array_equal(np.asarray(image), expected.luma)
        points = np.array([float(cell) if cell else np.nan for cell in row[1:]]).reshape(3, 2)
        truth = np.full((3, 2), np.nan) if expected.keypoints_xy is None else expected.keypoints_xy
        np.testing.assert_allclose(points, truth, atol=6e-4)


def test_a_missing_point_is_an_empty_cell(tmp_path):
    points = np.array([[1.0, 2.0], [np.nan, np.nan], [3.0, 4.5]])
    write_labels(tmp_path / "t.csv", [LabelRow("a.png", points), LabelRow("b.png", None)])
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[3] == "a.png,1.000,2.000,,,3.000,4.500"
    assert lines[4] == "b.png,,,,,,"


def test_nothing_is_overwritten_unasked(tmp_path):
    (tmp_path / LABELS_NAME).write_text("mine")
    with pytest.raises(MazetrackError, match="--force"):
        list(write_pictures(tmp_path, 1, seed=0))
    assert (tmp_path / LABELS_NAME).read_text() == "mine"


def test_the_command_writes_pictures(tmp_path):
    result = CliRunner().invoke(app, ["simulate", "--pictures", "2", "--out", str(tmp_path / "p")])
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in (tmp_path / "p").iterdir()) == [LABELS_NAME, "sim000000.png", "sim000001.png"]


@pytest.mark.parametrize("options", [["--pictures", "0"], ["--pictures", "2", "--trials", "1"], ["--trials", "0"]])
def test_wrong_usage_is_refused(tmp_path, options):
    result = CliRunner().invoke(app, ["simulate", "--out", str(tmp_path / "p"), *options])
    assert result.exit_code == 2
    assert not (tmp_path / "p").exists()


def test_cut_outs_hang_over_the_rim_and_hide_what_is_below():
    camera = make_camera(CameraPlace(height_cm=200.0), (480, 480), 3.0, (240.0, 240.0))

    def paint(n_hangings):
        look = PoolLook(radius_cm=60.0, n_cues=0, n_hangings=n_hangings)
        return paint_pool(np.random.default_rng(4), camera, look, None)

    without, some = paint(0), paint(5)
    is_changed = np.abs(some.luma - without.luma) > 10
    y, x = np.nonzero(is_changed)
    from_centre = np.hypot(x - 240, y - 240) / (60 * 3.0)
    assert is_changed.sum() > 500
    assert (from_centre > 0.5).all()
    assert (from_centre < 1.4).all()
    in_water = is_changed & (without.cover == 0)
    assert in_water.sum() > 100
    assert some.cover[in_water].mean() > 0.7


@pytest.mark.parametrize("pattern", textures._PATTERNS)
def test_a_texture_lies_on_the_water_alone(monkeypatch, pattern):
    monkeypatch.setattr(textures, "_PATTERNS", (pattern,))
    camera = make_camera(CameraPlace(200.0), (240, 320), 1.8, (160.0, 120.0))
    luma = np.full(camera.shape, 120, np.float32)
    textures.add_texture(np.random.default_rng(1), luma, camera, 60.0)
    is_water = np.hypot(*camera.plane_coordinates(0.0)) < 60
    assert np.ptp(luma[is_water]) > 4
    assert (luma[~is_water] == 120).all()
