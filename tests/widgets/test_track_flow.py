"""A tracking in the panel while it runs: its path grows, it can wait, it can be a part of a film, or one of several."""

import os
import threading

import numpy as np
import pytest
from napari.utils.notifications import notification_manager

from napari_mazetrack.tracking import path_sketch
from napari_mazetrack.tracking.time_range import TimeRange
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.track import queue_control
from napari_mazetrack.widgets.track.film_queue import QueueChoice
from napari_mazetrack.widgets.window import background
from napari_mazetrack.widgets.window.ask import GoOn
from napari_mazetrack.workflows import track

N_FRAMES = 120
MIDDLE = 60


@pytest.fixture
def films(tmp_path, write_blob_film):
    """Three films of one spot."""
    folder = tmp_path / "films"
    folder.mkdir()
    first = write_blob_film(folder / "a.mp4", N_FRAMES)
    content = first.read_bytes()
    for name in ("b.mp4", "c.mp4"):
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in ("a.mp4", "b.mp4", "c.mp4"))


@pytest.fixture
def panel(tracking_panel, films):
    return tracking_panel(films[0])


class Gate:
    """Holds the thread that tracks until the window has looked."""

    def __init__(self):
        self.reached, self._may_go_on = threading.Event(), threading.Event()

    def __call__(self):
        self.reached.set()
        assert self._may_go_on.wait(10)

    def open(self):
        self._may_go_on.set()


@pytest.fixture
def gate(at_frame, monkeypatch):
    """Hold the tracking in its middle; each frame before has been reported, however fast the machine is."""
    monkeypatch.setattr(path_sketch, "TAKE_EVERY_S", 0.0)
    monkeypatch.setattr(track, "REPORT_EVERY_S", 0.0)
    monkeypatch.setattr(background, "REPORT_INTERVAL_S", 0.0)
    gate = Gate()
    at_frame(MIDDLE, gate)
    yield gate
    gate.open()


def begin(qtbot, panel, gate):
    panel.run_panel.run_requested.emit()
    qtbot.waitUntil(gate.reached.is_set, timeout=30_000)


def end(qtbot, panel, do):
    with qtbot.waitSignal(panel._work.ended, timeout=30_000):
        do()


def names(panel):
    return [layer.name for layer in panel._viewer.layers]


def tracks(panel):
    return sorted(path.name for path in panel.out_dir.value().glob("*.tracks.*"))


@pytest.mark.parametrize("how", ["tracked", "cancelled", "failed", "closed"])
def test_the_path_grows_while_it_runs_and_goes_whatever_happens(qtbot, panel, gate, monkeypatch, how, blob_xy):
    begin(qtbot, panel, gate)
    qtbot.waitUntil(lambda: "a path so far" in names(panel), timeout=5000)
    grown = panel._viewer.layers["a path so far"].data[:, ::-1]
    np.testing.assert_allclose(grown, [blob_xy(i) for i in range(len(grown))], atol=1.0)
    if how == "cancelled":
        panel.run_panel.cancel_requested.emit()
    elif how == "failed":
        monkeypatch.setattr("napari_mazetrack.tracking.detections._sync", _full_disk)
        monkeypatch.setattr("napari_mazetrack.tracking.detections.SYNC_FRAMES", 1)
    if how == "closed":
        panel.shut_down()
        gate.open()
    else:
        end(qtbot, panel, gate.open)
    assert names(panel) == (["a", "a path", "a keypoints"] if how == "tracked" else ["a"])


def _full_disk(*_):
    raise OSError(28, os.strerror(28))


def test_a_tracking_waits_and_goes_on_where_it_was(qtbot, panel, gate):
    begin(qtbot, panel, gate)
    panel.run_panel._pause.click()
    gate.open()
    part = panel.out_dir.value() / "a.tracks.part"
    qtbot.wait(200)
    assert panel.run_panel.line.startswith("Paused: Tracking a.mp4")
    assert part.exists()
    assert panel._work.is_running
    end(qtbot, panel, panel.run_panel._pause.click)
    assert panel.session.track.source.all()
    assert tracks(panel) == ["a.tracks.csv", "a.tracks.nc"]


