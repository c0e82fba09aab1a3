"""An experiment in a real window: its sheet is filled in, analysed, and its figures are looked at."""

import json
import shutil

import pytest
from qtpy.QtCore import QItemSelectionModel, Qt
from qtpy.QtWidgets import QDialogButtonBox, QFileDialog, QMessageBox

from napari_mazetrack.cli.main import app
from napari_mazetrack.experiment.settings import ExclusionLimits
from napari_mazetrack.maze.tables import read_table
from napari_mazetrack.maze.trials import load_trials
from napari_mazetrack.resources import sample_data_folder
from napari_mazetrack.simulator.experiment import ExperimentDesign, write_experiment
from napari_mazetrack.widgets.experiment import experiment_widget
from napari_mazetrack.widgets.experiment.names_dialog import NamesDialog
from napari_mazetrack.widgets.experiment.trials_table import SHOWN
from napari_mazetrack.widgets.window.background import Finished
from napari_mazetrack.workflows.trials_sheet import READY

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
DESIGN = ExperimentDesign(n_animals=2, n_days=2, n_trials=1, limit_s=35.0)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    list(write_experiment(folder, DESIGN))
    return folder


@pytest.fixture
def folder(simulated, tmp_path):
    return shutil.copytree(simulated, tmp_path / "experiment")


@pytest.fixture
def panel(viewer):
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Experiment")
    yield widget
    widget.shut_down()


def cell(panel, row, column):
    return panel.model.index(row, SHOWN.index(column))


def text(panel, row, column):
    return panel.model.data(cell(panel, row, column), Qt.ItemDataRole.DisplayRole)


def select(panel, row, column):
    """Select one cell, whatever keys Qt thinks are held down."""
    alone = QItemSelectionModel.SelectionFlag.ClearAndSelect
    panel.table.selectionModel().setCurrentIndex(cell(panel, row, column), alone)


def analyse(qtbot, panel):
    with qtbot.waitSignal(panel.analysing.ended, timeout=180_000):
        panel._on_run_requested()


def test_a_sheet_is_filled_in_and_analysed(qtbot, viewer, panel, folder, save_screenshot, monkeypatch):
    assert panel.model.rowCount() == 0
    panel.sheet_path.set_value(folder / "trials.csv")
    n = panel.model.rowCount()
    assert panel.state.text() == f"{n} trials, {n} of them ready to be analysed."
    assert text(panel, 0, "state") == READY

    assert panel.model.setData(cell(panel, 0, "day"), "")
    assert text(panel, 0, "state") == "no day"
    assert load_trials(folder / "trials.csv")[0].day is None
    assert panel.state.text().startswith(f"{n} trials, {n - 1} of them")
    panel.buttons["undo"].click()
    assert text(panel, 0, "state") == READY
    assert not panel.buttons["undo"].isEnabled()
    assert panel.model.setData(cell(panel, 1, "exclude"), "true")
    assert panel.model.setData(cell(panel, 1, "exclude_reason"), "fell ill")
    assert text(panel, 1, "state") == "left out: fell ill"

    panel.primary.setCurrentText("hidden.mean_proximity_cm.mean")
    analyse(qtbot, panel)
    assert panel.run_panel.line == "Analysed."
    assert panel.tabs.currentWidget() is panel.results
    said = panel.results.said.text()
    assert said.startswith(f"{n} trials, 1 of them flagged and left out")
    assert "hidden.mean_proximity_cm.mean" in said
    assert (folder / "analysis" / "report.html").is_file()
    assert panel.results.figure.count() >= 5
    assert not panel.results.view.pixmap().isNull()
    assert panel.state.text() == f"{n} trials, {n - 1} of them ready to be analysed."
    panel.results.figure.setCurrentText("learning curves")
    save_screenshot(viewer, "experiment_results")
    panel.tabs.setCurrentIndex(0)
    save_screenshot(viewer, "experiment_trials")

    report = (folder / "analysis" / "report.html").read_bytes()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    panel._on_run_requested()
    assert not panel.analysing.is_running
    assert (folder / "analysis" / "report.html").read_bytes() == report


