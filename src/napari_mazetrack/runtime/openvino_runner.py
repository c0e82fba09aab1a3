"""OpenVINO on the CPU: batch 1, several requests in flight."""

from __future__ import annotations

import hashlib
from collections import deque
from typing import TYPE_CHECKING, Any

from napari_mazetrack.detector.spec import INPUT_NAME
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.compiled_cache import compile_or_load
from napari_mazetrack.runtime.options import Backend, Precision, RunnerInfo, precision_in_words
from napari_mazetrack.runtime.runner import Runner, count_cores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: OpenVINO's names of what it computes in.
PRECISION_HINTS = {Precision.FP32: "f32", Precision.BF16: "bf16"}


class OpenVinoRunner(Runner):
    """Runs a model with OpenVINO's CPU plugin (see `Runner`)."""

    _idle: deque[Any]
    _flying: deque[tuple[Any, NDArray[np.uint8]]]

    def _open(self) -> RunnerInfo:
        import openvino as ov

        self._idle, self._flying = deque(), deque()
        core = ov.Core()
        precision = Precision(self.options.precision)
        _refuse_missing_bf16(core, precision)
        compiled = self._compile(core, precision)
        n_requests = self.options.n_requests or int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._idle.extend(compiled.create_infer_request() for _ in range(n_requests))
        return RunnerInfo(
            backend=Backend.OPENVINO,
            version=ov.__version__,
            device=f"{core.get_property('CPU', 'FULL_DEVICE_NAME').strip()} (CPU)",
            precision=precision_in_words(self.model_file.spec.precision, precision),
            n_requests=n_requests,
            batch_size=1,
            note=self._note,
        )

    def _compile(self, core: Any, precision: Precision) -> Any:  # noqa: ANN401 - OpenVINO has no types
        import openvino as ov

        # The precision is always set: left alone, the CPU plugin computes in bf16 where the CPU can.
        settings = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": PRECISION_HINTS[precision]}
        if self.options.n_requests is not None:
            settings["PERFORMANCE_HINT_NUM_REQUESTS"] = str(self.options.n_requests)
        content = self.model_file.read_bytes()
        depends_on = {
            "model_sha256": hashlib.sha256(content).hexdigest(),
            "openvino": ov.__version__,
            "cpu": core.get_property("CPU", "FULL_DEVICE_NAME"),
            "cores": count_cores(),
        }

        def compile_it() -> Any:  # noqa: ANN401
            model = core.read_model(content)
            model.reshape({INPUT_NAME: [1, 1, *self.model_file.spec.input_hw]})
            return core.compile_model(model, "CPU", settings)

        try:
            compiled = compile_or_load(core, depends_on, compile_it, settings)
        except RuntimeError as error:
            raise MazetrackError(
                f"OpenVINO cannot run the model {self.model_file.path} ({_last_line(error)}). "
                "Try --backend onnxruntime."
            ) from error
        used = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        devices = compiled.get_property("EXECUTION_DEVICES")
        if used != PRECISION_HINTS[precision] or devices != ["CPU"]:
            raise MazetrackError(
                f"OpenVINO would run the model in {used} on {', '.join(devices)} instead of {precision} on the CPU. "
                "Try --backend onnxruntime."
            )
        return compiled

    def _submit(self, batch: NDArray[np.uint8]) -> None:
        import openvino as ov

        request = self._idle.popleft()
        try:
            request.set_input_tensor(ov.Tensor(batch, shared_memory=True))
            request.start_async()
        except RuntimeError as error:
            raise self._failure(error) from error
        self._flying.append((request, batch))  # the engine reads the batch's own memory: keep it alive

    def _collect(self) -> NDArray[np.float32]:
        request, _ = self._flying.popleft()
        self._idle.append(request)
        try:
            request.wait()
        except RuntimeError as error:
            raise self._failure(error) from error
        candidates: NDArray[np.float32] = request.get_output_tensor().data.copy()
        return candidates

    def _close(self) -> None:
        self._idle, self._flying = deque(), deque()


def _refuse_missing_bf16(core: Any, precision: Precision) -> None:  # noqa: ANN401 - OpenVINO has no types
    if precision == Precision.BF16 and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise MazetrackError("This CPU cannot compute in bf16. Use --precision fp32, or an int8 model.")


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
