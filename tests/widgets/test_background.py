"""Jobs in the background: how they end, that they are always closed, that late results are dropped."""

import threading
import time

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.window.background import Cancelled, Crashed, Failed, Finished, JobRunner, NamedJob

pytest.importorskip("pytestqt")


class Recorder:
    """A job that counts, waits where it is told to, and remembers that it was closed and in which thread."""

    def __init__(self, n=5, error=None, gate=None, result="done"):
        self.n, self.error, self.gate, self.result = n, error, gate, result
        self.closed_in = None
        self.started = threading.Event()

    def job(self):
        try:
            for i in range(self.n):
                yield Progress("Counting", i, self.n)
                self.started.set()
                if self.gate is not None:
                    self.gate.wait(5)
            if self.error is not None:
                raise self.error
            return self.result
        finally:
            self.closed_in = threading.current_thread()


@pytest.fixture
def runner(qapp):
    runner = JobRunner()
    yield runner
    runner.discard()


def run(qtbot, runner, recorder):
    with qtbot.waitSignal(runner.ended, timeout=5000) as blocker:
        runner.start(NamedJob("Counting", recorder.job()))
    return blocker.args[0]


def test_a_job_that_runs_to_its_end_gives_its_result(qtbot, runner):
    recorder = Recorder(result=42)
    assert run(qtbot, runner, recorder) == Finished(42)
    assert not runner.is_running
    assert recorder.closed_in is not threading.main_thread()


def test_a_failure_is_told_in_its_own_words(qtbot, runner):
    ending = run(qtbot, runner, Recorder(error=MazetrackError("The film is empty. Choose another one.")))
    assert ending == Failed("The film is empty. Choose another one.")
    assert not runner.is_running


def test_a_bug_is_neither_hidden_nor_taken_for_a_failure(qtbot, runner, monkeypatch):
    told = []
    monkeypatch.setattr(
        "napari_mazetrack.widgets.window.background.notification_manager.receive_error", lambda *args: told.append(args)
    )
    ending = run(qtbot, runner, Recorder(error=KeyError("x")))
    qtbot.waitUntil(lambda: bool(told))
    assert ending == Crashed()
    assert told[0][0] is KeyError


def test_cancelling_is_not_a_failure_and_closes_the_job(qtbot, runner):
    recorder = Recorder(n=10_000, gate=threading.Event())
    with qtbot.waitSignal(runner.ended, timeout=5000) as blocker:
        runner.start(NamedJob("Counting", recorder.job()))
        qtbot.waitUntil(recorder.started.is_set)
        runner.cancel()
        assert runner.is_running
        recorder.gate.set()
    assert blocker.args[0] == Cancelled()
    assert recorder.closed_in is not threading.main_thread()


def test_a_paused_job_waits_and_goes_on_where_it_was(qtbot, runner):
    steps = []

    def job():
        for i in range(400):
            steps.append(i)
            yield Progress("Counting", i, 400, message="step")
            time.sleep(0.001)
        return "done"

    runner.start(NamedJob("Counting", job()))
    qtbot.waitUntil(lambda: len(steps) > 3)
    runner.set_paused(True)
    qtbot.wait(50)  # the step under way ends
    n_steps = len(steps)
    qtbot.wait(100)
    assert len(steps) == n_steps < 400
    assert runner.is_running
    with qtbot.waitSignal(runner.ended, timeout=5000) as blocker:
        runner.set_paused(False)
    assert blocker.args[0] == Finished("done")
    assert steps == list(range(400))


@pytest.mark.parametrize("stop", ["cancel", "discard", "start another one"])
def test_a_paused_job_can_be_stopped(qtbot, runner, stop):
    recorder = Recorder(n=10_000_000)
    runner.start(NamedJob("Counting", recorder.job()))
    qtbot.waitUntil(recorder.started.is_set)
    runner.set_paused(True)
    qtbot.wait(30)
    if stop == "cancel":
        with qtbot.waitSignal(runner.ended, timeout=2000) as blocker:
            runner.cancel()
        assert blocker.args[0] == Cancelled()
    elif stop == "discard":
        runner.discard()
    else:
        assert run(qtbot, runner, Recorder(result="new")) == Finished("new")
    qtbot.waitUntil(lambda: recorder.closed_in is not None, timeout=2000)


def test_what_a_superseded_job_still_says_is_dropped(qtbot, runner):
    late = Recorder(n=1, gate=threading.Event(), result="late")
    endings = []
    runner.ended.connect(endings.append)
    runner.start(NamedJob("Late", late.job()))
    qtbot.waitUntil(late.started.is_set)
    run(qtbot, runner, Recorder(result="new"))
    late.gate.set()
    qtbot.waitUntil(lambda: late.closed_in is not None)
    qtbot.wait(50)
    assert endings == [Finished("new")]


def test_reports_are_thinned_out_but_messages_never(qtbot, runner):
    reports = []
    runner.reported.connect(reports.append)

    def chatty():
        for i in range(20_000):
            yield Progress("Counting", i, message="The film is cut off." if i == 12_345 else "")

    with qtbot.waitSignal(runner.ended, timeout=5000):
        runner.start(NamedJob("Counting", chatty()))
    qtbot.waitUntil(lambda: any(report.message for report in reports))
    assert len(reports) < 200
