"""One window, one real film: a new project, frames picked, labelled by clicks, a model trained, scored and exported.

Nothing is done behind the panels' backs: the project is made by its button, and all that is compared is on the disk.
"""

import json

import numpy as np
import pytest
from qtpy.QtWidgets import QFileDialog

from napari_mazetrack.project import Project
from napari_mazetrack.widgets.train.evaluation_view import FLATTERED
from napari_mazetrack.widgets.train.train_choice import Origin
from napari_mazetrack.workflows.pick_frames import Way

pytestmark = [pytest.mark.gui, pytest.mark.proof]
PLUGIN = "napari-mazetrack"
N_FRAMES = 20
WAIT_MS = 240_000


@pytest.fixture
def film(shared_data):
    return shared_data / "openfield_video" / "m3v1_part.mp4"


@pytest.fixture
def pose(film):
    """DeepLabCut's head, body (half-way) and tail in each frame: where the person clicks."""
    table = np.genfromtxt(next(film.parent.glob("*DLC_resnet50.csv")), delimiter=",", skip_header=3)
    head, tail = table[:, 1:3], table[:, 10:12]
    return np.stack([head, (head + tail) / 2, tail], axis=1)


def pick_and_label(qtbot, viewer, labelling, pose, click):
    """Pick frames that are different and click the three points of each where the queue leads; return the frames."""
    labelling.frames.n_frames.setValue(N_FRAMES)
    labelling.frames.way.setCurrentIndex(labelling.frames.way.findData(Way.DIFFERENT))
    with qtbot.waitSignal(labelling.frames.picked, timeout=WAIT_MS):
        labelling.frames.start()
    left = set(labelling.session.queue())
    qtbot.waitUntil(lambda: viewer.dims.current_step[0] in left)
    frames = []
    while left:
        frame = viewer.dims.current_step[0]  # it goes on by itself
        left.remove(frame)
        frames.append(frame)
        for xy in pose[frame]:
            click(viewer, tuple(xy), tuple(xy))
    return frames


def test_from_a_film_to_a_model(
    qtbot, viewer, labelling, film, pose, drag, short, tmp_path, monkeypatch, save_screenshot
):
    path = tmp_path / "mice.mazetrack"
    viewer.open(str(film), plugin=PLUGIN)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    labelling.projects.new.click()
    assert labelling.project.path == path
    labelling.projects.author.setText("Ada")
    labelling.projects.author.editingFinished.emit()
    save_screenshot(viewer, "journey_1_project")
    frames = pick_and_label(qtbot, viewer, labelling, pose, drag)
    assert len(frames) == N_FRAMES
    viewer.dims.set_point(0, frames[0])
    save_screenshot(viewer, "journey_2_labelled")
    with Project.open(path, read_only=True) as project:
        labels = {label.frame_index: label for label in project.labels.of_film(labelling.session.film.film_id)}
    assert sorted(labels) == sorted(frames)
    for frame in frames:
        np.testing.assert_allclose(labels[frame].instances[0].keypoints_xy, pose[frame])
        assert labels[frame].annotator == "Ada"

    _, training = viewer.window.add_plugin_dock_widget(PLUGIN, "Train & Export")
    training.choice.labels.set_value(path)
    qtbot.waitUntil(lambda: training.summary.text().startswith(f"{N_FRAMES} labelled frames"), timeout=20_000)
    assert training.choice.value().origin is Origin.FAST
    with qtbot.waitSignal(training.training.ended, timeout=WAIT_MS):
        training.run_panel._run.click()
    assert training.run_panel.line == "Trained."
    errors = [training.curves._lines[f"{name}_median_px"].getData()[1] for name in ("head", "body", "tail")]
    assert np.isfinite(errors).all()
    held_out = json.loads(training.model_path.with_name("metrics.json").read_text())["held_out"]
    assert held_out["found_fraction"] == 1.0  # the model that it starts from has seen such mice
    save_screenshot(viewer, "journey_3_trained")

    with qtbot.waitSignal(training.evaluation.evaluating.ended, timeout=WAIT_MS):
        training.evaluation.run_panel._run.click()
    assert training.result.text().startswith(f"model.onnx on mice.mazetrack, {N_FRAMES} frames: 100 % of the animals")
    assert training.evaluation.run_panel.line == FLATTERED
    worst = training.worst.value()[0]
    assert worst.frame_index in frames
    training.worst.frame_requested.emit(worst)
    assert viewer.dims.current_step[0] == worst.frame_index
    save_screenshot(viewer, "journey_4_evaluated")

    with qtbot.waitSignal(training.exporting.ended, timeout=WAIT_MS):
        training.export.button.click()
    assert (training.model_path.parent / "model_fp16.onnx").is_file()
    assert "animals matched" in training.export.verdict.text()
    save_screenshot(viewer, "journey_5_exported")
