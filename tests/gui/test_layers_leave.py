"""A layer's buffers are deleted in the canvas's own OpenGL context; in another one the next drawing crashes."""

import pytest
from qtpy.QtGui import QOpenGLContext
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from vispy.gloo.context import GLContext

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"


@pytest.fixture
def canvas(viewer, labelling):
    """Return the canvas of the viewer."""
    top = labelling
    while top.parentWidget() is not None:
        top = top.parentWidget()
    (canvas,) = top.findChildren(QOpenGLWidget)
    return canvas


@pytest.fixture
def contexts(monkeypatch):
    """Return a list of the contexts in which what was removed is deleted."""
    seen = []
    finish = GLContext.finish

    def note(context):
        seen.append(QOpenGLContext.currentContext())
        finish(context)

    monkeypatch.setattr(GLContext, "finish", note)
    return seen


def close_project(viewer, labelling):
    labelling.projects.path.set_value(None)


def close_panel(viewer, labelling):
    viewer.window.remove_dock_widget(labelling)


@pytest.mark.parametrize("close", [close_project, close_panel])
def test_labels_leave_in_the_context_of_the_canvas(
    qtbot, viewer, labelling, canvas, contexts, write_blob_film, tmp_path, close
):
    film = write_blob_film(tmp_path / "spot.mp4", n_frames=20, hw=(128, 160))
    viewer.open(str(film), plugin=PLUGIN)
    labelling.open_project(tmp_path / "mice.mazetrack", new=True)
    labelling._on_clicked(0, (30.0, 20.0))
    qtbot.wait(100)
    canvas.doneCurrent()  # as after Qt has drawn the window round it
    close(viewer, labelling)
    assert len(viewer.layers) == 1
    assert contexts == [canvas.context()] * len(contexts)
    assert contexts
