"""Tracking a film: whole files or none, the same bytes again, going on, and what is refused."""

from __future__ import annotations

import csv
import filecmp
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.progress import Progress, run_to_end
from napari_mazetrack.runtime import RunnerOptions
from napari_mazetrack.tracking import path_sketch
from napari_mazetrack.tracking.corrections import SetKeypoint
from napari_mazetrack.tracking.detections import read_part
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.time_range import TimeRange
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.tracking.track_nc import load_detections_nc
from napari_mazetrack.video import Timing, open_film
from napari_mazetrack.workflows import track as track_workflow
from napari_mazetrack.workflows.correct import load_correctable, save_corrected
from napari_mazetrack.workflows.track import OutputPaths, TrackRequest, refuse_same_outputs, track_film
from napari_mazetrack.workflows.track_progress import TrackProgress

N_FRAMES = 60


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, write_blob_film: Callable) -> Path:
    return write_blob_film(tmp_path_factory.mktemp("films") / "pool.mp4", N_FRAMES)


@pytest.fixture
def request_(film: Path, blob_model: Path, tmp_path: Path) -> TrackRequest:
    return TrackRequest(film, blob_model, out_dir=tmp_path / "out")


def cancelled_at(request: TrackRequest, monkeypatch: pytest.MonkeyPatch, n_frames: int) -> Path:
    """Track until `n_frames` frames are recorded, then cancel; return the part file."""
    monkeypatch.setattr(track_workflow, "REPORT_EVERY_S", 0.0)
    job = track_film(request)
    for report in job:
        if report.stage.startswith("Tracking") and report.done >= n_frames:
            break
    job.close()
    return OutputPaths.of(request.film, request.out_dir).part


def test_a_film_becomes_both_files_and_nothing_else(request_: TrackRequest, blob_xy: Callable) -> None:
    outcome = run_to_end(track_film(request_))
    assert sorted(path.name for path in request_.out_dir.iterdir()) == ["pool.tracks.csv", "pool.tracks.nc"]
    truth = np.array([blob_xy(i) for i in range(N_FRAMES)])
    np.testing.assert_allclose(outcome.track.path_xy(), truth, atol=1.0)
    np.testing.assert_array_equal(outcome.track.source, Source.DETECTED)
    np.testing.assert_allclose(outcome.track.time_s, np.arange(N_FRAMES) / 25, atol=1e-6)
    with outcome.csv.open() as handle:
        rows = list(csv.DictReader(handle))
    assert [int(row["frame_index"]) for row in rows] == list(range(N_FRAMES))
    assert float(rows[7]["body_x"]) == pytest.approx(truth[7, 0], abs=1.0)
    assert outcome.warnings == ()


def test_the_files_say_how_they_were_made(request_: TrackRequest, blob_model: Path) -> None:
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.tracking.track_files import load_track
    from napari_mazetrack.video import open_film

    attributes = load_track(run_to_end(track_film(request_)).nc).attributes
    with open_film(request_.film) as film:
        assert attributes["film_id"] == film.film_id
    assert attributes["model_hash"] == read_model_file(blob_model).sha256
    said = {
        name: attributes[name]
        for name in ("film_name", "film_width", "film_height", "model_name", "precision", "backend")
    }
    assert said == {
        "film_name": "pool.mp4",
        "film_width": 96,
        "film_height": 64,
        "model_name": "blob.onnx",
        "precision": "fp32",
        "backend": "openvino",
    }
    assert TrackSettings.from_json(attributes["settings"]) == request_.settings


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_two_runs_give_the_same_bytes(request_: TrackRequest, tmp_path: Path, backend: str) -> None:
    outcomes = [
        run_to_end(track_film(replace(request_, options=RunnerOptions(backend), out_dir=tmp_path / name)))
        for name in ("first", "second")
    ]
    assert filecmp.cmp(outcomes[0].csv, outcomes[1].csv, shallow=False)
    assert filecmp.cmp(outcomes[0].nc, outcomes[1].nc, shallow=False)


