"""Correcting a track in a real window: a point is dragged, and path, files and project follow."""

import numpy as np
import pytest
from corrected_track import SPOT_HW, settled
from napari.utils.notifications import notification_manager
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFileDialog

from napari_mazetrack.maze.measures import Window
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import Project
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.widgets.overlay.overlays import DRAGGED, KEYPOINTS, LIT, ROLE
from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks
from napari_mazetrack.workflows.recordings import load_recordings

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
FRAME, BODY = 20, 1


def dragged_points(viewer):
    return [layer.data.tolist() for layer in viewer.layers if layer.metadata.get(ROLE) == DRAGGED]


def test_a_point_is_dragged_and_everything_follows(qtbot, viewer, panel, correcting, film, save_screenshot, drag):
    viewer.dims.set_point(0, FRAME)
    before = settled(qtbot, panel)
    start = correcting.corrections.points(FRAME)[BODY]
    end = np.add(start, (14, -9))
    pressed, moved, released = drag(viewer, start, end, lambda: dragged_points(viewer))
    assert (pressed, released) == ([], [])
    np.testing.assert_allclose(moved[0], [[FRAME, end[1], end[0]]])
    save_screenshot(viewer, "correct_dark")

    body = panel.session.track.keypoints_xy[FRAME, 0, BODY]
    np.testing.assert_allclose(body, end, atol=0.5)
    after = settled(qtbot, panel)
    assert after["path_length_cm"] != before["path_length_cm"]
    (points,) = [layer for layer in viewer.layers if layer.metadata.get(ROLE) == KEYPOINTS]
    row = np.flatnonzero((points.data[:, 0] == FRAME) & (points.features["keypoint"] == "body"))
    np.testing.assert_allclose(points.data[row[0], :0:-1], body)
    assert points.features["source"].iloc[row[0]] == "corrected"
    saved = load_track(film.with_name("spot.tracks.nc"))
    np.testing.assert_array_equal(saved.keypoints_xy, panel.session.track.keypoints_xy)
    assert saved.source[FRAME, 0] == Source.CORRECTED
    csv = load_track(film.with_name("spot.tracks.csv"))
    np.testing.assert_allclose(csv.keypoints_xy, saved.keypoints_xy, atol=1e-3)
    with Project.open(film.with_suffix(".mazetrack"), read_only=True) as project:
        (record,) = project.corrections.of_film(saved.attributes["film_id"])
    assert record.kind == "set_keypoint"
    (recording,) = load_recordings(film.with_suffix(".mazetrack"))
    np.testing.assert_allclose(recording.xy[FRAME], body)

    correcting.undo()
    assert settled(qtbot, panel)["path_length_cm"] == before["path_length_cm"]
    assert load_track(film.with_name("spot.tracks.nc")).source[FRAME, 0] == Source.DETECTED
    correcting.redo()
    np.testing.assert_allclose(panel.session.track.keypoints_xy[FRAME, 0, BODY], end, atol=0.5)


def press(viewer, key):
    {str(binding): call for binding, call in viewer.keymap.items()}[key](viewer)


def test_the_label_panel_stands_aside_while_a_track_is_corrected(viewer, correcting, labelling, tmp_path, drag):
    """Docked while another panel corrects, it takes neither clicks nor keys before that has ended."""
    labelling.open_project(tmp_path / "mice.mazetrack", new=True)
    viewer.dims.set_point(0, 15)
    drag(viewer, (5, 5), (5, 5))
    press(viewer, "Q")
    assert correcting.state.text().startswith("Draw the animal")
    drag(viewer, (100, 60), (110, 60))
    assert labelling.session.labelled_frames() == []
    assert correcting.corrections.n_corrections == 1
    press(viewer, "U")
    assert correcting.corrections.n_corrections == 0
    assert "Shift+Q   of the moment to check it cannot be said" in correcting.keys.text()
    assert correcting.keys.isVisibleTo(correcting)
    correcting.toggle.click()
    assert not correcting.keys.isVisibleTo(correcting)
    drag(viewer, (5, 5), (5, 5))
    press(viewer, "H")
    assert labelling.session.next_keypoint(15) == 2


