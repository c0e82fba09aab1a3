"""A laptop's screen: however many panels are docked over each other, the window stays as high as it was."""

import pytest

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
PANELS = ("Label", "Train & Export", "Track", "Experiment")


def test_panels_over_each_other_do_not_make_the_window_higher(qtbot, viewer):
    window = viewer.window._qt_window
    before = window.height()
    panels = [viewer.window.add_plugin_dock_widget(PLUGIN, name)[1] for name in PANELS]
    qtbot.wait(200)
    assert window.height() == before
    assert all(panel.isVisible() and panel.height() > 60 for panel in panels)
