"""What stands on the disk for a film (track, corrections, arena, trial, model), in a Track panel without a window."""

from dataclasses import replace

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.notifications import notification_manager
from npe2 import PluginManager
from qtpy.QtCore import QThreadPool

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import Project
from napari_mazetrack.project.default_model import set_default_model
from napari_mazetrack.review.event_marks import EventKind, EventMark
from napari_mazetrack.runtime.options import Backend
from napari_mazetrack.tracking.corrections import CORRECTIONS_DIGEST, SetKeypoint
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets import reader
from napari_mazetrack.widgets.arena.arena_choice import ArenaChoice
from napari_mazetrack.widgets.films import sample_films
from napari_mazetrack.widgets.films.film_layer import FILM_FPS, adopt_stack, film_layer_from_path, note_film
from napari_mazetrack.widgets.label.label_widget import LabelWidget
from napari_mazetrack.widgets.overlay.overlays import PATH, ROLE
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.track.measuring import WHICH_PLATFORM
from napari_mazetrack.widgets.track.track_widget import TrackWidget
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice
from napari_mazetrack.widgets.track.trial_choice import TrialChoice
from napari_mazetrack.widgets.window import ask
from napari_mazetrack.workflows.correct import append_correction, load_correctable, put_marks, save_corrected
from napari_mazetrack.workflows.track import TrackRequest, track_film

ARENA = Arena(Ellipse(48, 32, 30, 28), diameter_cm=100.0, platforms={"SW": Platform("circle", 40, 40, 4)})
#: Where a person says that the body is, in which frame.
FRAME, BODY, XY = 7, 1, (11.0, 22.0)


@pytest.fixture
def film(tmp_path, write_blob_film):
    return write_blob_film(tmp_path / "pool.mp4", 30)


@pytest.fixture
def project_path(film):
    return film.with_suffix(".mazetrack")


@pytest.fixture
def nc(film, blob_model):
    """The film's track, as a command line made it."""
    return run_to_end(track_film(TrackRequest(film, blob_model))).nc


@pytest.fixture
def open_panel(qtbot, monkeypatch):
    """Open a film in a viewer with a Track panel, as often as wanted; return the panel."""
    crashes, panels = [], []
    monkeypatch.setattr(notification_manager, "receive_error", lambda *error: crashes.append(error))
    monkeypatch.setattr(ask, "ask_to_replace", lambda *_: True)
    notification_manager.records.clear()

    def open_one(film):
        viewer = ViewerModel()
        monkeypatch.setattr(reader.napari, "current_viewer", lambda: viewer)
        if film is not None:
            viewer.add_layer(Layer.create(*film_layer_from_path(film)))
        panel = TrackWidget(viewer)
        qtbot.addWidget(panel)
        panels.append(panel)
        settled(qtbot, panel)
        return panel

    yield open_one
    for panel in panels:
        panel.shut_down()
    assert QThreadPool.globalInstance().waitForDone(5000)
    assert crashes == []


def settled(qtbot, panel):
    runners = panel._follower._reading, panel._follower._looking, panel._measuring, panel.correct._loading
    qtbot.waitUntil(lambda: not any(runner.is_running for runner in runners), timeout=20_000)
    qtbot.wait(20)


def track(qtbot, panel, choice):
    panel.tracker.set_value(choice)
    with qtbot.waitSignal(panel._work.ended, timeout=60_000):
        panel.run_panel.run_requested.emit()
    settled(qtbot, panel)
    assert messages() == []


def messages():
    return [record.message for record in notification_manager.records]


def correct(path, film_id):
    """Put a body where it is not, as the Correct tab would."""
    with Project.open(path) as project:
        append_correction(project, film_id, SetKeypoint(FRAME, 0, "body", *XY))


def is_corrected(track):
    return track.source[FRAME, 0] == Source.CORRECTED and np.allclose(track.keypoints_xy[FRAME, 0, BODY], XY, atol=0.5)


