"""A picture is a film of one frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video import container, open_film, picture_file


@pytest.mark.parametrize(
    ("mode", "value", "ending", "expected"),
    [
        ("L", 77, "png", 77),
        ("RGB", (200, 200, 200), "png", 200),
        ("RGB", (200, 200, 200), "bmp", 200),
        ("L", 77, "jpg", 77),
        ("I;16", 300 * 64, "png", 75),
    ],
)
def test_luma_of_pictures(tmp_path: Path, mode: str, value: object, ending: str, expected: int) -> None:
    path = tmp_path / f"a.{ending}"
    Image.new(mode, (8, 6), value).save(path)
    with open_film(path) as film:
        assert (film.n_frames, film.height, film.width) == (1, 6, 8)
        assert film.time_s.tolist() == [0.0]
        assert film.is_colour == (mode == "RGB")
        assert film.luma(0).dtype == np.uint8
        assert (film.luma(0) == expected).all()
        assert (film.rgb(0) == expected).all()
        assert [(i, luma.shape) for i, luma in film.iter_luma()] == [(0, (6, 8))]


def test_its_identity_is_its_content(tmp_path: Path) -> None:
    ids = []
    for name, value in (("a.png", 7), ("b.png", 7), ("c.png", 8)):
        Image.new("L", (8, 6), value).save(tmp_path / name)
        with open_film(tmp_path / name) as film:
            ids.append(film.film_id)
    assert ids[0] == ids[1] != ids[2]


def test_a_broken_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(MazetrackError, match="cannot be read"):
        open_film(tmp_path / "a.png")


def test_a_huge_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert picture_file.MAX_PIXELS == container.MAX_PIXELS
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 40)
    Image.new("L", (8, 6)).save(tmp_path / "a.png")
    with pytest.raises(MazetrackError, match="over the limit"):
        open_film(tmp_path / "a.png")
