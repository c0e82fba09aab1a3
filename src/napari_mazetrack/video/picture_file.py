"""A single picture (PNG, JPEG, BMP) as a film of one frame, as labels in other programs' tables have them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video.container import MAX_PIXELS, MAX_PIXELS_WORDS
from napari_mazetrack.video.film import FilmFacts, Picture

PICTURE_HEADS = (b"\x89PNG", b"\xff\xd8\xff", b"BM")
_FORMATS = ("PNG", "JPEG", "BMP")
_DIGEST_BYTES = 16


class PictureFile:
    """A `Source` of the one picture in a file; 16-bit values keep their upper eight.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    MazetrackError
        It cannot be read, or it is too large.
    """

    def __init__(self, path: Path) -> None:
        try:
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise MazetrackError(
                        f"The picture {path.name} is {image.width} × {image.height}, over the limit of "
                        f"{MAX_PIXELS_WORDS}. Scale it down first."
                    )
                is_deep = image.mode.startswith("I")
                self._luma = _upper_byte(np.asarray(image)) if is_deep else np.array(image.convert("L"))
                self._rgb = np.repeat(self._luma[..., None], 3, 2) if is_deep else np.array(image.convert("RGB"))
                is_colour = image.mode not in ("1", "L", "LA") and not is_deep
        except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise MazetrackError(f"The picture {path} cannot be read ({error}). Copy it again.") from error
        digest = hashlib.blake2b(b"picture", digest_size=_DIGEST_BYTES)
        digest.update(path.read_bytes())
        height, width = self._luma.shape
        self.facts = FilmFacts(
            film_id=digest.hexdigest(),
            n_frames=1,
            height=height,
            width=width,
            time_s=np.zeros(1),
            is_colour=is_colour,
        )

    def pictures_to(self, frame_index: int, *, colour: bool, n_before: int) -> Iterator[tuple[int, Picture | None]]:  # noqa: ARG002 - there is one
        """Yield the picture: see `film.Source`."""
        yield frame_index, self._rgb if colour else self._luma

    def iter_luma(self, start: int, stop: int) -> Iterator[tuple[int, Picture]]:
        """Yield (0, luma) where frame 0 is asked for."""
        if start <= 0 < stop:
            yield 0, self._luma

    def close(self) -> None:
        """Nothing stays open."""


def _upper_byte(values: NDArray[np.integer]) -> Picture:
    luma: Picture = (values.astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
    return luma
