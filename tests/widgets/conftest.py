"""Tracks and arenas whose every number is known."""

from __future__ import annotations

import av
import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QThreadPool

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.tracking.detections import PartWriter
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
from napari_mazetrack.widgets.track.track_widget import TrackWidget
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice
from napari_mazetrack.widgets.window import ask
from napari_mazetrack.widgets.window.ask import GoOn
from napari_mazetrack.workflows import track as track_workflow

FILM_ID = "5eaf00d5"


@pytest.fixture
def arena():
    """A pool in the middle of a 320 × 240 film, its platform in the south-west."""
    return Arena(
        pool=Ellipse(160.0, 120.0, 100.0, 90.0),
        diameter_cm=120.0,
        platforms={"SW": Platform("circle", 120.0, 160.0, 8.0)},
    )


@pytest.fixture
def make_track():
    """Animals that swim to the right, one pixel a frame: the head 5 px in front of the body, the tail 5 px behind.

    Frames in `missing` are empty.
    """

    def make(n_frames=20, n_animals=1, missing=(), film_id=FILM_ID, film_name="pool.mp4"):
        frame = np.arange(n_frames, dtype=float)
        xy = np.zeros((n_frames, n_animals, 3, 2))
        for animal in range(n_animals):
            for keypoint, ahead in enumerate((5.0, 0.0, -5.0)):
                xy[:, animal, keypoint, 0] = 100 + frame + ahead
                xy[:, animal, keypoint, 1] = 80 + 40 * animal
        source = np.full((n_frames, n_animals), Source.DETECTED, np.uint8)
        xy[list(missing)] = np.nan
        source[list(missing)] = Source.MISSING
        return Track(
            time_s=frame / 30,
            animals=tuple(f"animal_{i}" for i in range(n_animals)),
            score=np.full((n_frames, n_animals), 0.9, np.float32),
            box_xyxy=np.zeros((n_frames, n_animals, 4), np.float32),
            keypoints_xy=xy,
            sigma_px=np.ones(xy.shape[:3]),
            source=source,
            raw_keypoints_xy=xy.astype(np.float32),
            raw_sigma_px=np.ones(xy.shape[:3], np.float32),
            attributes={"film_id": film_id, "film_name": film_name, "film_height": 240, "film_width": 320},
        )

    return make


@pytest.fixture
def tracking_panel(qtbot, blob_model, tmp_path, monkeypatch):
    """Make a Track panel on films of 96 × 64 pixels, without a window, that really tracks, into ``out``."""
    crashes, panels = [], []
    monkeypatch.setattr(notification_manager, "receive_error", lambda *error: crashes.append(error))
    monkeypatch.setattr(ask, "ask_to_go_on", lambda *_: GoOn.GO_ON)
    monkeypatch.setattr(track_workflow, "REPORT_EVERY_S", 0.0)
    notification_manager.records.clear()

    def make(*films):
        viewer = ViewerModel()
        for film in films:
            viewer.add_layer(Layer.create(*film_layer_from_path(film)))
        panel = TrackWidget(viewer)
        panels.append(panel)
        qtbot.addWidget(panel)
        panel.tracker.set_value(TrackerChoice(blob_model))
        panel.out_dir.set_value(tmp_path / "out")
        return panel

    yield make
    for panel in panels:
        panel.shut_down()
    assert QThreadPool.globalInstance().waitForDone(5000)
    assert crashes == []


@pytest.fixture
def at_frame(monkeypatch):
    """Do something, once, in the thread that tracks, just before a frame is recorded."""
    append = PartWriter.append

    def arrange(frame_index, do):
        waiting = [do]

        def append_with_trouble(self, index, instances):
            if index == frame_index and waiting:
                waiting.pop()()
            append(self, index, instances)

        monkeypatch.setattr(PartWriter, "append", append_with_trouble)

    return arrange


@pytest.fixture
def make_film(tmp_path):
    """Write a film of 64 × 48 pixels whose frame i is evenly grey, at about 10 · i."""

    def make(name="pool.mp4", n_frames=12):
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=30)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            stream.options = {"crf": "10", "preset": "ultrafast"}
            for i in range(n_frames):
                picture = np.full((48, 64, 3), 10 * i, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            container.mux(stream.encode(None))
        return path

    return make
