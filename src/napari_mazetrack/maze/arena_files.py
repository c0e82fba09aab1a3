"""Arena files: ``arena.json`` (``interfaces.md``, schema 1) read strictly, and written back."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.maze.arena import SCHEMA, Arena, Ellipse, Platform
from napari_mazetrack.maze.calibration import maze_plane, polygon_platform
from napari_mazetrack.maze.tables import read_text

_KEYS = {
    "schema", "units", "pool", "diameter_cm", "image_to_cm", "y_axis", "mirrored", "north_deg", "platforms",
    "platform", "starts", "quadrants", "note",
}  # fmt: skip
#: Name of a platform that stands under "platform".
DEFAULT_PLATFORM = "platform"
#: No coordinate of an arena is larger, in pixels or centimetres.
_MAX_COORDINATE = 1e5
_DIAMETERS_CM = (10.0, 1000.0)
_MAX_POINTS = 1000
#: A pool seen so obliquely that its axes differ more than this is not a pool.
_MIN_AXIS_RATIO = 0.3
_CIRCLE_TOLERANCE = 0.05


def load_arena(path: Path, film_hw: tuple[int, int] | None = None) -> Arena:
    """Read ``arena.json``.

    Parameters
    ----------
    path : Path
        The file.
    film_hw : (int, int) or None
        Height and width of the film that the arena belongs to, pixels: an arena outside the picture is refused.

    Raises
    ------
    MazetrackError
        In one sentence: no arena file, a newer schema, unknown keys or units, NaN, absurd sizes, a platform outside
        the pool, an arena outside the picture.
    """
    path = Path(path)
    reader = _Reader(path)
    data = reader.parse(read_text(path, "arena file"))
    arena = reader.arena(data)
    check_arena(arena, f"The arena file {path}")
    if film_hw is not None:
        check_arena_in_picture(arena, film_hw, f"The arena file {path}")
    return arena


def save_arena(arena: Arena, path: Path, *, overwrite: bool = False, note: str = "") -> None:
    """Write ``arena.json`` whole or not at all; `note` is free text that is kept for people only."""
    text = json.dumps(arena_to_json(arena) | ({"note": note} if note else {}), indent=1, allow_nan=False)
    with atomic_path(Path(path), overwrite=overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def arena_to_json(arena: Arena) -> dict[str, Any]:
    """Return the content of ``arena.json``; `arena_from_json` reads it back."""
    pool = arena.pool
    return {
        "schema": SCHEMA,
        "units": arena.units,
        "pool": {"cx": pool.cx, "cy": pool.cy, "rx": pool.rx, "ry": pool.ry, "angle_deg": pool.angle_deg},
        "diameter_cm": arena.diameter_cm,
        "image_to_cm": None if arena.image_to_cm is None else np.asarray(arena.image_to_cm).tolist(),
        "y_axis": arena.y_axis,
        "mirrored": arena.mirrored,
        "north_deg": arena.north_deg,
        "platforms": {name: _platform_to_json(platform) for name, platform in arena.platforms.items()},
        "starts": {name: list(xy) for name, xy in arena.starts.items()},
        "quadrants": {"frame": arena.quadrant_frame, "angle_deg": arena.quadrant_angle_deg},
    }


def arena_from_json(data: dict[str, Any], where: str = "the arena") -> Arena:
    """Return the arena of the content of ``arena.json``; `MazetrackError` as for `load_arena`."""
    arena = _Reader(where).arena(data)
    check_arena(arena, where[:1].upper() + where[1:])
    return arena


def check_arena(arena: Arena, what: str) -> None:
    """Raise a `MazetrackError` that begins with `what` where an arena cannot be of a real pool."""
    pool = arena.pool
    if min(pool.rx, pool.ry) <= 0 or min(pool.rx, pool.ry) < _MIN_AXIS_RATIO * max(pool.rx, pool.ry):
        raise MazetrackError(
            f"{what} gives the pool the half axes {pool.rx:g} and {pool.ry:g}; a pool seen from above is nearly round. "
            "Correct pool.rx and pool.ry."
        )
    if arena.diameter_cm is not None:
        check_diameter(arena.diameter_cm, what)
    if arena.units == "cm":
        _check_cm(arena, what)
    elif arena.image_to_cm is not None:
        _check_homography(arena, what)
    _check_inside_pool(arena, what)


def check_diameter(diameter_cm: float, what: str) -> None:
    """Raise a `MazetrackError` that begins with `what` where no pool is so wide."""
    low, high = _DIAMETERS_CM
    if not low <= diameter_cm <= high:
        raise MazetrackError(
            f"{what} gives a diameter of {diameter_cm:g} cm; pools are {low:g} to {high:g} cm wide. "
            "Give diameter_cm in centimetres."
        )


def check_arena_in_picture(arena: Arena, film_hw: tuple[int, int], what: str) -> None:
    """Raise a `MazetrackError` that begins with `what` where an arena in pixels lies outside a picture."""
    height, width = film_hw
    if arena.units == "cm":
        raise MazetrackError(
            f"{what} is in centimetres, but the film is in pixels. Use an arena in pixels (find-arena makes one)."
        )
    pool = arena.pool
    outside = not (0 <= pool.cx < width and 0 <= pool.cy < height)
    if outside or max(pool.rx, pool.ry) > max(width, height):
        raise MazetrackError(
            f"{what} does not fit the film: its pool has its centre at ({pool.cx:.0f}, {pool.cy:.0f}) and a radius of "
            f"{max(pool.rx, pool.ry):.0f}, but the picture is {width} × {height} pixels. Use the arena of this film."
        )


def _check_cm(arena: Arena, what: str) -> None:
    pool = arena.pool
    if arena.image_to_cm is not None:
        raise MazetrackError(f"{what} is in centimetres and has an image_to_cm as well. Remove one of them.")
    if abs(pool.rx - pool.ry) > _CIRCLE_TOLERANCE * pool.rx:
        raise MazetrackError(
            f"{what} is in centimetres, so its pool must be a circle, but rx is {pool.rx:g} and ry is {pool.ry:g}. "
            "Correct them, or set the units to px."
        )
    diameter = pool.rx + pool.ry
    low, high = _DIAMETERS_CM
    is_absurd = not low <= diameter <= high
    if arena.diameter_cm is not None:
        is_absurd |= abs(diameter - arena.diameter_cm) > _CIRCLE_TOLERANCE * arena.diameter_cm
    if is_absurd:
        said = "" if arena.diameter_cm is None else f" and diameter_cm is {arena.diameter_cm:g}"
        raise MazetrackError(
            f"{what} says units cm, but its pool is {diameter:g} across{said}: that looks like pixels. "
            "Set the units to px, or correct the pool."
        )


def _check_homography(arena: Arena, what: str) -> None:
    matrix = np.asarray(arena.image_to_cm, np.float64)
    problem = "" if abs(np.linalg.det(matrix)) > 1e-12 else "cannot be inverted"
    if not problem:
        diameter = 2 * maze_plane(arena).radius_cm
        low, high = _DIAMETERS_CM
        if not low <= diameter <= high:
            problem = f"makes the pool {diameter:g} cm wide"
        elif arena.diameter_cm and abs(diameter - arena.diameter_cm) > _CIRCLE_TOLERANCE * arena.diameter_cm:
            problem = f"makes the pool {diameter:.1f} cm wide, but diameter_cm is {arena.diameter_cm:g}"
    if problem:
        raise MazetrackError(
            f"{what} has an image_to_cm that {problem}. Calibrate again: mazetrack find-arena --points."
        )


def _check_inside_pool(arena: Arena, what: str) -> None:
    plane = maze_plane(arena, need_cm=False)
    for name, platform in arena.platforms.items():
        in_cm = plane.platform(platform)
        distance = float(np.hypot(*(np.array([in_cm.cx, in_cm.cy]) - plane.centre_cm)))
        if distance > plane.radius_cm or in_cm.r > 0.5 * plane.radius_cm:
            raise MazetrackError(
                f"{what} has a platform '{name}' that does not lie in the pool (centre ({platform.cx:g}, "
                f"{platform.cy:g}), radius {platform.r:g}). Is it in the same units as the pool? Correct it."
            )


def _platform_to_json(platform: Platform) -> dict[str, Any]:
    if platform.shape == "polygon":
        return {"shape": "polygon", "points": [list(point) for point in platform.points]}
    return {"shape": "circle", "cx": platform.cx, "cy": platform.cy, "r": platform.r}


class _Reader:
    """Reads values out of parsed JSON, with a sentence for each mistake."""

    def __init__(self, where: Path | str) -> None:
        self._where = f"the arena file {where}" if isinstance(where, Path) else where

    def _fail(self, problem: str) -> NoReturn:
        raise MazetrackError(f"{self._where[:1].upper()}{self._where[1:]} {problem}")

    def parse(self, text: str) -> dict[str, Any]:
        def refuse(constant: str) -> NoReturn:
            self._fail(f"holds the value {constant}; every number must be a real one. Correct it.")

        try:
            data = json.loads(text, parse_constant=refuse)
        except (ValueError, RecursionError) as error:
            self._fail(f"is not proper JSON ({error}). Correct it, or make a new one with find-arena.")
        if not isinstance(data, dict) or "pool" not in data:
            self._fail("is not an arena: it has no pool. Make one with mazetrack find-arena.")
        return data

    def arena(self, data: dict[str, Any]) -> Arena:
        self._schema(data)
        unknown = sorted(set(data) - _KEYS)
        if unknown:
            self._fail(f"has '{unknown[0]}', which is not known. Its keys are: {', '.join(sorted(_KEYS))}.")
        arena = Arena(
            pool=self._pool(data.get("pool")),
            units=self._choice(data, "units", ("px", "cm")),  # type: ignore[arg-type]
            diameter_cm=self._optional(data, "diameter_cm"),
            y_axis=self._choice(data, "y_axis", ("down", "up")),  # type: ignore[arg-type]
            mirrored=self._flag(data, "mirrored"),
            north_deg=self._optional(data, "north_deg"),
            platforms=self._platforms(data),
            starts={name: self._point(xy, f"the start '{name}'") for name, xy in self._table(data, "starts").items()},
        )
        if data.get("image_to_cm") is not None:
            arena = replace(arena, image_to_cm=self._matrix(data["image_to_cm"]))
        quadrants = self._table(data, "quadrants")
        return replace(
            arena,
            quadrant_frame=self._choice(quadrants, "frame", ("image", "platform")),  # type: ignore[arg-type]
            quadrant_angle_deg=self._number(quadrants.get("angle_deg", 0.0), "quadrants.angle_deg"),
        )

    def _schema(self, data: dict[str, Any]) -> None:
        schema = data.get("schema")
        if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
            self._fail(f"does not say which schema it has (expected {SCHEMA}). Make it with mazetrack find-arena.")
        if schema > SCHEMA:
            self._fail(
                f"was written by a newer napari-mazetrack (schema {schema}, this one reads {SCHEMA}). "
                "Update napari-mazetrack."
            )

    def _pool(self, data: object) -> Ellipse:
        if not isinstance(data, dict):
            self._fail("is not an arena: its pool must have cx, cy, rx and ry. Make one with mazetrack find-arena.")
        values = {key: self._number(data.get(key), f"pool.{key}") for key in ("cx", "cy", "rx", "ry")}
        return Ellipse(**values, angle_deg=self._number(data.get("angle_deg", 0.0), "pool.angle_deg"))

    def _platforms(self, data: dict[str, Any]) -> dict[str, Platform]:
        table = self._table(data, "platforms")
        if data.get("platform") is not None:
            if DEFAULT_PLATFORM in table:
                self._fail("names its platform twice, under platform and platforms. Remove one of them.")
            table = {DEFAULT_PLATFORM: data["platform"], **table}
        return {name: self._platform(value, name) for name, value in table.items()}

    def _platform(self, data: object, name: str) -> Platform:
        if not isinstance(data, dict):
            self._fail(f"has a platform '{name}' without a shape. Give it a circle or a polygon.")
        shape = self._choice(data, "shape", ("circle", "polygon"))
        if shape == "circle":
            cx, cy, r = (self._number(data.get(key), f"{key} of platform '{name}'") for key in ("cx", "cy", "r"))
            if r <= 0:
                self._fail(f"has a platform '{name}' of radius {r:g}. Give it a radius above 0.")
            return Platform("circle", cx, cy, r)
        points = data.get("points")
        if not isinstance(points, list) or not 3 <= len(points) <= _MAX_POINTS:
            self._fail(f"has a platform '{name}' that needs 3 to {_MAX_POINTS} corners under points. Correct it.")
        platform = polygon_platform(np.array([self._point(xy, f"platform '{name}'") for xy in points]))
        if not platform.r > 1e-6:
            self._fail(f"has a platform '{name}' whose corners lie on a line. Correct its points.")
        return platform

    def _matrix(self, data: object) -> np.ndarray[Any, np.dtype[np.float64]]:
        rows = data if isinstance(data, list) else []
        if len(rows) != 3 or not all(isinstance(row, list) and len(row) == 3 for row in rows):
            self._fail("has an image_to_cm that is not a 3 × 3 matrix. Correct it, or set it to null.")
        return np.array([[self._number(value, "image_to_cm", limit=1e12) for value in row] for row in rows])

    def _table(self, data: dict[str, Any], key: str) -> dict[str, Any]:
        table = data.get(key)
        if table is None:
            return {}
        if not isinstance(table, dict):
            self._fail(f'has {key} that are not given by name. Write them as {{"NAME": …}}.')
        return table

    def _point(self, data: object, what: str) -> tuple[float, float]:
        if not isinstance(data, list) or len(data) != 2:
            self._fail(f"has a point of {what} that is not [x, y]. Correct it.")
        return self._number(data[0], what), self._number(data[1], what)

    def _optional(self, data: dict[str, Any], key: str) -> float | None:
        return None if data.get(key) is None else self._number(data[key], key)

    def _number(self, value: object, what: str, limit: float = _MAX_COORDINATE) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._fail(f"needs a number for {what}, got {json.dumps(value)}. Correct it.")
        if not (math.isfinite(value) and abs(value) <= limit):
            self._fail(f"has {value:g} for {what}, which no maze has. Correct it.")
        return float(value)

    def _choice(self, data: dict[str, Any], key: str, choices: tuple[str, ...]) -> str:
        value = data.get(key, choices[0])
        if value not in choices:
            self._fail(f"has {json.dumps(value)} for {key}; it must be {' or '.join(choices)}. Correct it.")
        return str(value)

    def _flag(self, data: dict[str, Any], key: str) -> bool:
        value = data.get(key, False)
        if not isinstance(value, bool):
            self._fail(f"has {json.dumps(value)} for {key}; it must be true or false. Correct it.")
        return value
