"""The Track panel on a viewer without a window: what its buttons do, with a tracker that does what it is told."""

import threading
from dataclasses import replace
from unittest.mock import create_autospec

import pytest
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QThreadPool
from qtpy.QtWidgets import QWidget

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.find_arena import FoundArena
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.progress import Progress
from napari_mazetrack.runtime.options import Backend
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.widgets.arena.arena_choice import ArenaChoice
from napari_mazetrack.widgets.correct import events_panel
from napari_mazetrack.widgets.films import film_jobs
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
from napari_mazetrack.widgets.track import pool_finder
from napari_mazetrack.widgets.track.track_widget import TrackWidget
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice
from napari_mazetrack.widgets.track.trial_choice import TrialChoice
from napari_mazetrack.widgets.window import ask
from napari_mazetrack.widgets.window.ask import GoOn
from napari_mazetrack.workflows import track_in_project
from napari_mazetrack.workflows.find_arena import find_arena
from napari_mazetrack.workflows.track import TrackOutcome, track_film

#: What a track says of its making.
SAID = {"model_hash": "0" * 64, "backend": "openvino", "precision": "int8", "settings": "{}"}


class FakeTracker:
    """Stands for `track_film`: reports, waits for its gate where it has one, then gives a track or fails."""

    def __init__(self, make_track):
        self.make_track = make_track
        self.requests = []
        self.error = None
        self.gate = None
        self.is_running = threading.Event()
        self.was_closed = threading.Event()

    def __call__(self, request):
        self.requests.append(request)
        try:
            yield Progress(f"Tracking {request.film.name}", 0, 20)
            self.is_running.set()
            while self.gate and not self.gate.wait(0.01):
                yield Progress(f"Tracking {request.film.name}", 1, 20)
            if self.error:
                raise self.error
            folder = request.out_dir
            track = self.make_track(film_id=self.film_id)
            track.attributes.update(SAID, n_corrections=len(request.corrections))
            return TrackOutcome(track, folder / "pool.tracks.nc", folder / "pool.tracks.csv", ("A warning.",))
        finally:
            self.was_closed.set()


@pytest.fixture
def tracker(monkeypatch, make_track):
    fake = FakeTracker(make_track)
    for module in (film_jobs, track_in_project):
        monkeypatch.setattr(module, "track_film", create_autospec(track_film, side_effect=fake))
    return fake


@pytest.fixture
def viewer(make_film):
    viewer = ViewerModel()
    viewer.add_layer(Layer.create(*film_layer_from_path(make_film())))
    return viewer


@pytest.fixture
def panel(qtbot, viewer, tracker, monkeypatch):
    crashes = []
    monkeypatch.setattr(notification_manager, "receive_error", lambda *error: crashes.append(error))
    notification_manager.records.clear()
    panel = TrackWidget(viewer)
    qtbot.addWidget(panel)
    tracker.film_id = panel.session.film.film_id
    yield panel
    panel.shut_down()
    assert QThreadPool.globalInstance().waitForDone(5000)
    assert crashes == []


def messages():
    return [record.message for record in notification_manager.records]


def run(qtbot, panel):
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.run_panel.run_requested.emit()


def test_what_was_chosen_is_what_is_tracked(qtbot, panel, tracker, arena, tmp_path):
    save_arena(arena, tmp_path / "arena.json")
    panel.tracker.set_value(TrackerChoice(tmp_path / "my.onnx", Backend.ONNXRUNTIME, 2, Floor.PATTERNED))
    panel.arena.set_value(ArenaChoice(tmp_path / "arena.json"))
    panel.out_dir.set_value(tmp_path / "results")
    run(qtbot, panel)
    (request,) = tracker.requests
    assert request.film == tmp_path / "pool.mp4"
    assert request.model == tmp_path / "my.onnx"
    assert request.options.backend == Backend.ONNXRUNTIME
    assert request.settings.n_animals == 2
    assert request.floor == Floor.PATTERNED
    assert request.arena == arena
    assert request.out_dir == tmp_path / "results"
    assert not request.force
    assert not request.resume


def test_results_go_beside_the_film_unless_told_otherwise(qtbot, panel, tracker, tmp_path):
    run(qtbot, panel)
    assert tracker.requests[0].out_dir == tmp_path


def test_the_track_is_drawn_and_its_warnings_are_told(qtbot, panel, viewer):
    run(qtbot, panel)
    assert [layer.name for layer in viewer.layers] == ["pool", "pool path", "pool keypoints"]
    assert "20 of 20 frames" in panel.run_panel.line
    assert messages() == ["A warning."]


def test_a_failure_is_told_and_the_panel_stays_usable(qtbot, panel, tracker, viewer):
    tracker.error = MazetrackError("The model is not ours. Export it again.")
    run(qtbot, panel)
    assert messages() == ["The model is not ours. Export it again."]
    assert len(viewer.layers) == 1
    tracker.error = None
    run(qtbot, panel)
    assert "pool keypoints" in viewer.layers


