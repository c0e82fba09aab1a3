"""Every editor gives back what it was set to, and tells a change once."""

from dataclasses import fields
from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication

from napari_mazetrack.experiment.settings import ExclusionLimits
from napari_mazetrack.maze.measures.registry import REGISTRY
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.progress import Progress
from napari_mazetrack.resources import ShippedModel
from napari_mazetrack.review.moment import Moment, MomentKind, Stake
from napari_mazetrack.runtime.options import Backend
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.widgets.arena.arena_choice import ArenaChoice, ArenaChoiceView
from napari_mazetrack.widgets.correct.moments_table import MomentsTable
from napari_mazetrack.widgets.experiment.limits_choice import LimitsChoice
from napari_mazetrack.widgets.measure_rows import measure_rows
from napari_mazetrack.widgets.overlay.overlay_options import OverlayOptions
from napari_mazetrack.widgets.overlay_choice import OverlayChoice, PathColour
from napari_mazetrack.widgets.track.measures_table import MeasuresTable
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice, TrackerChoiceView
from napari_mazetrack.widgets.track.trial_choice import TrialChoice, TrialChoiceView
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind
from napari_mazetrack.widgets.window.run_panel import GO_ON, PAUSE, RunPanel

EDITORS = [
    pytest.param(
        lambda: OverlayOptions(lambda: None),
        OverlayChoice(),
        OverlayChoice(PathColour.SIGMA, 2.5, heading=True, sigma=True, starts=False, time=True),
        id="overlays",
    ),
    pytest.param(lambda: PathEdit(PathKind.FILE), None, Path("model.onnx"), id="path"),
    pytest.param(
        TrackerChoiceView,
        TrackerChoice(),
        TrackerChoice(Path("m.onnx"), Backend.ONNXRUNTIME, 3, Floor.PATTERNED),
        id="tracker",
    ),
    pytest.param(
        TrackerChoiceView, TrackerChoice(), TrackerChoice(ShippedModel.ACCURATE), id="tracker, a shipped model"
    ),
    pytest.param(ArenaChoiceView, ArenaChoice(), ArenaChoice(Path("arena.json"), 120.0), id="arena"),
    pytest.param(LimitsChoice, ExclusionLimits(), ExclusionLimits(0.125, 0.07, 0.3, 1.0, 4, 0.0), id="limits"),
    pytest.param(TrialChoiceView, TrialChoice(), TrialChoice(TrialKind.PROBE, 2.5, 90.0, "NE"), id="trial"),
    pytest.param(TrialChoiceView, TrialChoice(), TrialChoice(TrialKind.HIDDEN, 0.0), id="release at once"),
]


@pytest.mark.parametrize(("make", "first", "other"), EDITORS)
def test_an_editor_gives_back_what_it_was_set_to_and_tells_it_once(qtbot, make, first, other):
    editor = make()
    qtbot.addWidget(editor)
    told = []
    editor.value_changed.connect(lambda: told.append(editor.value()))
    assert editor.value() == first
    editor.set_value(other)
    editor.set_value(other)
    assert told == [other]
    editor.set_value(first)
    assert told == [other, first]


def test_every_limit_has_a_box_and_the_usual_ones_come_back(qtbot):
    editor = LimitsChoice()
    qtbot.addWidget(editor)
    assert list(editor.boxes) == [field.name for field in fields(ExclusionLimits)]
    assert not editor.usual.isEnabled()
    editor.boxes["max_missing_fraction"].setValue(12.5)
    assert editor.boxes["max_missing_fraction"].text() == "12.5 %"
    assert editor.value() == ExclusionLimits(max_missing_fraction=0.125)
    editor.usual.click()
    assert editor.value() == ExclusionLimits()
    assert editor.boxes["max_missing_fraction"].text() == "5 %"
    assert not editor.usual.isEnabled()


def test_a_path_that_is_typed_counts_once_it_is_finished(qtbot):
    editor = PathEdit(PathKind.FILE)
    qtbot.addWidget(editor)
    with qtbot.waitSignal(editor.value_changed):
        qtbot.keyClicks(editor._text, "  films/pool.mp4 ")
        qtbot.keyClick(editor._text, Qt.Key.Key_Return)
    assert editor.value() == Path("films/pool.mp4")


def test_cancel_can_be_pressed_only_while_something_runs(qtbot):
    panel = RunPanel()
    qtbot.addWidget(panel)
    panel.set_can_run(True)

    def buttons():
        return panel._run.isEnabled(), panel._cancel.isEnabled()

    assert buttons() == (True, False)
    panel.set_running("Tracking")
    assert buttons() == (False, True)
    panel.set_cancelling()
    panel.set_can_run(True)
    panel.show_progress(Progress("Tracking", 1, 2))
    assert buttons() == (False, False)
    assert panel._line.text() == "Stopping …"
    panel.set_idle("Stopped.")
    assert buttons() == (True, False)


