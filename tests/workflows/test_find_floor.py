"""Whether the pattern of a film's floor is taken out, and what that does to a track."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import sample_data_folder, shipped_model_path
from napari_mazetrack.runtime import Runner, RunnerOptions, open_runner
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.video import Film, UnreadableFrameError, open_film
from napari_mazetrack.workflows import find_floor as find_floor_workflow
from napari_mazetrack.workflows.find_floor import FoundFloor, find_floor
from napari_mazetrack.workflows.track import TrackRequest, track_film

SAMPLE = sample_data_folder() / "pool_hidden.mp4"
ARENA = sample_data_folder() / "arena_hidden.json"
HW = (400, 400)
FIRST_FRAME, STEP = 100, 2
N_FRAMES = 100


def with_pebbles(path: Path, *, moves_px: int = 0) -> Path:
    """Write frames of the sample film with pebbles on the pool's floor; the camera moves in the middle, if at all."""
    import av
    from scipy import ndimage

    noise = ndimage.gaussian_filter(np.random.default_rng(5).standard_normal((HW[0], HW[1] + 40)), 2.5)
    pebbles = 45 * noise / noise.std()
    with open_film(SAMPLE) as film, av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=15, options={"preset": "veryfast", "crf": "14", "threads": "1"})
        stream.height, stream.width, stream.pix_fmt = *HW, "yuv420p"
        for i in range(N_FRAMES):
            shift = moves_px if i >= N_FRAMES // 2 else 0
            luma = film.luma(FIRST_FRAME + STEP * i) + pebbles[:, 20 + shift : 20 + shift + HW[1]]
            picture = np.clip(np.roll(luma, -shift, axis=1) if shift else luma, 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def pebbly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_pebbles(tmp_path_factory.mktemp("floor") / "pebbles.mp4")


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with open_runner(read_model_file(shipped_model_path(in_int8=True)), RunnerOptions()) as runner:
        yield runner


@pytest.fixture(scope="module")
def in_pool() -> TrackSettings:
    return TrackSettings(pool=load_arena(ARENA, HW).pool)


def found_in(
    film_path: Path,
    runner: Runner,
    settings: TrackSettings,
    floor: Floor = Floor.AUTO,
    tracked: range = range(N_FRAMES),
) -> FoundFloor:
    with open_film(film_path) as film:
        return run_to_end(find_floor(film, runner, settings, floor, tracked))


def test_pebbles_in_a_known_pool_are_taken_out(pebbly: Path, runner: Runner, in_pool: TrackSettings) -> None:
    found = found_in(pebbly, runner, in_pool)
    assert found.kind == Floor.PATTERNED
    assert found.pattern is not None
    assert found.warnings == ()
    with open_film(pebbly) as film:
        luma = film.luma(50)
    floor = np.s_[150:250, 100:180]
    assert np.std(found.pattern.take_out(luma)[floor].astype(int)) < np.std(luma[floor].astype(int)) / 3


@pytest.mark.parametrize("floor", [Floor.PLAIN, Floor.AUTO])
def test_pictures_stay_where_it_is_said_so_or_no_pool_is_known(pebbly: Path, runner: Runner, floor: Floor) -> None:
    assert found_in(pebbly, runner, TrackSettings(), floor) == FoundFloor()


def test_without_a_pool_the_pattern_goes_where_it_is_said_so(pebbly: Path, runner: Runner) -> None:
    assert found_in(pebbly, runner, TrackSettings(), Floor.PATTERNED).kind == Floor.PATTERNED


def test_plain_water_stays_as_it_is(runner: Runner, in_pool: TrackSettings) -> None:
    assert found_in(SAMPLE, runner, in_pool) == FoundFloor()


def test_an_animal_on_plain_ground_is_no_pattern(tmp_path: Path, runner: Runner, write_blob_film: Callable) -> None:
    film = write_blob_film(tmp_path / "spot.mp4", N_FRAMES)  # the spot is a twelfth of this floor
    assert found_in(film, runner, TrackSettings(pool=Ellipse(48, 32, 36, 28))) == FoundFloor()


def test_a_camera_that_moved_is_told(tmp_path: Path, runner: Runner, in_pool: TrackSettings) -> None:
    moved = with_pebbles(tmp_path / "moved.mp4", moves_px=15)
    found = found_in(moved, runner, in_pool, Floor.PATTERNED)
    assert found.pattern is None
    assert "the camera moved" in found.warnings[0]


def test_what_is_not_tracked_does_not_matter(tmp_path: Path, runner: Runner, in_pool: TrackSettings) -> None:
    moved = with_pebbles(tmp_path / "moved.mp4", moves_px=15)
    found = found_in(moved, runner, in_pool, tracked=range(N_FRAMES // 2, N_FRAMES))
    assert found.kind == Floor.PATTERNED
    assert found.warnings == ()


def test_the_first_frame_need_not_be_readable(
    pebbly: Path, runner: Runner, in_pool: TrackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Film.luma

    def luma(film: Film, frame_index: int) -> np.ndarray:
        if frame_index == 0:
            raise UnreadableFrameError("Frame 0 cannot be decoded.")
        return read(film, frame_index)

    monkeypatch.setattr(Film, "luma", luma)
    assert found_in(pebbly, runner, in_pool).kind == Floor.PATTERNED


def test_too_few_frames_are_told(
    pebbly: Path, runner: Runner, in_pool: TrackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_floor_workflow, "LEAST_FRAMES", N_FRAMES + 1)
    found = found_in(pebbly, runner, in_pool, Floor.PATTERNED)
    assert found.pattern is None
    assert f"{N_FRAMES + 1} frames" in found.warnings[0]


def test_the_animal_is_found_among_pebbles(pebbly: Path, tmp_path: Path) -> None:
    as_sample = run_to_end(track_film(TrackRequest(SAMPLE, arena=ARENA, out_dir=tmp_path / "sample")))
    truth = as_sample.track.path_xy()[FIRST_FRAME : FIRST_FRAME + STEP * N_FRAMES : STEP]
    request = TrackRequest(pebbly, arena=ARENA, out_dir=tmp_path / "auto")
    flat = run_to_end(track_film(request))
    plain = run_to_end(track_film(replace(request, floor=Floor.PLAIN, out_dir=tmp_path / "plain")))

    def share_right(track: np.ndarray) -> float:
        return float(np.mean(np.linalg.norm(track - truth, axis=1) < 5))

    assert share_right(flat.track.path_xy()) == 1.0
    assert share_right(plain.track.path_xy()) < 0.9
    assert load_track(flat.nc).attributes["floor"] == "patterned"
    assert load_track(plain.nc).attributes["floor"] == "plain"


def test_going_on_gives_the_same_bytes(pebbly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from napari_mazetrack.workflows import track as track_workflow

    monkeypatch.setattr(track_workflow, "REPORT_EVERY_S", 0.0)
    whole = run_to_end(track_film(TrackRequest(pebbly, arena=ARENA, out_dir=tmp_path / "whole")))
    request = TrackRequest(pebbly, arena=ARENA, out_dir=tmp_path / "parts")
    job = track_film(request)
    for report in job:
        if report.stage.startswith("Tracking") and report.done >= N_FRAMES // 2:
            break
    job.close()
    resumed = run_to_end(track_film(replace(request, resume=True)))
    assert resumed.csv.read_bytes() == whole.csv.read_bytes()


def test_an_unfinished_track_goes_on_only_with_the_pool_and_animals_of_its_floor(
    pebbly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_mazetrack.workflows import track as track_workflow

    monkeypatch.setattr(track_workflow, "REPORT_EVERY_S", 0.0)
    request = TrackRequest(pebbly, arena=ARENA, out_dir=tmp_path)
    job = track_film(request)
    for report in job:
        if report.stage.startswith("Tracking") and report.done >= N_FRAMES // 2:
            break
    job.close()
    with pytest.raises(MazetrackError, match="floor_beside_animals: 1, now 2"):
        run_to_end(track_film(replace(request, resume=True, settings=TrackSettings(n_animals=2))))


def test_a_floor_that_stayed_as_it_is_counts_as_what_was_asked_for(tmp_path: Path) -> None:
    moved = with_pebbles(tmp_path / "moved.mp4", moves_px=15)
    request = TrackRequest(moved, arena=ARENA, out_dir=tmp_path, floor=Floor.PATTERNED)
    first = run_to_end(track_film(request))
    assert first.track.attributes["floor"] == "plain"
    assert run_to_end(track_film(replace(request, resume=True))).was_finished


def test_a_finished_track_is_not_taken_for_one_of_another_floor(pebbly: Path, tmp_path: Path) -> None:
    request = TrackRequest(pebbly, arena=ARENA, out_dir=tmp_path)
    run_to_end(track_film(request))
    assert run_to_end(track_film(replace(request, resume=True))).was_finished
    assert run_to_end(track_film(replace(request, resume=True, floor=Floor.PATTERNED))).was_finished
    with pytest.raises(MazetrackError, match="other settings"):
        run_to_end(track_film(replace(request, resume=True, floor=Floor.PLAIN)))
