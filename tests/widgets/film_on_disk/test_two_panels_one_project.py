"""The Track and the Label panel have one project open, and follow each other's edits."""

import pytest
from film_panel import BODY, FRAME, XY, is_corrected, settled

from napari_mazetrack.review.event_marks import EventKind, EventMark
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.widgets.label.label_widget import LabelWidget
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.workflows.correct import put_marks


def undo_elsewhere(project):
    """As a panel does that may take back anything, such as a merge."""
    project.undo()
    OPEN_PROJECTS.edited.emit(project)


@pytest.mark.parametrize("is_correcting", [True, False])
def test_the_track_follows_what_another_panel_takes_back(qtbot, open_panel, film, nc, project_path, is_correcting):
    panel = open_panel(film)
    panel.correct.toggle.click()
    settled(qtbot, panel)
    film_id = panel.session.film.film_id
    labels = LabelWidget(panel._viewer)
    qtbot.addWidget(labels)
    labels.open_project(project_path)
    panel.correct._on_dragged(FRAME, BODY, XY, True)
    put_marks(labels.project, film_id, [EventMark(EventKind.RELEASE, 0.2, "Ada")], "Release")
    panel.events.follow_project()
    assert is_corrected(panel.session.track)
    assert panel.session.said_marks
    if not is_correcting:
        qtbot.waitUntil(lambda: not panel.correct._saving.is_running, timeout=20_000)
        panel.correct.toggle.click()
    undo_elsewhere(labels.project)
    assert panel.session.said_marks == ()
    undo_elsewhere(labels.project)
    qtbot.waitUntil(lambda: not is_corrected(panel.session.track), timeout=20_000)
    if is_correcting:
        qtbot.waitUntil(lambda: not panel.correct._saving.is_running, timeout=20_000)
        assert panel.correct.state.text().startswith("0 corrections")
        assert not is_corrected(load_track(nc))
    labels.shut_down()


def test_labels_follow_what_correct_does(qtbot, open_panel, film, nc, project_path):
    panel = open_panel(film)
    panel.correct.toggle.click()
    settled(qtbot, panel)
    labels = LabelWidget(panel._viewer)
    qtbot.addWidget(labels)
    labels.open_project(project_path)
    panel._viewer.dims.set_point(0, FRAME)
    panel.correct._on_dragged(FRAME, BODY, XY, True)
    assert len(labels._scene.labels.layer.data) == 0
    panel.correct.use_for_training()
    assert len(labels._scene.labels.layer.data) > 0
    panel.correct.undo()
    assert len(labels._scene.labels.layer.data) == 0
    qtbot.waitUntil(lambda: not panel.correct._saving.is_running, timeout=20_000)
    labels.shut_down()