def test_work_can_wait_where_that_is_possible(qtbot):
    panel = RunPanel(can_pause=True)
    qtbot.addWidget(panel)
    told = []
    panel.pause_toggled.connect(told.append)
    panel.set_can_run(True)
    assert not panel._pause.isEnabled()
    panel.set_running("Tracking pool.mp4 …")
    panel.show_progress(Progress("Tracking pool.mp4", 1, 2))
    panel._pause.click()
    panel.show_progress(Progress("Tracking pool.mp4", 2, 2))
    assert panel.line == "Paused: Tracking pool.mp4"
    assert panel._pause.text() == GO_ON
    panel._pause.click()
    assert panel._pause.text() == PAUSE
    assert told == [True, False]
    panel._pause.click()
    panel.set_idle("Stopped.")
    panel.set_running("Tracking again …")
    assert (panel._pause.text(), panel._pause.isChecked()) == (PAUSE, False)
    assert panel._cancel.isEnabled()


def test_work_that_cannot_wait_has_no_button_for_it(qtbot):
    panel = RunPanel("Train", "Stop")
    qtbot.addWidget(panel)
    panel.show()
    assert not panel._pause.isVisible()


def test_the_table_shows_names_values_and_units(qtbot):
    table = MeasuresTable()
    qtbot.addWidget(table)
    table.set_value(measure_rows({"reached_platform": True, "latency_s": 12.345, "quadrant_1_time_fraction": 0.25}))
    shown = [[table.item(r, c).text() for c in range(3)] for r in range(table.rowCount())]
    assert shown == [
        ["Reached platform", "yes", ""],
        ["Latency", "12.3", "s"],
        ["Quadrant 1 time", "25.0", "%"],
    ]


def test_rows_can_be_copied_into_a_spreadsheet(qtbot):
    table = MeasuresTable()
    qtbot.addWidget(table)
    table.set_value(measure_rows({"latency_s": 12.345, "path_length_cm": float("nan")}))
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "latency_s\t12.3\ts\npath_length_cm\t–\tcm"


@pytest.mark.parametrize(
    ("name", "value", "text", "shown", "unit"),
    [
        ("swim_speed_cm_s", 18.26, "Swim speed", "18.3", "cm/s"),
        ("cumulative_proximity_cm_s", 1800.0, "Cumulative proximity", "1800.0", "cm·s"),
        ("mean_angular_speed_deg_s", 90.0, "Mean angular speed", "90.0", "°/s"),
        ("total_turn_deg", 1234.5, "Total turn", "1234.5", "°"),
        ("former_zone_time_s", 2.5, "Former zone time", "2.50", "s"),
        ("quadrant_target_time_fraction", 0.5, "Quadrant target time", "50.0", "%"),
        ("platform_crossings", 3, "Platform crossings", "3", ""),
        ("path_efficiency", 0.51234, "Path efficiency", "0.51", ""),
        ("latency_s", None, "Latency", "–", "s"),
        ("latency_s", float("nan"), "Latency", "–", "s"),
        ("end_reason", "film_ended", "End reason", "film ended", ""),
    ],
)
def test_values_are_written_as_people_do(name, value, text, shown, unit):
    (row,) = measure_rows({name: value})
    assert (row.text, row.value, row.unit) == (text, shown, unit)


def test_rows_stand_in_the_order_of_the_columns():
    rows = measure_rows({"floating_bouts": 1, "latency_s": 1.0, "end_reason": "escaped", "reached_platform": True})
    assert [row.name for row in rows] == ["end_reason", "reached_platform", "latency_s", "floating_bouts"]


def test_every_measure_has_a_name_in_words_and_a_definition():
    rows = measure_rows(dict.fromkeys(REGISTRY, 1.0))
    assert all(row.definition for row in rows)
    assert not [row.text for row in rows if row.text.endswith((" cm", " s", " deg"))]


def test_who_picks_a_moment_is_taken_to_its_frame(qtbot):
    table = MomentsTable()
    qtbot.addWidget(table)
    moments = [
        Moment(MomentKind.GAP, 40, 80, 2.0, "not seen for 2.0 s, left open", Stake(latency_s=2, path_cm=31)),
        Moment(MomentKind.BORDER, 7, 9, 0.35, "on the border of two quadrants", Stake()),
    ]
    table.set_value(moments)
    assert [table.item(i, 0).text() for i in range(2)] == ["2.0 s", "0.3 s"]
    assert table.item(0, 1).text() == "Not seen for 2.0 s, left open"
    assert "frames 40 to 80" in table.item(0, 0).toolTip()
    assert "It can change the latency by 2.0 s, the path by 31 cm." in table.item(0, 0).toolTip()
    assert "Little is at stake." in table.item(1, 0).toolTip()
    with qtbot.waitSignal(table.frame_requested) as signal:
        table.selectRow(1)
    assert signal.args == [7]
    with qtbot.assertNotEmitted(table.frame_requested):
        table.set_value([])
    assert table.rowCount() == 0