def test_tracking_again_keeps_the_corrections_in_view_and_files(qtbot, open_panel, film, blob_model, project_path):
    panel = open_panel(film)
    track(qtbot, panel, TrackerChoice(blob_model))
    correct(project_path, panel.session.film.film_id)
    shared = OPEN_PROJECTS.open(project_path)  # as a Label panel that has the same project open for writing
    track(qtbot, panel, TrackerChoice(blob_model, Backend.ONNXRUNTIME))
    (run,) = shared.runs
    OPEN_PROJECTS.close(shared)
    assert run.settings["backend"] == "onnxruntime"
    for shown in (panel.session.track, load_track(film.with_name("pool.tracks.nc"))):
        assert is_corrected(shown)
        assert shown.attributes["n_corrections"] == 1
    assert is_corrected(load_track(film.with_name("pool.tracks.csv")))


def test_a_correction_of_an_animal_that_is_not_tracked_is_told_before_the_work(
    qtbot, open_panel, film, blob_model, project_path
):
    panel = open_panel(film)
    track(qtbot, panel, TrackerChoice(blob_model))
    with Project.open(project_path) as project:
        append_correction(project, panel.session.film.film_id, SetKeypoint(FRAME, 1, "body", *XY))
    with qtbot.waitSignal(panel._work.ended, timeout=60_000):
        panel.run_panel.run_requested.emit()
    assert "the track has 1 animal(s)" in panel.run_panel.line
    assert not film.with_name("pool.tracks.part").exists()


def test_a_track_on_the_disk_is_shown_and_measured_and_no_file_changes(qtbot, open_panel, film, nc, project_path):
    panel = open_panel(film)
    film_id = panel.session.film.film_id
    panel._arena_control.take(ARENA)
    correct(project_path, film_id)
    files = {path: path.read_bytes() for path in film.parent.iterdir()}

    panel = open_panel(film)
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    settled(qtbot, panel)
    assert is_corrected(panel.session.track)
    assert not is_corrected(load_track(nc))
    assert f"Read from {nc}" in panel.run_panel.line
    assert "pool path" in panel._viewer.layers
    assert panel.table.value()
    assert panel.session.moments
    del files[project_path]  # the trial's kind is kept there
    assert {path: path.read_bytes() for path in files} == files
    assert messages() == []


@pytest.mark.parametrize("way", ["taken back", "replaced", "taken back, older file"])
def test_files_with_other_corrections_than_the_project_are_not_trusted(qtbot, open_panel, film, nc, project_path, way):
    with open_film(film) as opened, Project.create(project_path) as project:
        film_id = project.add_film(opened).film_id
    correct(project_path, film_id)
    correctable = load_correctable(nc)
    track = correctable.compute([SetKeypoint(FRAME, 0, "body", *XY)])
    if way == "taken back, older file":
        del track.attributes[CORRECTIONS_DIGEST]
    save_corrected(track, correctable, nc)
    panel = open_panel(film)
    assert is_corrected(panel.session.track)

    with Project.open(project_path) as project:
        project.undo()
        if way == "replaced":
            append_correction(project, film_id, SetKeypoint(FRAME + 5, 0, "body", *XY))
    panel = open_panel(film)
    assert not is_corrected(panel.session.track)
    assert (panel.session.track.source[FRAME + 5, 0] == Source.CORRECTED) == (way == "replaced")
    assert is_corrected(load_track(nc))  # looking changes no file

    panel.correct.toggle.click()
    settled(qtbot, panel)
    qtbot.waitUntil(lambda: not panel.correct._saving.is_running, timeout=20_000)
    for path in (nc, nc.with_suffix(".csv")):
        assert not is_corrected(load_track(path))


def undo_elsewhere(project):
    """As a panel does that may take back anything, such as a merge."""
    project.undo()
    OPEN_PROJECTS.edited.emit(project)


