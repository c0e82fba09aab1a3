"""From a film to the instances of every frame, with decoding, inference and post-processing busy at once.

One thread decodes and resizes into a ring of batches that is allocated once; the engine computes several batches at
a time; the caller's own thread, between two steps of the generator, turns candidates into instances. Every frame
takes its place in a batch, readable or not, so that nothing piles up when a later stage is slow.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import Instances, instances_from_candidates
from napari_mazetrack.detector.letterbox import compute_letterbox, letterbox_luma
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.runtime.options import RunnerInfo
from napari_mazetrack.runtime.runner import Runner
from napari_mazetrack.runtime.stream_clock import StreamClock

#: Frames that may be decoded ahead of those in flight.
N_AHEAD = 6


class FrameSource(Protocol):
    """What is needed of a film (`napari_mazetrack.video.Film` is one)."""

    @property
    def height(self) -> int:
        """Pixels."""

    @property
    def width(self) -> int:
        """Pixels."""

    def iter_luma(self, start: int = 0) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
        """Yield every frame from `start` on: its index, and luma [height, width] or None where unreadable."""


@dataclass(frozen=True)
class FrameDetections:
    """What was found in one frame.

    Attributes
    ----------
    frame_index : int
        Position in the film.
    instances : Instances or None
        In film pixels, best score first; None where the frame could not be read.
    """

    frame_index: int
    instances: Instances | None


def detect_frames(
    film: FrameSource,
    runner: Runner,
    spec: ModelSpec,
    *,
    start: int = 0,
    max_instances: int = 8,
    clock: StreamClock | None = None,
) -> Generator[FrameDetections, None, None]:
    """Detect the animals in every frame of a film from `start` on.

    Frames come in order, none is dropped or repeated. Closing the generator stops the decoding thread and waits for
    what is in flight; the runner can be used again afterwards.

    Parameters
    ----------
    film : FrameSource
        The film; it is read from another thread until the generator ends.
    runner : Runner
        Inside its ``with`` block, with nothing in flight.
    spec : ModelSpec
        Of the runner's model.
    start : int
        First frame.
    max_instances : int
        The most instances to return for a frame.
    clock : StreamClock or None
        Is told where the time goes.

    Yields
    ------
    FrameDetections
        One for each frame.

    Raises
    ------
    Exception
        The first one of any stage, with a note that names the frame.
    """
    clock = clock or StreamClock()
    decoder = _Decoder(film, spec, start, _Ring.beside(runner.info), clock)
    flight = _Flight(decoder, runner, clock)
    letterbox = decoder.letterbox
    offset_xy = (letterbox.offset_px, letterbox.offset_px)
    clock.start()
    try:
        decoder.thread.start()
        while flight.refill(wait=True):
            landed = flight.land()
            flight.refill(wait=False)  # the engine goes on while this thread turns candidates into instances
            for frame_index, candidates in landed:
                instances = None
                if candidates is not None:
                    with clock.measure("instances"), _naming_frames("finding the instances", frame_index):
                        instances = instances_from_candidates(
                            candidates,
                            axis=spec.skeleton.axis,
                            score_threshold=spec.score_threshold,
                            max_instances=max_instances,
                        ).scaled(letterbox.scale, offset_xy)
                clock.n_frames += 1
                with clock.measure("caller"):
                    yield FrameDetections(frame_index, instances)
        if flight.error is not None:
            raise flight.error
    finally:
        clock.stop()
        decoder.stop()
        runner.discard()


@dataclass(frozen=True)
class _Batch:
    """Consecutive frames in one slot of the ring."""

    slot: int
    first_frame: int
    is_readable: tuple[bool, ...]

    @property
    def last_frame(self) -> int:
        return self.first_frame + len(self.is_readable) - 1


@dataclass(frozen=True)
class _Ended:
    error: BaseException | None = None


@dataclass(frozen=True)
class _Ring:
    """How many batches there are, and how many frames each holds."""

    n_slots: int
    batch_size: int

    @classmethod
    def beside(cls, info: RunnerInfo) -> _Ring:
        """Return the ring for a runner: all that may be in flight, and some decoded ahead."""
        return cls(info.n_requests + max(1, N_AHEAD // info.batch_size), info.batch_size)


class _Decoder:
    """The decoding thread and its ring of batches."""

    def __init__(self, film: FrameSource, spec: ModelSpec, start: int, ring: _Ring, clock: StreamClock) -> None:
        self.film = film
        self._clock = clock
        self.letterbox = compute_letterbox((film.height, film.width), spec.input_hw)
        self.ring = np.zeros((ring.n_slots, ring.batch_size, 1, *spec.input_hw), np.uint8)
        self.decoded: SimpleQueue[_Batch | _Ended] = SimpleQueue()  # bounded by the number of slots
        self._free: SimpleQueue[int | None] = SimpleQueue()
        for slot in range(ring.n_slots):
            self._free.put(slot)
        self._stopping = threading.Event()
        self._next = start
        self._slot: int | None = None  # the batch that is being filled
        self._is_readable: list[bool] = []
        self.thread = threading.Thread(target=self._run, name="decode", daemon=True)

    def release(self, slot: int) -> None:
        """Give a slot back for another batch."""
        self._free.put(slot)

    def stop(self) -> None:
        """End the thread wherever it is, and wait until it has ended."""
        self._stopping.set()
        self._free.put(None)
        if self.thread.ident is not None:
            self.thread.join()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._decode()
        except BaseException as failure:  # noqa: BLE001 - carried to the caller, whatever it is
            failure.add_note(f"while reading frame {self._next} of the film")
            error = failure
        self._hand_over()
        self.decoded.put(_Ended(error))

    def _decode(self) -> None:
        frames = self.film.iter_luma(self._next)
        measured = self._clock.measure
        try:
            while True:
                with measured("decoding"):
                    frame_index, luma = next(frames, (None, None))
                if frame_index is None:
                    return
                if self._slot is None:
                    self._slot = self._free.get()
                if self._slot is None or self._stopping.is_set():
                    return
                if frame_index != self._next:
                    raise RuntimeError(f"the film gave frame {frame_index} instead of {self._next}")
                if luma is not None:
                    with measured("decoding"):
                        letterbox_luma(luma, self.letterbox, self.ring[self._slot, len(self._is_readable), 0])
                self._is_readable.append(luma is not None)
                self._next += 1
                if len(self._is_readable) == self.ring.shape[1]:
                    self._hand_over()
        finally:
            if isinstance(frames, Generator):  # its file is released here, in the thread that read it
                frames.close()

    def _hand_over(self) -> None:
        """Give the batch that is being filled to the engine, full or not."""
        if self._slot is not None and self._is_readable:
            first = self._next - len(self._is_readable)
            self.decoded.put(_Batch(self._slot, first, tuple(self._is_readable)))
        self._slot, self._is_readable = None, []


class _Flight:
    """The batches between decoding and post-processing, in order."""

    def __init__(self, decoder: _Decoder, runner: Runner, clock: StreamClock) -> None:
        self._decoder = decoder
        self._clock = clock
        self._runner = runner
        self._waiting: deque[_Batch] = deque()
        self._has_ended = False
        self.error: BaseException | None = None  # the decoder's, for when the frames before it have landed

    def refill(self, *, wait: bool) -> bool:
        """Submit what is decoded as far as there is room.

        Parameters
        ----------
        wait : bool
            Wait for the decoder where nothing at all is under way.

        Returns
        -------
        bool
            Whether anything is under way.
        """
        while not self._has_ended and len(self._waiting) < self._runner.info.n_requests:
            try:
                with self._clock.measure("waiting_for_film"):
                    item = self._decoder.decoded.get(block=wait and not self._waiting)
            except Empty:
                break
            if isinstance(item, _Ended):
                self._has_ended, self.error = True, item.error
            else:
                self._waiting.append(item)
                if any(item.is_readable):
                    with _naming_frames("detecting", item.first_frame, item.last_frame):
                        self._runner.submit(self._decoder.ring[item.slot, : len(item.is_readable)])
        return bool(self._waiting)

    def land(self) -> list[tuple[int, NDArray[np.float32] | None]]:
        """Wait for the oldest batch: each frame's index and candidates [top_k, columns], None where unreadable."""
        item = self._waiting.popleft()
        candidates: NDArray[np.float32] | None = None
        if any(item.is_readable):
            with (
                self._clock.measure("waiting_for_model"),
                _naming_frames("detecting", item.first_frame, item.last_frame),
            ):
                candidates = self._runner.collect()
        self._decoder.release(item.slot)
        return [
            (item.first_frame + i, candidates[i] if candidates is not None and is_readable else None)
            for i, is_readable in enumerate(item.is_readable)
        ]


@contextmanager
def _naming_frames(doing: str, first: int, last: int | None = None) -> Iterator[None]:
    which = f"frame {first}" if last in (None, first) else f"frames {first} to {last}"
    try:
        yield
    except Exception as error:
        error.add_note(f"while {doing} in {which} of the film")
        raise
