"""The dialogs round a project: labels of other programs in and out, merging, films that were moved."""

import shutil

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from PIL import Image
from qtpy.QtWidgets import QMessageBox

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import LabelRecord, Project
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets.projects.keypoint_table import KeypointTable

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 160)
TABLE = """scorer,Ada,Ada,Ada,Ada,Ada,Ada,Ada,Ada
bodyparts,snout,snout,leftear,leftear,middle,middle,tailbase,tailbase
coords,x,y,x,y,x,y,x,y
mice/img1.png,10.0,20.5,12.0,21.0,16.0,20.0,22.0,20.1
mice/img2.png,11.0,21.5,12.0,21.0,17.0,20.0,23.0,20.1
"""


@pytest.fixture
def table(tmp_path):
    (tmp_path / "mice").mkdir()
    for i in (1, 2):
        Image.new("L", (64, 48), 60 * i).save(tmp_path / "mice" / f"img{i}.png")
    path = tmp_path / "CollectedData_Ada.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def film(tmp_path, write_blob_film):
    (tmp_path / "films").mkdir()
    return write_blob_film(tmp_path / "films" / "spot.mp4", n_frames=40, hw=HW)


def label_frames(path, film, x, frames, author):
    with Project.open(path) if path.exists() else Project.create(path) as project, open_film(film) as opened:
        project.author = author
        record = project.add_film(opened)
        for frame in frames:
            points = np.array([[x, 40.0], [x + 6, 40], [x + 12, 40]])
            animal = LabelledInstance(points, np.full(3, 2, np.uint8))
            project.labels.put(LabelRecord(record.film_id, frame, (animal,), author))
    return path


@pytest.fixture
def project(tmp_path, film):
    return label_frames(tmp_path / "mice.mazetrack", film, 30.0, (3, 5), "Ada")


def labels_of(path):
    with Project.open(path, read_only=True) as project:
        return {(label.film_id, label.frame_index): label for label in project.labels}


def run(qtbot, dialog, timeout=20_000):
    with qtbot.waitSignal(dialog.work.ended, timeout=timeout):
        dialog.run_panel._run.click()


def shot(qtbot, dialog, name, save_picture):
    qtbot.wait(200)
    save_picture(dialog, name)


@pytest.fixture
def save_picture():
    import os
    from pathlib import Path

    folder = Path(os.environ.get("MAZETRACK_SCREENSHOTS", Path(__file__).resolve().parents[2] / "screenshots"))

    def save(widget, name):
        folder.mkdir(parents=True, exist_ok=True)
        widget.grab().save(str(folder / f"{name}.png"))

    return save


def test_labels_of_deeplabcut_come_in_and_one_click_takes_them_back(
    qtbot, viewer, labelling, table, project, save_picture
):
    labelling.open_project(project)
    labelling.actions_row.import_button.click()
    dialog = labelling.actions_row.dialog
    assert not dialog.run_panel._run.isEnabled()
    with qtbot.waitSignal(dialog.work.ended, timeout=20_000):
        dialog.file.set_value(table)
    assert dialog.points.renames() == {"snout": "head", "tailbase": "tail"}
    assert dialog.said.text() == "Say which point of the file is body."
    assert not dialog.run_panel._run.isEnabled()
    dialog.points.set_one("middle", "body")
    shot(qtbot, dialog, "import_labels", save_picture)
    run(qtbot, dialog)
    assert dialog.said.text().startswith("Frames added: 2, new films or pictures: 2.")
    assert "• Frames taken as showing no animal: 0." in dialog.said.text()
    assert "• Left out, since the project has no such points: leftear." in dialog.said.text()
    assert "those of Ada, whom the table names" in dialog.said.text()
    assert len(labels_of(project)) == 4
    shot(qtbot, dialog, "import_labels_done", save_picture)
    dialog.take_back.click()
    assert len(labels_of(project)) == 2
    assert "as they were" in dialog.said.text()


