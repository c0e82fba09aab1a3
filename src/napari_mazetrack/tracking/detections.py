"""Raw detections of a film: an append-only file of fixed-size records that survives a crash at any moment.

Layout (little endian): 8 bytes magic, uint32 length of the header, the header as JSON (UTF-8), uint32 CRC-32 of
length and JSON; then one record a frame, in order from the first that is looked at: int32 frame index, int32 count
(−1: the frame could not be read), `n_slots` × float32 [score, box xyxy, x y of each keypoint, σ of each keypoint],
uint32 CRC-32. Each record's checksum is seeded with the header's, so that a record of another run is never taken for
one of this. The valid part of a file is its longest run of whole records with right checksums and consecutive frame
indices.
"""

from __future__ import annotations

import os
import struct
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import N_BOX_COLUMNS, Instances
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.tracking.part_header import PartHeader, record_dtype

__all__ = ["PartHeader", "PartWriter", "RawDetections", "read_part"]

MAGIC = b"MZPART1\n"
UNREADABLE = -1
#: Records are on the disk at the latest after this many frames or seconds, whichever comes first.
SYNC_FRAMES = 512
SYNC_SECONDS = 1.0
#: The longest header that is read, and the records that are read at once.
MAX_HEADER_BYTES = 1 << 20
BLOCK = 1024


