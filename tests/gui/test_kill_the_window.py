"""The program with the Label panel is killed at random moments: every click that was shown is in the project."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.project import Project
from napari_mazetrack.video import open_film

SCRIPT = Path(__file__).with_name("label_script.py")


def all_clicks():
    spec = importlib.util.spec_from_file_location("label_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CLICKS


def stored_places(path: Path) -> list[tuple[float, float]]:
    """Return the points in the project in the order of the clicks."""
    with Project.open(path) as project:
        assert not project.read_only, project.read_only_reason
        assert project.check() == ()
        points = [point for label in project.labels for point in label.instances[0].keypoints_xy.tolist()]
    return [tuple(point) for point in points if np.isfinite(point).all()]


def kill_repeatedly(film: Path, path: Path, n_kills: int, seed: int) -> int:
    """Click on with kills in between; return how many clicks are in the project at the end."""
    with Project.create(path) as project, open_film(film) as opened:
        project.add_film(opened)
    clicks, rng, first = all_clicks(), random.Random(seed), 0
    for _ in range(n_kills):
        command = [sys.executable, str(SCRIPT), str(film), str(path), str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            if process.stdout.readline() != "open\n":
                process.kill()
                pytest.fail(process.stderr.read())
            time.sleep(rng.uniform(0.1, 0.6))
            process.kill()
            lines = [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        n_shown = int(lines[-1]) + 1 if lines else first
        places = stored_places(path)
        assert places == [xy for _, xy in clicks[: len(places)]]
        # The click that was under way may be there, or taken back just before it is done again.
        assert n_shown <= len(places) <= n_shown + 1
        first = len(places)
    return first


def test_a_kill_loses_no_click(tmp_path, write_blob_film):
    film = write_blob_film(tmp_path / "spot.mp4", n_frames=60)
    kill_repeatedly(film, tmp_path / "mice.mazetrack", n_kills=2, seed=1)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_twenty_kills_lose_no_click(tmp_path, write_blob_film):
    film = write_blob_film(tmp_path / "spot.mp4", n_frames=60)
    kill_repeatedly(film, tmp_path / "mice.mazetrack", n_kills=20, seed=2)
