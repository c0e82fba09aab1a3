"""ONNX Runtime on the CPU: batch 1, several runs of one session in a small thread pool."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from napari_mazetrack.detector.spec import INPUT_NAME, OUTPUT_NAME
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.options import Backend, Precision, RunnerInfo, precision_in_words
from napari_mazetrack.runtime.runner import Runner, count_cores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CPU_PROVIDER = "CPUExecutionProvider"
#: Beyond this many runs at once, more cores serve better inside each run.
MAX_DEFAULT_REQUESTS = 8
ERRORS_ONLY = 3


class OnnxRuntimeRunner(Runner):
    """Runs a model with ONNX Runtime's CPU provider (see `Runner`)."""

    _pool: ThreadPoolExecutor | None = None
    _session: Any = None

    def _open(self) -> RunnerInfo:
        import onnxruntime as ort

        if self.options.precision != Precision.FP32:
            raise MazetrackError(
                f"ONNX Runtime cannot compute in {self.options.precision} on a CPU. "
                "Use --precision fp32, or --backend openvino."
            )
        n_cores = count_cores()
        n_requests = self.options.n_requests or min(n_cores, MAX_DEFAULT_REQUESTS)
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = max(1, n_cores // n_requests)
        settings.inter_op_num_threads = 1
        settings.log_severity_level = ERRORS_ONLY
        content = self.model_file.read_bytes()
        try:
            self._session = ort.InferenceSession(content, settings, providers=[CPU_PROVIDER])
        except _engine_errors() as error:
            raise MazetrackError(
                f"ONNX Runtime cannot run the model {self.model_file.path} ({str(error).strip().splitlines()[0]}). "
                "Export the model again, or try --backend openvino."
            ) from error
        providers = self._session.get_providers()
        if providers != [CPU_PROVIDER]:
            raise MazetrackError(
                f"ONNX Runtime would run the model on {', '.join(providers)} instead of {CPU_PROVIDER}. "
                "Try --backend openvino."
            )
        self._flying: deque[Future[list[NDArray[np.float32]]]] = deque()
        self._pool = ThreadPoolExecutor(n_requests, thread_name_prefix="onnxruntime")
        return RunnerInfo(
            backend=Backend.ONNXRUNTIME,
            version=ort.__version__,
            device=CPU_PROVIDER,
            precision=precision_in_words(self.model_file.spec.precision, Precision.FP32),
            n_requests=n_requests,
            batch_size=1,
            note=self._note,
        )

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


def _engine_errors() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises: its own exception classes have no base in common."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = (value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception))
    return (RuntimeError, ValueError, *own)
