"""A film is tracked with the model of the project that holds it."""

import pytest
from film_panel import ARENA, settled, track

from napari_mazetrack.project import Project
from napari_mazetrack.project.default_model import set_default_model
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice


@pytest.fixture
def study(film, blob_model, tmp_path):
    """A project in which the film was labelled, with a model of its own."""
    path = tmp_path / "study.mazetrack"
    with Project.create(path) as project:
        set_default_model(project, blob_model, {})
        project.add_film(film_layer_from_path(film)[0].film)
    return path


@pytest.mark.parametrize("way", ["beside the film", "open in a panel", "named"])
def test_the_projects_own_model_is_used_and_said(qtbot, open_panel, film, study, tmp_path, way):
    choice = TrackerChoice()
    if way != "beside the film":
        (tmp_path / "elsewhere").mkdir()
        study = study.rename(tmp_path / "elsewhere" / "study.mazetrack")
    if way == "named":
        choice = TrackerChoice(study)
    opened = OPEN_PROJECTS.open(study) if way == "open in a panel" else None
    panel = open_panel(film)
    if way != "named":
        assert panel.tracker._model.currentText() == "Automatic: blob.onnx of study.mazetrack"
    track(qtbot, panel, choice)
    if opened is not None:
        OPEN_PROJECTS.close(opened)
    assert panel.session.track.attributes["model_name"] == "blob.onnx"
    assert "Tracked with blob.onnx of study.mazetrack." in panel.run_panel.line


def test_a_model_that_cannot_be_had_is_not_replaced_by_another(qtbot, open_panel, film, study, tmp_path):
    panel = open_panel(film)
    empty = tmp_path / "empty.mazetrack"
    Project.create(empty).close()
    panel.tracker.set_value(TrackerChoice(empty))
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.run_panel.run_requested.emit()
    assert "empty.mazetrack has no model of its own" in panel.run_panel.line


def test_a_model_that_becomes_the_projects_while_the_film_is_open_is_said(
    qtbot, open_panel, film, blob_model, tmp_path
):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    settled(qtbot, panel)
    assert panel.tracker._model.currentText() == "Automatic: fast"
    project = OPEN_PROJECTS.open(film.with_suffix(".mazetrack"))  # as Use for the project does
    set_default_model(project, blob_model, {})
    OPEN_PROJECTS.close(project)
    settled(qtbot, panel)
    assert panel.tracker._model.currentText() == "Automatic: blob.onnx of pool.mazetrack"


def test_a_projects_model_that_is_gone_is_told(qtbot, open_panel, film, study, blob_model, tmp_path):
    model = tmp_path / "mine.onnx"
    model.write_bytes(blob_model.read_bytes())
    with Project.open(study) as project:
        set_default_model(project, model, {})
    model.unlink()
    panel = open_panel(film)
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.run_panel.run_requested.emit()
    assert "mine.onnx is not at" in panel.run_panel.line
    assert panel.session.track is None
