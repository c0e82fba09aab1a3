"""A film whose camera is knocked: the arena is that of the longer part, and the person is told."""

from __future__ import annotations

import re

import av
import numpy as np
import pytest

from napari_mazetrack.cli.main import main
from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.calibration import pixels_to_cm

N_FRAMES, FPS, MOVED_AT, SHIFT_PX = 60, 10, 40, 9


@pytest.fixture
def knocked_film(tmp_path):
    """Write a pool of 76 px about (160, 120) in a dark room, which lies further right from `MOVED_AT` on."""
    rows, columns = np.indices((240, 320))
    pool = np.where(np.hypot(rows - 120, columns - 160) < 76, 180, 90).astype(np.uint8)
    pool[200:225, 30:60] = 30
    rng = np.random.default_rng(1)
    path = tmp_path / "knocked.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "gray"
        for i in range(N_FRAMES):
            picture = np.roll(pool, SHIFT_PX, axis=1) if i >= MOVED_AT else pool
            noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, "gray")))
        container.mux(stream.encode(None))
    return path


def test_a_knocked_camera_is_told_and_the_longer_part_counts(knocked_film, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["mazetrack", "find-arena", str(knocked_film), "--out", str(tmp_path / "a.json")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    note = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: The camera moved"))
    assert f"by {SHIFT_PX} px near {MOVED_AT / FPS:.1f} s" in note
    assert f"from 0.0 to {(MOVED_AT - 1) / FPS:.1f} s" in note
    assert load_arena(tmp_path / "a.json").pool.cx == pytest.approx(160, abs=1.0)


def test_known_points_and_a_mirror_go_into_the_arena(knocked_film, tmp_path, capsys, monkeypatch):
    table, out = tmp_path / "points.csv", tmp_path / "a.json"
    table.write_text("x,y,x_cm,y_cm\n236,120,60,0\n84,120,-60,0\n160,44,0,60\n160,196,0,-60\n")
    arguments = ["find-arena", str(knocked_film), "--points", str(table), "--mirrored", "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["mazetrack", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert re.search(r"Known points: 0\.00 cm off; by them the pool is 1(19|20)\.\d cm wide", said)
    assert "tilt" not in said
    arena = load_arena(out)
    assert arena.mirrored
    np.testing.assert_allclose(pixels_to_cm(arena, [[160, 120], [236, 120]]), [[0, 0], [60, 0]], atol=1e-6)