@pytest.mark.parametrize("is_correcting", [True, False])
def test_the_track_follows_what_another_panel_takes_back(qtbot, open_panel, film, nc, project_path, is_correcting):
    panel = open_panel(film)
    panel.correct.toggle.click()
    settled(qtbot, panel)
    film_id = panel.session.film.film_id
    labels = LabelWidget(panel._viewer)
    qtbot.addWidget(labels)
    labels.open_project(project_path)
    panel.correct._on_dragged(FRAME, BODY, XY, True)
    put_marks(labels.project, film_id, [EventMark(EventKind.RELEASE, 0.2, "Ada")], "Release")
    panel.events.follow_project()
    assert is_corrected(panel.session.track)
    assert panel.session.said_marks
    if not is_correcting:
        qtbot.waitUntil(lambda: not panel.correct._saving.is_running, timeout=20_000)
        panel.correct.toggle.click()
    undo_elsewhere(labels.project)
    assert panel.session.said_marks == ()
    undo_elsewhere(labels.project)
    qtbot.waitUntil(lambda: not is_corrected(panel.session.track), timeout=20_000)
    if is_correcting:
        qtbot.waitUntil(lambda: not panel.correct._saving.is_running, timeout=20_000)
        assert panel.correct.state.text().startswith("0 corrections")
        assert not is_corrected(load_track(nc))
    labels.shut_down()


def test_labels_follow_what_correct_does(qtbot, open_panel, film, nc, project_path):
    panel = open_panel(film)
    panel.correct.toggle.click()
    settled(qtbot, panel)
    labels = LabelWidget(panel._viewer)
    qtbot.addWidget(labels)
    labels.open_project(project_path)
    panel._viewer.dims.set_point(0, FRAME)
    panel.correct._on_dragged(FRAME, BODY, XY, True)
    assert len(labels._scene.labels.layer.data) == 0
    panel.correct.use_for_training()
    assert len(labels._scene.labels.layer.data) > 0
    panel.correct.undo()
    assert len(labels._scene.labels.layer.data) == 0
    qtbot.waitUntil(lambda: not panel.correct._saving.is_running, timeout=20_000)
    labels.shut_down()


def test_a_corrected_track_without_its_project_is_shown_as_it_is(qtbot, open_panel, film, nc, project_path):
    correctable = load_correctable(nc)
    save_corrected(correctable.compute([SetKeypoint(FRAME, 0, "body", *XY)]), correctable, nc)
    assert is_corrected(open_panel(film).session.track)
    Project.create(project_path).close()  # it does not know the film
    assert is_corrected(open_panel(film).session.track)


def test_another_films_track_in_the_folder_is_told(qtbot, open_panel, film, nc, write_blob_film):
    write_blob_film(film, 25)
    panel = open_panel(film)
    assert panel.session.track is None
    assert "was made from another film than pool.mp4" in messages()[0]


def test_a_track_that_is_opened_as_a_file_is_worked_on(qtbot, open_panel, film, nc, tmp_path):
    elsewhere = tmp_path / "results"
    elsewhere.mkdir()
    nc.rename(elsewhere / nc.name)
    panel = open_panel(film)
    assert panel.session.track is None
    for data in reader.read(str(elsewhere / nc.name)):
        panel._viewer.add_layer(Layer.create(*data))
    settled(qtbot, panel)
    assert panel.session.track is not None
    assert panel.out_dir.value() == elsewhere
    assert [layer.metadata.get(ROLE) for layer in panel._viewer.layers].count(PATH) == 1

    panel.correct.toggle.click()
    settled(qtbot, panel)
    assert panel.correct.corrections.project.path == (elsewhere / "pool.mazetrack").resolve()


def test_a_track_of_another_name_is_drawn_only(qtbot, open_panel, film, nc):
    (film.parent / "old.tracks.nc").write_bytes(nc.read_bytes())
    nc.unlink()
    panel = open_panel(film)
    for data in reader.read(str(film.parent / "old.tracks.nc")):
        panel._viewer.add_layer(Layer.create(*data))
    settled(qtbot, panel)
    assert "pool path" in panel._viewer.layers
    assert panel.session.track is None
    assert "drawn only" in panel.run_panel.line


