"""Points that the model proposes, in a real window: no label until a person takes them."""

import numpy as np
import pytest
from napari.utils.notifications import notification_manager

from napari_mazetrack.progress import Progress
from napari_mazetrack.project import LabelOrigin, Project
from napari_mazetrack.project.default_model import set_default_model
from napari_mazetrack.widgets.convert import napari_to_frame_xy
from napari_mazetrack.widgets.window.notify import CRASHED

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 192)


@pytest.fixture
def labelling(viewer, tmp_path, write_blob_film, blob_model, qtbot):
    """Return the Label panel with a film and a project that uses the blob model."""
    film = write_blob_film(tmp_path / "spot.mp4", n_frames=40, hw=HW)
    with Project.create(tmp_path / "mice.mazetrack") as project:
        set_default_model(project, blob_model, {})
    viewer.open(str(film), plugin=PLUGIN)
    viewer.dims.set_point(0, 0)
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Label")
    widget.open_project(tmp_path / "mice.mazetrack")
    widget.session.set_queue([0, 10, 20])
    return widget


def wait_for(qtbot, labelling, frame):
    qtbot.waitUntil(
        lambda: bool(labelling._scene.assist.has_looked(frame) or labelling._scene.assist.failure), timeout=60_000
    )


def test_proposed_points_are_taken_moved_or_left(qtbot, viewer, labelling, blob_xy, drag, save_screenshot):
    labelling.options.propose.setChecked(True)
    session, film_id = labelling.session, labelling.session.film.film_id
    wait_for(qtbot, labelling, 0)
    x, y = blob_xy(0, HW)
    expected = np.array([[x + 12, y], [x, y], [x - 12, y]])
    frames, shown = napari_to_frame_xy(labelling._scene.assist.layer.data)
    assert frames.tolist() == [0, 0, 0]
    np.testing.assert_allclose(shown, expected, atol=1.5)
    assert (labelling._scene.assist.layer.face_color[:, 3] == 0).all()
    assert session.labelled_frames() == []
    assert labelling.what_next.text().startswith("Frame 0: the hollow points are proposed.")
    save_screenshot(viewer, "label_proposed")
    viewer.theme = "light"
    save_screenshot(viewer, "label_proposed_light")

    labelling.accept_proposal()
    label = session.project.labels.get(film_id, 0)
    assert (label.origin, label.annotator) == (LabelOrigin.PROPOSED, session.project.author)
    np.testing.assert_array_equal(label.instances[0].keypoints_xy, shown)
    assert viewer.dims.current_step[0] == 10  # the next of the queue

    wait_for(qtbot, labelling, 10)
    proposed = labelling._scene.assist.points(10)
    drag(viewer, proposed[0], proposed[0] + (3, 9))
    moved = session.points(10)
    np.testing.assert_allclose(moved, np.add(proposed, [[3, 9], [0, 0], [0, 0]]))
    assert len(labelling._scene.assist.layer.data) == 0
    assert session.project.labels.get(film_id, 10).origin == LabelOrigin.PROPOSED

    labelling.undo()
    assert session.labelled_frames() == [0]
    np.testing.assert_allclose(labelling._scene.assist.points(10), proposed)  # proposed again
    viewer.dims.set_point(0, 30)
    wait_for(qtbot, labelling, 30)
    labelling.options.propose.setChecked(False)
    assert [layer.name for layer in viewer.layers] == ["spot", "outline", "spot labels"]
    with Project.open(session.project.path, read_only=True) as project:
        assert project.labels.frames(film_id) == [0]


def test_nothing_is_proposed_to_a_second_person(qtbot, viewer, labelling):
    labelling.options.propose.setChecked(True)
    labelling.options.second_pass.setChecked(True)
    assert labelling._scene.assist is None
    labelling.accept_proposal()
    assert len(labelling.project.labels) == 0


def test_a_model_that_is_gone_is_told_once(qtbot, viewer, labelling, tmp_path):
    gone = tmp_path / "gone.onnx"
    gone.write_bytes(b"")
    set_default_model(labelling.project, gone, {})
    gone.unlink()
    labelling.options.propose.setChecked(True)
    wait_for(qtbot, labelling, 0)
    assert "gone.onnx any more" in labelling.what_next.text()
    viewer.dims.set_point(0, 3)
    qtbot.wait(150)
    assert not labelling._scene.assist._looking.is_running


def test_a_point_under_the_mouse_is_taken_away(viewer, labelling):
    for k, xy in enumerate(((30, 40), (60, 40), (90, 40))):
        labelling.session.set_point(0, k, xy)
    viewer.cursor.position = (0, 40, 61)
    labelling.delete_point()
    points = labelling.session.points(0)
    assert np.isfinite(points[:, 0]).tolist() == [True, False, True]
    viewer.cursor.position = (0, 100, 150)
    labelling.delete_point()
    assert np.isfinite(labelling.session.points(0)[:, 0]).sum() == 2


def test_beyond_the_end_of_the_film_nothing_is_proposed(qtbot, viewer, labelling, write_blob_film, tmp_path):
    film = labelling.film.value()
    viewer.open(str(write_blob_film(tmp_path / "longer.mp4", n_frames=60, hw=HW)), plugin=PLUGIN)
    viewer.layers.selection.active = film
    labelling.options.propose.setChecked(True)
    wait_for(qtbot, labelling, 0)
    viewer.dims.set_point(0, 50)
    qtbot.wait(300)
    assert labelling._scene.assist.failure == ""
    assert not labelling._scene.assist._looking.is_running
    assert labelling.what_next.text() == "Frame 50 lies beyond the end of the film, whose last frame is 39."


def crash(frame_index):
    yield Progress("Looking", 0)
    raise IndexError(frame_index)


def test_a_crash_of_the_model_ends_proposing(qtbot, viewer, labelling, monkeypatch):
    labelling.options.propose.setChecked(True)
    wait_for(qtbot, labelling, 0)
    crashes = []
    monkeypatch.setattr(notification_manager, "receive_error", lambda *error: crashes.append(error))
    monkeypatch.setattr(labelling._scene.assist._proposer, "propose", crash)
    viewer.dims.set_point(0, 20)
    qtbot.waitUntil(lambda: labelling._scene.assist.failure == CRASHED, timeout=10_000)
    assert labelling.what_next.text() == CRASHED
    qtbot.wait(300)
    assert len(crashes) == 1
