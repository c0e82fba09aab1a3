"""Labelling a film in a real window: clicks, drags and keys, each on the disk before it is seen."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
from napari.utils.interactions import mouse_move_callbacks, mouse_press_callbacks, mouse_release_callbacks
from napari.utils.notifications import notification_manager

from napari_mazetrack.project import Project
from napari_mazetrack.resources import sample_data_folder
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets.convert import napari_to_frame_xy
from napari_mazetrack.widgets.label.label_session import LabelSession
from napari_mazetrack.workflows.pick_frames import Way

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 160)


@pytest.fixture
def film(tmp_path, write_blob_film):
    return write_blob_film(tmp_path / "spot.mp4", n_frames=40, hw=HW)


class Mouse:
    """Presses, moves and lets go of the left button at x, y of the frame that is shown."""

    def __init__(self, viewer):
        self.viewer = viewer
        self.event = SimpleNamespace(button=1, buttons=(1,), modifiers=(), handled=False, is_dragging=False)

    def _at(self, kind, xy):
        self.event.type = kind
        self.event.position = (self.viewer.dims.current_step[0], xy[1], xy[0])

    def press(self, xy):
        self._at("mouse_press", xy)
        mouse_press_callbacks(self.viewer, self.event)

    def move(self, xy):
        self._at("mouse_move", xy)
        mouse_move_callbacks(self.viewer, self.event)

    def release(self, xy):
        self._at("mouse_release", xy)
        mouse_release_callbacks(self.viewer, self.event)

    def click(self, xy):
        self.press(xy)
        self.release(xy)

    def drag(self, start, *ways):
        self.press(start)
        for xy in ways:
            self.move(xy)
        self.release(ways[-1])


def stored(path, film_id):
    """What another program finds in the project at this moment."""
    with Project.open(path, read_only=True) as project:
        return {label.frame_index: label for label in project.labels.of_film(film_id)}


def test_a_film_is_labelled_by_clicks_drags_and_keys(
    qtbot, viewer, labelling, film, tmp_path, blob_xy, save_screenshot
):
    path = tmp_path / "mice.mazetrack"
    viewer.open(str(film), plugin=PLUGIN)
    viewer.dims.set_point(0, 0)
    labelling.open_project(path, new=True)
    film_id = labelling.session.film.film_id
    labelling.projects.author.setText("Ada")
    labelling.projects.author.editingFinished.emit()
    labelling.frames.n_frames.setValue(4)
    labelling.frames.way.setCurrentIndex(labelling.frames.way.findData(Way.EVENLY))
    with qtbot.waitSignal(labelling.frames.picked, timeout=20_000):
        labelling.frames.start()
    assert labelling.session.queue() == [5, 15, 25, 35]
    qtbot.waitUntil(lambda: viewer.dims.current_step[0] == 5)
    mouse = Mouse(viewer)

    x, y = blob_xy(5, HW)
    assert labelling.what_next.text() == "Frame 5: click the head."
    mouse.click((x + 12, y))
    assert list(stored(path, film_id)) == [5]  # before anything else is done
    assert labelling.what_next.text() == "Frame 5: click the body."
    mouse.click((x, y))
    mouse.click((x - 12, y))
    label = stored(path, film_id)[5]
    np.testing.assert_allclose(label.instances[0].keypoints_xy, [[x + 12, y], [x, y], [x - 12, y]])
    assert label.annotator == "Ada"
    assert viewer.dims.current_step[0] == 15  # the next of the queue, by itself

    viewer.dims.set_point(0, 5)
    shown, _ = napari_to_frame_xy(labelling._scene.labels.layer.data)
    assert shown.tolist() == [5, 5, 5]
    mouse.drag((x, y), (x + 1, y + 4), (x + 2, y + 9))
    assert stored(path, film_id)[5].instances[0].keypoints_xy[1].tolist() == [x + 2, y + 9]
    mouse.drag((x + 50, y + 40), (x + 20, y + 20))  # on no point: the picture is moved, nothing is set
    mouse.click((-20, 5))  # beside the picture
    assert len(stored(path, film_id)) == 1
    save_screenshot(viewer, "label_dark")

    labelling.undo()
    np.testing.assert_allclose(stored(path, film_id)[5].instances[0].keypoints_xy[1], [x, y])
    labelling.redo()
    labelling.go_to_next()
    labelling.copy_previous()
    np.testing.assert_allclose(stored(path, film_id)[15].instances[0].keypoints_xy[0], [x + 12, y])
    labelling.go_to_next()
    labelling.mark_empty()
    assert stored(path, film_id)[25].instances == ()
    labelling.go_back()
    assert viewer.dims.current_step[0] == 15
    labelling.clear_frame()
    assert sorted(stored(path, film_id)) == [5, 25]
    assert labelling.progress.value() == 2
    assert labelling.progress.maximum() == 4


def test_frames_of_the_sample_film_are_picked_and_labelled(qtbot, viewer, labelling, tmp_path, save_screenshot):
    """The tutorial's way, with its picture."""
    viewer.open_sample(PLUGIN, "hidden")
    labelling.open_project(tmp_path / "mice.mazetrack", new=True)
    labelling.frames.n_frames.setValue(10)
    with qtbot.waitSignal(labelling.frames.picked, timeout=60_000):
        labelling.frames.start()
    assert len(labelling.session.queue()) == 10
    qtbot.waitUntil(lambda: viewer.dims.current_step[0] in labelling.session.queue())
    with (sample_data_folder() / "labels.csv").open(newline="") as handle:
        truth = {row[0]: row[1:] for row in csv.reader(handle)}
    mouse = Mouse(viewer)
    for frame in (59, 97):
        viewer.dims.set_point(0, frame)
        for xy in np.array(truth[f"labeled-data/pool_hidden/img{frame:04d}.png"], float).reshape(3, 2):
            mouse.click(tuple(xy))
    assert labelling.session.labelled_frames() == [59, 97]
    viewer.dims.set_point(0, 97)
    save_screenshot(viewer, "sample_label")