@dataclass(frozen=True)
class BySlot:
    """Values of all N instances as an array [T, S, …], NaN in empty slots: most are, so frames are made when asked for.

    Attributes
    ----------
    n_here : int16 [T]
        Instances in each frame.
    values : float32 [N, …]
        Their values, one frame's after the other's.
    """

    n_here: NDArray[np.int16]
    values: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        """Frames, slots that a frame uses at most, and the axes of a value."""
        return len(self.n_here), max(int(self.n_here.max(initial=0)), 1), *self.values.shape[1:]

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Type of a value."""
        return self.values.dtype

    def __getitem__(self, frames: slice) -> NDArray[np.float32]:
        first_frame, _, _ = frames.indices(len(self.n_here))
        n_here, first = self.n_here[frames], self.n_here[:first_frame].sum()
        slots = np.full((len(n_here), *self.shape[1:]), np.nan, np.float32)
        slots[np.arange(slots.shape[1]) < n_here[:, None]] = self.values[first : first + n_here.sum()]
        return slots


@dataclass(frozen=True, eq=False)
class RawDetections:
    """Everything the detector said about a film of T frames: N instances, one frame's after the other's.

    It never changes: its arrays can only be read.

    Attributes
    ----------
    header : PartHeader
        What it belongs to.
    n_recorded : int
        Frames that were recorded; less than T where a run was interrupted.
    count : int16 [T]
        Instances in each frame; −1 where the frame could not be read, was not reached or is outside of the range.
    instances : Instances
        All N of them, in film pixels, y down; each frame's with the best score first.
    """

    header: PartHeader
    n_recorded: int
    count: NDArray[np.int16]
    instances: Instances

    def __post_init__(self) -> None:
        found = self.instances
        for array in (self.count, found.score, found.box_xyxy, found.keypoints_xy, found.sigma_px):
            array.flags.writeable = False

    @property
    def n_frames(self) -> int:
        """Frames of the film, T."""
        return self.header.n_frames

    @property
    def is_complete(self) -> bool:
        """Whether every frame that is looked at was recorded."""
        return self.n_recorded == self.header.n_looked_at

    def by_slot(self, values: NDArray[np.float32]) -> BySlot:
        """Return the values [N, …] of the instances as [T, S, …]."""
        return BySlot(np.maximum(self.count, 0), values)

    @classmethod
    def from_instances(cls, header: PartHeader, frames: Sequence[Instances | None], start: int = 0) -> RawDetections:
        """Gather the instances of the frames from `start` on (None: unreadable), without a file."""
        table = np.zeros(len(frames), record_dtype(header))
        for row, instances in enumerate(frames):
            _fill_record(table[row : row + 1], start + row, instances)
        return _from_records(header, [table])


def _fill_record(record: NDArray[np.void], frame_index: int, instances: Instances | None) -> None:
    """Write one frame into `record`, a table of one row, all but its checksum."""
    slots = record["slots"][0]
    slots[:] = np.nan
    n = 0
    if instances is not None:
        n = min(len(instances), len(slots))
        n_keypoints = (slots.shape[1] - N_BOX_COLUMNS) // 3
        slots[:n, 0] = instances.score[:n]
        slots[:n, 1:N_BOX_COLUMNS] = instances.box_xyxy[:n]
        slots[:n, N_BOX_COLUMNS:-n_keypoints] = instances.keypoints_xy[:n].reshape(n, 2 * n_keypoints)
        slots[:n, -n_keypoints:] = instances.sigma_px[:n]
    record["frame_index"] = frame_index
    record["count"] = UNREADABLE if instances is None else n


def _from_records(header: PartHeader, tables: Iterable[NDArray[np.void]]) -> RawDetections:
    count = np.full(header.n_frames, UNREADABLE, np.int16)
    n_recorded, n_keypoints = 0, header.skeleton.n_keypoints
    found = [np.empty((0, N_BOX_COLUMNS + 3 * n_keypoints), np.float32)]
    for table in tables:
        count[table["frame_index"]] = table["count"]
        found.append(table["slots"][np.arange(header.n_slots) < table["count"][:, None]])
        n_recorded += len(table)
    values = np.concatenate(found, dtype=np.float32)
    instances = Instances(
        score=values[:, 0],
        box_xyxy=values[:, 1:N_BOX_COLUMNS],
        keypoints_xy=values[:, N_BOX_COLUMNS:-n_keypoints].reshape(-1, n_keypoints, 2),
        sigma_px=values[:, -n_keypoints:],
    )
    return RawDetections(header, n_recorded, count, instances)


def read_part(path: Path) -> RawDetections:
    """Read the valid part of a file of raw detections.

    Raises
    ------
    MazetrackError
        There is no such file, or it is not one of ours.
    """
    try:
        with _open_regular(path, "rb") as handle:
            header, seed = _read_header(handle, path)
            return _from_records(header, _valid_records(handle, header, seed))
    except OSError as error:
        raise MazetrackError(
            f"Cannot read the unfinished tracking {path}: {error.strerror}. Track the film again."
        ) from error


def _open_regular(path: Path, mode: str) -> BinaryIO:
    # A pipe would block for ever and a folder cannot be read: say so instead.
    if path.exists() and not path.is_file():
        raise MazetrackError(f"{path} is not a file. Name the .tracks.part file of an unfinished tracking.")
    return open(path, mode)  # type: ignore[return-value]  # noqa: PTH123 - both modes are binary


def _header_bytes(header: PartHeader) -> tuple[bytes, int]:
    text = header.to_json().encode()
    body = struct.pack("<I", len(text)) + text
    checksum = zlib.crc32(body)
    return MAGIC + body + struct.pack("<I", checksum), checksum


def _read_header(handle: BinaryIO, path: Path) -> tuple[PartHeader, int]:
    """Return the header and its checksum; the handle then stands at the first record."""
    foreign = MazetrackError(
        f"{path} is not an unfinished tracking of mazetrack, or its beginning is damaged. "
        "Delete it, or track again with --force."
    )
    start = handle.read(len(MAGIC) + 4)
    if len(start) < len(MAGIC) + 4 or not start.startswith(MAGIC):
        raise foreign
    (length,) = struct.unpack("<I", start[len(MAGIC) :])
    if length > MAX_HEADER_BYTES:
        raise foreign
    text, stored = handle.read(length), handle.read(4)
    checksum = zlib.crc32(start[len(MAGIC) :] + text)
    if len(stored) < 4 or struct.unpack("<I", stored)[0] != checksum:
        raise foreign
    try:
        return PartHeader.from_json(text.decode()), checksum
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise foreign from error


def _valid_records(handle: BinaryIO, header: PartHeader, seed: int) -> Iterator[NDArray[np.void]]:
    """Yield the valid records, a block at a time."""
    dtype = record_dtype(header)
    for first in range(header.first_frame, header.end_frame, BLOCK):
        n = min(BLOCK, header.end_frame - first)
        data = handle.read(n * dtype.itemsize)
        table = np.frombuffer(data, dtype, count=len(data) // dtype.itemsize)
        n_valid = _count_valid(table, header, first, seed)
        yield table[:n_valid]
        if n_valid < n:
            return


def _count_valid(table: NDArray[np.void], header: PartHeader, first_frame: int, seed: int) -> int:
    """Return how many records from the first on are whole."""
    is_possible = table["frame_index"] == first_frame + np.arange(len(table))
    is_possible &= (table["count"] >= UNREADABLE) & (table["count"] <= header.n_slots)
    for row, record in enumerate(table):
        if not is_possible[row] or zlib.crc32(record.tobytes()[:-4], seed) != record["crc"]:
            return row
    return len(table)


class PartWriter:
    """Appends the detections of a film, frame by frame, so that a crash loses at most the last second.

    Records reach the disk (flush and fsync) every `SYNC_FRAMES` frames or `SYNC_SECONDS`, and on leaving the
    ``with`` block, whatever happened inside. The file is locked against a second writer while it is open.

    Parameters
    ----------
    path : Path
        The ``.tracks.part`` file.
    header : PartHeader
        What the detections belong to.
    resume : bool
        Go on with an existing file: it is cut to its last valid record. Where there is none, start one.
    overwrite : bool
        Start anew over an existing file (not with `resume`).

    Raises
    ------
    MazetrackError
        On entering: the file exists and neither `resume` nor `overwrite` was given; it is foreign, a link, in use by
        another tracking, or belongs to another film, model or settings; the folder cannot be written to. On
        appending: the disk is full.
    """

    def __init__(self, path: Path, header: PartHeader, *, resume: bool = False, overwrite: bool = False) -> None:
        self.path = path
        self.header = header
        self.next_frame_index = header.first_frame
        self._resume = resume
        self._overwrite = overwrite
        self._start, self._seed = _header_bytes(header)
        self._record = np.zeros(1, record_dtype(header))
        self._handle: BinaryIO | None = None
        self._n_waiting = 0
        self._synced_at = 0.0

    def __enter__(self) -> PartWriter:
        try:
            self._handle = self._resumed() if self._resume and os.path.lexists(self.path) else self._begun()
        except OSError as error:
            raise MazetrackError(
                f"Cannot write to {self.path}: {error.strerror}. Choose another folder with --out."
            ) from error
        self._synced_at = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        handle, self._handle = self._handle, None
        if handle is None:
            return
        try:
            with handle:
                _sync(handle)
        except OSError as failure:
            if kind is None:
                raise self._disk_error(failure) from failure

    def append(self, frame_index: int, instances: Instances | None) -> None:
        """Record one frame; frames come in order, None is a frame that could not be read.

        Instances beyond the slots of the header are dropped; they come best score first.
        """
        if self._handle is None:
            raise ValueError("a PartWriter is used inside its with block")
        if frame_index != self.next_frame_index or frame_index >= self.header.end_frame:
            raise ValueError(f"expected frame {self.next_frame_index} of {self.header.end_frame}, got {frame_index}")
        _fill_record(self._record, frame_index, instances)
        content = self._record.tobytes()[:-4]
        try:
            self._handle.write(content + struct.pack("<I", zlib.crc32(content, self._seed)))
            self._n_waiting += 1
            if self._n_waiting >= SYNC_FRAMES or time.monotonic() - self._synced_at >= SYNC_SECONDS:
                _sync(self._handle)
                self._n_waiting, self._synced_at = 0, time.monotonic()
        except OSError as error:
            raise self._disk_error(error) from error
        self.next_frame_index += 1

    def _begun(self) -> BinaryIO:
        if os.path.lexists(self.path):
            if not self._overwrite:
                raise MazetrackError(
                    f"{self.path} is left from an unfinished tracking. Go on with it by --resume, "
                    "or begin again with --force."
                )
            if self.path.is_file():
                with self.path.open("r+b") as old:
                    self._lock(old)
        # The header appears whole or not at all: a file of ours never has a torn one.
        with atomic_path(self.path, overwrite=True) as temporary:
            temporary.write_bytes(self._start)
        handle = self.path.open("r+b")
        self._lock(handle)
        handle.seek(0, os.SEEK_END)
        return handle

    def _resumed(self) -> BinaryIO:
        if self.path.is_symlink():
            raise MazetrackError(f"{self.path} is a link. Delete it, and track again without --resume.")
        handle = _open_regular(self.path, "r+b")
        try:
            self._lock(handle)
            found, seed = _read_header(handle, self.path)
            differences = found.differences(self.header)
            if differences:
                raise MazetrackError(
                    f"{self.path} was begun with something else ({'; '.join(differences)}). Track with what it was "
                    "begun with, or begin again with --force instead of --resume."
                )
            start = handle.tell()
            n_recorded = sum(len(table) for table in _valid_records(handle, found, seed))
            self.next_frame_index = found.first_frame + n_recorded
            handle.truncate(start + n_recorded * self._record.itemsize)
            handle.seek(0, os.SEEK_END)
        except BaseException:  # whatever ends it, nobody else may find the file locked
            handle.close()
            raise
        self._seed = seed
        return handle

    def _lock(self, handle: BinaryIO) -> None:
        try:
            _lock_file(handle)
        except OSError as error:
            raise MazetrackError(
                f"{self.path} is being written by another tracking. Wait for it, or choose another --out."
            ) from error

    def _disk_error(self, error: OSError) -> MazetrackError:
        return MazetrackError(
            f"Could not write {self.path} at frame {self.next_frame_index} of the film: {error.strerror or error}. "
            "Free some space and track the film again: it can go on where it stopped (--resume)."
        )


def _sync(handle: BinaryIO) -> None:
    handle.flush()
    os.fsync(handle.fileno())


if sys.platform == "win32":

    def _lock_file(handle: BinaryIO) -> None:
        """Lock a byte far behind the end until the file is closed; OSError where another holds it."""
        import msvcrt

        position = handle.tell()
        handle.seek(1 << 40)
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        handle.seek(position)

else:

    def _lock_file(handle: BinaryIO) -> None:
        """Lock the file until it is closed; OSError where another holds it."""
        import fcntl

        fcntl.flock(handle.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
