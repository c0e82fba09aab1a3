"""Training in a real window: labels of a project in, a model and its scores out, and then another precision."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.progress import Progress
from napari_mazetrack.project import Project
from napari_mazetrack.project.default_model import find_default_model
from napari_mazetrack.project.records import LabelRecord
from napari_mazetrack.resources import sample_data_folder, shipped_model_path
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets.train.evaluation_view import FLATTERED
from napari_mazetrack.widgets.train.export_choice import ExportChoiceView
from napari_mazetrack.widgets.train.train_choice import Origin
from napari_mazetrack.widgets.train.train_widget import PAUSED
from napari_mazetrack.widgets.train.training_curves import TrainingCurves
from napari_mazetrack.widgets.window.background import Cancelled, Finished
from napari_mazetrack.widgets.window.command_process import CommandProcess

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 160)
WAIT_MS = 240_000


@pytest.fixture
def training(viewer):
    """Return the Train & Export panel, docked as napari does it from the menu."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Train & Export")
    return widget


@pytest.fixture
def film(tmp_path, write_blob_film):
    (tmp_path / "study").mkdir()
    return write_blob_film(tmp_path / "study" / "spot.mp4", n_frames=40, hw=HW)


@pytest.fixture
def project(tmp_path, film, blob_xy):
    """A project with 12 labelled frames of the film."""
    path = film.with_name("mice.mazetrack")
    with Project.create(path) as project, open_film(film) as opened:
        record = project.add_film(opened)
        for frame in range(0, 36, 3):
            points = np.add(blob_xy(frame, HW), [[-5, 0], [0, 0], [5, 0]])
            instance = LabelledInstance(points, np.full(3, 2, np.uint8))
            project.labels.put(LabelRecord(record.film_id, frame, (instance,)))
    return path


def run(qtbot, training):
    with qtbot.waitSignal(training.training.ended, timeout=WAIT_MS):
        training.run_panel._run.click()


def test_a_model_is_trained_scored_and_exported(viewer, training, project, film, qtbot, short, save_screenshot):
    viewer.open(str(film), plugin=PLUGIN)
    with qtbot.waitSignal(training._reading.ended, timeout=10_000):
        training.choice.labels.set_value(project)
    assert training.summary.text().startswith("12 labelled frames of 1 film.")
    assert "Only 12 animals" in training.summary.text()
    assert training.choice.value().out_dir == project.parent / "mice_model"
    assert not training.export.isEnabled()
    run(qtbot, training)
    assert training.run_panel.line == "Trained."
    assert training.curves.n_epochs() == 1
    model = training.model_path
    assert model is not None
    held_out = json.loads(model.with_name("metrics.json").read_text())["held_out"]
    assert training.result.text().startswith(f"Held out, {held_out['n_frames']} frames: ")
    save_screenshot(viewer, "train_widget")


def test_a_model_is_exported_with_the_verdict_on_it(viewer, training, tmp_path, qtbot):
    shutil.copy(shipped_model_path(), tmp_path / "model.onnx")
    viewer.open(str(sample_data_folder() / "pool_hidden.mp4"), plugin=PLUGIN)
    training.choice.out_dir.set_value(tmp_path)
    with qtbot.waitSignal(training.exporting.ended, timeout=WAIT_MS):
        training.export.button.click()
    written = tmp_path / "model_fp16.onnx"
    assert written.is_file()
    assert str(written) in training.export.verdict.text()
    assert "animals matched" in training.export.verdict.text()
    assert training.export.isEnabled()


def test_errors_in_pixels_grow_with_the_epochs(qtbot):
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    curves.add_epoch({"epoch": 1.0, "oks_ap": 0.1})  # nothing was found yet
    curves.add_epoch({"epoch": 2.0, "oks_ap": 0.3, "head_median_px": 7.5, "tail_median_px": 9.0})
    shown = {name: np.transpose(curves._lines[f"{name}_median_px"].getData()).tolist() for name in ("head", "body")}
    assert shown == {"head": [[2.0, 7.5]], "body": [None, None]}
    assert curves.tabText(1) == "Errors"


def test_a_model_is_exported_as_it_is(training, tmp_path, qtbot):
    shutil.copy(shipped_model_path(), tmp_path / "model.onnx")
    training.choice.out_dir.set_value(tmp_path)
    training.export.precision.setCurrentIndex(training.export.precision.findData("fp32"))
    with qtbot.waitSignal(training.exporting.ended, timeout=WAIT_MS):
        training.export.button.click()
    assert training.export.verdict.text() == str(tmp_path / "model_fp32.onnx")
    assert (tmp_path / "model_fp32.onnx").is_file()