@pytest.fixture
def analysed_here(panel, monkeypatch):
    """Run the panel's commands in this process, without figures, which take longest."""
    monkeypatch.setattr("napari_mazetrack.workflows.analyse.draw_figures", lambda _: iter(()))

    def start(arguments):
        app([*arguments, "--permutations", "99"], standalone_mode=False)
        panel.analysing.ended.emit(Finished(""))

    monkeypatch.setattr(panel.analysing, "start", start)


def groups_in(folder):
    return {row["group"] for row in read_table(folder / "analysis" / "measures.csv", "table of measures")[1]}


@pytest.mark.usefixtures("analysed_here")
def test_an_experiment_is_analysed_blinded_and_unblinded(viewer, panel, folder, save_screenshot, monkeypatch):
    answers = []
    asked = []

    def question(*said):
        asked.append(said[-1])
        return answers.pop(0)

    monkeypatch.setattr(QMessageBox, "question", question)
    panel.sheet_path.set_value(folder / "trials.csv")
    choice, group = panel.blinding, SHOWN.index("group")
    assert choice.box.isEnabled()
    assert not choice.button.isEnabled()
    choice.box.click()
    assert panel.table.isColumnHidden(group)
    shown = {
        text(panel, row, column) for row in range(panel.model.rowCount()) for column in ("trial", "animal", "film")
    }
    assert not any(name.startswith(("C", "L")) for name in shown)  # C1, C2 and L1, L2 tell the group
    assert all(trial.animal[0] in "CL" for trial in load_trials(folder / "trials.csv"))
    panel.model.setData(cell(panel, 0, "limit_s"), "50")
    assert load_trials(folder / "trials.csv")[0].limit_s == 50
    assert not panel.model.flags(cell(panel, 0, "animal")) & Qt.ItemFlag.ItemIsEditable
    panel._on_run_requested()
    assert groups_in(folder) == {"group A", "group B"}
    assert choice.value()
    assert not choice.box.isEnabled()
    assert choice.button.isEnabled()
    panel.tabs.setCurrentIndex(0)
    save_screenshot(viewer, "experiment_blinded")

    panel.look_again()
    assert choice.value()
    answers[:] = [QMessageBox.StandardButton.No]
    choice.button.click()
    assert groups_in(folder) == {"group A", "group B"}
    panel.primary.setCurrentText("hidden.latency_s.mean")
    answers[:] = [QMessageBox.StandardButton.Yes]
    choice.button.click()
    assert "the lack of a primary outcome" in asked[0]
    assert "hidden.latency_s.mean" in asked[1]
    assert groups_in(folder) == {"control", "lesion"}
    assert '"primary": "hidden.latency_s.mean"' in (folder / "trials.blinding.jsonl").read_text()
    assert not panel.table.isColumnHidden(group)
    assert not choice.value()
    assert not choice.box.isEnabled()
    assert not choice.button.isEnabled()
    panel.tabs.setCurrentIndex(0)
    save_screenshot(viewer, "experiment_unblinded")


@pytest.mark.usefixtures("analysed_here")
def test_limits_of_the_exclusions_are_set_and_found_again(qtbot, viewer, panel, folder, save_screenshot):
    panel.sheet_path.set_value(folder / "trials.csv")
    place = panel.tabs.indexOf(panel.limits)
    assert panel.tabs.tabText(place) == "Exclusions"
    panel.limits.boxes["max_missing_fraction"].setValue(12.5)
    panel.limits.boxes["floating_days"].setValue(3)
    panel.primary.setCurrentText("hidden.latency_s.mean")
    panel._on_run_requested()
    limits = json.loads((folder / "analysis" / "analysis.json").read_text())["settings"]["limits"]
    chosen = ExclusionLimits(max_missing_fraction=0.125, floating_days=3)
    assert ExclusionLimits(**limits) == chosen
    panel.tabs.setCurrentIndex(place)
    save_screenshot(viewer, "experiment_exclusions")

    later = experiment_widget.ExperimentWidget(viewer)
    qtbot.addWidget(later)
    later.sheet_path.set_value(folder / "trials.csv")
    assert later.limits.value() == chosen
    assert later.tabs.tabText(place) == "Exclusions (changed)"
    assert later.primary.currentText() == "hidden.latency_s.mean"
    later.shut_down()


