"""Corrections: project, track on the screen and track in the files are one."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.project import FilmRecord, LabelOrigin, LabelRecord, Project, RunRecord
from napari_mazetrack.tracking.detections import PartHeader, RawDetections
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.tracking.track_files import load_track, save_track_csv, save_track_nc
from napari_mazetrack.widgets.correct.correction_session import CorrectionSession, end_of_heading
from napari_mazetrack.workflows.correct import Correctable, corrections_of, load_correctable, save_corrected

FILM_ID = "f" * 32
N_FRAMES = 40
#: From this frame on, the first after a pause of the camera, the detector takes the tail for the head.
FLIPPED_FROM = 20
HEAD, BODY, TAIL = range(3)
RUN = RunRecord("track-f", "track", FILM_ID, "m" * 64, (), {})


def detections():
    """A mouse that lies still, 30 px long; its ends are exchanged from `FLIPPED_FROM` on, frame 5 is something else."""
    frames = []
    for i in range(N_FRAMES):
        ahead = -15.0 if i >= FLIPPED_FROM else 15.0
        x = 112.0 if i == 5 else 100.0
        points = np.array([[[x + ahead, 100], [x, 100], [x - ahead, 100]]], np.float32)
        box = np.array([[x - 20, 80, x + 20, 120]], np.float32)
        score, sigma = np.full(1, 0.9, np.float32), np.full((1, 3), 1.0, np.float32)
        frames.append(Instances(score, box, points, sigma))
    return RawDetections.from_instances(PartHeader(FILM_ID, "m" * 64, N_FRAMES, n_slots=2), frames)


@pytest.fixture
def correctable():
    attributes = {"film_name": "pool.mp4", "film_id": FILM_ID}
    time_s = np.arange(N_FRAMES) / 10
    time_s[FLIPPED_FROM:] += 3
    return Correctable(detections(), time_s, TrackSettings(smoothing=False), attributes)


def add_film(project):
    project.films.put(FilmRecord(FILM_ID, ("pool.mp4",), N_FRAMES, 200, 200))


@pytest.fixture
def corrections(correctable, tmp_path):
    project = Project.create(tmp_path / "pool.mazetrack")
    add_film(project)
    yield CorrectionSession(project, FILM_ID, correctable)
    project.close()


def same_track(a, b):
    for name in ("keypoints_xy", "sigma_px", "source", "score"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_a_point_is_where_it_was_put(corrections):
    corrections.set_point(10, HEAD, (120.5, 93.25))
    np.testing.assert_allclose(corrections.track.keypoints_xy[10, 0, HEAD], [120.5, 93.25], atol=0.1)
    assert corrections.track.source[10, 0] == Source.CORRECTED
    assert corrections.n_corrections == 1


def test_ends_are_exchanged_up_to_where_the_animal_turns(corrections):
    head_x = corrections.track.keypoints_xy[:, 0, HEAD, 0]
    assert head_x[FLIPPED_FROM] < 100  # so it lies the wrong way round, and nothing told the program
    last = corrections.swap_from(FLIPPED_FROM)
    assert last == N_FRAMES - 1
    assert (corrections.track.keypoints_xy[FLIPPED_FROM:, 0, HEAD, 0] > 100).all()
    assert (corrections.track.keypoints_xy[6:FLIPPED_FROM, 0, HEAD, 0] > 100).all()


def test_the_end_of_a_heading_is_found(corrections):
    assert end_of_heading(corrections.track, 0, 0) == FLIPPED_FROM - 1
    assert end_of_heading(corrections.track, FLIPPED_FROM, 0) == N_FRAMES - 1
    assert end_of_heading(corrections.track, N_FRAMES - 1, 0) == N_FRAMES - 1


def test_what_is_not_the_animal_goes(corrections):
    assert corrections.track.keypoints_xy[5, 0, BODY, 0] == 112
    assert corrections.reject(5)
    assert corrections.track.keypoints_xy[5, 0, BODY, 0] == pytest.approx(100, abs=0.5)
    assert corrections.track.source[5, 0] == Source.INTERPOLATED
    assert not corrections.reject(5)
    assert corrections.n_corrections == 1


def test_frames_without_the_animal_are_missing(corrections):
    corrections.mark_missing(12, 9)
    assert (corrections.track.source[9:13, 0] == Source.MISSING).all()
    assert np.isnan(corrections.track.keypoints_xy[9:13]).all()


def test_an_animal_is_put_where_it_was_not_found(corrections):
    corrections.mark_missing(8, 24)
    corrections.put_from_to(12, (60, 80), (60, 110))
    np.testing.assert_allclose(corrections.track.keypoints_xy[12, 0], [[60, 110], [60, 95], [60, 80]], atol=0.1)
    assert corrections.put_at(18, (70, 90))
    np.testing.assert_allclose(corrections.track.keypoints_xy[18, 0, BODY], [70, 90], atol=0.1)
    assert corrections.track.source[[12, 18], 0].tolist() == [Source.CORRECTED] * 2
    assert corrections.n_corrections == 3
    corrections.undo()
    corrections.undo()
    assert (corrections.track.source[8:25, 0] == Source.MISSING).all()


def test_a_click_puts_nothing_where_there_is_no_pose_to_take(corrections):
    corrections.mark_missing(0, N_FRAMES - 1)
    assert not corrections.put_at(18, (70, 90))
    assert corrections.n_corrections == 1


@pytest.mark.parametrize("animal", [0, 1])
def test_an_animal_that_was_never_found_is_drawn(correctable, tmp_path, animal):
    settings_of_two = replace(correctable.settings, n_animals=2)
    empty = RawDetections.from_instances(
        PartHeader(FILM_ID, "m" * 64, N_FRAMES, n_slots=2), [Instances.empty(3)] * N_FRAMES
    )
    with Project.create(tmp_path / "never.mazetrack") as project:
        add_film(project)
        session = CorrectionSession(project, FILM_ID, replace(correctable, detections=empty, settings=settings_of_two))
        assert not session.put_at(12, (70, 90), animal)
        session.put_from_to(12, (60, 80), (60, 110), animal)
        np.testing.assert_allclose(session.track.keypoints_xy[12, animal], [[60, 110], [60, 95], [60, 80]], atol=0.1)
        assert session.put_at(18, (70, 90), animal)
        np.testing.assert_allclose(session.track.keypoints_xy[18, animal, BODY], [70, 90], atol=0.1)


def test_two_animals_are_exchanged_from_a_frame_on(correctable, tmp_path):
    with Project.create(tmp_path / "two.mazetrack") as project:
        add_film(project)
        session = CorrectionSession(
            project, FILM_ID, replace(correctable, settings=replace(correctable.settings, n_animals=2))
        )
        session.put(10, np.array([[30.0, 20], [20, 20], [10, 20]]), animal=1)
        before = session.track
        session.exchange(6, 0, 1)
        np.testing.assert_array_equal(session.track.raw_keypoints_xy[6:], before.raw_keypoints_xy[6:, ::-1])
        np.testing.assert_array_equal(session.track.raw_keypoints_xy[:6], before.raw_keypoints_xy[:6])
        np.testing.assert_allclose(session.track.keypoints_xy[10, 0, BODY], (20, 20), atol=0.5)
        session.undo()
        same_track(session.track, before)


def test_a_correction_that_does_not_fit_is_not_kept(corrections):
    before = corrections.track
    with pytest.raises(MazetrackError, match="whose last frame is 39"):
        corrections.swap(3, N_FRAMES)
    assert corrections.n_corrections == 0
    assert corrections.track is before


def test_corrected_frames_become_labels_once(corrections):
    corrections.set_point(7, BODY, (104, 97))
    corrections.set_point(9, TAIL, (80, 99))
    corrections.swap(12, 13)
    assert corrections.use_for_training() == 2
    labels = {label.frame_index: label for label in corrections.project.labels.of_film(FILM_ID)}
    assert {frame: label.origin for frame, label in labels.items()} == {
        7: LabelOrigin.CORRECTED,
        9: LabelOrigin.CORRECTED,
    }
    (animal,) = labels[7].instances
    np.testing.assert_allclose(animal.keypoints_xy, corrections.points(7))
    np.testing.assert_allclose(animal.keypoints_xy[BODY], (104, 97))
    assert corrections.use_for_training() == 0
    corrections.undo()
    assert len(corrections.project.labels) == 0
    assert corrections.n_corrections == 3


def test_a_label_that_a_person_drew_stays(corrections):
    corrections.set_point(7, BODY, (104, 97))
    drawn = LabelRecord(FILM_ID, 7, ())
    corrections.project.labels.put(drawn)
    assert corrections.use_for_training() == 0
    assert corrections.project.labels.get(FILM_ID, 7) == drawn


def test_undo_of_another_edit_leaves_the_track(corrections):
    corrections.set_point(3, HEAD, (110, 110))
    corrections.project.settings.put("trial_events/another film", [])
    before = corrections.track
    corrections.undo()
    assert corrections.track is before
    corrections.undo()
    assert corrections.n_corrections == 0


def test_undo_does_not_take_the_film_away(corrections):
    corrections.undo()
    corrections.set_point(3, HEAD, (110, 110))
    assert corrections.n_corrections == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, N_FRAMES - 1), st.integers(0, 2)),
        st.tuples(st.just("swap"), st.integers(0, N_FRAMES - 1), st.just(0)),
        st.tuples(st.just("missing"), st.integers(0, N_FRAMES - 1), st.integers(0, N_FRAMES - 1)),
        st.tuples(st.sampled_from(["put", "click"]), st.integers(0, N_FRAMES - 1), st.just(0)),
        st.tuples(st.just("reject"), st.integers(0, N_FRAMES - 1), st.just(0)),
        st.tuples(st.sampled_from(["undo", "redo", "reopen"]), st.just(0), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_project_screen_and_files_agree_after_any_steps(correctable, tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("steps")
    project = Project.create(folder / "pool.mazetrack")
    add_film(project)
    session = CorrectionSession(project, FILM_ID, correctable)
    for step, a, b in steps:
        if step == "set":
            session.set_point(a, b, (90.0 + a, 95.0 + b))
        elif step == "swap":
            session.swap_from(a)
        elif step == "missing":
            session.mark_missing(a, b)
        elif step == "reject":
            session.reject(a)
        elif step == "put":
            session.put_from_to(a, (80.0 + a, 100.0), (110.0 + a, 104.0))
        elif step == "click":
            session.put_at(a, (95.0 + a, 102.0))
        elif step == "reopen":
            project.close()
            project = Project.open(folder / "pool.mazetrack")
            session = CorrectionSession(project, FILM_ID, correctable)
        else:
            getattr(session, step)()
        same_track(session.track, correctable.compute(corrections_of(project, FILM_ID)))
    path = folder / "pool.tracks.nc"
    save_track_nc(correctable.compute(()), path, detections=correctable.detections)
    save_corrected(session.track, correctable, path)
    same_track(load_track(path), session.track)
    save_track_csv(session.track, folder / "expected.csv")
    assert path.with_suffix(".csv").read_text() == (folder / "expected.csv").read_text()
    project.close()


def test_a_corrected_file_can_be_corrected_again(corrections, correctable, tmp_path):
    path = tmp_path / "pool.tracks.nc"
    save_track_nc(correctable.compute(()), path, detections=correctable.detections)
    corrections.set_point(3, HEAD, (110, 110))
    save_corrected(corrections.track, correctable, path)
    again = load_correctable(path)
    assert again.settings == correctable.settings
    same_track(again.compute(corrections_of(corrections.project, FILM_ID)), corrections.track)
    same_track(again.compute(()), correctable.compute(()))
    assert json.loads(again.detections.header.to_json()) == json.loads(correctable.detections.header.to_json())
    assert replace(again.settings, n_animals=2) != correctable.settings


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.set_point(N_FRAMES, HEAD, (1, 1)),
        lambda session: session.put_from_to(N_FRAMES, (1, 1), (9, 9)),
        lambda session: session.put_at(N_FRAMES, (1, 1)),
        lambda session: session.exchange(N_FRAMES, 0, 1),
        lambda session: session.swap(3, N_FRAMES),
        lambda session: session.swap_from(N_FRAMES),
        lambda session: session.mark_missing(N_FRAMES, 3),
        lambda session: session.reject(N_FRAMES),
        lambda session: session.pose(N_FRAMES),
    ],
)
def test_nothing_can_be_corrected_beyond_the_end_of_the_film(corrections, change):
    with pytest.raises(MazetrackError, match=r"^Frame 40 lies beyond the end of the film, whose last frame is 39\.$"):
        change(corrections)
    assert corrections.n_corrections == 0
    assert corrections.points(N_FRAMES).shape == (3, 2)
    assert np.isnan(corrections.points(N_FRAMES)).all()


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda project: project.runs.put(RUN), "a tracking"),
        (lambda project: project.trials.put(Trial(FILM_ID, TrialKind.PROBE)), "a trial"),
        (lambda project: project.labels.put(LabelRecord(FILM_ID, 2, ())), "a label"),
        (lambda project: project.settings.put("default_model", "a"), "a choice for the project"),
    ],
)
def test_undo_leaves_what_another_panel_made_and_tells_it(corrections, put, said):
    corrections.set_point(3, HEAD, (110, 110))
    put(corrections.project)
    n_revisions = len(corrections.project.history())
    with pytest.raises(MazetrackError, match=f"^Nothing is undone: the newest edit is {said}, which was not made in"):
        corrections.undo()
    assert len(corrections.project.history()) == n_revisions
    assert corrections.n_corrections == 1


def test_undo_takes_back_answers_frames_for_training_and_another_trial(corrections):
    project = corrections.project
    for kind in (TrialKind.HIDDEN, TrialKind.PROBE):
        project.trials.put(Trial(FILM_ID, kind))
    corrections.set_point(3, HEAD, (110, 110))
    corrections.use_for_training()
    project.settings.put(f"review_answers/{FILM_ID}", [])
    for _ in range(4):
        corrections.undo()
    assert (len(project.labels), len(project.settings), corrections.n_corrections) == (0, 0, 0)
    assert project.trials.get(FILM_ID).kind == TrialKind.HIDDEN
