"""The camera between the films of a day: films of a still room with a dark spot that moves."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.workflows.camera_between_films import CameraShift, find_camera_shifts

HW = (160, 200)


def write_film(path: Path, shift: int = 0, hw: tuple[int, int] = HW, seed: int = 0) -> None:
    room = np.kron(np.random.default_rng(1).integers(60, 220, (14, 14)), np.ones((20, 20))).astype(np.uint8)
    picture = room[20 : 20 + hw[0], 20 + shift : 20 + shift + hw[1]]
    noise = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "10", "threads": "1"})
        stream.height, stream.width, stream.pix_fmt = *hw, "yuv420p"
        for i in range(20):
            frame = np.clip(picture + noise.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
            frame[60:72, 5 * i : 5 * i + 12] = 10
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.repeat(frame[..., None], 3, 2), "rgb24")))
        container.mux(stream.encode(None))


def rows(*films: tuple[str, str, int]) -> list[Trial]:
    """Film, arena, day."""
    return [Trial(f"t{i}", TrialKind.HIDDEN, film, arena, day=day) for i, (film, arena, day) in enumerate(films)]


def found(folder: Path, *films: tuple[str, str, int]) -> list[CameraShift]:
    return list(run_to_end(find_camera_shifts(rows(*films), folder)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for name, shift in (("a", 0), ("b", 0), ("c", 8)):
        write_film(folder / f"{name}.mp4", shift, seed=ord(name))
    write_film(folder / "small.mp4", hw=(120, 200))
    (folder / "no film.mp4").write_text("none")
    return folder


def test_a_camera_that_moved_between_films_of_a_day_is_told(folder: Path) -> None:
    (shift,) = found(folder, ("a.mp4", "pool.json", 1), ("b.mp4", "pool.json", 1), ("c.mp4", "pool.json", 1))
    assert (shift.before, shift.film, shift.day) == ("b.mp4", "c.mp4", 1)
    assert shift.shift_px == pytest.approx(8, abs=1)
    assert (
        "moved by 8 px between the films b.mp4 and c.mp4 (day 1), which share the arena pool.json" in shift.in_words()
    )


def test_films_of_other_days_or_arenas_are_not_compared(folder: Path) -> None:
    assert found(folder, ("a.mp4", "pool.json", 1), ("c.mp4", "pool.json", 2)) == []
    assert found(folder, ("a.mp4", "pool.json", 1), ("c.mp4", "other.json", 1)) == []


def test_what_cannot_be_read_is_not_compared(folder: Path) -> None:
    films = [(name, "pool.json", 1) for name in ("a.mp4", "gone.mp4", "no film.mp4", "b.mp4")]
    assert found(folder, *films) == []


def test_pictures_of_another_size_do_not_share_an_arena(folder: Path) -> None:
    (shift,) = found(folder, ("a.mp4", "pool.json", 1), ("small.mp4", "pool.json", 1))
    assert "have another size in the films a.mp4 and small.mp4" in shift.in_words()
