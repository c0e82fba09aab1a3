"""A real film, its arena found by the program, and the swim that people labelled: it never reaches the platform."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.find_arena import FindSettings
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.workflows.find_arena import find_arena
from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks


@pytest.fixture(scope="module")
def arena_file(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("arena") / "arena.json"
    run_to_end(find_arena(shared_data / "watermaze_video" / "watermaze.mp4", FindSettings(diameter_cm=120.0), out=out))
    return out


def test_the_waterline_is_where_people_see_it(arena_file: Path) -> None:
    arena = load_arena(arena_file, (720, 720))
    assert np.hypot(arena.pool.cx - 380.6, arena.pool.cy - 315.1) <= 6
    assert np.sqrt(arena.pool.rx * arena.pool.ry) == pytest.approx(264.6, rel=0.03)
    assert max(arena.pool.rx, arena.pool.ry) == pytest.approx(268.8, rel=0.03)
    assert min(arena.pool.rx, arena.pool.ry) == pytest.approx(259.9, rel=0.03)


def test_so_is_the_platform(arena_file: Path) -> None:
    (platform,) = load_arena(arena_file).platforms.values()
    assert platform.shape == "polygon"
    assert np.hypot(platform.cx - 510.5, platform.cy - 323.5) <= 4
    assert platform.r * np.sqrt(np.pi) / 2 == pytest.approx(28.5, rel=0.12)


def test_the_labelled_swim_does_not_reach_it(arena_file: Path, shared_data: Path, tmp_path: Path) -> None:
    with (shared_data / "watermaze_video" / "labels.csv").open() as handle:
        rows = [row for row in csv.DictReader(handle) if row["state"] != "held"]
    lines = [f"{int(row['frame']) / 5},{row['body_x']},{row['body_y']}" for row in rows]
    track = tmp_path / "watermaze.csv"
    track.write_text("\n".join(["time_s,x_px,y_px", *lines]))
    outcome = run_to_end(
        measure_tracks(MeasureRequest((track,), tmp_path / "m.csv", None, arena_file, TrialKind.HIDDEN))
    )
    (row,) = outcome.rows
    assert row["reached_platform"] is False
    assert row["end_reason"] == "film_ended"
    assert row["latency_s"] == pytest.approx(29.6)
    assert sum(row[f"quadrant_{n}_time_s"] for n in "1234") == pytest.approx(29.6)


def test_a_round_arena_is_found(shared_data: Path) -> None:
    found = run_to_end(find_arena(shared_data / "arena_round" / "one_mouse_round_arena.mp4"))
    assert np.hypot(found.arena.pool.cx - 201, found.arena.pool.cy - 196) <= 5
    assert np.sqrt(found.arena.pool.rx * found.arena.pool.ry) == pytest.approx(169, rel=0.03)
    assert found.tilt_bound_cm == {}


def test_a_square_box_is_no_pool(shared_data: Path) -> None:
    with pytest.raises(MazetrackError, match="No pool"):
        run_to_end(find_arena(shared_data / "openfield_video" / "m3v1_part.mp4"))
