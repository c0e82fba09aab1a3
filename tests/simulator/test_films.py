"""Films and the files that come with them."""

import filecmp
import json

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.calibration import pixels_to_cm
from napari_mazetrack.maze.trials import load_trials
from napari_mazetrack.simulator import FilmPainter, Scenario, render_film, simulate_trial, write_trials
from napari_mazetrack.simulator.scenario import Course
from napari_mazetrack.tracking.track_files import load_track

QUICK = Scenario("quick", fps=10, shape=(240, 320), search_s=3, course=Course.ESCAPE)
SIZES = [(240, 320), (300, 400), (480, 480)]


def decoded(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    list(write_trials([QUICK], folder, seed=4))
    return folder


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_a_film_shows_the_animal_where_the_truth_says(tmp_path, shape):
    scenario = Scenario("s", fps=8, shape=shape, search_s=3, course=Course.FILM_ENDS)
    trial = simulate_trial(scenario, 11)
    path = tmp_path / "film.mp4"
    assert list(render_film(trial, path))[-1] == trial.n_frames
    frames = decoded(path)
    assert len(frames) == trial.n_frames
    assert frames[0].shape == shape
    empty = frames[0].astype(float)
    late = [i for i in range(trial.n_frames) if trial.frame_time_s[i] > trial.truth.release_s + 1.2]
    for i in late[:: max(1, len(late) // 6)]:
        pose = trial.pose(i)
        x0, y0, x1, y1 = trial.box(pose).astype(int)
        inside = np.abs(frames[i] - empty)[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1]
        elsewhere = np.abs(frames[i] - empty)
        assert inside.mean() > 4 * elsewhere.mean()


def test_the_empty_pool_can_be_repainted_and_the_animal_lies_over_it():
    trial = simulate_trial(QUICK, 4)
    index = next(i for i in range(trial.n_frames) if trial.pose(i) is not None)
    plain, white = FilmPainter(trial).frame(index), FilmPainter(trial, lambda luma: luma.fill(255)).frame(index)
    assert white.mean() > 235 > plain.mean()
    x, y = np.round(trial.pose(index).keypoints_xy[1]).astype(int)
    assert white[y, x] < 200


def test_a_frame_is_the_same_whenever_it_is_painted():
    trial = simulate_trial(QUICK, 4)
    first, second = FilmPainter(trial), FilmPainter(trial)
    first.frame(3)
    np.testing.assert_array_equal(first.frame(30), second.frame(30))


def test_all_files_are_there_and_agree(folder):
    (row,) = load_trials(folder / "trials.csv")
    truth = json.loads((folder / f"{row.trial}.truth.json").read_text())
    arena = load_arena(folder / row.arena, film_hw=QUICK.shape)
    track = load_track(folder / f"{row.trial}.truth.csv")
    frames = decoded(folder / row.film)
    assert len(frames) == track.n_frames == truth["n_frames"]
    assert row.release_s == pytest.approx(truth["release_s"], abs=1e-3)
    assert truth["end_reason"] == "escaped"
    swims = (track.time_s >= truth["release_s"]) & (track.time_s <= truth["end_s"])
    path_cm = pixels_to_cm(arena, track.path_xy()[swims])
    length = np.linalg.norm(np.diff(path_cm, axis=0), axis=1).sum()
    assert length == pytest.approx(truth["path_length_cm"], rel=0.05)  # 10 frames a second cut its corners and ends
    end = pixels_to_cm(arena, track.path_xy()[-1])
    platform = truth["platforms_cm"]["platform"]
    assert np.hypot(end[0] - platform["x"], end[1] - platform["y"]) < platform["half_cm"]


def test_labelled_frames_are_frames_of_the_film(folder):
    from PIL import Image

    lines = (folder / "labels.csv").read_text().splitlines()[3:]
    assert len(lines) == 8
    (row,) = load_trials(folder / "trials.csv")
    track = load_track(folder / f"{row.trial}.truth.csv")
    frames = decoded(folder / row.film)
    for line in lines:
        name, *cells = line.split(",")
        index = int(name[-8:-4])
        picture = np.asarray(Image.open(folder / name)).astype(float)
        assert np.abs(picture - frames[index]).mean() < 4
        np.testing.assert_allclose(np.array(cells, dtype=float).reshape(3, 2), track.keypoints_xy[index, 0], atol=2e-3)


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    list(write_trials([QUICK], tmp_path, seed=4))
    for path in sorted(folder.rglob("*.*")):
        assert filecmp.cmp(tmp_path / path.relative_to(folder), path, shallow=False), path.name


def test_the_command_names_the_scenarios_when_it_does_not_know_one(tmp_path):
    result = CliRunner().invoke(app, ["simulate", "--scenario", "flying", "--out", str(tmp_path / "o")])
    assert "touch_and_leave" in str(result.exception)
    assert not (tmp_path / "o").exists()
