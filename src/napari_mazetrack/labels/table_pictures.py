"""The pictures that a table of labels names: found beside it, never outside of its folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from napari_mazetrack.errors import MazetrackError

#: A label may lie this far outside of the picture's outermost pixel centres: people click on the border.
TOLERANCE_PX = 2.0
MAX_PICTURE_PIXELS = 64_000_000
#: Folders above the table in which its pictures may lie (`project/labeled-data/film/CollectedData.csv`).
FOLDERS_ABOVE = 3
#: A spreadsheet would run a cell that begins with one of these.
FORMULA_SIGNS = "=+-@\t\r"


def find_picture(table: Path, cells: Sequence[str], where: str) -> Path:
    """Return the picture that a table names, in one text or folder by folder; `where` tells the place in the table.

    Raises
    ------
    MazetrackError
        The name leads out of the table's folders, or there is no such picture.
    """
    name = PurePosixPath(*[cell.strip().replace("\\", "/") for cell in cells]) if cells else PurePosixPath()
    parts = [part for part in name.parts if part not in ("/", ".")]
    if not parts or ".." in parts:
        raise MazetrackError(f"{where}: {str(name)!r} is no picture's name inside the table's folders.")
    for candidate in _candidate_paths(table, parts):
        if candidate.is_file():
            return candidate
    raise MazetrackError(
        f"{where}: the picture {name} is not there. Put the pictures beside the table or where it says they are."
    )


def _candidate_paths(table: Path, parts: list[str]) -> Iterator[Path]:
    folder = table.resolve().parent
    folders = [folder, *list(folder.parents)[:FOLDERS_ABOVE]]
    for n_dropped in range(len(parts)):
        below = Path(*parts[n_dropped:])
        # The bare name is only looked for beside the table: elsewhere it could be any film's picture.
        yield from ((f / below) for f in (folders if len(parts) - n_dropped > 1 else folders[:1]))


def refuse_points_outside(keypoints: NDArray[np.float64], picture: Path, where: str) -> None:
    """Raise a `MazetrackError` where a point [n, 2] lies outside of its picture, or that is none or too large."""
    try:
        with Image.open(picture) as image:
            width, height = image.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise MazetrackError(f"{where}: {picture} is no picture that can be read.") from error
    if width * height > MAX_PICTURE_PIXELS:
        raise MazetrackError(f"{where}: {picture} has more than {MAX_PICTURE_PIXELS // 1_000_000} megapixels.")
    low, high = -0.5 - TOLERANCE_PX, np.array([width, height]) - 0.5 + TOLERANCE_PX
    outside = (keypoints < low).any(axis=1) | (keypoints > high).any(axis=1)
    if outside.any():
        x, y = keypoints[outside][0]
        raise MazetrackError(
            f"{where}: the point ({x:g}, {y:g}) lies outside of {picture.name} ({width} × {height} pixels). "
            "Correct the label, or check that the picture was not resized."
        )


def picture_name(picture: Path, folder: Path) -> str:
    """Return how a table in `folder` names a picture."""
    resolved, folder = picture.resolve(), folder.resolve()
    relative = (
        resolved.relative_to(folder) if resolved.is_relative_to(folder) else Path(resolved.parent.name, picture.name)
    )
    name = relative.as_posix()
    return f"./{name}" if name.startswith(tuple(FORMULA_SIGNS)) else name
