"""Stopping a command through its standard input, as windows do."""

import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "napari_mazetrack.cli.main", "--json-progress", "--stop-on-input"]


def simulate(tmp_path, n_pictures):
    command = [*COMMAND, "simulate", "--pictures", str(n_pictures), "--out", str(tmp_path / "pictures")]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )


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
