from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.maze.arena_files import arena_to_json, load_arena, save_arena
from napari_mazetrack.maze.calibration import polygon_platform

GOOD = {
    "schema": 1,
    "units": "px",
    "pool": {"cx": 300, "cy": 240, "rx": 200, "ry": 195, "angle_deg": 10},
    "diameter_cm": 120,
}


def write(folder: Path, content: object) -> Path:
    path = folder / "arena.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_what_is_saved_is_what_is_loaded(tmp_path: Path, px_arena: Arena) -> None:
    square = polygon_platform(np.array([[400.0, 300.0], [430.0, 300.0], [430.0, 330.0], [400.0, 330.0]]))
    arena = replace(
        px_arena,
        platforms=px_arena.platforms | {"old": square},
        mirrored=True,
        north_deg=12.0,
        quadrant_frame="platform",
    )
    save_arena(arena, tmp_path / "a.json", note="by hand")
    assert load_arena(tmp_path / "a.json", (720, 720)) == arena


def test_a_homography_survives(tmp_path: Path, px_arena: Arena) -> None:
    matrix = np.array([[0.22, 0.01, -80.0], [0.0, 0.23, -70.0], [1e-5, 2e-5, 1.0]])
    save_arena(replace(px_arena, image_to_cm=matrix), tmp_path / "a.json")
    np.testing.assert_array_equal(load_arena(tmp_path / "a.json").image_to_cm, matrix)


def test_one_platform_may_stand_alone(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD | {"platform": {"shape": "circle", "cx": 350, "cy": 240, "r": 15}})
    assert list(load_arena(path).platforms) == ["platform"]


def test_an_existing_file_is_kept(tmp_path: Path, px_arena: Arena) -> None:
    save_arena(px_arena, tmp_path / "a.json")
    with pytest.raises(MazetrackError, match="--force"):
        save_arena(px_arena, tmp_path / "a.json")


CIRCLE = {"shape": "circle", "cx": 350, "cy": 240, "r": 15}
BAD = {
    "not json": ("{", "not proper JSON"),
    "a list": ("[1]", "has no pool"),
    "a bare NaN": ('{"schema": 1, "pool": {"cx": NaN}}', "NaN"),
    "too deep": ("[" * 100_000, "not proper JSON"),
    "no schema": ({**GOOD, "schema": None}, "schema"),
    "newer schema": ({**GOOD, "schema": 2}, "newer"),
    "unknown key": ({**GOOD, "colour": 1}, "'colour'"),
    "millimetres": ({**GOOD, "units": "mm"}, "px or cm"),
    "text for a number": ({**GOOD, "diameter_cm": "120"}, "diameter_cm"),
    "infinite": ('{"schema": 1, "pool": {"cx": 1e999, "cy": 1, "rx": 1, "ry": 1}}', "no maze has"),
    "huge": ({**GOOD, "pool": {**GOOD["pool"], "rx": 1e9}}, "no maze has"),
    "a slit": ({**GOOD, "pool": {**GOOD["pool"], "ry": 5}}, "nearly round"),
    "negative": ({**GOOD, "pool": {**GOOD["pool"], "ry": -195}}, "nearly round"),
    "a thimble": ({**GOOD, "diameter_cm": 1.2}, "centimetres"),
    "pixels called cm": ({**GOOD, "units": "cm"}, "looks like pixels"),
    "singular map": ({**GOOD, "image_to_cm": [[1, 0, 0], [0, 0, 0], [0, 0, 1]]}, "inverted"),
    "another scale": ({**GOOD, "image_to_cm": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}, "diameter_cm"),
    "a map of two rows": ({**GOOD, "image_to_cm": [[1, 0, 0], [0, 1, 0]]}, "3 × 3"),
    "platform outside": ({**GOOD, "platform": {**CIRCLE, "cx": 590}}, "does not lie in the pool"),
    "platform too big": ({**GOOD, "platform": {**CIRCLE, "r": 150}}, "does not lie in the pool"),
    "platform without radius": ({**GOOD, "platform": {**CIRCLE, "r": 0}}, "radius"),
    "two corners": ({**GOOD, "platform": {"shape": "polygon", "points": [[1, 2], [3, 4]]}}, "corners"),
    "corners on a line": ({**GOOD, "platform": {"shape": "polygon", "points": [[1, 1], [2, 2], [3, 3]]}}, "line"),
    "platform twice": ({**GOOD, "platform": CIRCLE, "platforms": {"platform": CIRCLE}}, "twice"),
    "a star": ({**GOOD, "platform": {"shape": "star"}}, "circle or polygon"),
    "a start of three": ({**GOOD, "starts": {"N": [1, 2, 3]}}, "[x, y]"),
}


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD)
def test_a_bad_arena_is_told_in_one_sentence(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(MazetrackError) as caught:
        load_arena(write(tmp_path, content))
    assert words in str(caught.value)
    assert "arena.json" in str(caught.value)


@pytest.mark.parametrize("film_hw", [(200, 250), (1000, 120)], ids=["centre outside", "wider than the picture"])
def test_an_arena_outside_the_picture_is_refused(tmp_path: Path, film_hw: tuple[int, int]) -> None:
    with pytest.raises(MazetrackError, match="does not fit the film"):
        load_arena(write(tmp_path, GOOD), film_hw)


def test_an_arena_in_cm_does_not_fit_a_film(tmp_path: Path, cm_arena: Arena) -> None:
    save_arena(cm_arena, tmp_path / "a.json")
    with pytest.raises(MazetrackError, match="centimetres"):
        load_arena(tmp_path / "a.json", (720, 720))


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(MazetrackError, match="Check the name"):
        load_arena(tmp_path / name)


def test_json_keeps_the_promised_keys() -> None:
    data = arena_to_json(Arena(Ellipse(1, 2, 3, 3)))
    assert list(data) == [
        "schema", "units", "pool", "diameter_cm", "image_to_cm", "y_axis", "mirrored", "north_deg", "platforms",
        "starts", "quadrants",
    ]  # fmt: skip
