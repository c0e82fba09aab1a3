"""Commands in a process of their own."""

import pytest

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.window import command_process
from napari_mazetrack.widgets.window.background import Cancelled, Failed, Finished
from napari_mazetrack.widgets.window.command_process import CommandProcess

WAIT_MS = 60_000


@pytest.fixture
def command(qapp):
    command = CommandProcess()
    yield command
    command.discard()


def run(qtbot, command, *arguments):
    with qtbot.waitSignal(command.ended, timeout=WAIT_MS) as blocker:
        command.start([str(argument) for argument in arguments])
    assert not command.is_running
    return blocker.args[0]


def test_reports_arrive_and_the_output_is_the_result(qtbot, command, tmp_path):
    reports = []
    command.reported.connect(reports.append)
    ending = run(qtbot, command, "simulate", "--pictures", 5, "--out", tmp_path / "pictures")
    assert isinstance(ending, Finished)
    assert "Wrote 5 pictures" in ending.result
    assert [report.total for report in reports] == [5] * len(reports)
    assert reports[-1].done == 5


def test_a_failure_is_told_in_its_own_words(qtbot, command, tmp_path):
    ending = run(qtbot, command, "evaluate", tmp_path / "missing.onnx", tmp_path / "labels.csv")
    assert isinstance(ending, Failed)
    assert ending.message.startswith(str(tmp_path / "missing.onnx")) or "missing.onnx" in ending.message
    assert not ending.message.startswith("mazetrack")


def test_a_command_is_cancelled_while_it_works(qtbot, command, tmp_path):
    with qtbot.waitSignal(command.reported, timeout=WAIT_MS):
        command.start(["simulate", "--pictures", "100000", "--out", str(tmp_path / "pictures")])
    with qtbot.waitSignal(command.ended, timeout=WAIT_MS) as blocker:
        command.cancel()
    assert blocker.args[0] == Cancelled()


def test_a_command_that_only_prints_is_not_waited_for(qtbot, qapp, tmp_path, monkeypatch):
    command = CommandProcess(may_be_killed=True)
    monkeypatch.setattr(command._patience, "start", lambda: pytest.fail("it was asked and waited for"))
    for stop in (command.cancel, command.discard):
        with qtbot.waitSignal(command.reported, timeout=WAIT_MS):
            command.start(["simulate", "--pictures", "100000", "--out", str(tmp_path / "pictures")])
        process, ends, endings = command._process, [], []
        process.stateChanged.connect(lambda _, process=process, ends=ends: ends.append(process.exitStatus()))
        command.ended.connect(endings.append)
        stop()
        qtbot.waitUntil(lambda ends=ends: bool(ends), timeout=WAIT_MS)
        assert ends == [process.ExitStatus.CrashExit]
        assert not command.is_running
        assert endings == ([Cancelled()] if stop == command.cancel else [])


def test_reports_are_thinned_out_but_messages_and_the_last_one_never(qtbot, command, monkeypatch):
    """A hundred reports that come at once, as of a job that goes through frames quickly."""
    reports = []
    command.reported.connect(reports.append)
    script = (
        "import json, sys\n"
        "for i in range(100):\n"
        "    plain = dict(stage='Counting', done=i, total=100, message='Half.' * (i == 50), values={})\n"
        "    print(json.dumps(plain), file=sys.stderr)\n"
    )
    start = command_process.QProcess.start
    monkeypatch.setattr(
        command_process.QProcess, "start", lambda process, program, _: start(process, program, ["-c", script])
    )
    assert run(qtbot, command) == Finished("")
    assert len(reports) < 50
    assert Progress("Counting", 50, 100, "Half.") in reports
    assert reports[-1].done == 99


def test_a_process_that_dies_is_a_failure(qtbot, command, tmp_path):
    with qtbot.waitSignal(command.reported, timeout=WAIT_MS):
        command.start(["simulate", "--pictures", "100000", "--out", str(tmp_path / "pictures")])
    with qtbot.waitSignal(command.ended, timeout=WAIT_MS) as blocker:
        command._process.kill()
    assert isinstance(blocker.args[0], Failed)


def test_what_was_discarded_says_nothing_more(qtbot, command, tmp_path):
    with qtbot.waitSignal(command.reported, timeout=WAIT_MS):
        command.start(["simulate", "--pictures", "100000", "--out", str(tmp_path / "pictures")])
    told = []
    command.ended.connect(told.append)
    command.discard()
    qtbot.wait(200)
    assert told == []
    assert not command.is_running
