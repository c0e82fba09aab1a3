"""The power goes at any moment: the project opens again, and every edit that was acknowledged is in it.

Killing a program proves less: what it wrote is still in the computer's memory, and comes to the disk later.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
from power_loss import Crash, build_shim, crashes, record

from napari_mazetrack.project import Project

SCRIPT = Path(__file__).with_name("power_script.py")


def load_edits() -> ModuleType:
    spec = importlib.util.spec_from_file_location("edit_script", SCRIPT.with_name("edit_script.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def put_down(crash: Crash, root: Path, place: Path) -> None:
    """Make `place` hold the files of a crash, and nothing else."""
    for old in place.iterdir():
        old.unlink()
    for name, content in crash.files.items():
        (place / Path(name).relative_to(root)).write_bytes(content)


def lose_power(tmp_path: Path, seed: int, n_edits: int, n_random: int) -> dict[str, int]:
    """Make a project and edit it; check every disk that a power loss on the way may leave."""
    root, place = tmp_path / "disk", tmp_path / "after"
    root.mkdir()
    place.mkdir()
    command = [sys.executable, str(SCRIPT), str(root / "pool.mazetrack"), str(seed), str(n_edits)]
    notes = record(command, build_shim(tmp_path), root)
    edits = load_edits()
    expected = edits.states(edits.script(seed, n_edits))
    counts = {"disks": 0, "journals": 0, "not acknowledged": 0}
    for crash in crashes(notes, random.Random(seed), n_random):
        done = crash.printed.split()
        put_down(crash, root, place)
        counts["disks"] += 1
        if not done and not (place / "pool.mazetrack").exists():
            continue  # the project was never said to be made
        counts["journals"] += (place / "pool.mazetrack-journal").exists()
        with Project.open(place / "pool.mazetrack") as project:
            assert not project.read_only, f"{crash.when}: {project.read_only_reason}"
            assert project.check() == (), crash.when
            state = edits.read_state(project)
            assert not done or "f1" in project.films, crash.when
        n_acknowledged = max(0, len(done) - 1)
        assert state in expected[n_acknowledged : n_acknowledged + 2], crash.when
        counts["not acknowledged"] += state != expected[n_acknowledged]
    return counts


def test_a_power_loss_loses_nothing(tmp_path):
    counts = lose_power(tmp_path, seed=1, n_edits=5, n_random=1)
    assert counts["disks"] > 100
    assert counts["journals"] > 0, "no loss fell into a write: the test proves nothing"


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_a_power_loss_in_two_hundred_edits_loses_nothing(tmp_path):
    counts = lose_power(tmp_path, seed=2, n_edits=200, n_random=4)
    print(counts)
    assert counts["disks"] > 10_000
