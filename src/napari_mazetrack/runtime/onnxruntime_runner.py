"""ONNX Runtime on the CPU or a graphics card: batch 1, several runs of one session in a small thread pool."""

from __future__ import annotations

import tempfile
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_mazetrack.detector.spec import INPUT_NAME, OUTPUT_NAME
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.options import DEVICES, Backend, Device, Precision, RunnerInfo, precision_in_words
from napari_mazetrack.runtime.providers import (
    PROVIDERS,
    SETTINGS,
    Placement,
    read_placement,
    refuse_fallback,
    refuse_missing,
    refuse_placement,
)
from napari_mazetrack.runtime.runner import Runner, count_cores

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Beyond this many runs at once, more cores serve better inside each run.
MAX_DEFAULT_REQUESTS = 8
#: A card computes one frame while the next one waits for it; DirectML may not be called by two threads at once.
CARD_REQUESTS, CARD_THREADS = 2, 1
ERRORS_ONLY = 3


class OnnxRuntimeRunner(Runner):
    """Runs a model with ONNX Runtime (see `Runner`), and looks where it really computes."""

    _pool: ThreadPoolExecutor | None = None
    _session: Any = None

    def _open(self) -> RunnerInfo:
        import onnxruntime as ort

        device = DEVICES[Backend.ONNXRUNTIME][0] if self.options.device == Device.AUTO else Device(self.options.device)
        if self.options.precision != Precision.FP32:
            raise MazetrackError(
                f"ONNX Runtime cannot compute in {self.options.precision}. Use --precision fp32, or --backend openvino."
            )
        refuse_missing(device)
        on_card = device != Device.CPU
        n_cores = count_cores()
        n_requests = self.options.n_requests or (CARD_REQUESTS if on_card else min(n_cores, MAX_DEFAULT_REQUESTS))
        n_threads = CARD_THREADS if on_card else n_requests
        self._session, placement = self._open_session(device, max(1, n_cores // n_threads))
        self._flying: deque[Future[list[NDArray[np.float32]]]] = deque()
        self._pool = ThreadPoolExecutor(n_threads, thread_name_prefix="onnxruntime")
        return RunnerInfo(
            backend=Backend.ONNXRUNTIME,
            version=ort.__version__,
            device=PROVIDERS[device] + ("" if placement is None else f" ({placement})"),
            precision=precision_in_words(self.model_file.spec.precision, Precision.FP32),
            n_requests=n_requests,
            batch_size=1,
            note=self._note,
            computes_on=device,
        )

    def _open_session(self, device: Device, n_threads: int) -> tuple[Any, Placement | None]:
        """Return the session, and for a card what it computes there."""
        import onnxruntime as ort

        settings = ort.SessionOptions()
        settings.intra_op_num_threads = n_threads
        settings.inter_op_num_threads = 1
        settings.log_severity_level = ERRORS_ONLY
        content = self.model_file.read_bytes()
        try:
            if device == Device.CPU:
                session = ort.InferenceSession(content, settings, providers=[PROVIDERS[device]], enable_fallback=0)
                refuse_fallback(device, session.get_providers())
                return session, None
            return self._open_on_card(content, settings, device)
        except _engine_errors() as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            advice = "Export the model again, or try" if device == Device.CPU else "Try --device cpu, or"
            raise MazetrackError(
                f"ONNX Runtime cannot run the model {self.model_file.path} on {device} ({reason}). "
                f"{advice} --backend openvino."
            ) from error

    def _open_on_card(self, content: bytes, settings: Any, device: Device) -> tuple[Any, Placement]:  # noqa: ANN401
        """Open a session that gives to the CPU only what the card does not take, and look by a run what that is."""
        import onnxruntime as ort

        batch_axis = _name_of_batch_axis(content)
        if batch_axis:
            settings.add_free_dimension_override_by_name(batch_axis, 1)  # CoreML and DirectML want fixed shapes
        settings.enable_mem_pattern = False  # DirectML's rule
        settings.use_deterministic_compute = True
        providers = [(PROVIDERS[device], SETTINGS.get(device, {})), PROVIDERS[Device.CPU]]
        with tempfile.TemporaryDirectory() as folder:
            settings.enable_profiling = True
            settings.profile_file_prefix = str(Path(folder) / "run")
            session = ort.InferenceSession(content, settings, providers=providers, enable_fallback=0)
            try:
                refuse_fallback(device, session.get_providers())
                session.run([OUTPUT_NAME], {INPUT_NAME: np.full((1, 1, *self.model_file.spec.input_hw), 128, np.uint8)})
            finally:
                profile = Path(session.end_profiling())  # the file is closed before its folder goes
            placement = read_placement(profile, device)
        refuse_placement(device, placement)
        return session, placement

    def _submit(self, batch: NDArray[np.uint8]) -> None:
        if self._pool is None:
            raise RuntimeError("a runner is used inside its with block")
        self._flying.append(self._pool.submit(self._session.run, [OUTPUT_NAME], {INPUT_NAME: batch}))

    def _collect(self) -> NDArray[np.float32]:
        try:
            return self._flying.popleft().result()[0]
        except _engine_errors() as error:
            raise self._failure(error) from error

    def _close(self) -> None:
        pool, self._pool, self._session = self._pool, None, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


def _name_of_batch_axis(content: bytes) -> str:
    """Return what the model calls the length of its batches; empty where that is fixed."""
    import onnx

    graph = onnx.ModelProto.FromString(content).graph
    name: str = next(v for v in graph.input if v.name == INPUT_NAME).type.tensor_type.shape.dim[0].dim_param
    return name


def _engine_errors() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises: its own exception classes have no base in common."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = (value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception))
    return (RuntimeError, ValueError, *own)
