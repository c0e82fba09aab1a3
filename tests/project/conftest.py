"""An open project with one film, and short ways to make what goes into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import FilmRecord, LabelRecord, Project, opening

FILM_ID = "f1"


@pytest.fixture(autouse=True)
def without_syncing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare this process's disk; programs that are killed sync as always, and the settings have a test of their own."""
    spared = tuple(setting for setting in opening._SETTINGS if not setting.startswith("synchronous"))
    monkeypatch.setattr(opening, "_SETTINGS", (*spared, "synchronous = OFF"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pool.mazetrack"


@pytest.fixture
def film() -> FilmRecord:
    return FilmRecord(FILM_ID, ("films/a.mp4", "/data/films/a.mp4"), n_frames=900, width=640, height=480)


@pytest.fixture
def project(path: Path, film: FilmRecord) -> Iterator[Project]:
    with Project.create(path) as project:
        project.films.put(film)
        yield project


@pytest.fixture
def make_label() -> Callable[..., LabelRecord]:
    """A label whose three points lie on a line from (x, 2x)."""

    def make(frame_index: int, x: float = 10.0, film_id: str = FILM_ID, annotator: str = "ann") -> LabelRecord:
        points = np.array([[x, 2 * x], [x + 1, 2 * x + 1], [np.nan, np.nan]])
        instance = LabelledInstance(points, np.array([2, 1, 0], np.uint8))
        return LabelRecord(film_id, frame_index, (instance,), annotator)

    return make


@pytest.fixture
def xs() -> Callable[[Project], dict[int, float]]:
    """What a project holds, short: the x of the first point of each label of the film, by frame."""

    def read(project: Project) -> dict[int, float]:
        return {
            label.frame_index: float(label.instances[0].keypoints_xy[0, 0]) for label in project.labels.of_film(FILM_ID)
        }

    return read
