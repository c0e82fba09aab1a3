"""Which project a panel works on: one that another program wrote to is written here once that program is done."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_mazetrack.project import Project
from napari_mazetrack.widgets.projects.open_projects import OpenProjects
from napari_mazetrack.widgets.projects.project_choice import ProjectChoice


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mice.mazetrack"


@pytest.fixture
def choice(qtbot):
    choice = ProjectChoice()
    qtbot.addWidget(choice)
    yield choice
    choice.close_project()


def choose_with_dialog(qtbot, choice, path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    choice.path._browse.click()


def press_return(qtbot, choice, *_):
    qtbot.keyClick(choice.path._text, Qt.Key.Key_Return)


def open_by_name(_qtbot, choice, path, *_):
    choice.open(path)


@pytest.mark.parametrize("again", [choose_with_dialog, press_return, open_by_name])
def test_a_project_that_is_opened_again_can_be_written_once_the_other_program_is_done(
    qtbot, choice, path, monkeypatch, again
):
    with Project.create(path):
        choice.path.set_value(path)
        again(qtbot, choice, path, monkeypatch)
        assert choice.value().read_only
    again(qtbot, choice, path, monkeypatch)
    assert not choice.value().read_only
    project = choice.value()
    again(qtbot, choice, path, monkeypatch)
    assert choice.value() is project
    choice.close_project()
    Project.open(path, read_only=False).close()


def test_a_panel_that_only_reads_does_not_keep_another_from_writing(path):
    projects = OpenProjects()
    with Project.create(path):
        reading = projects.open(path)
        assert reading.read_only
    writing = projects.open(path)
    assert not writing.read_only
    assert projects.open(path) is writing
    assert len(reading.films) == 0
    for project in (writing, reading, writing):
        projects.close(project)
    Project.open(path, read_only=False).close()