def test_an_animal_is_drawn_clicked_and_pasted_into_frames(qtbot, viewer, panel, correcting, drag, save_screenshot):
    correcting.corrections.mark_missing(10, 30)
    viewer.dims.set_point(0, 15)
    press(viewer, "Q")
    assert correcting.state.text().startswith("Draw the animal")
    save_screenshot(viewer, "put_dark")
    drag(viewer, (40, 50), (52, 50))
    points = panel.session.track.keypoints_xy
    np.testing.assert_allclose(points[15, 0], [[52, 50], [46, 50], [40, 50]], atol=0.5)
    viewer.dims.set_point(0, 20)
    press(viewer, "Q")
    drag(viewer, (60, 64), (60, 64))
    np.testing.assert_allclose(panel.session.track.keypoints_xy[20, 0, BODY], (60, 64), atol=0.5)
    assert not correcting.buttons["paste_pose"].isEnabled()
    press(viewer, "Shift+C")
    viewer.dims.set_point(0, 25)
    press(viewer, "Shift+D")
    pasted = panel.session.track.keypoints_xy
    np.testing.assert_allclose(pasted[25, 0], pasted[20, 0], atol=0.5)
    assert correcting.corrections.n_corrections == 4
    # the stroke is over: points are dragged again, and a second Q takes the first back
    press(viewer, "Q")
    press(viewer, "Q")
    drag(viewer, pasted[25, 0, BODY], (70, 70))
    np.testing.assert_allclose(panel.session.track.keypoints_xy[25, 0, BODY], (70, 70), atol=0.5)
    settled(qtbot, panel)


def test_an_animal_that_is_nowhere_is_drawn_before_it_is_clicked(qtbot, viewer, panel, correcting, drag):
    correcting.corrections.mark_missing(0, 49)
    viewer.dims.set_point(0, 15)
    press(viewer, "Q")
    drag(viewer, (60, 64), (60, 64))
    assert correcting.state.text() == "Draw it from tail to head: its pose is not known yet."
    assert correcting.corrections.n_corrections == 1
    drag(viewer, (40, 50), (52, 50))  # the panel still waits for it
    np.testing.assert_allclose(panel.session.track.keypoints_xy[15, 0], [[52, 50], [46, 50], [40, 50]], atol=0.5)
    viewer.dims.set_point(0, 20)
    press(viewer, "Q")
    drag(viewer, (60, 64), (60, 64))
    np.testing.assert_allclose(panel.session.track.keypoints_xy[20, 0, BODY], (60, 64), atol=0.5)
    settled(qtbot, panel)


def test_the_keys_correct_and_are_given_back(qtbot, viewer, panel, correcting, drag):
    viewer.dims.set_point(0, 10)
    press(viewer, "K")
    assert correcting.buttons["mark_missing"].text() == "… to here (K)"
    viewer.dims.set_point(0, 14)
    press(viewer, "K")
    assert (panel.session.track.source[10:15, 0] == Source.MISSING).all()
    head = panel.session.track.keypoints_xy[30, 0, 0].copy()
    viewer.dims.set_point(0, 30)
    press(viewer, "G")
    tail = panel.session.track.raw_keypoints_xy[30, 0, 2]
    np.testing.assert_allclose(tail, head, atol=3)
    assert correcting.corrections.n_corrections == 2
    settled(qtbot, panel)
    correcting.toggle.click()
    assert "K" not in {str(binding) for binding in viewer.keymap}
    drag(viewer, panel.session.track.keypoints_xy[30, 0, BODY], (20, 20))
    assert panel.session.track.source[30, 0] == Source.DETECTED