def test_what_contradicts_is_asked_about_frame_by_frame(
    qtbot, viewer, labelling, project, film, tmp_path, save_picture
):
    viewer.open(str(film), plugin=PLUGIN)
    labelling.open_project(project)
    labelling.actions_row.export_button.click()
    dialog = labelling.actions_row.dialog
    dialog.format.setCurrentIndex(dialog.format.findData(".slp"))
    run(qtbot, dialog)
    assert dialog.run_panel.line == f"Frames written: 2, to {tmp_path / 'mice.slp'}"
    dialog.reject()
    for frame in (3, 5):
        labelling.session.set_point(frame, 0, (99.0, 88.0))
    before = labels_of(project)
    labelling.actions_row.import_button.click()
    dialog = labelling.actions_row.dialog
    with qtbot.waitSignal(dialog.work.ended, timeout=20_000):
        dialog.file.set_value(tmp_path / "mice.slp")
    run(qtbot, dialog)
    assert dialog.said.text().startswith("Frames that are labelled otherwise in mice.mazetrack: 2.")
    assert labels_of(project).keys() == before.keys()
    table = dialog.conflicts.table
    assert table.item(0, 0).text() == "frame 3, spot.mp4"
    assert table.item(0, 1).text().startswith("head 99.0, 88.0")
    assert table.item(0, 2).text().startswith("head 30.0, 40.0")
    dialog.conflicts.tick_all(True)
    table.item(1, 0).setCheckState(type(table.item(0, 0).checkState()).Unchecked)
    shot(qtbot, dialog, "import_labels_conflicts", save_picture)
    dialog.run_panel._run.click()
    assert dialog.said.text().startswith("Frames added: 0, replaced: 1, kept as they were here: 1.")
    heads = {frame: label.instances[0].keypoints_xy[0, 0] for (_, frame), label in labels_of(project).items()}
    assert heads == {3: 30.0, 5: 99.0}
    viewer.dims.set_point(0, 3)
    np.testing.assert_allclose(labelling.session.points(3)[0], [30, 40])  # the panel has seen it
    dialog.reject()
    labelling.undo()  # the panel's own, once
    after = labels_of(project)
    assert {frame: label.instances[0].keypoints_xy[0, 0] for (_, frame), label in after.items()} == {3: 99.0, 5: 99.0}


def test_an_export_says_what_is_lost_and_asks_before_it_replaces(
    qtbot, viewer, labelling, project, tmp_path, monkeypatch, save_picture
):
    labelling.open_project(project)
    labelling.actions_row.export_button.click()
    dialog = labelling.actions_row.dialog
    assert "• How a label came to be is not in it (drawn)." in dialog.said.text()
    assert "Who labelled" not in dialog.said.text()  # DeepLabCut's scorer is one name
    dialog.format.setCurrentIndex(dialog.format.findData(".json"))
    assert "• Who labelled which frame is not in it (Ada)." in dialog.said.text()
    shot(qtbot, dialog, "export_labels", save_picture)
    (tmp_path / "mice.json").write_text("precious")
    monkeypatch.setattr(QMessageBox, "question", lambda *_, **__: QMessageBox.StandardButton.No)
    dialog.run_panel._run.click()
    assert not dialog.work.is_running
    assert (tmp_path / "mice.json").read_text() == "precious"
    monkeypatch.setattr(QMessageBox, "question", lambda *_, **__: QMessageBox.StandardButton.Yes)
    run(qtbot, dialog)
    assert '"head"' in (tmp_path / "mice.json").read_text()
    assert (tmp_path / "mice_json_pictures" / "spot" / "img000003.png").is_file()


def test_a_file_that_cannot_be_read_says_why(qtbot, viewer, labelling, project, tmp_path):
    labelling.open_project(project)
    labelling.actions_row.import_button.click()
    dialog = labelling.actions_row.dialog
    (tmp_path / "a.csv").write_text("no table")
    with qtbot.waitSignal(dialog.work.ended, timeout=20_000):
        dialog.file.set_value(tmp_path / "a.csv")
    assert "is no DeepLabCut table" in dialog.said.text()
    assert not dialog.run_panel._run.isEnabled()


def test_an_import_is_cancelled(qtbot, viewer, labelling, project, table, monkeypatch):
    labelling.open_project(project)
    labelling.actions_row.import_button.click()
    dialog = labelling.actions_row.dialog
    with qtbot.waitSignal(dialog.work.ended, timeout=20_000):
        dialog.file.set_value(table)
    dialog.points.set_one("middle", "body")
    dialog.run_panel._run.click()
    with qtbot.waitSignal(dialog.work.ended, timeout=20_000):
        dialog.run_panel._cancel.click()
    assert dialog.said.text().startswith(("Stopped.", "Frames added: 2"))  # it may have been quicker
    dialog.reject()
    assert labelling.actions_row.dialog is None