def test_an_engine_is_offered_only_where_tensorrt_is(qtbot, viewer, monkeypatch, tmp_path):
    place = "napari_mazetrack.widgets.train.export_choice.what_tensorrt_lacks"
    monkeypatch.setattr(place, lambda: "TensorRT cannot be used here: pycuda is not installed.")
    without = ExportChoiceView(viewer)
    assert not without.engine.isEnabled()
    assert "pycuda is not installed" in without.engine_note.text()
    assert "--engine" not in without.arguments(tmp_path / "model.onnx")
    monkeypatch.setattr(place, lambda: "")
    there = ExportChoiceView(viewer)
    there.engine.setChecked(True)
    assert "--engine" in there.arguments(tmp_path / "model.onnx")
    for view in (without, there):
        view.film.disconnect_viewer()


def evaluate(qtbot, training):
    with qtbot.waitSignal(training.evaluation.evaluating.ended, timeout=WAIT_MS):
        training.evaluation.run_panel._run.click()


def test_a_model_is_scored_on_labels_and_its_worst_frames_are_gone_to(
    qtbot, viewer, training, project, film, save_screenshot
):
    assert not training.evaluation.run_panel._run.isEnabled()
    training.choice.labels.set_value(project)
    evaluate(qtbot, training)  # nothing is trained yet: the model that a training would start from
    assert training.result.text().startswith("mouse_pool.onnx on mice.mazetrack, 12 frames: ")
    assert training.evaluation.run_panel.line == ""
    assert len(training.worst.value()) == 12
    training.curves.setCurrentWidget(training.worst)
    save_screenshot(viewer, "train_evaluated")
    click_on(qtbot, training.worst, 0)
    qtbot.waitUntil(lambda: not training.opener.is_running, timeout=20_000)
    assert viewer.dims.current_step[0] == training.worst.value()[0].frame_index
    training.choice.labels.set_value(None)  # the scores were of those labels
    assert training.result.text() == ""


def test_scores_on_frames_that_were_trained_on_say_so(qtbot, training, project, finished):
    training.choice.labels.set_value(project)
    assert training.result.text().startswith("Held out, 3 frames")
    evaluate(qtbot, training)
    assert training.result.text().startswith("model.onnx on mice.mazetrack, 12 frames: ")
    assert training.evaluation.run_panel.line == FLATTERED
    training.default_button.click()  # notes the scores of the training all the same
    with Project.open(project, read_only=True) as again:
        assert again.models.get("mice_model/model.onnx").details["n_frames"] == 3


def test_an_evaluation_that_fails_says_why_and_one_is_stopped(qtbot, training, project, tmp_path):
    training.choice.labels.set_value(project)
    training.evaluation.labels.set_value(tmp_path / "none.mazetrack")
    evaluate(qtbot, training)
    assert "There is no project" in training.evaluation.run_panel.line
    training.evaluation.labels.set_value(None)
    training.evaluation.run_panel._run.click()
    with qtbot.waitSignal(training.evaluation.evaluating.ended, timeout=20_000):
        training.evaluation.run_panel._cancel.click()
    assert training.evaluation.run_panel.line == "Stopped."


def test_more_labels_and_settings_go_into_the_training(qtbot, viewer, training, project, tmp_path, save_screenshot):
    other = tmp_path / "other.mazetrack"
    shutil.copy(project, other)
    with qtbot.waitSignal(training._reading.ended, timeout=10_000):
        training.choice.labels.set_value(project)
    more = training.choice.more
    qtbot.wait(50)
    assert more.panel.height() < 80
    words = training.choice.value().arguments()
    assert dict(zip(words[2::2], words[3::2], strict=True)) == {
        "--out": str(project.parent / "mice_model"),
        "--minutes": "15",
        "--epochs": "1000",
        "--recipe": "default",
        "--seed": "0",
        "--init": str(shipped_model_path()),
    }
    save_screenshot(viewer, "train_less")
    more.panel.expand(animate=False)
    qtbot.wait(50)
    assert more.panel.height() > 200
    with qtbot.waitSignal(training._reading.ended, timeout=10_000):
        more.labels.set_value((other, project, other))
    assert training.summary.text().startswith("24 labelled frames")
    more.recipe.setCurrentIndex(more.recipe.findData("seed"))
    more.network.setCurrentIndex(more.network.findData("mobilenetv1_025"))
    more.epochs.setValue(7)
    more.patience.setValue(3)
    more.seed.setValue(5)
    words = training.choice.value().arguments()
    assert words[1:3] == [str(project), str(other)]
    said = dict(zip(words[3::2], words[4::2], strict=True))
    assert (said["--recipe"], said["--backbone"], said["--epochs"]) == ("seed", "mobilenetv1_025", "7")
    assert (said["--patience"], said["--seed"]) == ("3", "5")
    save_screenshot(viewer, "train_more")
    more.labels.list.selectAll()
    more.labels.remove_button.click()
    assert training.choice.value().all_labels == (project,)


