"""What the Track panel says and keeps when a tracking goes wrong, or is stopped: nothing is faked but the trouble."""

import errno
import os
import threading
from pathlib import Path

import pytest
from napari.utils.notifications import notification_manager

from napari_mazetrack.runtime.openvino_runner import OpenVinoRunner
from napari_mazetrack.tracking import detections
from napari_mazetrack.tracking.detections import PartWriter, read_part

N_FRAMES = 200
MIDDLE = 100
RESULTS = ["pool.tracks.csv", "pool.tracks.nc"]


@pytest.fixture
def n_frames():
    return N_FRAMES


@pytest.fixture
def film(tmp_path, write_blob_film, n_frames):
    (tmp_path / "films").mkdir()
    return write_blob_film(tmp_path / "films" / "pool.mp4", n_frames)


@pytest.fixture
def panel(tracking_panel, film):
    return tracking_panel(film)


def run(qtbot, panel):
    with qtbot.waitSignal(panel._work.ended, timeout=30_000):
        panel.run_panel.run_requested.emit()


def told():
    return [record.message for record in notification_manager.records]


def results(panel):
    folder = panel.out_dir.value()
    return sorted(path.name for path in folder.glob("*.tracks.*"))


def assert_no_thread_is_left():
    assert [thread.name for thread in threading.enumerate() if thread.name == "decode"] == []


def assert_it_can_go_on(qtbot, panel):
    """Whatever went wrong is mended now: pressing Track again leads to the track."""
    assert_no_thread_is_left()
    assert panel.run_panel._run.isEnabled()
    notification_manager.records.clear()
    run(qtbot, panel)
    assert results(panel) == RESULTS
    assert panel.session.track is not None


def full_disk(*_args, **_values):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_film_that_is_gone_is_told(qtbot, panel, film):
    content = film.read_bytes()
    film.unlink()
    run(qtbot, panel)
    assert len(told()) == 1
    assert "pool.mp4" in told()[0]
    assert results(panel) == []
    film.write_bytes(content)
    assert_it_can_go_on(qtbot, panel)


def test_a_film_that_goes_before_its_first_frame_is_read_is_told(qtbot, panel, film, monkeypatch):
    content = film.read_bytes()
    enter = PartWriter.__enter__

    def enter_without_film(self):
        film.unlink(missing_ok=True)
        return enter(self)

    with monkeypatch.context() as gone:
        gone.setattr(PartWriter, "__enter__", enter_without_film)
        run(qtbot, panel)
    assert len(told()) == 1
    assert "pool.mp4" in told()[0]
    film.write_bytes(content)
    assert_it_can_go_on(qtbot, panel)


