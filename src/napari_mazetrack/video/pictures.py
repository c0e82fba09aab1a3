"""From decoded frames to pictures: full-range luma and RGB, turned as the film says.

Luma
----
Full range means black 0, white 255. The luma plane of a YUV or grey film is taken as it lies in memory; limited
range (black 16, white 235 at 8 bit: ITU-R BT.601 and BT.709) is stretched by a table, values outside are clipped.
A film that does not say its range counts as limited if it is YUV, as full if it is grey or ``yuvj``, as FFmpeg and
players have it. RGB and rare formats go through FFmpeg's scaler (luma of BT.601: 0.299 R + 0.587 G + 0.114 B).

Turning
-------
Telephones store pictures lying on their side with a display matrix. Pictures come out as a player shows them:
multiples of 90° and mirrored. Other angles are not applied (and told).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar, cast

import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Value = TypeVar("Value", np.uint8, np.uint16)

_PLANAR = ("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "yuva420p", "yuva422p", "yuva444p")
_LUMA_FIRST_8 = frozenset(_PLANAR) | {
    "yuvj420p",
    "yuvj422p",
    "yuvj444p",
    "yuvj440p",
    "nv12",
    "nv21",
    "nv16",
    "nv24",
    "gray",
}
_DEEP_BITS = ("9", "10", "12", "14", "16")
_LUMA_FIRST_16 = frozenset(
    [f"{name}{bits}le" for name in _PLANAR for bits in _DEEP_BITS] + [f"gray{bits}le" for bits in _DEEP_BITS]
)


@dataclass(frozen=True)
class Turn:
    """How a stored picture becomes the shown one: first transposed, then its rows and columns flipped."""

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    def apply(self, picture: Picture) -> Picture:
        """Turn a picture [H, W] or [H, W, 3]; returns a contiguous array, the same one where nothing is to do."""
        if self == Turn():
            return picture
        turned = picture.swapaxes(0, 1) if self.transpose else picture
        rows, columns = (slice(None, None, -1 if flip else 1) for flip in (self.flip_rows, self.flip_columns))
        return np.ascontiguousarray(turned[rows, columns])

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width of the turned picture."""
        return (width, height) if self.transpose else (height, width)


def turn_of(frame: VideoFrame) -> Turn | None:
    """Return the turn that the frame's display matrix asks for; None where it is no multiple of 90°.

    The matrix (FFmpeg's ``display.h``; 16.16 fixed point) maps x' = a x + c y, y' = b x + d y.
    """
    side_data = cast("Mapping[object, SideData]", frame.side_data)
    if Type.DISPLAYMATRIX not in side_data:
        return Turn()
    data = side_data[Type.DISPLAYMATRIX]
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].tolist()
    if a and d and not b and not c:
        return Turn(flip_rows=d < 0, flip_columns=a < 0)
    if b and c and not a and not d:
        return Turn(transpose=True, flip_rows=b < 0, flip_columns=c < 0)
    return None


def is_colour(frame: VideoFrame) -> bool:
    """Tell whether the frame's format has colour (its content may still be grey)."""
    return not frame.format.name.startswith(("gray", "mono", "ya"))


class PictureMaker:
    """Makes pictures of the decoded frames of one film; keeps the scaler's state, so it is not thread-safe.

    Parameters
    ----------
    turn : Turn
        How stored pictures are turned.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._scaler = VideoReformatter()

    def luma(self, frame: VideoFrame) -> Picture:
        """Return full-range luma as a new array, uint8 [H, W]."""
        name = frame.format.name
        if name in _LUMA_FIRST_8 and frame.planes[0].line_size > 0:
            luma = _luma_8(frame.planes[0], frame.width, is_full=_is_full_range(frame))
        elif name in _LUMA_FIRST_16 and frame.planes[0].line_size > 0:
            bits = frame.format.components[0].bits
            luma = _luma_deep(frame.planes[0], frame.width, bits, is_full=_is_full_range(frame))
        else:
            luma = self._scaled(frame, "gray")[:, : frame.width]
        return self._turn.apply(np.ascontiguousarray(luma))

    def rgb(self, frame: VideoFrame) -> Picture:
        """Return the picture for the screen as a new array, uint8 [H, W, 3]."""
        rgb = self._scaled(frame, "rgb24")[:, : 3 * frame.width].reshape(frame.height, frame.width, 3)
        return self._turn.apply(np.ascontiguousarray(rgb))

    def _scaled(self, frame: VideoFrame, to: str) -> Picture:
        """Return the first plane of the frame in another format, with its padding, uint8 [H, line size]."""
        scaled = self._scaler.reformat(
            frame,
            format=to,
            src_color_range=ColorRange.JPEG if _is_full_range(frame) else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,  # several may overwrite pixels of each other, and are no faster
        )
        plane = scaled.planes[0]
        return _rows(plane, np.uint8).copy()


def _is_full_range(frame: VideoFrame) -> bool:
    if frame.color_range in (ColorRange.JPEG, ColorRange.MPEG):
        return bool(frame.color_range == ColorRange.JPEG)
    return frame.format.is_rgb or frame.format.name.startswith(("yuvj", "gray", "ya", "mono", "pal"))


def _rows(plane: VideoPlane, dtype: type[Value]) -> NDArray[Value]:
    """Return a view of the plane with its padding, [H, line size]."""
    return np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)


def _luma_8(plane: VideoPlane, width: int, *, is_full: bool) -> Picture:
    rows = _rows(plane, np.uint8)
    if is_full:
        return rows[:, :width].copy()
    if plane.line_size % 2:
        return _full_range_table(8)[rows[:, :width]]
    # Two pixels at a time: half the look-ups.
    return np.take(_full_range_pairs(), rows.view(np.uint16)).view(np.uint8)[:, :width]


def _luma_deep(plane: VideoPlane, width: int, bits: int, *, is_full: bool) -> Picture:
    values = _rows(plane, np.uint16)[:, :width]
    return np.take(_full_range_table(bits, is_full=is_full), values, mode="clip")


@lru_cache
def _full_range_table(bits: int, *, is_full: bool = False) -> Picture:
    """Return full-range 8-bit luma for every value of `bits` bits, uint8 [2**bits]."""
    unit = 1 << (bits - 8)
    black, white = (0, (1 << bits) - 1) if is_full else (16 * unit, 235 * unit)
    levels = (np.arange(1 << bits) - black) * (255 / (white - black))
    table: Picture = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return table


@lru_cache
def _full_range_pairs() -> NDArray[np.uint16]:
    """Return the 8-bit limited-range table for two neighbouring pixels at once, uint16 [65536]."""
    table = _full_range_table(8)
    low, high = np.tile(table, 256), np.repeat(table, 256)
    return np.stack([low, high], axis=1).view(np.uint16).ravel()