@pytest.fixture
def finished(project, film):
    """The folder of a training that did badly on frames 9 and 30 of the film."""
    folder = project.parent / "mice_model"
    folder.mkdir()
    shutil.copy(shipped_model_path(), folder / "model.onnx")
    with open_film(film) as opened:
        film_id = opened.film_id
    errors = {"median_px": 2.5}
    metrics = {
        "held_out": {
            "n_frames": 3,
            "found_fraction": 0.667,
            "n_flipped": 0,
            "n_compared": 2,
            "oks_ap": 0.6,
            "keypoints": {"head": errors, "body": errors, "tail": errors},
        },
        "human_error": {"n_frames": 5, "keypoints": {"head": {"median_px": 1.84}, "tail": {"median_px": None}}},
        "precision_recall": [
            {"score": 0.9, "recall": 0.333, "precision": 1.0},
            {"score": 0.5, "recall": 0.667, "precision": 1.0},
            {"score": 0.2, "recall": 0.667, "precision": 0.667},
        ],
        "worst_frames": [
            {"source": film.as_posix(), "frame_index": 30, "film_id": film_id, "error": None},
            {"source": film.as_posix(), "frame_index": 9, "film_id": film_id, "error": 0.41},
        ],
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


def click_on(qtbot, listed, row):
    item = listed.item(row)
    listed.scrollToItem(item)
    qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=listed.visualItemRect(item).center())


@pytest.mark.parametrize("is_moved", [False, True])
def test_a_click_goes_to_the_worst_frame_where_its_label_is_put_right(
    qtbot, viewer, training, project, film, finished, save_screenshot, is_moved
):
    if is_moved:  # with its project
        elsewhere = project.parent.parent / "other_disk"
        project.parent.rename(elsewhere)
        project = elsewhere / project.name
    training.choice.labels.set_value(project)
    training.curves.setCurrentIndex(3)
    viewer.theme = "light"
    save_screenshot(viewer, "train_precision_light")
    viewer.theme = "dark"
    assert training.result.text().endswith("tail 2.5 px. Two people differ by head 1.8 px.")
    training.curves.setCurrentWidget(training.worst)
    assert [training.worst.item(i).text() for i in range(2)] == [
        "missed: frame 30, spot.mp4",
        "off by 41 % of its length: frame 9, spot.mp4",
    ]
    click_on(qtbot, training.worst, 1)
    qtbot.waitUntil(lambda: not training.opener.is_running, timeout=20_000)
    assert viewer.dims.current_step[0] == 9
    _, labelling = viewer.window.add_plugin_dock_widget(PLUGIN, "Label")
    assert labelling.project.path == project.resolve()
    assert labelling.what_next.text().startswith("Frame 9 is labelled.")
    save_screenshot(viewer, "train_result")
    click_on(qtbot, training.worst, 0)  # the film is open by now
    assert not training.opener.is_running
    assert viewer.dims.current_step[0] == 30
    assert [layer.name for layer in viewer.layers] == ["spot", "outline", "spot labels"]


def test_a_worst_frame_whose_film_is_gone_says_so(qtbot, training, project, film, finished):
    film.unlink()
    training.choice.labels.set_value(project)
    training.curves.setCurrentWidget(training.worst)
    notification_manager.records.clear()
    click_on(qtbot, training.worst, 0)
    qtbot.waitUntil(lambda: not training.opener.is_running, timeout=20_000)
    assert "spot.mp4 is not at" in notification_manager.records[-1].message


def test_a_model_becomes_the_projects_own(training, project, finished):
    training.choice.labels.set_value(project)
    training.default_button.click()
    with Project.open(project, read_only=True) as again:
        assert find_default_model(again) == finished / "model.onnx"
        assert again.models.get("mice_model/model.onnx").details["oks_ap"] == 0.6
    assert "mice.mazetrack uses this model" in training.run_panel.line
    training.choice.labels.set_value(project.with_name("table.csv"))
    assert not training.default_button.isEnabled()


