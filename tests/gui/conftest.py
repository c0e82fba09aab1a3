"""A real napari window (under Xvfb where there is no screen), with settings that are nobody's own."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

# Before napari's settings are imported: an empty name keeps them in memory.
os.environ["NAPARI_CONFIG"] = ""

import pytest
from corrected_track import SPOT_HW
from napari.utils.interactions import mouse_move_callbacks, mouse_press_callbacks, mouse_release_callbacks

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.widgets.arena.arena_choice import ArenaChoice
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice
from napari_mazetrack.widgets.track.trial_choice import TrialChoice
from napari_mazetrack.widgets.train.train_choice import TrainChoice

REPOSITORY = Path(__file__).resolve().parents[2]
PLUGIN = "napari-mazetrack"
WINDOW_SIZE = (1366, 768)


@pytest.fixture
def viewer(make_napari_viewer, qtbot):
    """Return a viewer whose window is as large as a small laptop's screen."""
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(*WINDOW_SIZE)
    qtbot.wait(50)
    return viewer


@pytest.fixture
def panel(viewer):
    """Return the Track panel, docked as napari does it from the menu."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Track")
    return widget


@pytest.fixture
def labelling(viewer):
    """Return the Label panel, docked as napari does it from the menu."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Label")
    return widget


@pytest.fixture
def save_screenshot(qtbot):
    """Save a picture of a whole window as ``screenshots/NAME.png`` (or in ``MAZETRACK_SCREENSHOTS``)."""
    folder = Path(os.environ.get("MAZETRACK_SCREENSHOTS", REPOSITORY / "screenshots"))

    def save(viewer, name):
        qtbot.wait(300)  # drawn after the events that changed it
        folder.mkdir(parents=True, exist_ok=True)
        return viewer.window.screenshot(str(folder / f"{name}.png"), canvas_only=False, flash=False)

    return save


@pytest.fixture
def short(monkeypatch):
    """Trainings of a few seconds in place of minutes."""
    whole = TrainChoice.arguments

    def arguments(self, **flags):
        words = whole(self, **flags)
        words[words.index("--minutes") + 1] = "0.05"
        return words

    monkeypatch.setattr(TrainChoice, "arguments", arguments)


@pytest.fixture
def drag():
    """Drag with the left button from x, y to x, y of the frame that a viewer shows; return what was seen meanwhile."""
    return _drag


def _drag(viewer, start, end, look=lambda: None):
    event = SimpleNamespace(button=1, buttons=(1,), modifiers=(), handled=False, is_dragging=False)
    seen = []
    for kind, xy, callbacks in (
        ("mouse_press", start, mouse_press_callbacks),
        ("mouse_move", end, mouse_move_callbacks),
        ("mouse_release", end, mouse_release_callbacks),
    ):
        event.type, event.position = kind, (viewer.dims.current_step[0], xy[1], xy[0])
        callbacks(viewer, event)
        seen.append(look())
    return seen


@pytest.fixture
def film(tmp_path, write_blob_film):
    """A spot that circles in a pool of 110 × 110 px, 120 cm wide; its platform lies to the lower left."""
    arena = Arena(Ellipse(80, 64, 55, 55), diameter_cm=120.0, platforms={"SW": Platform("circle", 57, 87, 5)})
    save_arena(arena, tmp_path / "arena.json")
    return write_blob_film(tmp_path / "spot.mp4", n_frames=50, hw=SPOT_HW)


@pytest.fixture
def correcting(qtbot, viewer, panel, film, tmp_path, blob_model_proto):
    """Return the Correct tab over a film that was just tracked."""
    model = tmp_path / "blob.onnx"
    model.write_bytes(blob_model_proto(SPOT_HW).SerializeToString())
    viewer.open(str(film), plugin=PLUGIN)
    panel.tracker.set_value(TrackerChoice(model))
    panel.arena.set_value(ArenaChoice(film.parent / "arena.json"))
    panel.trial.set_value(TrialChoice(TrialKind.PROBE))
    with qtbot.waitSignal(panel._work.ended, timeout=90_000):
        panel.run_panel._run.click()
    panel.tabs.setCurrentWidget(panel.correct)
    with qtbot.waitSignal(panel.correct._loading.ended, timeout=10_000):
        panel.correct.toggle.click()
    assert panel.correct.corrections is not None
    return panel.correct
