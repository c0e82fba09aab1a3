"""Films in video files, read through PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video.decoder import Decoder
from napari_mazetrack.video.film import FilmFacts, Picture
from napari_mazetrack.video.index import FrameIndex
from napari_mazetrack.video.index_cache import load_index
from napari_mazetrack.video.pictures import PictureMaker, Turn, is_colour, turn_of


class VideoFile:
    """A `Source` of pictures: one decoder for single frames, and one more for every reading in sequence.

    Parameters
    ----------
    path : Path
        The film.

    Raises
    ------
    MazetrackError
        It is no film, or no frame of it can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        index = load_index(path)
        self._decoder = Decoder(path, index, threads="SLICE")
        try:
            first, frame = next(self._decoder.frames_from(0), (0, None))
            if frame is None:
                raise MazetrackError(f"No frame of {path.name} can be decoded. Copy it again, or record it again.")
            self._index = _from_first_decodable(index, first)
            self._turn = turn_of(frame)
            self._pictures = PictureMaker(self._turn or Turn())
            self._stored_size = (frame.height, frame.width)
            self.facts = _facts(self._index, frame, self._turn)
        except BaseException:
            self._decoder.close()
            raise
        if self._index is not index:
            self._decoder.close()
            self._decoder = Decoder(path, self._index, threads="SLICE")

    def pictures_to(self, frame_index: int, *, colour: bool, n_before: int) -> Iterator[tuple[int, Picture | None]]:
        """Yield pictures on the way and the wanted one: see `film.Source`."""
        if frame_index in self._index.lost:
            yield frame_index, None
            return
        for i, frame in self._decoder.frames_to(frame_index):
            if frame is None or not self._has_film_size(frame):
                if i == frame_index:
                    yield i, None
            elif i >= frame_index - n_before:
                yield i, self._pictures.rgb(frame) if colour else self._pictures.luma(frame)

    def iter_luma(self, start: int, stop: int) -> Iterator[tuple[int, Picture]]:
        """Yield (index, luma) of the readable frames, decoded by several threads ahead of the caller."""
        pictures = PictureMaker(self._turn or Turn())
        for i, frame in self._frames(start, stop):
            if self._has_film_size(frame):
                yield i, pictures.luma(frame)

    def close(self) -> None:
        """Release the file."""
        self._decoder.close()

    def _frames(self, start: int, stop: int) -> Iterator[tuple[int, VideoFrame]]:
        due = start
        decoder = Decoder(self._path, self._index, threads="AUTO")
        try:
            for i, frame in decoder.frames_from(start):
                if i > due:
                    yield from self._frames_singly(due, min(i, stop))
                if i >= stop:
                    return
                if i >= start:
                    yield i, frame
                    due = i + 1
        finally:
            decoder.close()
        yield from self._frames_singly(due, stop)

    def _frames_singly(self, start: int, stop: int) -> Iterator[tuple[int, VideoFrame]]:
        """Yield what can be read of a stretch that the fast decoder skipped.

        Decoding several frames at once, FFmpeg drops good ones beside a damaged one.
        """
        if np.isin(np.arange(start, stop), self._index.lost).all():
            return
        decoder = Decoder(self._path, self._index, threads="SLICE")
        try:
            yield from takewhile(lambda found: found[0] < stop, decoder.frames_at(start))
        finally:
            decoder.close()

    def _has_film_size(self, frame: VideoFrame) -> bool:
        """Tell whether the frame is as large as the first: a joined film may change its size half-way."""
        return (frame.height, frame.width) == self._stored_size


def _from_first_decodable(index: FrameIndex, first: int) -> FrameIndex:
    """Leave out the undecodable frames with which a recording that was cut out of a stream begins."""
    n_orphans = int(index.anchors[0]) if len(index.anchors) else 0
    return index.without_start(min(first, n_orphans)) if min(first, n_orphans) > 0 else index


def _facts(index: FrameIndex, frame: VideoFrame, turn: Turn | None) -> FilmFacts:
    height, width = (turn or Turn()).size(frame.height, frame.width)
    time_s = (index.stamps - index.stamps[0]) * index.tick_s if index.has_times else None
    return FilmFacts(
        film_id=index.film_id,
        n_frames=index.n_frames,
        height=height,
        width=width,
        time_s=None if time_s is None else time_s.astype(np.float64),
        is_colour=is_colour(frame),
        warnings=index.warnings + _picture_warnings(frame, turn),
        entries=index.anchors,
    )


def _picture_warnings(frame: VideoFrame, turn: Turn | None) -> tuple[str, ...]:
    warnings = []
    if turn is None:
        warnings.append(
            "The film asks to be turned by an angle that is no multiple of 90°: its pictures are used as "
            "they are stored."
        )
    if frame.interlaced_frame:
        warnings.append(
            "The film is interlaced: moving animals show comb edges. Deinterlace it for finer positions "
            "(ffmpeg -vf bwdif)."
        )
    return tuple(warnings)