def test_arena_and_trial_come_back_with_their_film(qtbot, open_panel, film, project_path, write_blob_film):
    panel = open_panel(film)
    panel.trial.set_value(TrialChoice(TrialKind.PROBE, None, 60.0))
    assert not project_path.exists()
    panel._arena_control.take(ARENA)
    moved = replace(ARENA, pool=replace(ARENA.pool, cx=50.0))
    panel._arena_control.take(moved)
    panel.trial.set_value(TrialChoice(TrialKind.REVERSAL, None, 90.0))
    with Project.open(project_path, read_only=True) as project:
        assert [revision.summary for revision in project.history()] == [
            "Trial of pool.mp4: reversal",
            "Arena of pool.mp4",
            "Arena of pool.mp4",
            "Add the film pool.mp4",
        ]
    viewer = panel._viewer
    viewer.add_layer(Layer.create(*film_layer_from_path(write_blob_film(film.with_name("other.mp4"), 20))))
    panel.film.set_value(viewer.layers["other"])
    assert panel.session.arena is None
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    panel.film.set_value(viewer.layers["pool"])
    assert panel.session.arena == moved
    assert panel.trial.value() == TrialChoice(TrialKind.REVERSAL, None, 90.0)

    panel = open_panel(film)
    assert panel.session.arena == moved
    with Project.open(project_path, read_only=True) as project:
        assert len(project.history()) == 4  # showing is no edit


def test_the_platform_of_a_trial_is_chosen_where_an_arena_has_several(qtbot, open_panel, film, nc):
    panel = open_panel(film)
    qtbot.waitUntil(lambda: panel.session.track is not None)
    panel.trial.set_value(TrialChoice(TrialKind.REVERSAL))
    panel._arena_control.take(ARENA)
    assert panel.trial._platform_row.isHidden()
    two = replace(ARENA, platforms={**ARENA.platforms, "NE": Platform("circle", 58, 22, 4)})
    panel._arena_control.take(two)
    assert not panel.trial._platform_row.isHidden()
    assert panel.hint.text() == WHICH_PLATFORM
    assert not panel.session.measures
    panel.trial._platform.setCurrentIndex(1)
    panel.trial._platform.activated.emit(1)
    assert panel.session.platform == "NE"
    qtbot.waitUntil(lambda: bool(panel.session.measures))

    panel = open_panel(film)
    assert panel.trial.value() == TrialChoice(TrialKind.REVERSAL, platform="NE")
    assert (panel.session.platform, panel.trial._platform.currentText()) == ("NE", "NE")


def test_a_platform_that_the_films_arena_has_not_is_not_kept(qtbot, open_panel, film, nc, write_blob_film):
    panel = open_panel(film)
    panel._arena_control.take(replace(ARENA, platforms={**ARENA.platforms, "NE": Platform("circle", 58, 22, 4)}))
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN, None, 60.0, "NE"))
    assert kept_trial(film) == (TrialKind.HIDDEN, 60.0, "NE")
    other = write_blob_film(film.with_name("other.mp4"), 20)
    panel._viewer.add_layer(Layer.create(*film_layer_from_path(other)))
    panel._arena_control.take(ARENA)
    panel.trial.set_value(replace(panel.trial.value(), limit_s=90.0))
    assert kept_trial(other) == (TrialKind.HIDDEN, 90.0, "")


def kept_trial(film):
    with Project.open(film.with_suffix(".mazetrack"), read_only=True) as project:
        (trial,) = project.trials
    return trial.kind, trial.limit_s, trial.platform


def test_a_trial_that_names_no_platform_of_its_arena_is_shown_without_an_edit(open_panel, film, project_path):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    with Project.open(project_path) as project:
        (trial,) = project.trials
        project.trials.put(replace(trial, platform="NE"))
    before = project_path.read_bytes()
    panel = open_panel(film)
    assert panel.trial.value().platform == "NE"
    assert panel.session.platform == ""
    assert project_path.read_bytes() == before


@pytest.fixture
def sample(monkeypatch, tmp_path):
    """The first sample, whose results go nowhere."""
    monkeypatch.setattr(sample_films.Path, "home", lambda: tmp_path / "home")
    return sample_films.load_samples()[0]


