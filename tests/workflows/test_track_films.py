"""Several films, one after the other: each as if it were alone."""

from __future__ import annotations

import filecmp
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Progress, run_to_end
from napari_mazetrack.workflows import track as track_workflow
from napari_mazetrack.workflows.track import TrackRequest, track_film
from napari_mazetrack.workflows.track_films import FilmEnded, track_films


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, write_blob_film: Callable) -> Path:
    return write_blob_film(tmp_path_factory.mktemp("films") / "pool.mp4", 30)


@pytest.fixture
def requests_(film: Path, blob_model: Path, tmp_path: Path) -> list[TrackRequest]:
    """Three films; the second is none."""
    films = [tmp_path / f"{name}.mp4" for name in ("a", "b", "c")]
    for path in films:
        path.write_bytes(film.read_bytes())
    films[1].write_text("no film")
    return [TrackRequest(path, blob_model, out_dir=tmp_path / "out") for path in films]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_film_that_fails_does_not_stop_the_others(
    requests_: list[TrackRequest], film: Path, blob_model: Path, tmp_path: Path
) -> None:
    reports: list[Progress] = []
    job = track_films(requests_)
    while True:
        try:
            reports.append(next(job))
        except StopIteration as stop:
            first, second, third = stop.value
            break
    assert [outcome.failure == "" for outcome in (first, second, third)] == [True, False, True]
    assert "b.mp4" in second.failure
    assert (second.csv, second.run) == (None, None)
    assert names(tmp_path / "out") == ["a.tracks.csv", "a.tracks.nc", "c.tracks.csv", "c.tracks.nc"]
    alone = run_to_end(track_film(TrackRequest(film, blob_model, out_dir=tmp_path / "alone")))
    assert filecmp.cmp(third.csv, alone.csv, shallow=False)
    ended = [report for report in reports if isinstance(report, FilmEnded)]
    assert [(report.done, report.total, report.outcome) for report in ended] == [
        (1, 3, first), (2, 3, second), (3, 3, third),
    ]  # fmt: skip
    assert [report.message for report in ended] == ["a.mp4 is tracked.", "Not tracked: b.mp4.", "c.mp4 is tracked."]
    assert first.run.paths[0].endswith("out/a.tracks.nc")
    stages = dict.fromkeys(report.stage for report in reports)
    assert "Film 1 of 3: Tracking a.mp4" in stages
    assert "Film 3 of 3: Tracking c.mp4" in stages


def test_stopping_stops_all_and_leaves_what_was_detected(
    requests_: list[TrackRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track_workflow, "REPORT_EVERY_S", 0.0)
    job = track_films([requests_[0], requests_[2]])
    for report in job:
        if report.stage == "Film 2 of 2: Tracking c.mp4" and report.done >= 10:
            break
    job.close()
    assert names(tmp_path / "out") == ["a.tracks.csv", "a.tracks.nc", "c.tracks.part"]
    (outcome,) = run_to_end(track_films([replace(requests_[2], resume=True)]))
    assert outcome.failure == ""


def test_films_that_would_write_to_the_same_files_are_refused_at_once(
    requests_: list[TrackRequest], tmp_path: Path
) -> None:
    twice = [requests_[0], replace(requests_[2], film=tmp_path / "elsewhere" / "A.avi")]
    with pytest.raises(MazetrackError, match="would both be written"):
        run_to_end(track_films(twice))
    assert not (tmp_path / "out").exists()