@pytest.mark.parametrize("content", ["no json", "{}", '{"held_out": 3}', '{"held_out": {"keypoints": {"head": 1}}}'])
def test_scores_that_cannot_be_read_say_so(training, tmp_path, content):
    (tmp_path / "model.onnx").write_text("a model")
    (tmp_path / "metrics.json").write_text(content)
    training.choice.out_dir.set_value(tmp_path)
    assert "cannot be read" in training.result.text()


def test_a_training_is_stopped(training, project, qtbot):
    training.choice.labels.set_value(project)
    with qtbot.waitSignal(training.training.reported, timeout=WAIT_MS):
        training.run_panel._run.click()
    assert not training.choice.isEnabled()
    with qtbot.waitSignal(training.training.ended, timeout=WAIT_MS):
        training.run_panel._cancel.click()
    assert training.run_panel.line.startswith("Stopped.")
    assert training.choice.isEnabled()


@pytest.fixture
def command(monkeypatch):
    """A training that only notes with which words it was started; the test says what becomes of it."""
    command = SimpleNamespace(words=[], is_running=False, was_asked_to_stop=False)

    def start(_, words):
        command.words, command.is_running, command.was_asked_to_stop = words, True, False

    monkeypatch.setattr(CommandProcess, "is_running", property(lambda _: command.is_running))
    monkeypatch.setattr(CommandProcess, "start", start)
    monkeypatch.setattr(CommandProcess, "cancel", lambda _: setattr(command, "was_asked_to_stop", True))
    return command


@pytest.mark.parametrize("has_begun", [True, False])
def test_a_training_is_paused_and_goes_on(viewer, training, project, command, save_screenshot, has_begun):
    training.choice.labels.set_value(project)
    assert not training.pause_button.isVisible()
    training.run_panel._run.click()
    if has_begun:
        training.choice.value().out_dir.mkdir()
        (training.choice.value().out_dir / "checkpoint.pt").write_text("the first epoch")
        training.training.reported.emit(Progress("Training", 0, None, "", {"epoch": 1.0, "oks_ap": 0.5}))
    save_screenshot(viewer, "train_running")
    training.pause_button.click()
    assert command.was_asked_to_stop
    assert not training.pause_button.isEnabled()
    command.is_running = False
    training.training.ended.emit(Cancelled())
    assert (training.run_panel.line, training.pause_button.text()) == (PAUSED, "Go on")
    training.pause_button.click()
    assert command.is_running
    assert ("--resume" in command.words, "--force" in command.words) == (has_begun, not has_begun)
    assert training.curves.n_epochs() == has_begun
    assert training.pause_button.text() == "Pause"
    command.is_running = False
    training.training.ended.emit(Finished(""))
    assert not training.pause_button.isVisible()


def test_another_choice_is_not_gone_on_with(training, project, command):
    training.choice.labels.set_value(project)
    training.run_panel._run.click()
    training.pause_button.click()
    command.is_running = False
    training.training.ended.emit(Cancelled())
    training.choice.minutes.setValue(3)
    assert not training.pause_button.isVisible()


def test_a_model_is_not_replaced_without_asking(training, project, monkeypatch):
    training.choice.labels.set_value(project)
    out_dir = training.choice.value().out_dir
    out_dir.mkdir()
    (out_dir / "model.onnx").write_text("precious")
    monkeypatch.setattr(QMessageBox, "question", lambda *_, **__: QMessageBox.StandardButton.No)
    training.run_panel._run.click()
    assert not training.training.is_running
    assert (out_dir / "model.onnx").read_text() == "precious"


def test_labels_that_cannot_be_used_are_told(training, tmp_path, qtbot):
    wrong = tmp_path / "CollectedData.csv"
    wrong.write_text("no table")
    with qtbot.waitSignal(training._reading.ended, timeout=10_000):
        training.choice.labels.set_value(wrong)
    assert "CollectedData.csv" in training.summary.text()


@pytest.mark.parametrize(
    ("origin", "own_model", "can_run"),
    [
        (Origin.FAST, None, True),
        (Origin.NOTHING, None, True),
        (Origin.OWN, None, False),
        (Origin.OWN, "m.onnx", True),
    ],
)
def test_train_can_be_pressed_once_all_is_chosen(training, project, tmp_path, origin, own_model, can_run):
    assert not training.run_panel._run.isEnabled()
    training.choice.labels.set_value(project)
    training.choice.origin.setCurrentIndex(training.choice.origin.findData(origin))
    training.choice.own_model.set_value(None if own_model is None else tmp_path / own_model)
    assert training.run_panel._run.isEnabled() == can_run
