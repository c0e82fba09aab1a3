"""A film: exact frames by index, in order, with their times; whatever file they come from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video.byte_cache import ByteCache
from napari_mazetrack.video.timing import Times, Timing

Picture = NDArray[np.uint8]
#: Pictures kept in memory for going back and forth.
CACHE_BYTES = 256 * 1024 * 1024
#: When somebody steps backwards, so many frames before the wanted one are kept on the way to it.
_KEPT_BEFORE = 32


class UnreadableFrameError(MazetrackError):
    """A frame of a film cannot be decoded; the others may well be."""


@dataclass(frozen=True)
class FilmFacts:
    """What is known of a film once it is open.

    Attributes
    ----------
    film_id : str
        Its identity (hexadecimal), the same for every copy of the file.
    n_frames, height, width : int
        T, H, W, as the pictures come out (turned upright).
    time_s : float64 [T]
        The file's own times, from 0, increasing; None where the file has none.
    is_colour : bool
        The pictures have colour.
    warnings : tuple of str
        What a person should know about the file.
    entries : int64 [E] or None
        Frames that are read without decoding others, increasing; None: all of them.
    """

    film_id: str
    n_frames: int
    height: int
    width: int
    time_s: Times | None
    is_colour: bool
    warnings: tuple[str, ...] = ()
    entries: NDArray[np.int64] | None = None


class Source(Protocol):
    """A file that gives pictures; calls come one at a time, but for `iter_luma`, which stands on its own."""

    facts: FilmFacts

    def pictures_to(self, frame_index: int, *, colour: bool, n_before: int) -> Iterator[tuple[int, Picture | None]]:
        """Yield up to `n_before` pictures on the way and, last, the wanted one: None where it is unreadable."""
        ...

    def iter_luma(self, start: int, stop: int) -> Iterator[tuple[int, Picture]]:
        """Yield (index, luma) of the readable frames from `start` to before `stop`, in order."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


class Film:
    """An open film. Safe to use from several threads; a context manager.

    Open one with `napari_mazetrack.video.open_film`.

    Attributes
    ----------
    path : Path
        The file.
    film_id : str
        The film's identity, the same for every copy and name of it.
    n_frames, height, width : int
        T, H, W.
    time_s : float64 [T]
        Time of each frame since the first, strictly increasing; read-only.
    is_colour : bool
        The film's pictures have colour.
    timing : Timing or None
        The person's correction of the times; None: the file's own.
    warnings : tuple of str
        Sentences for the person, such as that the film is cut off.
    entries : int64 [E] or None
        Frames that are read without decoding others, increasing; None: all of them.
    """

    def __init__(self, path: Path, source: Source, timing: Timing | None) -> None:
        facts = source.facts
        self.path = path
        self.film_id = facts.film_id
        self.n_frames, self.height, self.width = facts.n_frames, facts.height, facts.width
        self.is_colour = facts.is_colour
        self.entries = facts.entries
        self.timing = timing
        self.time_s, repaired = _times(facts, timing, path)
        self.warnings = facts.warnings + repaired
        self._source = source
        self._lock = threading.Lock()
        self._cache: ByteCache[tuple[int, bool]] = ByteCache(CACHE_BYTES)
        self._last_read = -1
        self._is_closed = False

    def luma(self, frame_index: int) -> Picture:
        """Return the frame's full-range luma as an array of the caller's own, uint8 [H, W].

        Raises
        ------
        UnreadableFrameError
            The frame cannot be decoded; a `MazetrackError`.
        MazetrackError
            The film is closed.
        IndexError
            There is no such frame.
        """
        return self._picture(frame_index, colour=False)

    def rgb(self, frame_index: int) -> Picture:
        """Return the frame as RGB, an array of the caller's own, uint8 [H, W, 3]; raises as `luma`."""
        return self._picture(frame_index, colour=True)

    def iter_luma(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Picture | None]]:
        """Yield (frame_index, luma) for every frame from `start` to before `stop`, in order.

        Each array is the caller's own; a frame that cannot be decoded comes as None. Each iteration has a file
        handle of its own, so that several may run at once, beside `luma` and `rgb`. After the film has been closed
        the next step raises a `MazetrackError`.
        """
        stop = self.n_frames if stop is None else min(stop, self.n_frames)
        if start < 0:
            raise IndexError(f"start must be 0 or above, got {start}")
        self._check_open()
        return self._iter_luma(start, stop)

    def _iter_luma(self, start: int, stop: int) -> Iterator[tuple[int, Picture | None]]:
        due = start
        for i, luma in self._source.iter_luma(start, stop):
            self._check_open()
            yield from ((lost, None) for lost in range(due, i))
            yield i, luma
            due = i + 1
        yield from ((lost, None) for lost in range(due, stop))

    def close(self) -> None:
        """Release the file and the memory; nothing can be read after it."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._cache.clear()
                self._source.close()

    def __enter__(self) -> Film:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise MazetrackError(f"The film {self.path.name} has been closed. Open it again to read from it.")

    def _picture(self, frame_index: int, *, colour: bool) -> Picture:
        if not 0 <= frame_index < self.n_frames:
            raise IndexError(f"{self.path.name} has frames 0 to {self.n_frames - 1}, not {frame_index}")
        with self._lock:
            self._check_open()
            picture = self._cache.get((frame_index, colour))
            if picture is None:
                picture = self._read(frame_index, colour=colour)
            self._last_read = frame_index
        if picture is None:
            raise UnreadableFrameError(
                f"Frame {frame_index} of {self.path.name} cannot be decoded: the file is damaged there, or its "
                "pictures change their size. Use another frame, or copy the film again."
            )
        return picture.copy()

    def _read(self, frame_index: int, *, colour: bool) -> Picture | None:
        goes_back = 0 < self._last_read - frame_index <= _KEPT_BEFORE
        n_before = _KEPT_BEFORE if goes_back else 0
        picture = None
        for i, picture in self._source.pictures_to(frame_index, colour=colour, n_before=n_before):
            if picture is not None:
                self._cache.put((i, colour), picture)
        return picture


def _times(facts: FilmFacts, timing: Timing | None, path: Path) -> tuple[Times, tuple[str, ...]]:
    """Return the film's times, read-only, and what had to be done to them."""
    warnings: tuple[str, ...] = ()
    own = facts.time_s
    if own is None:
        if timing is None:
            raise MazetrackError(
                f"{path.name} holds pictures without times. Say how many there are in a second with --fps."
            )
        own = np.arange(facts.n_frames, dtype=np.float64)
    elif timing is None and (np.diff(own) <= 0).any():
        own = _spread(own)
        warnings = ("Several frames of the film share one time stamp: they were spread evenly up to the next one.",)
    time_s = own if timing is None else timing.correct(own, path.name)
    time_s.flags.writeable = False
    return time_s, warnings


def _spread(time_s: Times) -> Times:
    """Make non-decreasing times increase: frames that share a time are spread evenly up to the next one."""
    distinct, first = np.unique(time_s, return_index=True)
    step = float(np.median(np.diff(distinct))) if len(distinct) > 1 else 1.0
    ends = np.append(first, len(time_s))
    spread: Times = np.interp(np.arange(len(time_s)), ends, np.append(distinct, distinct[-1] + step))
    return spread
