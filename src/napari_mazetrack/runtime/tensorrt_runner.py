"""TensorRT on an NVIDIA card: batches, pinned host memory, and the copy of one batch under the computing of another.

Two CUDA streams: pictures go up on one, the engine computes and its candidates, a hundredth of the bytes, come down on
the other; an event holds the computing back until its batch is there. The memory of each batch in flight is taken once,
and used again only after the host has seen that batch's last event.
"""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_mazetrack.detector.spec import INPUT_NAME, OUTPUT_NAME
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.runtime.engine import EngineKey, forget_plan, prepare_engine
from napari_mazetrack.runtime.gpu import Gpu
from napari_mazetrack.runtime.options import Backend, Device, Precision, RunnerInfo
from napari_mazetrack.runtime.runner import Runner
from napari_mazetrack.runtime.tensorrt_library import (
    first_line,
    is_out_of_memory,
    load_tensorrt,
    make,
    make_log,
    tell_full_memory,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_BATCH_SIZE = 8
#: One batch goes up, one is computed, one waits for the host.
DEFAULT_REQUESTS = 3


class _Slot:
    """The memory and events of one batch in flight."""

    def __init__(self, driver: Any, pictures: tuple[int, ...], candidates: tuple[int, ...]) -> None:  # noqa: ANN401
        with ExitStack() as taken:
            self.pictures = driver.pagelocked_empty(pictures, np.uint8)
            taken.callback(self.pictures.base.free)
            self.candidates = driver.pagelocked_empty(candidates, np.float32)
            taken.callback(self.candidates.base.free)
            self.device_pictures = driver.mem_alloc(self.pictures.nbytes)
            taken.callback(self.device_pictures.free)
            self.device_candidates = driver.mem_alloc(self.candidates.nbytes)
            taken.callback(self.device_candidates.free)
            self.is_up = driver.Event(driver.event_flags.DISABLE_TIMING)
            self.is_done = driver.Event(driver.event_flags.DISABLE_TIMING)
            self._taken = taken.pop_all()  # what was taken before a failure is given back at once

    def free(self) -> None:
        """Give the memory back."""
        self._taken.close()


class TensorRtRunner(Runner):
    """Runs a model with TensorRT on the first NVIDIA card (see `Runner`)."""

    _gpu: Gpu | None = None
    _tensorrt: Any
    _log: Any
    _runtime: Any
    _engine: Any
    _execution: Any
    _up: Any
    _computing: Any

    def _open(self) -> RunnerInfo:
        if self.options.precision != Precision.FP32:
            raise MazetrackError(
                f"TensorRT computes in what the model file was exported in, not in {self.options.precision}. "
                "Leave out --precision, and export another model for another precision."
            )
        batch_size = self.options.batch_size or DEFAULT_BATCH_SIZE
        n_requests = self.options.n_requests or DEFAULT_REQUESTS
        self._idle: deque[_Slot] = deque()
        self._flying: deque[tuple[_Slot, int]] = deque()
        self._runtime = self._engine = self._execution = self._up = self._computing = None
        self._gpu = Gpu()
        self._gpu.open()
        self._tensorrt = load_tensorrt()
        self._log = make_log(self._tensorrt)
        self._load_engine(self._gpu, batch_size)
        with self._gpu.current():
            self._take_memory(self._gpu.driver, batch_size, n_requests)
        return RunnerInfo(
            backend=Backend.TENSORRT,
            version=self._tensorrt.__version__,
            device=self._gpu.identity.name,
            precision=self.model_file.spec.precision,
            n_requests=n_requests,
            batch_size=batch_size,
            note=self._note,
            computes_on=Device.CUDA,
        )

    def _load_engine(self, gpu: Gpu, batch_size: int) -> None:
        key = EngineKey.of(self.model_file, gpu, self._tensorrt.__version__, batch_size)
        for _ in range(2):
            plan = run_to_end(prepare_engine(self.model_file, gpu, batch_size))
            with gpu.current():
                self._runtime = make(self._tensorrt, "Runtime", self._log)
                self._engine = self._runtime.deserialize_cuda_engine(plan)
            if self._engine is not None:
                return
            if is_out_of_memory(self._log.errors):  # the engine is sound, and to build it takes minutes
                raise tell_full_memory(batch_size, self._last_error())
            forget_plan(key)  # refused though everything said fits: build it once more
        raise MazetrackError(
            f"TensorRT does not take the engine that it built itself ({self._last_error()}). "
            "Use --backend auto for the CPU."
        )

    def _take_memory(self, driver: Any, batch_size: int, n_requests: int) -> None:  # noqa: ANN401
        spec = self.model_file.spec
        pictures = (batch_size, 1, *spec.input_hw)
        candidates = (batch_size, spec.top_k, spec.n_columns)
        try:
            self._execution = self._engine.create_execution_context()
            if self._execution is None:
                raise tell_full_memory(batch_size, self._last_error())
            self._up, self._computing = driver.Stream(), driver.Stream()
            self._idle.extend(_Slot(driver, pictures, candidates) for _ in range(n_requests))
        except driver.MemoryError as error:
            raise tell_full_memory(batch_size, str(error)) from error

    def _submit(self, batch: NDArray[np.uint8]) -> None:
        gpu = self._opened_gpu()
        slot, n = self._idle.popleft(), len(batch)
        with gpu.current():
            try:
                slot.pictures[:n] = batch
                gpu.driver.memcpy_htod_async(slot.device_pictures, slot.pictures[:n], self._up)
                slot.is_up.record(self._up)
                self._computing.wait_for_event(slot.is_up)
                self._compute(slot, n)
                gpu.driver.memcpy_dtoh_async(slot.candidates[:n], slot.device_candidates, self._computing)
                slot.is_done.record(self._computing)
            except BaseException:
                self._up.synchronize()  # the slot is used again only when nothing works on it
                self._computing.synchronize()
                self._idle.append(slot)
                raise
        self._flying.append((slot, n))

    def _compute(self, slot: _Slot, n: int) -> None:
        execution = self._execution
        is_started = (
            execution.set_input_shape(INPUT_NAME, (n, 1, *self.model_file.spec.input_hw))
            and execution.set_tensor_address(INPUT_NAME, int(slot.device_pictures))
            and execution.set_tensor_address(OUTPUT_NAME, int(slot.device_candidates))
            and execution.execute_async_v3(self._computing.handle)
        )
        if not is_started:
            raise RuntimeError(f"TensorRT could not start a batch of {n} ({self._last_error()})")

    def _collect(self) -> NDArray[np.float32]:
        gpu = self._opened_gpu()
        slot, n = self._flying.popleft()
        try:
            with gpu.current():
                slot.is_done.synchronize()
            candidates: NDArray[np.float32] = np.array(slot.candidates[:n])
        finally:
            self._idle.append(slot)
        return candidates

    def _close(self) -> None:
        gpu, self._gpu = self._gpu, None
        if gpu is None or not gpu.is_open:
            return
        with gpu.current():
            self._give_back()
        gpu.close()

    def _give_back(self) -> None:
        """Let go of all that is the card's; pycuda gives back nothing that goes without a current context."""
        for stream in (self._up, self._computing):
            if stream is not None:
                stream.synchronize()
        for slot in (*self._idle, *(slot for slot, _ in self._flying)):
            slot.free()
        self._idle, self._flying = deque(), deque()
        self._execution = None  # before the engine that it belongs to, and that before its runtime
        self._engine = None
        self._runtime = self._up = self._computing = None

    def _opened_gpu(self) -> Gpu:
        if self._gpu is None:
            raise RuntimeError("a runner is used inside its with block")
        return self._gpu

    def _last_error(self) -> str:
        return first_line(self._log.errors[-1:])
