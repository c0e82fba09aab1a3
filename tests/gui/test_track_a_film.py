"""From a film to its path, points, quadrants and measures, in a real window."""

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt, QThreadPool
from qtpy.QtWidgets import QFileDialog

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import load_arena, save_arena
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.resources import shipped_model_path
from napari_mazetrack.tracking import path_sketch
from napari_mazetrack.widgets.arena.arena_choice import MARK, MOVE, ArenaChoice
from napari_mazetrack.widgets.convert import napari_to_frame_xy
from napari_mazetrack.widgets.overlay.overlays import HANDLES, PLATFORM, ROLE
from napari_mazetrack.widgets.timeline.timeline import NO_TRACK
from napari_mazetrack.widgets.track.growing_path import GROWING
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice
from napari_mazetrack.widgets.track.trial_choice import TrialChoice
from napari_mazetrack.widgets.window import background
from napari_mazetrack.workflows import track

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 160)


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def track_and_measure(qtbot, panel, timeout_ms):
    with qtbot.waitSignal(panel._work.ended, timeout=timeout_ms):
        press(qtbot, panel.run_panel._run)
    assert panel.session.track is not None, panel.run_panel.line
    qtbot.waitUntil(lambda: not panel._measuring.is_running, timeout=10_000)
    return {row.name: row.value for row in panel.table.value()}


@pytest.fixture
def blob_film(tmp_path, write_blob_film):
    """A spot that circles in a pool of 110 × 110 px, 120 cm wide; its platform lies to the lower left."""
    arena = Arena(Ellipse(80, 64, 55, 55), diameter_cm=120.0, platforms={"SW": Platform("circle", 57, 87, 5)})
    save_arena(arena, tmp_path / "arena.json")
    return write_blob_film(tmp_path / "spot.mp4", n_frames=50, hw=HW)


@pytest.fixture
def blob_model_file(tmp_path, blob_model_proto):
    path = tmp_path / "blob.onnx"
    path.write_bytes(blob_model_proto(HW).SerializeToString())
    return path


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_film_is_tracked_drawn_and_measured(
    qtbot, viewer, panel, blob_film, blob_model_file, blob_xy, save_screenshot, theme
):
    viewer.theme = theme
    viewer.open(str(blob_film), plugin=PLUGIN)
    panel.tracker.set_value(TrackerChoice(blob_model_file))
    panel.arena.set_value(ArenaChoice(blob_film.parent / "arena.json"))
    panel.trial.set_value(TrialChoice(TrialKind.PROBE))
    measures = track_and_measure(qtbot, panel, 90_000)

    names = ["spot", "spot quadrants", "spot pool", "spot platform", "spot path", "spot keypoints"]
    assert [layer.name for layer in viewer.layers] == names
    points = viewer.layers["spot keypoints"]
    body = (points.features["keypoint"] == "body").to_numpy()
    frame, xy = napari_to_frame_xy(points.data[body])
    assert frame.tolist() == list(range(50))
    np.testing.assert_allclose(xy, [blob_xy(i, HW) for i in range(50)], atol=1.0)
    # an arc of 49 × 0.11 rad of an ellipse with half axes 40 and 32 px, where 110 px are 120 cm
    angle = 0.11 * np.arange(0, 49, 0.001)
    arc_px = np.hypot(40 * np.sin(angle), 32 * np.cos(angle)).mean() * 0.11 * 49
    assert float(measures["path_length_cm"]) == pytest.approx(arc_px * 120 / 110, rel=0.03)
    assert measures["end_reason"] == "film ended"
    assert (blob_film.parent / "spot.tracks.csv").is_file()
    viewer.dims.set_point(0, 30)
    picture = save_screenshot(viewer, f"track_{theme}")
    assert picture.shape[:2] == (768, 1366)