def test_a_tracking_that_waits_can_be_cancelled(qtbot, panel, gate):
    begin(qtbot, panel, gate)
    panel.run_panel._pause.click()
    gate.open()
    qtbot.wait(50)
    end(qtbot, panel, panel.run_panel.cancel_requested.emit)
    assert panel.run_panel.line == "Stopped."
    assert tracks(panel) == ["a.tracks.part"]


def test_a_part_of_a_film_is_tracked(qtbot, panel):
    panel.range.set_value(TimeRange(1.0, 2.0))
    end(qtbot, panel, panel.run_panel.run_requested.emit)
    assert panel.session.track.tracked_frames == range(25, 51)
    assert "An animal is in 26 of 26 frames" in panel.run_panel.line


def test_the_range_of_a_film_is_not_that_of_another(tracking_panel, films):
    panel = tracking_panel(*films[:2])
    panel.range.set_value(TimeRange(1.0, 2.0))
    panel.film.set_value(panel._viewer.layers["a"])
    assert panel.range.value() is None


@pytest.fixture
def choose(monkeypatch):
    """Answer the questions of a queue."""

    def answer(films, about_tracked=GoOn.LEAVE):
        asked = []
        monkeypatch.setattr(queue_control, "ask_for_films", lambda *_, **__: QueueChoice(tuple(films)))
        monkeypatch.setattr(
            queue_control, "ask_about_tracked", lambda _, before: (asked.append(list(before)), about_tracked)[1]
        )
        return asked

    return answer


def test_several_films_are_tracked_and_the_end_tells_what_failed(qtbot, panel, films, choose):
    films[1].write_text("no film")
    choose(films)
    stages = []
    panel._work.reported.connect(lambda report: stages.append(report.stage))
    notification_manager.records.clear()
    end(qtbot, panel, panel.several.click)
    assert any(stage.startswith("Film 2 of 3: ") for stage in stages)
    assert panel.run_panel.line.startswith("Films tracked: 2 of 3.")
    (message,) = [record.message for record in notification_manager.records]
    assert message.startswith("Films not tracked: 1 of 3.\nb.mp4: ")
    assert tracks(panel) == ["a.tracks.csv", "a.tracks.nc", "c.tracks.csv", "c.tracks.nc"]
    qtbot.waitUntil(lambda: panel.session.track is not None, timeout=10_000)
    home = FilmProject(panel.out_dir.value() / "c.mazetrack", panel.session.film)
    assert home.is_there  # the run is noted as after tracking the film alone


def test_cancelling_a_queue_stops_all_of_it(qtbot, panel, films, gate, choose):
    choose(films)
    panel.several.click()
    qtbot.waitUntil(gate.reached.is_set, timeout=30_000)
    assert not panel.several.isEnabled()
    panel.run_panel.cancel_requested.emit()
    end(qtbot, panel, gate.open)
    assert tracks(panel) == ["a.tracks.part"]
    assert panel.run_panel.line == "Stopped."
    assert panel.several.isEnabled()


@pytest.mark.parametrize(
    ("answer", "n_tracked"), [(GoOn.GO_ON, 1), (GoOn.AGAIN, 2), (GoOn.LEAVE, 0)], ids=["leave out", "again", "give up"]
)
def test_what_was_tracked_before_is_asked_about(qtbot, panel, films, choose, answer, n_tracked):
    end(qtbot, panel, panel.run_panel.run_requested.emit)
    before = (panel.out_dir.value() / "a.tracks.csv").stat().st_mtime_ns
    asked = choose(films[:2], answer)
    if n_tracked:
        end(qtbot, panel, panel.several.click)
        assert panel.run_panel.line.startswith(f"Films tracked: {n_tracked} of {n_tracked}.")
    else:
        panel.several.click()
    assert asked == [[films[0]]]
    assert ((panel.out_dir.value() / "a.tracks.csv").stat().st_mtime_ns == before) == (answer is not GoOn.AGAIN)
    assert (panel.out_dir.value() / "b.tracks.csv").exists() == (n_tracked > 0)