def test_points_that_are_called_like_ours_can_be_left_out(qtbot):
    table = KeypointTable()
    qtbot.addWidget(table)
    table.set_points(("head", "nose", "body", "tail"), ("head", "body", "tail"))
    table.set_one("nose", "head")
    assert table.problem() == "Two points of the file are head: leave one out."
    table.set_one("head", "")
    assert not table.problem()
    assert table.renames() == {"nose": "head", "body": "body", "tail": "tail", "head": ""}


def test_two_projects_are_merged_as_the_person_decides(qtbot, viewer, labelling, project, film, tmp_path, save_picture):
    other = label_frames(tmp_path / "bo.mazetrack", film, 50.0, (3, 5, 7), "Bo")
    labelling.open_project(project)
    labelling.actions_row.merge_button.click()
    dialog = labelling.actions_row.dialog
    assert not dialog.merge_button.isEnabled()
    dialog.other.set_value(other)
    assert dialog.said.text().startswith("To take in: 1 × label.\nChanged differently in both: 2.")
    table = dialog.conflicts.table
    assert [table.item(0, column).text() for column in range(3)] == [
        "the label of frame 3 of film spot.mp4",
        "head 30.0, 40.0 · body 36.0, 40.0 · tail 42.0, 40.0 (Ada, drawn)",
        "head 50.0, 40.0 · body 56.0, 40.0 · tail 62.0, 40.0 (Bo, drawn)",
    ]
    table.item(1, 0).setCheckState(type(table.item(1, 0).checkState()).Checked)
    shot(qtbot, dialog, "merge_projects", save_picture)
    dialog.merge_button.click()
    heads = {frame: label.instances[0].keypoints_xy[0, 0] for (_, frame), label in labels_of(project).items()}
    assert heads == {3: 30.0, 5: 50.0, 7: 50.0}
    (backup,) = tmp_path.glob("mice.backup-*.mazetrack")
    assert str(backup) in dialog.said.text()
    dialog.take_back.click()
    assert len(labels_of(project)) == 2
    for path in (None, other):
        dialog.other.set_value(path)
    dialog.conflicts.tick_all(True)
    dialog.merge_button.click()
    for path in (None, other):
        dialog.other.set_value(path)
    assert dialog.said.text() == "bo.mazetrack has nothing that is not here."


def test_a_project_that_cannot_be_merged_says_why(viewer, labelling, project, tmp_path):
    labelling.open_project(project)
    labelling.actions_row.merge_button.click()
    dialog = labelling.actions_row.dialog
    dialog.other.set_value(project)
    assert "cannot be merged with itself" in dialog.said.text()
    dialog.other.set_value(tmp_path / "no.mazetrack")
    assert "There is no project" in dialog.said.text()
    assert not dialog.merge_button.isEnabled()


def test_moved_films_are_shown_and_noted_when_told_to(qtbot, viewer, labelling, project, film, tmp_path, save_picture):
    (tmp_path / "disk").mkdir()
    moved = tmp_path / "disk" / "renamed.mp4"
    shutil.move(film, moved)
    notification_manager.records.clear()
    labelling.open_project(project)
    assert "not where they were: 1" in notification_manager.records[-1].message
    assert labelling.actions_row.find_button.text() == "Films missing: 1 …"
    labelling.actions_row.find_button.click()
    dialog = labelling.actions_row.dialog
    assert dialog.table.item(0, 1).text() == "not found yet"
    dialog.place.set_value(moved.parent)
    before = project.read_bytes()
    with qtbot.waitSignal(dialog.looking.ended, timeout=20_000):
        dialog.run_panel._run.click()
    assert dialog.table.item(0, 1).text() == str(moved)
    assert project.read_bytes() == before
    shot(qtbot, dialog, "find_films", save_picture)
    dialog.note_button.click()
    with Project.open(project, read_only=True) as again:
        assert again.find_film(again.films.names()[0]) == moved
    assert labelling.actions_row.find_button.text() == "Find films …"
    assert dialog.said.text() == "All films of the project are there."


def test_nothing_is_offered_without_a_project(viewer, labelling, project):
    row = labelling.actions_row
    buttons = (row.import_button, row.export_button, row.merge_button, row.find_button)
    assert not any(button.isEnabled() for button in buttons)
    with Project.open(project):  # somebody else writes: only what reads is offered
        labelling.open_project(project)
        assert [button.isEnabled() for button in buttons] == [False, True, False, False]