@pytest.mark.parametrize("closed", [False, True])
def test_nothing_of_a_sample_holds_for_a_film_of_ones_own(open_panel, film, sample, closed):
    panel = open_panel(sample.film)
    assert panel.arena.value() == ArenaChoice(sample.arena, panel.session.arena.diameter_cm)
    assert panel.trial.value().platform == sample.trial.platform
    if closed:
        panel._viewer.layers.clear()
    panel._viewer.add_layer(Layer.create(*film_layer_from_path(film)))
    assert panel.session.film.path == film
    assert panel.session.arena is None
    assert (panel.arena.value(), panel.trial.value()) == (ArenaChoice(), TrialChoice())
    assert panel.session.said_marks == ()


def test_an_own_arena_chosen_on_a_sample_holds_for_the_next_film(open_panel, film, sample):
    save_arena(ARENA, film.with_name("arena.json"))
    panel = open_panel(sample.film)
    assert not panel._arena_control.is_for_other_films
    panel.arena.set_value(ArenaChoice(film.with_name("arena.json")))
    assert panel._arena_control.is_for_other_films
    panel._viewer.add_layer(Layer.create(*film_layer_from_path(film)))
    assert panel.session.arena == ARENA


def test_what_was_chosen_before_is_kept_with_the_first_track(qtbot, open_panel, film, blob_model, project_path):
    save_arena(ARENA, film.with_name("arena.json"))
    panel = open_panel(film)
    panel.arena.set_value(ArenaChoice(film.with_name("arena.json")))
    panel.trial.set_value(TrialChoice(TrialKind.PROBE, 0.2, 60.0))
    assert not project_path.exists()
    track(qtbot, panel, TrackerChoice(blob_model))
    panel = open_panel(film)
    assert panel.session.arena == ARENA
    assert panel.trial.value() == TrialChoice(TrialKind.PROBE, 0.2, 60.0)


def test_a_release_that_is_typed_comes_back_with_its_film(qtbot, open_panel, film, nc, project_path, write_blob_film):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN, 0.2, 60.0))
    assert summaries(project_path)[:2] == ["Events of the trial of pool.mp4", "Trial of pool.mp4: hidden"]
    n_edits = len(summaries(project_path))
    viewer = panel._viewer
    viewer.add_layer(Layer.create(*film_layer_from_path(write_blob_film(film.with_name("other.mp4"), 20))))
    assert panel.trial.value().release_s is None
    assert not film.with_name("other.mazetrack").exists()
    panel.film.set_value(viewer.layers["pool"])
    for shown in (panel, open_panel(film)):
        settled(qtbot, shown)
        assert shown.trial.value() == TrialChoice(TrialKind.HIDDEN, 0.2, 60.0)
        assert measured(shown)["trial_duration_s"] == "0.96"  # 29/25 s without the first 0.2 s
    assert len(summaries(project_path)) == n_edits  # showing is no edit

    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN, None, 60.0))
    panel = open_panel(film)
    assert panel.trial.value().release_s is None
    panel.correct.toggle.click()
    settled(qtbot, panel)
    panel.correct.undo()
    assert panel.trial.value().release_s == 0.2


def summaries(path):
    with Project.open(path, read_only=True) as project:
        return [revision.summary for revision in project.history()]


def measured(panel):
    return {row.name: row.value for row in panel.table.value()}


def test_a_release_that_is_typed_while_correcting_is_kept_once(qtbot, open_panel, film, nc, project_path):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    panel.correct.toggle.click()
    settled(qtbot, panel)
    before = len(summaries(project_path))
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN, 0.2))
    settled(qtbot, panel)
    assert summaries(project_path)[: -before or None] == ["Release at 0.20 s"]
    panel.correct.stop()
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    assert open_panel(film).trial.value().release_s is None


def test_an_arena_is_undone_and_done_again_like_a_correction(qtbot, open_panel, film, nc):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel._arena_control.take(replace(ARENA, diameter_cm=150.0))
    panel.correct.toggle.click()
    settled(qtbot, panel)
    panel.correct.undo()
    assert panel.session.arena == ARENA
    panel.correct.redo()
    assert panel.session.arena.diameter_cm == 150.0
    assert panel.arena.value().diameter_cm == 150.0


