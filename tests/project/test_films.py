"""Films: noted when opened, found again by their content wherever they were moved to."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest
import tifffile

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import FilmRecord, Project, path_hints, timing_of
from napari_mazetrack.project.relinking import find_films
from napari_mazetrack.video import Timing, open_film


def write_film(path: Path, seed: int = 0) -> Path:
    """Write a small TIFF stack of six frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.random.default_rng(seed).integers(0, 255, (6, 16, 24), np.uint8)
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


@pytest.fixture
def film_path(tmp_path):
    return write_film(tmp_path / "films" / "one.tif")


def add(project: Project, path: Path, timing: Timing | None = None) -> FilmRecord:
    with open_film(path, timing=timing or Timing(fps=25.0)) as film:
        return project.add_film(film)


def test_an_open_film_is_noted(project, film_path):
    record = add(project, film_path)
    assert (record.n_frames, record.width, record.height) == (6, 24, 16)
    assert record.paths == ("films/one.tif", film_path.as_posix())
    assert timing_of(record) == Timing(fps=25.0)
    assert project.find_film(record.film_id) == film_path


def test_noting_a_film_again_keeps_what_is_known(project, film_path):
    record = add(project, film_path)
    n_revisions = len(project.history())
    assert add(project, film_path) == record
    assert len(project.history()) == n_revisions
    moved = film_path.rename(film_path.with_name("renamed.tif"))
    again = add(project, moved, Timing(duration_s=3.0))
    assert again.paths[0] == "films/renamed.tif"
    assert again.paths[2:] == record.paths
    assert timing_of(again) == Timing(duration_s=3.0)


def test_a_project_that_moves_with_its_films_finds_them(project, path, tmp_path, film_path):
    film_id = add(project, film_path).film_id
    project.close()
    new = tmp_path / "elsewhere"
    new.mkdir()
    shutil.move(path, new / path.name)
    shutil.move(film_path.parent, new / "films")
    with Project.open(new / path.name) as moved:
        assert moved.find_film(film_id) == new / "films" / "one.tif"


def test_moved_films_are_told_by_content(project, tmp_path, film_path):
    film_id = add(project, film_path).film_id
    write_film(tmp_path / "new" / "one.tif", seed=1)
    moved = tmp_path / "new" / "deep" / "other name.tif"
    moved.parent.mkdir()
    shutil.move(film_path, moved)
    (tmp_path / "new" / "broken.mp4").write_text("no film")
    assert project.find_film(film_id) is None
    job = find_films(project, [tmp_path / "new"])
    messages = []
    while True:
        try:
            messages.append(next(job).message)
        except StopIteration as stop:
            (found,) = stop.value
            break
    assert (found.film_id, found.before, found.path) == (film_id, "films/one.tif", moved)
    assert sum("broken.mp4" in message for message in messages) == 1
    project.relink(film_id, moved)
    assert project.find_film(film_id) == moved
    project.undo()
    assert project.find_film(film_id) is None


def test_another_film_is_not_taken_for_it(project, tmp_path, film_path):
    film_id = add(project, film_path).film_id
    with pytest.raises(MazetrackError, match="content differs"):
        project.relink(film_id, write_film(tmp_path / "other.tif", seed=1))
    with pytest.raises(MazetrackError, match="not in the project"):
        project.relink("unknown", film_path)
    with pytest.raises(MazetrackError, match="no file or folder"):
        run_to_end(find_films(project, [tmp_path / "nowhere"]))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:\\films\\a.mp4", "C:/films/a.mp4"),
        ("\\\\host\\share\\a.mp4", "//host/share/a.mp4"),
        ("/data/a b.mp4", "/data/a b.mp4"),
        (PureWindowsPath("films\\a.mp4"), "films/a.mp4"),
        (PurePosixPath("films/a\\b.mp4"), "films/a\\b.mp4"),
    ],
    ids=str,
)
def test_hints_have_forward_slashes(path, expected):
    assert path_hints.posix_text(path) == expected


@pytest.mark.parametrize(
    ("film", "expected"),
    [
        ("/lab/p/films/a.mp4", ("films/a.mp4", "/lab/p/films/a.mp4")),
        ("/lab/films/a.mp4", ("../films/a.mp4", "/lab/films/a.mp4")),
        ("/mnt/far/away/a.mp4", ("../../mnt/far/away/a.mp4", "/mnt/far/away/a.mp4")),
    ],
)
def test_hints_are_relative_where_the_film_is_near(film, expected):
    assert path_hints.hints_for(Path(film), Path("/lab/p")) == expected


def test_far_films_have_only_an_absolute_hint():
    assert path_hints.hints_for(Path("/x/a.mp4"), Path("/a/b/c/d")) == ("/x/a.mp4",)


def test_hints_of_strangers_are_harmless(tmp_path):
    (tmp_path / "a.mp4").touch()
    hints = ("//evil/share/x.mp4", "x\0y.mp4", "z" * 5000, "C:/lab/a.mp4")
    assert list(path_hints.candidates(hints, tmp_path)) == [tmp_path / "a.mp4"]


def test_a_share_of_another_host_is_not_looked_at(tmp_path, monkeypatch):
    looked: list[str] = []
    monkeypatch.setattr(path_hints, "_is_file", lambda p: looked.append(Path(p).as_posix()) or False)
    list(path_hints.candidates(("//evil/share/x.mp4",), tmp_path))
    assert looked == [(tmp_path / "x.mp4").as_posix()]