@pytest.mark.parametrize("n_frames", [2000])  # a shorter one is in the decoder's buffers as a whole
def test_a_film_that_is_cut_off_meanwhile_is_told_and_goes_on_once_it_is_whole(qtbot, panel, film, at_frame):
    content = film.read_bytes()
    at_frame(MIDDLE, lambda: os.truncate(film, len(content) // 2))
    run(qtbot, panel)
    (message,) = told()
    assert "Copy it again" in message
    assert results(panel) == ["pool.tracks.part"]
    film.write_bytes(content)
    assert_it_can_go_on(qtbot, panel)
    assert panel.session.track.source.all()


def test_a_disk_that_fills_up_is_told_and_what_was_detected_is_kept(qtbot, panel, at_frame, monkeypatch):
    with monkeypatch.context() as full:
        at_frame(MIDDLE, lambda: full.setattr(detections, "_sync", full_disk))
        full.setattr(detections, "SYNC_FRAMES", 1)
        run(qtbot, panel)
    (message,) = told()
    assert "Free some space and track the film again" in message
    assert results(panel) == ["pool.tracks.part"]
    assert read_part(panel.out_dir.value() / "pool.tracks.part").n_recorded >= MIDDLE
    assert_it_can_go_on(qtbot, panel)


def test_a_disk_that_is_full_at_the_end_is_told_and_what_was_detected_is_kept(qtbot, panel, at_frame, monkeypatch):
    with monkeypatch.context() as full:
        at_frame(N_FRAMES - 1, lambda: full.setattr(Path, "write_bytes", full_disk))
        run(qtbot, panel)
    (message,) = told()
    assert "Free some space" in message
    assert results(panel) == ["pool.tracks.part"]
    assert_it_can_go_on(qtbot, panel)


class Exploding:
    """A request of the engine that fails when it is waited for."""

    def __getattr__(self, name):
        return self._explode if name == "wait" else lambda *_: None

    def _explode(self):
        raise RuntimeError("Exception from src/inference.cpp:\nthe graph is on fire")


def test_a_model_that_fails_is_told_and_what_was_detected_is_kept(qtbot, panel, at_frame, monkeypatch):
    opened, open_ = [], OpenVinoRunner._open

    def open_and_remember(self):
        info = open_(self)
        opened.append(self)
        return info

    def explode():
        (runner,) = opened
        runner._idle.extendleft([Exploding()])

    with monkeypatch.context() as failing:
        failing.setattr(OpenVinoRunner, "_open", open_and_remember)
        at_frame(MIDDLE, explode)
        run(qtbot, panel)
    (message,) = told()
    assert "openvino failed while it ran the model" in message
    assert "the graph is on fire" in message
    assert "with another model" in message
    assert results(panel) == ["pool.tracks.part"]
    assert_it_can_go_on(qtbot, panel)


@pytest.mark.parametrize("frame_index", [0, 1, 7, MIDDLE, N_FRAMES - 2])
def test_stopping_at_any_frame_leaves_no_thread_no_lock_and_no_half_file(qtbot, panel, at_frame, frame_index):
    reached, may_go_on = threading.Event(), threading.Event()

    def wait_for_the_window():
        reached.set()
        assert may_go_on.wait(10)

    at_frame(frame_index, wait_for_the_window)
    panel.run_panel.run_requested.emit()
    qtbot.waitUntil(reached.is_set, timeout=30_000)
    with qtbot.waitSignal(panel._work.ended, timeout=5000):
        panel.run_panel.cancel_requested.emit()
        may_go_on.set()
    assert panel.run_panel.line == "Stopped."
    assert told() == []
    assert results(panel) == ["pool.tracks.part"]
    kept = read_part(panel.out_dir.value() / "pool.tracks.part")
    assert kept.n_recorded == frame_index + 1
    with PartWriter(panel.out_dir.value() / "pool.tracks.part", kept.header, resume=True):
        pass  # nobody holds its lock
    assert_it_can_go_on(qtbot, panel)


@pytest.mark.parametrize("stage", ["Opening", "Smoothing"])
def test_stopping_before_and_after_the_frames_leaves_whole_files(qtbot, panel, monkeypatch, stage):
    reached, may_go_on = threading.Event(), threading.Event()
    function = {"Opening": "read_model_file", "Smoothing": "compute_track"}[stage]
    module = {
        "Opening": "napari_mazetrack.detector.model_file",
        "Smoothing": "napari_mazetrack.tracking.pipeline",
    }[stage]
    whole = getattr(__import__(module, fromlist=[function]), function)

    def wait_for_the_window(*args, **values):
        reached.set()
        assert may_go_on.wait(10)
        return whole(*args, **values)

    with monkeypatch.context() as waiting:
        waiting.setattr(f"{module}.{function}", wait_for_the_window)
        panel.run_panel.run_requested.emit()
        qtbot.waitUntil(reached.is_set, timeout=30_000)
        with qtbot.waitSignal(panel._work.ended, timeout=10_000):
            panel.run_panel.cancel_requested.emit()
            may_go_on.set()
    assert results(panel) == ([] if stage == "Opening" else RESULTS)
    assert_no_thread_is_left()
    assert panel.run_panel._run.isEnabled()