def test_a_damaged_log_is_told_and_groups_stay_hidden(panel, folder, monkeypatch):
    shown = []
    monkeypatch.setattr("napari_mazetrack.widgets.window.notify.show_error", shown.append)
    (folder / "trials.blinding.jsonl").write_text("{")
    panel.sheet_path.set_value(folder / "trials.csv")
    assert "trials.blinding.jsonl is damaged" in shown[-1]
    assert panel.table.isColumnHidden(SHOWN.index("group"))


def test_what_cannot_be_analysed_is_told(qtbot, panel, folder, monkeypatch):
    panel.sheet_path.set_value(folder / "trials.csv")
    refused = []
    panel.model.refused.connect(refused.append)
    assert not panel.model.setData(cell(panel, 0, "day"), "Monday")
    assert "whole number" in refused[-1]
    panel.primary.setCurrentText("hidden.cleverness")
    analyse(qtbot, panel)
    assert "hidden.cleverness" in panel.run_panel.line
    assert not panel.results.has_any
    assert not panel.tabs.isTabEnabled(panel.tabs.indexOf(panel.results))
    shown = []
    monkeypatch.setattr("napari_mazetrack.widgets.window.notify.show_error", shown.append)
    panel.sheet_path.set_value(folder / "arena.json")
    assert "arena.json" in shown[-1]
    assert panel.model.sheet.path == panel.sheet_path.value() == folder / "trials.csv"


def test_a_new_sheet_replaces_no_other_unasked(panel, folder, tmp_path, monkeypatch):
    """Qt asks about the name that was typed; the ending is added afterwards."""
    before = (folder / "trials.csv").read_bytes()
    asked = []
    monkeypatch.setattr(experiment_widget, "ask_for_names", lambda *_: "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(tmp_path / "a.mp4")], ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(folder / "trials"), ""))
    monkeypatch.setattr(QMessageBox, "question", lambda *said: asked.append(said[-1]) or QMessageBox.StandardButton.No)
    panel.new_sheet()
    assert "trials.csv" in asked[0]
    assert (folder / "trials.csv").read_bytes() == before
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(folder / "trials.day2"), ""))
    panel.new_sheet()
    assert load_trials(folder / "trials.day2.csv")[0].trial == "a"
    assert (folder / "trials.csv").read_bytes() == before


def test_the_names_of_films_are_previewed_before_they_fill_the_sheet(qtbot, tmp_path):
    dialog = NamesDialog([tmp_path / name for name in ("m1_d1_t1.mp4", "m2_d1_t1.mp4", "calibration.mp4")])
    qtbot.addWidget(dialog)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert ok.isEnabled()  # no pattern: a person fills in the sheet
    dialog.pattern.setText("{mouse}_d{day}")
    assert "'{mouse}' is no column" in dialog.told.text()
    assert not ok.isEnabled()
    dialog.pattern.setText("{animal}_d{day}_t{trial}")
    assert ok.isEnabled()
    assert dialog.told.text() == "2 of 3 names match."
    shown = [[dialog.table.item(row, column).text() for column in range(5)] for row in (0, 2)]
    assert shown == [["m1_d1_t1.mp4", "m1", "1", "1", ""], ["calibration.mp4", "", "", "", "does not match"]]
    assert dialog.value() == "{animal}_d{day}_t{trial}"


