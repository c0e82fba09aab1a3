"""Several panels over one picture, in a real window: a click is one panel's, and so is a key."""

import pytest
from napari.utils.notifications import notification_manager

from napari_mazetrack.maze.arena import Arena, Ellipse

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 160)


@pytest.fixture
def both(viewer, labelling, panel, tmp_path, write_blob_film):
    """Return the Label and the Track panel over a film with an arena."""
    viewer.open(str(write_blob_film(tmp_path / "spot.mp4", n_frames=20, hw=HW)), plugin=PLUGIN)
    labelling.open_project(tmp_path / "mice.mazetrack", new=True)
    panel.session.arena = Arena(Ellipse(80, 64, 55, 55), diameter_cm=120.0)
    viewer.dims.set_point(0, 3)
    notification_manager.records.clear()
    return labelling, panel


def press(viewer, key):
    calls = {str(binding): call for binding, call in viewer.keymap.items()}
    if key in calls:
        calls[key](viewer)


def test_a_click_moves_the_arena_and_sets_no_label(viewer, both, drag):
    labelling, panel = both
    panel.arena.move.setChecked(True)
    drag(viewer, (80, 64), (84, 64))
    drag(viewer, (20, 20), (20, 20))
    press(viewer, "W")
    assert panel.session.arena.pool.cx == 84
    assert labelling.session.labelled_frames() == []
    assert labelling.what_next.text().startswith("Correct, Put it here or Move in the Track panel has mouse and keys")
    panel.arena.move.setChecked(False)
    assert labelling.what_next.text() == "Frame 3: click the head."
    drag(viewer, (20, 20), (20, 20))
    press(viewer, "H")
    assert labelling.session.next_keypoint(3) == 2


def test_a_panel_behind_another_tab_takes_no_click(qtbot, viewer, both, drag):
    labelling, panel = both
    window = viewer.window._qt_window
    docks = [widget.parent() for widget in (labelling, panel)]
    while not all(dock.inherits("QDockWidget") for dock in docks):
        docks = [dock if dock.inherits("QDockWidget") else dock.parent() for dock in docks]
    window.tabifyDockWidget(*docks)
    docks[1].raise_()
    qtbot.waitUntil(lambda: labelling.isVisible() and not labelling._in_sight)  # only moved away
    drag(viewer, (20, 20), (20, 20))
    press(viewer, "W")
    assert labelling.session.labelled_frames() == []
    docks[0].raise_()
    qtbot.waitUntil(lambda: bool(labelling._in_sight))
    drag(viewer, (20, 20), (20, 20))
    assert labelling.session.labelled_frames() == [3]
    press(viewer, "W")
    assert labelling.session.is_empty(3)