def test_progress_counts_up_and_names_the_back_end(request_: TrackRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track_workflow, "REPORT_EVERY_S", 0.0)
    reports: list[Progress] = list(track_film(request_))
    done = [report.done for report in reports if report.stage == "Tracking pool.mp4"]
    assert done[-1] == N_FRAMES
    assert all(a <= b for a, b in pairwise(done))
    assert any(report.message.startswith("Running on openvino") and "fastest" in report.message for report in reports)


def test_the_path_so_far_comes_with_the_progress(
    request_: TrackRequest, monkeypatch: pytest.MonkeyPatch, blob_xy: Callable
) -> None:
    monkeypatch.setattr(track_workflow, "REPORT_EVERY_S", 0.0)
    monkeypatch.setattr(path_sketch, "TAKE_EVERY_S", 0.0)
    reports = [report for report in track_film(request_) if isinstance(report, TrackProgress)]
    assert [len(report.path_xy) for report in reports] == [report.done for report in reports]
    np.testing.assert_allclose(reports[-1].path_xy, [blob_xy(i) for i in range(reports[-1].done)], atol=1.0)
    with open_film(request_.film) as film:
        assert {report.film_id for report in reports} == {film.film_id}


def test_a_tracking_that_is_left_waiting_goes_on_to_the_same_bytes(
    request_: TrackRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run_to_end(track_film(replace(request_, out_dir=tmp_path / "undisturbed")))
    monkeypatch.setattr(track_workflow, "REPORT_EVERY_S", 0.0)
    for report in track_film(request_):
        if report.stage.startswith("Tracking") and report.done in (1, 30):
            time.sleep(0.2)  # frames are decoded and computed meanwhile as far as there is room
    assert filecmp.cmp(request_.out_dir / expected.csv.name, expected.csv, shallow=False)


def test_results_lie_beside_the_film_by_default(request_: TrackRequest, tmp_path: Path) -> None:
    copy = tmp_path / "here.mp4"
    copy.write_bytes(request_.film.read_bytes())
    outcome = run_to_end(track_film(replace(request_, film=copy, out_dir=None)))
    assert outcome.csv == tmp_path / "here.tracks.csv"


def test_results_are_replaced_by_force_only(request_: TrackRequest) -> None:
    outcome = run_to_end(track_film(request_))
    expected = outcome.csv.read_bytes()
    outcome.csv.write_text("mine")
    with pytest.raises(MazetrackError, match=r"exists already.*--force"):
        run_to_end(track_film(request_))
    assert outcome.csv.read_text() == "mine"
    run_to_end(track_film(replace(request_, force=True)))
    assert outcome.csv.read_bytes() == expected


def test_an_unfinished_tracking_is_neither_lost_nor_taken_silently(
    request_: TrackRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = cancelled_at(request_, monkeypatch, 20)
    with pytest.raises(MazetrackError, match=r"unfinished tracking.*--resume.*--force"):
        run_to_end(track_film(request_))
    assert read_part(part).n_recorded >= 20
    run_to_end(track_film(replace(request_, force=True)))
    assert not part.exists()


@pytest.mark.parametrize("n_frames", [1, 20, N_FRAMES])
@pytest.mark.parametrize("torn_bytes", [0, 7])
def test_resuming_gives_the_bytes_of_an_undisturbed_run(
    request_: TrackRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_frames: int, torn_bytes: int
) -> None:
    expected = run_to_end(track_film(replace(request_, out_dir=tmp_path / "undisturbed")))
    part = cancelled_at(request_, monkeypatch, n_frames)
    os.truncate(part, part.stat().st_size - torn_bytes)
    messages = []
    job = track_film(replace(request_, resume=True))
    while True:
        try:
            messages.append(next(job).message)
        except StopIteration as stop:
            outcome = stop.value
            break
    assert any(message.startswith("Going on at frame") for message in messages) or n_frames == 1
    assert filecmp.cmp(outcome.csv, expected.csv, shallow=False)
    assert filecmp.cmp(outcome.nc, expected.nc, shallow=False)
    assert not part.exists()


def test_a_crash_between_the_two_files_is_mended(
    request_: TrackRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_mazetrack.tracking import track_files

    expected = run_to_end(track_film(replace(request_, out_dir=tmp_path / "undisturbed")))
    with monkeypatch.context() as broken:
        broken.setattr(track_files, "save_track_csv", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_to_end(track_film(request_))
    assert sorted(path.name for path in request_.out_dir.iterdir()) == ["pool.tracks.nc", "pool.tracks.part"]
    outcome = run_to_end(track_film(replace(request_, resume=True)))
    assert filecmp.cmp(outcome.csv, expected.csv, shallow=False)
    assert sorted(path.name for path in request_.out_dir.iterdir()) == ["pool.tracks.csv", "pool.tracks.nc"]


def test_resuming_what_is_finished_takes_it_as_it_is(request_: TrackRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_to_end(track_film(request_))
    before = first.csv.stat().st_mtime_ns
    monkeypatch.setattr(track_workflow, "_detect", lambda *_: pytest.fail("tracked again"))
    outcome = run_to_end(track_film(replace(request_, resume=True)))
    assert outcome.was_finished
    assert outcome.csv.stat().st_mtime_ns == before
    np.testing.assert_allclose(outcome.track.path_xy(), first.track.path_xy(), atol=1e-3)


def test_resuming_with_another_film_or_model_is_refused(
    request_: TrackRequest, tmp_path: Path, write_blob_film: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_blob_film(tmp_path / "pool.mp4", N_FRAMES + 1)
    part = cancelled_at(request_, monkeypatch, 20)
    with pytest.raises(MazetrackError, match="begun with something else"):
        run_to_end(track_film(replace(request_, film=other, resume=True)))
    with pytest.raises(MazetrackError, match=r"begun with something else.*onnxruntime"):
        run_to_end(track_film(replace(request_, options=RunnerOptions("onnxruntime"), resume=True)))
    part.unlink()
    run_to_end(track_film(request_))
    with pytest.raises(MazetrackError, match="of another film or model, or with other settings"):
        run_to_end(track_film(replace(request_, film=other, resume=True)))


def test_resume_and_force_together_are_refused(request_: TrackRequest) -> None:
    with pytest.raises(MazetrackError, match="give one of them"):
        run_to_end(track_film(replace(request_, resume=True, force=True)))


def test_corrected_times_are_used_and_recorded(request_: TrackRequest) -> None:
    track = run_to_end(track_film(replace(request_, timing=Timing(fps=5.0)))).track
    np.testing.assert_allclose(track.time_s, np.arange(N_FRAMES) / 5)
    assert track.attributes["timing"] == "fps=5.0"


RANGE = TimeRange(0.4, 1.6)  # frames 10 to 40 of 60, both included


def test_a_range_is_tracked_as_it_is_in_the_whole_film(request_: TrackRequest, tmp_path: Path) -> None:
    whole = run_to_end(track_film(replace(request_, out_dir=tmp_path / "whole"))).track
    outcome = run_to_end(track_film(replace(request_, time_range=RANGE)))
    track = outcome.track
    assert track.tracked_frames == range(10, 41)
    np.testing.assert_array_equal(track.time_s, whole.time_s)
    is_known = np.isfinite(track.path_xy()).all(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(is_known), np.arange(10, 41))
    np.testing.assert_array_equal(track.raw_keypoints_xy[10:41, 0, 1], whole.raw_keypoints_xy[10:41, 0, 1])
    np.testing.assert_allclose(track.path_xy()[10:41], whole.path_xy()[10:41], atol=0.5)
    assert outcome.warnings == ()
    assert load_track(outcome.nc).tracked_frames == range(10, 41)
    assert whole.tracked_frames == range(N_FRAMES)


def test_a_range_gives_the_same_bytes_again_and_when_it_goes_on(
    request_: TrackRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = replace(request_, time_range=RANGE)
    expected = run_to_end(track_film(replace(asked, out_dir=tmp_path / "undisturbed")))
    cancelled_at(asked, monkeypatch, 12)
    outcome = run_to_end(track_film(replace(asked, resume=True)))
    assert filecmp.cmp(outcome.csv, expected.csv, shallow=False)
    assert filecmp.cmp(outcome.nc, expected.nc, shallow=False)


def test_a_range_goes_on_with_the_same_range_only(request_: TrackRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(request_, time_range=RANGE)
    part = cancelled_at(asked, monkeypatch, 12)
    with pytest.raises(MazetrackError, match=r"begun with something else \(frames: 10 to 40, now all\)"):
        run_to_end(track_film(replace(request_, resume=True)))
    with pytest.raises(MazetrackError, match="frames: 10 to 40, now 10 to 59"):
        run_to_end(track_film(replace(asked, time_range=TimeRange(0.4), resume=True)))
    assert part.exists()
    run_to_end(track_film(replace(asked, resume=True)))
    assert run_to_end(track_film(replace(asked, resume=True))).was_finished
    with pytest.raises(MazetrackError, match="another range"):
        run_to_end(track_film(replace(request_, resume=True)))


def test_a_range_that_is_the_whole_film_is_the_whole_film(request_: TrackRequest, tmp_path: Path) -> None:
    whole = run_to_end(track_film(request_))
    everything = replace(request_, time_range=TimeRange(0.0, 1e6), out_dir=tmp_path / "everything")
    assert filecmp.cmp(whole.nc, run_to_end(track_film(everything)).nc, shallow=False)


def test_a_range_without_a_frame_is_told_before_anything_is_written(request_: TrackRequest) -> None:
    with pytest.raises(MazetrackError, match=r"lies from 99 s to the end: its last one is at 2\.36"):
        run_to_end(track_film(replace(request_, time_range=TimeRange(99.0))))
    assert not request_.out_dir.exists()


def test_the_track_of_a_range_can_be_corrected(request_: TrackRequest) -> None:
    outcome = run_to_end(track_film(replace(request_, time_range=RANGE)))
    correctable = load_correctable(outcome.nc)
    corrected = correctable.compute([SetKeypoint(50, 0, "body", 20.0, 30.0)])
    assert corrected.tracked_frames == range(10, 51)  # what a person put outside of it counts
    save_corrected(corrected, correctable, outcome.nc)
    assert load_track(outcome.nc).tracked_frames == range(10, 51)
    np.testing.assert_array_equal(correctable.compute([]).source, outcome.track.source)


def test_nothing_outside_the_pool_is_the_animal(request_: TrackRequest, blob_xy: Callable) -> None:
    pool = Ellipse(30, 32, 28, 30)  # the spot circles round (48, 32) with rx 24, so half of its way lies outside
    track = run_to_end(track_film(replace(request_, arena=Arena(pool)))).track
    path = track.path_xy()
    found = np.isfinite(path).all(axis=1)
    margin = 1 + TrackSettings().pool_margin
    assert (np.hypot((path[found, 0] - 30) / 28, (path[found, 1] - 32) / 30) <= margin + 0.02).all()
    truth = np.array([blob_xy(i) for i in range(N_FRAMES)])
    is_inside = np.hypot((truth[:, 0] - 30) / 28, (truth[:, 1] - 32) / 30) < 0.95
    assert found[is_inside].all()
    assert 0 < is_inside.sum() < N_FRAMES


@pytest.mark.parametrize(
    ("arena", "message"),
    [
        (Arena(Ellipse(500, 32, 20, 20)), "does not fit the film"),
        (Arena(Ellipse(60, 60, 60, 60), units="cm", diameter_cm=120), "in centimetres, but the film is in pixels"),
        (Arena(Ellipse(48, 32, 30, 30), y_axis="up"), "counts y upwards"),
    ],
)
def test_an_arena_that_is_not_of_this_film_is_refused(request_: TrackRequest, arena: Arena, message: str) -> None:
    with pytest.raises(MazetrackError, match=message):
        run_to_end(track_film(replace(request_, arena=arena)))
    assert not request_.out_dir.exists()


def test_in_a_wide_picture_the_pool_alone_is_looked_at(
    request_: TrackRequest, tmp_path: Path, write_blob_film: Callable, blob_xy: Callable
) -> None:
    hw = (128, 384)
    film = write_blob_film(tmp_path / "wide.mp4", 8, hw)  # in all of the picture, the spot is too small to be found
    alone = run_to_end(track_film(replace(request_, film=film, out_dir=tmp_path / "alone")))
    assert not alone.track.source.any()
    outcome = run_to_end(track_film(replace(request_, film=film, arena=Arena(Ellipse(265, 78, 40, 40)))))
    assert outcome.track.source.any()
    found = load_detections_nc(outcome.nc).instances.keypoints_xy[:, 1]
    np.testing.assert_allclose(found, [blob_xy(i, hw) for i in range(8)], atol=1.5)


def test_a_pool_that_never_holds_the_animal_is_said(request_: TrackRequest) -> None:
    outcome = run_to_end(track_film(replace(request_, arena=Arena(Ellipse(4, 4, 4, 4)))))
    assert outcome.warnings == ("No animal was found inside the pool: is this the arena of this film?",)
    assert outcome.track.attributes["warnings"] == outcome.warnings[0]


def test_a_film_without_an_animal_is_said(
    request_: TrackRequest, tmp_path: Path, write_blob_film: Callable, blob_model_proto: Callable
) -> None:
    model = tmp_path / "doubtful.onnx"
    model.write_bytes(blob_model_proto(least=5000.0, score_threshold=0.9).SerializeToString())
    outcome = run_to_end(track_film(replace(request_, model=model)))
    assert "No animal was found in any frame" in outcome.warnings[0]
    assert not outcome.track.source.any()
    assert (load_detections_nc(outcome.nc).count == 1).all()  # faint instances are kept beside the track
    again = replace(request_, model=model, arena=Arena(Ellipse(60, 40, 40, 40)), force=True)
    assert "is this the arena of this film" in run_to_end(track_film(again)).warnings[0]


def test_a_cut_off_film_is_tracked_as_far_as_it_goes(
    request_: TrackRequest, tmp_path: Path, write_blob_film: Callable, blob_xy: Callable
) -> None:
    cut = write_blob_film(tmp_path / "cut.mkv", 200)
    os.truncate(cut, int(cut.stat().st_size * 0.6))
    outcome = run_to_end(track_film(replace(request_, film=cut)))
    assert any("cut off" in warning for warning in outcome.warnings)
    found = np.isfinite(outcome.track.path_xy()).all(axis=1)
    assert 60 < found.sum() < 200
    truth = np.array([blob_xy(i) for i in np.flatnonzero(found)])
    np.testing.assert_allclose(outcome.track.path_xy()[found], truth, atol=1.0)


def test_unreadable_frames_are_missing_and_counted(request_: TrackRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    from napari_mazetrack.video import Film

    original = Film.iter_luma

    def with_a_hole(self: Film, start: int = 0, stop: int | None = None) -> Iterator:
        yield from ((i, None if 10 <= i < 50 else luma) for i, luma in original(self, start, stop))

    monkeypatch.setattr(Film, "iter_luma", with_a_hole)
    outcome = run_to_end(track_film(replace(request_, settings=TrackSettings(max_gap_s=0.5))))
    assert outcome.warnings == (f"40 of {N_FRAMES} frames could not be read; they are marked missing.",)
    np.testing.assert_array_equal(outcome.track.source[10:50], Source.MISSING)
    assert np.isnan(outcome.track.path_xy()[10:50]).all()
    assert (outcome.track.source[:10] == Source.DETECTED).all()


def write_text_film(path: Path) -> Path:
    path.write_text("this is not a film")
    return path


def write_ffconcat(path: Path) -> Path:
    secret = write_text_film(path.parent / "secret.txt")
    path.write_text(f"ffconcat version 1.0\nfile {secret}\n")
    return path


def write_audio(path: Path) -> Path:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 44100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


BAD_FILMS = {
    "missing": lambda path: path,
    "text": write_text_film,
    "ffconcat": write_ffconcat,
    "audio only": write_audio,
    "folder": make_folder,
    "empty": lambda path: (path.touch(), path)[1],
}


@pytest.mark.parametrize("make", BAD_FILMS.values(), ids=BAD_FILMS.keys())
def test_a_bad_film_is_told_in_a_sentence_and_leaves_nothing(
    request_: TrackRequest, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    film = make(tmp_path / "bad.mp4")
    with pytest.raises(MazetrackError) as caught:
        run_to_end(track_film(replace(request_, film=film)))
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not request_.out_dir.exists()


def test_a_bad_model_is_told_before_anything_is_written(request_: TrackRequest, tmp_path: Path) -> None:
    foreign = write_text_film(tmp_path / "foreign.onnx")
    with pytest.raises(MazetrackError, match="no ONNX file"):
        run_to_end(track_film(replace(request_, model=foreign)))
    assert not request_.out_dir.exists()


def test_a_backend_that_is_missing_leaves_nothing(request_: TrackRequest) -> None:
    with pytest.raises(MazetrackError, match="--backend auto"):
        run_to_end(track_film(replace(request_, options=RunnerOptions("tensorrt"))))
    assert not request_.out_dir.exists()


def test_an_output_folder_that_is_a_file_is_told(request_: TrackRequest, tmp_path: Path) -> None:
    blocked = write_text_film(tmp_path / "blocked")
    with pytest.raises(MazetrackError, match="Choose another"):
        run_to_end(track_film(replace(request_, out_dir=blocked)))
    assert blocked.read_text() == "this is not a film"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_without_permission_is_told(request_: TrackRequest, tmp_path: Path) -> None:
    locked = make_folder(tmp_path / "locked")
    locked.chmod(0o500)
    with pytest.raises(MazetrackError, match="Choose another"):
        run_to_end(track_film(replace(request_, out_dir=locked)))


def test_a_folder_that_is_too_full_is_told_before_the_work(
    request_: TrackRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = track_workflow.shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(track_workflow.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(MazetrackError, match=r"0\.0 MB left.*Free some space"):
        run_to_end(track_film(request_))
    assert not request_.out_dir.exists()


@pytest.mark.skipif(os.name == "nt", reason="file size limits are a thing of Unix")
@pytest.mark.parametrize("limit", [2_000, 29_000])
def test_a_disk_that_fills_up_is_told_and_can_be_resumed(request_: TrackRequest, tmp_path: Path, limit: int) -> None:
    """The system refuses to let any file grow beyond `limit`: first the detections hit it, then the results."""
    import resource
    import sys

    command = [
        *(sys.executable, "-m", "napari_mazetrack.cli.main", "track", str(request_.film)),
        *("--model", str(request_.model), "--out", str(request_.out_dir)),
    ]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert result.returncode == 1
    assert "Could not write" in result.stderr
    assert "Traceback" not in result.stderr
    assert [path.suffix for path in request_.out_dir.iterdir()] == [".part"]
    expected = run_to_end(track_film(replace(request_, out_dir=tmp_path / "undisturbed")))
    outcome = run_to_end(track_film(replace(request_, resume=True)))
    assert filecmp.cmp(outcome.csv, expected.csv, shallow=False)


def test_films_of_one_name_are_refused_or_kept_apart() -> None:
    films = [Path("day1/Pool.mp4"), Path("day2/pool.avi")]
    with pytest.raises(MazetrackError, match=r"day1/Pool\.mp4 and day2/pool\.avi would both"):
        refuse_same_outputs(films, Path("out"))
    refuse_same_outputs(films, None)
    with pytest.raises(MazetrackError, match="would both"):
        refuse_same_outputs([Path("a/pool.mp4"), Path("a/pool.avi")], None)