def test_an_analysis_is_stopped_and_leaves_nothing(qtbot, panel, folder):
    panel.sheet_path.set_value(folder / "trials.csv")
    panel._on_run_requested()
    with qtbot.waitSignal(panel.analysing.reported, timeout=60_000):
        pass
    with qtbot.waitSignal(panel.analysing.ended, timeout=60_000):
        panel._on_cancel_requested()
    assert panel.run_panel.line.startswith("Stopped.")
    assert not (folder / "analysis").exists()
    assert not panel.results.has_any


def test_the_films_of_a_sheet_are_tracked_from_the_panel(qtbot, panel, tmp_path, save_screenshot, viewer):
    for name in ("pool_hidden.mp4", "pool_probe.mp4", "arena_hidden.json", "arena_probe.json", "trials.csv"):
        shutil.copy(sample_data_folder() / name, tmp_path)
    assert not panel.buttons["track_films"].isEnabled()
    panel.sheet_path.set_value(tmp_path / "trials.csv")
    assert [text(panel, row, "state") for row in range(2)] == ["not tracked yet"] * 2
    panel.buttons["track_films"].click()
    assert not panel.buttons["track_films"].isEnabled()
    panel._on_run_requested()
    assert not panel.analysing.is_running  # one after the other
    with qtbot.waitSignal(panel.tracking.reported, timeout=60_000):
        pass
    qtbot.waitUntil(lambda: "Film 1 of 2: Tracking" in panel.run_panel.line, timeout=60_000)
    save_screenshot(viewer, "experiment_tracking")
    with qtbot.waitSignal(panel.tracking.ended, timeout=60_000):
        panel._on_cancel_requested()
    assert panel.run_panel.line.startswith("Stopped.")
    with qtbot.waitSignal(panel.tracking.ended, timeout=180_000):
        panel.buttons["track_films"].click()
    assert panel.run_panel.line.startswith("Films tracked: ")
    assert [text(panel, row, "state") for row in range(2)] == [READY] * 2
    assert panel.buttons["track_films"].isEnabled()
    with qtbot.waitSignal(panel.tracking.ended, timeout=60_000):
        panel.buttons["track_films"].click()
    assert panel.run_panel.line == "All films are tracked."


def test_films_become_a_sheet_and_a_trial_is_shown(
    qtbot, viewer, panel, tmp_path, write_blob_film, save_screenshot, monkeypatch
):
    films = [write_blob_film(tmp_path / f"m{i}.mp4", n_frames=10) for i in range(3)]
    monkeypatch.setattr(experiment_widget, "ask_for_names", lambda *_: "{animal}")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(f) for f in films[:2]], ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    panel.buttons["new_sheet"].click()
    assert [trial.film for trial in load_trials(tmp_path / "mine.csv")] == ["m0.mp4", "m1.mp4"]
    assert [trial.animal for trial in load_trials(tmp_path / "mine.csv")] == ["m0", "m1"]
    assert text(panel, 0, "state") == "not tracked yet"
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(f) for f in films], ""))
    panel.buttons["add_films"].click()
    assert panel.model.rowCount() == 3
    own = viewer.add_points([[0, 1, 1]])
    for row in (2, 1):
        select(panel, row, "trial")
        panel.buttons["show_trial"].click()
    assert [layer.name for layer in viewer.layers] == [own.name, "m1"]  # a person's own layers stay
    select(panel, 0, "film")
    panel.buttons["remove_rows"].click()
    assert panel.model.rowCount() == 2
    save_screenshot(viewer, "experiment_from_films")
    told = []
    monkeypatch.setattr(experiment_widget, "show_error", told.append)
    panel.model.setData(cell(panel, 0, "film"), "gone.mp4")
    panel.table.opened.emit(0)
    assert "neither a track nor a film" in told[0]
