"""Films as TIFF stacks, read page by page through tifffile.

8-bit grey values are used as they are. 16-bit values are scaled by one power of two for the whole stack: the smallest
that brings the largest value of `_SAMPLED_PAGES` evenly spaced pages to 8 bit (a 12-bit camera: 0–4095 becomes 0–255);
brighter values elsewhere are clipped. Luma of RGB pages is that of ITU-R BT.601.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video.container import MAX_PIXELS, MAX_PIXELS_WORDS
from napari_mazetrack.video.film import FilmFacts, Picture

TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MAX_PAGES = 2_000_000
_SAMPLED_PAGES = 16
_ID_BLOCK, _ID_BLOCKS = 64 * 1024, 64
_DIGEST_BYTES = 16
_DAMAGE = (ValueError, OSError, RuntimeError, KeyError, IndexError, ImportError, struct.error, zlib.error)
_MIN_IS_WHITE = 0


class TiffStack:
    """A `Source` of pictures from the pages of a TIFF file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    MazetrackError
        It cannot be read, its pages are no grey or RGB pictures of 8 or 16 bit, or they are too large.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pages = _Pages(path)
        try:
            self._shift = self._find_shift()
        except BaseException:
            self._pages.close()
            raise
        height, width = self._pages.shape[:2]
        warnings: tuple[str, ...] = ()
        if self._pages.dtype == np.uint16:
            warnings = (
                f"The stack holds 16-bit values: 0 to {(256 << self._shift) - 1} were scaled to 8 bit, "
                "brighter ones clipped.",
            )
        self.facts = FilmFacts(
            film_id=_film_id(path),
            n_frames=self._pages.n,
            height=height,
            width=width,
            time_s=None,
            is_colour=len(self._pages.shape) == 3,
            warnings=warnings,
        )

    def pictures_to(self, frame_index: int, *, colour: bool, n_before: int) -> Iterator[tuple[int, Picture | None]]:  # noqa: ARG002 - pages come one by one
        """Yield the wanted picture: see `film.Source`."""
        page = self._pages.read(frame_index)
        if page is None:
            yield frame_index, None
        else:
            yield frame_index, self._rgb(page) if colour else self._luma(page)

    def iter_luma(self, start: int, stop: int) -> Iterator[tuple[int, Picture]]:
        """Yield (index, luma) of the readable pages from `start` to before `stop`."""
        pages = _Pages(self._path)
        try:
            for i in range(start, stop):
                page = pages.read(i)
                if page is not None:
                    yield i, self._luma(page)
        finally:
            pages.close()

    def close(self) -> None:
        """Release the file."""
        self._pages.close()

    def _find_shift(self) -> int:
        places = np.unique(np.linspace(0, self._pages.n - 1, _SAMPLED_PAGES).astype(int))
        pages = [page for page in map(self._pages.read, places.tolist()) if page is not None]
        if not pages:
            raise MazetrackError(
                f"No page of {self._path.name} can be decoded: it is damaged, or packed in a way that needs more "
                "software. Save the stack again without compression."
            )
        return max(0, int(max(page.max() for page in pages)).bit_length() - 8)

    def _luma(self, page: NDArray[np.unsignedinteger]) -> Picture:
        picture = self._to_8_bit(page)
        if picture.ndim == 2:
            return picture
        weighted = picture[..., :3].astype(np.uint32) @ np.array([299, 587, 114], np.uint32)
        luma: Picture = ((weighted + 500) // 1000).astype(np.uint8)
        return luma

    def _rgb(self, page: NDArray[np.unsignedinteger]) -> Picture:
        picture = self._to_8_bit(page)
        return np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture[..., :3].copy()

    def _to_8_bit(self, page: NDArray[np.unsignedinteger]) -> Picture:
        picture: Picture = np.minimum(page >> np.uint16(self._shift), 255).astype(np.uint8)
        return picture


class _Pages:
    """The pages of one open TIFF file."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = tifffile.TiffFile(path)
        except _DAMAGE as error:
            raise MazetrackError(f"{path.name} is a damaged TIFF file. Save or copy it again.") from error
        try:
            self._find(path)
        except BaseException:
            self._file.close()
            raise

    def _find(self, path: Path) -> None:
        try:
            first = self._file.pages.first
            self._stack = self._one_block()
            self.n = len(self._file.pages) if self._stack is None else len(self._stack)
            self.shape: tuple[int, ...] = first.shape
            self.dtype = np.dtype(first.dtype)
            self._is_inverted = int(first.photometric) == _MIN_IS_WHITE
            n_values = max(int(np.prod(first.shape)), int(np.prod(first.chunks)))
        except _DAMAGE as error:
            raise MazetrackError(f"{path.name} is a damaged TIFF file. Save or copy it again.") from error
        is_picture = len(self.shape) == 2 or (len(self.shape) == 3 and self.shape[2] in (3, 4))
        if not is_picture or self.dtype not in (np.uint8, np.uint16):
            raise MazetrackError(
                f"The pages of {path.name} are {self.dtype} of shape {self.shape}; grey or RGB pictures of 8 or 16 bit "
                "were expected. Save the stack again as one of these."
            )
        if n_values > MAX_PIXELS * 4 or self.n > _MAX_PAGES:
            raise MazetrackError(
                f"{path.name} has {self.n} pages of {self.shape[1]} × {self.shape[0]} pixels; at most {_MAX_PAGES} "
                f"pages of {MAX_PIXELS_WORDS} are read. Split or scale it first."
            )

    def _one_block(self) -> NDArray[np.unsignedinteger] | None:
        """Return ImageJ's stacks over 4 GB, which have one page and then all pictures in a row; None for others."""
        if not (self._file.is_imagej and len(self._file.pages) == 1):
            return None
        series = self._file.series[0]
        if series.dataoffset is None or len(series.shape) != 3 or not series.axes.endswith("YX"):
            return None
        return np.memmap(
            self._file.filehandle.path,
            dtype=series.dtype.newbyteorder(self._file.byteorder),
            mode="r",
            offset=series.dataoffset,
            shape=series.shape,
        )

    def read(self, i: int) -> NDArray[np.unsignedinteger] | None:
        """Return page `i`; None where it cannot be decoded or differs from the first in size or type."""
        try:
            page = self._file.pages[i].asarray() if self._stack is None else np.array(self._stack[i])
        except _DAMAGE:
            return None
        if page.shape != self.shape or page.dtype.kind != "u" or page.dtype.itemsize != self.dtype.itemsize:
            return None
        return np.invert(page) if self._is_inverted else page

    def close(self) -> None:
        """Release the file."""
        self._file.close()


def _film_id(path: Path) -> str:
    """Return the BLAKE2b of the file's size and of blocks spread evenly over it."""
    size = path.stat().st_size
    digest = hashlib.blake2b(f"tiff {size}".encode(), digest_size=_DIGEST_BYTES)
    with path.open("rb") as handle:
        for start in np.unique(np.linspace(0, max(0, size - _ID_BLOCK), _ID_BLOCKS).astype(np.int64)).tolist():
            handle.seek(start)
            digest.update(handle.read(_ID_BLOCK))
    return digest.hexdigest()