def test_an_arena_that_is_cleared_goes_and_does_not_come_back(qtbot, open_panel, film, nc, project_path):
    save_arena(ARENA, film.with_name("arena.json"))
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.arena.set_value(ArenaChoice(film.with_name("arena.json")))
    panel.arena.move.setChecked(True)
    assert "pool pool" in panel._viewer.layers
    panel.arena.set_value(ArenaChoice(None, panel.arena.value().diameter_cm))
    assert not panel.arena.move.isChecked()
    assert sorted(layer.name for layer in panel._viewer.layers) == ["pool", "pool keypoints", "pool path"]
    with Project.open(project_path, read_only=True) as project:
        assert project.history()[0].summary == "No arena of pool.mp4"

    panel = open_panel(film)
    assert panel.session.arena is None
    panel.correct.toggle.click()
    settled(qtbot, panel)
    panel.correct.undo()
    assert panel.session.arena == ARENA
    assert "pool pool" in panel._viewer.layers
    panel.correct.redo()
    assert panel.session.arena is None
    assert "pool pool" not in panel._viewer.layers
    with Project.open(project_path, read_only=True) as project:
        assert len(project.arenas) == 0


def test_a_damaged_arena_file_leaves_the_kept_arena_in_the_project(open_panel, film, project_path):
    film.with_name("bad.json").write_text("{}")
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.arena.set_value(ArenaChoice(film.with_name("bad.json")))
    assert panel.session.arena is None
    with Project.open(project_path, read_only=True) as project:
        assert len(project.arenas) == 1


def test_an_arena_that_cannot_be_kept_is_told(qtbot, open_panel, film, project_path, monkeypatch):
    Project.create(project_path).close()
    other = Project.open(project_path)
    other._pid = -1
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    other._connection.close()
    assert "It is open for writing by" in messages()[0]
    assert panel.session.arena == ARENA


@pytest.fixture
def study(film, blob_model, tmp_path):
    """A project in which the film was labelled, with a model of its own."""
    path = tmp_path / "study.mazetrack"
    with Project.create(path) as project:
        set_default_model(project, blob_model, {})
        project.add_film(film_layer_from_path(film)[0].film)
    return path


@pytest.mark.parametrize("way", ["beside the film", "open in a panel", "named"])
def test_the_projects_own_model_is_used_and_said(qtbot, open_panel, film, study, tmp_path, way):
    choice = TrackerChoice()
    if way != "beside the film":
        (tmp_path / "elsewhere").mkdir()
        study = study.rename(tmp_path / "elsewhere" / "study.mazetrack")
    if way == "named":
        choice = TrackerChoice(study)
    opened = OPEN_PROJECTS.open(study) if way == "open in a panel" else None
    panel = open_panel(film)
    if way != "named":
        assert panel.tracker._model.currentText() == "Automatic: blob.onnx of study.mazetrack"
    track(qtbot, panel, choice)
    if opened is not None:
        OPEN_PROJECTS.close(opened)
    assert panel.session.track.attributes["model_name"] == "blob.onnx"
    assert "Tracked with blob.onnx of study.mazetrack." in panel.run_panel.line


def test_a_model_that_cannot_be_had_is_not_replaced_by_another(qtbot, open_panel, film, study, tmp_path):
    panel = open_panel(film)
    empty = tmp_path / "empty.mazetrack"
    Project.create(empty).close()
    panel.tracker.set_value(TrackerChoice(empty))
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.run_panel.run_requested.emit()
    assert "empty.mazetrack has no model of its own" in panel.run_panel.line


def test_a_model_that_becomes_the_projects_while_the_film_is_open_is_said(
    qtbot, open_panel, film, blob_model, tmp_path
):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    settled(qtbot, panel)
    assert panel.tracker._model.currentText() == "Automatic: fast"
    project = OPEN_PROJECTS.open(film.with_suffix(".mazetrack"))  # as Use for the project does
    set_default_model(project, blob_model, {})
    OPEN_PROJECTS.close(project)
    settled(qtbot, panel)
    assert panel.tracker._model.currentText() == "Automatic: blob.onnx of pool.mazetrack"


