"""`mazetrack pick` prints frames, and leaves out what is labelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import LabelRecord, Project
from napari_mazetrack.video import open_film


def pick(*arguments: object) -> list[int]:
    result = CliRunner().invoke(app, ["pick", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return [int(line) for line in result.output.splitlines()]


@pytest.fixture
def film(tmp_path: Path, write_blob_film) -> Path:  # type: ignore[no-untyped-def]
    path: Path = write_blob_film(tmp_path / "spot.mp4", n_frames=60)
    return path


def test_frames_are_printed_one_a_line(film: Path) -> None:
    assert pick(film, "--frames", 4, "--way", "evenly") == [7, 22, 37, 52]
    assert len(pick(film, "--frames", 5)) == 5


def test_labelled_frames_are_left_out(film: Path, tmp_path: Path) -> None:
    project_path = tmp_path / "mice.mazetrack"
    with Project.create(project_path) as project, open_film(film) as opened:
        animal = LabelledInstance(np.full((3, 2), 20.0), np.full(3, 2, np.uint8))
        project.labels.put(LabelRecord(project.add_film(opened).film_id, 22, (animal,)))
    frames = pick(film, "--frames", 4, "--way", "evenly", "--project", project_path)
    assert len(frames) == 4
    assert 22 not in frames
