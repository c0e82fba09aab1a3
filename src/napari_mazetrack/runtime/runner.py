"""The face and the life cycle that every back end shares."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.options import RunnerInfo, RunnerOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_mazetrack.detector.model_file import ModelFile


class Runner(ABC):
    """Runs a model: submit batches, collect their results in the same order.

    Cheap to construct; entering the ``with`` block takes the resources, once, and leaving it releases them,
    whatever happens. For one thread. A submitted batch must not be changed until its result is collected; a
    collected result belongs to whoever collected it.

    Parameters
    ----------
    model_file : ModelFile
        The checked model.
    options : RunnerOptions
        What was asked for.
    note : str
        Why this back end, for `info`.
    """

    def __init__(self, model_file: ModelFile, options: RunnerOptions, note: str) -> None:
        self.model_file = model_file
        self.options = options
        self._note = note
        self._info: RunnerInfo | None = None
        self._waiting: deque[int] = deque()  # batch lengths, oldest first

    def __enter__(self) -> Self:
        if self._info is not None:
            raise RuntimeError("this runner is open already")
        try:
            self._info = self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._info is not None:
                self.discard()
        finally:
            self._info = None
            self._waiting.clear()
            self._close()

    @property
    def info(self) -> RunnerInfo:
        """What really runs; known inside the ``with`` block."""
        if self._info is None:
            raise RuntimeError("a runner is used inside its with block")
        return self._info

    @property
    def n_in_flight(self) -> int:
        """Batches that were submitted and not yet collected."""
        return len(self._waiting)

    def submit(self, batch: NDArray[np.uint8]) -> None:
        """Start inference of a batch and return at once.

        Parameters
        ----------
        batch : uint8 [N, 1, input_height, input_width]
            C-contiguous; N from 1 to ``info.batch_size``. Not to be changed until its result is collected.

        Raises
        ------
        RuntimeError
            Not inside the ``with`` block, or ``info.n_requests`` batches are in flight already.
        MazetrackError
            The engine failed.
        ValueError
            Another shape, data type or memory layout.
        """
        info = self.info
        if self.n_in_flight == info.n_requests:
            raise RuntimeError(f"{info.n_requests} batches are in flight already: collect one first")
        shape = (1, *self.model_file.spec.input_hw)
        if (
            batch.dtype != "uint8"
            or batch.shape[1:] != shape
            or not 1 <= len(batch) <= info.batch_size
            or not batch.flags.c_contiguous
        ):
            raise ValueError(
                f"expected a contiguous uint8 batch [1 to {info.batch_size}, {', '.join(map(str, shape))}], "
                f"got {batch.dtype} {list(batch.shape)}"
            )
        self._submit(batch)
        self._waiting.append(len(batch))

    def collect(self) -> NDArray[np.float32]:
        """Wait for the oldest batch in flight and return its result.

        Returns
        -------
        float32 [N, top_k, 5 + 3 * n_keypoints]
            Candidates in model-input pixels; a new array.

        Raises
        ------
        RuntimeError
            Not inside the ``with`` block, or nothing is in flight.
        MazetrackError
            The engine failed, or the model returned something else than its description promises.
        """
        self.info  # noqa: B018 - raises outside the with block
        if not self._waiting:
            raise RuntimeError("nothing is in flight: submit a batch first")
        n = self._waiting.popleft()
        candidates = self._collect()
        spec = self.model_file.spec
        expected = (n, spec.top_k, spec.n_columns)
        if candidates.shape != expected or candidates.dtype != "float32":
            raise MazetrackError(
                f"The model {self.model_file.path} returned {candidates.dtype} {list(candidates.shape)} instead of "
                f"float32 {list(expected)}. Export it again."
            )
        return candidates

    def discard(self) -> None:
        """Wait until nothing is in flight any more and forget the results."""
        while self._waiting:
            self._waiting.popleft()
            with suppress(Exception):  # a result that nobody wants cannot fail for anybody
                self._collect()

    def _failure(self, error: Exception) -> MazetrackError:
        """Return what to raise where the engine failed in `_submit` or `_collect`."""
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        return MazetrackError(
            f"{self.info.backend} failed while it ran the model {self.model_file.path} ({reason}). "
            "Try again with another --backend, or with another model."
        )

    @abstractmethod
    def _open(self) -> RunnerInfo:
        """Take the resources."""

    @abstractmethod
    def _submit(self, batch: NDArray[np.uint8]) -> None:
        """Start a batch; there is room for it."""

    @abstractmethod
    def _collect(self) -> NDArray[np.float32]:
        """Wait for the oldest batch and give its result away."""

    @abstractmethod
    def _close(self) -> None:
        """Release what was taken, also where `_open` failed half-way."""


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