def test_a_corrected_frame_is_used_for_training(viewer, panel, correcting, film, drag):
    correcting.buttons["use_for_training"].click()
    assert correcting.state.text().startswith("No more frames")
    viewer.dims.set_point(0, FRAME)
    start = correcting.corrections.points(FRAME)[BODY]
    drag(viewer, start, np.add(start, (6, -4)), list)
    correcting.buttons["use_for_training"].click()
    assert correcting.state.text().startswith("Labels of spot.mazetrack: 1 more.")
    correcting.toggle.click()
    with Project.open(film.with_suffix(".mazetrack"), read_only=True) as project:
        assert [label.frame_index for label in project.labels] == [FRAME]


def test_corrections_are_there_when_the_film_is_corrected_again(qtbot, viewer, panel, correcting, drag):
    viewer.dims.set_point(0, FRAME)
    start = correcting.corrections.points(FRAME)[BODY]
    drag(viewer, start, np.add(start, (8, 8)))
    settled(qtbot, panel)
    track = panel.session.track
    correcting.toggle.click()
    with qtbot.waitSignal(correcting._loading.ended, timeout=10_000):
        correcting.toggle.click()
    assert correcting.corrections.n_corrections == 1
    np.testing.assert_array_equal(correcting.corrections.track.keypoints_xy, track.keypoints_xy)


def test_a_track_of_an_earlier_day_is_shown_and_corrected(qtbot, viewer, panel, correcting, film, drag):
    viewer.dims.set_point(0, FRAME)
    start = correcting.corrections.points(FRAME)[BODY]
    drag(viewer, start, np.add(start, (8, 8)))
    settled(qtbot, panel)
    track = panel.session.track
    correcting.toggle.click()
    viewer.layers.clear()
    assert panel.session.track is None
    viewer.open(str(film), plugin=PLUGIN)
    with qtbot.waitSignal(correcting._loading.ended, timeout=10_000):
        correcting.toggle.click()
    np.testing.assert_array_equal(panel.session.track.keypoints_xy, track.keypoints_xy)
    assert [layer for layer in viewer.layers if layer.metadata.get(ROLE) == KEYPOINTS]


def test_without_a_track_nothing_is_corrected(viewer, panel, film):
    viewer.open(str(film), plugin=PLUGIN)
    panel.correct.toggle.click()
    assert not panel.correct.toggle.isChecked()
    assert "Track the film first" in panel.correct.state.text()
    assert not film.with_suffix(".mazetrack").exists()


def test_moments_are_answered_once_and_for_all(qtbot, viewer, panel, correcting, save_screenshot):
    settled(qtbot, panel)
    review = panel.review
    panel.tabs.setCurrentWidget(review)
    n_moments = len(review.table.value())
    assert n_moments
    assert review.state.text().startswith(f"{n_moments} of {n_moments} moments are open.")
    correcting.go_to_next()
    first = review.table.selected()
    assert viewer.dims.current_step[0] == first.first_frame
    correcting.answer_right()
    assert review.state.text().startswith(f"{n_moments - 1} of {n_moments} moments are open.")
    row = review.table.value().index(first)
    assert review.table.item(row, 2).text() == "right"
    assert review.table.selected() != first
    save_screenshot(viewer, "review_dark")
    press(viewer, "Shift+N")
    assert review.table.selected() == first
    press(viewer, "Shift+Q")
    assert review.table.item(row, 2).text() == "cannot say"
    assert review.state.text().startswith(f"{n_moments} of {n_moments} moments are open.")
    review.table.selectRow(row)
    press(viewer, "0")
    correcting.toggle.click()
    assert not any(button.isEnabled() for button in review.buttons.values())
    with qtbot.waitSignal(correcting._loading.ended, timeout=10_000):
        correcting.toggle.click()
    settled(qtbot, panel)
    assert review.state.text().startswith(f"{n_moments - 1} of {n_moments} moments are open.")


