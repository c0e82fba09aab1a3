"""The Events tab: what a person says, or has the hand found, and what follows in project and measures."""

import pytest
from corrected_track import settled

from napari_mazetrack.maze.find_hand import FoundHand
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.progress import Progress
from napari_mazetrack.project import Project
from napari_mazetrack.widgets.correct import events_panel
from napari_mazetrack.widgets.track.trial_choice import TrialChoice
from napari_mazetrack.workflows.correct import load_marks
from napari_mazetrack.workflows.find_hand import hand_marks

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"


def row_of(panel, kind):
    return [mark.kind for mark in panel.events.value()].index(kind)


def looks(qtbot, panel, monkeypatch, result):
    """Press *Find the hand* with a film in which the hand does this."""

    def job(*_arguments, **_options):
        yield Progress("Looking", 0)
        return result

    monkeypatch.setattr(events_panel, "find_hand", job)
    with qtbot.waitSignal(panel.events._looking.ended, timeout=10_000):
        panel.events.buttons["find_hand"].click()
    settled(qtbot, panel)


def test_a_hand_that_is_found_is_marked_and_a_persons_release_stays(qtbot, viewer, panel, correcting, monkeypatch):
    before = settled(qtbot, panel)
    events = panel.events
    hand = FoundHand(0.2, 0.6, 0.8, n_touching=7)
    looks(qtbot, panel, monkeypatch, "No arm is seen to reach in over the water.")
    assert "No arm is seen" in events.state.text()
    assert panel.session.said_marks == ()

    looks(qtbot, panel, monkeypatch, hand)
    assert panel.session.said_marks == hand_marks(hand)
    assert "lets go at 0.60 s" in events.state.text()
    assert "7 frames" in events.state.text()
    after = settled(qtbot, panel)
    assert float(after["trial_duration_s"]) == pytest.approx(float(before["trial_duration_s"]) - 0.6, abs=0.011)
    correcting.undo()
    assert panel.session.said_marks == ()
    assert settled(qtbot, panel) == before

    events.table.selectRow(row_of(panel, "release"))
    viewer.dims.set_point(0, 10)
    events.buttons["move"].click()
    said = panel.session.said_marks
    looks(qtbot, panel, monkeypatch, hand)
    assert panel.session.said_marks == said
    assert events_panel.SAID_ALREADY in events.state.text()


def test_events_are_moved_added_confirmed_and_measures_follow(qtbot, viewer, panel, correcting, film, save_screenshot):
    before = settled(qtbot, panel)
    events = panel.events
    panel.tabs.setCurrentWidget(events)
    panel.timeline_dock.button.click()
    assert [(mark.kind, mark.said_by) for mark in events.value()] == [("release", ""), ("touch", ""), ("end", "")]

    events.table.selectRow(row_of(panel, "release"))
    viewer.dims.set_point(0, 10)
    events.buttons["move"].click()
    after = settled(qtbot, panel)
    assert float(after["trial_duration_s"]) == pytest.approx(float(before["trial_duration_s"]) - 10 / 25, abs=0.011)
    assert float(after["path_length_cm"]) < float(before["path_length_cm"])
    assert panel.trial.value().release_s == pytest.approx(10 / 25)

    line = next(line for line in panel.timeline_dock.timeline._events if line.label.format == "end")
    line.setValue(1.401)
    line.sigPositionChangeFinished.emit(line)
    assert float(settled(qtbot, panel)["trial_duration_s"]) == pytest.approx(1.4 - 0.4, abs=0.011)
    viewer.dims.set_point(0, 20)
    events.kind.setCurrentIndex(events.kind.findText("camera moved"))
    events.buttons["add"].click()
    save_screenshot(viewer, "events_dark")
    author = correcting.corrections.project.author
    said = [("release", 10 / 25, author), ("camera_moved", 20 / 25, author), ("end", 35 / 25, author)]
    shown = [(mark.kind, mark.time_s, mark.said_by) for mark in events.value() if mark.kind != "touch"]
    assert shown == [(kind, pytest.approx(time_s), by) for kind, time_s, by in said]
    with Project.open(film.with_suffix(".mazetrack"), read_only=True) as project:
        assert len(load_marks(project.path, panel.session.film.film_id)) == 3

    for _ in range(3):
        correcting.undo()
    assert settled(qtbot, panel) == before
    assert [mark.said_by for mark in events.value()] == ["", "", ""]
    events.table.selectRow(row_of(panel, "end"))
    events.buttons["confirm"].click()
    assert [mark.said_by for mark in events.value()] == ["", "", author]
    assert settled(qtbot, panel) == before
    events.table.selectRow(row_of(panel, "end"))
    events.buttons["remove"].click()
    assert [mark.said_by for mark in events.value()] == ["", "", ""]


def test_a_release_in_the_form_is_kept_when_correcting_begins_and_known_another_day(
    qtbot, viewer, panel, correcting, film
):
    correcting.toggle.click()
    panel.trial.set_value(TrialChoice(TrialKind.PROBE, release_s=0.4))
    assert not panel.events.buttons["add"].isEnabled()
    with qtbot.waitSignal(correcting._loading.ended, timeout=10_000):
        correcting.toggle.click()
    assert load_marks(film.with_suffix(".mazetrack"), panel.session.film.film_id)[0].time_s == 0.4
    correcting.toggle.click()
    viewer.layers.clear()
    assert panel.trial.value().release_s is None
    viewer.open(str(film), plugin=PLUGIN)
    assert panel.trial.value().release_s == 0.4
