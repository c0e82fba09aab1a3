"""A Track panel without a window, on a film of a spot that lies on the disk with what was made of it."""

import pytest
from film_panel import settled
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QThreadPool

from napari_mazetrack.progress import run_to_end
from napari_mazetrack.widgets import reader
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
from napari_mazetrack.widgets.track.track_widget import TrackWidget
from napari_mazetrack.widgets.window import ask
from napari_mazetrack.workflows.track import TrackRequest, track_film


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