def test_the_next_film_that_waits_is_opened_at_its_first_frame_that_waits(
    qtbot, viewer, labelling, film, tmp_path, write_blob_film, save_screenshot
):
    other = write_blob_film(tmp_path / "zebra.mp4", n_frames=30, hw=HW)
    viewer.open(str(film), plugin=PLUGIN)
    labelling.open_project(tmp_path / "mice.mazetrack", new=True)
    with open_film(other) as opened:
        record = labelling.project.add_film(opened)
    LabelSession(labelling.project, record).set_queue([4, 9])
    labelling.session.set_queue([2])
    viewer.dims.set_point(0, 2)
    mouse = Mouse(viewer)
    for x in (30, 40, 50):
        mouse.click((x, 40))
    assert labelling._progress.films.text() == "All 2 films: 1 frame labelled, 2 left (zebra 2)."
    labelling.go_to_next()
    assert viewer.dims.current_step[0] == 3  # no picked frame waits: the next one that is not labelled
    labelling.go_to_next_film()
    qtbot.waitUntil(lambda: labelling.session is not None and labelling.session.film.film_id == record.film_id)
    assert viewer.dims.current_step[0] == 4
    labelling.options.follow.setChecked(True)
    labelling.options.contrast.setChecked(True)
    viewer.dims.set_point(0, 9)
    for x, y in ((90, 70), (80, 71), (70, 72)):
        mouse.click((x, y))
    viewer.dims.set_point(0, 4)
    viewer.dims.set_point(0, 9)
    save_screenshot(viewer, "label_near")
    assert viewer.scene.camera.center[1:] == (71, 80)
    assert "contrast" in viewer.layers
    labelling._turn.hold(viewer)  # as a tool of another panel does
    assert viewer.scene.camera.center[1:] != (71, 80)
    assert "contrast" not in viewer.layers
    labelling._turn.let_go(viewer)
    assert "contrast" in viewer.layers
    viewer.dims.set_point(0, 4)
    for x, y in ((90, 70), (80, 71), (70, 72)):
        mouse.click((x, y))
    assert labelling._progress.films.text() == "All 2 films: 3 frames labelled, none left."
    notification_manager.records.clear()
    labelling.go_to_next_film()
    assert notification_manager.records[-1].message == "No other film of the project has frames left to label."


def test_frames_where_the_track_is_unsure_need_a_track(qtbot, viewer, labelling, film, tmp_path):
    viewer.open(str(film), plugin=PLUGIN)
    labelling.frames.start()  # no project: nothing happens
    assert not labelling.frames.is_running
    labelling.open_project(tmp_path / "mice.mazetrack", new=True)
    labelling.frames.way.setCurrentIndex(labelling.frames.way.findData(Way.UNSURE))
    labelling.frames.start()
    qtbot.waitUntil(lambda: not labelling.frames.is_running, timeout=20_000)
    assert "spot.mp4 has no track yet" in labelling.frames.panel.line
    assert labelling.session.queue() == []


def write_name(labelling, name):
    labelling.projects.author.setText(name)
    labelling.projects.author.editingFinished.emit()