def test_cancelling_stops_within_a_second_and_is_no_failure(qtbot, panel, tracker):
    tracker.gate = threading.Event()
    panel.run_panel.run_requested.emit()
    qtbot.waitUntil(tracker.is_running.is_set)
    with qtbot.waitSignal(panel._work.ended, timeout=1000):
        panel.run_panel.cancel_requested.emit()
    assert tracker.was_closed.is_set()
    assert panel.run_panel.line == "Stopped."
    assert messages() == []


@pytest.mark.parametrize("close", ["close", "taken out of its dock"])
def test_closing_the_panel_leaves_no_thread_behind(qtbot, panel, tracker, close):
    dock = QWidget()
    tracker.gate = threading.Event()
    panel.run_panel.run_requested.emit()
    qtbot.waitUntil(tracker.is_running.is_set)
    if close == "close":
        panel.close()
    else:
        panel.setParent(dock)
        panel.setParent(None)
    assert tracker.was_closed.wait(2)
    assert QThreadPool.globalInstance().waitForDone(2000)


def test_closing_the_panel_stops_looking_for_the_hand(qtbot, panel, monkeypatch):
    begun, ended = threading.Event(), threading.Event()

    def look(*_arguments, **_options):
        try:
            while True:
                begun.set()
                yield Progress("Looking", 0)
        finally:
            ended.set()

    run(qtbot, panel)
    monkeypatch.setattr(events_panel, "find_hand", look)
    panel.events.find_hand()
    qtbot.waitUntil(begun.is_set)
    panel.shut_down()
    qtbot.waitUntil(ended.is_set)
    assert QThreadPool.globalInstance().waitForDone(5000)


def test_the_result_is_not_drawn_on_another_film(qtbot, panel, viewer, tracker, make_film):
    tracker.gate = threading.Event()
    panel.run_panel.run_requested.emit()
    qtbot.waitUntil(tracker.is_running.is_set)
    viewer.add_layer(Layer.create(*film_layer_from_path(make_film("other.mp4", n_frames=9))))
    viewer.layers.selection = {viewer.layers["other"]}
    assert panel.session.film.path.name == "other.mp4"
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        tracker.gate.set()
    assert [layer.name for layer in viewer.layers] == ["pool", "other"]
    assert "pool.tracks.nc" in panel.run_panel.line


@pytest.mark.parametrize(
    ("file", "answer", "force", "resume"),
    [
        ("pool.tracks.csv", True, True, False),
        ("pool.tracks.csv", False, None, None),
        ("pool.tracks.part", GoOn.GO_ON, False, True),
        ("pool.tracks.part", GoOn.AGAIN, True, False),
        ("pool.tracks.part", GoOn.LEAVE, None, None),
    ],
)
def test_nothing_is_replaced_without_a_question(
    qtbot, panel, tracker, tmp_path, monkeypatch, file, answer, force, resume
):
    (tmp_path / file).touch()
    monkeypatch.setattr(ask, "ask_to_replace", lambda *_: answer)
    monkeypatch.setattr(ask, "ask_to_go_on", lambda *_: answer)
    if force is None:
        panel.run_panel.run_requested.emit()
        assert tracker.requests == []
    else:
        run(qtbot, panel)
        assert (tracker.requests[0].force, tracker.requests[0].resume) == (force, resume)


def test_without_a_film_nothing_can_be_tracked(qtbot, panel, viewer, tracker):
    viewer.layers.clear()
    panel.run_panel.run_requested.emit()
    assert panel.session.film is None
    assert tracker.requests == []
    assert not panel.run_panel._run.isEnabled()


def test_the_measures_follow_the_trial(qtbot, panel, arena, tmp_path):
    save_arena(arena, tmp_path / "arena.json")
    run(qtbot, panel)
    panel.arena.set_value(ArenaChoice(tmp_path / "arena.json"))
    assert panel.table.value() == ()
    with qtbot.waitSignal(panel._measuring.ended, timeout=10_000):
        panel.trial.set_value(TrialChoice(TrialKind.PROBE))
    measured = {row.name: row.value for row in panel.table.value()}
    # 19 px straight to the right, where 200 px are 120 cm
    assert float(measured["path_length_cm"]) == pytest.approx(19 * 120 / 200, abs=0.1)
    assert measured["end_reason"] == "film ended"


def test_an_arena_without_a_diameter_says_what_is_missing(qtbot, panel, arena, tmp_path):
    save_arena(arena, tmp_path / "arena.json")
    run(qtbot, panel)
    panel.trial.set_value(TrialChoice(TrialKind.PROBE))
    with qtbot.waitSignal(panel._measuring.ended, timeout=10_000):
        panel.arena.set_value(ArenaChoice(tmp_path / "arena.json"))
    with qtbot.waitSignal(panel._measuring.ended, timeout=10_000):
        panel.arena.set_value(ArenaChoice(tmp_path / "arena.json", None))
    assert panel.table.value() == ()
    assert "diameter" in panel.hint.text()


