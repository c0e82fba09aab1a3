"""A program that edits a project is killed at random moments: every edit that it had acknowledged is there."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from napari_mazetrack.project import FilmRecord, Project

SCRIPT = Path(__file__).with_name("edit_script.py")


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("edit_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_and_kill(path: Path, seed: int, first: int, last: int, delay_s: float) -> int:
    """Do the edits from `first`, kill the program `delay_s` after opening; return the first edit not acknowledged."""
    command = [sys.executable, str(SCRIPT), str(path), str(seed), str(first), str(last)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "open\n"
        time.sleep(delay_s)
        process.kill()
        lines = [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    return int(lines[-1]) + 1 if lines else first


def kill_repeatedly(path: Path, seed: int, n_kills: int, n_edits: int) -> dict[str, int]:
    """Go through the script with kills in between, starting again from an empty project where it ends."""
    edit_script = load_script()
    expected = edit_script.states(edit_script.script(seed, n_edits))
    rng = random.Random(seed)
    due = n_edits
    counts = {"kills": 0, "unacknowledged": 0, "journals": 0, "acknowledged": 0}
    while counts["kills"] < n_kills:
        if due >= n_edits:
            path.unlink(missing_ok=True)
            with Project.create(path) as project:
                project.films.put(FilmRecord("f1", (), 30, 10, 10))
            due = 0
        acknowledged = run_and_kill(path, seed, due, n_edits, rng.uniform(0, 0.25))
        counts["journals"] += path.with_name(path.name + "-journal").exists()
        with Project.open(path) as project:
            assert not project.read_only, project.read_only_reason
            state = edit_script.read_state(project)
            assert project.check() == ()
        assert state in expected[acknowledged : acknowledged + 2], f"edit {acknowledged} of seed {seed}"
        is_ahead = state != expected[acknowledged]
        counts["unacknowledged"] += is_ahead
        counts["acknowledged"] += acknowledged - due
        counts["kills"] += 1
        due = acknowledged + is_ahead
    return counts


def test_five_kills_lose_nothing(path):
    kill_repeatedly(path, seed=1, n_kills=5, n_edits=500)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_two_hundred_kills_lose_nothing(path):
    counts = kill_repeatedly(path, seed=2, n_kills=200, n_edits=500)
    print(counts)
    assert counts["kills"] == 200
    assert counts["journals"] > 0, "no kill fell into a write: the proof proves nothing"
