"""What is drawn over a film in a real window: chosen, locked, and played."""

import time

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.widgets.overlay.overlays import ROLE
from napari_mazetrack.widgets.overlay_choice import OverlayChoice, PathColour

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 160)
N_FRAMES = 50
ARENA = Arena(
    Ellipse(80, 64, 55, 55),
    diameter_cm=120.0,
    platforms={"SW": Platform("circle", 57, 87, 5)},
    starts={"N": (80.0, 14.0), "E": (130.0, 64.0)},
)
EVERYTHING = OverlayChoice(
    PathColour.QUADRANT, heading=True, box=True, sigma=True, starts=True, scale=True, time=True
)  # fmt: skip


@pytest.fixture
def swim(viewer, panel, tmp_path, write_blob_film, blob_xy):
    """A film, 25 frames a second, of a spot that circles, with its arena and the track of two animals."""
    viewer.open(str(write_blob_film(tmp_path / "spot.mp4", n_frames=N_FRAMES, hw=HW)), plugin=PLUGIN)
    body = np.array([blob_xy(i, HW) for i in range(N_FRAMES)])
    ahead = np.gradient(body, axis=0)
    ahead *= 6 / np.linalg.norm(ahead, axis=1, keepdims=True)
    one = np.stack([body + ahead, body, body - ahead], axis=1)
    points = np.stack([one, (80, 64) - (one - (80, 64)) / 2], axis=1)
    box = np.concatenate([points.min(axis=2) - 2, points.max(axis=2) + 2], axis=-1)
    shape = (N_FRAMES, 2)
    track = Track(
        time_s=np.arange(N_FRAMES) / 25,
        animals=("rat_1", "rat_2"),
        score=np.ones(shape, np.float32),
        box_xyxy=box.astype(np.float32),
        keypoints_xy=points,
        sigma_px=np.full((*shape, 3), 1.5),
        source=np.full(shape, Source.DETECTED, np.uint8),
        raw_keypoints_xy=points.astype(np.float32),
        raw_sigma_px=np.ones((*shape, 3), np.float32),
        attributes={"film_id": panel.session.film.film_id, "film_height": HW[0], "film_width": HW[1]},
    )
    panel.session.arena, panel.session.track = ARENA, track
    return track


def test_everything_is_drawn_and_nothing_can_be_edited(qtbot, viewer, panel, swim, save_screenshot):
    panel.overlays.button.click()
    panel.overlays.set_value(EVERYTHING)
    assert panel.session.overlays == EVERYTHING
    panel.timeline_dock.button.click()
    viewer.dims.set_point(0, 20)
    save_screenshot(viewer, "overlays_dark")
    mine = [layer for layer in viewer.layers if layer.metadata.get(ROLE)]
    assert len(mine) == 8
    canvas = viewer.window._qt_viewer.canvas.native
    before = [np.copy(layer.data) for layer in mine]
    for layer in mine:
        viewer.layers.selection.active = layer  # its controls are shown
        viewer.dims.ndisplay = 3
        viewer.dims.ndisplay = 2
        assert not layer.editable
        for key in (Qt.Key.Key_A, Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            qtbot.keyClick(canvas, key)
    for layer, data in zip(mine, before, strict=True):
        np.testing.assert_array_equal(layer.data, data)
    panel.overlays.set_value(OverlayChoice(PathColour.SPEED, tail_s=0.5, heading=True))
    save_screenshot(viewer, "overlays_tail")


def test_the_timeline_shows_the_animal_and_the_platform_that_are_chosen(viewer, panel, swim):
    panel.timeline_dock.button.click()
    timeline = panel.timeline_dock.timeline
    assert not timeline.animal.isHidden()

    def shown():
        return [timeline.strips.curves[i].getOriginalDataset()[1].tolist() for i in (0, 1)]

    first = shown()
    timeline.animal.setCurrentIndex(1)
    assert panel.session.animal == 1
    second = shown()
    assert second[0] == pytest.approx([speed / 2 for speed in first[0]])
    numbers = timeline.strips.bars.opts["x0"]
    assert len(numbers) == len(timeline.strips.bars.opts["brushes"]) >= 4
    panel.session.arena = Arena(
        ARENA.pool, diameter_cm=120.0, platforms={**ARENA.platforms, "NE": Platform("circle", 100, 40, 5)}
    )
    assert shown() == [pytest.approx(values) for values in second]
    panel.session.platform = "NE"
    assert shown()[1] != pytest.approx(second[1])


def test_a_film_is_played_at_its_own_speed(qtbot, viewer, panel, swim):
    viewer.dims.set_point(0, 0)
    panel.playback.speed.setCurrentText("4×")
    began = time.perf_counter()
    panel.playback.button.click()
    assert panel.playback.button.text() == "Pause"
    qtbot.waitUntil(lambda: not panel.playback.playback.is_playing, timeout=20_000)
    assert time.perf_counter() - began >= (N_FRAMES - 1) / 25 / 4
    assert viewer.dims.current_step[0] == N_FRAMES - 1
    assert panel.playback.button.text() == "Play"
    assert panel.playback.now.text() == f"{(N_FRAMES - 1) / 25:.2f} s"
    canvas = viewer.window._qt_viewer.canvas.native
    qtbot.keyClick(canvas, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert panel.playback.playback.is_playing
    viewer.layers.remove(viewer.layers["spot"])
    assert not panel.playback.playback.is_playing
    assert not panel.playback.button.isEnabled()