def test_a_second_person_labels_blindly_and_how_far_they_are_apart_is_told(
    viewer, labelling, film, tmp_path, blob_xy, save_screenshot
):
    path = tmp_path / "mice.mazetrack"
    viewer.open(str(film), plugin=PLUGIN)
    labelling.open_project(path, new=True)
    write_name(labelling, "Ada")
    mouse = Mouse(viewer)
    for frame in (5, 15, 25):
        viewer.dims.set_point(0, frame)
        for dx in (12, 0, -12):
            mouse.click(np.add(blob_xy(frame, HW), (dx, 0)))
    labelling.options.second_pass.setChecked(True)
    assert "somebody else" in labelling.what_next.text()  # it is still Ada
    write_name(labelling, "Bo")
    labelling.options.hide_names.setChecked(True)
    assert [layer.name for layer in viewer.layers] == ["Film 1", "Film 1 outline", "Film 1 labels"]
    assert labelling.film.currentText() == "Film 1"
    assert not labelling.projects.path.isVisible()
    viewer.cursor.position = (25, 5, 5)
    viewer.mouse_over_canvas = True
    viewer.update_status_from_cursor()
    assert (viewer.status["layer_base"], viewer.window._status_bar._layer_base.text()) == ("Film 1", "Film 1")
    assert labelling.session.queue() == [5, 15, 25]
    assert len(labelling._scene.labels.layer.data) == 0
    for frame, off in ((5, 1), (15, 2), (25, 3)):
        assert viewer.dims.current_step[0] == frame
        for dx in (12, 0, -12):
            mouse.click(np.add(blob_xy(frame, HW), (dx, off)))
    said = labelling.human_error.text()
    assert said.startswith("Two people differ by (median): head 2.0 px (p95 2.9, n = 3), body 2.0 px")
    save_screenshot(viewer, "label_second_pass")
    film_id = labelling.session.film.film_id
    labels = stored(path, film_id)
    assert [label.annotator for label in labels.values()] == ["Ada"] * 3
    np.testing.assert_allclose(labels[15].instances[0].keypoints_xy[1], blob_xy(15, HW))
    with Project.open(path, read_only=True) as project:
        assert project.second_labels("Bo").frames(film_id) == [5, 15, 25]
    labelling.options.second_pass.setChecked(False)
    labelling.options.hide_names.setChecked(False)
    assert viewer.layers[0].name == "spot"
    assert labelling.projects.path.isVisible()
    viewer.cursor.position = (25, 6, 6)
    viewer.update_status_from_cursor()
    assert viewer.status["layer_base"] == "spot.mp4"
    assert labelling.human_error.text() == said
    assert len(labelling._scene.labels.layer.data) == 9


@pytest.mark.parametrize("film_first", [True, False])
def test_labels_come_back_whatever_is_opened_first(viewer, labelling, film, tmp_path, film_first):
    path = tmp_path / "mice.mazetrack"
    viewer.open(str(film), plugin=PLUGIN)
    viewer.dims.set_point(0, 0)
    labelling.open_project(path, new=True)
    Mouse(viewer).click((50, 60))
    labelling.projects.path.set_value(None)
    viewer.layers.clear()
    for is_film in (film_first, not film_first):
        if is_film:
            viewer.open(str(film), plugin=PLUGIN)
        else:
            labelling.open_project(path)
    frames, xy = napari_to_frame_xy(labelling._scene.labels.layer.data)
    assert frames.tolist() == [0]
    np.testing.assert_allclose(xy, [[50, 60]])


def test_a_film_that_was_renamed_keeps_its_labels(viewer, labelling, film, tmp_path):
    path = tmp_path / "mice.mazetrack"
    viewer.open(str(film), plugin=PLUGIN)
    viewer.dims.set_point(0, 0)
    labelling.open_project(path, new=True)
    Mouse(viewer).click((50, 60))
    viewer.layers.clear()
    moved = tmp_path / "elsewhere" / "renamed.mp4"
    moved.parent.mkdir()
    film.rename(moved)
    viewer.open(str(moved), plugin=PLUGIN)
    assert labelling.session.labelled_frames() == [0]


def test_a_second_window_reads_only_and_says_why(viewer, labelling, film, tmp_path):
    path = tmp_path / "mice.mazetrack"
    with Project.create(path):
        viewer.open(str(film), plugin=PLUGIN)
        notification_manager.records.clear()
        labelling.open_project(path)
        assert labelling.project.read_only
        if labelling.session is None:  # a film that the project does not know cannot be noted
            assert "cannot be changed" in notification_manager.records[-1].message
    assert not labelling.buttons["mark_empty"].isEnabled()


def test_closing_the_panel_lets_go_of_the_project(viewer, labelling, film, tmp_path):
    path = tmp_path / "mice.mazetrack"
    viewer.open(str(film), plugin=PLUGIN)
    viewer.dims.set_point(0, 0)
    labelling.open_project(path, new=True)
    Mouse(viewer).click((50, 60))
    mouse = labelling._mouse
    labelling.shut_down()
    with Project.open(path, read_only=False) as project:
        assert len(project.labels) == 1
    assert mouse._on_press not in viewer.mouse_drag_callbacks
