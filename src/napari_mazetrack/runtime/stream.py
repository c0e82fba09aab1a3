"""From a film to the instances of every frame, with decoding, inference and post-processing busy at once.

One thread decodes and resizes into the slots of a ring that is allocated once; the engine computes several slots at
a time; the caller's own thread, between two steps of the generator, turns candidates into instances. Every frame
takes a slot, readable or not, so that nothing piles up when a later stage is slow.
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
    decoder = _Decoder(film, spec, (start, runner.info.n_requests + N_AHEAD), clock)
    flight = _Flight(decoder, runner, clock)
    letterbox = decoder.letterbox
    offset_xy = (letterbox.offset_px, letterbox.offset_px)
    clock.start()
    try:
        decoder.thread.start()
        while flight.refill(wait=True):
            frame_index, candidates = flight.land()
            flight.refill(wait=False)  # the engine goes on while this thread turns candidates into instances
            instances = None
            if candidates is not None:
                with clock.measure("instances"), _naming_frame("finding the instances", frame_index):
                    instances = instances_from_candidates(
                        candidates, score_threshold=spec.score_threshold, max_instances=max_instances
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
class _Decoded:
    frame_index: int
    slot: int
    is_readable: bool


@dataclass(frozen=True)
class _Ended:
    error: BaseException | None = None


class _Decoder:
    """The decoding thread and its ring of slots."""

    def __init__(
        self, film: FrameSource, spec: ModelSpec, start_and_slots: tuple[int, int], clock: StreamClock
    ) -> None:
        start, n_slots = start_and_slots
        self.film = film
        self._clock = clock
        self.letterbox = compute_letterbox((film.height, film.width), spec.input_hw)
        self.ring = np.zeros((n_slots, 1, 1, *spec.input_hw), np.uint8)
        self.decoded: SimpleQueue[_Decoded | _Ended] = SimpleQueue()  # bounded by the number of slots
        self._free: SimpleQueue[int | None] = SimpleQueue()
        for slot in range(n_slots):
            self._free.put(slot)
        self._stopping = threading.Event()
        self._next = start
        self.thread = threading.Thread(target=self._run, name="decode", daemon=True)

    def release(self, slot: int) -> None:
        """Give a slot back for another frame."""
        self._free.put(slot)

    def stop(self) -> None:
        """End the thread wherever it is, and wait until it has ended."""
        self._stopping.set()
        self._free.put(None)
        if self.thread.ident is not None:
            self.thread.join()

    def _run(self) -> None:
        try:
            self._decode()
        except BaseException as error:  # noqa: BLE001 - carried to the caller, whatever it is
            error.add_note(f"while reading frame {self._next} of the film")
            self.decoded.put(_Ended(error))
        else:
            self.decoded.put(_Ended())

    def _decode(self) -> None:
        frames = self.film.iter_luma(self._next)
        measured = self._clock.measure
        try:
            while True:
                with measured("decoding"):
                    frame_index, luma = next(frames, (None, None))
                if frame_index is None:
                    return
                slot = self._free.get()
                if slot is None or self._stopping.is_set():
                    return
                if frame_index != self._next:
                    raise RuntimeError(f"the film gave frame {frame_index} instead of {self._next}")
                if luma is not None:
                    with measured("decoding"):
                        letterbox_luma(luma, self.letterbox, self.ring[slot, 0, 0])
                self.decoded.put(_Decoded(frame_index, slot, luma is not None))
                self._next += 1
        finally:
            if isinstance(frames, Generator):  # its file is released here, in the thread that read it
                frames.close()


class _Flight:
    """The frames between decoding and post-processing, in order."""

    def __init__(self, decoder: _Decoder, runner: Runner, clock: StreamClock) -> None:
        self._decoder = decoder
        self._clock = clock
        self._runner = runner
        self._waiting: deque[_Decoded] = deque()
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
                if item.is_readable:
                    with _naming_frame("detecting", item.frame_index):
                        self._runner.submit(self._decoder.ring[item.slot])
        return bool(self._waiting)

    def land(self) -> tuple[int, NDArray[np.float32] | None]:
        """Wait for the oldest frame: its index and candidates [top_k, columns], None where unreadable."""
        item = self._waiting.popleft()
        candidates = None
        if item.is_readable:
            with self._clock.measure("waiting_for_model"), _naming_frame("detecting", item.frame_index):
                candidates = self._runner.collect()[0]
        self._decoder.release(item.slot)
        return item.frame_index, candidates


@contextmanager
def _naming_frame(doing: str, frame_index: int) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"while {doing} in frame {frame_index} of the film")
        raise