def test_the_timeline_follows_and_leads(qtbot, viewer, panel, correcting, save_screenshot, drag):
    panel.timeline_dock.button.click()
    timeline = panel.timeline_dock.timeline
    settled(qtbot, panel)
    viewer.dims.set_point(0, 10)
    assert [line.value() for line in timeline.strips.now] == pytest.approx([10 / 25] * 4)
    timeline.strips.now[0].setValue(0.81)
    timeline.strips.now[0].sigDragged.emit(timeline.strips.now[0])
    assert viewer.dims.current_step[0] == 20
    times, speeds = timeline.strips.curves[0].getOriginalDataset()
    assert len(times) == len(speeds) == 50
    start = correcting.corrections.points(FRAME)[BODY]
    drag(viewer, start, np.add(start, (6, -4)))
    settled(qtbot, panel)
    (region,) = timeline.strips.stretches
    assert region.getRegion() == pytest.approx((19.5 / 25, 20.5 / 25))
    assert not np.array_equal(timeline.strips.curves[0].getOriginalDataset()[1], speeds)
    save_screenshot(viewer, "timeline_dark")
    panel.timeline_dock.button.click()
    assert panel.timeline_dock.timeline is None
    viewer.dims.set_point(0, 12)


def test_a_timeline_whose_dock_is_closed_lets_go(viewer, panel, correcting):
    panel.timeline_dock.button.click()
    viewer.window.remove_dock_widget(panel.timeline_dock.timeline)
    assert panel.timeline_dock.timeline is None
    assert not panel.timeline_dock.button.isChecked()
    viewer.dims.set_point(0, 12)


def test_a_number_lights_its_frames_and_goes_out_of_the_window(
    qtbot, viewer, panel, correcting, film, save_screenshot, monkeypatch
):
    shown = settled(qtbot, panel)
    panel.tabs.setCurrentWidget(panel.measures)
    names = [row.name for row in panel.table.value()]
    panel.table.selectRow(names.index("quadrant_2_time_s"))
    (lit,) = [layer for layer in viewer.layers if layer.metadata.get(ROLE) == LIT]
    assert len(lit.data) / 25 == pytest.approx(float(shown["quadrant_2_time_s"]), abs=2 / 25)
    assert (lit.data[:, 1] < 80 + 1).all()  # to the left
    assert panel.measures.formula.text().startswith("Quadrant 2 time: time in quadrant 2")
    assert "variant: default" in panel.measures.formula.text()
    save_screenshot(viewer, "measures_dark")
    panel.measures.copy.click()
    assert QGuiApplication.clipboard().text() == f"quadrant_2_time_s\t{shown['quadrant_2_time_s']}\ts"

    out = film.with_name("measures.csv")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    panel.measures.save.click()
    expected = film.with_name("expected.csv")
    tracks, arena = film.with_name("spot.tracks.nc"), film.with_name("arena.json")
    request = MeasureRequest((tracks,), expected, arena=arena, kind=TrialKind.PROBE, windows=(Window(),))
    run_to_end(measure_tracks(request))
    assert out.read_text() == expected.read_text()

    panel.table.clearSelection()
    assert not [layer for layer in viewer.layers if layer.metadata.get(ROLE) == LIT]


def test_beyond_the_end_of_the_film_nothing_is_corrected(viewer, correcting, drag):
    shown = viewer.layers.selection.active
    viewer.add_image(np.zeros((80, *SPOT_HW), np.uint8), name="longer")
    viewer.layers.selection.active = shown
    viewer.dims.set_point(0, 70)
    notification_manager.records.clear()
    drag(viewer, (20, 20), (40, 20))
    assert not notification_manager.records
    for press in (correcting.put, correcting.mark_missing, correcting.copy_pose, correcting.reject):
        press()
        assert notification_manager.records.pop().message.startswith("Frame 70 lies beyond the end of the film")
    assert (correcting._stroke, correcting._missing_from, correcting._pose) == (None, None, None)
    assert correcting.corrections.n_corrections == 0
    assert correcting.toggle.isChecked()