def test_a_projects_model_that_is_gone_is_told(qtbot, open_panel, film, study, blob_model, tmp_path):
    model = tmp_path / "mine.onnx"
    model.write_bytes(blob_model.read_bytes())
    with Project.open(study) as project:
        set_default_model(project, model, {})
    model.unlink()
    panel = open_panel(film)
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.run_panel.run_requested.emit()
    assert "mine.onnx is not at" in panel.run_panel.line
    assert panel.session.track is None


@pytest.fixture
def stack(tmp_path, blob_xy):
    """The film of the spot as a TIFF stack, which holds no times; napari can open it."""
    PluginManager.instance().discover()
    y, x = np.mgrid[:64, :96]
    spots = [np.hypot(x - cx, y - cy) <= 5 for cx, cy in map(blob_xy, range(30))]
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, np.where(spots, 60, 200).astype(np.uint8))
    return path


def test_a_stack_that_napari_opens_is_tracked_at_the_rate_that_a_person_gives(qtbot, open_panel, stack, blob_model):
    panel = open_panel(None)
    assert panel.rate.isHidden()
    panel._viewer.open(stack, plugin="napari")
    assert panel.session.film.path == stack
    assert not panel.rate.isHidden()
    panel._arena_control.take(ARENA)
    for request in (panel.run_panel.run_requested, panel.arena.find_requested):
        request.emit()
        assert "say under Rate" in panel.run_panel.line
    panel.rate.set_value(25.0)
    track(qtbot, panel, TrackerChoice(blob_model))
    np.testing.assert_allclose(panel.session.track.time_s, np.arange(30) / 25)

    panel = open_panel(None)
    panel._viewer.open(stack, plugin="napari")
    settled(qtbot, panel)
    assert panel.rate.value() == 25.0
    assert panel.session.track is not None
    assert panel.session.arena == ARENA


@pytest.mark.parametrize("pictures", [np.zeros((40, 50), np.uint8), np.zeros((3, 4, 40, 50), np.float32)])
def test_a_tiff_that_is_no_film_is_left_alone(open_panel, stack, tmp_path, pictures):
    tifffile.imwrite(tmp_path / "other.tif", pictures, photometric="minisblack")
    panel = open_panel(None)
    panel._viewer.open(tmp_path / "other.tif", plugin="napari")
    assert panel.session.film is None
    assert "film_id" not in panel._viewer.layers[0].metadata


def test_a_stack_goes_into_a_project_with_its_rate_only(stack, tmp_path):
    viewer = ViewerModel()
    (layer,) = viewer.open(stack, plugin="napari")
    adopt_stack(layer)
    with Project.create(tmp_path / "study.mazetrack") as project:
        with pytest.raises(MazetrackError, match="under Rate"):
            note_film(project, layer)
        layer.metadata[FILM_FPS] = 12.5
        assert note_film(project, layer).timing == {"fps": 12.5}


def test_the_film_that_is_chosen_comes_to_the_front_and_nothing_is_lost(qtbot, open_panel, film, nc, write_blob_film):
    panel = open_panel(film)
    viewer = panel._viewer
    panel._arena_control.take(ARENA)
    viewer.add_points(np.zeros((1, 3)), name="mine")
    viewer.add_layer(Layer.create(*film_layer_from_path(write_blob_film(film.with_name("other.mp4"), 20))))
    assert panel.session.film.path.name == "other.mp4"
    viewer.layers["pool path"].visible = viewer.layers["pool"].visible = False
    before = {layer.name for layer in viewer.layers}
    panel.film._on_activated(panel.film.findText("pool"))
    settled(qtbot, panel)
    names = [layer.name for layer in viewer.layers]
    assert set(names) == before
    assert names.index("other") < min(names.index(name) for name in before - {"other"})
    assert names.index("pool") < names.index("mine")
    assert viewer.layers["pool"].visible
    assert not viewer.layers["pool path"].visible
    assert viewer.layers.selection.active.name == "pool"
    assert panel.session.arena == ARENA