def test_the_sample_film_with_the_shipped_model(qtbot, viewer, panel, tmp_path, save_screenshot):
    try:
        shipped_model_path()
    except MazetrackError as error:
        pytest.skip(str(error))
    viewer.open_sample(PLUGIN, "hidden")
    assert panel.trial.value().kind is TrialKind.HIDDEN
    panel.out_dir.set_value(tmp_path)
    measures = track_and_measure(qtbot, panel, 120_000)
    assert measures["reached_platform"] == "yes"
    shown = ("", " quadrants", " pool", " platform", " starts", " path", " keypoints")
    assert sorted(layer.name for layer in viewer.layers) == sorted(f"pool_hidden{what}" for what in shown)
    viewer.dims.set_point(0, len(panel.session.track.time_s) // 2)
    save_screenshot(viewer, "sample_hidden")
    panel.tabs.setCurrentWidget(panel.review)
    panel.review.table.selectRow(1)
    assert viewer.dims.current_step[0] == panel.session.moments[1].first_frame
    save_screenshot(viewer, "sample_to_check")


def test_the_path_grows_on_the_sample_film_and_goes_when_the_tracking_ends(qtbot, viewer, panel, tmp_path, monkeypatch):
    try:
        shipped_model_path()
    except MazetrackError as error:
        pytest.skip(str(error))
    for module, name in ((path_sketch, "TAKE_EVERY_S"), (track, "REPORT_EVERY_S"), (background, "REPORT_INTERVAL_S")):
        monkeypatch.setattr(module, name, 0.05)
    viewer.open_sample(PLUGIN, "hidden")
    panel.out_dir.set_value(tmp_path)
    lengths = []

    def look(_report):
        path = [layer for layer in viewer.layers if layer.metadata.get(ROLE) == GROWING]
        lengths.append(len(path[0].data) if path else 0)

    panel._work.reported.connect(look)
    with qtbot.waitSignal(panel._work.ended, timeout=120_000):
        press(qtbot, panel.run_panel._run)
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 3
    assert lengths[-1] > 100
    assert not any(layer.metadata.get(ROLE) == GROWING for layer in viewer.layers)
    assert viewer.layers["pool_hidden path"].visible


def test_closing_the_window_in_the_middle_leaves_no_thread_behind(
    qtbot, viewer, panel, tmp_path, write_blob_film, blob_model_file
):
    film = write_blob_film(tmp_path / "long.mp4", n_frames=1500, hw=HW)
    viewer.open(str(film), plugin=PLUGIN)
    panel.tracker.set_value(TrackerChoice(blob_model_file))
    with qtbot.waitSignal(panel._work.reported, timeout=90_000):
        press(qtbot, panel.run_panel._run)
    viewer.close()
    assert QThreadPool.globalInstance().waitForDone(3000)
    assert not (tmp_path / "long.tracks.csv").exists()


def test_a_wrong_file_is_told_in_a_notification_and_the_window_goes_on(qtbot, viewer, panel, tmp_path, blob_film):
    notification_manager.records.clear()
    wrong = tmp_path / "notes.mp4"
    wrong.write_text("not a film")
    assert viewer.open(str(wrong), plugin=PLUGIN) == []
    assert len(viewer.layers) == 0
    assert "notes.mp4" in notification_manager.records[-1].message
    viewer.open(str(blob_film), plugin=PLUGIN)
    assert panel.session.film.path == blob_film


def test_a_platform_is_moved_by_hand_and_the_arena_saved(
    qtbot, viewer, panel, blob_film, blob_model_file, save_screenshot, monkeypatch, drag
):
    viewer.open(str(blob_film), plugin=PLUGIN)
    panel.tracker.set_value(TrackerChoice(blob_model_file))
    panel.arena.set_value(ArenaChoice(blob_film.parent / "arena.json"))
    panel.trial.set_value(TrialChoice(TrialKind.PROBE))
    before = track_and_measure(qtbot, panel, 90_000)
    assert before["reached_platform"] == "yes"
    panel.arena.move.click()
    viewer.dims.set_point(0, 30)
    platform = panel.session.arena.platforms["SW"]
    drag(viewer, (platform.cx, platform.cy), (80, 64))
    save_screenshot(viewer, "arena_dark")
    moved = panel.session.arena.platforms["SW"]
    assert (moved.cx, moved.cy, moved.r) == pytest.approx((80, 64, 5))
    qtbot.waitUntil(lambda: not panel._measuring.is_running, timeout=10_000)
    after = {row.name: row.value for row in panel.table.value()}
    assert after["reached_platform"] == "no"
    drawn = next(layer for layer in viewer.layers if layer.metadata.get(ROLE) == PLATFORM)
    np.testing.assert_allclose(drawn.data[0].mean(axis=0), (64, 80), atol=0.2)

    saved = blob_film.parent / "moved.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(saved), ""))
    panel.arena.save.click()
    assert load_arena(saved).platforms["SW"].cx == 80
    assert panel.arena.value().path == saved
    panel.arena.move.click()
    assert not [layer for layer in viewer.layers if layer.metadata.get(ROLE) == HANDLES]
    drag(viewer, (80, 64), (100, 64))
    assert panel.session.arena.platforms["SW"].cx == 80
    panel.arena.platform.click()
    assert list(panel.session.arena.platforms) == ["SW", "platform"]
    assert panel.arena.value().path is None


def test_a_pool_is_marked_by_hand(viewer, panel, blob_film, save_screenshot, drag):
    assert not panel.arena.move.isEnabled()
    viewer.open(str(blob_film), plugin=PLUGIN)
    assert panel.arena.move.text() == MARK
    assert not panel.arena.save.isEnabled()
    panel.arena.move.click()
    height, width = HW
    first = panel.session.arena.pool
    assert (first.cx, first.cy) == ((width - 1) / 2, (height - 1) / 2)
    assert panel.arena.move.text() == MOVE
    save_screenshot(viewer, "mark_the_pool")
    drag(viewer, (first.cx, first.cy), (60, 70))
    assert (panel.session.arena.pool.cx, panel.session.arena.pool.cy) == pytest.approx((60, 70))
    panel.arena.platform.click()
    assert list(panel.session.arena.platforms) == ["platform"]
    assert panel.arena.move.isChecked()


def test_the_timeline_says_what_is_missing_before_a_track(viewer, panel):
    panel.timeline_dock.button.click()
    assert panel.timeline_dock.timeline.message.text() == NO_TRACK
    assert not panel.timeline_dock.timeline.message.isHidden()
    assert panel.timeline_dock.timeline.strips.isHidden()