@pytest.fixture
def finds(monkeypatch, arena):
    """Let the pool be found at once, with a platform, in films of 320 × 240 pixels."""
    asked = []

    def job(film_path, settings=None, *, timing=None):
        asked.append((film_path, settings.diameter_cm))
        yield Progress("Looking for the pool", 0, 1)
        return FoundArena(replace(arena, diameter_cm=settings.diameter_cm), 0.84, 0.9, {5.0: 1.6}, 200.0)

    monkeypatch.setattr(pool_finder, "find_arena", create_autospec(find_arena, side_effect=job))
    return asked


def test_the_pool_can_be_found_in_the_film(qtbot, panel, viewer, finds, tmp_path):
    panel.arena.set_value(ArenaChoice(None, 120.0))
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.arena.find_requested.emit()
    assert finds == [(tmp_path / "pool.mp4", 120.0)]
    assert {"pool pool", "pool platform", "pool quadrants"} <= {layer.name for layer in viewer.layers}
    assert "0.8 px" in panel.run_panel.line
    assert "1.6 cm" in panel.run_panel.line


def test_a_warning_about_the_camera_is_shown(qtbot, panel, arena, monkeypatch):
    def job(film_path, settings=None, *, timing=None):
        yield Progress("Looking for the pool", 0, 1)
        return FoundArena(arena, 0.84, 0.9, {}, 200.0, warnings=("The camera moved while it filmed.",))

    monkeypatch.setattr(pool_finder, "find_arena", create_autospec(find_arena, side_effect=job))
    shown = []
    monkeypatch.setattr(pool_finder, "show_warning", shown.append)
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.arena.find_requested.emit()
    assert shown == ["The camera moved while it filmed."]


def test_a_diameter_that_is_given_later_counts_for_the_pool_that_was_found(qtbot, panel, finds):
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.arena.find_requested.emit()
    assert "diameter" in panel.run_panel.line
    panel.arena.set_value(ArenaChoice(None, 150.0))
    assert panel.session.arena.diameter_cm == 150.0


def test_a_pool_that_is_found_takes_the_place_of_an_arena_file(qtbot, panel, finds, arena, tmp_path):
    save_arena(replace(arena, diameter_cm=90.0), tmp_path / "arena.json")
    panel.arena.set_value(ArenaChoice(tmp_path / "arena.json"))
    assert panel.arena.value() == ArenaChoice(tmp_path / "arena.json", 90.0)
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.arena.find_requested.emit()
    assert panel.arena.value() == ArenaChoice(None, 90.0)
    assert panel.session.arena == replace(arena, diameter_cm=90.0)


def test_a_damaged_arena_file_is_told_and_leaves_no_arena(panel, tmp_path):
    (tmp_path / "arena.json").write_text("{}")
    panel.arena.set_value(ArenaChoice(tmp_path / "arena.json"))
    assert panel.session.arena is None
    assert "arena.json" in messages()[0]


def test_the_arena_file_that_is_shown_holds_for_the_next_film(panel, viewer, arena, make_film, tmp_path):
    save_arena(arena, tmp_path / "arena.json")
    panel.arena.set_value(ArenaChoice(tmp_path / "arena.json"))
    panel.run_panel.set_idle("An animal is in 20 of 20 frames.")
    viewer.add_layer(Layer.create(*film_layer_from_path(make_film("other.mp4", n_frames=9))))
    viewer.layers.selection = {viewer.layers["other"]}
    assert panel.session.film.path.name == "other.mp4"
    assert panel.arena.value().path == tmp_path / "arena.json"
    assert panel.session.arena == arena
    assert panel.run_panel.line == ""


def test_a_pool_that_was_found_is_not_drawn_on_another_film(qtbot, panel, viewer, finds, make_film):
    viewer.add_layer(Layer.create(*film_layer_from_path(make_film("other.mp4", n_frames=9))))
    panel.film.set_value(viewer.layers["pool"])
    with qtbot.waitSignal(panel._work.ended, timeout=10_000):
        panel.arena.find_requested.emit()
        viewer.layers.remove("pool")
    assert panel.session.film.path.name == "other.mp4"
    assert panel.session.arena is None
    assert "another film is chosen" in panel.run_panel.line


def test_what_keeps_the_work_from_beginning_is_told(panel, tracker, finds):
    panel.out_dir.set_value(None)
    panel.run_panel.run_requested.emit()
    assert tracker.requests == []
    assert "Choose a folder" in panel.run_panel.line
    panel.arena.set_value(ArenaChoice(None, 1.2))
    panel.arena.find_requested.emit()
    assert finds == []
    assert "pools are 10 to 1000 cm wide" in messages()[0]
