"""Stopping a command: through its standard input, as windows do, and by a Ctrl-C that falls into a bad moment."""

import shutil
import signal
import subprocess
import sys

import pytest
import typer

from napari_mazetrack.cli.interrupt import watch_interrupts
from napari_mazetrack.cli.run_job import EXIT_STOPPED, run_job
from napari_mazetrack.progress import Progress
from napari_mazetrack.resources import sample_data_folder

COMMAND = [sys.executable, "-m", "napari_mazetrack.cli.main", "--json-progress", "--stop-on-input"]


def start(*arguments):
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([*COMMAND, *arguments], **pipes, text=True, bufsize=1)


def simulate(tmp_path, n_pictures):
    return start("simulate", "--pictures", str(n_pictures), "--out", str(tmp_path / "pictures"))


@pytest.mark.parametrize("noise", ["", "go on\n"], ids=["alone", "after other words"])
def test_a_command_stops_when_it_is_told_to(tmp_path, noise):
    process = simulate(tmp_path, 100_000)
    assert process.stderr.readline().startswith("{")
    process.stdin.write(f"{noise}stop\n")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped." in err
    assert "Traceback" not in err
    assert out == ""


def test_the_end_of_the_input_stops_nothing(tmp_path):
    process = simulate(tmp_path, 3)
    process.stdin.close()
    process.stdin = None
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_window_that_crashes_stops_nothing(tmp_path):
    process = simulate(tmp_path, 3)
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()
    process.wait(timeout=60)
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 3


def test_films_are_tracked_to_the_last_when_the_window_crashes(tmp_path):
    films = [tmp_path / name for name in ("a.mp4", "b.mp4")]
    for film in films:
        shutil.copy(sample_data_folder() / "pool_hidden.mp4", film)
    process = start("track", *map(str, films), "--to", "1")
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()
    process.wait(timeout=120)
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["a.tracks.csv", "b.tracks.csv"]


class InterruptedAtItsEnd:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def a_job_that_loses_the_interrupt(steps):
    for step in range(steps):
        if step == 2:
            InterruptedAtItsEnd()
        yield Progress("Working", step, steps)


@pytest.fixture
def watched_interrupts():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background are deaf to it
    watch_interrupts()
    yield
    watch_interrupts()
    signal.signal(signal.SIGINT, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_falls_into_a_destructor_stops_the_job(watched_interrupts, capsys):
    job = a_job_that_loses_the_interrupt(1000)
    with pytest.raises(typer.Exit) as ending:
        run_job(job)
    assert ending.value.exit_code == EXIT_STOPPED
    assert job.gi_frame is None
    assert "Stopped." in capsys.readouterr().err
