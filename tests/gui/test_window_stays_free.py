"""What takes long happens beside the window's thread: decoding, reading models and labels, going through a project.
What takes many seconds, picking frames and training, happens in another process.

Times are not looked at here (`benchmarks/gui_speed.py` measures them): a busy machine is no mistake of the program.
"""

import threading
from collections import Counter

import numpy as np
import pytest

from napari_mazetrack.detector import model_file
from napari_mazetrack.project import Project
from napari_mazetrack.project.ledger import Ledger
from napari_mazetrack.project.records import Kind
from napari_mazetrack.video import film as film_module
from napari_mazetrack.video import open_film
from napari_mazetrack.video.video_file import VideoFile
from napari_mazetrack.widgets.label.label_session import LabelSession
from napari_mazetrack.workflows import label_sources
from napari_mazetrack.workflows.pick_frames import Way

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 160)
WAIT_MS = 240_000


@pytest.fixture
def film(tmp_path, write_blob_film):
    return write_blob_film(tmp_path / "spot.mp4", n_frames=60, hw=HW)


@pytest.fixture
def project_path(tmp_path, film, blob_xy):
    """A project with labels of every fourth frame."""
    with Project.create(tmp_path / "mice.mazetrack") as project, open_film(film) as opened:
        session = LabelSession(project, project.add_film(opened))
        for frame in range(0, 60, 4):
            session.accept(frame, np.add(blob_xy(frame, HW), [[6, 0], [0, 0], [-6, 0]]))
    return tmp_path / "mice.mazetrack"


class Watch:
    """Counts the calls of slow functions: in the window's thread, and elsewhere."""

    def __init__(self):
        self.window, self.elsewhere = Counter(), Counter()

    def on(self, monkeypatch, owner, name, counts=lambda *_: True):
        whole = getattr(owner, name)

        def counted(*arguments, **named):
            if counts(*arguments):
                is_window = threading.current_thread() is threading.main_thread()
                (self.window if is_window else self.elsewhere)[name] += 1
            return whole(*arguments, **named)

        monkeypatch.setattr(owner, name, counted)


@pytest.fixture
def watch(monkeypatch):
    watch = Watch()
    watch.on(monkeypatch, film_module.Film, "_read")
    watch.on(monkeypatch, VideoFile, "__init__")
    watch.on(monkeypatch, model_file, "read_model_file")
    watch.on(monkeypatch, label_sources, "load_labelled_frames")
    watch.on(monkeypatch, Ledger, "entities", lambda _, kind=None, *__: kind in (None, Kind.LABEL, Kind.SECOND_LABEL))
    return watch


def test_picking_labelling_and_stepping(viewer, film, project_path, watch, qtbot, drag):
    _, labelling = viewer.window.add_plugin_dock_widget(PLUGIN, "Label")
    viewer.open(str(film), plugin=PLUGIN)
    viewer.dims.set_point(0, 1)
    labelling.open_project(project_path)
    labelling.frames.n_frames.setValue(4)
    labelling.frames.way.setCurrentIndex(labelling.frames.way.findData(Way.DIFFERENT))
    qtbot.wait(50)
    watch.window.clear()
    watch.elsewhere.clear()
    with qtbot.waitSignal(labelling.frames.picked, timeout=WAIT_MS):
        labelling.frames.start()
    qtbot.waitUntil(lambda: viewer.dims.current_step[0] in labelling.session.queue())
    # Another thread of this process would hold Python's lock, and the window wait for it.
    assert watch.elsewhere["_read"] == watch.elsewhere["__init__"] == 0, "frames are read in the window's process"
    assert watch.window["_read"] <= 1  # the picture that is shown then
    for _ in range(3):
        drag(viewer, (30, 30), (30, 30))
        labelling.go_forward()
        labelling.undo()
    qtbot.wait(50)
    assert watch.window["entities"] == 0, "a click goes through all labels"
    assert watch.window["_read"] <= 8  # pictures that were shown
    assert watch.window["__init__"] == watch.window["read_model_file"] == 0


def test_proposing(viewer, film, project_path, watch, qtbot):
    _, labelling = viewer.window.add_plugin_dock_widget(PLUGIN, "Label")
    viewer.open(str(film), plugin=PLUGIN)
    labelling.open_project(project_path)
    viewer.dims.set_point(0, 1)
    qtbot.wait(50)
    watch.window.clear()
    labelling.options.propose.setChecked(True)
    qtbot.waitUntil(lambda: labelling._scene.assist.has_looked(1), timeout=WAIT_MS)
    assert watch.elsewhere["read_model_file"] == 1
    assert watch.window["read_model_file"] == watch.window["__init__"] == watch.window["_read"] == 0


def test_the_start_of_a_training(viewer, film, project_path, watch, qtbot):
    _, training = viewer.window.add_plugin_dock_widget(PLUGIN, "Train & Export")
    with qtbot.waitSignal(training._reading.ended, timeout=WAIT_MS):
        training.choice.labels.set_value(project_path)
    with qtbot.waitSignal(training.training.reported, timeout=WAIT_MS):
        training.run_panel._run.click()
    training.training.discard()
    assert watch.elsewhere["load_labelled_frames"] == 1  # for the summary; the training reads them in its own process
    assert sum(watch.window.values()) == 0
