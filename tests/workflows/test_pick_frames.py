"""Frames to label, picked from a film on the disk."""

from dataclasses import replace

import av
import numpy as np
import pytest
import tifffile

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import LabelRecord, Project
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.tracking.track_nc import save_track_nc
from napari_mazetrack.video import Film, open_film
from napari_mazetrack.workflows.pick_frames import PickRequest, Way, pick_frames

N, HW, GROUP = 300, (96, 128), 4


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """An animal that sits for two thirds of the film, then walks to the right, a pixel every second frame."""
    path = tmp_path_factory.mktemp("film") / "sits.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "10"})
        stream.height, stream.width, stream.pix_fmt, stream.gop_size = *HW, "yuv420p", GROUP
        for i in range(N):
            luma = np.full(HW, 180, np.uint8)
            x = 20 + max(0, i - 200) // 2
            luma[40:52, x : x + 12] = 30
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.repeat(luma[..., None], 3, 2), "rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def read(monkeypatch):
    """The frames that are read, in this order."""
    frames = []
    whole = Film.luma
    monkeypatch.setattr(Film, "luma", lambda film, frame: (frames.append(frame), whole(film, frame))[1])
    return frames


def label(film_path, project_path, frames):
    """Label frames in a new project."""
    animal = LabelledInstance(np.array([[30.0, 20.0], [25.0, 20.0], [20.0, 20.0]]), np.full(3, 2, np.uint8))
    with Project.create(project_path) as project, open_film(film_path) as film:
        record = project.add_film(film)
        for frame in frames:
            project.labels.put(LabelRecord(record.film_id, frame, (animal,)))
    return project_path


@pytest.mark.parametrize("way", [Way.EVENLY, Way.DIFFERENT])
def test_the_sitting_animal_is_picked_once(film, way, tmp_path):
    frames = run_to_end(pick_frames(PickRequest(film, 8, way)))
    assert len(frames) == 8
    assert frames == sorted(frames)
    assert sum(frame <= 200 for frame in frames) == 1
    project = label(film, tmp_path / "mice.mazetrack", frames)
    again = run_to_end(pick_frames(PickRequest(film, 8, way, project)))
    assert again
    assert not set(again) & set(frames)
    assert all(frame > 200 for frame in again)  # it sat there when it was labelled


def test_no_more_frames_are_read_than_it_takes(tmp_path, write_blob_film, read):
    film = write_blob_film(tmp_path / "circles.mp4", n_frames=1000)
    assert len(run_to_end(pick_frames(PickRequest(film, 12, Way.EVENLY)))) == 12
    assert len(read) <= 40


def test_of_a_long_film_frames_are_compared_that_need_no_others(tmp_path, write_blob_film, read):
    film = write_blob_film(tmp_path / "circles.mp4", n_frames=12_000)  # 60 frames a part, a keyframe every 50
    assert len(run_to_end(pick_frames(PickRequest(film, 12, Way.DIFFERENT)))) == 12
    assert len(read) == 200
    assert sum(frame % 50 == 0 for frame in read) >= 190
    assert np.diff(read).max() <= 150  # and they are everywhere in the film


def test_a_stack_of_pictures_without_times(tmp_path):
    stack = np.full((30, 48, 64), 180, np.uint8)
    stack[:10, 20:30, 5:15] = 20
    stack[10:, 20:30, 40:50] = 20
    tifffile.imwrite(tmp_path / "two.tif", stack)
    frames = run_to_end(pick_frames(PickRequest(tmp_path / "two.tif", 5, Way.DIFFERENT)))
    assert [frame < 10 for frame in frames] == [True, False]


def test_a_film_without_so_many_different_frames_gives_fewer(film):
    frames = run_to_end(pick_frames(PickRequest(film, 250, Way.EVENLY)))
    assert 20 <= len(frames) <= 101


def track_of(film_id: str) -> Track:
    """An animal at one place, seen in every frame."""
    points = np.tile(np.array([[30.0, 20.0], [25.0, 20.0], [20.0, 20.0]]), (N, 1, 1, 1))
    sigma = np.ones((N, 1, 3))
    return Track(
        time_s=np.arange(N) / 25,
        animals=("animal_1",),
        score=np.ones((N, 1), np.float32),
        box_xyxy=np.zeros((N, 1, 4), np.float32),
        keypoints_xy=points,
        sigma_px=sigma,
        source=np.full((N, 1), Source.DETECTED, np.uint8),
        raw_keypoints_xy=points.astype(np.float32),
        raw_sigma_px=sigma.astype(np.float32),
        attributes={"film_id": film_id},
    )


def test_doubtful_frames_are_those_of_the_track(film, tmp_path):
    with open_film(film) as opened:
        track = track_of(opened.film_id)
    track.raw_sigma_px[[240, 280]] = 20.0
    save_track_nc(track, tmp_path / "sits.tracks.nc")
    request = PickRequest(film, 2, Way.UNSURE, track=tmp_path / "sits.tracks.nc")
    assert run_to_end(pick_frames(request)) == [240, 280]
    save_track_nc(track_of("other"), tmp_path / "other.tracks.nc")
    for wrong, said in ((None, "has no track yet"), (tmp_path / "other.tracks.nc", "the track of another film")):
        with pytest.raises(MazetrackError, match=said):
            run_to_end(pick_frames(replace(request, track=wrong)))


def test_it_tells_how_far_it_is_and_lets_go_when_cancelled(film):
    job = pick_frames(PickRequest(film, 5, Way.DIFFERENT))
    reports = [next(job) for _ in range(3)]
    job.close()
    assert [report.done for report in reports[1:]] == [0, 1]
    assert reports[1].total == 200


def test_what_it_tells_is_how_many_are_found(film):
    job = pick_frames(PickRequest(film, 30, Way.EVENLY))
    done = [report.done for report in job if report.total == 30]
    assert done[0] == 0
    assert done == sorted(done)
    assert 0 < max(done) < 30  # 30 are never found before the end, and here there are fewer of them
